"""Who comes to what, and how: decided by a patient's dice before it happens. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.demo.people import Course

FEW = timedelta(minutes=5)
"""For how long somebody stays, at least."""

Kind = Literal["comes", "excused", "absent", "no-show"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a visit: from when to when, or when somebody said that they do not come.

    Without `left` nobody signed them out.
    """

    kind: Kind
    arrives: datetime
    leaves: datetime | None
    told_at: datetime


def outcome_of(course: Course, day: date, begins: datetime, ends: datetime) -> Outcome:
    """Return what becomes of a patient's visit from `begins` to `ends`."""
    dice = course.dice(f"{day} {begins:%H:%M}")
    arrives = begins - timedelta(seconds=dice.randrange(60, 840))
    late = dice.random()
    if late < 0.005:
        arrives = begins + timedelta(seconds=dice.randrange(1200, 2400))
    elif late < 0.08:
        arrives = begins + timedelta(seconds=dice.randrange(610, 840))
    leaves: datetime | None = ends + timedelta(seconds=dice.randrange(10, 240))
    if dice.random() < 0.006:
        leaves = max(ends - timedelta(seconds=dice.randrange(900, 3000)), arrives + FEW)
    elif dice.random() < 0.002:
        leaves = None
    told_at = begins - timedelta(minutes=dice.randrange(40, 150))
    kind: Kind = "comes"
    if dice.random() > course.reliable:
        kind = dice.choice(("excused", "absent", "no-show", "no-show"))
    return Outcome(kind, arrives, leaves, told_at)
