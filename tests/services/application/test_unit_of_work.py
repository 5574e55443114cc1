"""A unit of work that begins with all that is on record, as that of an import does."""

from typing import Any

import pytest

from services.application import NotKnown, UnitOfWork
from services.application.rosters import book_patient
from services.application.sessions import schedule_session
from tests.support.small_clinic import ANN, BEN, FACILITY, WEDNESDAY, SmallClinic, own_meeting


class OnlyAPosition:
    """A journal that has nothing but a position: whatever else is asked of it fails the test."""

    def position(self) -> int:
        return 0

    def load(self, aggregate_id: str) -> None:
        raise AssertionError(aggregate_id)

    def enrolled(self, facility_id: str, track_id: str) -> list[str]:
        raise AssertionError(facility_id, track_id)

    def waited(self, patient_id: str) -> list[str]:
        raise AssertionError(patient_id)


MEETING = own_meeting(WEDNESDAY, 9, "room-2", "staff-2")


def begun_without(clinic: SmallClinic, missing: str) -> UnitOfWork:
    """Return a unit of work that begins with all but one, and has no journal to ask."""
    work = UnitOfWork(OnlyAPosition(), clinic.vault.begin(), clinic.context())
    work.begin_with(clinic.journal.load(each) for each in clinic.journal.stored if each != missing)
    return work


def test_what_a_unit_of_work_begins_with_is_all_that_its_commands_find() -> None:
    clinic = SmallClinic()
    work = begun_without(clinic, BEN)
    session_id = schedule_session(work, facility_id=FACILITY, label="extra", meeting=MEETING)
    book_patient(work, session_id, ANN)
    with pytest.raises(NotKnown):
        book_patient(work, session_id, BEN)
    assert [type(each).__name__ for each in work.pending()] == [
        *("Patient", "Session", "Calendar", "Calendar"),
    ]


def test_commands_decide_the_same_whether_all_was_loaded_before_or_each_is_when_asked_for() -> None:
    clinic = SmallClinic()
    before, work = clinic.journal.position(), begun_without(clinic, "nobody")
    session_id = schedule_session(work, facility_id=FACILITY, label="extra", meeting=MEETING)
    book_patient(work, session_id, ANN)
    decided: list[Any] = [event for each in work.pending() for event in each.pending_events]
    handle, context = clinic.daybook.handle, clinic.context
    handle(context(), schedule_session, facility_id=FACILITY, label="extra", meeting=MEETING)
    handle(context(), book_patient, session_id, ANN)
    assert sorted(each.TOPIC for each in decided) == sorted(clinic.topics(before))
