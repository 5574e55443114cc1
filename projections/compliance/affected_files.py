"""Which files an event has to do with."""

from collections.abc import Iterable, Iterator
from typing import cast

from domain.aggregate import Event
from domain.compliance.facts import SessionFacts
from domain.monitoring.events import AssessmentTaken, DrugTestingOpened
from domain.patient import PatientMerged
from projections.compliance import session_facts
from projections.compliance.case_files import CaseFile, Key, Kind


def affected_keys(event: Event) -> Iterator[Key]:
    """Yield the keys of what an event names."""
    yield "facility", event.facility_id
    kind, _, _ = event.TOPIC.partition(".")
    if kind in {"session", "patient", "program"}:
        yield cast("Kind", kind), event.originator_id
    elif kind == "drug-testing":
        yield "testing", event.originator_id
    if isinstance(event, PatientMerged):
        yield "patient", event.into
    if isinstance(event, (*session_facts.OF_ONE_PATIENT, AssessmentTaken, DrugTestingOpened)):
        yield "patient", event.patient_id


def concerned(event: Event, session: SessionFacts | None) -> list[str]:
    """Return the patients whose visits an event of a session changes."""
    if isinstance(event, session_facts.OF_ONE_PATIENT):
        return [event.patient_id]
    return sorted(session.places) if session and isinstance(event, session_facts.OF_ALL) else []


def rosters_of(files: Iterable[CaseFile | None], events: Iterable[Event]) -> set[Key]:
    """Return the keys of the patients who have a place in a session that changes as a whole."""
    changing = {each.originator_id for each in events if isinstance(each, session_facts.OF_ALL)}
    return {
        ("patient", patient_id)
        for each in files
        if each and each.kind == "session" and each.id in changing
        for patient_id in each.facts.places
    }


def testing_of(files: Iterable[CaseFile | None]) -> set[Key]:
    """Return the keys of the patients whose drug tests are meant."""
    return {("patient", each.facts) for each in files if each and each.kind == "testing"}


def merged_of(files: Iterable[CaseFile | None]) -> set[Key]:
    """Return the keys of the records that go on in place of merged ones."""
    return {
        ("patient", each.facts.merged_into)
        for each in files
        if each and each.kind == "patient" and each.facts.merged_into
    }
