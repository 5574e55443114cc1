"""Commands about questionnaires and drug tests."""

import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime

from domain.aggregate import CommandContext, derived_id
from domain.errors import NotAdmitted, NotOnRecord
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import Because, HandOver, Result, Specimen
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import Response
from domain.monitoring.instruments import Instrument
from domain.patient import Patient
from services.application.unit_of_work import CommandHandler, NotKnown, UnitOfWork

SEED_BYTES = 32


class Monitoring(CommandHandler):
    """The commands that measure how a patient does. Nothing here ends a treatment."""

    # Questionnaires

    def take_assessment(
        self,
        context: CommandContext,
        patient_id: str,
        instrument: Instrument,
        answers: Mapping[str, int],
        *,
        taken_at: datetime | None = None,
        reason: str = "",
    ) -> str:
        """Record a patient's answers, given now or at `taken_at`; return the assessment's id.

        Other answers of that instant are put right, with a `reason`.
        """
        at = taken_at or context.at

        def decision(work: UnitOfWork) -> str:
            patient = work.patient(patient_id)
            day = at.astimezone(work.zone(patient.facility_id)).date()
            if not (patient.referral or patient.admitted_at(day)):
                raise NotAdmitted
            assessment_id = Assessment.id_of(patient_id, instrument, at)
            known = work.find(assessment_id, Assessment)
            if known:
                known.correct(context, answers, reason)
                return assessment_id
            assessment = Assessment.take(
                context,
                facility_id=patient.facility_id,
                patient_id=patient_id,
                instrument=instrument,
                taken_at=at,
                answers=answers,
            )
            return work.keep(assessment).id

        return self.decide(context, decision)

    def acknowledge_concern(
        self, context: CommandContext, assessment_id: str, response: Response
    ) -> None:
        """Say that a safety concern was seen and what was done. The author is of the staff."""

        def decision(work: UnitOfWork) -> None:
            assessment = work.find(assessment_id, Assessment)
            if assessment is None:
                raise NotKnown(what="assessment")
            facility = work.facility(assessment.facility_id)
            today = work.today(assessment.facility_id)
            credential = facility.credential_on(context.author, today)
            assessment.acknowledge(context, response, credential=credential)

        self.decide(context, decision)

    # Drug tests: which day

    def draw_drug_tests(self, context: CommandContext, patient_id: str, gaps: Gaps) -> None:
        """Draw a patient's tests at random intervals from today on, by a seed nobody sees."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            today = _in_treatment(work, patient)
            patient.check_stays(None)
            sealed = self.vault.seal_seed(patient_id, secrets.token_bytes(SEED_BYTES))
            _testing(work, patient).set_interval(context, gaps, today, sealed)

        # A discharge at the same moment sees it, or is seen.
        with self.journal.exclusive(patient_id):
            self.decide(context, decision)

    def end_drug_tests(self, context: CommandContext, patient_id: str, reason: str) -> None:
        """Draw no more tests."""

        def decision(work: UnitOfWork) -> None:
            end_draws(work, patient_id, reason)

        self.decide(context, decision)

    def draw_drug_test(self, context: CommandContext, patient_id: str) -> None:
        """Order a test for today, if that is where the draw falls."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            testing = work.find(DrugTesting.id_of(patient_id), DrugTesting)
            today, zone = work.today(patient.facility_id), work.zone(patient.facility_id)
            if testing is None or testing.sealed_seed is None or not patient.admitted_at(today):
                return
            comes_on = {
                each.starts_at.astimezone(zone).date() for each in patient.bookings.values()
            }
            seed = self.vault.open_seed(patient_id, testing.sealed_seed)
            testing.draw(context, seed, today, comes_on)

        self.decide(context, decision)

    def order_drug_test(self, context: CommandContext, patient_id: str, because: Because) -> str:
        """Order a test for today, for a reason of its own; return its id."""

        def decision(work: UnitOfWork) -> str:
            patient = work.patient(patient_id)
            today = _in_treatment(work, patient)
            test_id = derived_id("drug-test", patient_id, because, today.isoformat())
            _testing(work, patient).order(context, test_id, today, because)
            return test_id

        return self.decide(context, decision)

    # Drug tests: step by step

    def notify_of_test(
        self, context: CommandContext, patient_id: str, test_id: str, at: datetime | None = None
    ) -> None:
        """Record that the patient was told of a test: now, or at an earlier time."""
        self._step(context, patient_id, lambda it: it.notify(context, test_id, at or context.at))

    def collect_specimen(
        self,
        context: CommandContext,
        patient_id: str,
        test_id: str,
        specimen: Specimen,
        *,
        observed: bool = False,
        at: datetime | None = None,
    ) -> None:
        """Record that a specimen was taken: now, or at an earlier time."""
        self._step(
            context,
            patient_id,
            lambda it: it.collect(context, test_id, at or context.at, specimen, observed=observed),
        )

    def hand_specimen_over(
        self, context: CommandContext, patient_id: str, test_id: str, hand_over: HandOver
    ) -> None:
        """Record that a specimen changed hands."""
        self._step(context, patient_id, lambda it: it.hand_over(context, test_id, hand_over))

    def report_result(
        self, context: CommandContext, patient_id: str, test_id: str, result: Result
    ) -> None:
        """Record what was found."""
        self._step(context, patient_id, lambda it: it.report_result(context, test_id, result))

    def correct_result(
        self, context: CommandContext, patient_id: str, test_id: str, result: Result, reason: str
    ) -> None:
        """Put the last result of a test right."""
        self._step(
            context, patient_id, lambda it: it.correct_result(context, test_id, result, reason)
        )

    def miss_test(self, context: CommandContext, patient_id: str, test_id: str) -> None:
        """Record that a patient did not come for a test, once its day is over."""

        def decision(work: UnitOfWork) -> None:
            today = work.today(work.patient(patient_id).facility_id)
            _known_testing(work, patient_id).miss(context, test_id, today)

        self.decide(context, decision)

    def refuse_test(
        self, context: CommandContext, patient_id: str, test_id: str, at: datetime | None = None
    ) -> None:
        """Record that a patient did not give a specimen."""
        self._step(context, patient_id, lambda it: it.refuse(context, test_id, at or context.at))

    def call_test_off(
        self, context: CommandContext, patient_id: str, test_id: str, reason: str
    ) -> None:
        """Let a test be none, for a reason that says nothing about the patient."""
        self._step(context, patient_id, lambda it: it.call_off(context, test_id, reason))

    def _step(
        self, context: CommandContext, patient_id: str, step: Callable[[DrugTesting], None]
    ) -> None:
        self.decide(context, lambda work: step(_known_testing(work, patient_id)))


def end_draws(work: UnitOfWork, patient_id: str, reason: str) -> None:
    """Draw no more tests of a patient, if any are."""
    testing = work.find(DrugTesting.id_of(patient_id), DrugTesting)
    if testing:
        testing.end_interval(work.context, reason)


def _in_treatment(work: UnitOfWork, patient: Patient) -> date:
    """Return the day, on which the patient has to be in treatment. Raises NotAdmitted."""
    today = work.today(patient.facility_id)
    patient.check_admitted(today)
    return today


def _testing(work: UnitOfWork, patient: Patient) -> DrugTesting:
    known = work.find(DrugTesting.id_of(patient.id), DrugTesting)
    facts = {"facility_id": patient.facility_id, "patient_id": patient.id}
    return known or work.keep(DrugTesting.start(work.context, **facts))


def _known_testing(work: UnitOfWork, patient_id: str) -> DrugTesting:
    known = work.find(DrugTesting.id_of(patient_id), DrugTesting)
    if known is None:
        raise NotOnRecord(what="drug test")
    return known
