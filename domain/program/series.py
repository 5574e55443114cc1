"""A track as it runs: its patterns one after the other, and what is otherwise at single meetings.

The days are those of RFC 5545: a rule, days taken out of it, and meetings that are changed on their
own, each known by the day on which the rule has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta

from domain import bounds
from domain.errors import EndsBeforeStart, NoSuchMeeting, OutsideMeeting
from domain.program.pattern import (
    Modality,
    Pattern,
    Segment,
    check_pattern,
    check_segments,
    days_by,
    weekdays_of,
)
from domain.times import in_week_order

HORIZON = timedelta(weeks=12)
"""How far ahead a track that is still running has its sessions scheduled."""


@dataclass(frozen=True, slots=True)
class Track:
    """A weekly group as it was set up. `last_day` is None while it runs; both days are included."""

    track_id: str
    name: str
    first_day: date
    last_day: date | None
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Deviation:
    """What is otherwise at one meeting; None where it goes as the series does.

    With `off` the track does not meet that day. Starts and ends are given together; without
    segments of its own a meeting at other times takes those of the series along.
    """

    reason: str
    off: bool | None = None
    day: date | None = None
    starts: time | None = None
    ends: time | None = None
    segments: tuple[Segment, ...] | None = None
    room_id: str | None = None
    staff_id: str | None = None
    modality: Modality | None = None

    def then(self, later: "Deviation") -> "Deviation":
        """Return what both together make otherwise; where both say something the later one does."""
        said = {each.name: getattr(later, each.name) for each in fields(later)}
        said = {name: value for name, value in said.items() if value is not None}
        if later.starts is not None:
            said["segments"] = later.segments
        return replace(self, **said)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting as it is to be, by the facility's clocks.

    `occurrence` is the day on which the rule has it (its RECURRENCE-ID), `day` the one on which it
    is.
    """

    occurrence: date
    day: date
    starts: time
    ends: time
    room_id: str
    staff_id: str
    capacity: int
    segments: tuple[Segment, ...]
    modality: Modality


@dataclass(frozen=True, slots=True)
class Change:
    """From a day on the track meets by another pattern."""

    from_day: date
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Series:
    """A track with its later patterns (in the order of their days) and its deviations."""

    track: Track
    later: tuple[Change, ...] = ()
    deviations: dict[date, Deviation] = field(default_factory=dict)

    @property
    def weekdays(self) -> tuple[str, ...]:
        """The days of the week on which the track can meet, from Monday on."""
        return in_week_order(
            day
            for change in self._patterns()
            for day in weekdays_of(change.pattern.rule, change.from_day)
        )

    def includes(self, day: date) -> bool:
        """Tell whether a day lies within the track's first and last."""
        last = self.track.last_day
        return self.track.first_day <= day and (last is None or day <= last)

    def pattern_on(self, day: date) -> Pattern:
        """Return the pattern in force on a day; before the track's first day the first one."""
        in_force = [each.pattern for each in self.later if each.from_day <= day]
        return in_force[-1] if in_force else self.track.pattern

    def falls_on(self, day: date) -> bool:
        """Tell whether the rule in force has a meeting on a day."""
        return self.includes(day) and day in set(self._rule_days(day, day))

    def check_meeting(self, day: date) -> None:
        """Raise NoSuchMeeting for a day on which the rule has none, and none was changed."""
        if day not in self.deviations and not self.falls_on(day):
            raise NoSuchMeeting(day=day)

    def occurrences(
        self, closures: Mapping[date, str], first: date, through: date
    ) -> Iterator[Occurrence]:
        """Yield the meetings that the rule has from `first` to `through`, in order.

        A meeting that was changed on its own takes place also where a later rule no longer has its
        day. None takes place on a day on which the program is closed.
        """
        singled_out = {
            day for day in self.deviations if first <= day <= through and self.includes(day)
        }
        for day in sorted(singled_out | set(self._rule_days(first, through))):
            occurrence = self.occurrence(day)
            if occurrence and occurrence.day not in closures:
                yield occurrence

    def meetings(
        self, closures: Mapping[date, str], first: date, through: date
    ) -> Iterator[Occurrence]:
        """Yield the meetings that are held from `first` to `through`, wherever the rule has them.

        They come in the order of the rule's days.
        """
        changed = {
            rule_day
            for rule_day, deviation in self.deviations.items()
            if first <= (deviation.day or rule_day) <= through and self.includes(rule_day)
        }
        for rule_day in sorted(changed | set(self._rule_days(first, through))):
            occurrence = self.occurrence(rule_day)
            held = occurrence is not None and first <= occurrence.day <= through
            if occurrence and held and occurrence.day not in closures:
                yield occurrence

    def occurrence(self, day: date) -> Occurrence | None:
        """Return the meeting that the rule has on a day; None where it was taken out."""
        pattern, deviation = self.pattern_on(day), self.deviations.get(day)
        if deviation is None:
            deviation = Deviation("")
        if deviation.off:
            return None
        starts, ends = deviation.starts or pattern.starts, deviation.ends or pattern.ends
        segments = deviation.segments
        if segments is None:
            segments = tuple(_taken_along(pattern, starts, ends))
        return Occurrence(
            occurrence=day,
            day=deviation.day or day,
            starts=starts,
            ends=ends,
            room_id=deviation.room_id or pattern.room_id,
            staff_id=deviation.staff_id or pattern.staff_id,
            capacity=pattern.capacity,
            segments=segments,
            modality=deviation.modality or pattern.modality,
        )

    # Changes

    def revised(self, track: Track) -> "Series":
        """Return the series with another name, days or first pattern; deviations stay."""
        later = tuple(each for each in self.later if each.from_day > track.first_day)
        return replace(self, track=track, later=later)

    def changed(self, from_day: date, pattern: Pattern) -> "Series":
        """Return the series with another pattern from a day on; deviations stay."""
        earlier = tuple(each for each in self.later if each.from_day < from_day)
        return replace(self, later=(*earlier, Change(from_day, pattern)))

    def with_deviation(self, day: date, deviation: Deviation) -> "Series":
        """Return the series with something otherwise at one meeting."""
        known = self.deviations.get(day)
        merged = known.then(deviation) if known else deviation
        return replace(self, deviations={**self.deviations, day: merged})

    def without_deviation(self, day: date) -> "Series":
        """Return the series with a meeting as the rule has it."""
        rest = {key: each for key, each in self.deviations.items() if key != day}
        return replace(self, deviations=rest)

    # Days

    def _patterns(self) -> tuple[Change, ...]:
        return (Change(self.track.first_day, self.track.pattern), *self.later)

    def _rule_days(self, first: date, through: date) -> Iterator[date]:
        """Yield the days of each rule while it is in force."""
        patterns = self._patterns()
        for change, following in zip(patterns, (*patterns[1:], None), strict=True):
            last = min(through, self.track.last_day or through)
            for day in days_by(change.pattern.rule, change.from_day, last):
                if following and day >= following.from_day:
                    break
                if day >= first:
                    yield day


def _taken_along(pattern: Pattern, starts: time, ends: time) -> Iterator[Segment]:
    """Yield a pattern's segments from another start on, as far as there is time for them."""
    if (starts, ends) == (pattern.starts, pattern.ends):
        yield from pattern.segments
        return
    shift, last = _minute(starts) - _minute(pattern.starts), _minute(ends)
    for segment in pattern.segments:
        first, end = _minute(segment.starts) + shift, min(_minute(segment.ends) + shift, last)
        if first < end:
            yield replace(segment, starts=_time(first), ends=_time(end))


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def check_track(track: Track) -> None:
    """Raise the refusal that a track's own days or pattern call for."""
    if track.last_day is not None and track.last_day < track.first_day:
        raise EndsBeforeStart(start="first_day", end="last_day")
    check_pattern(track.pattern)


def check_length(series: Series, now: datetime) -> None:
    """Raise TooMuchAtOnce for a track with too many meetings up to the horizon."""
    through = now.date() + HORIZON
    meetings = sum(1 for _ in series.occurrences({}, series.track.first_day, through))
    bounds.check_count("meetings of one track", meetings, bounds.MOST_MEETINGS)


def check_deviation(deviation: Deviation) -> None:
    """Raise the refusal that the times of a changed meeting call for."""
    starts, ends = deviation.starts, deviation.ends
    if starts is None or ends is None:
        if starts is not ends:
            raise EndsBeforeStart(start="starts", end="ends")
        if deviation.segments is not None:
            raise OutsideMeeting
    elif ends <= starts:
        raise EndsBeforeStart(start="starts", end="ends")
    else:
        check_segments(deviation.segments or (), starts, ends)
