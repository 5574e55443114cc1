"""What can happen to a patient's questionnaires and drug tests.

All of it is `clinical`: who subscribes to what happens in care does not get it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Literal

from domain.aggregate import Event, Opening, Privacy
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import Because, HandOver, Result, Specimen
from domain.monitoring.instruments import Concern, Instrument, Scale

Response = Literal["assessed-further", "safety-plan", "seen-at-once", "referred-up", "no-risk-seen"]
"""What somebody did about a safety concern."""

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


class AssessmentCorrected(Event):
    """Answers were recorded wrongly; the first record stays."""

    TOPIC = "assessment.corrected"
    PRIVACY: ClassVar[Privacy] = "clinical"

    answers: Mapping[str, int]
    scales: tuple[Scale, ...]
    reason: str


class ConcernRaised(Event):
    """An answer makes somebody's safety a concern that has to be acknowledged."""

    TOPIC = "assessment.concern-raised"
    PRIVACY: ClassVar[Privacy] = "clinical"

    concern: Concern


class ConcernAcknowledged(Event):
    """The author has seen the concern and says what was done; `credential` is theirs that day."""

    TOPIC = "assessment.concern-acknowledged"
    PRIVACY: ClassVar[Privacy] = "clinical"

    response: Response
    credential: str


# Drug tests


class DrugTestingOpened(Opening):
    """Drug tests of a patient are on record from now on."""

    TOPIC = "drug-testing.opened"
    PRIVACY: ClassVar[Privacy] = "clinical"

    patient_id: str


class IntervalSet(Event):
    """Tests are drawn at random from `began_on` on; the seed is sealed under the patient's key."""

    TOPIC = "drug-testing.interval-set"
    PRIVACY: ClassVar[Privacy] = "clinical"

    gaps: Gaps
    began_on: date
    sealed_seed: str


class IntervalEnded(Event):
    """No more tests are drawn."""

    TOPIC = "drug-testing.interval-ended"
    PRIVACY: ClassVar[Privacy] = "clinical"

    reason: str


class DrugTestDrawn(Event):
    """The draw fell on this day. It can be checked from the seed and what it is told here.

    `last` is the day from which the gap counts, `comes_on` the days of the rest of the window on
    which the patient was to come.
    """

    TOPIC = "drug-testing.drug-test-drawn"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    number: int
    day: date
    last: date
    comes_on: tuple[date, ...]


class DrugTestOrdered(Event):
    """Somebody ordered a test for a reason of its own."""

    TOPIC = "drug-testing.drug-test-ordered"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    day: date
    because: Because


class PatientNotified(Event):
    """The patient was told of the test."""

    TOPIC = "drug-testing.patient-notified"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    at: datetime


class SpecimenCollected(Event):
    """A specimen was taken; `observed` tells whether somebody looked on."""

    TOPIC = "drug-testing.specimen-collected"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    at: datetime
    specimen: Specimen
    observed: bool


class SpecimenHandedOver(Event):
    """The specimen changed hands."""

    TOPIC = "drug-testing.specimen-handed-over"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    hand_over: HandOver


class ResultReported(Event):
    """A result came in: a presumptive one, or the definitive one that confirms or refutes it."""

    TOPIC = "drug-testing.result-reported"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    result: Result


class ResultCorrected(Event):
    """The last result was reported wrongly; the first report stays."""

    TOPIC = "drug-testing.result-corrected"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    result: Result
    reason: str


class DrugTestMissed(Event):
    """The patient was notified and did not come for the test."""

    TOPIC = "drug-testing.drug-test-missed"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str


class DrugTestRefused(Event):
    """The patient did not give a specimen."""

    TOPIC = "drug-testing.drug-test-refused"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    at: datetime


class DrugTestCalledOff(Event):
    """The program or the laboratory called the test off; it says nothing about the patient."""

    TOPIC = "drug-testing.drug-test-called-off"
    PRIVACY: ClassVar[Privacy] = "clinical"

    test_id: str
    reason: str
