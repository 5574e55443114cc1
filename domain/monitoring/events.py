"""What can happen to a patient's questionnaires, drug tests and incidents.

All of it is `clinical`: who subscribes to what happens in care does not get it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Literal

from domain.aggregate import Event, Opening, Privacy
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import Because, HandOver, Phase, Result, Specimen
from domain.monitoring.incident import IncidentKind
from domain.monitoring.instruments import Concern, Instrument, Scale

Response = Literal["assessed-further", "safety-plan", "seen-at-once", "referred-up", "no-risk-seen"]
"""What somebody did about a safety concern."""


class Clinical(Event):
    """What is kept from those who may know what happened, but not what was found."""

    PRIVACY: ClassVar[Privacy] = "clinical"


# Questionnaires


class AssessmentTaken(Opening):
    """A patient answered a questionnaire; `scales` are what its items came to."""

    TOPIC = "assessment.taken"
    PRIVACY: ClassVar[Privacy] = "clinical"

    patient_id: str
    instrument: Instrument
    taken_at: datetime
    answers: Mapping[str, int]
    scales: tuple[Scale, ...]


class AssessmentCorrected(Clinical):
    """Answers were recorded wrongly; the first record stays."""

    TOPIC = "assessment.corrected"

    answers: Mapping[str, int]
    scales: tuple[Scale, ...]
    reason: str


class ConcernRaised(Clinical):
    """An answer makes somebody's safety a concern that has to be acknowledged."""

    TOPIC = "assessment.concern-raised"

    concern: Concern


class ConcernAcknowledged(Clinical):
    """The author has seen the concern and says what was done; `credential` is theirs that day."""

    TOPIC = "assessment.concern-acknowledged"

    response: Response
    credential: str


# Drug tests


class DrugTestingOpened(Opening):
    """Drug tests of a patient are on record from now on."""

    TOPIC = "drug-testing.opened"
    PRIVACY: ClassVar[Privacy] = "clinical"

    patient_id: str


class IntervalSet(Clinical):
    """Tests are drawn at random from `began_on` on; the seed is sealed under the patient's key."""

    TOPIC = "drug-testing.interval-set"

    gaps: Gaps
    began_on: date
    sealed_seed: str


class IntervalEnded(Clinical):
    """No more tests are drawn."""

    TOPIC = "drug-testing.interval-ended"

    reason: str


class PhaseSet(Clinical):
    """The author decided that the patient is stable from this day on, or is no longer."""

    TOPIC = "drug-testing.phase-set"

    phase: Phase
    from_day: date


class DrugTestDrawn(Clinical):
    """The draw fell on this day. Who opens the seed can check that, by `draw.is_drawn`.

    `last` is the day from which the gap counts, `comes_on` the days of the rest of the window on
    which the patient was to come. That it fell on no earlier day follows from the bookings of then.
    """

    TOPIC = "drug-testing.drug-test-drawn"

    test_id: str
    number: int
    day: date
    last: date
    comes_on: tuple[date, ...]


class DrugTestOrdered(Clinical):
    """Somebody ordered a test for a reason of its own."""

    TOPIC = "drug-testing.drug-test-ordered"

    test_id: str
    day: date
    because: Because


class PatientNotified(Clinical):
    """The patient was told of the test."""

    TOPIC = "drug-testing.patient-notified"

    test_id: str
    at: datetime


class SpecimenCollected(Clinical):
    """A specimen was taken; `observed` tells whether somebody looked on."""

    TOPIC = "drug-testing.specimen-collected"

    test_id: str
    at: datetime
    specimen: Specimen
    observed: bool


class SpecimenHandedOver(Clinical):
    """The specimen changed hands."""

    TOPIC = "drug-testing.specimen-handed-over"

    test_id: str
    hand_over: HandOver


class ResultReported(Clinical):
    """A result came in: a presumptive one, or the definitive one that confirms or refutes it."""

    TOPIC = "drug-testing.result-reported"

    test_id: str
    result: Result


class ResultCorrected(Clinical):
    """The last result was reported wrongly; the first report stays."""

    TOPIC = "drug-testing.result-corrected"

    test_id: str
    result: Result
    reason: str


class DrugTestMissed(Clinical):
    """The patient was notified and did not come for the test."""

    TOPIC = "drug-testing.drug-test-missed"

    test_id: str


class DrugTestRefused(Clinical):
    """The patient did not give a specimen."""

    TOPIC = "drug-testing.drug-test-refused"

    test_id: str
    at: datetime


class DrugTestCalledOff(Clinical):
    """The program or the laboratory called the test off; it says nothing about the patient."""

    TOPIC = "drug-testing.drug-test-called-off"

    test_id: str
    reason: str


# Incidents


class IncidentsOpened(Opening):
    """Incidents of a patient are on record from now on."""

    TOPIC = "incidents.opened"
    PRIVACY: ClassVar[Privacy] = "clinical"

    patient_id: str


class IncidentRecorded(Clinical):
    """The program learned on this day of something that it may have to report."""

    TOPIC = "incidents.incident-recorded"

    patient_id: str
    kind: IncidentKind
    learned_on: date


class IncidentWithdrawn(Clinical):
    """What was recorded of this day was wrong: there was no such incident."""

    TOPIC = "incidents.incident-withdrawn"

    patient_id: str
    kind: IncidentKind
    learned_on: date
    reason: str
