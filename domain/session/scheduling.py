"""The schedule's side of a session: when and where it is, who leads it, whether it takes place."""

from datetime import date, timedelta
from typing import Self

from domain import bounds
from domain.aggregate import CommandContext, derived_id
from domain.errors import (
    AlreadyMadeUp,
    HasAttended,
    NoFacilitator,
    NotTakingPlace,
    OutsideSession,
    ReasonMissing,
    RecordClosed,
    SessionFull,
    TooEarly,
)
from domain.session import events as on
from domain.session.meeting import Meeting
from domain.session.state import SessionState
from domain.times import Span

EARLIEST_START = timedelta(hours=1)
"""How long before its time a session can be started."""


LARGEST_ZONE_CHANGE = timedelta(hours=2)
"""How far new rules of a zone move its clocks, at most: by a summer time that comes or goes."""


class Scheduling(SessionState):
    """Guards that a session on the schedule has room for whom it expects, and its presence."""

    @staticmethod
    def id_of(facility_id: str, label: str, occurrence: date | None) -> str:
        """Return the aggregate's id.

        `label` is what the clinic calls the track or the session. A session of a track is known by
        the day on which the track's rule has it, wherever it was moved; one of its own has none.
        """
        day = occurrence.isoformat() if occurrence else ""
        return derived_id("session", facility_id, label, day)

    # Commands

    @classmethod
    def schedule(
        cls, context: CommandContext, *, facility_id: str, label: str, meeting: Meeting
    ) -> Self:
        """Put a session on the schedule."""
        _check_bounds(context, meeting)
        return cls.open(
            on.SessionScheduled,
            context,
            id=cls.id_of(facility_id, label, meeting.occurrence),
            facility_id=facility_id,
            label=label,
            meeting=meeting,
        )

    def reschedule(self, context: CommandContext, meeting: Meeting) -> None:
        """Change time, place, people or content; brings a withdrawn session back."""
        if self.meeting == meeting and not self.withdrawn:
            return
        _check_bounds(context, meeting)
        self._check_places(meeting.places)
        if meeting.staff_id is None and (self.started or self.closed):
            raise NoFacilitator
        self.record(on.SessionRescheduled, context, meeting=meeting)

    def substitute_room(
        self, context: CommandContext, room_id: str, *, places: int, reason: str
    ) -> None:
        """Move the session to another room, which leaves it so many places."""
        self._check_on_schedule()
        if (self.meeting.room_id, self.meeting.places) != (room_id, places):
            self._check_places(places)
            self.record(on.RoomSubstituted, context, room_id=room_id, places=places, reason=reason)

    def substitute_staff(
        self, context: CommandContext, staff_id: str | None, *, credential: str | None, reason: str
    ) -> None:
        """Change who leads the session; None for nobody yet."""
        self._check_on_schedule()
        if self.meeting.staff_id == staff_id:
            return
        if staff_id is None and (self.started or self.closed):
            raise NoFacilitator
        self.record(
            on.StaffSubstituted, context, staff_id=staff_id, credential=credential, reason=reason
        )

    def start(self, context: CommandContext, *, credential: str) -> None:
        """Begin the session, on its day, under the facilitator that it has."""
        self._check_on_schedule()
        if self.started:
            return
        if self.closed:
            raise RecordClosed
        if self.meeting.staff_id is None:
            raise NoFacilitator
        if context.at < self.meeting.starts_at - EARLIEST_START:
            raise TooEarly
        if context.at >= self.meeting.ends_at:
            raise OutsideSession
        self.record(
            on.SessionStarted, context, staff_id=self.meeting.staff_id, credential=credential
        )

    def call_off(self, context: CommandContext, reason: str) -> None:
        """Call the session off; one that was called off may get another reason."""
        if self.withdrawn:
            raise NotTakingPlace
        if self.called_off_because == reason:
            return
        self._refuse_presence()
        self.record(on.SessionCalledOff, context, reason=reason)

    def restore(self, context: CommandContext, reason: str) -> None:
        """Restore a session that was called off, with the roster that it has."""
        if self.withdrawn:
            raise NotTakingPlace
        if not reason.strip():
            raise ReasonMissing
        if self.called_off:
            self.record(on.SessionRestored, context, reason=reason)

    def withdraw(self, context: CommandContext, reason: str) -> None:
        """Take the session off the schedule."""
        if not self.withdrawn:
            self.check_withdrawal()
            self.record(on.SessionWithdrawn, context, reason=reason)

    def check_withdrawal(self) -> None:
        """Raise the refusal that taking the session off the schedule would meet."""
        self._refuse_presence()
        if any(visit.made_up_by for visit in self.visits.values()):
            raise AlreadyMadeUp

    # Questions

    def is_out_of_place(self, context: CommandContext, wanted: Meeting) -> bool:
        """Tell whether a session to come is not where its series wants it, since clocks moved.

        It is with all of its parts, as far off as new rules of a zone move them.
        """
        if not self.takes_place or self.closed or self.has_begun(context):
            return False
        shift = wanted.starts_at - self.meeting.starts_at
        now = [self.meeting.span, *(part.span for part in self.meeting.parts)]
        moved = [Span(each.starts_at + shift, each.ends_at + shift) for each in now]
        there = [wanted.span, *(part.span for part in wanted.parts)]
        return timedelta() < abs(shift) <= LARGEST_ZONE_CHANGE and moved == there

    # Guards

    def _check_on_schedule(self) -> None:
        if not self.takes_place:
            raise NotTakingPlace

    def _check_places(self, places: int) -> None:
        if places < len(self.visits):
            raise SessionFull(places=places)

    def _refuse_presence(self) -> None:
        visits = any(visit.sign_ins for visit in self.visits.values())
        if visits or any(supporter.sign_ins for supporter in self.supporters.values()):
            raise HasAttended


def _check_bounds(context: CommandContext, meeting: Meeting) -> None:
    bounds.check("the day of the session", bounds.reach_problem(meeting.day, context.at))
    bounds.check_count("parts of one session", len(meeting.parts), bounds.MOST_SEGMENTS)
    if meeting.places > bounds.PLACES.greatest:
        bounds.check("the number of places", bounds.PLACES.problem(meeting.places))
