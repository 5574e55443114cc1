"""The changes that the forms of the Week page ask for: a command, and the one that undoes it."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.session import Session
from domain.times import instant
from services.web.week_form import UNDONE, Change, Given, Unsound
from services.web.week_moves import follows_again, meeting_in_series, move


def change_of(given: Given) -> Change:
    """Return what a form asks for. Raises Unsound."""
    compose = _CHANGES.get(given.fields.get("do", ""))
    if compose is None:
        raise Unsound("there is no such change")
    return compose(given)


# One session


def _call_off(given: Given) -> Change:
    session = given.session()
    return given.change(
        "session.call-off",
        {"session_id": session.id, "reason": given.reason},
        f"{given.name_of(session)} is called off",
        ("session.restore", {"session_id": session.id, "reason": UNDONE}),
    )


def _restore(given: Given) -> Change:
    session = given.session()
    back = {"session_id": session.id, "reason": session.called_off_because or UNDONE}
    return given.change(
        "session.restore",
        {"session_id": session.id, "reason": given.reason},
        f"{given.name_of(session)} takes place after all",
        ("session.call-off", back),
    )


def _room(given: Given) -> Change:
    session, room_id = given.session(), given.text("room_id")
    if room_id == session.meeting.room_id:
        raise Unsound("it is in this room already: choose another one")
    back = {"session_id": session.id, "room_id": session.meeting.room_id, "reason": UNDONE}
    return given.change(
        "session.substitute-room",
        {"session_id": session.id, "room_id": room_id, "reason": given.reason},
        f"{given.name_of(session)} has another room",
        follows_again(given, session) or ("session.substitute-room", back),
    )


def _staff(given: Given) -> Change:
    session, staff_id = given.session(), given.fields.get("staff_id") or None
    if staff_id == session.meeting.staff_id:
        raise Unsound("they lead it already: choose somebody else")
    back = {"session_id": session.id, "staff_id": session.meeting.staff_id, "reason": UNDONE}
    return given.change(
        "session.substitute-staff",
        {"session_id": session.id, "staff_id": staff_id, "reason": given.reason},
        f"{given.name_of(session)} is led by somebody else",
        (follows_again(given, session) if staff_id else None) or ("session.substitute-staff", back),
    )


def _schedule(given: Given) -> Change:
    title, room_id = given.text("title"), given.text("room_id")
    day, (begins, ends) = given.day(), given.times()
    places = given.text("places")
    if not (places.isascii() and places.isdigit()):
        raise Unsound("Places has to be a whole number")
    starts_at, ends_at = instant(day, begins, given.zone), instant(day, ends, given.zone)
    part: Any = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "service": given.text("service"),
        "title": title,
        "format": given.fields.get("format") or None,
    }
    meeting = {
        "program_id": given.text("program_id"),
        "track_id": None,
        "day": day,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "parts": [part],
        "room_id": room_id,
        "staff_id": given.fields.get("staff_id") or None,
        "places": int(places),
    }
    label = _free_label(given, title)
    back = {"session_id": Session.id_of(given.facility_id, label, None), "reason": UNDONE}
    return given.change(
        "session.schedule",
        {"label": label, "meeting": meeting},
        f"{label} is on the schedule",
        ("session.call-off", back),
    )


def _free_label(given: Given, title: str) -> str:
    """Return what a session can be called: a name that is taken is that of another one."""
    label, number = title, 1
    while given.journal.load(Session.id_of(given.facility_id, label, None)):
        number += 1
        label = f"{title} {number}"
    return label


# A series, a program


def _back(given: Given) -> Change:
    session = given.session()
    meeting = session.meeting
    which = meeting_in_series(session)
    known = given.program(meeting.program_id).series(str(meeting.track_id)).deviations
    if meeting.occurrence not in known:
        raise Unsound("it follows its series already")
    return given.change(
        "program.restore-meeting",
        which,
        f"{given.name_of(session)} follows its series again",
        ("program.change-meeting", {**which, "deviation": known[meeting.occurrence]}),
    )


def _extend(given: Given) -> Change:
    program_id, _, track_id = given.text("track").partition("/")
    which = {"program_id": program_id, "track_id": track_id}
    return given.change("program.extend-track", which, "All meetings to come are on the schedule")


def _close(given: Given) -> Change:
    which = {"program_id": given.text("program_id"), "day": given.day()}
    return given.change(
        "program.declare-closure",
        {**which, "reason": given.reason},
        "The day is closed",
        ("program.lift-closure", which),
    )


def _open(given: Given) -> Change:
    program_id, day = given.text("program_id"), given.day()
    which = {"program_id": program_id, "day": day}
    reason = given.program(program_id).closures.get(day, UNDONE)
    return given.change(
        "program.lift-closure",
        which,
        "The day is open again",
        ("program.declare-closure", {**which, "reason": reason}),
    )


_CHANGES: Mapping[str, Callable[[Given], Change]] = {
    "move": move,
    "call-off": _call_off,
    "restore": _restore,
    "room": _room,
    "staff": _staff,
    "schedule": _schedule,
    "back": _back,
    "extend": _extend,
    "close": _close,
    "open": _open,
}
