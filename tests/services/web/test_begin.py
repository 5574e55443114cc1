"""A site without a facility begins in a browser: its folder is taken in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from services.access.principal import Grant, Role
from services.hosting.bootstrap import VIEWS
from tests.support.accessibility import scrolls_sideways, violations_in_both_schemes
from tests.support.backend import Backend
from tests.support.visitors import visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "clinics" / "base"


async def test_an_administrator_takes_the_first_folder_in_and_others_cannot(
    backend: Backend, chromium: Browser
) -> None:
    async with visiting(backend, chromium, clock=lambda: NOW) as visitors:
        desk = await visitors.page(Grant(Role.FRONT_DESK, "juniper"))
        await desk.goto("/")
        await expect(desk.get_by_role("heading", level=1)).to_have_text("Nothing is here")
        answer = await desk.goto("/begin")
        assert answer
        assert answer.status == 403
        page = await visitors.page(Grant(Role.ADMINISTRATOR))
        await page.goto("/")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Begin")
        assert await violations_in_both_schemes(page) == []
        assert await scrolls_sideways(page) == []
        await page.locator("#choose-folder").set_input_files(FOLDER)
        await page.get_by_role("button", name="Check the files").click()
        await expect(page.locator("#checked")).to_contain_text("would be recorded for juniper.")
        await page.get_by_role("button", name="Take it in").click()
        leads_on = page.get_by_role("link", name="Open Daybook")
        await expect(leads_on).to_be_visible()
        await backend.supervisor(*VIEWS, clock=lambda: NOW).caught_up(backend.journal.position())
        await leads_on.click()
        await expect(page).to_have_url(f"{visitors.api.url}/facilities/juniper/operations")
