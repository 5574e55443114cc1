"""The page of the API in a browser, under the policy with which every answer comes."""

import pytest
from playwright.async_api import ViewportSize, expect

from tests.support.backend import Backend
from tests.support.browser import open_page
from tests.support.http_api import running_api
from tests.support.openapi_document import operations

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}

WIDER = """
    (width) => document.documentElement.scrollWidth <= width ? [] :
        [...document.querySelectorAll("body *")]
            .filter((each) => each.getBoundingClientRect().right > width)
            .map((each) => each.outerHTML.slice(0, 200))
"""
"""What is wider than the page, where it can be scrolled sideways."""


async def test_every_operation_is_on_the_page_on_a_desk_and_on_a_phone(backend: Backend) -> None:
    told: list[str] = []
    names = sorted(operation["operationId"] for *_, operation in operations())
    async with running_api(backend) as api, open_page() as page:
        page.on("console", lambda each: told.append(each.text))
        page.on("pageerror", lambda each: told.append(str(each)))
        page.on("requestfailed", lambda each: told.append(each.url))
        await page.goto(f"{api.url}/docs", wait_until="load")
        shown = await page.locator("section").evaluate_all("all => all.map(each => each.id)")
        assert sorted(shown) == names
        links = page.locator("nav li li a")
        assert await links.count() == len(names)
        await links.get_by_text("session.check-in", exact=True).click()
        await expect(page.locator("#session_check_in h3")).to_be_in_viewport()
        # It has its style, which is the server's own.
        await expect(page.locator("nav")).to_have_css("position", "sticky")
        await page.set_viewport_size(PHONE)
        await expect(page.locator("nav")).to_have_css("position", "static")
        assert await page.evaluate(WIDER, PHONE["width"]) == []
    assert told == []
