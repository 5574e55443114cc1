"""The program aggregate."""

from collections.abc import Iterator
from dataclasses import field, replace
from datetime import date
from typing import Self

from domain import bounds
from domain.aggregate import Aggregate, CommandContext, Event, derived_id
from domain.calendar import ResourceKind
from domain.care import Population
from domain.errors import NoSuchMeeting, NoSuchTrack
from domain.policy import Policy, in_force
from domain.policy_adoption import can_be_dropped, check_adoption
from domain.program import events as on
from domain.program.events import Focus
from domain.program.pattern import Pattern, check_pattern
from domain.program.series import (
    Deviation,
    Occurrence,
    Series,
    Track,
    check_deviation,
    check_length,
    check_track,
)
from domain.program.waiting import Waiting, check_waits_for_the_same, take_off


class Program(Aggregate):
    """Guards that a program's tracks make sense, and says when they meet and who waits for them."""

    TOPIC = "program"

    program_id: str
    name: str
    population: Population
    focus: Focus
    weekly_minutes: int
    days_per_week: int
    tracks: dict[str, Series] = field(default_factory=dict)
    closures: dict[date, str] = field(default_factory=dict)
    waiting: dict[str, tuple[Waiting, ...]] = field(default_factory=dict)
    """Who waits for a track, in their order."""
    blocked: dict[str, dict[date, str]] = field(default_factory=dict)
    """The room or person that keeps a track's meeting off the schedule, by track and day."""
    policies: dict[str, dict[date, Policy | None]] = field(default_factory=dict)
    """By a policy's id, its version from a day on; None from the day on which it was dropped."""

    @staticmethod
    def id_of(facility_id: str, program_id: str) -> str:
        """Return the aggregate's id."""
        return derived_id("program", facility_id, program_id)

    # Commands: the program

    @classmethod
    def start(
        cls,
        context: CommandContext,
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
        bounds.check_prescription(weekly_minutes, days_per_week)
        return cls.open(
            on.ProgramOpened,
            context,
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
        context: CommandContext,
        *,
        name: str,
        population: Population,
        focus: Focus,
        weekly_minutes: int,
        days_per_week: int,
    ) -> None:
        """Change what a program is called, whom it is for or what it prescribes."""
        bounds.check_prescription(weekly_minutes, days_per_week)
        facts = {
            "name": name,
            "population": population,
            "focus": focus,
            "weekly_minutes": weekly_minutes,
            "days_per_week": days_per_week,
        }
        if any(getattr(self, key) != value for key, value in facts.items()):
            self.record(on.ProgramRevised, context, **facts)

    def declare_closure(self, context: CommandContext, day: date, reason: str) -> None:
        """Close the program on a day; a closure that is there may get another reason."""
        if day not in self.closures:
            self.record(on.ClosureDeclared, context, day=day, reason=reason)
        elif self.closures[day] != reason:
            self.record(on.ClosureRevised, context, day=day, reason=reason)

    def lift_closure(self, context: CommandContext, day: date) -> None:
        """Open the program on a day on which it was to be closed."""
        if day in self.closures:
            self.record(on.ClosureLifted, context, day=day)

    # Commands: policies

    def adopt_policy(self, context: CommandContext, policy: Policy, from_day: date) -> None:
        """Be judged by a policy from a day on, also in the past. Raises PolicyUnsound."""
        if self.policy_on(policy.policy_id, from_day) != policy:
            check_adoption(self.policies, policy, from_day, context.at)
            self.record(on.PolicyAdopted, context, policy=policy, from_day=from_day)

    def drop_policy(self, context: CommandContext, policy_id: str, from_day: date) -> None:
        """Be judged by no version of a policy from a day on. Raises NotOnRecord."""
        if can_be_dropped(self.policies.get(policy_id, {}), from_day):
            self.record(on.PolicyDropped, context, policy_id=policy_id, from_day=from_day)

    # Commands: tracks

    def keep_track(self, context: CommandContext, track: Track) -> None:
        """Set up a weekly group, or revise one that is there."""
        check_track(track)
        known = self.tracks.get(track.track_id)
        if known is None or known.track != track:
            bounds.check("the first day", bounds.reach_problem(track.first_day, context.at))
            check_length(known.revised(track) if known else Series(track), context.at)
        if track.track_id not in self.tracks:
            self.record(on.TrackOpened, context, track=track)
        elif self.tracks[track.track_id].track != track:
            self.record(on.TrackRevised, context, track=track)

    def change_following(
        self, context: CommandContext, track_id: str, from_day: date, pattern: Pattern, reason: str
    ) -> None:
        """Change the pattern by which the track meets, from a day on."""
        series = self.series(track_id)
        check_pattern(pattern)
        if not series.includes(from_day):
            raise NoSuchMeeting(day=from_day)
        later = any(each.from_day > from_day for each in series.later)
        if later or series.pattern_on(from_day) != pattern:
            check_length(series.changed(from_day, pattern), context.at)
            self.record(
                on.SeriesChanged,
                context,
                track_id=track_id,
                from_day=from_day,
                pattern=pattern,
                reason=reason,
            )

    def except_meeting(
        self, context: CommandContext, track_id: str, occurrence: date, deviation: Deviation
    ) -> None:
        """Change one meeting, known by the day on which the rule has it."""
        series = self.series(track_id)
        series.check_meeting(occurrence)
        check_deviation(deviation)
        known = series.deviations.get(occurrence)
        if known is None or replace(known.then(deviation), reason=known.reason) != known:
            self.record(
                on.MeetingExcepted,
                context,
                track_id=track_id,
                occurrence=occurrence,
                deviation=deviation,
            )

    def lift_exception(self, context: CommandContext, track_id: str, occurrence: date) -> None:
        """Undo the change of one meeting, which follows its series again."""
        series = self.series(track_id)
        series.check_meeting(occurrence)
        if occurrence in series.deviations:
            self.record(on.ExceptionLifted, context, track_id=track_id, occurrence=occurrence)

    def block_meeting(
        self,
        context: CommandContext,
        track_id: str,
        occurrence: date,
        kind: ResourceKind,
        resource_id: str,
    ) -> None:
        """Say that a meeting could not be scheduled, since its room or facilitator is taken."""
        self.series(track_id)
        if self.blocked.get(track_id, {}).get(occurrence) != resource_id:
            self.record(
                on.MeetingBlocked,
                context,
                track_id=track_id,
                occurrence=occurrence,
                kind=kind,
                resource_id=resource_id,
            )

    def unblock_meeting(self, context: CommandContext, track_id: str, occurrence: date) -> None:
        """Say that a meeting that could not be scheduled is on the schedule, or not wanted."""
        if occurrence in self.blocked.get(track_id, {}):
            self.record(on.MeetingUnblocked, context, track_id=track_id, occurrence=occurrence)

    # Commands: waiting for a place

    def wait_for_track(
        self, context: CommandContext, track_id: str, patient_id: str, weekdays: tuple[str, ...]
    ) -> None:
        """Put a patient on the track's waiting list, behind those who wait already."""
        self.series(track_id)
        check_waits_for_the_same(self.waiting.get(track_id, ()), patient_id, weekdays)
        if not self._waits(track_id, patient_id):
            self.record(
                on.TrackWaitlisted,
                context,
                track_id=track_id,
                patient_id=patient_id,
                weekdays=weekdays,
            )

    def leave_waitlist(
        self, context: CommandContext, track_id: str, patient_id: str, reason: str
    ) -> None:
        """Take a patient off the waiting list."""
        self.series(track_id)
        if self._waits(track_id, patient_id):
            self.record(
                on.TrackWaitlistLeft,
                context,
                track_id=track_id,
                patient_id=patient_id,
                reason=reason,
            )

    def pass_over(
        self, context: CommandContext, track_id: str, patient_id: str, because: str
    ) -> None:
        """Record why a patient could not take a place that came free; they keep their turn."""
        if self._waits(track_id, patient_id):
            self.record(
                on.TrackPassedOver,
                context,
                track_id=track_id,
                patient_id=patient_id,
                because=because,
            )

    def give_place(self, context: CommandContext, track_id: str, patient_id: str) -> None:
        """Record that a patient who waited has got a place."""
        if self._waits(track_id, patient_id):
            self.record(on.TrackPlaceGiven, context, track_id=track_id, patient_id=patient_id)

    # Questions

    def series(self, track_id: str) -> Series:
        """Return a track as it runs. Raises NoSuchTrack."""
        if track_id not in self.tracks:
            raise NoSuchTrack(track_id=track_id)
        return self.tracks[track_id]

    def occurrences(self, track_id: str, first: date, through: date) -> Iterator[Occurrence]:
        """Yield a track's meetings that the rule has from `first` to `through`, in order."""
        return self.series(track_id).occurrences(self.closures, first, through)

    def policy_on(self, policy_id: str, day: date) -> Policy | None:
        """Return the version of a policy that is in force on a day; None where none is."""
        return in_force(self.policies.get(policy_id, {}), day)

    def _waits(self, track_id: str, patient_id: str) -> bool:
        return any(each.patient_id == patient_id for each in self.waiting.get(track_id, ()))

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case on.ProgramRevised():
                self.name = event.name
                self.population = event.population
                self.focus = event.focus
                self.weekly_minutes = event.weekly_minutes
                self.days_per_week = event.days_per_week
            case on.ClosureDeclared() | on.ClosureRevised():
                self.closures[event.day] = event.reason
            case on.ClosureLifted():
                self.closures.pop(event.day, None)
            case on.MeetingBlocked():
                self.blocked.setdefault(event.track_id, {})[event.occurrence] = event.resource_id
            case on.MeetingUnblocked():
                self.blocked.get(event.track_id, {}).pop(event.occurrence, None)
            case on.TrackWaitlisted():
                waiting = Waiting(event.patient_id, event.weekdays)
                self.waiting[event.track_id] = (*self.waiting.get(event.track_id, ()), waiting)
            case on.TrackWaitlistLeft() | on.TrackPlaceGiven():
                take_off(self.waiting, event.track_id, event.patient_id)
            case on.PolicyAdopted():
                self.policies.setdefault(event.policy.policy_id, {})[event.from_day] = event.policy
            case on.PolicyDropped():
                self.policies.setdefault(event.policy_id, {})[event.from_day] = None
            case _:
                self._apply_series(event)

    def _apply_series(self, event: Event) -> None:
        match event:
            case on.TrackOpened():
                self.tracks[event.track.track_id] = Series(event.track)
            case on.TrackRevised():
                track = event.track
                self.tracks[track.track_id] = self.tracks[track.track_id].revised(track)
            case on.SeriesChanged():
                series = self.tracks[event.track_id]
                self.tracks[event.track_id] = series.changed(event.from_day, event.pattern)
            case on.MeetingExcepted():
                series = self.tracks[event.track_id]
                excepted = series.with_deviation(event.occurrence, event.deviation)
                self.tracks[event.track_id] = excepted
            case on.ExceptionLifted():
                series = self.tracks[event.track_id]
                self.tracks[event.track_id] = series.without_deviation(event.occurrence)
