"""The packet for a payer's concurrent review: what is on record for a longer stay, and the blanks.

The fields are those of a large payer's form for intensive outpatient care, as a review of November
2026 listed them; other payers' forms were not read. A diagnosis, ratings and a narrative are for a
clinician to fill in: they are blank lines here, whatever is on record.

A packet is a disclosure: it is made under a consent to the payer for treatment, payment and
operations alone (42 CFR 2.31, 2.33), has the parts that this covers, and carries the notice (2.32).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, LiteralString

import psycopg

from domain.compliance.procedure_codes import PER_DIEM
from domain.patient import Disclosure
from projections import attendance, care, compliance
from services.documents.attendance_facts import weeks_within
from services.documents.clinic import Clinic, Patient, called, clinic_of_patient
from services.documents.clinical import DrugTest, Scale, drug_tests_of, scales_of
from services.documents.facts import number_of, plain
from services.documents.kind import Asked, Document, Table, kind
from services.documents.missed import Missed, missed_of
from services.documents.payer_consent import TELLS, consent_to_payer
from services.documents.redisclosure import NOTICE, ConsentCopy, Notice, copy_of, orders_of
from services.reports.history_wording import words
from services.reports.labels import Labels
from services.reports.queries import NO_SUCH_PATIENT, NobodyThere, ReportQueries

DAY = timedelta(days=1)
NAME = "review-packet"


@dataclass(frozen=True, slots=True)
class AuthorizedDays:
    """What the payer agreed to: days used and left as far as is recorded, and the last one used."""

    payer: str
    code: str
    revenue_code: str | None
    first_day: date
    last_day: date
    units: int
    used: int
    left: int
    last_used: date | None


@dataclass(frozen=True, slots=True)
class PlannedService:
    """A service that the plan of care asks for: minutes each time, and how often."""

    service: str
    minutes: int
    times: int
    per: str


@dataclass(frozen=True, slots=True)
class PlanOfCare:
    """What the plan of care asks of a week."""

    effective_from: date
    weekly_minutes: int
    days_per_week: int
    services: tuple[PlannedService, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week that was over: offered, attended and asked for by the plan.

    `is_part`: the stay has only a part of it.
    """

    week_of: date
    offered_minutes: int
    attended_minutes: int
    planned_minutes: int
    offered_days: int
    attended_days: int
    planned_days: int
    is_part: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be looked at again, and by which day."""

    what: str
    due: date


@dataclass(frozen=True, slots=True)
class ReviewPacket:
    """What is on record of a stay for a payer, over some days, both included.

    `not_covered` are the parts that the consent does not cover, and of which nothing is told.
    """

    patient: Patient
    born: date | None
    program: str
    payer: str
    admitted_on: date
    discharged_on: date | None
    first: date
    last: date
    continued: bool
    consent: ConsentCopy
    notice: Notice
    not_covered: tuple[str, ...]
    authorizations: tuple[AuthorizedDays, ...]
    plan: PlanOfCare | None
    weeks: tuple[Week, ...]
    missed: tuple[Missed, ...]
    called_off: int
    outreach_tried: int
    outreach_reached: int
    scales: tuple[Scale, ...]
    drug_tests: tuple[DrugTest, ...]
    due: tuple[Due, ...]


@kind(
    NAME,
    about="patient",
    title="Concurrent review",
    reads=("directory", "attendance", "schedule", "care", "compliance"),
    tells=TELLS,
)
def review_packet(reports: ReportQueries, asked: Asked) -> Document:
    """Return what is on record for a payer's concurrent review of a stay, under a consent to it.

    Unless a span is given it begins with the latest stay and ends yesterday. Raises Refused where
    no consent to the payer covers it.
    """
    with reports.connected() as conn:
        patient_id = reports.patient(conn, str(asked.patient_id))

        def ask(question: LiteralString, **more: object) -> list[Any]:
            return conn.execute(question, {"patient_id": patient_id, **more}).fetchall()

        clinic = clinic_of_patient(reports, conn, patient_id)
        today = clinic.today(reports.now)
        last = asked.last or today - DAY
        stay = _stay(ask(care.EPISODES), last)
        first, last = asked.within(stay.admitted_on, last)
        payer = _payer(conn, clinic, patient_id, stay, last)
        days = (today, clinic.today(asked.asked_at or reports.now))
        whose = replace(asked, patient_id=patient_id)
        covered = consent_to_payer(reports, whose, ask(care.CONSENTS), payer, days)
        consent, scope = covered.consent, covered.scope
        people, span = reports.people(conn), {"first": first, "last": last}
        visits = ask(attendance.RECORD_OF, **span)
        missed = missed_of(clinic, visits, ask(care.OUTREACH), _labels(conn, visits))
        tried = [contact for each in missed for contact in each.outreach]
        agreed = _authorizations(ask(compliance.AUTHORIZATIONS))
        person = people.identity(patient_id)
        facts = ReviewPacket(
            called(people, patient_id),
            person.born if person else None,
            clinic.program(stay.program_id),
            payer,
            *(stay.admitted_on, stay.discharged_on, first, last),
            continued=any(each.used for each in agreed),
            consent=copy_of(consent, payer if covered.names_payer else consent.recipient),
            notice=NOTICE,
            not_covered=tuple(words(each) for each in TELLS if each not in scope),
            authorizations=tuple(each for each in agreed if each.last_day >= first),
            plan=_plan(ask(care.PLAN), ask(care.SERVICES), last) if "plan" in scope else None,
            weeks=_weeks(reports, conn, patient_id, first, last),
            missed=missed,
            called_off=sum(each.status == "cancelled" for each in visits),
            outreach_tried=len(tried),
            outreach_reached=sum(each.result == "reached" for each in tried),
            scales=scales_of(clinic, ask(care.ASSESSMENTS), first, last)
            if "assessments" in scope
            else (),
            drug_tests=drug_tests_of(clinic, ask(care.DRUG_TESTS), first, last)
            if "drug-tests" in scope
            else (),
            due=_due(ask(care.REVIEWS_DUE), ask(compliance.ABSENCE_REVIEWS))
            if "plan" in scope
            else (),
        )
        facts = facts if "plan" in scope else replace(facts, weeks=_without_plan(facts.weeks))
    told = Disclosure(
        *(f"document-{number_of(NAME, plain(facts))}", consent.consent_id, scope, days[-1]),
        recipient=None if covered.names_payer else payer,
    )
    orders = orders_of(told, patient_id, reports)
    return Document(facts, _table(facts), clinic.site, frozenset({patient_id}), orders)


def _labels(conn: psycopg.Connection[Any], visits: Iterable[Any]) -> dict[str, str]:
    return Labels.in_words(conn, [each.session_id for each in visits]).of_sessions


def _stay(episodes: list[Any], last: date) -> Any:
    """Return the latest stay that had begun by a day."""
    begun = [each for each in episodes if each.admitted_on <= last]
    if not begun:
        raise NobodyThere(f"{NO_SUCH_PATIENT} in treatment by {last}")
    return max(begun, key=lambda each: (each.admitted_on, each.recorded_as == each.patient_id))


def _payer(
    conn: psycopg.Connection[Any], clinic: Clinic, patient_id: str, stay: Any, last: date
) -> str:
    """Return who paid for the last day on which the patient came in this stay, or at admission."""
    asked = {"facility_id": clinic.facility_id, "last": last}
    for each in conn.execute(compliance.LAST_PAYERS, asked):
        if each.patient_id == patient_id and each.day >= stay.admitted_on:
            return str(each.payer)
    return str(stay.payer)


def _authorizations(rows: Iterable[Any]) -> list[AuthorizedDays]:
    return [
        AuthorizedDays(
            *(row.payer, row.code, _revenue_code(row.code), row.first_day, row.last_day),
            *(row.units, row.used, row.units_left, row.last_used),
        )
        for row in rows
    ]


def _revenue_code(code: str) -> str | None:
    return PER_DIEM[code].revenue_code if code in PER_DIEM else None


def _without_plan(weeks: tuple[Week, ...]) -> tuple[Week, ...]:
    return tuple(replace(each, planned_minutes=0, planned_days=0) for each in weeks)


def _plan(plans: list[Any], services: list[Any], last: date) -> PlanOfCare | None:
    found = next((each for each in plans if each.effective_from <= last), None)
    if found is None:
        return None
    key = (found.recorded_as, found.effective_from)
    return PlanOfCare(
        *(found.effective_from, found.weekly_minutes, found.days_per_week),
        tuple(
            PlannedService(words(each.service), each.minutes, each.times, each.per)
            for each in services
            if (each.recorded_as, each.effective_from) == key
        ),
    )


def _weeks(
    reports: ReportQueries, conn: psycopg.Connection[Any], patient_id: str, first: date, last: date
) -> tuple[Week, ...]:
    return tuple(
        Week(
            each.week_of,
            *(each.scheduled_minutes, each.credited_minutes, each.required_minutes),
            *(each.scheduled_days, each.credited_days, each.required_days),
            each.verdict == "partial_week",
        )
        for each in weeks_within(reports, conn, patient_id, first, last)
    )


def _due(reviews: Iterable[Any], absences: Iterable[Any]) -> tuple[Due, ...]:
    found = [Due(each.what, each.due) for each in reviews]
    found += [Due("review of absences", each.due) for each in absences]
    return tuple(sorted(found, key=lambda each: (each.due, each.what)))


COLUMNS = ("part", "date", "what", "value", "asked_for", "remark")


def _table(facts: ReviewPacket) -> Table:
    """Return a row for each authorization, week, missed session, reading, test and due day."""
    rows: list[tuple[Any, ...]] = []
    rows += [
        ("authorization", each.first_day, each.code, each.used, each.units, f"to {each.last_day}")
        for each in facts.authorizations
    ]
    for week in facts.weeks:
        minutes = (week.attended_minutes, week.planned_minutes, f"offered {week.offered_minutes}")
        days = (week.attended_days, week.planned_days, f"offered {week.offered_days}")
        rows.append(("week", week.week_of, "minutes attended", *minutes))
        rows.append(("week", week.week_of, "days attended", *days))
    for each in facts.missed:
        rows.append(("missed", each.day, each.session, each.status, None, each.reason))
        rows += [
            ("outreach", contact.at, each.session, contact.way, None, contact.result)
            for contact in each.outreach
        ]
    for scale in facts.scales:
        rows += [
            ("assessment", each.day, scale.name, each.score, None, each.band)
            for each in scale.readings
        ]
    rows += [
        ("drug test", each.day, each.because, each.state, None, each.outcome)
        for each in facts.drug_tests
    ]
    rows += [("due", each.due, each.what, None, None, None) for each in facts.due]
    return Table(COLUMNS, rows)
