"""Which files an event has to do with."""

from collections.abc import Iterable, Iterator
from typing import cast

from domain.aggregate import Event
from domain.compliance.facts import SessionFacts
from domain.monitoring.events import DrugTestingOpened
from domain.patient import PatientMerged
from domain.program import Program
from domain.session import SessionRescheduled, SessionScheduled
from projections.compliance.case_file import Key, Kind, day_key
from projections.compliance.case_files import CaseFiles
from projections.compliance.taken_events import BESIDE_PATIENTS, OF_ALL, OF_ONE_PATIENT


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
    if isinstance(event, (*OF_ONE_PATIENT, *BESIDE_PATIENTS, DrugTestingOpened)):
        yield "patient", event.patient_id


def concerned(event: Event, session: SessionFacts | None) -> list[str]:
    """Return the patients whose visits an event of a session changes."""
    if isinstance(event, OF_ONE_PATIENT):
        return [event.patient_id]
    return sorted(session.places) if session and isinstance(event, OF_ALL) else []


def rosters_of(files: CaseFiles, events: Iterable[Event]) -> set[Key]:
    """Return the keys of the patients who have a place in a session that changes as a whole."""
    changing = {each.originator_id for each in events if isinstance(each, OF_ALL)}
    known = (files.facts("session", each) for each in changing)
    return {("patient", patient_id) for each in known if each for patient_id in each.places}


def testing_of(files: CaseFiles, events: Iterable[Event]) -> set[Key]:
    """Return the keys of the patients whose drug tests are meant."""
    of = {each.originator_id for each in events if each.TOPIC.startswith("drug-testing.")}
    return {("patient", patient_id) for each in of if (patient_id := files.facts("testing", each))}


def merged_of(files: CaseFiles, keys: Iterable[Key]) -> set[Key]:
    """Return the keys of the records that go on in place of merged ones."""
    known = (file for key in keys if key[0] == "patient" and (file := files.find(*key)))
    return {("patient", each.facts.merged_into) for each in known if each.facts.merged_into}


def days_of(files: CaseFiles, events: Iterable[Event]) -> set[str]:
    """Return the keys of the days whose open sessions may change."""
    found: set[str] = set()
    for each in events:
        if not each.TOPIC.startswith("session."):
            continue
        said = [each.meeting] if isinstance(each, (SessionScheduled, SessionRescheduled)) else []
        known = files.facts("session", each.originator_id)
        for meeting in (*said, *([known] if known else [])):
            program_id = Program.id_of(each.facility_id, meeting.program_id)
            found.add(day_key(program_id, meeting.day)[1])
    return found
