"""The patient aggregate."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from datetime import date
from typing import Any, Self
from zoneinfo import ZoneInfo

from domain.aggregate import Aggregate, Cause, Event
from domain.errors import (
    CommitmentInTheWay,
    EndsBeforeStart,
    EnrolledTwice,
    NotAdmitted,
    NotNamed,
    NotPositive,
    PatientTaken,
    RecordMerged,
)
from domain.patient import events as on
from domain.patient.treatment import Booking, Commitment, Discharge, Enrolment, Plan


class Patient(Aggregate):
    """Guards that a patient is in one place at a time, and only while admitted."""

    TOPIC = "patient"

    program_id: str
    admitted_on: date
    payer: str
    plan: Plan | None = None
    plan_from: date | None = None
    discharge: Discharge | None = None
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    accepted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The commitments whose collision with a session was accepted, by the session."""
    undecided: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The commitments whose collision with a session waits for a decision, by the session."""
    blocked: dict[str, str] = field(default_factory=dict)
    """Why a session of the patient's track could not be booked, by the session."""
    supporters: dict[str, str] = field(default_factory=dict)
    """What each supporter is to the patient."""
    absorbed: tuple[str, ...] = ()
    merged_into: str | None = None

    def record(self, event: type[Event], cause: Cause, **facts: Any) -> None:
        """Decide; of a record that was merged nothing but bookings given back."""
        if self.merged_into and event is not on.BookingsReleased:
            raise RecordMerged
        super().record(event, cause, **facts)

    # Commands: the treatment

    @classmethod
    def admit(
        cls,
        cause: Cause,
        *,
        id: str,
        facility_id: str,
        program_id: str,
        admitted_on: date,
        payer: str,
    ) -> Self:
        """Begin a treatment under a new random id."""
        return cls.open(
            on.PatientAdmitted,
            cause,
            id=id,
            facility_id=facility_id,
            program_id=program_id,
            admitted_on=admitted_on,
            payer=payer,
        )

    def correct_admission(
        self, cause: Cause, *, program_id: str, admitted_on: date, payer: str
    ) -> None:
        """Put right what was recorded of the admission."""
        facts = {"program_id": program_id, "admitted_on": admitted_on, "payer": payer}
        if all(getattr(self, key) == value for key, value in facts.items()):
            return
        if self.discharge and self.discharge.day < admitted_on:
            raise EndsBeforeStart(start="admitted_on", end="discharged_on")
        self.record(on.AdmissionCorrected, cause, **facts)

    def set_plan(self, cause: Cause, plan: Plan, effective_from: date) -> None:
        """Set the plan of care, or adjust the one that is there."""
        if plan.weekly_minutes <= 0:
            raise NotPositive(what="weekly hours")
        if plan.days_per_week <= 0:
            raise NotPositive(what="days per week")
        if (self.plan, self.plan_from) != (plan, effective_from):
            event = on.PlanAdjusted if self.plan else on.PlanSet
            self.record(event, cause, plan=plan, effective_from=effective_from)

    def end(self, cause: Cause, discharge: Discharge | None) -> None:
        """Discharge the patient, or put right how or whether that happened."""
        if self.discharge == discharge:
            return
        if discharge and discharge.day < self.admitted_on:
            raise EndsBeforeStart(start="admitted_on", end="discharged_on")
        event = on.DischargeCorrected if self.discharge else on.PatientDischarged
        self.record(event, cause, discharge=discharge)

    # Commands: the schedule

    def check_enrolment(self, enrolment: Enrolment) -> None:
        """Raise the refusal that this enrolment would meet."""
        if enrolment.last_day and enrolment.last_day < enrolment.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        others = (each for key, each in self.enrolments.items() if key != enrolment.key)
        if any(enrolment.shares_days_with(other) for other in others):
            raise EnrolledTwice

    def enrol(self, cause: Cause, enrolment: Enrolment) -> None:
        """Let the patient join a track, or change on which days."""
        if self.enrolments.get(enrolment.key) == enrolment:
            return
        self.check_enrolment(enrolment)
        known = enrolment.key in self.enrolments
        self.record(
            on.EnrolmentRevised if known else on.PatientEnrolled, cause, enrolment=enrolment
        )

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
        """Yield each booking that collides with a duty elsewhere, unless that was accepted."""
        for booking in bookings:
            for commitment in self.commitments.values():
                same = self.bookings.get(booking.session_id) == booking
                known = self.accepted.get(booking.session_id, ()) if same else ()
                if commitment.key not in known and commitment.meets(booking, zone):
                    yield booking, commitment

    def check_commitments(self, bookings: Iterable[Booking], zone: ZoneInfo) -> None:
        """Raise CommitmentInTheWay for the first booking that collides with a duty elsewhere."""
        for booking, commitment in self.collisions(bookings, zone):
            day = booking.starts_at.astimezone(zone).date()
            raise CommitmentInTheWay(day=day, commitment=commitment.in_words)

    def book(self, cause: Cause, bookings: Sequence[Booking]) -> None:
        """Take the patient's time: all of the sessions or none."""
        wanted = tuple(each for each in bookings if self.bookings.get(each.session_id) != each)
        if wanted:
            self.check_bookings(wanted)
            self.record(on.SessionsBooked, cause, bookings=wanted)

    def block(self, cause: Cause, session_id: str, because: str) -> None:
        """Say that a session of the patient's track could not be booked for them."""
        if self.blocked.get(session_id) != because:
            self.record(on.BookingBlocked, cause, session_id=session_id, because=because)

    def release(self, cause: Cause, session_ids: Iterable[str], reason: str) -> None:
        """Give the time of sessions back."""
        held = tuple(each for each in dict.fromkeys(session_ids) if each in self.bookings)
        if held:
            self.record(on.BookingsReleased, cause, session_ids=held, reason=reason)

    # Commands: daily life

    def commit(self, cause: Cause, commitment: Commitment) -> None:
        """Note a duty elsewhere, or change one that is there."""
        if commitment.ends <= commitment.starts:
            raise EndsBeforeStart(start="starts", end="ends")
        if commitment.last_day and commitment.last_day < commitment.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        known = self.commitments.get(commitment.key)
        if known != commitment:
            event = on.CommitmentRevised if known else on.CommitmentNoted
            self.record(event, cause, commitment=commitment)

    def accept_collisions(self, cause: Cause, zone: ZoneInfo, reason: str) -> None:
        """Record each booking that collides with a duty elsewhere as accepted, once."""
        for booking, commitment in list(self.collisions(self.bookings.values(), zone)):
            self.record(
                on.CollisionAccepted,
                cause,
                session_id=booking.session_id,
                commitment=commitment.key,
                reason=reason,
            )

    def find_collisions(self, cause: Cause, zone: ZoneInfo) -> None:
        """Record each booking that collides with a duty elsewhere as undecided, once."""
        for booking, commitment in list(self.collisions(self.bookings.values(), zone)):
            if commitment.key not in self.undecided.get(booking.session_id, ()):
                self.record(
                    on.CollisionFound,
                    cause,
                    session_id=booking.session_id,
                    commitment=commitment.key,
                )

    def name_supporter(self, cause: Cause, supporter_id: str, relation: str) -> None:
        """Name somebody close to the patient, or change what they are to the patient."""
        if self.supporters.get(supporter_id) != relation:
            self.record(on.SupporterNamed, cause, supporter_id=supporter_id, relation=relation)

    def remove_supporter(self, cause: Cause, supporter_id: str) -> None:
        """Let somebody be no supporter of the patient any longer."""
        if supporter_id in self.supporters:
            self.record(on.SupporterRemoved, cause, supporter_id=supporter_id)

    def relation_of(self, supporter_id: str) -> str:
        """Return what a supporter is to the patient. Raises NotNamed."""
        if supporter_id not in self.supporters:
            raise NotNamed
        return self.supporters[supporter_id]

    # Commands: one person, two records

    def absorb(self, cause: Cause, duplicate: "Patient") -> None:
        """Take the history of another record of the same person over, and close that one."""
        if duplicate.merged_into == self.id:
            return
        if duplicate.merged_into or self.merged_into or duplicate.id == self.id:
            raise RecordMerged
        self.record(on.PatientAbsorbed, cause, patient_id=duplicate.id)
        duplicate.record(on.PatientMerged, cause, into=self.id)

    # Questions

    def enrolled_in(self, track_id: str, day: date) -> bool:
        """Tell whether the patient comes to a track on that day or will later."""
        return any(
            each.track_id == track_id and (each.last_day is None or day <= each.last_day)
            for each in self.enrolments.values()
        )

    def admitted_at(self, day: date) -> bool:
        """Tell whether a day lies in the treatment, its first and last day included."""
        ended = self.discharge is not None and self.discharge.day < day
        return self.admitted_on <= day and not ended

    def check_admitted(self, day: date) -> None:
        """Raise NotAdmitted on a day outside the treatment."""
        if not self.admitted_at(day):
            raise NotAdmitted

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case on.AdmissionCorrected():
                self.program_id = event.program_id
                self.admitted_on = event.admitted_on
                self.payer = event.payer
            case on.PlanSet() | on.PlanAdjusted():
                self.plan, self.plan_from = event.plan, event.effective_from
            case on.PatientDischarged() | on.DischargeCorrected():
                self.discharge = event.discharge
            case on.PatientEnrolled() | on.EnrolmentRevised():
                self.enrolments[event.enrolment.key] = event.enrolment
            case on.CommitmentNoted() | on.CommitmentRevised():
                self._apply_commitment(event.commitment)
            case on.SupporterNamed():
                self.supporters[event.supporter_id] = event.relation
            case on.SupporterRemoved():
                self.supporters.pop(event.supporter_id, None)
            case on.PatientMerged():
                self.merged_into = event.into
            case on.PatientAbsorbed():
                self.absorbed = (*self.absorbed, event.patient_id)
            case _:
                self._apply_bookings(event)

    def _apply_commitment(self, commitment: Commitment) -> None:
        """Take a duty in; at other times it collides with what it collides with anew."""
        known = self.commitments.get(commitment.key)
        self.commitments[commitment.key] = commitment
        if known and replace(known, title=commitment.title) != commitment:
            for collided in (self.accepted, self.undecided):
                for session_id, keys in list(collided.items()):
                    collided[session_id] = tuple(key for key in keys if key != commitment.key)

    def _apply_bookings(self, event: Event) -> None:
        match event:
            case on.SessionsBooked():
                for booking in event.bookings:
                    if self.bookings.get(booking.session_id, booking) != booking:
                        self.accepted.pop(booking.session_id, None)
                        self.undecided.pop(booking.session_id, None)
                    self.bookings[booking.session_id] = booking
                    self.blocked.pop(booking.session_id, None)
            case on.BookingsReleased():
                for session_id in event.session_ids:
                    for known in (self.bookings, self.accepted, self.undecided):
                        known.pop(session_id, None)
            case on.BookingBlocked():
                self.blocked[event.session_id] = event.because
            case on.CollisionFound():
                found = self.undecided.get(event.session_id, ())
                self.undecided[event.session_id] = (*found, event.commitment)
            case on.CollisionAccepted():
                accepted = self.accepted.get(event.session_id, ())
                self.accepted[event.session_id] = (*accepted, event.commitment)
                waiting = self.undecided.pop(event.session_id, ())
                if rest := tuple(each for each in waiting if each != event.commitment):
                    self.undecided[event.session_id] = rest
