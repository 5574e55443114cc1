"""Incidents are of a treatment, each once a day, and taken back with a reason alone."""

import pytest

from domain.errors import NotAdmitted, NotOnRecord, ReasonMissing, RecordMerged
from domain.patient import IncidentKind, IncidentRecorded, IncidentWithdrawn
from tests.domain.patient.test_admission import LEFT, day, in_treatment, merged
from tests.domain.patient.test_patient import ended
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact


def learned(on: int = 10, kind: IncidentKind = "arrest") -> Command:
    return lambda p: p.record_incident(CAUSE, kind, day(on))


def withdrawn(
    on: int = 10, kind: IncidentKind = "arrest", reason: str = "somebody else"
) -> Command:
    return lambda p: p.withdraw_incident(CAUSE, kind, day(on), reason)


def test_what_was_learned_is_recorded_once_a_day() -> None:
    spec = in_treatment().when(learned())
    spec.then(fact(IncidentRecorded, kind="arrest", learned_on=day(10)))
    in_treatment(learned()).when(learned()).then_nothing()
    for another in (learned(11), learned(kind="use")):
        in_treatment(learned()).when(another).then(fact(IncidentRecorded))


@pytest.mark.parametrize("on", [-1, 31])
def test_an_incident_is_of_a_day_of_the_treatment(on: int) -> None:
    in_treatment(ended(LEFT)).when(learned(on)).then_refused(NotAdmitted)


def test_an_incident_is_taken_back_with_a_reason() -> None:
    in_treatment(learned()).when(withdrawn()).then(
        fact(IncidentWithdrawn, kind="arrest", learned_on=day(10), reason="somebody else")
    )
    in_treatment(learned()).when(withdrawn(reason=" ")).then_refused(ReasonMissing)


def test_what_is_not_on_record_is_not_taken_back() -> None:
    for other in (withdrawn(11), withdrawn(kind="use")):
        in_treatment(learned()).when(other).then_refused(NotOnRecord)
    in_treatment(learned(), withdrawn()).when(withdrawn()).then_refused(NotOnRecord)


def test_what_was_taken_back_can_be_recorded_again() -> None:
    in_treatment(learned(), withdrawn()).when(learned()).then(fact(IncidentRecorded))


def test_of_a_record_that_was_merged_nothing_is_recorded() -> None:
    in_treatment(merged).when(learned()).then_refused(RecordMerged)
