"""The day to which asking on each day of a window comes."""

from collections.abc import Collection
from datetime import date

from domain.monitoring.draw import Gaps, is_drawn
from domain.times import days


def drawn_day(
    seed: bytes, number: int, *, last: date, gaps: Gaps, comes_on: Collection[date]
) -> date:
    return next(
        day
        for day in days(*gaps.window(last))
        if is_drawn(seed, number, day, last=last, gaps=gaps, comes_on=comes_on)
    )
