"""What the benchmarks print, and how they take time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Clock:
    """Measures one stretch of work."""

    seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - start


def show(what: str, count: int, clock: Clock, unit: str = "events") -> float:
    rate = count / clock.seconds
    print(f"{what:<44}{count:>9,} {unit} {clock.seconds:>8.2f} s {rate:>10,.0f} a second")
    return rate


def against(rate: float, other: float) -> None:
    print(f"{'':<44}{rate / other:.1f} times the alternative")
