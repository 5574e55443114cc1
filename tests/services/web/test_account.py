"""One's own account in Chromium: the password, passkeys, and where one is signed in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from services.access.principal import Grant, Role
from tests.support.backend import Backend
from tests.support.http_api import FACILITY, opened_facility, running_api
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

DESK = Grant(Role.FRONT_DESK, FACILITY)
ACCOUNT = f"/facilities/{FACILITY}/account"
PASSWORD, ANOTHER = "four horses eat a tent", "five geese read the news"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitors(backend: Backend, chromium: Browser) -> AsyncIterator[Visitors]:
    async with running_api(backend) as api:
        await opened_facility(await api.administrator())
    async with visiting(backend, chromium, clock=lambda: datetime.now(UTC)) as found:
        yield found


async def signed_in(page: Page, account: str, password: str) -> None:
    await page.get_by_label("User name").fill(account)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).not_to_have_title("Sign in · Daybook")


async def test_somebody_chooses_another_password_and_signs_in_with_it(visitors: Visitors) -> None:
    page = await visitors.page(DESK, account="maya")
    visitors.api.access.accounts.change_password("maya", PASSWORD)
    await visitors.sign_in(page, "maya")
    await page.goto(ACCOUNT)
    form = page.locator("#change-password")
    await form.get_by_label("The password that you have").fill("not this one, surely")
    await form.get_by_label("Your new password").fill(ANOTHER)
    await form.get_by_role("button", name="Change the password").click()
    await expect(form.get_by_role("alert")).to_have_text("Name and password do not go together.")
    await form.get_by_label("The password that you have").fill(PASSWORD)
    await form.get_by_role("button", name="Change the password").click()
    await expect(page).to_have_title("Sign in · Daybook")
    await signed_in(page, "maya", ANOTHER)


async def test_somebody_signs_out_another_browser_and_then_this_one(visitors: Visitors) -> None:
    page = await visitors.page(DESK, account="noah")
    other = await visitors.stranger()
    await visitors.sign_in(other, "noah")
    await page.goto(ACCOUNT)
    await expect(page.get_by_text("this browser")).to_have_count(1)
    await page.get_by_role("button", name="Sign out there").click()
    await expect(page.get_by_role("button", name="Sign out there")).to_have_count(0)
    await other.goto(ACCOUNT)
    await expect(other).to_have_title("Sign in · Daybook")
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page).to_have_title("Sign in · Daybook")
    await page.goto(ACCOUNT)
    await expect(page).to_have_title("Sign in · Daybook")


async def test_somebody_adds_a_passkey_has_it_asked_for_and_signs_in_with_it(
    visitors: Visitors,
) -> None:
    page = await visitors.stranger()
    accounts = visitors.api.access.accounts
    accounts.add("ana", "Ana Diaz", [DESK])
    accounts.change_password("ana", PASSWORD)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    authenticator = {
        **{"protocol": "ctap2", "transport": "internal", "hasResidentKey": True},
        **{"hasUserVerification": True, "isUserVerified": True},
    }
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    # A passkey needs a name: browsers make none for a number.
    at = visitors.api.url.replace("127.0.0.1", "localhost")
    await page.goto(f"{at}/sign-in")
    await signed_in(page, "ana", PASSWORD)
    await page.goto(f"{at}{ACCOUNT}")
    await page.get_by_label("Name of the new passkey").fill("The phone")
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_role("row", name="The phone")).to_be_visible()
    await page.get_by_role("button", name="Ask for a passkey after the password").click()
    await expect(page.get_by_text("a password alone is not enough")).to_be_visible()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await signed_in(page, "ana", PASSWORD)
    await page.goto(f"{at}{ACCOUNT}")
    await page.get_by_role("button", name="Let a password alone be enough").click()
    await page.get_by_role("button", name="Remove The phone").click()
    await expect(page.get_by_role("row", name="The phone")).to_have_count(0)


async def test_where_a_passkey_cannot_be_made_it_says_why_and_keeps_its_name(
    visitors: Visitors,
) -> None:
    page = await visitors.page(DESK)
    await page.goto(ACCOUNT)
    await page.get_by_label("Name of the new passkey").fill("The phone")
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_role("alert")).to_contain_text("DAYBOOK_PUBLIC_URL")
    await expect(page.get_by_label("Name of the new passkey")).to_have_value("The phone")


async def test_on_a_phone_the_account_leads_to_every_page(visitors: Visitors) -> None:
    page = await visitors.page(
        Grant(Role.DIRECTOR, FACILITY), viewport={"width": 390, "height": 844}
    )
    await page.goto(ACCOUNT)
    more = page.get_by_role("navigation", name="More pages")
    for name in ("Today", "Week", "Patients", "Compliance", "History", "Operations"):
        await expect(more.get_by_role("link", name=name)).to_be_visible()


async def test_a_counselor_has_a_calendar_which_is_read_until_they_end_it(
    visitors: Visitors,
) -> None:
    page = await visitors.page(Grant(Role.COUNSELOR, FACILITY, "s-diaz"), account="diaz")
    await page.goto(ACCOUNT)
    await page.get_by_role("button", name="Make an address").click()
    shown = page.get_by_role("dialog", name="The calendar's address")
    address = str(await shown.locator("#secret").text_content())
    await shown.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("has not read your times yet")).to_be_visible()
    program = await visitors.api.client()
    assert (await program.get(address)).text.startswith("BEGIN:VCALENDAR")

    director = await visitors.page(Grant(Role.DIRECTOR, FACILITY), account="vera")
    await director.goto(f"/facilities/{FACILITY}/operations/calendars")
    await expect(director.get_by_role("row", name="Ana Diaz")).to_contain_text("diaz")

    await page.reload()
    await expect(page.get_by_text("last read your times")).to_be_visible()
    await page.get_by_role("button", name="End it").click()
    await expect(page.get_by_role("button", name="Make an address")).to_be_visible()
    assert (await program.get(address)).status_code == 404
