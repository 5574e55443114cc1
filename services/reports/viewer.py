"""Who looks at a report, as far as it matters to what is shown."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from projections import care, schedule

LED_LATELY = timedelta(days=90)
"""For so long the patients of a session stay those of who led it, after its day: a quarter, within
which notes are signed, attendance is put right, and a patient who was away comes back."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody may see: of which patients and sessions; None: of all at the facility.

    The rows of others are not there, and a patient that is not theirs is none. `hidden` are columns
    and sections that are left out. `staff_id` is who they are on the staff: what is about
    themselves, such as their caseload, is theirs.
    """

    patients: frozenset[str] | None = None
    sessions: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    staff_id: str | None = None


EVERYTHING = Viewer()
"""Who may see all that there is."""

OWN_READS = ("care", "schedule")
"""The read models that tell what is somebody's own."""


def own_of(
    conn: psycopg.Connection[Any], facility_id: str, staff_id: str, today: date
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the patients and the sessions of somebody on the staff.

    Their sessions are those that they lead, to come or not longer ago than `LED_LATELY`. Their
    patients are those whose counselor they are today, and those who are expected in one of these
    sessions, or came to it.
    """
    asked = {
        "facility_id": facility_id,
        "staff_id": staff_id,
        "today": today,
        "since": today - LED_LATELY,
    }
    sessions = frozenset(row.session_id for row in conn.execute(schedule.LED, asked))
    patients = {row.patient_id for row in conn.execute(care.ASSIGNED, asked)}
    expected = conn.execute(schedule.EXPECTED_IN, {"sessions": list(sessions)})
    return frozenset(patients.union(row.patient_id for row in expected)), sessions
