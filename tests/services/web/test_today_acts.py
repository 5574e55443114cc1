"""What the front desk and a counselor record of visits and sessions, in a browser."""

from collections.abc import AsyncIterator
from datetime import time, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from pydantic import TypeAdapter

from domain.patient import Commitment
from services.access.principal import Grant, Role
from tests.support.backend import Backend
from tests.support.front_desk import ENDS, EVENING, LATER, NOW, WEDNESDAY, FrontDesk, front_desk
from tests.support.http_api import FACILITY, send
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

FRONT_DESK = Grant(Role.FRONT_DESK, FACILITY)
COUNSELOR = Grant(Role.COUNSELOR, FACILITY, staff_id="s-diaz")
BASE = f"/facilities/{FACILITY}"
PATIENCE = 20_000
"""Milliseconds that a busy machine may take."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clinic(backend: Backend) -> FrontDesk:
    return await front_desk(backend)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitors(
    backend: Backend, clinic: FrontDesk, chromium: Browser
) -> AsyncIterator[Visitors]:
    async with visiting(backend, chromium, clock=lambda: clinic.at[0]) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(visitors: Visitors) -> Page:
    """Today, as the front desk has it open all the time."""
    page = await visitors.page(FRONT_DESK)
    await page.goto(f"{BASE}/today")
    return page


async def more(page: Page, clinic: FrontDesk, given_name: str, what: str) -> Locator:
    """Open what else there is for somebody, and there a form; return the form."""
    await page.locator(clinic.row(given_name)).locator("a.more").click()
    await page.locator("#dialog").get_by_text(what, exact=True).click()
    return page.locator("#dialog details[open]")


async def expect_in(page: Page, clinic: FrontDesk, given_name: str, state: str) -> None:
    row = page.locator(clinic.row(given_name))
    await expect(row).to_have_attribute("data-state", state)


async def test_came_at_another_time(desk: Page, clinic: FrontDesk) -> None:
    form = await more(desk, clinic, "Noor", "Came at another time")
    await form.get_by_label("Came at").fill("2025-03-12T16:31")
    await form.get_by_role("button", name="Save").click()
    await expect_in(desk, clinic, "Noor", "here")
    await expect(desk.locator(clinic.row("Noor"))).to_contain_text("4:31 pm")


async def test_what_is_wrong_is_said_in_the_form(desk: Page, clinic: FrontDesk) -> None:
    form = await more(desk, clinic, "Lena", "Came at another time")
    await form.get_by_label("Came at").fill("2025-03-12T23:00")
    await form.get_by_role("button", name="Save").click()
    await expect(desk.locator("#dialog").get_by_role("alert")).to_be_visible()
    await expect(form.get_by_label("Came at")).to_have_value("2025-03-12T23:00")
    await desk.get_by_role("button", name="Close", exact=True).click()
    await expect_in(desk, clinic, "Lena", "expected")


async def test_it_was_somebody_else(desk: Page, clinic: FrontDesk) -> None:
    form = await more(desk, clinic, "Noor", "That was somebody else")
    await form.get_by_label("It was").select_option("Lena Brandt")
    await form.get_by_role("button", name="Save").click()
    await expect_in(desk, clinic, "Lena", "here")
    await expect_in(desk, clinic, "Noor", "expected")


async def test_turned_away_and_taken_off(desk: Page, clinic: FrontDesk) -> None:
    form = await more(desk, clinic, "Carol", "Came and was not let in")
    await form.get_by_label("Why").fill("not sober")
    await form.get_by_role("button", name="Save").click()
    await expect_in(desk, clinic, "Carol", "turned_away")
    form = await more(desk, clinic, "Oto", "Take off this session")
    await form.get_by_label("Why").fill("moved to the day group")
    await form.get_by_role("button", name="Take off").click()
    await expect(desk.locator(clinic.row("Oto"))).to_have_count(0)
    await desk.locator("#desk-last").get_by_role("button", name="Undo").click()
    await expect_in(desk, clinic, "Oto", "expected")


async def test_an_absence_is_excused_and_taken_back(desk: Page, clinic: FrontDesk) -> None:
    form = await more(desk, clinic, "Marcus", "Will not come")
    await form.get_by_label("Why").fill("court date")
    await form.get_by_role("button", name="Save").click()
    await expect_in(desk, clinic, "Marcus", "absence_announced")
    dialog, row = desk.locator("#dialog"), desk.locator(clinic.row("Marcus"))
    await row.locator("a.more").click()
    await dialog.get_by_role("button", name="Excuse", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect_in(desk, clinic, "Marcus", "excused")
    await row.locator("a.more").click()
    await dialog.get_by_role("button", name="Expected after all").click()
    await expect(dialog).to_be_hidden()
    await expect_in(desk, clinic, "Marcus", "expected")


async def test_a_missed_session_is_made_up(desk: Page, clinic: FrontDesk) -> None:
    await desk.get_by_label("Who is at the desk?").fill("zora")
    await desk.get_by_role("button", name="Look among all patients").click()
    link = desk.get_by_role("link", name="Make-up and more for Zora Keller, Evening group")
    await link.click()
    await desk.get_by_role("button", name="Check in to make up Tue, Mar 11").click()
    await expect_in(desk, clinic, "Zora", "here")
    await expect(desk.locator(clinic.row("Zora"))).to_contain_text("Makes up Tue, Mar 11")
    await desk.locator("#desk-last").get_by_role("button", name="Undo").click()
    await expect(desk.locator(clinic.row("Zora"))).to_have_count(0)


async def test_who_comes_along_is_checked_in_too(desk: Page, clinic: FrontDesk) -> None:
    row, dialog = desk.locator(clinic.row("Marcus")), desk.locator("#dialog")
    await expect(row).to_contain_text("1 person coming along")
    await row.locator("a.more").click()
    mother = dialog.get_by_role("listitem").filter(has_text="Mother is expected")
    await mother.get_by_role("button", name="Check in").click()
    await expect(row).to_contain_text("1 of 1 with them here")
    await row.locator("a.more").click()
    mother = dialog.get_by_role("listitem").filter(has_text="Mother is here")
    await mother.get_by_role("button", name="Check out").click()
    await expect(row).to_contain_text("1 person coming along")


async def test_who_waits_gets_the_place_that_comes_free(desk: Page, clinic: FrontDesk) -> None:
    zora = f"{BASE}/sessions/{LATER}/patients/{clinic.ids['Zora']}"
    await desk.goto(zora)
    await desk.get_by_role("button", name="Put on the waiting list").click()
    await expect(desk.locator(".now")).to_contain_text("Waits for a place")
    await desk.goto(f"{BASE}/today")
    waiting = desk.locator(clinic.row("Zora", LATER))
    await expect(waiting).to_have_attribute("data-state", "waiting")
    await desk.goto(f"{BASE}/sessions/{LATER}/patients/{clinic.ids['Zoe']}")
    await desk.get_by_text("Take off this session").click()
    await desk.locator("details[open]").get_by_label("Why").fill("is ill")
    await desk.get_by_role("button", name="Take off").click()
    await desk.goto(f"{BASE}/today")
    await expect(waiting).to_have_attribute("data-state", "expected")


async def test_a_full_session_offers_its_waiting_list_and_then_the_place(
    visitors: Visitors, desk: Page, clinic: FrontDesk
) -> None:
    zoe = {"patient_id": clinic.ids["Zoe"]}
    night = (("WE",), time(18), time(19), WEDNESDAY, WEDNESDAY)
    court = Commitment("work", "Night shift", *night)
    told = {**zoe, "commitment": TypeAdapter(Commitment).dump_python(court, mode="json")}
    director = await visitors.api.director()
    assert (await send(director, "patient.note-commitment", told, "court")).status_code == 200
    await desk.get_by_label("Who is at the desk?").fill("zoe")
    await desk.keyboard.press("Enter")
    person = desk.locator("#desk-others li").filter(has_text="Zoe Walker")
    await person.get_by_role("button", name="Walk-in: Individual session").last.click()
    alert = person.get_by_role("alert")
    await expect(alert).to_contain_text("The session is full")
    await alert.get_by_role("button", name="Put on the waiting list").click()
    row = desk.locator(clinic.row("Zoe", LATER))
    await expect(row).to_have_attribute("data-state", "waiting")
    await expect(desk.get_by_label("Who is at the desk?")).to_have_value("")
    # The place comes free, and she is passed over for her shift.
    off = {"session_id": LATER, "patient_id": clinic.ids["Zora"], "reason": "is ill"}
    assert (await send(director, "session.release-patient", off, "ill")).status_code == 200
    looks = desk.get_by_role("region", name="Needs a look")
    await expect(looks).to_contain_text("Zoe Walker has waited since Wed, Mar 12. A place is free")
    await looks.get_by_role("button", name="Give the place to Zoe Walker").click()
    alert = looks.get_by_role("alert")
    await alert.get_by_role("link", name="Book all the same, with a reason").click()
    form = desk.locator("#dialog")
    await form.get_by_text("Book although something else stands against it").click()
    await form.get_by_label("Why it may collide").fill("her shift begins later")
    await form.get_by_role("button", name="Book", exact=True).click()
    await expect(row).to_have_attribute("data-state", "expected")
    await row.get_by_role("button", name="Check in: Zoe Walker").click()
    await expect(desk.locator(f"[id='{LATER}'] .count")).to_contain_text("everyone is in")
    await desk.locator("#desk-last").get_by_role("button", name="Undo").click()
    await expect(row).to_have_attribute("data-state", "expected")


async def test_all_are_checked_out_when_it_ended_and_back_in(desk: Page, clinic: FrontDesk) -> None:
    for name in ("Dev", "Lena"):
        row = desk.locator(clinic.row(name))
        if await row.get_attribute("data-state") != "here":  # Lena is, where all tests have run
            await row.locator(".main").click()
        await expect_in(desk, clinic, name, "here")
    clinic.at[0] = ENDS + timedelta(minutes=5)
    await desk.reload()
    looks = desk.get_by_role("region", name="Needs a look")
    await expect(looks).to_contain_text("Dev Malhotra is still signed in.")
    await desk.get_by_role("button", name="Check out all at 8:00 pm: Evening group").click()
    for name in ("Dev", "Lena"):
        await expect_in(desk, clinic, name, "left")
    await desk.locator("#desk-last").get_by_role("button", name="Undo").click()
    for name in ("Dev", "Lena"):
        await expect_in(desk, clinic, name, "here")
    await desk.locator(clinic.row("Dev")).get_by_role("button", name="Out at 8:00 pm").click()
    await desk.locator(clinic.row("Lena")).get_by_role("button", name="Out at 8:00 pm").click()
    for name in ("Dev", "Lena"):
        await expect_in(desk, clinic, name, "left")


async def test_a_counselor_closes_signs_and_puts_right(
    visitors: Visitors, clinic: FrontDesk
) -> None:
    page = await visitors.page(COUNSELOR)
    await page.goto(f"{BASE}/sessions/{EVENING}")
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect_in(page, clinic, "Dev", "attended")
    for what in ("sign-in sheet", "group note"):
        await page.get_by_role("button", name=f"Sign the {what}").click()
        await expect(page.get_by_role("button", name=f"Sign the {what}")).to_have_count(0)
    signed = page.get_by_role("region", name="Signatures")
    await expect(signed).to_contain_text("LCSW")
    await page.locator(clinic.row("Dev")).get_by_role("link", name="Correct: Dev").click()
    await page.locator("#dialog").get_by_text("Left at another time").click()
    form = page.locator("#dialog details[open]")
    await form.get_by_label("Left at").fill("2025-03-12T19:00")
    await form.get_by_label("Why this is put right").fill("left for the bus")
    await form.get_by_role("button", name="Save").click()
    put_right = page.get_by_role("region", name="Put right")
    await expect(put_right).to_contain_text("Dev Malhotra: check out corrected")
    await expect(put_right).to_contain_text("Left for the bus.")


async def test_a_session_begins(visitors: Visitors, clinic: FrontDesk) -> None:
    clinic.at[0] = NOW + timedelta(days=7)
    page = await visitors.page(COUNSELOR)
    await page.goto(f"{BASE}/today")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator(".session .count")).to_contain_text("under way")


async def test_no_browser_complained(visitors: Visitors) -> None:
    told = [each for each in visitors.complaints if "status of 4" not in each]
    assert told == []
