"""Who looks at a report, as far as it matters to what is shown."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from domain.times import week_of
from projections import care, schedule

EXPECTED_WITHIN = timedelta(weeks=4)
"""How long before and after today a session makes who is expected in it its leader's own, to see
and to write about."""


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
    conn: psycopg.Connection[Any],
    facility_id: str,
    staff_id: str,
    today: date,
    *,
    candidates: bool = False,
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the patients and the sessions of somebody on the staff.

    Their sessions are those that they lead. Their patients are those whose counselor they are, or
    will be, and those who are expected or wait in a session of theirs in the weeks around today
    (`EXPECTED_WITHIN`, whole weeks); with `candidates` also who is not treated yet.
    """
    first = week_of(today - EXPECTED_WITHIN, "monday")
    last = week_of(today + EXPECTED_WITHIN, "monday") + timedelta(days=6)
    asked = {
        "facility_id": facility_id,
        "staff_id": staff_id,
        "today": today,
        "first": first,
        "last": last,
    }
    questions = [care.ASSIGNED, schedule.EXPECTED_OF, *([care.CANDIDATES] if candidates else [])]
    patients = {row.patient_id for each in questions for row in conn.execute(each, asked)}
    sessions = (row.session_id for row in conn.execute(schedule.LED, asked))
    return frozenset(patients), frozenset(sessions)
