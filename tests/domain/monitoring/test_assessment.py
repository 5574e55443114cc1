"""A filled-in questionnaire, what it comes to, and a safety concern that has to be seen."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.errors import NotOnRecord, NotYet, ReasonMissing, WrongAnswers
from domain.monitoring.assessment import Assessment
from domain.monitoring.events import (
    AssessmentCorrected,
    AssessmentTaken,
    ConcernAcknowledged,
    ConcernRaised,
)
from domain.monitoring.instruments import Scale
from tests.support.domain_examples import CAUSE, FACILITY
from tests.support.given_when_then import fact, given

SOUND = {str(number): 0 for number in range(1, 10)}
DEATH = SOUND | {"9": 1}


def taken(answers: Any = SOUND, at: datetime = CAUSE.at) -> Assessment:
    return Assessment.take(
        CAUSE,
        facility_id=FACILITY,
        patient_id="patient-1",
        instrument="phq-9",
        taken_at=at,
        answers=answers,
    )


def corrected(answers: Any, reason: str = "misread") -> Any:
    return lambda a: a.correct(CAUSE, answers, reason)


def acknowledged(response: Any = "safety-plan") -> Any:
    return lambda a: a.acknowledge(CAUSE, response, credential="LCSW")


def test_answers_are_recorded_with_what_they_come_to() -> None:
    given().when(lambda _: taken()).then(
        fact(AssessmentTaken, answers=SOUND, scales=(Scale("total", 0, "minimal", verified=True),))
    )


@pytest.mark.parametrize(("seconds", "possible"), [(-1, True), (0, True), (1, False)])
def test_nobody_answers_tomorrow(seconds: int, possible: bool) -> None:
    at = CAUSE.at + timedelta(seconds=seconds)
    spec = given().when(lambda _: taken(at=at))
    spec.then(fact(AssessmentTaken)) if possible else spec.then_refused(NotYet)


def test_wrong_items_are_refused() -> None:
    given().when(lambda _: taken(SOUND | {"1": 4})).then_refused(WrongAnswers)
    given(taken()).when(corrected(SOUND | {"1": 4})).then_refused(WrongAnswers)


def test_answers_are_put_right_with_a_reason() -> None:
    spec = given(taken()).when(corrected(SOUND | {"1": 3}))
    spec.then(fact(AssessmentCorrected, scales=(Scale("total", 3, "minimal", verified=True),)))
    spec.when(corrected(SOUND | {"1": 3})).then_nothing()
    spec.when(corrected(SOUND, "")).then_refused(ReasonMissing)


def test_a_concern_is_raised_with_the_answer_and_seen_by_somebody() -> None:
    spec = given().when(lambda _: taken(DEATH))
    spec.then(fact(AssessmentTaken), fact(ConcernRaised, concern="thoughts-of-death"))
    spec.when(acknowledged())
    spec.then(fact(ConcernAcknowledged, response="safety-plan", credential="LCSW"))
    spec.when(acknowledged()).then_nothing()
    spec.when(acknowledged("referred-up")).then(fact(ConcernAcknowledged))


def test_a_concern_that_a_correction_raises_is_raised_once() -> None:
    spec = given(taken()).when(corrected(DEATH))
    spec.then(fact(AssessmentCorrected), fact(ConcernRaised))
    spec.when(corrected(DEATH | {"1": 1})).then(fact(AssessmentCorrected))


def test_a_concern_stays_until_it_is_seen_though_the_answer_was_wrong() -> None:
    spec = given(taken(DEATH)).when(corrected(SOUND))
    spec.then(fact(AssessmentCorrected))
    assert spec.aggregate.concern == "thoughts-of-death"
    spec.when(acknowledged("no-risk-seen")).then(fact(ConcernAcknowledged))


def test_where_there_is_no_concern_there_is_nothing_to_see() -> None:
    given(taken()).when(acknowledged()).then_refused(NotOnRecord, what="safety concern")
