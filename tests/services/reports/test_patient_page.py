"""The page of one patient: what is on it, and what asks for somebody's attention."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import psycopg
import pytest
from psycopg.rows import namedtuple_row
from rich.console import Console

from domain.facility import Facility
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    Outreach,
    Plan,
    PlannedService,
    Referral,
    ResourceReferral,
    SupportMeeting,
)
from domain.policy import SERVICES, Parameter, Policy
from domain.program import Program
from domain.screening import Candidacy, Finding
from domain.staff import Credential
from projections.view import View
from services.application.admissions import (
    admit_patient,
    close_referral,
    refer_patient,
    refer_up,
    screen_patient,
)
from services.application.discharge import discharge_patient
from services.application.disclosures import disclose, give_consent, revoke_consent
from services.application.monitoring import acknowledge_concern, take_assessment
from services.application.plans import authorize, certify_care, set_plan, taper_plan
from services.application.policies import adopt_policy
from services.application.sessions import close_session
from services.application.signatures import merge_patients
from services.application.support_network import (
    name_supporter,
    refer_to_resource,
    remove_supporter,
    report_support_meeting,
    verify_support_meeting,
)
from services.hosting.bootstrap import VIEWS
from services.reports.one_patient import patient
from services.reports.patient_page import PatientPage
from services.reports.queries import NobodyThere, ReportQueries
from services.vault import Contact, Person
from tests.support.backend import Backend
from tests.support.read_models import driven
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM, SmallClinic

LEE = Person("OS-7", "Lee", "Example", date(1990, 3, 4))
REFERRAL = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")


class PageClinic:
    """A clinic, one patient, and the page as it is after what has happened."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.clinic = SmallClinic(backend.journal, last_day=None, vault=backend.vault)
        self.daybook = self.clinic.daybook
        site = backend.journal.load(Facility.id_of(FACILITY))
        site.record_credential(self.clinic.context(), "staff-3", Credential("MD", MONDAY))
        backend.journal.save(site)
        self.lee = self.daybook.handle(
            self.clinic.context(), refer_patient, FACILITY, LEE, REFERRAL
        )

    def admit(self, **otherwise: Any) -> None:
        facts: dict[str, Any] = {
            "admitted_on": MONDAY,
            "payer": "medicaid",
            "focus": "co-occurring",
        }
        self.daybook.handle(
            self.context(), admit_patient, self.lee, override="court order", **facts | otherwise
        )

    def context(self, author: str = "staff-1") -> Any:
        return self.clinic.context(author)

    def page(self, on: date | None = None) -> PatientPage:
        """Fill the views anew and return the page, as of a day or now."""
        fill(self.backend)
        now = self.clinic.now
        if on:
            now = now.replace(year=on.year, month=on.month, day=on.day)
        return page(ReportQueries(self.backend.database_url, self.backend.vault, now=now), "OS-7")

    def printed(self, on: date | None = None) -> str:
        console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
        console.print(self.page(on).table())
        return console.export_text()

    def to_do(self, on: date | None = None) -> list[tuple[str, date]]:
        return [(each["what"], each["due"]) for each in self.page(on).facts["to_do"]]


def page(reports: ReportQueries, mrn: str) -> PatientPage:
    """Return the page of who has a record number."""
    return patient(reports, patient_id=reports.patient_of(mrn))


def fill(backend: Backend, views: Sequence[View] = VIEWS) -> None:
    """Take every event of the journal into fresh tables of every view, or of some."""
    events = [
        backend.journal.mapper.to_domain_event(each) for each in backend.journal.after(0, 9999)
    ]
    with psycopg.connect(backend.database_url, row_factory=namedtuple_row) as conn:
        for view in views:
            _fill(conn, view, events)


def _fill(conn: psycopg.Connection[Any], view: View, events: list[Any]) -> None:
    conn.execute(f"DROP SCHEMA IF EXISTS {view.name} CASCADE")
    conn.execute(f"CREATE SCHEMA {view.name}")
    conn.execute(f"SET search_path TO {view.name}")
    conn.execute(view.tables)
    driven(conn, view.take(events))


@pytest.fixture
def page_clinic(backend: Backend) -> PageClinic:
    return PageClinic(backend)


def test_a_candidates_page_says_where_they_come_from(page_clinic: PageClinic) -> None:
    said = page_clinic.printed()
    assert "Lee Example, OS-7, born 1990-03-04 (34)" in said
    assert "Candidate, referred to adult-iop on 2025-03-03 by County hospital" in said
    assert "a step down from inpatient" in " ".join(said.split())
    assert "not screened yet" in said


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (
            lambda d: d.daybook.handle(
                d.context(), refer_up, d.lee, "3.5", ("no-safe-home", "too-severe")
            ),
            "Referred up to level 3.5: no safe home, too severe",
        ),
        (
            lambda d: d.daybook.handle(d.context(), close_referral, d.lee, "could not be reached"),
            "Referral closed: could not be reached",
        ),
        (
            lambda d: d.admit(),
            "  referred by County hospital on 2025-03-03, a step down from inpatient",
        ),
    ],
)
def test_what_became_of_a_candidate(page_clinic: PageClinic, end: Any, says: str) -> None:
    end(page_clinic)
    assert says in page_clinic.printed()


def test_a_birthday_makes_somebody_a_year_older(page_clinic: PageClinic) -> None:
    assert page_clinic.page(date(2025, 3, 4)).facts["age"] == 35
    assert page_clinic.page(date(2025, 3, 3)).facts["age"] == 34


def test_what_has_no_facts_has_no_heading(page_clinic: PageClinic) -> None:
    said = page_clinic.printed()
    for heading in ("To do", "Plan of care", "Assessments", "Drug tests", "Support", "Consents"):
        assert heading not in said


def test_an_unverified_source_is_marked_as_such(page_clinic: PageClinic) -> None:
    sound = Candidacy(
        stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
    )
    ratings = {str(number): 1 for number in range(1, 7)}
    finding = Finding("3", ratings, sound, "2.1", ("living",))
    page_clinic.daybook.handle(
        page_clinic.context(), screen_patient, page_clinic.lee, MONDAY, finding
    )
    screener = {"1": 1, "2": 0, "6-lifetime": 0, "6-past-3-months": 0}
    page_clinic.daybook.handle(
        page_clinic.context(), take_assessment, page_clinic.lee, "c-ssrs", screener
    )
    answers = {str(number): 1 for number in range(1, 8)}
    page_clinic.daybook.handle(
        page_clinic.context(), take_assessment, page_clinic.lee, "gad-7", answers
    )
    said = page_clinic.printed()
    assert "C-SSRS risk: low on 2025-03-03 (unverified source)" in said
    assert "risk 1 of 4: recovery environment" in said
    assert "ASAM Criteria, edition 3 (unverified source)" in said
    assert "GAD-7 total: 7, mild on 2025-03-03\n" in said


def test_assessments_show_the_last_five_the_oldest_first(page_clinic: PageClinic) -> None:
    for number in range(7):
        answers = {str(item): 0 for item in range(1, 8)} | {"1": number % 4}
        page_clinic.daybook.handle(
            page_clinic.context(), take_assessment, page_clinic.lee, "gad-7", answers
        )
        page_clinic.clinic.now += timedelta(days=1)
    assert "GAD-7 total: 2 > 3 > 0 > 1 > 2, minimal on 2025-03-09" in page_clinic.printed()


def test_a_safety_concern_is_on_top_until_somebody_acknowledges_it(page_clinic: PageClinic) -> None:
    answers = {str(number): 0 for number in range(1, 10)} | {"9": 1}
    concern = page_clinic.daybook.handle(
        page_clinic.context(), take_assessment, page_clinic.lee, "phq-9", answers
    )
    assert page_clinic.to_do() == [("safety concern", MONDAY)]
    assert "Nobody has acknowledged it." in page_clinic.printed()
    page_clinic.daybook.handle(page_clinic.context(), acknowledge_concern, concern, "safety-plan")
    assert page_clinic.to_do() == []


@pytest.mark.parametrize(
    ("days", "shown"), [(-8, False), (-7, True), (-1, True), (0, True), (1, True)]
)
def test_a_review_is_to_do_from_a_week_before_its_day(
    page_clinic: PageClinic, days: int, shown: bool
) -> None:
    page_clinic.admit()
    due = date(2025, 4, 2)
    page_clinic.daybook.handle(
        page_clinic.context(), set_plan, page_clinic.lee, Plan(540, 3, next_review=due), MONDAY
    )
    on = due + timedelta(days=days)
    assert page_clinic.to_do(on) == ([("plan review", due)] if shown else [])
    if shown:
        late = "was" if days > 0 else "is"
        assert f"Plan review {late} due on 2025-04-02" in page_clinic.printed(on)


def test_a_certification_is_to_do_as_well(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    page_clinic.daybook.handle(
        page_clinic.context(), set_plan, page_clinic.lee, Plan(540, 3), MONDAY
    )
    page_clinic.daybook.handle(
        page_clinic.context("staff-3"), certify_care, page_clinic.lee, MONDAY
    )
    assert page_clinic.to_do(date(2025, 4, 25)) == [("recertification", date(2025, 5, 2))]


def test_the_review_that_missed_sessions_ask_for_is_to_do_by_the_policy_that_asks(
    page_clinic: PageClinic,
) -> None:
    page_clinic.admit()
    page_clinic.clinic.enrol(page_clinic.lee)
    for day in (MONDAY, MONDAY + timedelta(days=2)):
        page_clinic.clinic.at("21:00", day)
        page_clinic.daybook.handle(
            page_clinic.context(), close_session, page_clinic.clinic.evening(day).id
        )
    assert page_clinic.to_do() == []
    numbers = {"absences_in_a_row": 2, "absence_review_days": 3}
    parameters = tuple(Parameter(key, each, "a source", True) for key, each in numbers.items())
    policy = Policy("house", 1, "House rules", "payer", None, MONDAY, SERVICES, parameters)
    page_clinic.daybook.handle(
        page_clinic.context(), adopt_policy, FACILITY, PROGRAM, policy, MONDAY
    )
    assert page_clinic.to_do() == [("absences", MONDAY + timedelta(days=5))]
    said = " ".join(page_clinic.printed().split())
    assert "Review after absences is due on 2025-03-08" in said
    assert "sessions missed by 2025-03-05, house" in said


@pytest.mark.parametrize(("units", "to_do"), [(1, True), (2, True), (3, True), (4, False)])
def test_few_units_are_to_do(page_clinic: PageClinic, units: int, to_do: bool) -> None:
    page_clinic.admit()
    agreed = Authorization(
        "authorization-1", "medicaid", "H0015", units, MONDAY, MONDAY + timedelta(days=60)
    )
    page_clinic.daybook.handle(page_clinic.context(), authorize, page_clinic.lee, agreed)
    assert bool(page_clinic.to_do()) == to_do
    counted = "1 unit" if units == 1 else f"{units} units"
    assert f"0 of {counted} used, {units} left" in page_clinic.printed()


@pytest.mark.parametrize(
    ("days", "to_do"), [(-1, True), (0, True), (6, True), (7, True), (8, False)]
)
def test_few_days_are_to_do_and_so_is_what_has_ended(
    page_clinic: PageClinic, days: int, to_do: bool
) -> None:
    page_clinic.admit()
    last_day = MONDAY + timedelta(days=20)
    agreed = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, last_day)
    page_clinic.daybook.handle(page_clinic.context(), authorize, page_clinic.lee, agreed)
    assert bool(page_clinic.to_do(last_day - timedelta(days=days))) == to_do


def test_what_ended_is_to_do_only_while_nothing_followed_and_treatment_goes_on(
    page_clinic: PageClinic,
) -> None:
    page_clinic.admit()
    first = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, MONDAY)
    page_clinic.daybook.handle(page_clinic.context(), authorize, page_clinic.lee, first)
    on = MONDAY + timedelta(days=1)
    assert "Authorization medicaid H0015 ended on 2025-03-03" in page_clinic.printed(on)
    last = MONDAY + timedelta(days=60)
    following = Authorization("authorization-2", "medicaid", "H0015", 12, on, last)
    page_clinic.daybook.handle(page_clinic.context(), authorize, page_clinic.lee, following)
    assert page_clinic.to_do(on) == []
    few = Authorization("authorization-2", "medicaid", "H0015", 1, on, last)
    page_clinic.daybook.handle(page_clinic.context(), authorize, page_clinic.lee, few)
    assert [what for what, _ in page_clinic.to_do(on)] == ["authorization"]
    left = Discharge(MONDAY, "completed", ("goals-met",))
    page_clinic.daybook.handle(page_clinic.context(), discharge_patient, page_clinic.lee, left)
    assert page_clinic.to_do(on) == []


def test_a_plan_ends_with_its_stay(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    page_clinic.daybook.handle(
        page_clinic.context(), set_plan, page_clinic.lee, Plan(45, 1, goals=("work",)), MONDAY
    )
    assert "45 min a week on 1 day, from 2025-03-03 on" in page_clinic.printed()
    left = Discharge(MONDAY, "completed", ("goals-met",))
    page_clinic.daybook.handle(page_clinic.context(), discharge_patient, page_clinic.lee, left)
    page_clinic.clinic.now += timedelta(days=1)
    again = replace(REFERRAL, day=MONDAY + timedelta(days=1), by="self", origin="community")
    page_clinic.daybook.handle(page_clinic.context(), refer_patient, FACILITY, LEE, again)
    page_clinic.admit(admitted_on=MONDAY + timedelta(days=1))
    assert page_clinic.page().facts["plan"] is None


def test_a_supporter_who_may_be_told_is_called_what_they_are(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    for number, who in (("1", None), ("2", Contact("Sam Sponsor", "555-0100"))):
        supporter = f"supporter-{number}"
        page_clinic.daybook.handle(
            page_clinic.context(), name_supporter, page_clinic.lee, supporter, "sister", who
        )
        consent = Consent(f"consent-{number}", supporter, "family", ("plan",), MONDAY, MONDAY)
        page_clinic.daybook.handle(page_clinic.context(), give_consent, page_clinic.lee, consent)
        page_clinic.daybook.handle(
            page_clinic.context(), remove_supporter, page_clinic.lee, supporter
        )
    said = page_clinic.printed()
    assert "the patient's sister, until 2025-03-03" in said
    assert "Sam Sponsor, until 2025-03-03" in said
    assert "supporter-" not in said + page_clinic.page().json()


def test_the_screener_shows_how_its_risk_went(page_clinic: PageClinic) -> None:
    screener = {"1": 0, "2": 0, "6-lifetime": 0, "6-past-3-months": 0}
    for answer in (0, 1):
        page_clinic.daybook.handle(
            page_clinic.context(),
            take_assessment,
            page_clinic.lee,
            "c-ssrs",
            screener | {"1": answer},
        )
        page_clinic.clinic.now += timedelta(days=1)
    assert "C-SSRS risk: none > low on 2025-03-04 (unverified source)" in page_clinic.printed()


def test_a_number_that_two_facilities_have_is_asked_for_by_facility(
    page_clinic: PageClinic,
) -> None:
    context = page_clinic.context()
    elm = Facility.start(
        context,
        facility_id="elm",
        name="Elm",
        timezone="UTC",
        week_starts_on="monday",
        late_after_minutes=10,
    )
    program = Program.start(
        context,
        facility_id="elm",
        program_id=PROGRAM,
        name="Adults",
        population="adult",
        focus="co-occurring",
        weekly_minutes=540,
        days_per_week=3,
    )
    page_clinic.backend.journal.save(elm, program)
    other = replace(LEE, given_name="Kim")
    page_clinic.daybook.handle(context, refer_patient, "elm", other, REFERRAL)
    fill(page_clinic.backend)
    url, vault = page_clinic.backend.database_url, page_clinic.backend.vault
    with pytest.raises(NobodyThere, match="say which: elm, oak-street"):
        page(ReportQueries(url, vault, now=page_clinic.clinic.now), "OS-7")
    for facility_id, name in (("elm", "Kim Example"), (FACILITY, "Lee Example")):
        reports = ReportQueries(url, vault, now=page_clinic.clinic.now, facility_id=facility_id)
        assert page(reports, "OS-7").facts["name"] == name


def test_the_plan_that_holds_is_shown(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    services = (PlannedService("group", 90, 3, "week"), PlannedService("family", 60, 1, "month"))
    page_clinic.daybook.handle(
        page_clinic.context(), set_plan, page_clinic.lee, Plan(570, 3, services, ("work",)), MONDAY
    )
    later = MONDAY + timedelta(days=7)
    page_clinic.daybook.handle(
        page_clinic.context(), taper_plan, page_clinic.lee, Plan(360, 2), later, "1"
    )
    said = page_clinic.printed()
    assert "9 h 30 min a week on 3 days, from 2025-03-03 on" in said
    assert "group: 90 min, 3 times a week" in said
    assert "family: 60 min, once a month" in said
    assert "Goals: work" in said
    after = page_clinic.printed(later)
    assert "6 h a week on 2 days" in after
    assert "A taper, to lead over to level 1" in after


def test_support_names_contacts_and_counts_no_hours(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    sam = Contact("Sam Sponsor", "555-0100")
    page_clinic.daybook.handle(
        page_clinic.context(), name_supporter, page_clinic.lee, "supporter-1", "sponsor", sam
    )
    page_clinic.daybook.handle(
        page_clinic.context(), name_supporter, page_clinic.lee, "supporter-2", "sister"
    )
    for number in range(3):
        meeting = SupportMeeting(
            f"meeting-{number}", "12-step", MONDAY - timedelta(days=29 + number)
        )
        page_clinic.daybook.handle(
            page_clinic.context(), report_support_meeting, page_clinic.lee, meeting
        )
    page_clinic.daybook.handle(
        page_clinic.context(), verify_support_meeting, page_clinic.lee, "meeting-0"
    )
    office = ResourceReferral("resource-1", "housing", "County [office]", MONDAY)
    page_clinic.daybook.handle(page_clinic.context(), refer_to_resource, page_clinic.lee, office)
    said = page_clinic.printed()
    assert "sponsor: Sam Sponsor, 555-0100" in said
    assert "\n  sister\n" in said
    assert "Meetings of others (not treatment hours): 3 in all, 1 verified" in said
    assert "in the last 30 days 1, of which 1 verified" in said
    assert "housing: County [office], 2025-03-03: not known yet" in said


def test_consents_say_whether_they_are_in_force(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    first = Consent(
        *("consent-1", "County court", "legal", ("attendance",), MONDAY, MONDAY),
        signed_by="patient-and-guardian",
        interpreter=True,
    )
    page_clinic.daybook.handle(page_clinic.context(), give_consent, page_clinic.lee, first)
    open_end = replace(
        first, consent_id="consent-2", purpose="treatment-payment-operations", last_day=None
    )
    page_clinic.daybook.handle(page_clinic.context(), give_consent, page_clinic.lee, open_end)
    told = Disclosure("disclosure-1", "consent-1", ("attendance",), MONDAY)
    page_clinic.daybook.handle(page_clinic.context(), disclose, page_clinic.lee, told)
    on_the_day = page_clinic.page().facts["consents"]
    assert [each["in_force"] for each in on_the_day] == [True, True]
    day_after = page_clinic.page(MONDAY + timedelta(days=1)).facts["consents"]
    assert [each["in_force"] for each in day_after] == [False, True]
    page_clinic.daybook.handle(
        page_clinic.context(), revoke_consent, page_clinic.lee, "consent-2", MONDAY
    )
    assert [each["in_force"] for each in page_clinic.page().facts["consents"]] == [True, False]
    said = page_clinic.printed()
    assert "not in force: County court, revoked on 2025-03-03" in said
    assert said.count("signed by patient and guardian, with an interpreter") == 2
    assert "Disclosures made: 1, the last on 2025-03-03" in said


def test_a_discharge_says_how_why_and_where_to(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    left = Discharge(MONDAY, "step-up", ("needs-more-care",), "3.5")
    page_clinic.daybook.handle(page_clinic.context(), discharge_patient, page_clinic.lee, left)
    said = " ".join(page_clinic.printed().split())
    assert "to 2025-03-03, episode 1 adult-iop" in said
    assert "step up, needs more care, to level 3.5" in said
    page_clinic.clinic.now += timedelta(days=2)
    again = replace(REFERRAL, day=MONDAY + timedelta(days=2), by="self", origin="community")
    page_clinic.daybook.handle(page_clinic.context(), refer_patient, FACILITY, LEE, again)
    page_clinic.admit(admitted_on=MONDAY + timedelta(days=2), focus="mental-health")
    said = page_clinic.printed()
    assert "In treatment since 2025-03-05, episode 2\n  adult-iop, mental health" in said
    assert "Before: 2025-03-03 to 2025-03-03, episode 1" in said


def test_a_merged_record_is_told_behind_the_one_that_goes_on(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    page_clinic.daybook.handle(
        page_clinic.context(), set_plan, page_clinic.lee, Plan(540, 3), MONDAY
    )
    twin = replace(LEE, mrn="OS-8")
    other = page_clinic.daybook.handle(
        page_clinic.context(), refer_patient, FACILITY, twin, REFERRAL
    )
    later: dict[str, Any] = {
        "admitted_on": MONDAY + timedelta(days=1),
        "payer": "self",
        "focus": "mental-health",
    }
    page_clinic.daybook.handle(
        page_clinic.context(), admit_patient, other, override="court order", **later
    )
    page_clinic.daybook.handle(page_clinic.context(), set_plan, other, Plan(60, 1), MONDAY)
    page_clinic.daybook.handle(page_clinic.context(), merge_patients, other, into=page_clinic.lee)
    said = page_clinic.printed()
    assert "In treatment since 2025-03-03, episode 1\n  adult-iop, co-occurring" in said
    assert "Another record of the same person, merged: since 2025-03-04" in said
    assert "9 h a week on 3 days" in said
    again = ReportQueries(
        page_clinic.backend.database_url, page_clinic.backend.vault, now=page_clinic.clinic.now
    )
    assert page(again, "OS-8").facts["mrn"] == "OS-7"


def test_the_page_is_one_object_in_json(page_clinic: PageClinic) -> None:
    facts = orjson.loads(page_clinic.page().json())
    assert facts["name"] == "Lee Example"
    assert facts["candidacy"]["state"] == "open"
    assert "patient-" not in page_clinic.page().json()


def test_nobody_has_another_number(page_clinic: PageClinic) -> None:
    fill(page_clinic.backend)
    reports = ReportQueries(
        page_clinic.backend.database_url, page_clinic.backend.vault, now=page_clinic.clinic.now
    )
    with pytest.raises(NobodyThere, match="no patient has this record number"):
        page(reports, "OS-8")


def test_outreach_is_told_by_the_facilitys_clocks(page_clinic: PageClinic) -> None:
    page_clinic.admit()
    patient = page_clinic.backend.journal.load(page_clinic.lee)
    at = datetime.fromisoformat("2025-03-03T08:30:00+00:00")
    patient.attempt_outreach(
        page_clinic.context(), Outreach("session-1", at, "text", "message-left")
    )
    page_clinic.backend.journal.save(patient)
    assert "2025-03-03 08:30  text: message left" in page_clinic.printed()
