"""The schedule's side of a patient: tracks, bookings, and outside commitments."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.aggregate import CommandContext
from domain.errors import (
    CommitmentInTheWay,
    EndsBeforeStart,
    EnrolledTwice,
    PatientTaken,
    RecordMerged,
)
from domain.patient import events as on
from domain.patient.schedule import Booking, Commitment, Enrolment
from domain.patient.state import PatientState


class Scheduling(PatientState):
    """Guards that a patient is in one place at a time."""

    # Commands: the schedule

    def check_enrolment(self, enrolment: Enrolment) -> None:
        """Raise the refusal that this enrolment would meet."""
        if enrolment.last_day and enrolment.last_day < enrolment.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        others = (each for key, each in self.enrolments.items() if key != enrolment.key)
        if any(enrolment.shares_days_with(other) for other in others):
            raise EnrolledTwice

    def enrol(self, context: CommandContext, enrolment: Enrolment) -> None:
        """Enroll the patient in a track, or change on which days."""
        if self.enrolments.get(enrolment.key) == enrolment:
            return
        self.check_enrolment(enrolment)
        known = enrolment.key in self.enrolments
        self.record(
            on.EnrolmentRevised if known else on.PatientEnrolled, context, enrolment=enrolment
        )

    def correct_enrolment(
        self, context: CommandContext, known: Enrolment, corrected: Enrolment
    ) -> None:
        """Put right on which day an enrolment began: the one of the wrong day is left without any.

        Raises EnrolledTwice where another enrolment has the track on the same days.
        """
        if corrected == known:
            return
        if corrected.last_day and corrected.last_day < corrected.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        others = (each for key, each in self.enrolments.items() if key != known.key)
        if any(corrected.shares_days_with(other) for other in others if other.key != corrected.key):
            raise EnrolledTwice
        if corrected.key != known.key:
            without = replace(known, last_day=known.first_day - timedelta(days=1))
            self.record(on.EnrolmentRevised, context, enrolment=without)
        self.enrol(context, corrected)

    def end_enrolments(self, context: CommandContext, last_day: date) -> list[str]:
        """End all enrollments after a day; return the tracks that this changes.

        An enrolment that had not begun by then is left without a day.
        """
        tracks = []
        for each in list(self.enrolments.values()):
            if each.last_day is None or each.last_day > last_day:
                end = max(last_day, each.first_day - timedelta(days=1))
                if each.last_day != end:
                    tracks.append(each.track_id)
                    ended = replace(each, last_day=end)
                    self.record(on.EnrolmentRevised, context, enrolment=ended)
        return list(dict.fromkeys(tracks))

    def check_bookings(self, bookings: Sequence[Booking]) -> None:
        """Raise PatientTaken where a booking overlaps one that is there, or another of these."""
        if self.merged_into:
            raise RecordMerged
        wanted = {each.session_id for each in bookings}
        taken = {key: each for key, each in self.bookings.items() if key not in wanted}
        for booking in bookings:
            if any(other.span.overlaps(booking.span) for other in taken.values()):
                raise PatientTaken
            taken[booking.session_id] = booking

    def collisions(
        self, bookings: Iterable[Booking], zone: ZoneInfo
    ) -> Iterator[tuple[Booking, Commitment]]:
        """Yield each booking that collides with an outside commitment, unless that was accepted."""
        for booking in bookings:
            for commitment in self.commitments.values():
                same = self.bookings.get(booking.session_id) == booking
                known = self.accepted.get(booking.session_id, ()) if same else ()
                if commitment.key not in known and commitment.meets(booking, zone):
                    yield booking, commitment

    def check_commitments(self, bookings: Iterable[Booking], zone: ZoneInfo) -> None:
        """Raise CommitmentInTheWay for a booking that collides with an outside commitment."""
        for booking, commitment in self.collisions(bookings, zone):
            day = booking.starts_at.astimezone(zone).date()
            raise CommitmentInTheWay(day=day, commitment=commitment.in_words)

    def book(self, context: CommandContext, bookings: Sequence[Booking]) -> None:
        """Take the patient's time: all of the sessions or none."""
        wanted = tuple(each for each in bookings if self.bookings.get(each.session_id) != each)
        if wanted:
            self.check_bookings(wanted)
            self.record(on.SessionsBooked, context, bookings=wanted)

    def block(self, context: CommandContext, session_id: str, because: str) -> None:
        """Say that a session of the patient's track could not be booked for them."""
        if self.blocked.get(session_id) != because:
            self.record(on.BookingBlocked, context, session_id=session_id, because=because)

    def release(self, context: CommandContext, session_ids: Iterable[str], reason: str) -> None:
        """Give the time of sessions back."""
        held = tuple(each for each in dict.fromkeys(session_ids) if each in self.bookings)
        if held:
            self.record(on.BookingsReleased, context, session_ids=held, reason=reason)

    # Commands: daily life

    def commit(self, context: CommandContext, commitment: Commitment) -> None:
        """Note an outside commitment, or change one that is there."""
        if commitment.ends == commitment.starts:
            raise EndsBeforeStart(start="starts", end="ends")
        if commitment.last_day and commitment.last_day < commitment.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        known = self.commitments.get(commitment.key)
        if known != commitment:
            event = on.CommitmentRevised if known else on.CommitmentNoted
            self.record(event, context, commitment=commitment)

    def accept_collisions(
        self, context: CommandContext, zone: ZoneInfo, reason: str, *, undecided: bool = True
    ) -> None:
        """Record each booking that collides with an outside commitment as accepted, once.

        Those on record as `undecided` only where that is said.
        """
        for booking, commitment in list(self.collisions(self.bookings.values(), zone)):
            waits = commitment.key in self.undecided.get(booking.session_id, ())
            if undecided or not waits:
                self.record(
                    on.CollisionAccepted,
                    context,
                    session_id=booking.session_id,
                    commitment=commitment.key,
                    reason=reason,
                )

    def find_collisions(self, context: CommandContext, zone: ZoneInfo) -> None:
        """Record each booking that collides with an outside commitment as undecided, once."""
        for booking, commitment in list(self.collisions(self.bookings.values(), zone)):
            if commitment.key not in self.undecided.get(booking.session_id, ()):
                self.record(
                    on.CollisionFound,
                    context,
                    session_id=booking.session_id,
                    commitment=commitment.key,
                )

    # Questions

    def enrolled_in(self, track_id: str, day: date) -> bool:
        """Tell whether the patient comes to a track on that day or will later."""
        return any(
            each.track_id == track_id and (each.last_day is None or day <= each.last_day)
            for each in self.enrolments.values()
        )
