"""The sessions of a week as its page has them: what stands when and where, and in which color."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.plurals import counted
from projections import schedule
from services.reports.schedule import CONFLICTS
from services.web.page import Page
from services.web.track_colors import OF_NONE, track_colors
from services.web.week_lanes import Lane, is_crowded, lanes_of

OWN = "own"
"""Stands for the sessions that belong to no track."""

STEP = timedelta(minutes=5)
"""A row of the grid."""

NUMBER = re.compile(r"(?<=\D) \d+$")
"""What tells a session of its own from others of that name."""

AGAINST = {
    "duty_undecided": (
        "a patient has to be elsewhere then, and nobody has decided whether they come",
        "{} times patients have to be elsewhere then, and nobody has decided whether they come",
    ),
}
"""What the page says of conflicts for which reports have a shorter word."""

FIRST_HOUR, LAST_HOUR = 8, 21
"""The hours that the grid has at least."""


@dataclass(frozen=True, slots=True)
class Track:
    """A track in the legend, or (`OWN`) the sessions of none."""

    key: str
    name: str
    color: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A session: `place` are the classes of its place in the grid, `against` what is odd of it."""

    row: dict[str, Any]
    color: str
    place: str
    against: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called; the number that tells sessions of one name apart is left out."""
        return str(self.row["track"] or NUMBER.sub("", self.row["label"]))

    @property
    def short(self) -> str:
        """What stands for it in little room: of a session of its own, who leads it."""
        leader = self.row["leader"]
        return self.name if self.row["track"] or not leader else str(leader).split()[-1]

    @property
    def is_bad(self) -> bool:
        """Tell whether somebody has to look at it."""
        return bool(self.against) and self.row["state"] in {"scheduled", "started"}


@dataclass(frozen=True, slots=True)
class Closure:
    """A day on which programs are closed, and why."""

    program_id: str
    program: str
    reason: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week, with what is counted of it."""

    day: date
    blocks: tuple[Block, ...]
    closures: tuple[Closure, ...]
    census: str
    is_today: bool
    now_at: int | None
    """The step of the grid at which it is now."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The hours that a week shows; without any its days are lists."""

    first_hour: int
    last_hour: int
    is_listed: bool

    @property
    def hours(self) -> list[datetime]:
        """Each full hour, as a time of day."""
        midnight = datetime.min
        return [midnight + timedelta(hours=each) for each in range(self.first_hour, self.last_hour)]

    def step(self, day: date, at: datetime) -> int:
        """Return the step in which an instant on a site's clocks lies."""
        begins = datetime.combine(day, datetime.min.time()) + timedelta(hours=self.first_hour)
        passed = at.replace(tzinfo=None) - begins
        return min(max(passed // STEP, 0), (self.last_hour - self.first_hour) * 12)


@dataclass(frozen=True, slots=True)
class Week:
    """A week: its days, its hours and its tracks; `against` is what could not be scheduled."""

    first: date
    days: tuple[Day, ...]
    grid: Grid
    tracks: tuple[Track, ...]
    against: tuple[str, ...]

    @property
    def blocks(self) -> list[Block]:
        """All of its sessions."""
        return [each for day in self.days for each in day.blocks]

    @property
    def counts(self) -> str:
        """How many sessions there are, and how many were called off."""
        off = sum(each.row["state"] == "called_off" for each in self.blocks)
        return counted(len(self.blocks), "session") + (f", {off} called off" if off else "")


def week_of_page(
    page: Page, site: dict[str, Any], rows: Sequence[dict[str, Any]], first: date, shown: set[str]
) -> Week:
    """Return a week from the rows of its sessions; `shown` are keys of tracks, all if empty."""
    last = first + timedelta(days=6)
    asked = {"facility_id": page.facility_id, "first": first, "last": last, "only": None}
    against: defaultdict[str, list[str]] = defaultdict(list)
    for row in page.conn.execute(schedule.CONFLICTS, asked):
        if row.kind != "duty_accepted":
            one, several = AGAINST.get(row.kind) or CONFLICTS[row.kind]
            against[row.session_id].append(one if row.times == 1 else several.format(row.times))
    closures: defaultdict[date, list[Closure]] = defaultdict(list)
    for row in page.conn.execute(schedule.CLOSURES, asked):
        closures[row.day].append(Closure(row.program_id, row.program, row.reason))
    tracks = tuple(_tracks(site, rows, shown, track_colors(page)))
    color_of = {each.key: each.color for each in tracks if each.is_shown}
    mine = [each for each in rows if key_of(each) in color_of]
    days = [first + timedelta(days=each) for each in range(7)]
    taken = {each["date"] for each in rows} | closures.keys()
    days = [each for each in days if each.weekday() < 5 or each in taken]
    of_day = {day: [each for each in mine if each["date"] == day] for day in days}
    grid = _grid(mine, is_listed=any(map(is_crowded, of_day.values())))
    return Week(
        first,
        tuple(
            Day(
                day,
                tuple(
                    Block(
                        row,
                        color_of[key_of(row)],
                        place(row, grid, lane),
                        tuple(against[row["session_id"]]),
                    )
                    for row, lane in lanes_of(of_day[day])
                ),
                tuple(closures[day]),
                _census(page, day, of_day[day]),
                is_today=day == page.today,
                now_at=grid.step(day, page.now) if day == page.today else None,
            )
            for day in days
        ),
        grid,
        tracks,
        tuple(_blocked(page, asked)),
    )


def key_of(row: dict[str, Any]) -> str:
    """Return the key of the track to which a session belongs."""
    return f"{row['program_id']}/{row['track_id']}" if row["track_id"] else OWN


def _tracks(
    site: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    shown: set[str],
    colors: Mapping[tuple[str, str], str],
) -> Iterator[Track]:
    met = {key_of(each) for each in rows}
    for each in site["tracks"]:
        key = key_of(each)
        if key in met:
            color = colors[each["program_id"], each["track_id"]]
            yield Track(key, each["name"], color, is_shown=not shown or key in shown)
    if OWN in met:
        yield Track(OWN, "Individual and family", OF_NONE, is_shown=not shown or OWN in shown)


def _grid(rows: Sequence[dict[str, Any]], *, is_listed: bool) -> Grid:
    first = min((each["starts_at"].hour for each in rows), default=FIRST_HOUR)
    ends = (
        24 if each["ends_at"].date() > each["date"] else each["ends_at"].hour + 1 for each in rows
    )
    return Grid(min(first, FIRST_HOUR), max([LAST_HOUR, *ends]), is_listed)


def place(row: dict[str, Any], grid: Grid, lane: Lane) -> str:
    """Return the classes of a session's place in the grid of its day."""
    begins = grid.step(row["date"], row["starts_at"])
    ends = max(grid.step(row["date"], row["ends_at"] + STEP - timedelta(seconds=1)), begins + 1)
    return f"{lane.classes} s{begins} e{ends}"


def _census(page: Page, day: date, rows: Sequence[dict[str, Any]]) -> str:
    """Return how many came or will, and how many places are free, in words."""
    held = [each for each in rows if each["state"] != "called_off"]
    taken = sum(each["taken"] for each in held)
    if held and all(each["state"] == "closed" for each in held):
        return f"{sum(each['attended'] for each in held)} came of {taken}"
    groups = [each for each in held if each["track_id"]]
    free = sum(each["free"] for each in groups)
    places = f"{counted(free, 'place')} free" if free else "full"
    if day == page.today:
        return f"Today · {places}" if groups else "Today"
    if not held:
        return "" if rows else "Nothing scheduled"
    said = f"{taken} expected" if taken else "Nobody expected"
    return f"{said} · {f'{free} free' if free else 'full'}" if groups and day > page.today else said


def _blocked(page: Page, asked: dict[str, Any]) -> Iterator[str]:
    """Yield what could not be scheduled, to who can do something about it."""
    if not page.may("program.keep-track"):
        return
    wanted = {**asked, "sessions": None, "room_id": None, "staff_id": None}
    for row in page.conn.execute(schedule.BLOCKED, wanted):
        when = f"{row.day:%a, %b} {row.day.day}"
        yield f"{row.track or row.label}, {when}: not scheduled, since {row.what} is taken"


def title_of(days: Sequence[Day]) -> str:
    """Return the days of a week in words, as November 16 to 20."""
    first, last = days[0].day, days[-1].day
    ends = f"{last.day}" if first.month == last.month else f"{last:%B} {last.day}"
    return f"{first:%B} {first.day} to {ends}"
