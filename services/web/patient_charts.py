"""Hours against the plan and attendance by day: what templates draw as SVG and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.plurals import counted
from services.reports.verdict_words import visit_words
from services.web.patient_visits import Visit
from services.web.words import hours

WEEKS_SHOWN = 10

# Hours against the plan, in the units of its view box

WIDTH, LEFT, RIGHT = 760, 34, 722
FLOOR, TOP = 212.0, 57.0
BAR = 36
ABOVE, LABEL = 7, 24


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a bar: attended (`att`), made up (`mk`), excused (`exc`) or to come (`ghost`)."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A week in the chart of hours."""

    week_of: date
    x: float
    blocks: tuple[Block, ...]
    value: str
    top: float
    goal: float | None
    note: str
    is_short: bool
    is_current: bool

    left: float
    right: float
    """From where to where its week reaches."""

    @property
    def label(self) -> float:
        """Where its value stands: above its top, and never on the line of the plan."""
        if self.goal is not None and self.top - LABEL < self.goal < self.top:
            return self.goal - ABOVE
        return self.top - ABOVE

    @property
    def middle(self) -> float:
        """Where its texts stand."""
        return self.x + BAR / 2


@dataclass(frozen=True, slots=True)
class HoursChart:
    """Hours of the last weeks against the plan."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    says: str


def hours_chart(
    weeks: Sequence[Mapping[str, Any]], visits: Sequence[Visit], running: date | None
) -> HoursChart | None:
    """Return the chart of the last weeks, the oldest first; None where there is none.

    `weeks` are rows of the question of that name; `running` is the first day of the present week.
    """
    shown = weeks[-WEEKS_SHOWN:]
    if not shown:
        return None
    of_week = {row["week_of"]: _minutes(visits, row) for row in shown}
    highest = max(
        60, *(row["required_minutes"] for row in shown), *(sum(each) for each in of_week.values())
    )
    scale = (FLOOR - TOP) / highest
    slot = (RIGHT - LEFT) / max(len(shown), 6)
    bars = tuple(
        _bar(row, of_week[row["week_of"]], scale, (LEFT + slot * number, slot), running)
        for number, row in enumerate(shown)
    )
    return HoursChart(bars, _ticks(highest, scale), _says(shown, running))


def _minutes(visits: Sequence[Visit], row: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """Return a week's minutes that were attended, made up, excused, and are to come."""
    theirs = [each for each in visits if each.week == row["week_of"]]
    made_up = sum(each.credited_minutes for each in theirs if each.is_make_up)
    excused = sum(
        each.scheduled_minutes
        for each in theirs
        if each.status == "excused" and not each.made_up and not each.called_off
    )
    to_come = sum(each.scheduled_minutes for each in theirs if each.is_coming)
    return row["credited_minutes"] - made_up, made_up, excused, to_come


def _bar(
    row: Mapping[str, Any],
    minutes: tuple[int, int, int, int],
    scale: float,
    slot: tuple[float, float],
    running: date | None,
) -> Bar:
    left, width = slot
    y, blocks = FLOOR, []
    for kind, each in zip(("att", "mk", "exc", "ghost"), minutes, strict=True):
        if each > 0:
            y -= each * scale
            blocks.append(Block(kind, round(y, 1), round(each * scale, 1)))
    is_current = row["week_of"] == running
    is_judged = not (is_current or row.get("leave"))
    is_short = is_judged and row["verdict"] in {"short", "program_shortfall"}
    note = _short(row) if is_short else "so far" if is_current else ""
    if not is_current and row["verdict"] == "partial_week":
        note = "part"
    elif not is_current and row.get("leave"):
        note = "on leave"
    required = row["required_minutes"]
    return Bar(
        week_of=row["week_of"],
        x=round(left + (width - BAR) / 2, 1),
        blocks=tuple(blocks),
        value=hours(row["credited_minutes"]),
        top=round(y, 1),
        goal=round(FLOOR - required * scale, 1) if required else None,
        note=note,
        is_short=is_short,
        is_current=is_current,
        left=round(left, 1),
        right=round(left + width, 1),
    )


def _short(row: Mapping[str, Any]) -> str:
    """Return what a week came to in a few words: by how much it is short, or who offered less."""
    if row["verdict"] == "program_shortfall":
        return "less offered"
    minutes = row["required_minutes"] - row["credited_minutes"]
    if minutes > 0:
        return f"−{hours(minutes)}"
    return f"{row['credited_days']} of {counted(row['required_days'], 'day')}"


def _ticks(highest: int, scale: float) -> tuple[tuple[float, str], ...]:
    step = next((each for each in (60, 120, 180, 300) if highest / each <= 5), 600)
    return tuple(
        (round(FLOOR - minutes * scale, 1), f"{minutes // 60} h")
        for minutes in range(0, highest + 1, step)
    )


def _says(weeks: Sequence[Mapping[str, Any]], running: date | None) -> str:
    """Return the chart in words."""
    said = []
    for row in weeks:
        of = f" of {hours(row['required_minutes'])}" if row["required_minutes"] else ""
        now = " so far" if row["week_of"] == running else ""
        said.append(f"{row['week_of']:%b} {row['week_of'].day}: {hours(row['credited_minutes'])}")
        said[-1] += of + now
    return f"Hours attended a week, against the plan. {'; '.join(said)}."


# Attendance as a calendar


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar: its kind, what stands in it, and that in words."""

    kind: str = ""
    text: str = ""
    says: str = "nothing scheduled"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Attendance by week and weekday; `rows` are the weekdays with each week's cell."""

    weeks: tuple[date, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    counts: Mapping[str, int]


def calendar_of(visits: Sequence[Visit], last_week: date) -> Calendar | None:
    """Return the calendar of the last weeks, up to one; None where nothing was scheduled."""
    known = [each for each in visits if each.week <= last_week]
    if not known:
        return None
    first = max(known[0].week, last_week - timedelta(weeks=WEEKS_SHOWN - 1))
    weeks = tuple(
        first + timedelta(weeks=number) for number in range((last_week - first).days // 7 + 1)
    )
    shown = [each for each in known if each.week >= first]
    by_day: dict[date, list[Visit]] = {}
    for each in shown:
        by_day.setdefault(each.day, []).append(each)
    offsets = sorted({(each.day - each.week).days for each in shown})
    rows = tuple(
        (
            f"{first + timedelta(days=offset):%a}",
            tuple(_cell(by_day.get(week + timedelta(days=offset), [])) for week in weeks),
        )
        for offset in offsets
    )
    return Calendar(weeks, rows, _counts(shown))


def _cell(visits: Sequence[Visit]) -> Cell:
    cells = [_of_visit(each) for each in visits]
    if len(cells) < 2:
        return cells[0] if cells else Cell()
    minutes = sum(each.credited_minutes for each in visits)
    kinds = {each.kind for each in cells}
    says = "; ".join(each.says for each in cells)
    if not minutes:
        first = next(each for kind in "asqec" for each in cells if each.kind == kind)
        return Cell(first.kind, first.text, says)
    kind = "h" if kinds & {"a", "e", "q", "h"} else "p" if "p" in kinds else "m"
    return Cell(kind, _wall(minutes), says)


def _of_visit(visit: Visit) -> Cell:
    minutes, said = visit.credited_minutes, hours(visit.credited_minutes)
    if visit.called_off or visit.status == "cancelled":
        return Cell("c", "", visit_words("cancelled"))
    match visit.status:
        case "scheduled" if visit.stays_away:
            return Cell("e", "–", "said that they will not come")
        case "scheduled":
            at = visit.starts_at
            hour = f"{at.hour % 12 or 12}{f':{at:%M}' if at.minute else ''}"
            half = "am" if at.hour < 12 else "pm"
            return Cell("s", f"{hour} {half}", f"scheduled at {hour} {half}")
        case "attended" if visit.is_make_up:
            return Cell("m", _wall(minutes), f"made up {said}")
        case "attended":
            whole = minutes >= visit.scheduled_minutes and not visit.is_partial
            part = "" if whole else ", came late or left early"
            return Cell("p" if whole else "h", _wall(minutes), f"attended {said}{part}")
        case "incomplete":
            return Cell("q", "?", "the sign-in sheet is incomplete")
        case "excused":
            return Cell("e", "E", f"excused{', made up' if visit.made_up else ''}")
        case "turned_away":
            return Cell("a", "T", "turned away")
    return Cell("a", "✕", f"{visit_words(visit.status)}{', made up' if visit.made_up else ''}")


def _wall(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _counts(visits: Sequence[Visit]) -> dict[str, int]:
    """Return how many of the sessions that took place were attended, excused, missed, made up."""
    kept = [each for each in visits if not each.called_off and not each.is_make_up]
    over = [each for each in kept if each.status not in {"scheduled", "cancelled"}]
    return {
        "over": len(over),
        "attended": sum(each.status in {"attended", "incomplete"} for each in over),
        "excused": sum(each.status == "excused" for each in over),
        "unexcused": sum(each.status in {"absent", "no_show"} for each in over),
        "turned_away": sum(each.status == "turned_away" for each in over),
        "made_up": sum(each.is_make_up and each.status == "attended" for each in visits),
    }
