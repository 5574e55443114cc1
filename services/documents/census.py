"""The census of a facility: who is in treatment on each day, counted by program, for the director.

A day of treatment counts for both its first and its last day, as stays do everywhere here. A state
or a payer may count otherwise (a midnight census leaves the day of discharge out): no source was
read.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from projections import attendance, care, compliance, schedule
from services.documents.clinic import Clinic, clinic_of
from services.documents.kind import Asked, Document, Table, kind
from services.reports.queries import ReportQueries
from services.reports.weeks import Site

DAY = timedelta(days=1)
USUAL_DAYS = 30
"""Days up to yesterday of which a census is, unless a span is given."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of something."""

    of: str
    count: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Who came and left.

    `before` are those in treatment as the first day begins, `after` as the last day ends.
    `treatment_days` is the sum of each day's census.
    """

    before: int
    admissions: int
    discharges: int
    after: int
    treatment_days: int
    average_tenths: int
    """The average daily census in tenths of a patient, rounded half up."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """What came of the visits of those on rosters; make-ups and what is to come are not counted.

    What the program called off was offered to nobody, and is no part of `offered`.
    """

    offered: int
    attended: int
    excused: int
    unexcused: int
    turned_away: int
    called_off: int
    offered_minutes: int
    attended_minutes: int
    attended_percent: int | None
    """Of the visits offered, rounded half up; None where none was."""


@dataclass(frozen=True, slots=True)
class ProgramCensus:
    """A program's movement and attendance."""

    program: str
    movement: Movement
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class DayCensus:
    """A day: how many were in treatment, in the order of the programs, who came and who left."""

    day: date
    in_treatment: tuple[int, ...]
    total: int
    admissions: int
    discharges: int


@dataclass(frozen=True, slots=True)
class Census:
    """A facility's census over some days, both included.

    `counselors` and `payers` are of those in treatment on the last day. `referred` and `waiting`
    are who waits as the record stands: to be admitted, or for a place in a track.
    """

    first: date
    last: date
    days: int
    total: ProgramCensus
    programs: tuple[ProgramCensus, ...]
    by_day: tuple[DayCensus, ...]
    discharges: tuple[Count, ...]
    counselors: tuple[Count, ...]
    payers: tuple[Count, ...]
    referred: tuple[Count, ...]
    waiting: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class _Stay:
    patient_id: str
    program_id: str
    admitted_on: date
    discharged_on: date | None
    discharge_kind: str | None

    def holds_on(self, day: date) -> bool:
        return self.admitted_on <= day and (self.discharged_on is None or day <= self.discharged_on)


@kind(
    "census",
    about="facility",
    title="Census",
    reads=("directory", "attendance", "schedule", "care", "compliance"),
)
def census(reports: ReportQueries, asked: Asked) -> Document:
    """Return a facility's census by program and day, admissions, discharges and attendance."""
    with reports.connected() as conn:
        clinic = clinic_of(reports, conn)
        first, last = asked.span(clinic.today(reports.now) - DAY, USUAL_DAYS)
        (site,) = reports.sites(conn, last)
        stays = _stays(conn, site)
        here = [each for each in stays if each.holds_on(last)]
        span: dict[str, Any] = {
            "facility_id": clinic.facility_id,
            **{"last": last, "today": last, "only": None},
        }
        known = conn.execute(care.KNOWN, span).fetchall()
        facts = Census(
            *_census(conn, clinic, stays, first, last),
            discharges=_counted(
                (each.discharge_kind or "not said").replace("-", " ")
                for each in stays
                if each.discharged_on and first <= each.discharged_on <= last
            ),
            counselors=_counted(_counselors(clinic, known, here)),
            payers=_counted(_payers(conn, span, here)),
            referred=_counted(
                clinic.program(each.referred_to) for each in known if each.candidacy == "open"
            ),
            waiting=tuple(
                Count(clinic.program(each.program_id), each.waiting)
                for each in conn.execute(schedule.WAITING_FOR_TRACKS, span)
            ),
        )
    return Document(facts, _table(facts), clinic.site)


def _stays(conn: psycopg.Connection[Any], site: Site) -> list[_Stay]:
    """Return each person's stays at a site; two records of one person are one."""
    return [
        _Stay(*row)
        for row in (
            (
                *(each.patient_id, each.program_id, each.admitted_on),
                *(each.discharged_on, each.discharge_kind),
            )
            for each in conn.execute(attendance.TREATMENTS, site.selection)
        )
    ]


def _census(
    conn: psycopg.Connection[Any], clinic: Clinic, stays: list[_Stay], first: date, last: date
) -> tuple[date, date, int, ProgramCensus, tuple[ProgramCensus, ...], tuple[DayCensus, ...]]:
    """Return the span, what is counted over all programs, by program, and by day."""
    asked = {"facility_id": clinic.facility_id, "first": first, "last": last}
    came = {row.program_id: row for row in conn.execute(attendance.BY_PROGRAM, asked)}
    ids = sorted({*clinic.programs, *came, *(each.program_id for each in stays)})
    days = [first + number * DAY for number in range((last - first).days + 1)]
    programs = tuple(
        ProgramCensus(
            clinic.program(program_id),
            _movement([each for each in stays if each.program_id == program_id], days),
            _attendance([came[program_id]] if program_id in came else []),
        )
        for program_id in ids
    )
    total = ProgramCensus("All programs", _movement(stays, days), _attendance(came.values()))
    return first, last, len(days), total, programs, tuple(_day(stays, ids, day) for day in days)


def _movement(stays: list[_Stay], days: list[date]) -> Movement:
    first, last = days[0], days[-1]
    in_treatment = sum(_census_of(stays, day) for day in days)
    return Movement(
        before=sum(each.admitted_on < first and each.holds_on(first) for each in stays),
        admissions=sum(first <= each.admitted_on <= last for each in stays),
        discharges=sum(
            each.discharged_on is not None and first <= each.discharged_on <= last for each in stays
        ),
        after=sum(each.holds_on(last) and each.discharged_on != last for each in stays),
        treatment_days=in_treatment,
        average_tenths=_rounded(10 * in_treatment, len(days)),
    )


def _census_of(stays: Iterable[_Stay], day: date) -> int:
    """Return how many people are in treatment on a day, each once."""
    return len({each.patient_id for each in stays if each.holds_on(day)})


def _day(stays: list[_Stay], programs: list[str], day: date) -> DayCensus:
    return DayCensus(
        day,
        tuple(
            _census_of([each for each in stays if each.program_id == program_id], day)
            for program_id in programs
        ),
        _census_of(stays, day),
        sum(each.admitted_on == day for each in stays),
        sum(each.discharged_on == day for each in stays),
    )


def _attendance(rows: Iterable[Any]) -> Attendance:
    names = ("attended", "excused", "unexcused", "turned_away")
    found = list(rows)
    totals = {
        name: sum(getattr(each, name) for each in found)
        for name in (*names, "called_off", "offered_minutes", "attended_minutes")
    }
    offered = sum(totals[name] for name in names)
    percent = _rounded(100 * totals["attended"], offered) if offered else None
    return Attendance(offered=offered, attended_percent=percent, **totals)


def _rounded(number: int, by: int) -> int:
    """Return a quotient as a whole number, rounded half up."""
    return (2 * number + by) // (2 * by)


def _counselors(clinic: Clinic, known: Iterable[Any], here: list[_Stay]) -> list[str]:
    """Return the counselor of each who is in treatment."""
    assigned = {each.patient_id: each.staff_id for each in known}
    return [
        clinic.led_by(staff_id, None, clinic.credentials.get(str(staff_id)))
        or "No counselor assigned"
        for patient_id in sorted({each.patient_id for each in here})
        for staff_id in [assigned.get(patient_id)]
    ]


def _payers(
    conn: psycopg.Connection[Any], span: Mapping[str, object], here: list[_Stay]
) -> list[str]:
    """Return the payer of each who is in treatment.

    It is that of the last day on which they came in this stay, or else that at admission.
    """
    at_first = {each.patient_id: each.payer for each in conn.execute(care.ADMITTED_WITH, span)}
    lately = {each.patient_id: each for each in conn.execute(compliance.LAST_PAYERS, span)}
    since = {each.patient_id: each.admitted_on for each in here}
    return [
        lately[patient_id].payer
        if patient_id in lately and lately[patient_id].day >= admitted_on
        else at_first.get(patient_id, "not said")
        for patient_id, admitted_on in sorted(since.items())
    ]


def _counted(words: Iterable[str]) -> tuple[Count, ...]:
    """Count words; the most frequent come first."""
    counted = Counter(words)
    most_first = sorted(counted, key=lambda each: (-counted[each], each))
    return tuple(Count(each, counted[each]) for each in most_first)


COLUMNS = ("date", "program", "in_treatment", "admissions", "discharges")


def _table(facts: Census) -> Table:
    """Return a row for each day and program, and for each day one for all of them."""
    rows: list[tuple[Any, ...]] = []
    for day in facts.by_day:
        named = zip(facts.programs, day.in_treatment, strict=True)
        rows += [(day.day, each.program, number, None, None) for each, number in named]
        rows.append((day.day, facts.total.program, day.total, day.admissions, day.discharges))
    return Table(COLUMNS, rows)
