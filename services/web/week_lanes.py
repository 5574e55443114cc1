"""Which sessions of a day stand beside each other: groups wide, sessions of their own narrow.

Of narrow ones that overlap the later stands over the earlier, whose first line still shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

COLUMNS = 12
"""The columns of a day, which lanes share."""

MOST_UNITS = 6
"""How much stands beside each other, at most; of more, a day is a list. A group is two."""

A_LINE = timedelta(minutes=20)
"""What shows one line in the grid."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a session stands: its first column, and how many it takes."""

    column: int
    width: int

    @property
    def classes(self) -> str:
        """The classes of the place."""
        return f"x{self.column} w{self.width}"


WHOLE = Lane(0, COLUMNS)


def is_crowded(rows: Sequence[Row]) -> bool:
    """Tell whether too many sessions of a day are at one time to stand beside each other."""
    return any(_units(_lanes(each)) > MOST_UNITS for each in _clusters(rows))


def lanes_of(rows: Sequence[Row]) -> list[tuple[Row, Lane]]:
    """Return the sessions of a day in the order in which they begin, each with its lane."""
    found: list[tuple[Row, Lane]] = []
    for cluster in _clusters(rows):
        found += _placed(_lanes(cluster))
    return sorted(found, key=lambda each: (each[0]["starts_at"], each[0]["label"]))


def _clusters(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the sessions that are at one time, directly or by others between them."""
    clusters: list[list[Row]] = []
    ends: datetime | None = None
    for row in sorted(rows, key=lambda each: each["starts_at"]):
        if ends is None or row["starts_at"] >= ends:
            clusters.append([])
            ends = row["ends_at"]
        clusters[-1].append(row)
        ends = max(ends, row["ends_at"])
    return clusters


@dataclass(slots=True)
class _Lanes:
    """Lanes from left to right, each with the sessions in it; `groups` are the wide ones."""

    rows: list[list[Row]]
    groups: int


def _lanes(cluster: Sequence[Row]) -> _Lanes:
    """Put groups into lanes, then the others, wherever there is room from the left."""
    lanes = _Lanes([], 0)
    for row in (each for each in cluster if each["track_id"]):
        _put(lanes, row)
    lanes.groups = len(lanes.rows)
    for row in (each for each in cluster if not each["track_id"]):
        _put(lanes, row)
    return lanes


def _put(lanes: _Lanes, row: Row) -> None:
    for number, lane in enumerate(lanes.rows):
        is_narrow = number >= lanes.groups and not row["track_id"]
        if _shows(lane, row) if is_narrow else _has_room(lane, row):
            lane.append(row)
            return
    lanes.rows.append([row])


def _shows(lane: Sequence[Row], row: Row) -> bool:
    """Tell whether the first line of each still shows with another one in a lane."""
    return all(abs(each["starts_at"] - row["starts_at"]) >= A_LINE for each in lane)


def _has_room(lane: Sequence[Row], row: Row) -> bool:
    starts, ends = row["starts_at"], row["ends_at"]
    return all(each["ends_at"] <= starts or ends <= each["starts_at"] for each in lane)


def _units(lanes: _Lanes) -> int:
    return 2 * lanes.groups + (len(lanes.rows) - lanes.groups)


def _placed(lanes: _Lanes) -> list[tuple[Row, Lane]]:
    """Give each session its columns, and those to its right in which nothing stands meanwhile."""
    narrow = len(lanes.rows) - lanes.groups
    slim = max(COLUMNS // max(_units(lanes), 1), 1)
    wide = max((COLUMNS - slim * narrow) // lanes.groups, 1) if lanes.groups else 0
    if not lanes.groups:
        slim = max(COLUMNS // narrow, 1)
    widths = [wide] * lanes.groups + [slim] * narrow
    widths[-1] = max(COLUMNS - sum(widths[:-1]), 1)
    found = []
    for number, lane in enumerate(lanes.rows):
        for row in lane:
            last = number + 1
            while last < len(lanes.rows) and _has_room(lanes.rows[last], row):
                last += 1
            column = min(sum(widths[:number]), COLUMNS - 1)
            width = min(sum(widths[number:last]), COLUMNS - column)
            found.append((row, Lane(column, width)))
    return found
