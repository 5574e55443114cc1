"""Moves: of one session, or of a meeting and all that follow it in its series."""

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
    if (days, times, room_id, staff_id) == (
        meeting.day,
        _times_of(meeting, given.zone),
        meeting.room_id,
        meeting.staff_id,
    ):
        raise Unsound("nothing is different yet: choose another day, time, room or person")
    if meeting.track_id and given.fields.get("which") == "following":
        return _move_following(given, session, (days, times), room_id, staff_id)
    said = f"{given.name_of(session)} is moved"
    if meeting.track_id and given.may("program.change-meeting"):
        which = {
            "program_id": meeting.program_id,
            "track_id": meeting.track_id,
            "occurrence": meeting.occurrence,
        }
        before = (meeting.day, _times_of(meeting, given.zone), meeting.room_id, meeting.staff_id)
        after = (days, times, room_id, staff_id)
        deviation = _deviation(before, after, given.reason)
        back = _deviation(after, before, UNDONE)
        return given.change(
            "program.change-meeting",
            {**which, "deviation": deviation},
            said,
            ("program.change-meeting", {**which, "deviation": back}),
        )
    moved = _moved(meeting, days, times, given.zone)
    moved = replace(
        moved, room_id=room_id, staff_id=staff_id, places=_places(given, meeting, room_id)
    )
    return given.change(
        "session.reschedule",
        {"session_id": session.id, "meeting": moved},
        said,
        ("session.reschedule", {"session_id": session.id, "meeting": meeting}),
    )


Placed = tuple[date, tuple[time, time], str, str | None]
"""The day, times, room and leader of a meeting."""


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


def _move_following(
    given: Given,
    session: Session,
    when: tuple[date, tuple[time, time]],
    room_id: str,
    staff_id: str | None,
) -> Change:
    """Return the change of a meeting and of all that follow it in its series."""
    meeting, (day, (begins, ends)) = session.meeting, when
    program = given.program(meeting.program_id)
    held = meeting.occurrence or meeting.day
    series = program.series(str(meeting.track_id))
    pattern = series.pattern_on(held)
    changed = replace(
        pattern,
        starts=begins,
        ends=ends,
        segments=_segments(series, pattern, (begins, ends)),
        room_id=room_id,
        staff_id=staff_id or pattern.staff_id,
        rule=_rule(pattern, meeting.day, day),
    )
    return given.change(
        "program.change-following",
        {
            "program_id": meeting.program_id,
            "track_id": meeting.track_id,
            "from_day": min(held, day),
            "pattern": changed,
            "reason": given.reason,
        },
        f"{given.name_of(session)} is changed from {min(held, day):%b} {min(held, day).day} on",
    )


def _segments(series: Series, pattern: Pattern, times: tuple[time, time]) -> Any:
    """Return the segments of a pattern that meets at another time."""
    first = series.track.first_day
    alone = Series(replace(series.track, pattern=pattern))
    starts, ends = times
    moved = alone.with_deviation(first, Deviation("", starts=starts, ends=ends)).occurrence(first)
    return moved.segments if moved else pattern.segments


def _rule(pattern: Pattern, before: date, after: date) -> str:
    """Return the rule of a pattern with another day of the week. Raises Unsound."""
    one, other = weekday(before), weekday(after)
    if one == other and before == after:
        return pattern.rule
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
