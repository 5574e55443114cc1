"""One patient's whole way: from the hospital through ten weeks, a relapse and a taper, and again.

Lee comes on Monday, Wednesday and Friday evenings from 3 March 2025, stays away for two evenings in
the fifth week, tapers from 28 April, completes on 9 May and is back on 2 June.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from domain.facility import Facility
from domain.monitoring.draw import Gaps, is_drawn
from domain.monitoring.drug_test import Result
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import DrugTestDrawn
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    Enrolment,
    Patient,
    Plan,
    PlannedService,
    Prompt,
    Referral,
    ResourceReferral,
    SupportMeeting,
)
from domain.screening import Candidacy, Finding
from domain.staff import Credential
from services.application.admissions import admit_patient, refer_patient, screen_patient
from services.application.check_in import check_in, check_out
from services.application.discharge import discharge_patient
from services.application.disclosures import disclose, give_consent
from services.application.monitoring import (
    acknowledge_concern,
    collect_specimen,
    draw_drug_tests,
    notify_of_test,
    report_result,
    take_assessment,
)
from services.application.plans import authorize, certify_care, review_plan, set_plan, taper_plan
from services.application.rosters import end_enrolment, enrol_patient
from services.application.support_network import (
    attempt_outreach,
    name_supporter,
    record_resource_outcome,
    refer_to_resource,
    report_support_meeting,
    verify_support_meeting,
)
from services.hosting.bootstrap import VIEWS
from services.hosting.supervisor import Supervisor
from services.messaging import stream
from services.reports.queries import ReportQueries
from services.reports.visits import weeks
from services.vault import Contact, Person
from tests.services.test_privacy import values_of_all_tables
from tests.support.backend import PATIENCE, Backend
from tests.support.process_managers import Settled, managed
from tests.support.small_clinic import FACILITY, PROGRAM, TRACK, SmallClinic

LEE = Person("OS-7001", "Lee", "Example", date(1990, 1, 1))
FIRST, LAST, BACK = date(2025, 3, 3), date(2025, 5, 9), date(2025, 6, 2)
MISSED = (date(2025, 3, 31), date(2025, 4, 2))
RELAPSE = date(2025, 4, 4)
ADJUSTED, TAPERED = date(2025, 4, 7), date(2025, 4, 28)
GAPS = Gaps(2, 7)

PHQ = {
    date(2025, 3, 3): (2, 2, 2, 2, 2, 2, 2, 2, 0),
    date(2025, 3, 17): (2, 2, 2, 2, 2, 1, 1, 1, 0),
    date(2025, 4, 4): (2, 2, 2, 2, 2, 2, 2, 2, 1),
    date(2025, 4, 18): (1, 1, 1, 1, 1, 1, 1, 1, 0),
    date(2025, 5, 9): (1, 1, 1, 1, 0, 0, 0, 0, 0),
}
PLAN = Plan(
    540,
    3,
    (PlannedService("group", 90, 3, "week"), PlannedService("education", 90, 3, "week")),
    ("back to work", "sober at home"),
    date(2025, 4, 2),
)


def finding(origin_level: Any = "2.1") -> Finding:
    candidacy = Candidacy(
        stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
    )
    ratings = {"1": 0, "2": 0, "3": 1, "4": 1, "5": 3, "6": 2}
    return Finding("3", ratings, candidacy, origin_level, ("dimension-5", "support"))


@dataclass
class Way:
    """The clinic, the patient, and how a day goes by."""

    backend: Backend
    clinic: SmallClinic
    supervisor: Supervisor
    settled: Settled
    lee: str = ""

    @property
    def reports(self) -> ReportQueries:
        return ReportQueries(self.backend.database_url, self.backend.vault, now=self.clinic.now)

    def patient(self) -> Patient:
        return self.clinic.patient(self.lee)

    def tests(self) -> DrugTesting:
        found: DrugTesting = self.backend.journal.load(DrugTesting.id_of(self.lee))
        return found

    async def round(self, wall: str, day: date) -> None:
        """Let what follows by itself be done at that time."""
        self.clinic.at(wall, day)
        await self.settled()

    async def seen(self) -> None:
        """Wait until the views show all that happened."""
        await self.supervisor.caught_up(self.backend.journal.position())

    def days(self, first: date, last: date) -> Iterator[date]:
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset)

    async def lives(self, first: date, last: date) -> None:
        """Let the days go by: tests are drawn, Lee comes or does not, sessions close."""
        for day in self.days(first, last):
            await self.round("00:10", day)
            self._tested(day)
            coming = [
                each.session_id
                for each in self.patient().bookings.values()
                if each.starts_at.date() == day
            ]
            for session_id in coming if day not in MISSED else ():
                self._attends(session_id, day)
            if day in PHQ:
                answers = {str(item): answer for item, answer in enumerate(PHQ[day], start=1)}
                self.clinic.daybook.handle(
                    self.context(), take_assessment, self.lee, "phq-9", answers
                )
            if coming:
                await self.round("21:05", day)
        await self.seen()

    def context(self, author: str = "staff-1") -> Any:
        return self.clinic.context(author)

    def _attends(self, session_id: str, day: date) -> None:
        self.clinic.at("17:00", day)
        self.clinic.daybook.handle(self.context(), check_in, session_id, self.lee)
        self.clinic.at("20:00", day)
        self.clinic.daybook.handle(self.context(), check_out, session_id, self.lee)

    def _tested(self, day: date) -> None:
        """Let a drawn test be taken; at the relapse it finds something."""
        for test in self.tests().tests.values():
            if test.day == day and test.because == "drawn":
                self.clinic.at("16:30", day)
                context, of = self.context(), (self.lee, test.test_id)
                self.clinic.daybook.handle(context, notify_of_test, *of)
                if day in MISSED:
                    continue
                self.clinic.daybook.handle(context, collect_specimen, *of, "urine", observed=True)
                positive = RELAPSE <= day < RELAPSE + timedelta(days=8)
                result = Result(
                    "definitive",
                    "positive" if positive else "negative",
                    self.clinic.now,
                    ("EtG",) if positive else (),
                )
                self.clinic.daybook.handle(context, report_result, *of, result)


@pytest.fixture
async def way(backend: Backend) -> AsyncIterator[Way]:
    clinic = SmallClinic(backend.journal, last_day=None, vault=backend.vault)
    site = backend.journal.load(Facility.id_of(FACILITY))
    site.record_credential(clinic.context(), "staff-3", Credential("MD", date(2025, 1, 1)))
    backend.journal.save(site)
    async with (
        backend.supervisor(*VIEWS) as supervisor,
        managed(backend, lambda: clinic.now) as settled,
    ):
        yield Way(backend, clinic, supervisor, settled)


def comes_from_the_hospital(way: Way) -> None:
    """Referred, screened, admitted; planned for, certified, authorized; and enrolled."""
    daybook, day = way.clinic.daybook, FIRST
    way.clinic.at("09:00", day)
    referral = Referral(PROGRAM, day, "County hospital", "inpatient")
    way.lee = daybook.handle(way.context(), refer_patient, FACILITY, LEE, referral)
    daybook.handle(way.context(), screen_patient, way.lee, day, finding())
    screener = {"1": 0, "2": 0, "6-lifetime": 1, "6-past-3-months": 0}
    daybook.handle(way.context(), take_assessment, way.lee, "c-ssrs", screener)
    daybook.handle(
        way.context(),
        admit_patient,
        way.lee,
        admitted_on=day,
        payer="medicaid",
        focus="co-occurring",
    )
    daybook.handle(way.context(), set_plan, way.lee, PLAN, day)
    daybook.handle(way.context("staff-3"), certify_care, way.lee, day)
    agreed = Authorization("authorization-1", "medicaid", "H0015", 30, day, LAST, 3)
    daybook.handle(way.context(), authorize, way.lee, agreed)
    consent = Consent(
        "consent-1",
        "County hospital",
        "treatment-payment-operations",
        ("attendance", "discharge"),
        day,
    )
    daybook.handle(way.context(), give_consent, way.lee, consent)
    sponsor = Contact("Sam Sponsor", "555-0100")
    daybook.handle(way.context(), name_supporter, way.lee, "supporter-1", "sponsor", sponsor)
    daybook.handle(
        way.context(), enrol_patient, way.lee, Enrolment(TRACK, ("MO", "WE", "FR"), day, None)
    )
    daybook.handle(way.context(), draw_drug_tests, way.lee, GAPS)


def stays_away(way: Way) -> None:
    """Somebody calls after the second evening; the housing office may help."""
    daybook = way.clinic.daybook
    way.clinic.at("10:00", date(2025, 4, 3))
    missed = way.clinic.evening(MISSED[1]).id
    daybook.handle(way.context(), attempt_outreach, way.lee, missed, way="call", result="no-answer")
    way.clinic.at("16:00", date(2025, 4, 3))
    daybook.handle(way.context(), attempt_outreach, way.lee, missed, way="text", result="reached")
    office = ResourceReferral("resource-1", "housing", "County housing office", date(2025, 4, 3))
    daybook.handle(way.context(), refer_to_resource, way.lee, office)


def plans_anew(way: Way) -> None:
    """The concern is acknowledged, the plan reviewed and adjusted because of the relapse."""
    daybook, day = way.clinic.daybook, ADJUSTED
    way.clinic.at("10:00", day)
    (concern,) = way.backend.rows("SELECT assessment_id FROM care.concerns")
    daybook.handle(way.context("staff-2"), acknowledge_concern, concern[0], "safety-plan")
    relapse = max(way.tests().tests.values(), key=lambda each: each.day).test_id
    more = Plan(600, 4, PLAN.services, PLAN.goals, date(2025, 5, 7))
    daybook.handle(way.context(), set_plan, way.lee, more, day, Prompt("drug-test", relapse))
    daybook.handle(way.context(), review_plan, way.lee, day, date(2025, 5, 7))
    for number in range(3):
        meeting = SupportMeeting(f"meeting-{number}", "12-step", day - timedelta(days=number))
        daybook.handle(way.context(), report_support_meeting, way.lee, meeting)
    daybook.handle(way.context(), verify_support_meeting, way.lee, "meeting-1")


def tapers(way: Way) -> None:
    """Two evenings a week are left, to lead over to the lighter level."""
    daybook, day = way.clinic.daybook, TAPERED
    way.clinic.at("09:00", day)
    before = way.patient().plan
    assert before
    less = Plan(360, 2, PLAN.services, PLAN.goals, before.next_review)
    daybook.handle(way.context(), taper_plan, way.lee, less, day, "1")
    daybook.handle(way.context("staff-3"), certify_care, way.lee, day)
    daybook.handle(way.context(), end_enrolment, way.lee, TRACK, FIRST, day - timedelta(days=1))
    twice = Enrolment(TRACK, ("MO", "FR"), day, None)
    daybook.handle(way.context(), enrol_patient, way.lee, twice)


def completes(way: Way) -> None:
    daybook = way.clinic.daybook
    way.clinic.at("22:00", LAST)
    daybook.handle(way.context(), record_resource_outcome, way.lee, "resource-1", "connected", LAST)
    told = Disclosure("disclosure-1", "consent-1", ("discharge",), LAST)
    daybook.handle(way.context(), disclose, way.lee, told)
    discharge = Discharge(LAST, "completed", ("goals-met", "needs-less-care"), "1")
    daybook.handle(way.context(), discharge_patient, way.lee, discharge)


def comes_back(way: Way) -> str:
    daybook = way.clinic.daybook
    way.clinic.at("09:00", BACK)
    referral = Referral(PROGRAM, BACK, "self", "community")
    again = daybook.handle(way.context(), refer_patient, FACILITY, LEE, referral)
    daybook.handle(way.context(), screen_patient, again, BACK, finding())
    daybook.handle(
        way.context(),
        admit_patient,
        again,
        admitted_on=BACK,
        payer="medicaid",
        focus="substance-use",
    )
    daybook.handle(way.context(), set_plan, again, Plan(540, 3), BACK)
    return again


async def test_a_patients_whole_way(way: Way) -> None:
    comes_from_the_hospital(way)
    await way.lives(FIRST, MISSED[1])

    # Two evenings in a row were missed: that ends nothing.
    due = "SELECT what, due, because FROM care.reviews_due ORDER BY what"
    assert way.backend.rows(due) == [
        ("plan review", date(2025, 4, 2), "the plan says so"),
        ("recertification", date(2025, 5, 2), "a physician certifies anew by then"),
    ]
    assert way.patient().in_treatment

    stays_away(way)
    await way.lives(date(2025, 4, 3), date(2025, 4, 6))
    positive = "SELECT count(*) > 0 FROM care.drug_tests WHERE outcome = 'positive'"
    # The relapse, whether or not a test fell into those days, has left the treatment as it was.
    assert way.patient().in_treatment
    assert way.backend.rows("SELECT concern, acknowledged_at FROM care.concerns") == [
        ("thoughts-of-death", None)
    ]

    plans_anew(way)
    await way.seen()
    assert [row[0] for row in way.backend.rows(due)] == ["plan review", "recertification"]
    await way.lives(ADJUSTED, TAPERED - timedelta(days=1))
    assert way.backend.rows(positive) == [(True,)]
    tapers(way)
    await way.lives(TAPERED, LAST)
    completes(way)
    await way.seen()

    # What was to come is given back; what was stays.
    assert max(each.starts_at.date() for each in way.patient().bookings.values()) == LAST
    assert way.backend.rows("SELECT count(*) FROM care.testing WHERE shortest_days > 0") == [(0,)]
    tested = len(way.tests().tests)
    await way.lives(LAST + timedelta(days=1), LAST + timedelta(days=10))
    assert len(way.tests().tests) == tested

    # Each draw lies within its gaps, on an evening on which Lee was to come, and can be checked.
    _draws_can_be_checked(way)

    lee = way.reports.patient_of("OS-7001")
    theirs = weeks(way.reports, through=LAST, patient_id=lee).rows
    assert [(row[1], row[3], row[4], row[-1]) for row in theirs] == [
        *((day, 540, 3, "met") for day in way.days(FIRST, date(2025, 3, 24)) if not day.weekday()),
        (date(2025, 3, 31), 180, 3, "short"),
        # The adjusted plan asks for a fourth day, which the program does not offer.
        (date(2025, 4, 7), 540, 3, "program_shortfall"),
        (date(2025, 4, 14), 540, 3, "program_shortfall"),
        (date(2025, 4, 21), 540, 3, "program_shortfall"),
        (date(2025, 4, 28), 360, 2, "met"),
    ]
    assert way.backend.rows("SELECT units, used, units_left FROM compliance.authorizations") == [
        (30, 26, 4)
    ]

    assert comes_back(way) == way.lee
    await way.seen()
    assert way.backend.rows(
        "SELECT episode, admitted_on, discharged_on, focus, override FROM care.episodes"
        " WHERE patient_id = (SELECT patient_id FROM care.candidates) ORDER BY episode"
    ) == [
        (1, FIRST, LAST, "co-occurring", None),
        (2, BACK, None, "substance-use", None),
    ]
    await _care_tells_no_answers(way)
    with psycopg.connect(way.backend.database_url) as conn:
        kept = b"".join(raw for _, raw in values_of_all_tables(conn))
    for secret in (b"Example", b"Sam Sponsor", b"555-0100", b"1990-01-01", b"OS-7001"):
        assert secret not in kept


def _draws_can_be_checked(way: Way) -> None:
    sealed = way.tests().sealed_seed
    assert sealed
    seed = way.backend.vault.begin().open_seed(way.lee, sealed)
    coming = {each.starts_at.date() for each in way.patient().bookings.values()}
    found = way.backend.journal.events.get(DrugTesting.id_of(way.lee))
    draws = [each for each in found if isinstance(each, DrugTestDrawn)]
    assert len(draws) >= 9
    last = FIRST
    for number, each in enumerate(draws, start=1):
        assert (each.number, each.last) == (number, last)
        assert GAPS.shortest <= (each.day - last).days <= GAPS.longest
        assert each.day in coming
        coming_on = each.comes_on
        assert is_drawn(seed, number, each.day, last=last, gaps=GAPS, comes_on=coming_on)
        last = each.day


async def _care_tells_no_answers(way: Way) -> None:
    """Whoever subscribes to what happens in care gets neither answers nor results nor names."""
    async with stream.connected(way.backend.nats_url, "a subscriber") as client:
        care = [each async for each in _messages(client, "daybook.*.care.>")]
        clinical = [each async for each in _messages(client, "daybook.*.clinical.>")]
    assert {each.rsplit(".", 2)[1] for each, _ in clinical} == {
        "assessment",
        "drug-testing",
        "screening",
    }
    said = b"".join(data for _, data in care)
    for secret in (
        b"answers",
        b"scales",
        b"ratings",
        b"EtG",
        b'outcome":"positive',
        b"Sam",
        b"OS-7001",
    ):
        assert secret not in said
    assert b"patient.screened" not in b"".join(data for _, data in clinical)


async def _messages(client: Any, subject: str) -> AsyncIterator[tuple[str, bytes]]:
    js = client.jetstream()
    subscription = await js.subscribe(subject, ordered_consumer=True)
    info = await subscription.consumer_info()
    assert info.num_pending is not None
    assert info.delivered
    for _ in range(info.delivered.consumer_seq + info.num_pending):
        found = await subscription.next_msg(timeout=PATIENCE)
        yield found.subject, found.data
    await subscription.unsubscribe()
