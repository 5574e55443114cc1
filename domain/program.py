"""A program: its weekly tracks, their pattern and segments, and the days on which it is closed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Literal, Self

from domain.aggregate import Aggregate, Cause, Event, Opening, derived_id
from domain.errors import EndsBeforeStart, NotPositive, OutsideMeeting, SegmentsOverlap
from domain.times import days, weekday

Population = Literal["adult", "adolescent"]
Focus = Literal["substance-use", "mental-health", "co-occurring"]
Service = Literal["group", "individual", "family", "education", "skills", "holistic", "break"]

HORIZON = timedelta(weeks=12)
"""How far ahead a track that is still running has its sessions scheduled."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a meeting, by the facility's clocks; a break counts for nothing."""

    starts: time
    ends: time
    service: Service
    title: str


@dataclass(frozen=True, slots=True)
class Track:
    """A weekly group. `last_day` is None while it is still running; days are both included."""

    track_id: str
    name: str
    weekdays: tuple[str, ...]
    starts: time
    ends: time
    first_day: date
    last_day: date | None
    room_id: str
    staff_id: str
    capacity: int
    segments: tuple[Segment, ...] = ()


# Events


class ProgramOpened(Opening):
    """A program began. What it prescribes is in minutes and days a week."""

    TOPIC = "program.opened"

    program_id: str
    name: str
    population: Population
    focus: Focus
    weekly_minutes: int
    days_per_week: int


class ProgramRevised(Event):
    """A program's name, people or prescription changed."""

    TOPIC = "program.revised"

    name: str
    population: Population
    focus: Focus
    weekly_minutes: int
    days_per_week: int


class TrackOpened(Event):
    """A weekly group was set up, with the segments of its meetings."""

    TOPIC = "program.track-opened"

    track: Track


class TrackRevised(Event):
    """A weekly group's pattern, place, people or segments changed."""

    TOPIC = "program.track-revised"

    track: Track


class ClosureDeclared(Event):
    """The program's tracks do not meet on this day."""

    TOPIC = "program.closure-declared"

    day: date
    reason: str


class ClosureRevised(Event):
    """The reason of a closure is another."""

    TOPIC = "program.closure-revised"

    day: date
    reason: str


class Program(Aggregate):
    """Guards that a program's tracks make sense, and says on which days they meet."""

    TOPIC = "program"

    program_id: str
    name: str
    population: Population
    focus: Focus
    weekly_minutes: int
    days_per_week: int
    tracks: dict[str, Track] = field(default_factory=dict)
    closures: dict[date, str] = field(default_factory=dict)

    @staticmethod
    def id_of(facility_id: str, program_id: str) -> str:
        """Return the aggregate's id."""
        return derived_id("program", facility_id, program_id)

    # Commands

    @classmethod
    def start(
        cls,
        cause: Cause,
        *,
        facility_id: str,
        program_id: str,
        name: str,
        population: Population,
        focus: Focus,
        weekly_minutes: int,
        days_per_week: int,
    ) -> Self:
        """Open a program that prescribes so many minutes and days a week."""
        _check_prescription(weekly_minutes, days_per_week)
        return cls.open(
            ProgramOpened,
            cause,
            id=cls.id_of(facility_id, program_id),
            facility_id=facility_id,
            program_id=program_id,
            name=name,
            population=population,
            focus=focus,
            weekly_minutes=weekly_minutes,
            days_per_week=days_per_week,
        )

    def revise(
        self,
        cause: Cause,
        *,
        name: str,
        population: Population,
        focus: Focus,
        weekly_minutes: int,
        days_per_week: int,
    ) -> None:
        """Change what a program is called, whom it is for or what it prescribes."""
        _check_prescription(weekly_minutes, days_per_week)
        facts = {
            "name": name,
            "population": population,
            "focus": focus,
            "weekly_minutes": weekly_minutes,
            "days_per_week": days_per_week,
        }
        if any(getattr(self, key) != value for key, value in facts.items()):
            self.record(ProgramRevised, cause, **facts)

    def keep_track(self, cause: Cause, track: Track) -> None:
        """Set up a weekly group, or revise one that is there."""
        check_track(track)
        if track.track_id not in self.tracks:
            self.record(TrackOpened, cause, track=track)
        elif self.tracks[track.track_id] != track:
            self.record(TrackRevised, cause, track=track)

    def declare_closure(self, cause: Cause, day: date, reason: str) -> None:
        """Close the program on a day; a closure that is there may get another reason."""
        if day not in self.closures:
            self.record(ClosureDeclared, cause, day=day, reason=reason)
        elif self.closures[day] != reason:
            self.record(ClosureRevised, cause, day=day, reason=reason)

    # Questions

    def meeting_days(self, track: Track, through: date) -> Iterator[date]:
        """Yield the days on which a track meets, up to its last or, while it runs, `through`."""
        for day in days(track.first_day, track.last_day or through):
            if weekday(day) in track.weekdays and day not in self.closures:
                yield day

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case ProgramRevised():
                self.name = event.name
                self.population = event.population
                self.focus = event.focus
                self.weekly_minutes = event.weekly_minutes
                self.days_per_week = event.days_per_week
            case TrackOpened() | TrackRevised():
                self.tracks[event.track.track_id] = event.track
            case ClosureDeclared() | ClosureRevised():
                self.closures[event.day] = event.reason


# Helpers


def check_track(track: Track) -> None:
    """Raise the refusal that a track's own times, days, places or segments call for."""
    if track.ends <= track.starts:
        raise EndsBeforeStart(start="starts", end="ends")
    if track.last_day is not None and track.last_day < track.first_day:
        raise EndsBeforeStart(start="first_day", end="last_day")
    if track.capacity <= 0:
        raise NotPositive(what="capacity")
    for index, segment in enumerate(track.segments):
        check_segment(segment, track.starts, track.ends, track.segments[:index])


def check_segment(segment: Segment, starts: time, ends: time, others: Sequence[Segment]) -> None:
    """Raise the refusal that a segment of a meeting, beside the others, calls for."""
    if segment.ends <= segment.starts:
        raise EndsBeforeStart(start="starts", end="ends")
    if segment.starts < starts or segment.ends > ends:
        raise OutsideMeeting
    if any(segment.starts < other.ends and other.starts < segment.ends for other in others):
        raise SegmentsOverlap


def _check_prescription(weekly_minutes: int, days_per_week: int) -> None:
    if weekly_minutes <= 0:
        raise NotPositive(what="weekly hours")
    if days_per_week <= 0:
        raise NotPositive(what="days per week")
