"""Incidents are recorded once a day of each kind, and taken back with a reason alone."""

from datetime import date, timedelta

from domain.errors import NotOnRecord, ReasonMissing
from domain.monitoring.events import IncidentRecorded, IncidentWithdrawn
from domain.monitoring.incident import IncidentKind
from domain.monitoring.incidents import Incidents
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact, given


def day(number: int) -> date:
    return date(2026, 3, 2) + timedelta(days=number)


def hers() -> Incidents:
    return Incidents.start(CAUSE, facility_id="facility-1", patient_id="patient-1")


def learned(on: int = 10, kind: IncidentKind = "arrest") -> Command:
    return lambda it: it.learn(CAUSE, kind, day(on))


def withdrawn(
    on: int = 10, kind: IncidentKind = "arrest", reason: str = "somebody else"
) -> Command:
    return lambda it: it.withdraw(CAUSE, kind, day(on), reason)


def test_what_was_learned_is_recorded_once_a_day() -> None:
    spec = given(hers()).when(learned())
    spec.then(fact(IncidentRecorded, patient_id="patient-1", kind="arrest", learned_on=day(10)))
    given(hers(), learned()).when(learned()).then_nothing()
    for another in (learned(11), learned(kind="use")):
        given(hers(), learned()).when(another).then(fact(IncidentRecorded))


def test_an_incident_is_taken_back_with_a_reason() -> None:
    said = {"patient_id": "patient-1", "kind": "arrest", "learned_on": day(10)}
    given(hers(), learned()).when(withdrawn()).then(
        fact(IncidentWithdrawn, **said, reason="somebody else")
    )
    given(hers(), learned()).when(withdrawn(reason=" ")).then_refused(ReasonMissing)


def test_what_is_not_on_record_is_not_taken_back() -> None:
    given(hers()).when(withdrawn()).then_refused(NotOnRecord)
    for other in (withdrawn(11), withdrawn(kind="use")):
        given(hers(), learned()).when(other).then_refused(NotOnRecord)
    given(hers(), learned(), withdrawn()).when(withdrawn()).then_refused(NotOnRecord)


def test_what_was_taken_back_can_be_recorded_again() -> None:
    given(hers(), learned(), withdrawn()).when(learned()).then(fact(IncidentRecorded))
