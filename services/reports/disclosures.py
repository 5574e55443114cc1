"""The question of the accounting of disclosures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, LiteralString, TypeVar
from zoneinfo import ZoneInfo

import psycopg

from domain.facility import Facility
from projections import attendance, care, schedule
from projections.directory import SEALED_CONTACTS
from services.journal.told import positions_of
from services.reports.accounting import (
    PARTS,
    Disclosed,
    How,
    Part,
    Sources,
    in_series,
    of_deliveries,
    of_documents,
    of_record,
)
from services.reports.evidence import Delivery, DocumentMade
from services.reports.history_wording import Names
from services.reports.queries import NO_SUCH_PATIENT, NobodyThere, ReportQueries, Unanswerable
from services.reports.question import TELLS_OF_PATIENTS, Column, names, question
from services.reports.report import Report, Row

At = TypeVar("At", DocumentMade, Delivery)

Years = Literal[3, 6]
"""How far back an accounting goes: three years by 42 CFR 2.25(a), six by 45 CFR 164.528(a)."""

COLUMNS = (
    Column("part", Part, "Whether it counts, and else what it is.", PARTS[0]),
    Column("first", date, "The day, or that of the first of a series.", date(2026, 11, 5)),
    Column("last", date, "The day, or that of the last of a series.", date(2026, 11, 19)),
    Column("times", int, "How often.", 3),
    Column("frequency", str | None, "How often, in words.", "3 times, about every 7 days"),
    Column("told_at", datetime | None, "The instant, of an emergency.", None),
    Column("recipient", str, "Who was told; of which facility in an emergency.", "County court"),
    Column("address", str | None, "Their address; empty where it is not known.", "1 Court Square"),
    Column("what", str, "What was told.", "attendance, drug tests"),
    Column("purpose", str, "What for; the nature of an emergency.", "a legal matter"),
    Column("basis", str, "By which consent or rule.", "consent given on Thu, Oct 1, 2026"),
    Column("relies_on", str | None, "The consent's id, or a court's order.", "consent-55e0"),
    Column("told_by", str | None, "Who told it, or put it on record.", "Ana Diaz, LCSW"),
    Column("how", How, "On record by hand, a document, or a subscription.", "document"),
    Column("because", str | None, "Why it was not told.", None),
    Column("event", str | None, "The event of the first, where there is one.", "patient-5f0c2e:12"),
    Column("head_size", int | None, "How many events the first signed head over it covers.", 4600),
    Column("head_at", datetime | None, "When that was signed; empty: not sealed.", None),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accounting:
    """What was told of a patient from one day to another, both included."""

    patient_id: str
    first: date
    last: date
    told: tuple[Disclosed, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """What days an accounting is of: so many years up to a last day, or from a first one on."""

    years: Years = 3
    first: date | None = None
    last: date | None = None

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day. Raises Unanswerable where they are turned around."""
        through = self.last or today
        since = self.first or _years_before(through, self.years)
        if through < since:
            raise Unanswerable(f"the span begins on {since}, after its last day {through}")
        return since, through


@question("disclosures", reads=(*TELLS_OF_PATIENTS, "care", "schedule"), columns=COLUMNS)
def disclosures(
    reports: ReportQueries,
    *,
    patient_id: Annotated[str, "The patient's random id."],
    years: Annotated[Years, "How many years back: 3 by 42 CFR 2.25, 6 by 45 CFR 164.528."] = 3,
    first_day: Annotated[date | None, "The first day, instead of so many years back."] = None,
    last_day: Annotated[date | None, "The last day; today unless given."] = None,
) -> Report:
    """Return the accounting of a patient's disclosures: to whom, when, what, and by which rule.

    What is the same to one recipient for one purpose is one row: the first, how often, the last.
    """
    with reports.connected() as conn:
        found = accounting_of(reports, conn, patient_id, Span(years, first_day, last_day))
    return Report.of(
        "Accounting of disclosures",
        names(COLUMNS),
        (
            Row((number,), values_of(each), found.patient_id)
            for number, each in enumerate(found.told, 1)
        ),
    )


def accounting_of(
    reports: ReportQueries,
    conn: psycopg.Connection[Any],
    patient_id: str,
    span: Span,
) -> Accounting:
    """Return what was told of a patient. Raises NobodyThere, Unanswerable."""
    now = reports.patient(conn, patient_id)

    def ask(question: LiteralString) -> list[Any]:
        return conn.execute(question, {"patient_id": now}).fetchall()

    where = next(iter(ask(care.FACILITY_OF)), None)
    if where is None:
        raise NobodyThere(NO_SUCH_PATIENT)
    zone = ZoneInfo(where.timezone)
    since, through = span.days(reports.now.astimezone(zone).date())
    sources = _sources(reports, conn, where.facility_id, zone, ask)
    merges = conn.execute(attendance.MERGES).fetchall()
    records = {now, *(old for old, into in merges if into == now)}
    recorded = list(of_record(ask(care.DISCLOSURES), sources))
    as_documents = {each.first for each in recorded if each.how == "document"}
    made = _by(reports.now, reports.evidence.documents(records))
    told = in_series(
        (
            *recorded,
            *of_documents(made, as_documents, sources),
            *of_deliveries(_by(reports.now, reports.evidence.deliveries(records)), sources),
        ),
        since,
        through,
    )
    return Accounting(now, since, through, tuple(_sealed(reports, told)))


def _by(now: datetime, found: Iterable[At]) -> list[At]:
    """Return what had been by a moment."""
    return [each for each in found if each.at <= now]


def _sources(
    reports: ReportQueries,
    conn: psycopg.Connection[Any],
    facility_id: str,
    zone: ZoneInfo,
    ask: Callable[[LiteralString], list[Any]],
) -> Sources:
    """Return who is called what, of those whom consents and disclosures name."""
    people = reports.people(conn)
    known = {"contact_ids": [each.supporter_id for each in ask(care.SUPPORTERS)]}
    contacts = {
        row.contact_id: people.contact(row.patient_id, row.sealed)
        for row in conn.execute(SEALED_CONTACTS, known)
    }
    day = {"today": reports.now.astimezone(zone).date()}
    staff = {each.staff_id: each.name for each in conn.execute(schedule.STAFF, day)}
    site = reports.journal.load(Facility.id_of(facility_id)) if reports.journal else None
    return Sources(
        {each.consent_id: each for each in ask(care.CONSENTS)},
        site.recipients if site else {},
        {key: each.name for key, each in contacts.items() if each},
        Names(zone, staff=staff),
    )


def _sealed(reports: ReportQueries, told: Sequence[Disclosed]) -> Iterator[Disclosed]:
    """Yield what was told, each with its position and the head that covers it."""
    events = {each.event for each in told if each.event}
    at = positions_of(reports.journal, events) if reports.journal else {}
    placed = [replace(each, position=each.position or at.get(each.event or "")) for each in told]
    heads = reports.evidence.heads({each.position for each in placed if each.position})
    for each in placed:
        yield replace(each, head=heads.get(each.position or 0))


def values_of(each: Disclosed) -> tuple[Any, ...]:
    """Return what a row of an accounting has, as `COLUMNS` name it."""
    head = each.head
    return (
        *(each.part, each.first, each.last, each.times, each.frequency, each.told_at),
        *(each.recipient, each.address, each.what, each.purpose, each.basis, each.relies_on),
        *(each.told_by, each.how, each.because, each.event),
        *((head.size, head.at) if head else (None, None)),
    )


def _years_before(day: date, years: int) -> date:
    """Return the first day of so many years that end with a day."""
    after = day + timedelta(days=1)
    try:
        return after.replace(year=after.year - years)
    except ValueError:
        return date(after.year - years, 3, 1)
