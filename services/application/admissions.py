"""Commands about the way in: referral, screening, admission."""

import uuid
from datetime import date

from domain.aggregate import CommandContext
from domain.errors import PersonUnnamed
from domain.identity import Identity, RecordNumber
from domain.levels import Level
from domain.patient import Patient, Referral, Screened
from domain.patient.treatment import UpReason
from domain.program import Focus
from domain.screening import Finding, Screening
from services.application.unit_of_work import CommandHandler, UnitOfWork
from services.vault import Person


class Admissions(CommandHandler):
    """The commands that turn a referral into a treatment, or send it elsewhere."""

    def refer_patient(
        self, context: CommandContext, facility_id: str, person: Person, referral: Referral
    ) -> str:
        """Let somebody be a candidate for a program; return their random id.

        Whoever has the record number is the same patient: another treatment is a new episode.
        """
        if not all(each.strip() for each in (person.mrn, person.given_name, person.family_name)):
            raise PersonUnnamed
        new_id = f"patient-{uuid.uuid4().hex}"

        def decision(work: UnitOfWork) -> str:
            work.program(facility_id, referral.program_id)
            work.check_past(facility_id, referral.day)
            number_id = RecordNumber.id_of(self.vault.number_hash(facility_id, person.mrn))
            number = work.find(number_id, RecordNumber)
            if number:
                patient = work.person(number.patient_id)
                patient.refer_again(context, referral)
                self._correct_identity(work, number.patient_id, person)
                return patient.id
            work.keep(Patient.refer(context, id=new_id, facility_id=facility_id, referral=referral))
            sealed = self.vault.seal(new_id, person)
            facts = {"facility_id": facility_id, "patient_id": new_id}
            work.keep(Identity.start(context, sealed=sealed, **facts))
            keyed_hash = self.vault.number_hash(facility_id, person.mrn)
            work.keep(RecordNumber.assign(context, keyed_hash=keyed_hash, **facts))
            return new_id

        return self.decide(context, decision)

    def screen_patient(
        self,
        context: CommandContext,
        patient_id: str,
        screened_on: date,
        finding: Finding,
        *,
        reason: str = "",
    ) -> None:
        """Record a screening, or with a `reason` put that day's right."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, screened_on)
            program_id = patient.referral.program_id if patient.referral else patient.program_id
            population = work.program(patient.facility_id, program_id).population
            screening_id = Screening.id_of(patient_id, screened_on)
            patient.take_screening(context, Screened(screening_id, screened_on, finding.level))
            known = work.find(screening_id, Screening)
            if known:
                known.correct(context, finding, population=population, reason=reason)
                return
            work.keep(
                Screening.start(
                    context,
                    facility_id=patient.facility_id,
                    patient_id=patient_id,
                    screened_on=screened_on,
                    finding=finding,
                    population=population,
                )
            )

        self.decide(context, decision)

    def refer_up(
        self, context: CommandContext, patient_id: str, level: Level, reasons: tuple[UpReason, ...]
    ) -> None:
        """Send a candidate who needs more care than this level gives to one that gives it."""
        self.decide(
            context, lambda work: work.patient(patient_id).refer_up(context, level, reasons)
        )

    def close_referral(self, context: CommandContext, patient_id: str, reason: str) -> None:
        """Let a candidate be one no longer, without a treatment."""
        self.decide(context, lambda work: work.patient(patient_id).close_referral(context, reason))

    def admit_patient(
        self,
        context: CommandContext,
        patient_id: str,
        *,
        admitted_on: date,
        payer: str,
        focus: Focus,
        override: str | None = None,
    ) -> None:
        """Begin a candidate's treatment; `override` says why, where no screening recommends it."""

        def decision(work: UnitOfWork) -> None:
            work.patient(patient_id).admit_candidate(
                context, admitted_on=admitted_on, payer=payer, focus=focus, override=override
            )

        self.decide(context, decision)

    def correct_admission(
        self,
        context: CommandContext,
        patient_id: str,
        *,
        program_id: str,
        admitted_on: date,
        payer: str,
    ) -> None:
        """Put right what was recorded of an admission."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.program(patient.facility_id, program_id)
            patient.correct_admission(
                context, program_id=program_id, admitted_on=admitted_on, payer=payer
            )

        self.decide(context, decision)

    def _correct_identity(self, work: UnitOfWork, patient_id: str, person: Person) -> None:
        identity = work.identity(patient_id)
        if self.vault.open(patient_id, identity.sealed) != person:
            identity.correct(work.context, self.vault.seal(patient_id, person))
