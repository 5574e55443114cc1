"""Patients and a patient as pages, in Chromium: found, read, mended, and shown as roles are."""

from collections.abc import AsyncIterator
from datetime import date, time
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from pydantic import TypeAdapter

from domain.patient import Referral
from domain.program import Pattern, Segment, Track, weekly
from services.access.principal import Grant, Role
from services.vault import Person
from services.web.patient import NOTHING_THEN
from tests.support.accessibility import scrolls_sideways
from tests.support.backend import Backend
from tests.support.evaluated_clinic import house_rules
from tests.support.http_api import Api, send
from tests.support.two_clinics import HERE, MONDAY, NOW, OTHER_STAFF, OWN_STAFF, Known, two_clinics
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


DIRECTOR = Grant(Role.DIRECTOR, HERE)
ON_THE_STAFF = Grant(Role.DIRECTOR, HERE, staff_id=OTHER_STAFF)
FRONT_DESK = Grant(Role.FRONT_DESK, HERE)
COUNSELOR = Grant(Role.COUNSELOR, HERE, staff_id=OWN_STAFF)
BILLER = Grant(Role.BILLER, HERE)

LIST = f"/facilities/{HERE}/patients"
LONG = "Ngozi-Wilhelmina Featherstonehaugh-Cholmondeley of the Upper Northern Riverside"
LEARNED = {"kind": "arrest", "learned_on": date(2025, 3, 11)}
NAMES = (
    ("<img src=x onerror=alert(1)>", "Quotemark"),
    (LONG[:80], "Longname"),
    ("Ольга", "Петренко"),
    ("明", "王"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clinic(
    backend: Backend, chromium: Browser
) -> AsyncIterator[tuple[Visitors, Known, Known]]:
    """Visitors of a clinic in which a morning group would mend somebody's week."""
    clinics = await two_clinics(backend)
    async with visiting(backend, chromium, clock=lambda: NOW) as visitors:
        await _more(visitors.api, clinics.here.own)
        yield visitors, clinics.here.own, clinics.here.other


async def _more(api: Api, own: Known) -> None:
    director = await api.director(HERE)

    async def sent(number: int, command: str, **payload: Any) -> Any:
        body = TypeAdapter(Any).dump_python(payload, mode="json")
        answer = await send(director, command, body, f"more-{number}", HERE)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    segments = (Segment(time(9), time(12), "group", "Process group"),)
    pattern = Pattern(weekly(("TH",)), time(9), time(12), "room-2", OTHER_STAFF, 8, segments)
    track = Track("morning", "Morning group", MONDAY, None, pattern)
    await sent(0, "program.keep-track", program_id="adult-iop", track=track)
    await sent(8, "session.close", session_id=own.sessions[3])
    reviewed = {"reviewed_on": date(2025, 3, 10), "next_review": date(2025, 4, 7)}
    await sent(7, "patient.review-plan", patient_id=own.patient_id, **reviewed)
    rules = house_rules(policy_id="hours", attended_minutes_min=540)
    await sent(9, "program.adopt-policy", program_id="adult-iop", policy=rules, from_day=MONDAY)
    await sent(10, "patient.record-incident", patient_id=own.patient_id, **LEARNED)
    intern = {"staff_id": OWN_STAFF, "name": "Ana Diaz", "credential": "intern"}
    await sent(11, "facility.keep-staff", staff=intern)
    await sent(12, "facility.supervise-credential", credential="intern", from_day=MONDAY)
    note = {"session_id": own.sessions[0], "patient_id": own.patient_id}
    counselor = await api.signed_in(COUNSELOR)
    answer = await send(counselor, "session.sign-individual-note", note, "more-13", HERE)
    assert answer.status_code == 200, answer.text
    for number, (given, family) in enumerate(NAMES, 1):
        person = Person(f"MORE{number}", given, family, date(1988, 2, 29))
        referral = Referral("adult-iop", date(2025, 3, 11), "County hospital", "community")
        await sent(number, "patient.refer", person=person, referral=referral)


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(clinic: tuple[Visitors, Known, Known]) -> Visitors:
    return clinic[0]


@pytest_asyncio.fixture(loop_scope="session")
async def own(clinic: tuple[Visitors, Known, Known]) -> Known:
    return clinic[1]


@pytest_asyncio.fixture(loop_scope="session")
async def other(clinic: tuple[Visitors, Known, Known]) -> Known:
    return clinic[2]


async def opened(visitors: Visitors, grant: Grant, known: Known, **options: Any) -> Page:
    page = await visitors.page(grant, **options)
    await page.goto(f"{LIST}/{known.patient_id}")
    return page


async def test_somebody_is_found_as_one_types_and_the_address_says_nothing(
    visitors: Visitors, own: Known
) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(LIST)
    await expect(page.locator("#listed tbody tr")).to_have_count(2)
    await page.keyboard.type("own ann")
    found = page.locator("#found tbody tr")
    await expect(found).to_have_count(1)
    await expect(found).to_contain_text("Annabel Ownfield")
    await expect(page.get_by_text("1 patient found")).to_be_attached()
    assert page.url.endswith(LIST)
    field = page.get_by_label("Find a patient")
    await field.fill("OAK7772")
    await expect(found).to_contain_text("Benedict Otherton")
    await field.fill("zzz")
    await expect(page.locator("#found")).to_contain_text("Nobody is found")
    await field.fill("annabel")
    await field.press("Enter")
    await expect(page).to_have_url(f"{visitors.api.url}{LIST}/{own.patient_id}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Annabel Ownfield")


async def test_a_short_week_says_what_is_missing_and_is_mended_from_here(
    visitors: Visitors, own: Known
) -> None:
    page = await opened(visitors, DIRECTOR, own)
    week = page.get_by_label("This week")
    await expect(week).to_contain_text("3 h and 1 day short this week")
    await expect(week).to_contain_text("3 h and 1 day will be missing")
    mend = "Morning group on Thu, Mar 13 at 9:00 am"
    await expect(week).to_contain_text(f"{mend} would mend it: 8 places free.")
    await week.get_by_role("button", name="Book Thu, Mar 13, 9:00 am: Annabel Ownfield").click()
    last = page.locator("#last")
    await expect(last).to_contain_text(f"Annabel Ownfield is booked for {mend}")
    await expect(page.locator("#next")).to_contain_text("Morning group")
    await expect(week).not_to_contain_text("3 h and 1 day short this week")
    await last.get_by_role("button", name="Undo").click()
    await expect(week).to_contain_text("3 h and 1 day short this week")
    await expect(page.locator("#next")).not_to_contain_text("Morning group")


async def test_a_finding_opens_into_its_numbers_and_what_proves_it(
    visitors: Visitors, own: Known
) -> None:
    page = await opened(visitors, DIRECTOR, own)
    finding = page.locator("#findings details").filter(has_text="Hours attended in a week").first
    if await finding.get_attribute("open") is None:
        await finding.locator("summary").first.click()
    await expect(finding).to_contain_text("6 h of 9 h.")
    await expect(finding).to_contain_text("This would mend it:")
    await expect(finding).to_contain_text("8 places free")
    await finding.get_by_role("link", name="All numbers, events and the source").first.click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("Rule: at least 9 hours attended in a week")


async def test_who_will_not_come_is_short_in_the_sentence_the_bar_and_the_finding_alike(
    visitors: Visitors, own: Known
) -> None:
    page = await opened(visitors, DIRECTOR, own)
    tonight = page.locator("#next li").filter(has_text="Wed, Mar 12")
    await tonight.get_by_role("link", name="Will not come").click()
    dialog = page.locator("#dialog")
    await dialog.get_by_label("Reason").fill("works tonight")
    await dialog.get_by_label("No", exact=True).check()
    await dialog.locator("form button.go").click()
    week = page.get_by_label("This week")
    await expect(week).to_contain_text("6 h and 2 days short this week")
    await expect(week).to_contain_text("They will not come to Evening 1 on Wed, Mar 12.")
    await expect(week.get_by_role("img")).to_have_accessible_name(
        "0 min recorded, 3 h to come, 9 h planned"
    )
    finding = page.locator("#findings details").filter(has_text="Hours attended in a week").first
    await expect(finding).to_contain_text("Will be 6 h under. 3 h of 9 h.")
    await expect(finding).to_contain_text("will not come, 3 h")
    await expect(tonight).to_contain_text("will not come")
    await expect(tonight.get_by_role("link", name="Will not come")).to_have_count(0)


async def test_a_safety_concern_is_acknowledged_from_the_banner_once(
    visitors: Visitors, own: Known
) -> None:
    page = await opened(visitors, ON_THE_STAFF, own)
    banner = page.get_by_role("note").filter(has_text="Safety concern of Mon, Mar 3")
    await expect(banner).to_contain_text("Nobody has acknowledged it.")
    await banner.locator("..").get_by_role("link", name="Acknowledge").click()
    form = page.locator("#dialog form")
    await form.get_by_label("What was done").select_option(label="Safety plan")
    await form.locator("button.go").dblclick()
    await expect(banner).to_have_count(0)
    await page.goto(f"/facilities/{HERE}/history/patient/{own.patient_id}")
    await expect(page.get_by_text("safety plan")).to_have_count(1)


async def test_incidents_and_the_summary_stand_on_the_page_of_who_may_see_them(
    visitors: Visitors, own: Known
) -> None:
    page = await opened(visitors, DIRECTOR, own)
    await expect(page.locator("#incidents")).to_contain_text("An arrest over alcohol or drugs")
    for grant in (FRONT_DESK, BILLER):
        other = await opened(visitors, grant, own)
        await expect(other.locator("#incidents")).to_have_count(0)


async def test_a_note_that_waits_is_cosigned_on_the_page_of_its_session(
    visitors: Visitors, own: Known
) -> None:
    address = f"/facilities/{HERE}/sessions/{own.sessions[0]}"
    label = "Co-sign the note about Annabel Ownfield"
    author = await visitors.page(COUNSELOR)
    await author.goto(address)
    await expect(author.get_by_role("heading", name="Signatures")).to_be_visible()
    await expect(author.get_by_role("button", name=label)).to_have_count(0)
    page = await visitors.page(ON_THE_STAFF)
    await page.goto(address)
    await page.get_by_role("button", name=label).click()
    await expect(
        page.get_by_text("Co-signature of the note about Annabel Ownfield")
    ).to_be_visible()
    await expect(page.get_by_role("button", name=label)).to_have_count(0)


async def test_what_is_recorded_in_a_form_shows_on_the_page(visitors: Visitors, own: Known) -> None:
    page = await opened(visitors, DIRECTOR, own)
    await page.get_by_text("Record something").click()
    await page.get_by_role("link", name="Set the plan of care").click()
    dialog = page.locator("#dialog")
    await expect(dialog.locator("form")).to_be_visible()
    await expect(page.locator("#records")).not_to_have_attribute("open", "")
    await page.keyboard.press("Escape")
    await expect(page.locator("#plan")).to_contain_text("9 h a week on 3 days")
    await expect(page.locator("#plan")).to_contain_text("Reviewed Mar 10, 2025")
    await expect(page.locator("#plan")).to_contain_text("next review by Apr 7, 2025")


async def test_a_role_is_shown_its_part(visitors: Visitors, own: Known, other: Known) -> None:
    desk = await opened(visitors, FRONT_DESK, own)
    await expect(desk.get_by_role("heading", name="Hours against the plan")).to_be_visible()
    for heading in ("Plan of care", "Findings", "Consents", "Assessments", "Authorizations"):
        await expect(desk.get_by_role("heading", name=heading)).to_have_count(0)
    await desk.get_by_text("Record something").click()
    await expect(desk.locator("#records")).to_contain_text("Put the name right")
    await expect(desk.locator("#records")).not_to_contain_text("Discharge")
    biller = await opened(visitors, BILLER, own)
    await expect(biller.get_by_role("heading", name="Last weeks")).to_be_visible()
    await expect(biller.get_by_role("heading", name="Next sessions")).to_have_count(0)
    counselor = await visitors.page(COUNSELOR)
    await counselor.goto(LIST)
    await expect(counselor.locator("#listed")).to_contain_text("Annabel Ownfield")
    await expect(counselor.locator("#listed")).not_to_contain_text("Benedict")
    answer = await counselor.goto(f"{LIST}/{other.patient_id}")
    assert answer is not None
    assert answer.status == 404
    assert "Benedict" not in await counselor.content()


async def test_an_emergency_opens_the_record_with_a_reason(
    visitors: Visitors, other: Known
) -> None:
    page = await opened(visitors, COUNSELOR, other, account="in-need")
    await page.get_by_label("What is the emergency?").fill("found unconscious at the door")
    await page.get_by_role("button", name="Open the record").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Benedict Otherton")
    await expect(page.get_by_role("note").first).to_contain_text("Opened in an emergency.")
    await expect(page.get_by_text("Record something")).to_have_count(0)
    await expect(page.locator("#main button[data-command]")).to_have_count(0)
    logged = [each.entry for each in visitors.api.looked() if each.entry.account == "in-need"]
    assert {each.reason for each in logged if each.outcome == "shown"} == {
        "found unconscious at the door"
    }
    biller = await visitors.page(BILLER)
    answer = await biller.goto(f"{LIST}/{other.patient_id}/emergency")
    assert answer is not None
    assert answer.status == 403


async def test_an_earlier_moment_is_shown_as_it_was_known_and_changes_nothing(
    visitors: Visitors, own: Known
) -> None:
    page = await opened(visitors, DIRECTOR, own)
    await page.get_by_text("Earlier moment").click()
    await page.get_by_label("What was known on").fill("2025-03-03T16:00")
    await page.get_by_role("button", name="Show").click()
    banner = page.get_by_role("note").first
    await expect(banner).to_contain_text("As it was known on Mar 3 at 4:00 pm.")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Annabel Ownfield")
    await expect(page.get_by_role("heading", name="Assessments")).to_have_count(0)
    await expect(page.get_by_text("Record something")).to_have_count(0)
    await expect(page.locator("#main button[data-command]")).to_have_count(0)
    await banner.locator("..").get_by_role("link", name="Back to now").click()
    await expect(page.get_by_role("heading", name="Assessments")).to_be_visible()
    for moment, said in (("2025-03-01T09:00", NOTHING_THEN), ("2031-01-01T09:00", "still to come")):
        await page.goto(f"{LIST}/{own.patient_id}?as_of={moment}")
        await expect(page.locator("#main")).to_contain_text(said, ignore_case=True)
        await page.get_by_role("link", name="Back to now").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Annabel Ownfield")
    await page.goto(f"{LIST}/{own.patient_id}?as_of=2025-03-10T09:00")
    await expect(page.locator("#arrangements")).to_contain_text("Evening 1")
    await expect(page.locator("#incidents")).to_have_count(0)


async def test_names_of_any_script_and_length_stay_text(visitors: Visitors) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{LIST}?group=candidates")
    rows = page.locator("#listed tbody tr")
    await expect(rows).to_have_count(len(NAMES))
    assert await scrolls_sideways(page) == []
    for given, family in NAMES:
        await page.goto(f"{LIST}?group=candidates")
        await rows.filter(has_text=family).get_by_role("link").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"{given} {family}")
        await expect(page.get_by_role("heading", name="Referred, not admitted yet")).to_be_visible()
        if len(given) > 40:
            assert await scrolls_sideways(page) == []
    assert await page.locator("main img").count() == 0


async def test_it_is_read_without_a_script_and_on_paper(visitors: Visitors) -> None:
    page = await visitors.page(DIRECTOR, java_script_enabled=False)
    await page.goto(LIST)
    await page.get_by_role("link", name="Annabel Ownfield").click()
    await expect(page.get_by_label("This week")).to_contain_text("9 h")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("heading", name="Attendance")).to_be_visible()
    await expect(page.get_by_text("Record something")).to_be_hidden()


async def test_no_browser_complained(visitors: Visitors) -> None:
    assert [each for each in visitors.complaints if "status of 4" not in each] == []
