"""The day at a glance: rooms by hours, as lines and blocks of a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.web.page import Page
from services.web.today_groups import Group
from services.web.today_side import how_it_runs
from services.web.words import clock, clock_range

WIDTH, LEFT, RIGHT = 1240, 112, 12
TOP, ROW, BLOCK = 21, 25, 22
FEWEST_HOURS = 8
LETTER = 6.6
"""Pixels of a letter, about: what does not fit is left out."""


@dataclass(frozen=True, slots=True)
class Block:
    """A session in the strip."""

    session_id: str
    color: str
    title: str
    name: str
    said: str
    x: float
    y: int
    width: float
    is_past: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The drawing: hours by their x, rooms by their y, sessions, and where now is."""

    height: int
    hours: tuple[tuple[float, str], ...]
    rooms: tuple[tuple[int, str], ...]
    blocks: tuple[Block, ...]
    now: float | None


def strip_of(page: Page, groups: Sequence[Group]) -> Strip | None:
    """Return the drawing of a day; none where nothing is on."""
    if not groups:
        return None
    day = min(group.starts_at for group in groups).date()
    midnight = datetime.combine(day, time(), page.facility.zone)
    first = min(group.starts_at for group in groups).hour
    last = max(_hour_after(group.ends_at, midnight) for group in groups)
    first = max(0, min(first, last - FEWEST_HOURS))
    scale = (WIDTH - LEFT - RIGHT) / (last - first)

    def x_of(at: datetime) -> float:
        hours = (at.replace(tzinfo=None) - midnight.replace(tzinfo=None)) / timedelta(hours=1)
        return round(LEFT + (hours - first) * scale, 1)

    rooms = list(dict.fromkeys(str(group.facts["room"]) for group in groups))
    lanes: dict[str, list[list[Group]]] = {room: [] for room in rooms}
    placed: list[tuple[Group, int]] = []
    rows: list[tuple[int, str]] = []
    number = 0
    for room in rooms:
        for group in (each for each in groups if each.facts["room"] == room):
            lane = next((i for i, taken in enumerate(lanes[room]) if _is_free(taken, group)), None)
            if lane is None:
                lanes[room].append([])
                lane = len(lanes[room]) - 1
            lanes[room][lane].append(group)
            placed.append((group, number + lane))
        rows.append((TOP + number * ROW + 15, _short(room)))
        number += len(lanes[room])
    blocks = tuple(
        _block(group, x_of(group.starts_at), x_of(group.ends_at), TOP + row * ROW)
        for group, row in placed
    )
    now = x_of(page.now) if page.now.date() == day else None
    inside = now is not None and LEFT <= now <= WIDTH - RIGHT
    return Strip(
        height=TOP + number * ROW,
        hours=tuple(
            (x, "" if inside and now and -72 < x - now < -5 else _hour(hour))
            for hour in range(first, last)
            for x in (round(LEFT + (hour - first) * scale, 1),)
        ),
        rooms=tuple(rows),
        blocks=blocks,
        now=now if inside else None,
    )


def _block(group: Group, x: float, ends: float, y: int) -> Block:
    width = round(max(ends - x, 6), 1)
    count = said_of(group)
    room = (width - 16) / LETTER
    called = in_short(group)
    name = called if len(called) <= room else f"{called[: max(0, int(room) - 1)]}…"
    fits = len(called) + len(count) + 2 <= room
    title = f"{group.name}, {clock_range(group.starts_at, group.ends_at)}, {count}"
    return Block(
        group.session_id,
        group.color,
        title,
        name if room >= 3 else "",
        count if fits else "",
        x,
        y,
        width,
        group.is_over,
    )


def said_of(group: Group) -> str:
    """Return in a few words how many of a session are there."""
    if group.state == "called_off":
        return "called off"
    if group.is_closed:
        return f"{group.came} came"
    if group.is_over or group.of("here"):
        return how_it_runs(group) if group.is_over else f"{group.came} of {group.expected} here"
    return f"{group.expected} to come"


def in_short(group: Group) -> str:
    """Return what a session is called where there is little room: one of its own by its leader."""
    leader = str(group.facts["leader"] or "")
    return leader.rsplit(maxsplit=1)[-1] if leader and not group.facts["track_id"] else group.name


def chip_said(group: Group) -> str:
    """Return what the chip of a session says on a phone."""
    return f"{clock(group.starts_at)} · {said_of(group)}"


def _is_free(taken: Sequence[Group], group: Group) -> bool:
    return all(each.ends_at <= group.starts_at or group.ends_at <= each.starts_at for each in taken)


def _hour_after(at: datetime, midnight: datetime) -> int:
    hours = (at.replace(tzinfo=None) - midnight.replace(tzinfo=None)) / timedelta(hours=1)
    return int(hours) + (hours > int(hours))


def _hour(hour: int) -> str:
    return f"{hour % 12 or 12} {'am' if hour % 24 < 12 else 'pm'}"


def _short(room: str) -> str:
    return room if len(room) <= 15 else f"{room[:14]}…"
