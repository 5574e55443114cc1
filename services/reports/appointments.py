"""When somebody is expected: the times of one patient, or of one staff member, for a calendar."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from projections import schedule as asked
from services.reports.queries import ReportQueries
from services.reports.schedule import where_of

READS = ("schedule", "attendance")
"""The read models that this rests on."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A session at which somebody is expected; `where` is a room, `video`, or both."""

    session_id: str
    starts_at: datetime
    ends_at: datetime
    called: str
    where: str
    is_called_off: bool


def appointments_of_staff(
    reports: ReportQueries, staff_id: str, first: date, last: date
) -> list[Appointment]:
    """Return what a staff member of the facility leads on some days, in order.

    Nothing in it says who comes. Raises NobodyThere.
    """
    with reports.connected() as conn:
        reports.check_known(conn, asked.STAFF_IDS, "staff member", staff_id)
        return _agenda(conn, reports, first, last, staff_id=staff_id)


def appointments_of_patient(
    reports: ReportQueries, patient_id: str, first: date, last: date
) -> list[Appointment]:
    """Return where a patient of the facility is expected on some days, in order.

    Raises NobodyThere.
    """
    with reports.connected() as conn:
        only = [reports.patient(conn, patient_id)]
        return _agenda(conn, reports, first, last, only=only)


def _agenda(
    conn: psycopg.Connection[Any],
    reports: ReportQueries,
    first: date,
    last: date,
    *,
    staff_id: str | None = None,
    only: list[str] | None = None,
) -> list[Appointment]:
    wanted = {
        "facility_id": reports.facility_id,
        "first": first,
        "last": last,
        "session_id": None,
        "room_id": None,
        "staff_id": staff_id,
        "sessions": None,
        "only": only,
    }
    return [
        Appointment(
            each.session_id,
            each.starts_at,
            each.ends_at,
            each.track or each.label,
            where_of(each.room, each.modality),
            each.state == "called_off",
        )
        for each in conn.execute(asked.AGENDA, wanted)
    ]
