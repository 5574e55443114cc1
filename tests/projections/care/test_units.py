"""What an authorization is used by, at each of its edges."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.aggregate import CommandContext
from domain.patient import Authorization, Patient
from domain.session import Part, Session, SignIn
from tests.support.domain_examples import (
    CAUSE,
    FACILITY,
    FOUND,
    LATE_AFTER,
    MEETING,
    MONDAY,
    session,
)
from tests.support.domain_examples import at as clock
from tests.support.read_models import ReadModels, facility, patient

DAY = timedelta(days=1)
AGREED = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, MONDAY + 30 * DAY)
LEFT = "SELECT units, used, units_left FROM care.authorizations_left"


def evening(offset: int, minutes: int = 180, starts: str = "09:00") -> Session:
    """A session so many days after Monday."""
    starts_at = clock(starts) + offset * DAY
    ends_at = starts_at + timedelta(minutes=minutes)
    day = MONDAY + offset * DAY
    meeting = replace(
        MEETING,
        day=day,
        occurrence=day,
        starts_at=starts_at,
        ends_at=ends_at,
        parts=(Part(starts_at, ends_at, "group", "Group"),),
    )
    return session(meeting, f"evening-{offset}-{starts}")


def came(found: Session, patient_id: str = "ann") -> Session:
    """Somebody was there from the beginning to the end."""
    found.roster(CAUSE, patient_id)
    line = SignIn(found.meeting.starts_at, found.meeting.ends_at)
    found.sign_in(closing(found), patient_id, line, amendment=FOUND)
    return closed(found)


def closed(found: Session) -> Session:
    found.close(closing(found), LATE_AFTER)
    return found


def closing(found: Session, hours: int = 1) -> CommandContext:
    return CommandContext(
        f"after-{hours}", found.meeting.ends_at + timedelta(hours=hours), "staff-7"
    )


def authorized(read_models: ReadModels, **otherwise: object) -> Patient:
    """Let Ann have an authorization at a facility whose weeks begin on Monday."""
    ann = patient("ann")
    read_models.take(facility())
    read_models.after(ann, lambda p: p.authorize(CAUSE, replace(AGREED, **otherwise)))
    return ann


@pytest.mark.parametrize(("offset", "used"), [(1, 0), (2, 1), (3, 1), (4, 1), (5, 0)])
def test_the_first_and_the_last_day_are_included_and_their_neighbours_are_not(
    read_models: ReadModels, offset: int, used: int
) -> None:
    authorized(read_models, first_day=MONDAY + 2 * DAY, last_day=MONDAY + 4 * DAY)
    read_models.take(came(evening(offset)))
    assert read_models.rows(LEFT) == [(12, used, 12 - used)]


@pytest.mark.parametrize(("minutes", "used"), [(119, 0), (120, 1), (121, 1)])
def test_the_authorization_says_how_long_a_unit_is(
    read_models: ReadModels, minutes: int, used: int
) -> None:
    authorized(read_models, minutes_per_unit=120)
    read_models.take(came(evening(0, minutes)))
    assert read_models.rows(LEFT) == [(12, used, 12 - used)]


@pytest.mark.parametrize(("second", "used"), [(89, 0), (90, 1), (91, 1)])
def test_two_sessions_of_one_day_are_one_unit_or_none(
    read_models: ReadModels, second: int, used: int
) -> None:
    authorized(read_models)
    read_models.take(came(evening(0, 90)), came(evening(0, second, "14:00")))
    assert read_models.rows(LEFT) == [(12, used, 12 - used)]


def test_short_sessions_of_two_days_are_no_unit(read_models: ReadModels) -> None:
    authorized(read_models)
    read_models.take(came(evening(0, 90)), came(evening(1, 90)))
    assert read_models.rows(LEFT) == [(12, 0, 12)]


@pytest.mark.parametrize(("days", "used"), [(2, 2), (3, 3), (4, 3)])
def test_the_limit_of_a_week_one_under_at_and_one_over(
    read_models: ReadModels, days: int, used: int
) -> None:
    authorized(read_models, units_per_week=3)
    read_models.take(*(came(evening(offset)) for offset in range(days)))
    assert read_models.rows(LEFT) == [(12, used, 12 - used)]


def test_more_than_was_agreed_to_is_shown_as_less_than_nothing(read_models: ReadModels) -> None:
    authorized(read_models, units=2)
    read_models.take(*(came(evening(offset)) for offset in range(3)))
    assert read_models.rows(LEFT) == [(2, 3, -1)]


def test_each_authorization_is_used_by_itself_and_by_nobody_else(read_models: ReadModels) -> None:
    ann = authorized(read_models, last_day=MONDAY)
    other = replace(AGREED, authorization_id="authorization-2", units=5, first_day=MONDAY + DAY)
    read_models.after(ann, lambda p: p.authorize(CAUSE, other))
    read_models.take(patient("ben"), *(came(evening(offset)) for offset in range(3)))
    read_models.take(came(evening(9), "ben"))
    used = "SELECT authorization_id, used FROM care.authorizations_left ORDER BY 1"
    assert read_models.rows(used) == [("authorization-1", 1), ("authorization-2", 2)]


def test_an_authorization_that_nobody_used_is_whole(read_models: ReadModels) -> None:
    authorized(read_models)
    assert read_models.rows("SELECT * FROM care.authorizations_left") == [
        (
            *("authorization-1", "ann", FACILITY, "medicaid", "H0015", 12, 0, 12),
            *(MONDAY, MONDAY + 30 * DAY),
        )
    ]


@pytest.mark.parametrize(("left_after", "used"), [(179, 0), (180, 1)])
def test_attendance_that_is_corrected_counts_as_it_is_now(
    read_models: ReadModels, left_after: int, used: int
) -> None:
    authorized(read_models)
    found = came(evening(0, 200))
    read_models.take(found)
    assert read_models.rows(LEFT) == [(12, 1, 11)]
    context, starts_at = closing(found, 2), found.meeting.starts_at
    left_at = starts_at + timedelta(minutes=left_after)
    read_models.after(
        found,
        lambda s: s.undo_check_in(context, "ann", starts_at, amendment=FOUND),
        lambda s: s.sign_in(context, "ann", SignIn(starts_at, left_at), amendment=FOUND),
        lambda s: s.reconcile_attendance(context, LATE_AFTER, FOUND),
    )
    assert read_models.rows("SELECT minutes FROM care.attended") == [(left_after,)]
    assert read_models.rows(LEFT) == [(12, used, 12 - used)]


def test_attendance_that_is_withdrawn_gives_its_unit_back(read_models: ReadModels) -> None:
    authorized(read_models)
    found, context = evening(0), closing(evening(0))
    line = SignIn(found.meeting.starts_at, found.meeting.ends_at)
    found.sign_in(context, "ann", line, makes_up="missed-1", amendment=FOUND)
    read_models.take(closed(found))
    assert read_models.rows(LEFT) == [(12, 1, 11)]
    read_models.after(
        found,
        lambda s: s.undo_check_in(context, "ann", line.arrived_at, amendment=FOUND),
        lambda s: s.reconcile_attendance(context, LATE_AFTER, FOUND),
    )
    assert read_models.rows("SELECT * FROM care.attended") == []
    assert read_models.rows(LEFT) == [(12, 0, 12)]


def test_an_authorization_that_is_revised_counts_anew(read_models: ReadModels) -> None:
    ann = authorized(read_models)
    read_models.take(*(came(evening(offset, 150)) for offset in range(3)))
    assert read_models.rows(LEFT) == [(12, 0, 12)]
    revised = replace(AGREED, units=20, minutes_per_unit=150, first_day=MONDAY + DAY)
    read_models.after(ann, lambda p: p.authorize(CAUSE, revised))
    assert read_models.rows(LEFT) == [(20, 2, 18)]
