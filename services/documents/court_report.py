"""The report on a patient to a court, or to whoever supervises for one: made under a consent alone.

What it has are the fields of such reports as a review of November 2026 listed them. Washington asks
for a report on noncompliance, and for an emergency report within days after use, an arrest, leaving
against advice or a discharge for breaking rules (an outdated copy was read: unverified). Whether
the patient kept to what a court ordered is for the court to say, and for the clinician to assess.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, LiteralString

import psycopg

from domain.patient import Disclosure
from domain.patient.consent import Scope
from projections import attendance, care, schedule
from services.documents.attendance_summary import Attendance, attendance_of
from services.documents.clinic import Patient, called, clinic_of_patient
from services.documents.clinical import DrugTest, drug_tests_of
from services.documents.facts import number_of, plain
from services.documents.kind import Asked, Document, Table, kind
from services.documents.redisclosure import (
    NOTICE,
    ConsentCopy,
    Notice,
    Wanted,
    consent_for,
    consents_of,
    copy_of,
    name_of,
    orders_of,
    present,
    recipients_of,
)
from services.reports.history_wording import words
from services.reports.labels import Labels
from services.reports.queries import ReportQueries, Unanswerable

DAY = timedelta(days=1)
NAME = "court-report"

TELLS: tuple[Scope, ...] = ("attendance", "drug-tests", "support", "discharge")
"""The parts that a report can have, by what the consent has to cover."""

USUAL: tuple[Scope, ...] = ("attendance", "drug-tests", "support")
IN_AN_EMERGENCY: tuple[Scope, ...] = ("attendance", "drug-tests", "discharge")


@dataclass(frozen=True, slots=True)
class DrugTests:
    """The tests that were ordered, and what came of them; `pending` have no result yet."""

    ordered: int
    collected: int
    missed: int
    refused: int
    negative: int
    positive: int
    expected_positive: int
    pending: int
    tests: tuple[DrugTest, ...]


@dataclass(frozen=True, slots=True)
class MeetingOfOthers:
    """A meeting, as of the twelve steps, that the patient reported; verified: a proof was seen."""

    day: date
    kind: str
    verified: bool


@dataclass(frozen=True, slots=True)
class SelfHelp:
    """The meetings of others: reported, and of them those with a proof."""

    reported: int
    verified: int
    meetings: tuple[MeetingOfOthers, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the stay ended."""

    day: date
    kind: str


@dataclass(frozen=True, slots=True)
class CourtReport:
    """What is told about a patient and some days; a part that is not told is None.

    `discharge` is told where `tells_discharge`, and None where the stay goes on.
    """

    patient: Patient
    program: str
    admitted_on: date | None
    first: date
    last: date
    emergency: bool
    consent: ConsentCopy
    notice: Notice
    attendance: Attendance | None
    drug_tests: DrugTests | None
    self_help: SelfHelp | None
    tells_discharge: bool
    discharge: Ended | None


@kind(
    NAME,
    about="patient",
    title="Report to the court",
    reads=("directory", "attendance", "schedule", "care"),
    tells=TELLS,
)
def court_report(reports: ReportQueries, asked: Asked) -> Document:
    """Return what a court is told about a patient, under a consent that covers it, and the notice.

    Unless a span is given it is of the month up to yesterday. Raises Refused where no consent on
    record covers recipient, purpose and each part.
    """
    with reports.connected() as conn:
        patient_id = reports.patient(conn, str(asked.patient_id))

        def ask(question: LiteralString, **more: object) -> list[Any]:
            return conn.execute(question, {"patient_id": patient_id, **more}).fetchall()

        clinic = clinic_of_patient(reports, conn, patient_id)
        known, now = clinic.today(reports.now), clinic.today(asked.asked_at or reports.now)
        first, last = _span(asked, known)
        scope = asked.scope or (IN_AN_EMERGENCY if asked.emergency else USUAL)
        recipients = recipients_of(reports, clinic.facility_id)
        to = asked.recipient and name_of(asked.recipient, recipients)
        wanted = Wanted(scope, (known, now), asked.consent_id, to)
        record = present(reports, patient_id)
        known_consents = consents_of(ask(care.CONSENTS), recipients)
        consent = consent_for(wanted, known_consents, record.revoked if record else {})
        people = reports.people(conn)
        episodes = [each for each in ask(care.EPISODES) if each.admitted_on <= last]
        stay = max(episodes, key=lambda each: each.admitted_on, default=None)
        ended = stay is not None and stay.discharged_on is not None and stay.discharged_on <= last
        facts = CourtReport(
            called(people, patient_id),
            clinic.program(stay.program_id) if stay else "",
            stay and stay.admitted_on,
            *(first, last, asked.emergency),
            copy_of(consent, consent.recipient),
            NOTICE,
            attendance=_attendance(conn, ask, first, last) if "attendance" in scope else None,
            drug_tests=_drug_tests(drug_tests_of(clinic, ask(care.DRUG_TESTS), first, last))
            if "drug-tests" in scope
            else None,
            self_help=_self_help(ask(care.SUPPORT_MEETINGS), first, last)
            if "support" in scope
            else None,
            tells_discharge="discharge" in scope,
            discharge=Ended(stay.discharged_on, words(stay.discharge_kind))
            if stay and ended and "discharge" in scope
            else None,
        )
    told = Disclosure(f"document-{number_of(NAME, plain(facts))}", consent.consent_id, scope, now)
    shown = frozenset({patient_id})
    return Document(facts, _table(facts), clinic.site, shown, orders_of(told, patient_id, reports))


def _span(asked: Asked, today: date) -> tuple[date, date]:
    """Return the days of the report: unless said, the month up to yesterday."""
    last = asked.last or today - DAY
    first = asked.first or last.replace(day=1)
    if last < first:
        raise Unanswerable(f"the span begins on {first}, after its last day {last}: say --through")
    return first, last


def _attendance(conn: psycopg.Connection[Any], ask: Any, first: date, last: date) -> Attendance:
    visits = ask(attendance.RECORD_OF, first=first, last=last)
    ids = [each.session_id for each in visits]
    called_so = Labels.in_words(conn, ids).of_sessions
    return attendance_of(visits, ask(schedule.PARTS, sessions=ids), called_so)


def _drug_tests(tests: tuple[DrugTest, ...]) -> DrugTests:
    outcomes = Counter(each.outcome for each in tests)
    states = Counter(each.state for each in tests)
    return DrugTests(
        ordered=len(tests),
        collected=sum(each.collected_at is not None for each in tests),
        missed=states["missed"],
        refused=states["refused"],
        negative=outcomes["negative"],
        positive=outcomes["positive"],
        expected_positive=outcomes["expected positive"],
        pending=sum(each.state in {"ordered", "notified", "collected"} for each in tests),
        tests=tests,
    )


def _self_help(rows: Iterable[Any], first: date, last: date) -> SelfHelp:
    meetings = tuple(
        MeetingOfOthers(row.day, words(row.kind), row.verified)
        for row in sorted(rows, key=lambda each: (each.day, each.meeting_id))
        if first <= row.day <= last
    )
    return SelfHelp(len(meetings), sum(each.verified for each in meetings), meetings)


COLUMNS = ("part", "date", "what", "scheduled", "attended", "result")


def _table(facts: CourtReport) -> Table:
    """Return a row for each service, irregular session, test and meeting that is told."""
    rows: list[tuple[Any, ...]] = []
    if came := facts.attendance:
        for service in came.services:
            minutes = (service.scheduled_minutes, service.attended_minutes)
            rows.append(("service minutes", None, service.service, *minutes, None))
        rows += [
            ("session", each.day, each.session, None, None, each.what) for each in came.irregular
        ]
    if tests := facts.drug_tests:
        for test in tests.tests:
            result = test.outcome or test.state
            rows.append(("drug test", test.day, test.because, None, None, result))
    if others := facts.self_help:
        for meeting in others.meetings:
            proof = "verified" if meeting.verified else "reported"
            rows.append(("meeting", meeting.day, meeting.kind, None, None, proof))
    return Table(COLUMNS, rows)
