"""Moves: of one session, or of a meeting and all that follow it in its series."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from domain.program import Deviation, Pattern
from domain.program.series import Series
from domain.session import Meeting, Session
from domain.times import WEEKDAYS, instant, week_of, weekday
from services.web.week_form import UNDONE, Change, Given, Unsound


def move(given: Given) -> Change:
    """Return the move that a form asks for. Raises Unsound."""
    session = given.session()
    meeting, days, times = session.meeting, given.day(), given.times()
    room_id = given.fields.get("room_id") or meeting.room_id
    staff_id = given.fields.get("staff_id") or meeting.staff_id
    if (days, times, room_id, staff_id) == _placed(meeting, given.zone):
        raise Unsound("nothing is different yet: choose another day, time, room or person")
    if meeting.track_id and given.fields.get("which") == "following":
        return _move_following(given, session, (days, times, room_id, staff_id))
    said = f"{given.name_of(session)} is moved"
    if meeting.track_id and given.may("program.change-meeting"):
        which = meeting_in_series(session)
        before, after = _placed(meeting, given.zone), (days, times, room_id, staff_id)
        deviation = _deviation(before, after, given.reason)
        back = _deviation(after, before, UNDONE)
        return given.change(
            "program.change-meeting",
            {**which, "deviation": deviation, **_taking_off(given)},
            said,
            follows_again(given, session)
            or ("program.change-meeting", {**which, "deviation": back}),
        )
    moved = _moved(meeting, days, times, given.zone)
    moved = replace(
        moved, room_id=room_id, staff_id=staff_id, places=_places(given, meeting, room_id)
    )
    return given.change(
        "session.reschedule",
        {"session_id": session.id, "meeting": moved, **_taking_off(given)},
        said,
        ("session.reschedule", {"session_id": session.id, "meeting": meeting}),
    )


def _taking_off(given: Given) -> dict[str, list[str]]:
    """Return whom a form takes off the roster where they cannot come then."""
    patient_ids = given.fields.get("taking_off", "").split()
    return {"taking_off": patient_ids} if patient_ids else {}


def meeting_in_series(session: Session) -> dict[str, Any]:
    """Return what names a session as a meeting of its series."""
    meeting = session.meeting
    return {
        "program_id": meeting.program_id,
        "track_id": meeting.track_id,
        "occurrence": meeting.occurrence,
    }


def follows_again(given: Given, session: Session) -> tuple[str, dict[str, Any]] | None:
    """Return what undoes the first change of one meeting; None where it was changed before.

    It is None also for who may not send it, and for a session of no series.
    """
    meeting = session.meeting
    if not meeting.track_id or not given.may("program.restore-meeting"):
        return None
    if meeting.occurrence in given.program(meeting.program_id).series(meeting.track_id).deviations:
        return None
    return "program.restore-meeting", meeting_in_series(session)


Placed = tuple[date, tuple[time, time], str, str | None]
"""The day, times, room and leader of a meeting."""

_PLACED = ("day", "times", "room", "leader")


def _placed(meeting: Meeting, zone: ZoneInfo) -> Placed:
    return meeting.day, _times_of(meeting, zone), meeting.room_id, meeting.staff_id


def _deviation(before: Placed, after: Placed, reason: str) -> dict[str, Any]:
    """Return what is otherwise at a meeting than before, and nothing else."""
    said: dict[str, Any] = {"reason": reason}
    if before[0] != after[0]:
        said["day"] = after[0]
    if before[1] != after[1]:
        said["starts"], said["ends"] = after[1]
    if before[2] != after[2]:
        said["room_id"] = after[2]
    if before[3] != after[3] and after[3]:
        said["staff_id"] = after[3]
    return {name: each for name, each in said.items() if each is not None}


def _moved(meeting: Meeting, day: date, times: tuple[time, time], zone: ZoneInfo) -> Meeting:
    """Return a meeting at another time, with its parts as far as there is time for them."""
    starts_at, ends_at = (instant(day, each, zone) for each in times)
    shift = starts_at - meeting.starts_at
    parts = [
        replace(
            each,
            starts_at=each.starts_at + shift,
            ends_at=min(each.ends_at + shift, ends_at),
        )
        for each in meeting.parts
        if each.starts_at + shift < ends_at
    ]
    if len(parts) == 1 and parts[0].starts_at == starts_at:
        parts = [replace(parts[0], ends_at=ends_at)]
    return replace(meeting, day=day, starts_at=starts_at, ends_at=ends_at, parts=tuple(parts))


def _move_following(given: Given, session: Session, wanted: Placed) -> Change:
    """Return the change of a meeting and of all that follow it in its series.

    What the form leaves as it is at this meeting stays as the series has it: who leads it once
    instead of somebody else does not lead all that follow. What changed again later in the series
    is replaced; where nothing did, the earlier pattern from the same day on is what was before.
    """
    meeting, now = session.meeting, _placed(session.meeting, given.zone)
    held, [day, times, room_id, staff_id] = meeting.occurrence or meeting.day, wanted
    series = given.program(meeting.program_id).series(str(meeting.track_id))
    pattern = series.pattern_on(held)
    differs = {name for name, one, other in zip(_PLACED, now, wanted, strict=True) if one != other}
    _check_follows(series, held, differs)
    changed = pattern
    if "times" in differs:
        starts, ends = times
        segments = _segments(series, pattern, times)
        changed = replace(changed, starts=starts, ends=ends, segments=segments)
    if "room" in differs:
        changed = replace(changed, room_id=room_id)
    if "leader" in differs and staff_id:
        changed = replace(changed, staff_id=staff_id)
    from_day = held
    if "day" in differs:
        changed, from_day = replace(changed, rule=_rule(pattern, held, day)), min(held, day)
    which = {
        "program_id": meeting.program_id,
        "track_id": meeting.track_id,
        "from_day": from_day,
    }
    later = [each.from_day for each in series.later if each.from_day > from_day]
    undo = {**which, "pattern": pattern, "reason": UNDONE}
    change = given.change(
        "program.change-following",
        {**which, "pattern": changed, "reason": given.reason, **_taking_off(given)},
        f"{given.name_of(session)} is changed from {from_day:%b} {from_day.day} on",
        None if later else ("program.change-following", undo),
    )
    return replace(change, notes=tuple(_notes(series, from_day, differs, later)))


def _check_follows(series: Series, held: date, differs: set[str]) -> None:
    """Raise Unsound for a meeting that was changed by itself in what is to change from it on."""
    if differs & _singly_changed(series, held):
        raise Unsound(
            "this meeting was changed alone, and would stay that way: "
            "let it follow its series first, or begin with the next meeting"
        )


def _singly_changed(series: Series, day: date) -> set[str]:
    """Return what is otherwise at one meeting than in its series."""
    found = series.deviations.get(day, Deviation(""))
    said = (found.day, found.starts, found.room_id, found.staff_id)
    return {name for name, each in zip(_PLACED, said, strict=True) if each is not None}


def _notes(series: Series, from_day: date, differs: set[str], later: list[date]) -> Iterator[str]:
    """Yield what a change of a series leaves as it is, and what it replaces."""
    alone = [each for each in series.deviations if each >= from_day]
    kept = sum(bool(differs & _singly_changed(series, each)) for each in alone)
    if kept:
        said = "1 meeting was" if kept == 1 else f"{kept} meetings were"
        yield f"{said} changed alone before, and will stay that way"
    if later:
        days = ", ".join(f"{each:%b} {each.day}" for each in later)
        yield f"The series was to change on {days}. This replaces it, and has no Undo"


def _segments(series: Series, pattern: Pattern, times: tuple[time, time]) -> Any:
    """Return the segments of a pattern that meets at another time."""
    first = series.track.first_day
    alone = Series(replace(series.track, pattern=pattern))
    starts, ends = times
    moved = alone.with_deviation(first, Deviation("", starts=starts, ends=ends)).occurrence(first)
    return moved.segments if moved else pattern.segments


def _rule(pattern: Pattern, before: date, after: date) -> str:
    """Return the rule of a pattern that meets on another day of the week. Raises Unsound."""
    one, other = weekday(before), weekday(after)
    if week_of(before, "monday") != week_of(after, "monday"):
        raise Unsound("all that follow move within their weeks: choose a day of the same week")
    parts = dict(each.split("=") for each in pattern.rule.split(";"))
    days = parts.get("BYDAY", "").split(",")
    if parts["FREQ"] != "WEEKLY" or one not in days:
        raise Unsound("this series meets on no fixed day of the week: move this one alone")
    if other in days:
        raise Unsound("the series meets on that day already: choose another one")
    days = sorted((other if each == one else each for each in days), key=WEEKDAYS.index)
    return ";".join(
        f"{name}={','.join(days) if name == 'BYDAY' else each}" for name, each in parts.items()
    )


def _times_of(meeting: Meeting, zone: ZoneInfo) -> tuple[time, time]:
    starts, ends = (each.astimezone(zone) for each in (meeting.starts_at, meeting.ends_at))
    return starts.time(), ends.time()


def _places(given: Given, meeting: Meeting, room_id: str) -> int:
    """Return the places of a meeting in a room: no more than that holds."""
    room = given.facility().rooms.get(room_id)
    return min(meeting.places, room.capacity) if room else meeting.places
