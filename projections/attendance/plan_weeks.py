"""What a patient's weeks come to: what was offered and attended, against what is required.

What a week adds up to is the SQL view `attendance.weeks`; here it meets the plan of care.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from domain.times import WeekStart, week_of

Verdict = Literal["partial_week", "met", "program_shortfall", "short"]


@dataclass(frozen=True, slots=True)
class Stay:
    """One patient's treatment and plans (by the day from which each holds, in order)."""

    patient_id: str
    admitted_on: date
    discharged_on: date | None
    plans: tuple[tuple[date, int, int], ...]

    def plan_of(self, week_ends: date) -> tuple[int, int]:
        """Return the minutes and days that the plan asks of a week, by the last one in force.

        Of a patient without a plan nothing is asked.
        """
        in_force = [each for each in self.plans if each[0] <= week_ends] or self.plans[:1]
        return in_force[-1][1:] if in_force else (0, 0)


@dataclass(frozen=True, slots=True)
class Week:
    """What a patient's week came to; minutes and days of sessions that were not called off."""

    patient_id: str
    week_of: date
    scheduled_minutes: int
    credited_minutes: int
    scheduled_days: int
    credited_days: int
    required_minutes: int
    required_days: int
    verdict: Verdict


def weeks(
    stay: Stay, sums: Iterable[Any], week_starts_on: WeekStart, through: date
) -> Iterator[Week]:
    """Yield each week that touches the stay and ends on or before the last day looked at.

    `sums` are the patient's rows of WEEKS.
    """
    by_week = {row.week_of: row for row in sums}
    first = week_of(stay.admitted_on, week_starts_on)
    last = min(stay.discharged_on or through, through)
    while first <= last:
        if first + timedelta(days=6) <= through:
            yield _week(stay, first, by_week.get(first))
        first += timedelta(weeks=1)


def _week(stay: Stay, first: date, sums: Any | None) -> Week:
    last = first + timedelta(days=6)
    minutes = sums.scheduled_minutes if sums else 0
    days = sums.scheduled_days if sums else 0
    credited_minutes = sums.credited_minutes if sums else 0
    credited_days = sums.credited_days if sums else 0
    required_minutes, required_days = stay.plan_of(last)
    verdict: Verdict = "short"
    if first < stay.admitted_on or (stay.discharged_on is not None and stay.discharged_on < last):
        verdict = "partial_week"
    elif credited_minutes >= required_minutes and credited_days >= required_days:
        verdict = "met"
    elif minutes < required_minutes or days < required_days:
        verdict = "program_shortfall"
    return Week(
        patient_id=stay.patient_id,
        week_of=first,
        scheduled_minutes=minutes,
        credited_minutes=credited_minutes,
        scheduled_days=days,
        credited_days=credited_days,
        required_minutes=required_minutes,
        required_days=required_days,
        verdict=verdict,
    )
