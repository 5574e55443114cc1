"""Commands about questionnaires and drug tests.

The commands that measure how a patient does. Nothing here ends a treatment.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime

from domain.aggregate import derived_id
from domain.errors import GapTooLong, NotAdmitted, NotOnRecord
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import Because, HandOver, Phase, Result, Specimen
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import Response
from domain.monitoring.instruments import Instrument
from domain.patient import Patient
from domain.policy import in_force
from services.application.command import command
from services.application.unit_of_work import NotKnown, UnitOfWork

SEED_BYTES = 32


# Questionnaires


@command("assessment.take")
def take_assessment(
    work: UnitOfWork,
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
    at = taken_at or work.context.at
    patient = work.patient(patient_id)
    day = at.astimezone(work.zone(patient.facility_id)).date()
    if not (patient.referral or patient.admitted_at(day)):
        raise NotAdmitted
    assessment_id = Assessment.id_of(patient_id, instrument, at)
    known = work.find(assessment_id, Assessment)
    if known:
        known.correct(work.context, answers, reason)
        return assessment_id
    assessment = Assessment.take(
        work.context,
        facility_id=patient.facility_id,
        patient_id=patient_id,
        instrument=instrument,
        taken_at=at,
        answers=answers,
    )
    return work.keep(assessment).id


@command("assessment.acknowledge-concern")
def acknowledge_concern(work: UnitOfWork, assessment_id: str, response: Response) -> None:
    """Say that a safety concern was seen and what was done. The author is of the staff."""
    assessment = work.find(assessment_id, Assessment)
    if assessment is None:
        raise NotKnown(what="assessment")
    today = work.today(assessment.facility_id)
    credential = work.own_credential(assessment.facility_id, today)
    assessment.acknowledge(work.context, response, credential=credential)


# Drug tests: which day


@command("drug-testing.set-draws")
def draw_drug_tests(work: UnitOfWork, patient_id: str, gaps: Gaps) -> None:
    """Draw a patient's tests at random intervals from today on, by a seed nobody sees."""
    patient = work.patient(patient_id)
    today = _in_treatment(work, patient)
    patient.check_stays(None)
    work.check_known(patient_id)
    sealed = work.vault.seal_seed(patient_id, secrets.token_bytes(SEED_BYTES))
    _testing(work, patient).set_interval(work.context, gaps, today, sealed)


@command("drug-testing.end-draws")
def end_drug_tests(work: UnitOfWork, patient_id: str, reason: str) -> None:
    """Draw no more tests."""
    end_draws(work, work.patient(patient_id).id, reason)


@command("drug-testing.set-phase")
def set_testing_phase(
    work: UnitOfWork, patient_id: str, phase: Phase, from_day: date, gaps: Gaps | None = None
) -> None:
    """Decide whether a patient is stable from a day on: how often the policies ask for a test.

    With `gaps` tests are drawn by these from the last one on. Raises GapTooLong where the draws
    could leave more days between two tests than a policy then asks for.
    """
    patient = work.patient(patient_id)
    today = _in_treatment(work, patient)
    patient.check_stays(None)
    work.check_past(patient.facility_id, from_day)
    testing, admitted_on = _testing(work, patient), patient.admitted_on or from_day
    testing.set_phase(work.context, phase, from_day, admitted_on)
    if gaps:
        if testing.gaps is None:
            raise NotOnRecord(what="random draw of drug tests")
        sealed = work.vault.seal_seed(patient_id, secrets.token_bytes(SEED_BYTES))
        testing.set_interval(work.context, gaps, testing.last, sealed)
    most = _most_days_between_tests(work, patient, today, phase)
    if testing.gaps and most and testing.gaps.longest > most:
        raise GapTooLong(longest=testing.gaps.longest, most=most)


@command("drug-testing.draw")
def draw_drug_test(work: UnitOfWork, patient_id: str) -> None:
    """Order a test for today, if that is where the draw falls.

    Raises NotOnRecord where no tests of the patient are drawn.
    """
    patient = work.patient(patient_id)
    patient.check_admitted(work.today(patient.facility_id))
    testing = work.find(DrugTesting.id_of(patient_id), DrugTesting)
    today, zone = work.today(patient.facility_id), work.zone(patient.facility_id)
    if testing is None or testing.sealed_seed is None or testing.gaps is None:
        raise NotOnRecord(what="random draw of drug tests")
    comes_on = {each.starts_at.astimezone(zone).date() for each in patient.bookings.values()}
    seed = work.vault.open_seed(patient_id, testing.sealed_seed)
    testing.draw(work.context, seed, today, comes_on)


@command("drug-testing.order")
def order_drug_test(work: UnitOfWork, patient_id: str, because: Because) -> str:
    """Order a test for today, for a reason of its own; return its id."""
    patient = work.patient(patient_id)
    today = _in_treatment(work, patient)
    test_id = derived_id("drug-test", patient_id, because, today.isoformat())
    _testing(work, patient).order(work.context, test_id, today, because)
    return test_id


# Drug tests: step by step


@command("drug-testing.notify")
def notify_of_test(
    work: UnitOfWork, patient_id: str, test_id: str, at: datetime | None = None
) -> None:
    """Record that the patient was told of a test: now, or at an earlier time."""
    _step(work, patient_id, lambda it: it.notify(work.context, test_id, at or work.context.at))


@command("drug-testing.collect")
def collect_specimen(
    work: UnitOfWork,
    patient_id: str,
    test_id: str,
    specimen: Specimen,
    *,
    observed: bool = False,
    at: datetime | None = None,
) -> None:
    """Record that a specimen was taken: now, or at an earlier time."""
    _step(
        work,
        patient_id,
        lambda it: it.collect(
            work.context, test_id, at or work.context.at, specimen, observed=observed
        ),
    )


@command("drug-testing.hand-over")
def hand_specimen_over(
    work: UnitOfWork, patient_id: str, test_id: str, hand_over: HandOver
) -> None:
    """Record that a specimen changed hands."""
    _step(work, patient_id, lambda it: it.hand_over(work.context, test_id, hand_over))


@command("drug-testing.report-result")
def report_result(work: UnitOfWork, patient_id: str, test_id: str, result: Result) -> None:
    """Record what was found."""
    _step(work, patient_id, lambda it: it.report_result(work.context, test_id, result))


@command("drug-testing.correct-result")
def correct_result(
    work: UnitOfWork, patient_id: str, test_id: str, result: Result, reason: str
) -> None:
    """Put the last result of a test right."""
    _step(work, patient_id, lambda it: it.correct_result(work.context, test_id, result, reason))


@command("drug-testing.miss")
def miss_test(work: UnitOfWork, patient_id: str, test_id: str) -> None:
    """Record that a patient did not come for a test, once its day is over."""
    today = work.today(work.patient(patient_id).facility_id)
    _known_testing(work, patient_id).miss(work.context, test_id, today)


@command("drug-testing.refuse")
def refuse_test(
    work: UnitOfWork, patient_id: str, test_id: str, at: datetime | None = None
) -> None:
    """Record that a patient did not give a specimen."""
    _step(work, patient_id, lambda it: it.refuse(work.context, test_id, at or work.context.at))


@command("drug-testing.call-off")
def call_test_off(work: UnitOfWork, patient_id: str, test_id: str, reason: str) -> None:
    """Call a test off, for a reason that says nothing about the patient."""
    _step(work, patient_id, lambda it: it.call_off(work.context, test_id, reason))


def _step(work: UnitOfWork, patient_id: str, step: Callable[[DrugTesting], None]) -> None:
    step(_known_testing(work, patient_id))


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


def _most_days_between_tests(
    work: UnitOfWork, patient: Patient, day: date, phase: Phase
) -> int | None:
    """Return the fewest days to the next test for which a policy in force asks in a phase."""
    payer = patient.payer_on(day) or ""
    adopted = work.program_of(patient).policies
    adopted = adopted | work.facility(patient.facility_id).payer_policies.get(payer, {})
    policies = [policy.on(day) for each in adopted.values() if (policy := in_force(each, day))]
    first = "drug_test_stable_days" if phase == "stable" else "drug_test_days"
    asked = (each.parameter(first) or each.parameter("drug_test_days") for each in policies)
    return min((each.value for each in asked if each), default=None)


def _testing(work: UnitOfWork, patient: Patient) -> DrugTesting:
    known = work.find(DrugTesting.id_of(patient.id), DrugTesting)
    facts = {"facility_id": patient.facility_id, "patient_id": patient.id}
    return known or work.keep(DrugTesting.start(work.context, **facts))


def _known_testing(work: UnitOfWork, patient_id: str) -> DrugTesting:
    known = work.find(DrugTesting.id_of(patient_id), DrugTesting)
    if known is None:
        raise NotOnRecord(what="drug test")
    return known
