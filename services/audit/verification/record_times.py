"""Whether the record's own time goes back: what was dated back shows, if not when it was done."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from operator import le
from typing import NamedTuple

import orjson

from services.audit.tree.sealed_logs import SealedRow

PUNCTUAL = 60.0
"""Seconds by which an event may say an earlier time than the one before it.

What waits for the journal at once is decided at times of its own, and saved together.
"""

MOST_NAMED = 20
"""Events that go back in time which are named, in one stretch."""

_BEGINS = b'{"timestamp":"'
_TIME_ENDS = len(_BEGINS) + 26
"""Where the microseconds end. Of two texts up to there, both in UTC, the later one is greater."""


class Moment(NamedTuple):
    """An event and the time at which it says that it was recorded."""

    name: str
    position: int
    at: datetime


class TimeBack(NamedTuple):
    """An event that says it was recorded so many seconds before the one that precedes it."""

    name: str
    position: int
    seconds: float


class RecordTimes:
    """The times of a stretch of events, taken in page by page."""

    def __init__(self) -> None:
        self.first: Moment | None = None
        self.last: Moment | None = None
        self.back: list[TimeBack] = []
        self.count = 0

    def take(self, page: Sequence[SealedRow]) -> None:
        """Take in the next events."""
        if not page:
            return
        begins = moment_of(page[0])
        self.first = self.first or begins
        self._note(self.last, begins)
        if not _is_in_order(page):
            for earlier, later in pairwise(page):
                self._note(moment_of(earlier), moment_of(later))
        self.last = moment_of(page[-1])

    def join(self, others: Iterable["RecordTimes"]) -> None:
        """Take in what was noted of the stretches that follow."""
        for other in others:
            if other.first:
                self.first = self.first or other.first
                self._note(self.last, other.first)
                self.last = other.last
            self.count += other.count
            self.back = [*self.back, *other.back][:MOST_NAMED]

    def _note(self, earlier: Moment | None, later: Moment | None) -> None:
        if earlier is None or later is None:
            return
        seconds = (earlier.at - later.at).total_seconds()
        if seconds > PUNCTUAL:
            self.count += 1
            if len(self.back) < MOST_NAMED:
                self.back.append(TimeBack(later.name, later.position, seconds))


def _is_in_order(page: Sequence[SealedRow]) -> bool:
    """Tell whether no event says an earlier time than the one before it, by the texts alone."""
    texts = [row.state[:_TIME_ENDS] for row in page]
    # Where the first and the last of texts in order begin so, all of them do.
    ends = texts[0].startswith(_BEGINS) and texts[-1].startswith(_BEGINS)
    return ends and all(map(le, texts, texts[1:]))


def moment_of(row: SealedRow) -> Moment | None:
    """Return when an event says that it was recorded; None where it says nothing that is a time."""
    try:
        at = datetime.fromisoformat(orjson.loads(row.state)["timestamp"])
    except (KeyError, TypeError, ValueError):
        return None
    return Moment(f"{row.aggregate_id}:{row.version}", row.position, at)
