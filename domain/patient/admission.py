"""The way in and the way out: referral, screening, admission, discharge."""

from datetime import date
from typing import Self

from domain import bounds
from domain.aggregate import CommandContext
from domain.errors import (
    AlreadyAdmitted,
    CandidateAgain,
    EndsBeforeStart,
    NoSuchLevel,
    NotAdmitted,
    NotRecommended,
    NotReferred,
    NotScreened,
    ReasonMissing,
    StaysOverlap,
)
from domain.levels import ABOVE, BELOW, THIS_LEVEL, Level
from domain.patient import events as on
from domain.patient.state import PatientState
from domain.patient.treatment import Discharge, Referral, Screened, UpReason
from domain.program.events import Focus


class Admission(PatientState):
    """Guards that nobody is treated at this level whom a screening sends elsewhere, unsaid."""

    # Commands: the candidate

    @classmethod
    def refer(
        cls, context: CommandContext, *, id: str, facility_id: str, referral: Referral
    ) -> Self:
        """Open the record of a new candidate, under a new random id."""
        _check_reach(context, "the day of the referral", referral.day)
        return cls.open(
            on.PatientReferred,
            context,
            id=id,
            facility_id=facility_id,
            program_id=referral.program_id,
            referral=referral,
        )

    def refer_again(self, context: CommandContext, referral: Referral) -> None:
        """Refer somebody who is on record again, or replace the referral."""
        if self.referral == referral:
            return
        if self.in_treatment:
            raise AlreadyAdmitted
        _check_reach(context, "the day of the referral", referral.day)
        self.record(on.PatientReferredAgain, context, referral=referral)

    def take_screening(self, context: CommandContext, screened: Screened) -> None:
        """Take in what a screening recommends, of a candidate or of a patient in treatment.

        One that is older than the last, or of a candidacy or treatment before, recommends nothing.
        """
        if not (self.referral or self.in_treatment):
            raise NotReferred
        last = self.screened
        older = last and last.screening_id != screened.screening_id and screened.day < last.day
        if last != screened and not older and not self._of_before(screened):
            self.record(on.PatientScreened, context, screened=screened)

    def refer_up(
        self, context: CommandContext, level: Level, reasons: tuple[UpReason, ...]
    ) -> None:
        """Send a candidate to a level with more care."""
        if level not in ABOVE:
            raise NoSuchLevel(level=level, levels=", ".join(ABOVE))
        if self.referral is None and self.referred_up_to == level:
            return
        self._check_candidate()
        if not reasons:
            raise ReasonMissing
        self.record(on.PatientReferredUp, context, level=level, reasons=reasons)

    def close_referral(self, context: CommandContext, reason: str) -> None:
        """Close a candidate's referral without a treatment."""
        if not reason:
            raise ReasonMissing
        closed = self.referral is None and self.referred_up_to is None
        if closed and self.candidacy_ended == reason:
            return
        self._check_candidate()
        self.record(on.ReferralClosed, context, reason=reason)

    # Commands: the beginning

    @classmethod
    def admit(
        cls,
        context: CommandContext,
        *,
        id: str,
        facility_id: str,
        program_id: str,
        admitted_on: date,
        payer: str,
        focus: Focus | None = None,
        override: str,
    ) -> Self:
        """Begin a treatment under a new random id; `override` says why without a referral."""
        if not override:
            raise ReasonMissing
        _check_reach(context, "the day of admission", admitted_on)
        return cls.open(
            on.PatientAdmitted,
            context,
            id=id,
            facility_id=facility_id,
            program_id=program_id,
            admitted_on=admitted_on,
            payer=payer,
            focus=focus,
            override=override,
        )

    def admit_candidate(
        self,
        context: CommandContext,
        *,
        admitted_on: date,
        payer: str,
        focus: Focus,
        override: str | None = None,
    ) -> None:
        """Begin a candidate's treatment, which may be a new one of the same patient.

        Where no screening recommends this level, `override` says why it begins all the same.
        """
        so = (self.admitted_on, self.payer, self.focus, self.override)
        if self.in_treatment and so == (admitted_on, payer, focus, override):
            return
        referral = self._check_candidate()
        _check_reach(context, "the day of admission", admitted_on)
        if admitted_on < referral.day:
            raise EndsBeforeStart(start="the referral", end="admitted_on")
        if self.discharge and admitted_on <= self.discharge.day:
            raise StaysOverlap(day=self.discharge.day)
        if not override:
            self._check_recommended()
        self.record(
            on.CandidateAdmitted,
            context,
            program_id=referral.program_id,
            admitted_on=admitted_on,
            payer=payer,
            focus=focus,
            episode=self.episode + 1,
            screening_id=self.screened.screening_id if self.screened else None,
            override=override,
        )

    def correct_admission(
        self, context: CommandContext, *, program_id: str, admitted_on: date, payer: str
    ) -> None:
        """Put right what was recorded of the admission."""
        facts = {"program_id": program_id, "admitted_on": admitted_on, "payer": payer}
        if all(getattr(self, key) == value for key, value in facts.items()):
            return
        if self.admitted_on is None:
            raise NotAdmitted
        _check_reach(context, "the day of admission", admitted_on)
        if self.discharge and self.discharge.day < admitted_on:
            raise EndsBeforeStart(start="admitted_on", end="discharged_on")
        if self.earlier and admitted_on <= self.earlier[-1].discharge.day:
            raise StaysOverlap(day=self.earlier[-1].discharge.day)
        self.record(on.AdmissionCorrected, context, **facts)

    # Commands: the end

    def end(self, context: CommandContext, discharge: Discharge | None) -> None:
        """Discharge the patient, or put right how or whether that happened."""
        if self.admitted_on is None:
            raise NotAdmitted
        if self.discharge == discharge:
            return
        if discharge:
            _check_reach(context, "the day of discharge", discharge.day)
            self._check_end(discharge)
        elif self.referral:
            raise CandidateAgain
        event = on.DischargeCorrected if self.discharge else on.PatientDischarged
        self.record(event, context, discharge=discharge)

    def _check_end(self, discharge: Discharge) -> None:
        if self.admitted_on and discharge.day < self.admitted_on:
            raise EndsBeforeStart(start="admitted_on", end="discharged_on")
        levels = {"step-up": ABOVE, "step-down": BELOW}.get(discharge.kind)
        if levels and discharge.to_level not in levels:
            raise NoSuchLevel(level=discharge.to_level or "missing", levels=", ".join(levels))

    # Helpers

    def _of_before(self, screened: Screened) -> bool:
        """Tell whether a screening is of a candidacy or treatment that has ended."""
        began = self.referral.day if self.referral else self.admitted_on
        if began is None or screened.day >= began:
            return False
        ended = [stay.discharge.day for stay in self.earlier]
        ended += [self.discharge.day] if self.discharge else []
        return screened.screening_id in self.past_screenings or screened.day < max(
            ended, default=screened.day
        )

    def _check_candidate(self) -> Referral:
        if self.in_treatment:
            raise AlreadyAdmitted
        if self.referral is None:
            raise NotReferred
        return self.referral

    def _check_recommended(self) -> None:
        if self.screened is None:
            raise NotScreened
        if self.screened.level != THIS_LEVEL:
            raise NotRecommended(level=self.screened.level)


def _check_reach(context: CommandContext, what: str, day: date) -> None:
    bounds.check(what, bounds.reach_problem(day, context.at))
