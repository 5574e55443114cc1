"""The attendance letter: days and times of a patient, for the patient to give to whom they like.

An employer or a form for family and medical leave needs days and hours and nothing more. So the
letter has no word of treatment, program, service or reason; what remains is what the site is
called, which can tell by itself. It goes to the patient, who decides.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from projections import attendance
from services.documents.clinic import Clinic, called, clinic_of_patient, printed
from services.documents.kind import Asked, Document, Refused, Table, kind
from services.reports.queries import ReportQueries

DAYS = 30
"""Days up to yesterday that a letter is about, unless others are asked for."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which somebody was there; the end is None where it is not on record.

    `minutes` are those between, whole ones, with breaks.
    """

    day: date
    arrived_at: datetime
    left_at: datetime | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class AttendanceLetter:
    """When somebody was at a site, on some days; minutes and days add up over `times`."""

    name: str
    first: date
    last: date
    times: tuple[Stretch, ...]
    days: int
    minutes: int


COLUMNS = ("date", "arrived_at", "left_at", "minutes")


@kind(
    "attendance-letter",
    about="patient",
    title="Confirmation of attendance",
    reads=("directory", "attendance", "schedule", "care"),
    confidential=False,
)
def attendance_letter(reports: ReportQueries, asked: Asked) -> Document:
    """Return days and times of a patient, in neutral words: the last 30 days unless said.

    Raises Refused where they were there on none of them.
    """
    with reports.connected() as conn:
        patient_id = reports.patient(conn, str(asked.patient_id))
        clinic = clinic_of_patient(reports, conn, patient_id)
        first, last = asked.span(clinic.today(reports.now) - timedelta(days=1), DAYS)
        between = {"patient_id": patient_id, "first": first, "last": last}
        visits = conn.execute(attendance.RECORD_OF, between).fetchall()
        came = {"sessions": [row.session_id for row in visits]}
        lines = [
            row for row in conn.execute(attendance.SHEETS, came) if row.patient_id == patient_id
        ]
        times = _stretches(clinic, lines)
        if not times:
            raise Refused(f"no attendance is on record from {first} to {last}")
        facts = AttendanceLetter(
            printed(called(reports.people(conn), patient_id)),
            *(first, last, times),
            len({each.day for each in times}),
            sum(each.minutes or 0 for each in times),
        )
    rows: list[tuple[Any, ...]] = [
        (each.day, each.arrived_at, each.left_at, each.minutes) for each in times
    ]
    return Document(facts, Table(COLUMNS, rows), clinic.site, frozenset({patient_id}))


def _stretches(clinic: Clinic, lines: list[Any]) -> tuple[Stretch, ...]:
    """Return the times of the sheets by day, one after the other; those that overlap as one."""
    by_day: dict[date, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for line in sorted(lines, key=lambda each: each.arrived_at):
        arrived = line.arrived_at.astimezone(clinic.zone)
        left = line.left_at and line.left_at.astimezone(clinic.zone)
        there = by_day[arrived.date()]
        if there and there[-1][1] is not None and arrived <= there[-1][1] and left is not None:
            there[-1] = (there[-1][0], max(there[-1][1], left))
        else:
            there.append((arrived, left))
    return tuple(
        Stretch(day, arrived, left, None if left is None else (left - arrived) // MINUTE)
        for day, there in sorted(by_day.items())
        for arrived, left in there
    )
