"""The facts of an attendance record: visits, weeks, stays, as they are printed and written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from projections.attendance import plan_weeks
from services.documents.clinic import Patient
from services.documents.corrections import Correction
from services.reports.queries import ReportQueries
from services.reports.weeks import weeks_of


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sign-in sheet: in and out; out is None while nobody said so."""

    arrived_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceMinutes:
    """The minutes of presence that count, of one service."""

    service: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed what, and when; the credential is the one under which they did.

    `services` are those that an individual note is about; none where it is about all of the visit.
    """

    what: str
    services: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit: what was scheduled, when the patient was there, and what came of it."""

    day: date
    session: str
    program: str
    starts_at: datetime
    ends_at: datetime
    location: str | None
    modality: str | None
    facilitator: str | None
    is_make_up: bool
    makes_up: date | None
    made_up_on: date | None
    status: str
    late: bool
    left_early: bool
    excuse: str | None
    notified_at: datetime | None
    lines: tuple[Line, ...]
    services: tuple[ServiceMinutes, ...]
    scheduled_minutes: int
    minutes: int
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A whole week: minutes offered, attended and asked for, and the days on which they were."""

    week_of: date
    offered_minutes: int
    attended_minutes: int
    planned_minutes: int
    offered_days: int
    attended_days: int
    planned_days: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay that touches the span; the last day is None while it goes on."""

    program: str
    admitted_on: date
    discharged_on: date | None


@dataclass(frozen=True, slots=True)
class AttendanceRecord:
    """A patient's attendance over a span of days, both included."""

    patient: Patient
    counselor: str | None
    first: date
    last: date
    stays: tuple[Stay, ...]
    visits: tuple[Visit, ...]
    weeks: tuple[Week, ...]
    corrections: tuple[Correction, ...]
    attended_visits: int
    attended_days: int
    attended_minutes: int
    by_service: tuple[ServiceMinutes, ...]


SIGNED: Mapping[str, str] = {
    "group_note": "group note",
    "individual_note": "individual note",
    "cosignature": "co-signature",
    "sheet": "sign-in sheet",
}
"""What a signature is under, in words."""


def weeks_within(
    reports: ReportQueries, conn: psycopg.Connection[Any], patient_id: str, first: date, last: date
) -> list[plan_weeks.Week]:
    """Return a patient's weeks that were over by the last day and end within the span, in order."""
    (site,) = reports.sites(conn, last, [patient_id])
    found = (each for each in weeks_of(conn, site) if each.week_of + _LAST_DAY >= first)
    return sorted(found, key=lambda each: each.week_of)


_LAST_DAY = timedelta(days=6)
