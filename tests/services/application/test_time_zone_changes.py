"""The rules of a time zone change after sessions were scheduled: they go on by the wall clock."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Calendar
from domain.patient import Commitment
from domain.program import Track
from domain.session import Session
from services.application.rosters import note_commitment
from services.application.sessions import call_off_session, reschedule_session, schedule_session
from services.application.tracks import extend_track, keep_track
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FACILITY,
    MONDAY,
    PROGRAM,
    TRACK,
    SmallClinic,
    own_meeting,
    pattern,
)

ZONE = "America/Mexico_City"
SUMMER = date(2025, 3, 10)
"""The first meeting after the clocks would have changed by the old rules."""


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[SmallClinic]:
    """A clinic whose clocks change in March, as those of Mexico City did until 2022."""
    path = tmp_path / ZONE
    path.parent.mkdir()
    path.write_bytes(files("tzdata").joinpath("zoneinfo/America/Chicago").read_bytes())
    zoneinfo.reset_tzpath([str(tmp_path)])
    ZoneInfo.clear_cache()
    clinic = SmallClinic(timezone=ZONE)
    clinic.enrol(ANN, BEN)
    yield clinic
    new_rules()


def new_rules() -> None:
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()


def wall_time(session: Session) -> time:
    return session.meeting.starts_at.astimezone(ZoneInfo(ZONE)).time()


def extend(clinic: SmallClinic, track_id: str = TRACK) -> None:
    clinic.daybook.handle(clinic.context(), extend_track, FACILITY, PROGRAM, track_id)


def test_sessions_are_put_back_to_their_time_on_the_wall_with_all_that_they_take(
    clinic: SmallClinic,
) -> None:
    first = clinic.evening(MONDAY).meeting
    new_rules()
    assert wall_time(clinic.evening(SUMMER)) == time(16)
    extend(clinic)
    session = clinic.evening(SUMMER)
    assert wall_time(session) == time(17)
    assert session.meeting.parts[0].starts_at == session.meeting.starts_at
    assert clinic.patient(ANN).bookings[session.id].span == session.meeting.span
    week = clinic.journal.load(Calendar.id_of(FACILITY, "room", "room-1", SUMMER))
    assert week.bookings[session.id] == session.meeting.span
    assert clinic.evening(MONDAY).meeting == first
    before = len(clinic.journal.order)
    extend(clinic)
    assert clinic.topics(before) == []


def test_what_has_begun_or_is_over_stays_where_it_was(clinic: SmallClinic) -> None:
    clinic.now = datetime(2025, 3, 10, 22, 30, tzinfo=UTC)
    new_rules()
    before = clinic.evening(SUMMER).meeting
    extend(clinic)
    assert clinic.evening(SUMMER).meeting == before
    assert wall_time(clinic.evening(date(2025, 3, 12))) == time(17)


def test_a_session_that_somebody_moved_stays_where_they_put_it(clinic: SmallClinic) -> None:
    session = clinic.evening(SUMMER)
    hour = timedelta(hours=1)
    parts = tuple(
        type(part)(part.starts_at + hour, part.ends_at + hour, part.service, part.title, part.topic)
        for part in session.meeting.parts
    )
    meeting = session.meeting
    moved = type(meeting)(
        meeting.program_id,
        meeting.track_id,
        meeting.day,
        meeting.starts_at + hour,
        meeting.ends_at + hour,
        parts,
        meeting.room_id,
        meeting.staff_id,
        meeting.places,
        meeting.occurrence,
    )
    clinic.daybook.handle(clinic.context(), reschedule_session, session.id, moved)
    assert clinic.program().series(TRACK).deviations[SUMMER].starts == time(18)
    before = len(clinic.journal.order)
    extend(clinic)
    assert clinic.topics(before) == []


def test_of_two_tracks_one_after_the_other_the_second_makes_way(clinic: SmallClinic) -> None:
    late = Track("late", "Late", SUMMER, SUMMER, pattern(20, "room-1", "staff-1", ("MO",)))
    clinic.daybook.handle(clinic.context(), keep_track, FACILITY, PROGRAM, late)
    new_rules()
    extend(clinic)
    other = clinic.journal.load(Session.id_of(FACILITY, "late", SUMMER))
    assert (wall_time(clinic.evening(SUMMER)), wall_time(other)) == (time(17), time(20))


def test_a_room_that_somebody_else_has_by_now_is_noted_and_tried_again(
    clinic: SmallClinic,
) -> None:
    new_rules()
    # By the old rules the track ends at 19:00 on the wall, and is to be there until 20:00.
    starts_at = datetime(2025, 3, 11, 1, 30, tzinfo=UTC)
    meeting = own_meeting(SUMMER, 12, "room-1", "staff-2")
    shift = starts_at - meeting.starts_at
    part = meeting.parts[0]
    meeting = type(meeting)(
        PROGRAM,
        None,
        SUMMER,
        starts_at,
        meeting.ends_at + shift,
        (type(part)(starts_at, part.ends_at + shift, part.service, part.title),),
        "room-1",
        "staff-2",
        2,
    )
    other = clinic.daybook.handle(
        clinic.context(), schedule_session, facility_id=FACILITY, label="one", meeting=meeting
    )
    extend(clinic)
    assert wall_time(clinic.evening(SUMMER)) == time(16)
    assert clinic.program().blocked[TRACK] == {SUMMER: "room-1"}
    clinic.daybook.handle(clinic.context(), call_off_session, other, "made way")
    extend(clinic)
    assert wall_time(clinic.evening(SUMMER)) == time(17)
    assert clinic.program().blocked[TRACK] == {}


def test_a_patient_who_has_no_time_then_is_noted_and_the_others_are_moved(
    clinic: SmallClinic,
) -> None:
    clinic.daybook.handle(
        clinic.context(),
        note_commitment,
        BEN,
        Commitment("work", "Late shift", ("MO",), time(19, 30), time(22), MONDAY, None),
    )
    new_rules()
    extend(clinic)
    session = clinic.evening(SUMMER)
    assert clinic.patient(ANN).bookings[session.id].span == session.meeting.span
    assert session.id in clinic.patient(BEN).undecided
    assert CAL not in session.visits
