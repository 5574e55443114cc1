"""A case of growth, and the rows and edits that several need."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from tests.services.clinic_import.clinic_edits import (
    NOW,
    Edit,
    Place,
    append,
    every,
    facility,
)

Key = tuple[str, ...]
Topics = frozenset[str]

NOTHING: Topics = frozenset()
ROOMS: Topics = frozenset({"calendar.opened", "calendar.time-booked", "calendar.booking-released"})
PLACES: Topics = frozenset({
    "session.patient-rostered", "session.patient-released", "patient.sessions-booked",
    "patient.bookings-released", "patient.collision-accepted",
})  # fmt: skip
SESSIONS: Topics = (
    frozenset({"session.scheduled", "session.rescheduled", "session.withdrawn"}) | ROOMS | PLACES
)
RECORD: Topics = frozenset(
    {"session.closed", "session.attendance-recorded", "session.attendance-corrected"}
)
MAKE_UPS: Topics = frozenset(
    {"session.make-up-linked", "session.make-up-unlinked", "session.make-up-redirected"}
)


@dataclass(frozen=True)
class GrowthCase:
    """Two imports of one clinic, and what the second adds to the record."""

    name: str
    edit: Edit
    topics: Topics
    consequences: Topics = NOTHING
    sound: bool = True
    before: Edit = field(default_factory=every)
    first_now: datetime = NOW
    second_now: datetime = NOW
    warned: frozenset[tuple[str, Key]] = frozenset()
    refused: frozenset[Place] = frozenset()
    reports_of: Literal["before", "after"] = "after"


def topics(words: str) -> Topics:
    return frozenset(words.split())


def grown(
    name: str, edit: Edit, words: str, consequences: Topics = NOTHING, before: Edit | None = None
) -> GrowthCase:
    """Make a case of two sound imports at one time."""
    return GrowthCase(name, edit, topics(words), consequences, before=before or every())


# --- Rows and edits that several cases need. ---

MONDAY_NOON = datetime(2026, 9, 21, 17, tzinfo=UTC)
BRUNCH = every(
    append("tracks", "brunch,adult,Brunch,FR,10:30,11:30,2026-09-14,2026-09-27,den,s-cedar,3"),
    append("segments", "brunch,10:30,11:30,group,Brunch"),
)
ONCE = every(
    append("tracks", "once,adult,Once,SA,09:00,10:00,2026-09-12,2026-09-19,hall,s-ash,3"),
    append("segments", "once,09:00,10:00,group,Once"),
)
LOFT = '[[room]]\nid = "loft"\nname = "Loft"\ncapacity = 1\n\n'
YEW = '[[staff]]\nid = "s-yew"\nname = "S. Yew"\ncredential = "LPC"\n\n'
CLOSED = '[[closure]]\ndate = {}\nreason = "Paint"\n\n'


def insert(table: str) -> Edit:
    """Put a table into facility.toml, before the closure that is there."""
    return facility("[[closure]]\ndate = 2026-09-11", f"{table}[[closure]]\ndate = 2026-09-11")
