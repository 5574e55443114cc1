"""The patient aggregate."""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

from domain.aggregate import Aggregate, Cause, Event
from domain.errors import (
    EndsBeforeStart,
    EnrolledTwice,
    NotAdmitted,
    NotPositive,
    PatientTaken,
)
from domain.patient.events import (
    AdmissionCorrected,
    BookingsReleased,
    CollisionAccepted,
    CommitmentNoted,
    CommitmentRevised,
    DischargeCorrected,
    EnrolmentRevised,
    PatientAdmitted,
    PatientDischarged,
    PatientEnrolled,
    PlanAdjusted,
    PlanSet,
    SessionsBooked,
)
from domain.patient.treatment import Booking, Commitment, Discharge, Enrolment, Plan


class Patient(Aggregate):
    """Guards that a patient is in one place at a time, and only while admitted."""

    TOPIC = "patient"

    program_id: str
    admitted_on: date
    payer: str
    plan: Plan | None = None
    discharge: Discharge | None = None
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    accepted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The commitments whose collision with a session was accepted, by the session."""

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
            PatientAdmitted,
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
        if any(getattr(self, key) != value for key, value in facts.items()):
            self.record(AdmissionCorrected, cause, **facts)

    def set_plan(self, cause: Cause, plan: Plan, effective_from: date) -> None:
        """Set the plan of care, or adjust the one that is there."""
        if plan.weekly_minutes <= 0:
            raise NotPositive(what="weekly hours")
        if plan.days_per_week <= 0:
            raise NotPositive(what="days per week")
        if self.plan != plan:
            event = PlanAdjusted if self.plan else PlanSet
            self.record(event, cause, plan=plan, effective_from=effective_from)

    def end(self, cause: Cause, discharge: Discharge | None) -> None:
        """Discharge the patient, or put right how or whether that happened."""
        if self.discharge == discharge:
            return
        if discharge and discharge.day < self.admitted_on:
            raise EndsBeforeStart(start="admitted_on", end="discharged_on")
        event = DischargeCorrected if self.discharge else PatientDischarged
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
        self.record(EnrolmentRevised if known else PatientEnrolled, cause, enrolment=enrolment)

    def check_bookings(self, bookings: Iterable[Booking]) -> None:
        """Raise PatientTaken where a booking overlaps one that is there, or another of these."""
        taken = dict(self.bookings)
        for booking in bookings:
            for other in taken.values():
                if other.session_id != booking.session_id and other.span.overlaps(booking.span):
                    raise PatientTaken
            taken[booking.session_id] = booking

    def book(self, cause: Cause, bookings: Sequence[Booking]) -> None:
        """Take the patient's time: all of the sessions or none."""
        wanted = tuple(each for each in bookings if self.bookings.get(each.session_id) != each)
        if wanted:
            self.check_bookings(wanted)
            self.record(SessionsBooked, cause, bookings=wanted)

    def release(self, cause: Cause, session_ids: Iterable[str], reason: str) -> None:
        """Give the time of sessions back."""
        held = tuple(each for each in session_ids if each in self.bookings)
        if held:
            self.record(BookingsReleased, cause, session_ids=held, reason=reason)

    # Commands: daily life

    def commit(self, cause: Cause, commitment: Commitment) -> None:
        """Note a duty elsewhere, or change one that is there."""
        if commitment.ends <= commitment.starts:
            raise EndsBeforeStart(start="starts", end="ends")
        if commitment.last_day and commitment.last_day < commitment.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        known = self.commitments.get(commitment.key)
        if known != commitment:
            event = CommitmentRevised if known else CommitmentNoted
            self.record(event, cause, commitment=commitment)

    def accept_collisions(self, cause: Cause, zone: ZoneInfo, reason: str) -> None:
        """Record each booking that collides with a commitment as accepted, once."""
        for booking in list(self.bookings.values()):
            for commitment in self.commitments.values():
                known = self.accepted.get(booking.session_id, ())
                if commitment.key not in known and commitment.meets(booking, zone):
                    self.record(
                        CollisionAccepted,
                        cause,
                        session_id=booking.session_id,
                        commitment=commitment.key,
                        reason=reason,
                    )

    # Questions

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
            case AdmissionCorrected():
                self.program_id = event.program_id
                self.admitted_on = event.admitted_on
                self.payer = event.payer
            case PlanSet() | PlanAdjusted():
                self.plan = event.plan
            case PatientDischarged() | DischargeCorrected():
                self.discharge = event.discharge
            case PatientEnrolled() | EnrolmentRevised():
                self.enrolments[event.enrolment.key] = event.enrolment
            case SessionsBooked():
                self.bookings.update({each.session_id: each for each in event.bookings})
            case BookingsReleased():
                for session_id in event.session_ids:
                    self.bookings.pop(session_id, None)
                    self.accepted.pop(session_id, None)
            case CommitmentNoted() | CommitmentRevised():
                self.commitments[event.commitment.key] = event.commitment
            case CollisionAccepted():
                known = self.accepted.get(event.session_id, ())
                self.accepted[event.session_id] = (*known, event.commitment)
