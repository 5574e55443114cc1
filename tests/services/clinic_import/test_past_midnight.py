"""Sessions that an import moves across Sunday's midnight: both weeks say what is so."""

from dataclasses import replace
from datetime import date

import pytest

from domain.calendar import Calendar, ResourceKind
from domain.session import Part, Session
from domain.times import Span
from services.application.sessions import reschedule_session
from tests.services.clinic_import.clinic_edits import Edit, append, change, every
from tests.support.imported_clinic import SEP, Clinic, at

SUNDAY, MONDAY = SEP[20], SEP[21]
ONE_4 = Session.id_of("juniper", "one-4", None)
NIGHT = Span(at(SUNDAY, "22:00"), at(MONDAY, "01:00"))

Resource = tuple[ResourceKind, str]
HAS_BOTH: list[Resource] = [("room", "nook"), ("staff", "s-birch")]


def one_4(day: date, starts: str, ends: str) -> Edit:
    """The files say that `one-4` is on another day, at another time."""
    facts = {"date": day.isoformat(), "starts": starts, "ends": ends}
    return every(*(change("sessions", 5, column, said) for column, said in facts.items()))


def taken(clinic: Clinic, day: date, resource: Resource) -> dict[str, Span]:
    """What takes the time of a room or a staff member in the week of a day."""
    week = clinic.journal.load(Calendar.id_of("juniper", *resource, day))
    return week.bookings if week else {}


def weeks(clinic: Clinic, resource: Resource) -> list[Span | None]:
    """When `one-4` takes a room or a staff member, in Sunday's week and in Monday's."""
    return [taken(clinic, day, resource).get(ONE_4) for day in (SUNDAY, MONDAY)]


def last_past_midnight(clinic: Clinic) -> None:
    """Let somebody move `one-4` so that it lasts from Sunday into Monday."""
    parts = (Part(NIGHT.starts_at, NIGHT.ends_at, "individual", "Night session"),)
    known = clinic.session("one-4").meeting
    at_night = {"day": SUNDAY, "starts_at": NIGHT.starts_at, "ends_at": NIGHT.ends_at}
    wanted = replace(known, parts=parts, **at_night)  # type: ignore[arg-type]
    clinic.do(reschedule_session, ONE_4, wanted)


@pytest.mark.parametrize("resource", HAS_BOTH)
def test_a_session_that_moves_from_sunday_to_monday_changes_weeks(
    clinic: Clinic, resource: Resource
) -> None:
    clinic.again(one_4(SUNDAY, "22:00", "23:30"))
    on_sunday = Span(at(SUNDAY, "22:00"), at(SUNDAY, "23:30"))
    assert weeks(clinic, resource) == [on_sunday, None]
    clinic.again(one_4(MONDAY, "00:30", "01:30"))
    on_monday = Span(at(MONDAY, "00:30"), at(MONDAY, "01:30"))
    assert weeks(clinic, resource) == [None, on_monday]
    clinic.again(one_4(SUNDAY, "22:00", "23:30"))
    assert weeks(clinic, resource) == [on_sunday, None]


@pytest.mark.parametrize("resource", HAS_BOTH)
def test_a_night_that_moves_away_gives_both_weeks_back(clinic: Clinic, resource: Resource) -> None:
    last_past_midnight(clinic)
    assert weeks(clinic, resource) == [NIGHT, NIGHT]
    clinic.again(one_4(SUNDAY, "10:00", "11:00"))
    morning = Span(at(SUNDAY, "10:00"), at(SUNDAY, "11:00"))
    assert weeks(clinic, resource) == [morning, None]


@pytest.mark.parametrize("resource", HAS_BOTH)
def test_a_night_that_is_called_off_gives_both_weeks_back(
    clinic: Clinic, resource: Resource
) -> None:
    last_past_midnight(clinic)
    clinic.again(append("cancellations", f"{SUNDAY},one-4,Storm"))
    assert weeks(clinic, resource) == [None, None]


def test_a_night_stays_when_it_was_where_the_files_change_its_title_and_room(
    clinic: Clinic,
) -> None:
    last_past_midnight(clinic)
    clinic.again(
        change("sessions", 5, "title", "Checking in"), change("sessions", 5, "room_id", "den")
    )
    meeting = clinic.session("one-4").meeting
    assert (meeting.span, [each.title for each in meeting.parts]) == (NIGHT, ["Checking in"])
    assert weeks(clinic, ("room", "den")) == weeks(clinic, ("staff", "s-birch")) == [NIGHT, NIGHT]
    assert weeks(clinic, ("room", "nook")) == [None, None]


def test_what_a_night_gives_back_another_row_of_the_same_files_takes(clinic: Clinic) -> None:
    last_past_midnight(clinic)
    row = f"one-5,adult,{MONDAY},00:10,00:50,individual,Early session,nook,s-birch,J01"
    clinic.again(one_4(SUNDAY, "20:00", "21:00"), append("sessions", row))
    early = Span(at(MONDAY, "00:10"), at(MONDAY, "00:50"))
    for resource in HAS_BOTH:
        assert taken(clinic, MONDAY, resource) == {Session.id_of("juniper", "one-5", None): early}


def test_a_row_of_monday_that_meets_a_night_is_refused_and_changes_nothing(clinic: Clinic) -> None:
    last_past_midnight(clinic)
    before = clinic.journal.position()
    row = f"one-5,adult,{MONDAY},00:10,00:50,individual,Early session,nook,s-cedar,J01"
    outcome = clinic.take_in(append("sessions", row))
    assert [(fault.file, fault.line) for fault in outcome.faults] == [("sessions.csv", 6)]
    assert clinic.journal.position() == before
