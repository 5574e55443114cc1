"""What a patient's events add up to. Nothing here refuses: history loads whatever the rules are."""

from dataclasses import field, replace
from datetime import date
from typing import Any

from domain.aggregate import Aggregate, CommandContext, Event
from domain.errors import NotAdmitted, RecordMerged
from domain.levels import Level
from domain.patient import events as on
from domain.patient.consent import Consent
from domain.patient.disclosure import AnyDisclosure
from domain.patient.leave import Leave
from domain.patient.plan import Authorization, Plan
from domain.patient.schedule import Booking, Commitment, Enrolment
from domain.patient.support import Outreach, ResourceOutcome, ResourceReferral, SupportMeeting
from domain.patient.treatment import Discharge, Referral, Screened, Stay
from domain.program.events import Focus

IMPORT = "import"
"""The author of what a clinic's files say."""


class PatientState(Aggregate):
    """A candidacy, a treatment and those before it, and what goes with them."""

    program_id: str
    # Candidacy and treatment
    referral: Referral | None = None
    screened: Screened | None = None
    """What the last screening of this candidacy or treatment came to."""
    past_screenings: tuple[str, ...] = ()
    """The ids of screenings that were of a candidacy or treatment before."""
    candidacy_ended: str | None = None
    """How the last candidacy ended, where it led to no treatment."""
    referred_up_to: Level | None = None
    """The level to which it was, where it ended by a referral up."""
    admitted_on: date | None = None
    payer: str | None = None
    """The payer on admission; `payer_on` tells the payer on a day."""
    focus: Focus | None = None
    override: str | None = None
    discharge: Discharge | None = None
    earlier: tuple[Stay, ...] = ()
    """The treatments before this one."""
    payers: dict[date, str] = field(default_factory=dict)
    """The payer instead, from which day of the treatment on."""
    counselors: dict[date, str] = field(default_factory=dict)
    """Who is the patient's counselor from which day of the treatment on."""
    justified: dict[date, tuple[str, ...]] = field(default_factory=dict)
    """Who wrote down on which day why the treatment goes on."""
    leaves: dict[date, Leave] = field(default_factory=dict)
    """By their first days, of each treatment."""
    leaves_taken_back: frozenset[date] = frozenset()
    hospitalized: dict[date, date | None] = field(default_factory=dict)
    """Partial hospitalization, from which day to which (None: it goes on), wherever it was."""
    by_hand: frozenset[str] = frozenset()
    """What of `admission`, `plan` and `discharge` was last said by somebody, not by an import."""
    absorbed: tuple[str, ...] = ()
    merged_into: str | None = None
    # The plan
    plan: Plan | None = None
    plan_from: date | None = None
    tapers_to: Level | None = None
    """The level to which the plan leads over, while it is a taper."""
    reviewed_on: date | None = None
    certified_on: date | None = None
    recertify_by: date | None = None
    authorizations: dict[str, Authorization] = field(default_factory=dict)
    # What takes time
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    accepted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The commitments whose collision with a session was accepted, by the session."""
    undecided: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The commitments whose collision with a session waits for a decision, by the session."""
    blocked: dict[str, str] = field(default_factory=dict)
    """Why a session of the patient's track could not be booked, by the session."""
    # The network
    supporters: dict[str, str] = field(default_factory=dict)
    """What each supporter is to the patient."""
    support_meetings: dict[str, SupportMeeting] = field(default_factory=dict)
    verified_meetings: tuple[str, ...] = ()
    resources: dict[str, ResourceReferral] = field(default_factory=dict)
    resource_outcomes: dict[str, tuple[ResourceOutcome, date]] = field(default_factory=dict)
    outreach: tuple[Outreach, ...] = ()
    # Consents
    consents: dict[str, Consent] = field(default_factory=dict)
    revoked: dict[str, date] = field(default_factory=dict)
    disclosures: dict[str, AnyDisclosure] = field(default_factory=dict)
    # Compliance
    waivers: dict[str, dict[date, tuple[date, str]]] = field(default_factory=dict)
    """Which rule is waived from when: until when, and why."""

    def record(self, event: type[Event], context: CommandContext, **facts: Any) -> None:
        """Decide; of a record that was merged nothing but bookings given back."""
        if self.merged_into and event is not on.BookingsReleased:
            raise RecordMerged
        super().record(event, context, **facts)

    # Questions

    @property
    def episode(self) -> int:
        """The number of the treatment, from 1; 0 before the first."""
        return len(self.earlier) + (self.admitted_on is not None)

    @property
    def in_treatment(self) -> bool:
        """Tell whether a treatment has begun, or will, that has no end yet."""
        return self.admitted_on is not None and self.discharge is None

    def admitted_at(self, day: date) -> bool:
        """Tell whether a day lies in a treatment, its first and last day included."""
        if any(stay.covers(day) for stay in self.earlier):
            return True
        ended = self.discharge is not None and self.discharge.day < day
        return self.admitted_on is not None and self.admitted_on <= day and not ended

    def check_admitted(self, day: date) -> None:
        """Raise NotAdmitted on a day outside the treatments."""
        if not self.admitted_at(day):
            raise NotAdmitted

    def check_stays(self, day: date | None) -> None:
        """Raise NotAdmitted where the treatment ends before a day, or (None) has an end at all."""
        if self.admitted_on is None:
            raise NotAdmitted
        if self.discharge and (day is None or self.discharge.day < day):
            raise NotAdmitted

    def left_by(self, day: date) -> date | None:
        """Return the last day of the treatment in which a day lies, or of the one before it.

        None where that treatment goes on, or where there is none.
        """
        if self.admitted_on and self.admitted_on <= day:
            return self.discharge.day if self.discharge else None
        return max((s.discharge.day for s in self.earlier if s.admitted_on <= day), default=None)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case on.SessionsBooked() | on.BookingsReleased() | on.BookingBlocked():
                self._apply_bookings(event)
            case on.CollisionFound() | on.CollisionAccepted():
                self._apply_collisions(event)
            case on.PatientEnrolled() | on.EnrolmentRevised():
                self.enrolments[event.enrolment.key] = event.enrolment
            case on.CommitmentNoted() | on.CommitmentRevised():
                self._apply_commitment(event.commitment)
            case on.PatientMerged():
                self.merged_into = event.into
            case on.PatientAbsorbed():
                self.absorbed = (*self.absorbed, event.patient_id)
            case _:
                self._apply_candidacy(event)
                self._apply_treatment(event)
                self._apply_course(event)
                self._apply_plan(event)
                self._apply_support(event)
                self._apply_consents(event)
                self._apply_waivers(event)

    def _apply_candidacy(self, event: Event) -> None:
        match event:
            case on.PatientReferredAgain():
                if self.referral is None:
                    self._forget_screening()
                self.referral, self.candidacy_ended = event.referral, None
                self.referred_up_to = None
            case on.PatientScreened():
                self.screened = event.screened
            case on.PatientReferredUp():
                self._end_candidacy(f"referred up to {event.level}")
                self.referred_up_to = event.level
            case on.ReferralClosed():
                self._end_candidacy(event.reason)

    def _end_candidacy(self, how: str) -> None:
        self._forget_screening()
        self.referral, self.candidacy_ended = None, how

    def _forget_screening(self) -> None:
        if self.screened:
            self.past_screenings = (*self.past_screenings, self.screened.screening_id)
        self.screened = None

    def _apply_treatment(self, event: Event) -> None:
        match event:
            case on.CandidateAdmitted():
                if self.admitted_on and self.discharge:
                    payer = self.payer or ""
                    stay = Stay(self.program_id, self.admitted_on, payer, self.discharge)
                    self.earlier = (*self.earlier, stay)
                    # A leave that would have begun after its end is of no treatment.
                    begun = [day for day in self.leaves if day <= self.discharge.day]
                    self.leaves = {day: self.leaves[day] for day in begun}
                self.program_id, self.admitted_on = event.program_id, event.admitted_on
                self.payer, self.focus, self.override = event.payer, event.focus, event.override
                self.referral = self.discharge = self.plan = self.plan_from = None
                self.certified_on = self.recertify_by = self.reviewed_on = self.tapers_to = None
                self.payers, self.counselors, self.by_hand = {}, {}, frozenset()
                self._said("admission", event)
            case on.AdmissionCorrected():
                self.program_id, self.admitted_on = event.program_id, event.admitted_on
                self.payer = event.payer
                self._said("admission", event)
            case on.PatientDischarged() | on.DischargeCorrected():
                self.discharge = event.discharge
                self._said("discharge", event)

    def _apply_course(self, event: Event) -> None:
        match event:
            case on.PayerChanged():
                self.payers[event.from_day] = event.payer
            case on.CounselorAssigned():
                self.counselors[event.from_day] = event.staff_id
            case on.StayJustified():
                known = self.justified.get(event.justified_on, ())
                self.justified[event.justified_on] = (*known, event.signer)
            case on.PartialHospitalizationRecorded():
                self.hospitalized[event.first_day] = event.last_day
            case on.PartialHospitalizationWithdrawn():
                self.hospitalized.pop(event.first_day, None)
            case on.LeaveGranted() | on.LeaveRevised():
                self.leaves.pop(event.first_day, None)
                self.leaves_taken_back -= {event.first_day}
                if event.last_day:
                    self.leaves[event.first_day] = Leave(event.first_day, event.last_day)
                else:
                    self.leaves_taken_back |= {event.first_day}

    def _said(self, what: str, event: Event) -> None:
        """Remember whether it was said by hand, which an import lets stand."""
        others = self.by_hand - {what}
        self.by_hand = others if event.author == IMPORT else others | {what}

    def _apply_plan(self, event: Event) -> None:
        match event:
            case on.PlanSet() | on.PlanAdjusted() | on.PlanTapered():
                self.plan, self.plan_from = event.plan, event.effective_from
                self.tapers_to = event.to_level if isinstance(event, on.PlanTapered) else None
                self._said("plan", event)
            case on.PlanReviewed() if self.plan:
                self.plan = replace(self.plan, next_review=event.next_review)
                self.reviewed_on = event.reviewed_on
                self._said("plan", event)
            case on.CareCertified() | on.CareRecertified():
                self.certified_on, self.recertify_by = event.certified_on, event.due_by
            case on.AuthorizationRecorded() | on.AuthorizationRevised():
                self.authorizations[event.authorization.authorization_id] = event.authorization

    def _apply_support(self, event: Event) -> None:
        match event:
            case on.SupporterNamed():
                self.supporters[event.supporter_id] = event.relation
            case on.SupporterRemoved():
                self.supporters.pop(event.supporter_id, None)
            case on.SupportMeetingReported():
                meeting_id = event.meeting.meeting_id
                self.support_meetings[meeting_id] = event.meeting
                # What was proven was another meeting.
                others = (each for each in self.verified_meetings if each != meeting_id)
                self.verified_meetings = tuple(others)
            case on.SupportMeetingVerified():
                self.verified_meetings = (*self.verified_meetings, event.meeting_id)
            case on.ReferredToResource():
                self.resources[event.referral.referral_id] = event.referral
            case on.ResourceOutcomeRecorded():
                self.resource_outcomes[event.referral_id] = (event.outcome, event.day)
            case on.OutreachAttempted():
                self.outreach = (*self.outreach, event.outreach)

    def _apply_consents(self, event: Event) -> None:
        match event:
            case on.ConsentGiven():
                self.consents[event.consent.consent_id] = event.consent
            case on.ConsentRevoked():
                self.revoked[event.consent_id] = event.day
            case on.DisclosureMade() | on.DisclosedInEmergency() | on.DisclosedWithoutConsent():
                self.disclosures[event.disclosure.disclosure_id] = event.disclosure

    def _apply_waivers(self, event: Event) -> None:
        match event:
            case on.RuleWaived():
                until = (event.last_day, event.reason)
                self.waivers.setdefault(event.rule, {})[event.first_day] = until
            case on.WaiverWithdrawn():
                self.waivers.get(event.rule, {}).pop(event.first_day, None)

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

    def _apply_collisions(self, event: Event) -> None:
        match event:
            case on.CollisionFound():
                found = self.undecided.get(event.session_id, ())
                self.undecided[event.session_id] = (*found, event.commitment)
            case on.CollisionAccepted():
                accepted = self.accepted.get(event.session_id, ())
                self.accepted[event.session_id] = (*accepted, event.commitment)
                waiting = self.undecided.pop(event.session_id, ())
                if rest := tuple(each for each in waiting if each != event.commitment):
                    self.undecided[event.session_id] = rest
