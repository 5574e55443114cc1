"""Today at the front desk, in a browser: by keyboard, by touch, and when something goes wrong."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Route, expect

from domain.aggregate import Event
from services.access.principal import Grant, Role
from tests.support.accessibility import scrolls_sideways, violations_in_both_schemes
from tests.support.backend import Backend
from tests.support.front_desk import EVENING, INDIVIDUAL, LONG_NAME, SCRIPT, FrontDesk, front_desk
from tests.support.http_api import FACILITY, send
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

FRONT_DESK = Grant(Role.FRONT_DESK, FACILITY)
TODAY = f"/facilities/{FACILITY}/today"
PATIENCE = 20_000
"""Milliseconds that a busy machine may take."""


@dataclass
class Site:
    """The clinic, and who visits its pages."""

    backend: Backend
    visitors: Visitors
    clinic: FrontDesk

    async def open(self, **options: Any) -> Page:
        """Open Today as the front desk."""
        page = await self.visitors.page(FRONT_DESK, **options)
        await page.goto(TODAY)
        return page

    def recorded(self, given_name: str) -> Counter[str]:
        """What was recorded of somebody's visit to the evening group, by kind."""
        patient_id = self.clinic.ids[given_name]
        events = cast("list[Event]", list(self.backend.journal.events.get(EVENING)))
        return Counter(
            each.TOPIC for each in events if getattr(each, "patient_id", None) == patient_id
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(backend: Backend, chromium: Browser) -> AsyncIterator[Site]:
    clinic = await front_desk(backend)
    async with visiting(backend, chromium, clock=lambda: clinic.at[0]) as visitors:
        yield Site(backend, visitors, clinic)


def row(page: Page, site: Site, given_name: str) -> Locator:
    return page.locator(site.clinic.row(given_name))


async def expect_in(row: Locator, state: str) -> None:
    await expect(row).to_have_attribute("data-state", state)


async def test_the_keyboard_alone_checks_in_and_takes_it_back(site: Site) -> None:
    page = await site.open()
    desk = page.get_by_label("Who is at the desk?")
    await expect(desk).to_be_focused()
    await page.keyboard.type("no")
    noor = row(page, site, "Noor")
    await expect(noor).to_have_class(re.compile("match"))
    await expect(row(page, site, "Lena")).to_be_hidden()
    await expect(page.locator("#desk-hint")).to_contain_text("checks in Noor Haddad")
    await page.keyboard.press("Enter")
    await expect_in(noor, "here")
    await expect(desk).to_be_focused()
    await expect(desk).to_have_value("")
    await expect(page.locator("#desk-last")).to_contain_text("Noor Haddad is in")
    await expect(page.locator("#desk-last").get_by_role("button", name="Undo")).to_be_visible()
    await page.keyboard.press("Control+z")
    await expect_in(noor, "expected")
    await expect(page.locator("#desk-last")).to_contain_text("Noor Haddad is not in")
    assert site.recorded("Noor")["session.check-in-undone"] == 1


async def test_two_letters_and_arrows_choose_somebody_else(site: Site) -> None:
    page = await site.open()
    await page.keyboard.type("l")
    first = await page.locator("tr.match").get_attribute("data-name")
    await page.keyboard.press("ArrowDown")
    second = await page.locator("tr.match").get_attribute("data-name")
    assert first != second
    await page.keyboard.press("Escape")
    await expect(page.locator("tr.match")).to_have_count(0)
    await expect(row(page, site, "Noor")).to_be_visible()


async def test_touch_alone_says_who_will_not_come(site: Site) -> None:
    size = {"width": 390, "height": 844}
    page = await site.open(has_touch=True, is_mobile=True, viewport=size)
    dev = row(page, site, "Dev")
    await dev.get_by_role("link", name="More for Dev Malhotra").tap()
    dialog = page.locator("#dialog")
    await dialog.get_by_text("Will not come").tap()
    await dialog.locator("details[open]").get_by_label("Why").fill("Work shift")
    await dialog.get_by_label("Excused").tap()
    await dialog.locator("details[open]").get_by_role("button", name="Save").tap()
    await expect_in(dev, "excused")
    await expect(dev).to_contain_text("Work shift.")
    await dev.get_by_role("button", name="Here after all: Dev Malhotra").tap()
    await expect_in(dev, "here")


async def test_a_double_click_is_one_check_in(site: Site) -> None:
    page = await site.open()
    lena = row(page, site, "Lena")
    await lena.get_by_role("button", name="Check in: Lena Brandt").dblclick()
    await expect_in(lena, "here")
    await expect(page.locator("#desk-last")).to_contain_text("Lena Brandt is in")
    assert site.recorded("Lena")["session.patient-checked-in"] == 1
    assert site.recorded("Lena")["session.patient-checked-out"] == 0


async def test_a_refusal_says_what_would_mend_it(site: Site) -> None:
    page = await site.open()
    tessa = row(page, site, "Tessa")
    await tessa.get_by_role("button", name="Check in: Tessa Lindqvist").click()
    why = page.locator("tr.why")
    await expect(why).to_contain_text("Still signed in to Individual session since 4:10 pm.")
    await why.get_by_role("button", name="Sign out of Individual session and in here").click()
    await expect_in(tessa, "here")
    await expect(why).to_have_count(0)
    await expect_in(page.locator(site.clinic.row("Tessa", INDIVIDUAL)), "left")


async def test_who_is_not_expected_is_found_and_let_in(site: Site) -> None:
    page = await site.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.keyboard.type("zora")
    await expect(page.locator("#desk-others")).to_contain_text("Nobody called “zora” is expected")
    await page.keyboard.press("Enter")
    await page.get_by_label("Who is at the desk?").fill("nemo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Refer somebody new")).to_be_visible()
    await page.get_by_label("Who is at the desk?").fill("zora")
    await page.keyboard.press("Enter")
    zora = page.locator("#desk-others li").filter(has_text="Zora Keller")
    await zora.get_by_role("button", name="Walk-in: Evening group").click()
    await expect_in(row(page, site, "Zora"), "here")
    assert [each for each in asked if "zora" in each.lower()] == []
    await page.locator("#desk-last").get_by_role("button", name="Undo").click()
    await expect_in(row(page, site, "Zora"), "expected")


async def test_two_browsers_see_each_other(site: Site) -> None:
    one, other = await site.open(), await site.open()
    await expect(other.locator("#live")).to_have_text("Live")
    button = row(one, site, "Sam").get_by_role("button", name="Check in: Sam Whitfield")
    await button.click()
    await expect_in(row(one, site, "Sam"), "here")
    await expect(row(other, site, "Sam")).to_have_attribute("data-state", "here")
    kiosk = await site.visitors.api.signed_in(Grant(Role.KIOSK, FACILITY))
    visit = {"session_id": EVENING, "patient_id": site.clinic.ids["ليلى"]}
    assert (await send(kiosk, "session.check-in", visit, "at-the-door")).status_code == 200
    await expect(row(other, site, "ليلى").locator(".st")).to_contain_text("kiosk")
    await expect(row(other, site, "Sam").locator(".st")).not_to_contain_text("kiosk")


async def test_cut_off_nothing_is_recorded_and_then_it_is_once(site: Site) -> None:
    page = await site.open()
    carol = row(page, site, "Carol")
    await page.context.set_offline(True)
    await carol.get_by_role("button", name="Check in: Carol Nyberg").click()
    await expect(page.locator("#connection")).to_contain_text("Not connected since")
    await expect(page.locator("tr.why")).to_contain_text("Press again: it is recorded once")
    await expect_in(carol, "expected")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Try now").click()
    await expect(page.locator("#connection")).to_be_empty()
    await carol.get_by_role("button", name="Check in: Carol Nyberg").click()
    await expect_in(carol, "here")
    await expect(page.locator("tr.why")).to_have_count(0)
    assert site.recorded("Carol")["session.patient-checked-in"] == 1
    site.visitors.complaints.clear()  # a browser says on its own that it is offline


async def test_an_answer_that_was_lost_is_undone_and_recorded_again(site: Site) -> None:
    page = await site.open()
    dev = row(page, site, "Dev")

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    # Dev is here since an earlier test.
    await page.route("**/commands/session.check-out", lose, times=1)
    await dev.get_by_role("button", name="Check out: Dev Malhotra").click()
    await expect_in(dev, "left")
    await expect(page.locator("tr.why")).to_have_count(0)
    recorded = page.get_by_role("region", name="Just recorded")
    await recorded.get_by_role("button", name="Undo: Dev Malhotra out").click()
    await expect_in(dev, "here")
    await dev.get_by_role("button", name="Check out: Dev Malhotra").click()
    await expect_in(dev, "left")
    assert site.recorded("Dev")["session.patient-checked-out"] == 2
    site.visitors.complaints.clear()  # a browser says on its own that a request failed


async def test_whose_sign_in_has_ended_signs_in_and_the_act_goes_on(site: Site) -> None:
    password = "four random words here"  # noqa: S105
    page = await site.open(account="maya", name="Maya Ortiz")
    site.visitors.api.access.accounts.change_password("maya", password)
    await site.visitors.sign_in(page, "maya")
    await page.goto(TODAY)
    await page.context.clear_cookies()
    marcus = row(page, site, "Marcus")
    await marcus.get_by_role("button", name="Check in: Marcus Bell").click()
    await page.get_by_label("Password of Maya Ortiz").fill(password)
    await page.locator("#sign-in-again").get_by_role("button", name="Sign in").click()
    await expect_in(marcus, "here")
    assert site.recorded("Marcus")["session.patient-checked-in"] == 1
    site.visitors.complaints.clear()  # a browser says on its own that it was refused


async def test_a_slow_server_is_saving_at_once(site: Site) -> None:
    page = await site.open()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/commands/*", hold)
    oto = row(page, site, "Oto")
    button = oto.locator(".main")
    await button.click()
    await expect(button).to_have_text("Saving")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    assert len(held) == 1
    await held[0].continue_()
    await expect_in(oto, "here")


async def test_a_page_that_could_not_be_had_is_asked_for_again(site: Site) -> None:
    page = await site.open()

    async def fail(route: Route) -> None:
        await route.fulfill(status=503)

    # The act asks for the page once, and what it changed once more.
    await page.route(f"**{TODAY}", fail, times=2)
    somebody = row(page, site, LONG_NAME[0])
    await somebody.locator(".main").click()
    await expect_in(somebody, "here")
    site.visitors.complaints.clear()  # a browser says on its own that it was refused


async def test_names_stay_text_and_fit(site: Site) -> None:
    page = await site.open()
    await expect(row(page, site, SCRIPT[0]).locator(".who a")).to_have_text(" ".join(SCRIPT))
    await expect(page.locator("tr img")).to_have_count(0)
    await expect(row(page, site, LONG_NAME[0])).to_contain_text(LONG_NAME[1])
    await page.keyboard.type("ليلى")
    await expect(row(page, site, "ليلى")).to_have_class(re.compile("match"))
    assert await scrolls_sideways(page) == []


async def test_everybody_can_use_it(site: Site) -> None:
    page = await site.open()
    await page.keyboard.type("o")
    assert await violations_in_both_schemes(page) == []
    await page.goto(f"/facilities/{FACILITY}/sessions/{EVENING}")
    assert await violations_in_both_schemes(page) == []
    assert await scrolls_sideways(page) == []
    for who in ("Noor", "Zora"):
        visit = f"/facilities/{FACILITY}/sessions/{EVENING}/patients/{site.clinic.ids[who]}"
        await page.goto(visit)
        assert await violations_in_both_schemes(page) == []
        assert await scrolls_sideways(page) == []


async def test_it_can_be_read_without_a_script(site: Site) -> None:
    page = await site.open(java_script_enabled=False)
    await expect(page.get_by_role("heading", name="Evening group")).to_be_visible()
    await page.get_by_role("link", name="More for Noor Haddad").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Noor Haddad")


async def test_the_sheet_on_paper_has_room_to_sign(site: Site) -> None:
    page = await site.open()
    await page.emulate_media(media="print")
    noor = row(page, site, "Noor")
    await expect(noor.locator(".sign")).to_be_visible()
    await expect(noor.locator(".do")).to_be_hidden()
    await expect(page.locator("#desk-form")).to_be_hidden()


async def test_nothing_can_be_done_by_who_only_looks(site: Site) -> None:
    page = await site.visitors.page(Grant(Role.AUDITOR, FACILITY))
    await page.goto(TODAY)
    await expect(page.get_by_role("heading", name="Evening group")).to_be_visible()
    await expect(page.locator("[data-command]")).to_have_count(0)
    await expect(page.locator("#desk")).to_have_count(0)


async def test_a_counselor_has_their_own_groups(site: Site) -> None:
    # Noor, who is in the group of somebody else, is a patient of theirs.
    page = await site.visitors.page(Grant(Role.COUNSELOR, FACILITY, staff_id="s-lind"))
    await page.goto(TODAY)
    await expect(page.get_by_role("heading", name="Individual session")).to_have_count(2)
    await expect(page.get_by_role("heading", name="Evening group")).to_have_count(0)
    answer = await page.goto(f"/facilities/{FACILITY}/sessions/{EVENING}")
    assert answer is not None
    assert answer.status == 404
    page = await site.visitors.page(Grant(Role.COUNSELOR, FACILITY, staff_id="s-other"))
    await page.goto(TODAY)
    await expect(page.get_by_role("heading", name="You lead no sessions on")).to_be_visible()


async def test_a_day_without_sessions_leads_to_the_next_with_some(site: Site) -> None:
    closure = {"program_id": "adult-iop", "day": "2025-03-13", "reason": "staff training"}
    director = await site.visitors.api.director()
    assert (await send(director, "program.declare-closure", closure, "shut")).status_code == 200
    page = await site.open()
    await page.goto(f"{TODAY}?day=2025-03-13")
    await expect(page.locator(".closed")).to_contain_text("is closed: Staff training.")
    await expect(page.get_by_role("heading", name="No sessions on Thursday")).to_be_visible()
    assert await violations_in_both_schemes(page) == []
    await page.get_by_role("link", name="Go to Wednesday").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Wednesday, March 19")


async def test_no_browser_complained(site: Site) -> None:
    told = [each for each in site.visitors.complaints if "status of 404" not in each]
    assert told == []
