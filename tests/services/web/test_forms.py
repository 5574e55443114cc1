"""Forms in a browser: what is wrong is said where it is, and nothing that was typed is lost."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Locator, Page, Request, expect

from domain.session import Session
from services.access.principal import Grant, Role
from tests.support.two_clinics import HERE, Clinics
from tests.support.visitors import Visitors

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

DIRECTOR = Grant(Role.DIRECTOR, HERE, staff_id="s-diaz")
RECORD = f"/facilities/{HERE}/record"


@pytest.fixture
def about(clinics: Clinics) -> str:
    """What an address says of the patient whom the tests are about."""
    return f"patient_id={clinics.here.own.patient_id}&next=/facilities/{HERE}/today"


def button(page: Page, name: str) -> Locator:
    return page.locator("#form").get_by_role("button", name=name, exact=True)


def field(page: Page, pointer: str) -> Locator:
    return page.locator(f'#form [data-field="{pointer}"]')


async def recorded(page: Page, said: str) -> None:
    last = page.locator("#last, [data-last]").filter(has_text=said)
    await expect(last).to_be_visible()


async def test_what_is_missing_is_said_beside_the_field(visitors: Visitors, about: str) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{RECORD}/patient.give-consent?{about}")
    await button(page, "Record").click()
    scope = field(page, "/consent/scope").get_by_role("alert")
    await expect(scope).to_have_text("Choose one at least.")
    await page.goto(f"{RECORD}/patient.refer")
    await button(page, "Refer").click()
    for pointer in ("/person/mrn", "/person/born", "/referral/by"):
        await expect(field(page, pointer).get_by_role("alert")).to_have_text("This is needed.")
    await expect(field(page, "/referral/origin").get_by_role("alert")).to_have_text("Choose one.")
    number = page.get_by_label("Record number")
    await expect(number).to_be_focused()
    await expect(number).to_have_attribute("aria-invalid", "true")
    await number.fill("OAK 1")
    await button(page, "Refer").click()
    await expect(field(page, "/person/mrn").get_by_role("alert")).to_have_count(0)


async def test_what_the_server_refuses_is_said_at_its_place_and_what_is_typed_stays(
    visitors: Visitors, about: str
) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{RECORD}/drug-testing.set-draws?{about}")
    shortest, longest = page.get_by_label("Fewest days"), page.get_by_label("Most days")
    await shortest.fill("99999999999")
    await longest.fill("3")
    await button(page, "Draw from today on").click()
    await expect(field(page, "/gaps/shortest").get_by_role("alert")).to_contain_text(
        "less than or equal to"
    )
    await shortest.fill("9")
    await button(page, "Draw from today on").click()
    refusal = page.locator("#form .refusal")
    await expect(refusal).to_contain_text("longest")
    await expect(shortest).to_have_value("9")
    await longest.fill("14")
    await button(page, "Draw from today on").click()
    await recorded(page, "Tests are drawn from today on")


async def test_a_draft_comes_back_until_it_is_recorded_or_begun_anew(
    visitors: Visitors, about: str
) -> None:
    page = await visitors.page(DIRECTOR)
    where = f"{RECORD}/patient.set-plan?{about}"
    await page.goto(where)
    await page.get_by_label("Goals").fill("Back to work")
    await button(page, "Add another").click()
    row = page.get_by_role("group", name="Services 1")
    await row.get_by_label("Minutes").fill("50")
    await page.reload()
    await expect(page.get_by_text("What you typed earlier is here again.")).to_be_visible()
    await expect(page.get_by_label("Goals")).to_have_value("Back to work")
    await expect(row.get_by_label("Minutes")).to_have_value("50")
    await button(page, "Remove").click()
    await expect(row).to_have_count(0)
    await page.get_by_role("button", name="Begin anew").click()
    await expect(page.get_by_label("Goals")).to_have_value("")
    await page.get_by_label("Goals").fill("Family at home")
    await page.goto(f"/facilities/{HERE}/today")
    await page.go_back()
    await expect(page.get_by_label("Goals")).to_have_value("Family at home")
    await button(page, "Set the plan").click()
    await recorded(page, "The plan is set")
    await page.goto(where)
    await expect(page.get_by_label("Goals")).to_have_value("Family at home")
    await expect(page.locator("[data-restored]")).to_have_count(0)


async def test_a_sign_in_that_ended_loses_nothing(visitors: Visitors, about: str) -> None:
    page = await visitors.page(DIRECTOR, account="ana", name="Ana Diaz")
    password = "four random words here"  # noqa: S105
    visitors.api.access.accounts.change_password("ana", password)
    await visitors.sign_in(page, "ana")
    await page.goto(f"{RECORD}/patient.grant-leave?{about}")
    await page.get_by_label("Last day").fill("2025-03-20")
    await page.get_by_label("Why").fill("A funeral")
    await page.context.clear_cookies()
    await button(page, "Grant").click()
    again = page.get_by_role("dialog", name="Sign in to go on")
    await again.get_by_label("Password of Ana Diaz").fill(password)
    await again.get_by_role("button", name="Sign in").click()
    await recorded(page, "Leave granted")


async def test_a_draft_outlives_a_sign_in_and_is_shown_to_nobody_else(
    visitors: Visitors, about: str
) -> None:
    page = await visitors.page(DIRECTOR, account="bea")
    where = f"{RECORD}/patient.grant-leave?{about}"
    await page.goto(where)
    await page.get_by_label("Why").fill("A funeral")
    await page.context.clear_cookies()
    await page.reload()
    await expect(page).to_have_title("Sign in · Daybook")
    await visitors.sign_in(page, "bea")
    await page.goto(where)
    await expect(page.get_by_label("Why")).to_have_value("A funeral")
    visitors.api.access.accounts.add("cleo", "Cleo", [DIRECTOR], with_password=False)
    await visitors.sign_in(page, "cleo")
    await page.goto(where)
    await expect(page.get_by_label("Why")).to_have_value("")
    kept = await page.evaluate("() => JSON.stringify(sessionStorage)")
    assert "funeral" not in kept


async def test_without_a_connection_nothing_is_lost_and_it_is_recorded_once(
    visitors: Visitors, clinics: Clinics, about: str
) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{RECORD}/patient.name-supporter?{about}")
    await page.get_by_label("Relation").fill("sponsor")
    await page.context.set_offline(True)
    await button(page, "Name them").click()
    await expect(page.locator("#form .refusal")).to_contain_text("No answer came")
    await page.context.set_offline(False)
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each) if "/commands/" in each.url else None)
    await button(page, "Name them").dblclick()
    await recorded(page, "Supporter named")
    assert len(sent) == 1
    patient = visitors.api.context.journal.load(clinics.here.own.patient_id)
    assert list(patient.supporters.values()) == ["sponsor"]


async def test_a_form_opens_over_its_page_which_shows_what_was_recorded(
    visitors: Visitors, clinics: Clinics
) -> None:
    page = await visitors.page(DIRECTOR)
    where = f"/facilities/{HERE}/patients/{clinics.here.other.patient_id}"
    await page.goto(where)
    dialog = page.locator("#dialog")
    await page.locator("#records > summary").click()
    await page.get_by_role("link", name="Record a consent").click()
    await expect(dialog.get_by_role("heading", name="Record a consent")).to_be_visible()
    await dialog.get_by_label("To whom").fill("County court")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.locator("#records > summary").click()
    await page.get_by_role("link", name="Record a consent").click()
    await expect(dialog.get_by_label("To whom")).to_have_value("County court")
    await dialog.get_by_label("What for").select_option(label="A court or other legal matter")
    await dialog.get_by_label("Attendance").check()
    await dialog.get_by_label("Until").fill("2025-12-31")
    await button(page, "Record").click()
    await expect(dialog).to_be_hidden()
    await recorded(page, "Consent recorded")
    await expect(page.locator("#main")).to_contain_text("County court")
    await expect(page).to_have_url(f"{visitors.api.url}{where}")


async def test_a_form_is_filled_in_by_the_keyboard_alone(visitors: Visitors, about: str) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{RECORD}/patient.refer-to-resource?{about}")
    await page.get_by_label("Kind of help").focus()
    for key in ("H", "Tab"):
        await page.keyboard.press(key)
    await page.keyboard.type("Maple housing")
    await page.keyboard.press("Enter")
    await recorded(page, "Referral to a resource recorded")


async def test_a_session_and_a_track_are_made_of_what_people_say(visitors: Visitors) -> None:
    page = await visitors.page(DIRECTOR)
    journal = visitors.api.context.journal
    await page.goto(f"{RECORD}/session.schedule?next=/facilities/{HERE}/today")
    await page.get_by_label("Name").fill("Family evening")
    await page.get_by_label("Day").fill("2025-03-15")
    await page.get_by_label("Starts").first.fill("10:00")
    await page.get_by_label("Ends").first.fill("11:30")
    part = page.get_by_role("group", name="Parts 1")
    await part.get_by_label("Service").select_option(label="Family")
    await part.get_by_label("Title").fill("Family")
    await page.get_by_label("Room").select_option(label="Room 2 (holds 12)")
    await page.get_by_label("Places").fill("8")
    await button(page, "Schedule").click()
    await recorded(page, "Scheduled")
    meeting = journal.load(Session.id_of(HERE, "Family evening", None)).meeting
    assert meeting.starts_at == datetime(2025, 3, 15, 14, tzinfo=UTC)
    assert [each.span for each in meeting.parts] == [meeting.span]

    await page.goto(f"{RECORD}/program.keep-track?next=/facilities/{HERE}/today")
    await page.get_by_role("link", name="A new track").click()
    await page.get_by_label("Name").fill("Früh & Spät")
    await page.get_by_label("Tuesday").check()
    await page.get_by_label("Thursday").check()
    await page.get_by_label("Starts").fill("09:00")
    await page.get_by_label("Ends").fill("12:00")
    await page.get_by_label("Room").select_option(label="Room 2 (holds 12)")
    await page.get_by_label("Led by").select_option(label="Ana Diaz, LCSW")
    await page.get_by_label("Places").fill("8")
    await button(page, "Save").click()
    await recorded(page, "Track saved")
    await page.goto(f"{RECORD}/program.change-following?track_id=fruh-spat")
    await expect(page.get_by_text("Früh & Spät (Adult IOP)")).to_be_visible()
    await expect(page.get_by_label("Tuesday")).to_be_checked()
    await expect(page.get_by_label("Monday")).not_to_be_checked()
    session_id = Session.id_of(HERE, "Family evening", None)
    await page.goto(f"{RECORD}/session.reschedule?session_id={session_id}")
    await expect(page.get_by_label("Starts").first).to_have_value("10:00")
    await page.get_by_label("Day").fill("2025-03-16")
    await button(page, "Move it").click()
    await recorded(page, "Moved")
    moved = journal.load(session_id).meeting
    assert moved.starts_at == datetime(2025, 3, 16, 14, tzinfo=UTC)
    assert [each.span for each in moved.parts] == [moved.span]


async def test_a_facility_is_opened_and_led_to(visitors: Visitors) -> None:
    page = await visitors.page(Grant(Role.ADMINISTRATOR))
    await page.goto(f"{RECORD}/facility.open")
    await page.get_by_label("Name").fill("Elm Street")
    await page.get_by_label("Time zone").fill("America/Chicago")
    await page.get_by_label("Monday").check()
    await page.get_by_label("Late after").fill("10")
    await button(page, "Open").click()
    await page.wait_for_url("**/facilities/elm-street/**")


async def test_a_second_record_of_somebody_is_merged_into_one_that_is_found(
    visitors: Visitors, clinics: Clinics
) -> None:
    page = await visitors.page(DIRECTOR)
    other, journal = clinics.here.other, visitors.api.context.journal
    await page.goto(f"{RECORD}/patient.merge?patient_id={other.patient_id}")
    await page.get_by_role("searchbox").fill("own")
    await page.get_by_label("Annabel Ownfield").check()
    await button(page, "Merge").click()
    await recorded(page, "The records are merged")
    assert journal.load(other.patient_id).merged_into == clinics.here.own.patient_id


async def test_somebody_is_found_before_a_form_is_about_them(
    visitors: Visitors, clinics: Clinics
) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{RECORD}/patient.grant-leave?first_day=2025-03-20")
    await page.get_by_role("searchbox").press_sequentially("owa")
    await expect(page.get_by_role("status").filter(has_text="found")).to_have_text(
        "Nobody is found."
    )
    await page.get_by_role("searchbox").fill("own")
    await page.get_by_role("link", name="Annabel Ownfield").click()
    await expect(page.get_by_label("First day")).to_have_value("2025-03-20")
    assert clinics.here.own.family_name not in page.url


async def test_without_a_script_a_form_can_be_read_and_says_what_it_needs(
    visitors: Visitors, about: str
) -> None:
    page = await visitors.page(DIRECTOR, java_script_enabled=False)
    await page.goto(f"{RECORD}/patient.set-plan?{about}")
    await expect(page.get_by_label("Minutes a week")).to_have_value("540")
    assert "To record something, turn it on." in await page.content()
    await expect(button(page, "Set the plan")).to_be_disabled()
