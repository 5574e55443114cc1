"""One patient, from the referral to the discharge: all of it by forms, in a browser."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from services.access.principal import Grant, Role
from tests.support.two_clinics import HERE, NOW, Clinics
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

THE_NEXT_DAY = datetime(2025, 3, 13, 14, tzinfo=UTC)
BASE = f"/facilities/{HERE}"


@pytest.fixture(scope="module")
def clock() -> list[datetime]:
    return [NOW]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitors(
    clinics: Clinics, clock: list[datetime], chromium: Browser
) -> AsyncIterator[Visitors]:
    async with visiting(clinics.backend, chromium, clock=lambda: clock[0]) as found:
        yield found


@dataclass
class Forms:
    """Somebody who fills forms in by the keyboard: each leads to the patient's page."""

    page: Page
    about: dict[str, str] = field(default_factory=dict)

    @property
    def form(self) -> Locator:
        return self.page.locator("#form")

    async def open(self, command: str, **about: str) -> None:
        query = urlencode({**self.about, **about})
        await self.page.goto(f"{BASE}/record/{command}?{query}")

    async def say(self, label: str, value: str) -> None:
        """Type a value into a field, or choose it."""
        box = self.form.get_by_label(label, exact=True).locator("visible=true").first
        await box.focus()
        kind = await box.evaluate("each => each.type || each.tagName")
        if kind == "select-one":
            await box.select_option(label=value)
        else:
            await box.fill(value)

    async def tick(self, group: str, *answers: str) -> None:
        """Choose some of several answers."""
        boxes = self.form.get_by_role("group", name=group, exact=True).or_(
            self.form.get_by_role("radiogroup", name=group, exact=True)
        )
        for each in answers:
            await boxes.locator("visible=true").first.get_by_label(each, exact=True).press("Space")

    async def send(self, button: str, said: str) -> None:
        """Press the button; the page that follows says what was recorded."""
        await self.form.get_by_role("button", name=button, exact=True).press("Enter")
        await expect(self.page.locator("#last")).to_have_text(said)


async def referred(forms: Forms) -> None:
    await forms.open("patient.refer")
    await forms.say("Record number", "OAK9001")
    await forms.say("Given name", "Noor")
    await forms.say("Family name", "van der Haddad")
    await forms.say("Born", "1991-03-03")
    await forms.say("Referred by", "County hospital")
    await forms.tick("Comes from", "A hospital")
    await forms.send("Refer", "Referred")
    forms.about["patient_id"] = forms.page.url.rpartition("/")[2]

    await forms.open("screening.screen")
    await expect(forms.page.get_by_text("Noor van der Haddad")).to_be_visible()
    for dimension in ("1. Intox", "2. Biomed", "3. Psych", "4. Substance", "5. Recovery"):
        group = forms.page.get_by_role("radiogroup", name=dimension).locator("visible=true")
        await group.get_by_label("2", exact=True).press("Space")
    for question in ("A stable place to live", "Ready to take part", "Support at home"):
        await forms.tick(question, "Yes")
    await forms.tick("Needs supervision around the clock", "No")
    await forms.say("Recommended level", "2.1 Intensive outpatient")
    await forms.tick("What decided it", "Dimension 4")
    await forms.send("Record the screening", "Screening recorded")


async def admitted(forms: Forms) -> None:
    await forms.open("patient.give-consent")
    await forms.say("To whom", "Court of Maple County")
    await forms.say("What for", "A court or other legal matter")
    await forms.tick("What may be told", "Attendance", "Discharge")
    await forms.say("Until (optional)", "2025-12-31")
    await forms.send("Record", "Consent recorded")

    await forms.open("patient.admit")
    await forms.say("Payer", "medicaid")
    await forms.tick("Focus", "Both (co-occurring)")
    await forms.send("Admit", "Admitted")

    await forms.open("patient.assign-counselor")
    await forms.say("Counselor", "Eva Lind, LCSW")
    await forms.send("Assign", "Counselor assigned")


async def planned(forms: Forms) -> None:
    await forms.open("patient.set-plan")
    await expect(forms.form.get_by_label("Minutes a week")).to_have_value("540")
    await forms.say("Goals (optional)", "Back to work\nFamily at home")
    await forms.say("Next review (optional)", "2025-04-09")
    await forms.form.get_by_role("button", name="Add another").press("Enter")
    row = forms.form.get_by_role("group", name="Services 1")
    await row.get_by_label("Service", exact=True).select_option(label="Individual")
    await row.get_by_label("Minutes", exact=True).fill("50")
    await row.get_by_label("Times", exact=True).fill("1")
    await row.get_by_label("Week", exact=True).press("Space")
    await forms.send("Set the plan", "The plan is set")

    await forms.open("patient.enrol")
    await forms.say("Track", "Evening 1")
    await forms.tick("Days", "Monday", "Wednesday", "Friday")
    await forms.send("Enroll", "Enrolled")


async def assessed(forms: Forms) -> None:
    await forms.open("assessment.take")
    await forms.tick("Questionnaire", "PHQ-9")
    for number in range(1, 10):
        group = forms.page.get_by_role("radiogroup", name=f"{number}.").locator("visible=true")
        await group.get_by_label("1", exact=True).press("Space")
    await forms.send("Record the answers", "Answers recorded")

    await forms.open("assessment.acknowledge-concern")
    await forms.say("What was done", "Safety plan")
    await forms.send("Acknowledge", "The concern is acknowledged")


async def drug_tested(forms: Forms) -> None:
    await forms.open("drug-testing.order")
    await forms.say("Why", "Intake")
    await forms.send("Order", "Drug test ordered")
    await forms.open("drug-testing.notify")
    await forms.send("Record", "Recorded that they were told")
    await forms.open("drug-testing.collect")
    await forms.say("Specimen", "Urine")
    await forms.send("Record", "Specimen recorded")
    await forms.open("drug-testing.hand-over")
    await forms.say("To: an organization or office", "City laboratory")
    await forms.send("Record", "Hand-over recorded")
    await forms.open("drug-testing.report-result")
    await forms.tick("Kind of result", "Definitive")
    await expect(forms.form.get_by_label("Substances")).to_be_hidden()
    await forms.tick("Result", "Positive")
    await forms.say("Substances (optional)", "cannabis")
    await forms.send("Report", "Result reported")


async def supported(forms: Forms) -> None:
    await forms.open("patient.authorize")
    await forms.say("Code", "H0015")
    await forms.say("Units", "20")
    await forms.say("First day", "2025-03-12")
    await forms.say("Last day", "2025-04-30")
    await forms.send("Record", "Authorization recorded")

    await forms.open("patient.name-supporter")
    await forms.say("Relation", "mother")
    await forms.say("Name", "Samira Haddad")
    await forms.say("Phone or email", "555 0100")
    await forms.send("Name them", "Supporter named")


async def followed_up(forms: Forms) -> None:
    await forms.open("patient.attempt-outreach")
    await forms.say("How", "Call")
    await forms.tick("Result", "Message left")
    await forms.send("Record", "Outreach recorded")

    await forms.open("patient.grant-leave")
    await forms.say("Last day", "2025-03-14")
    await forms.say("Why", "A funeral in the family")
    await forms.send("Grant", "Leave granted")

    await forms.open("patient.review-plan")
    await forms.say("Next review", "2025-04-14")
    await forms.send("Record the review", "Review recorded")


async def discharged(forms: Forms) -> None:
    await forms.open("patient.discharge")
    await forms.say("How it ends", "Completed")
    await forms.tick("Why (optional)", "Goals met")
    await forms.send("Discharge", "Discharged")


async def test_a_patients_way_from_referral_to_discharge(
    visitors: Visitors, clock: list[datetime]
) -> None:
    director = Grant(Role.DIRECTOR, HERE, staff_id="s-diaz")
    forms = Forms(await visitors.page(director, name="Ana Diaz"))
    for step in (referred, admitted, planned, assessed, drug_tested, supported):
        await step(forms)
    clock[0] = THE_NEXT_DAY
    await followed_up(forms)
    await discharged(forms)
    patient = visitors.api.context.journal.load(forms.about["patient_id"])
    assert patient.screened.level == "2.1"
    assert patient.plan.goals == ("Back to work", "Family at home")
    assert patient.plan.services[0].minutes == 50
    assert list(patient.supporters.values()) == ["mother"]
    assert [each.recipient for each in patient.consents.values()] == ["Court of Maple County"]
    assert patient.outreach[0].way == "call"
    assert patient.discharge.kind == "completed"
    assert visitors.complaints == []
