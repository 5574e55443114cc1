"""What holds on every page: who is led where, what the script does, and what a browser allows."""

import pytest
from playwright.async_api import expect

from services.access.principal import Grant, Role
from tests.support.two_clinics import HERE
from tests.support.visitors import Visitors

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

FRONT_DESK = Grant(Role.FRONT_DESK, HERE)
TODAY = f"/facilities/{HERE}/today"


async def test_who_is_not_signed_in_is_led_to_sign_in_and_back(visitors: Visitors) -> None:
    accounts = visitors.api.access.accounts
    password = "four random words here"  # noqa: S105
    accounts.add("maya", "Maya Ortiz", [FRONT_DESK])
    accounts.change_password("maya", password)
    page = await visitors.stranger(java_script_enabled=False)
    await page.goto(f"{TODAY}?day=2025-03-12")
    await expect(page).to_have_title("Sign in · Daybook")
    await page.get_by_label("User name").fill("maya")
    await page.get_by_label("Password").fill("something else")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("Name and password do not go together.")
    await expect(page.get_by_label("User name")).to_have_value("maya")
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{visitors.api.url}{TODAY}?day=2025-03-12")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Wednesday, March 12")


async def test_an_address_of_another_server_leads_nowhere(visitors: Visitors) -> None:
    page = await visitors.stranger()
    await page.goto("/sign-in?next=//elsewhere.example/today")
    assert await page.locator("[name=next]").input_value() == ""


async def test_nothing_is_loaded_from_elsewhere_and_no_text_becomes_script(
    visitors: Visitors,
) -> None:
    page = await visitors.page(FRONT_DESK)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    answer = await page.goto(TODAY)
    assert answer is not None
    policy = (await answer.all_headers())["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'; trusted-types daybook" in policy
    await expect(page.locator("#live")).to_have_text("Live")
    assert loaded
    assert [each for each in loaded if not each.startswith(visitors.api.url)] == []
    made = "() => { document.body.innerHTML = '<img src=x>'; }"
    with pytest.raises(Exception, match="TrustedHTML"):
        await page.evaluate(made)


async def test_a_page_of_another_facility_is_none(visitors: Visitors) -> None:
    page = await visitors.page(FRONT_DESK)
    answer = await page.goto("/facilities/pine-street/today")
    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_role("heading")).to_have_text("Nothing is here")
