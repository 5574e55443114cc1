"""The facility, the people and the evening that the domain's tests speak of.

The group meets on Monday, 3 March 2025, from 17:00 to 20:00 UTC: 90 minutes of group, a break of
a quarter of an hour, 75 minutes of skills. Lateness begins after ten minutes.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.aggregate import CommandContext
from domain.session import Absence, Amendment, Meeting, Part, Session, SignIn

FACILITY = "oak-street"
MONDAY = date(2025, 3, 3)
LATE_AFTER = timedelta(minutes=10)

Command = Callable[[Any], Any]


def at(wall: str, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(wall), UTC)


CAUSE = CommandContext("command-1", at("09:00"), "staff-7")
AFTERWARDS = CommandContext("command-2", at("20:00"), "staff-7")

MEETING = Meeting(
    program_id="adult-iop",
    track_id="evening",
    day=MONDAY,
    starts_at=at("17:00"),
    ends_at=at("20:00"),
    parts=(
        Part(at("17:00"), at("18:30"), "group", "Process group"),
        Part(at("18:30"), at("18:45"), "break", "Break"),
        Part(at("18:45"), at("20:00"), "skills", "Relapse prevention"),
    ),
    room_id="room-1",
    staff_id="staff-7",
    places=3,
    occurrence=MONDAY,
)
FOUND = Amendment("sheet found", "LCSW")


def later(days: int, **changes: Any) -> Meeting:
    """The same meeting some days later."""
    shift = timedelta(days=days)
    parts = tuple(
        replace(part, starts_at=part.starts_at + shift, ends_at=part.ends_at + shift)
        for part in MEETING.parts
    )
    moved = replace(
        MEETING,
        day=MEETING.day + shift,
        occurrence=MEETING.day + shift,
        starts_at=MEETING.starts_at + shift,
        ends_at=MEETING.ends_at + shift,
        parts=parts,
    )
    return replace(moved, **changes)


def session(meeting: Meeting = MEETING, label: str = "evening") -> Session:
    return Session.schedule(CAUSE, facility_id=FACILITY, label=label, meeting=meeting)


def line(arrived: str, left: str | None = None) -> SignIn:
    return SignIn(at(arrived), at(left) if left else None)


def rostered(*patient_ids: str) -> Command:
    return lambda s: [s.roster(CAUSE, patient_id) for patient_id in patient_ids]


def signed_in(patient_id: str, arrived: str, left: str | None = None) -> Command:
    return lambda s: s.sign_in(CAUSE, patient_id, line(arrived, left), amendment=FOUND)


def came_for(makes_up: str, patient_id: str, arrived: str, left: str | None = None) -> Command:
    return lambda s: s.sign_in(
        CAUSE, patient_id, line(arrived, left), makes_up=makes_up, amendment=FOUND
    )


def absence(*, excused: bool = False, reason: str = "fever", notified: str = "08:00") -> Absence:
    return Absence(reason, at(notified), excused)


def announced(patient_id: str, *, excused: bool = False) -> Command:
    return lambda s: s.note_absence(CAUSE, patient_id, absence(excused=excused))


def called_off(s: Session) -> None:
    s.call_off(CAUSE, "burst pipe")


def restored(s: Session) -> None:
    s.restore(CAUSE, "the pipe is mended")


def withdrawn(s: Session) -> None:
    s.withdraw(CAUSE, "track revised")


def closed(s: Session) -> None:
    s.close(AFTERWARDS, LATE_AFTER)


def made_up(patient_id: str, by: Session) -> Command:
    return lambda s: s.link_make_up(CAUSE, patient_id, by)
