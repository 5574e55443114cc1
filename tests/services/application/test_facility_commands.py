"""The commands that set a clinic up: facilities, rooms, staff, programs."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.errors import (
    NameMissing,
    NoSuchZone,
    NotPositive,
    OpenAlready,
    OutOfBounds,
    Refusal,
)
from domain.facility import Facility, Room
from domain.program import Program
from domain.staff import Credential, Staff
from services.application import Command, CommandHandler, NotKnown
from services.application.facilities import (
    keep_room,
    keep_staff,
    open_facility,
    open_program,
    record_credential,
    revise_facility,
    revise_program,
    set_closing_delay,
)
from tests.support.memory_journal import MemoryJournal, MemoryVault

SITE: dict[str, Any] = {"name": "Oak Street", "week_starts_on": "monday", "late_after_minutes": 15}
OPENED = SITE | {"timezone": "America/New_York"}
ADULT: dict[str, Any] = {
    "name": "Adult IOP",
    "population": "adult",
    "focus": "co-occurring",
    "weekly_minutes": 540,
    "days_per_week": 3,
}


class NewClinic:
    """A journal in which nothing is recorded yet."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self._handler = CommandHandler(self.journal, MemoryVault())  # type: ignore[arg-type]

    def do(self, command: Command[..., Any], *args: Any, **kwargs: Any) -> list[str]:
        """Run a command at the facility; return the topics of what it recorded."""
        before = len(self.journal.order)
        context = CommandContext(
            f"command-{before}", datetime(2026, 3, 2, 14, tzinfo=UTC), "staff-1"
        )
        self._handler.handle(context, command, "oak-street", *args, **kwargs)
        return [each.topic for each in self.journal.order[before:]]

    def refused(
        self, refusal: type[Refusal], command: Command[..., Any], *args: Any, **kwargs: Any
    ) -> str:
        """Run a command that is refused and records nothing; return what the refusal says."""
        before = len(self.journal.order)
        with pytest.raises(refusal) as raised:
            self.do(command, *args, **kwargs)
        assert len(self.journal.order) == before
        return str(raised.value)


@pytest.fixture
def clinic() -> NewClinic:
    return NewClinic()


def test_facility_open_and_the_same_again_records_nothing(clinic: NewClinic) -> None:
    assert clinic.do(open_facility, **OPENED) == ["facility.opened"]
    assert clinic.do(open_facility, **OPENED) == []


def test_facility_open_with_other_particulars_is_refused(clinic: NewClinic) -> None:
    clinic.do(open_facility, **OPENED)
    said = clinic.refused(OpenAlready, open_facility, **OPENED | {"name": "Elm Street"})
    assert said == "the facility is open already with other details: revise it instead"


def test_facility_open_needs_a_zone_of_the_iana_database_and_a_name(clinic: NewClinic) -> None:
    clinic.refused(NoSuchZone, open_facility, **OPENED | {"timezone": "Eastern"})
    clinic.refused(NameMissing, open_facility, **OPENED | {"name": " "})
    clinic.refused(OutOfBounds, open_facility, **OPENED | {"late_after_minutes": 10**18})


def test_facility_revise_and_set_closing_delay(clinic: NewClinic) -> None:
    clinic.refused(NotKnown, revise_facility, **SITE)
    clinic.do(open_facility, **OPENED)
    assert clinic.do(revise_facility, **SITE) == []
    assert clinic.do(revise_facility, **SITE | {"late_after_minutes": 5}) == ["facility.revised"]
    assert clinic.do(set_closing_delay, 90) == ["facility.closing-delay-set"]
    assert clinic.do(set_closing_delay, 90) == []
    clinic.refused(NotPositive, set_closing_delay, 0)


def test_facility_keep_room_opens_and_revises(clinic: NewClinic) -> None:
    clinic.do(open_facility, **OPENED)
    assert clinic.do(keep_room, Room("room-1", "Maple", 12)) == ["facility.room-opened"]
    assert clinic.do(keep_room, Room("room-1", "Maple", 12)) == []
    assert clinic.do(keep_room, Room("room-1", "Maple", 10)) == ["facility.room-revised"]
    clinic.refused(OutOfBounds, keep_room, Room("room 2", "Elm", 12))
    clinic.refused(OutOfBounds, keep_room, Room("room-2", "Elm", 10**9))


def test_facility_keep_staff_and_record_credential(clinic: NewClinic) -> None:
    clinic.do(open_facility, **OPENED)
    assert clinic.do(keep_staff, Staff("s-ames", "A. Ames", "LCSW")) == ["facility.staff-joined"]
    assert clinic.do(keep_staff, Staff("s-ames", "B. Ames", "LCSW")) == ["facility.staff-revised"]
    credential = Credential("MD", date(2026, 3, 2))
    assert clinic.do(record_credential, "s-ames", credential) == ["facility.credential-recorded"]
    facility = clinic.journal.load(Facility.id_of("oak-street"))
    assert facility.credential_on("s-ames", date(2026, 3, 2)) == "MD"
    clinic.refused(Refusal, record_credential, "s-nobody", credential)


def test_program_open_and_revise(clinic: NewClinic) -> None:
    clinic.refused(NotKnown, open_program, "adult", **ADULT)
    clinic.do(open_facility, **OPENED)
    clinic.refused(NotKnown, revise_program, "adult", **ADULT)
    assert clinic.do(open_program, "adult", **ADULT) == ["program.opened"]
    assert clinic.do(open_program, "adult", **ADULT) == []
    clinic.refused(OpenAlready, open_program, "adult", **ADULT | {"weekly_minutes": 600})
    assert clinic.do(revise_program, "adult", **ADULT | {"weekly_minutes": 600}) == [
        "program.revised"
    ]
    assert clinic.journal.load(Program.id_of("oak-street", "adult")).weekly_minutes == 600
