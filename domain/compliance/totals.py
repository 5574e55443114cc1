"""The rule about the first weeks of a stay: how much they come to in all. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from domain.care import Service
from domain.compliance.causes import by_the_record, by_whom
from domain.compliance.clocks import DAY
from domain.compliance.facts import Visit
from domain.compliance.finding import Finding, State
from domain.compliance.intervals import ENDED, Interval, StayOf
from domain.compliance.period import WEEK, minutes_of
from domain.compliance.thresholds import Outcome, Subject, compared, found
from domain.policy import Adopted
from domain.times import day_after


def first_weeks(of: StayOf, _: Adopted) -> Iterator[Interval]:
    """Yield the interval that begins with a stay."""
    began = of.stay.admitted_on
    if began >= of.since:
        yield Interval(of, began, (), None, (), None, "")


def total_hours(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for so many minutes in the first weeks of the stay.

    Washington, of deferred prosecutions: at least 72 hours of treatment within at most 12 weeks
    (WAC 246-341-0740(2)(a) as in force from 2021-07-01, read 2026-11-29,
    https://app.leg.wa.gov/WAC/default.aspx?cite=246-341-0740; its *first four weeks* are about the
    days a week). That the weeks begin with the admission, and that what was attended counts, is a
    reading of Daybook's (unverified). Who leaves before the time is over is not judged. Until then
    it is on track where what was attended and is still scheduled suffices, or is an even share of
    it for the days that are over or scheduled: nobody schedules twelve weeks at once.
    """
    required = adopted.policy.parameter("total_minutes_min")
    weeks = adopted.policy.parameter("total_weeks")
    if required is None or weeks is None:
        return None
    weeks_of = _FirstWeeks(interval, weeks.value, required.value, adopted.policy.counts)
    told = {*interval.of.base, *(event for each in weeks_of.visits for event in each.evidence)}
    waivers = tuple(interval.of.facts.waivers)
    subject = Subject(interval.of.facts.patient_id, None, interval.began, told, waivers)
    return found("total-hours", required, adopted, subject, weeks_of.outcome())


@dataclass(frozen=True)
class _FirstWeeks:
    """The first weeks of a stay, and how many minutes of the services that count they need."""

    interval: Interval
    weeks: int
    required: int
    counts: Collection[Service]

    @property
    def last(self) -> date:
        """The day on which they end."""
        return self.interval.began + self.weeks * WEEK - DAY

    @property
    def ends(self) -> date:
        """The day on which they end, or the stay before."""
        return min(self.last, self.interval.of.stay.discharged_on or self.last)

    @cached_property
    def visits(self) -> list[Visit]:
        """The visits of these days."""
        return [each for each in self.interval.of.visits if each.day <= self.ends]

    def outcome(self) -> Outcome:
        """Return what they come to, or will where they are not over."""
        attended = sum(minutes_of([each.credited], self.counts) for each in self.visits)
        if self.ends > self.interval.of.through:
            return self._ahead(attended)
        state, because = self._compared(attended)
        if state == "breached" and self.ends < self.last:
            state, because = "not_applicable", ENDED
        open_ended = [each for each in self.visits if not each.complete]
        known = [each for each in open_ended if minutes_of([each.scheduled], self.counts)]
        if state == "breached":
            theirs = (each.scheduled for each in self.visits if each.expected)
            offered = minutes_of(theirs, self.counts)
            because = by_whom(because, attended, self._what, offered, self.required)
        if known and state != "not_applicable":
            because = by_the_record(because, len(known), is_missed=state == "breached")
        return Outcome(self.ends, state, attended, because, tuple(e.session_id for e in known))

    def _ahead(self, attended: int) -> Outcome:
        """Return what they will come to, looked at again after each week of the stay."""
        of, began = self.interval.of, self.interval.began
        to_come = (each for each in self.visits if each.status == "scheduled" and each.expected)
        scheduled = (each.scheduled for each in to_come if not each.stays_away)
        total = attended + minutes_of(scheduled, self.counts)
        weeks_over = max((of.through - began + DAY) // WEEK, 0)
        over = began + weeks_over * WEEK - DAY
        known = max([over, *(each.day for each in self.visits if each.expected)])
        share = self.required * ((known - began).days + 1) // ((self.last - began).days + 1)
        _, said = self._compared(total, is_ahead=True)
        because = f"as scheduled, {said}; {share} are an even share by {known}"
        state: State = "on_track" if total >= share else "at_risk"
        until = day_after(min(over + WEEK, self.ends), of.calendar.zone)
        return Outcome(self.ends, state, total, because, from_then=until)

    @property
    def _what(self) -> str:
        span = "week" if self.weeks == 1 else f"{self.weeks} weeks"
        return f"minutes were attended in the first {span}"

    def _compared(self, minutes: int, *, is_ahead: bool = False) -> tuple[State, str]:
        return compared(minutes, self._what, "at least", self.required, is_ahead=is_ahead)
