"""Sessions past midnight: their rooms, staff and patients are in one place, whatever the week."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from domain.calendar import Calendar, weeks_around, weeks_of
from domain.errors import PatientTaken, Refusal, ResourceTaken
from domain.session import Meeting, Part, Session
from domain.times import Span
from services.application.rosters import book_patient
from services.application.sessions import call_off_session, reschedule_session, schedule_session
from services.application.tracks import substitute_room
from tests.support.small_clinic import ANN, FACILITY, PROGRAM, SmallClinic

SUNDAY = datetime(2025, 3, 9, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
NIGHT = Span(SUNDAY + timedelta(hours=22), SUNDAY + timedelta(hours=25))


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def meeting(span: Span, room_id: str = "room-2", staff_id: str = "staff-2") -> Meeting:
    day, starts_at, ends_at = span.starts_at.date(), span.starts_at, span.ends_at
    part = Part(starts_at, ends_at, "group", "Night group")
    return Meeting(PROGRAM, None, day, starts_at, ends_at, (part,), room_id, staff_id, 1)


def schedule(clinic: SmallClinic, label: str, wanted: Meeting) -> str:
    return clinic.daybook.handle(
        clinic.context(), schedule_session, facility_id=FACILITY, label=label, meeting=wanted
    )


def hours(first: float, last: float) -> Span:
    """Hours of Sunday; 24 is Monday's midnight."""
    return Span(SUNDAY + timedelta(hours=first), SUNDAY + timedelta(hours=last))


def week(clinic: SmallClinic, day: date) -> Calendar:
    found = clinic.journal.load(Calendar.id_of(FACILITY, "room", "room-2", day))
    assert isinstance(found, Calendar)
    return found


def test_a_night_from_sunday_to_monday_blocks_monday(clinic: SmallClinic) -> None:
    schedule(clinic, "night", meeting(NIGHT))
    for room_id, staff_id in (("room-2", "staff-3"), ("room-3", "staff-2")):
        with pytest.raises(ResourceTaken):
            schedule(clinic, "early", meeting(hours(24.5, 26), room_id, staff_id))
    schedule(clinic, "early", meeting(hours(25, 26)))


def test_monday_blocks_a_night_that_would_last_into_it(clinic: SmallClinic) -> None:
    schedule(clinic, "early", meeting(hours(24.5, 26)))
    with pytest.raises(ResourceTaken):
        schedule(clinic, "night", meeting(NIGHT))


def test_a_night_that_is_moved_or_called_off_gives_both_weeks_back(clinic: SmallClinic) -> None:
    night = schedule(clinic, "night", meeting(NIGHT))
    both = (date(2025, 3, 9), date(2025, 3, 10))
    assert [night in week(clinic, day).bookings for day in both] == [True, True]
    clinic.daybook.handle(clinic.context(), reschedule_session, night, meeting(hours(20, 23)))
    assert [night in week(clinic, day).bookings for day in both] == [True, False]
    clinic.daybook.handle(clinic.context(), reschedule_session, night, meeting(NIGHT))
    clinic.daybook.handle(clinic.context(), substitute_room, night, "room-3", "burst pipe")
    assert [night in week(clinic, day).bookings for day in both] == [False, False]
    clinic.daybook.handle(clinic.context(), substitute_room, night, "room-2", "mended")
    clinic.daybook.handle(clinic.context(), call_off_session, night, "flu")
    assert [night in week(clinic, day).bookings for day in both] == [False, False]


def booked_in_its_week_alone(clinic: SmallClinic) -> str:
    """Let a night be on record as it was before nights were booked in both weeks."""
    wanted = meeting(NIGHT)
    session = Session.schedule(
        clinic.context(), facility_id=FACILITY, label="night", meeting=wanted
    )
    calendars = [
        Calendar.start(
            clinic.context(),
            facility_id=FACILITY,
            kind=kind,
            resource_id=resource_id,
            day=wanted.day,
        )
        for kind, resource_id in wanted.resources
    ]
    for calendar in calendars:
        calendar.book(clinic.context(), session.id, wanted.span)
    clinic.journal.save(session, *calendars)
    return session.id


def test_what_was_booked_in_one_week_alone_is_respected_and_given_back(
    clinic: SmallClinic,
) -> None:
    night = booked_in_its_week_alone(clinic)
    with pytest.raises(ResourceTaken):
        schedule(clinic, "early", meeting(hours(24.5, 26)))
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), call_off_session, night, "flu")
    assert sorted(clinic.topics(before)) == [
        "calendar.booking-released",
        "calendar.booking-released",
        "session.called-off",
    ]
    schedule(clinic, "early", meeting(hours(24.5, 26)))


def test_a_patient_is_in_one_place_past_midnight(clinic: SmallClinic) -> None:
    night = schedule(clinic, "night", meeting(NIGHT))
    early = schedule(clinic, "early", meeting(hours(24.5, 26), "room-3", "staff-3"))
    clinic.daybook.handle(clinic.context(), book_patient, night, ANN)
    with pytest.raises(PatientTaken):
        clinic.daybook.handle(clinic.context(), book_patient, early, ANN)


SPANS = st.builds(
    lambda first, length: hours(first / 2, (first + length) / 2),
    st.integers(30, 60),
    st.integers(1, 12),
)


@settings(max_examples=30)
@given_any(st.lists(SPANS, min_size=2, max_size=6))
def test_whatever_is_scheduled_around_a_sundays_midnight_no_two_share_the_room(
    spans: list[Span],
) -> None:
    clinic = SmallClinic()
    taken: list[Span] = []
    for number, span in enumerate(spans):
        free = not any(span.overlaps(other) for other in taken)
        try:
            schedule(clinic, f"session-{number}", meeting(span))
        except Refusal:
            assert not free
        else:
            assert free
            taken.append(span)
    assert not any(one.overlaps(other) for one, other in combinations(taken, 2))


# Weeks


@pytest.mark.parametrize(
    ("first", "last", "weeks"),
    [
        (22, 24, [3]),
        (22, 24.5, [3, 10]),
        (24, 25, [10]),
        (-170, -160, [24]),
        (22, 22 + 7 * 24, [3, 10]),
        (22, 25 + 7 * 24, [3, 10, 17]),
    ],
)
def test_a_time_lies_in_each_week_of_which_it_has_a_moment(
    first: float, last: float, weeks: list[int]
) -> None:
    assert [each.day for each in weeks_of(hours(first, last), UTC_ZONE)] == weeks


def test_a_week_beside_is_looked_at_where_a_booking_may_reach_over() -> None:
    assert [each.day for each in weeks_around(hours(30, 32), UTC_ZONE)] == [3, 10]
    assert [each.day for each in weeks_around(hours(60, 62), UTC_ZONE)] == [10]
