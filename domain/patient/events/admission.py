"""What can happen before and at the beginning of a treatment, and to its record."""

from datetime import date
from typing import Any

from domain.aggregate import Event, Opening
from domain.levels import Level
from domain.patient.treatment import Referral, Screened, UpReason
from domain.program.events import Focus

BY_IMPORT = "recorded by import"
"""The reason in the record of who was admitted by a clinic's files, without a screening in them."""


class PatientReferred(Opening):
    """Somebody new to the facility is a candidate for a program."""

    TOPIC = "patient.referred"

    program_id: str
    referral: Referral


class PatientReferredAgain(Event):
    """Somebody who is known is a candidate, again or by another referral."""

    TOPIC = "patient.referred-again"

    referral: Referral


class PatientScreened(Event):
    """A screening recommends a level of care; what it found is in the screening's own event."""

    TOPIC = "patient.screened"

    screened: Screened


class PatientReferredUp(Event):
    """The candidate needs more care than this level gives, and was referred there."""

    TOPIC = "patient.referred-up"

    level: Level
    reasons: tuple[UpReason, ...]


class ReferralClosed(Event):
    """The candidate is one no longer, without a treatment."""

    TOPIC = "patient.referral-closed"

    reason: str


class PatientAdmitted(Opening):
    """A treatment began that was not preceded by a referral; `override` says why."""

    TOPIC = "patient.admitted"
    class_version = 2

    program_id: str
    admitted_on: date
    payer: str
    focus: Focus | None
    override: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 was only ever recorded by imports, and not what for."""
        state["focus"] = None
        state["override"] = BY_IMPORT


class CandidateAdmitted(Event):
    """A candidate's treatment began: their first, or a new `episode` of the same patient."""

    TOPIC = "patient.candidate-admitted"

    program_id: str
    admitted_on: date
    payer: str
    focus: Focus
    episode: int
    screening_id: str | None
    override: str | None


class AdmissionCorrected(Event):
    """The program, first day or payer of a treatment was recorded wrongly."""

    TOPIC = "patient.admission-corrected"

    program_id: str
    admitted_on: date
    payer: str


class PatientMerged(Event):
    """The record is of the same person as `into`, which goes on; this one is closed."""

    TOPIC = "patient.merged"

    into: str


class PatientAbsorbed(Event):
    """The record `patient_id` was of the same person: its history belongs to this one."""

    TOPIC = "patient.absorbed"

    patient_id: str
