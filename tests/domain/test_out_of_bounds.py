"""What aggregates refuse beyond the bounds of values, and how much one decision may be about."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from domain.bounds import MOST_ADOPTIONS, MOST_MEETINGS, MOST_SEGMENTS
from domain.errors import OutOfBounds, PolicyUnsound, TooMuchAtOnce
from domain.facility import Room
from domain.patient import Discharge, Patient, Plan, Referral
from domain.policy import Parameter
from domain.program import Program, Segment, Track
from domain.program.events import TrackOpened, TrackRevised
from domain.program.pattern import days_by
from domain.session import Session
from tests.domain.program.test_policies import FIRST, adopt
from tests.domain.program.test_program import GROUP, PATTERN, program
from tests.domain.test_facility import facility
from tests.support.domain_examples import CAUSE, FACILITY, MEETING, MONDAY, Command
from tests.support.given_when_then import given

LONG_AGO, FAR_AHEAD = date(1990, 1, 1), date(2099, 1, 1)
OPEN: dict[str, Any] = {"facility_id": FACILITY, "program_id": "adult-iop", "payer": "medicaid"}


def admit(day: date) -> Callable[[object], Patient]:
    return lambda _: Patient.admit(
        CAUSE, id="patient-1", admitted_on=day, override="known before", **OPEN
    )


def keep_track(**more: Any) -> Command:
    return lambda p: p.keep_track(CAUSE, replace(TRACK, **more))


TRACK = Track("evening", "Evening group", MONDAY, None, PATTERN)


@pytest.mark.parametrize("day", [LONG_AGO, FAR_AHEAD])
def test_treatment_is_dated_within_reach(day: date) -> None:
    treated = given(admit(MONDAY)(None))
    given().when(admit(day)).then_refused(OutOfBounds, what="the day of admission")
    treated.when(
        lambda p: p.correct_admission(
            CAUSE, program_id="adult-iop", admitted_on=day, payer="medicaid"
        )
    ).then_refused(OutOfBounds, what="the day of admission")
    treated.when(lambda p: p.end(CAUSE, Discharge(day, "completed"))).then_refused(
        OutOfBounds, what="the day of discharge"
    )
    referral = Referral("adult-iop", day, "County Hospital", "inpatient")
    given().when(
        lambda _: Patient.refer(CAUSE, id="patient-2", facility_id=FACILITY, referral=referral)
    ).then_refused(OutOfBounds, what="the day of the referral")


@pytest.mark.parametrize("day", [LONG_AGO, FAR_AHEAD])
def test_a_session_is_on_a_day_within_reach(day: date) -> None:
    meeting = replace(MEETING, day=day)
    given().when(
        lambda _: Session.schedule(CAUSE, facility_id=FACILITY, label="one", meeting=meeting)
    ).then_refused(OutOfBounds, what="the day of the session")
    session = Session.schedule(CAUSE, facility_id=FACILITY, label="one", meeting=MEETING)
    given(session).when(lambda s: s.reschedule(CAUSE, meeting)).then_refused(OutOfBounds)


def test_a_session_has_so_many_parts() -> None:
    parts = MEETING.parts[:1] * (MOST_SEGMENTS + 1)
    meeting = replace(MEETING, parts=parts)
    given().when(
        lambda _: Session.schedule(CAUSE, facility_id=FACILITY, label="one", meeting=meeting)
    ).then_refused(TooMuchAtOnce, most=MOST_SEGMENTS)


def test_a_track_begins_within_reach() -> None:
    given(program()).when(keep_track(first_day=LONG_AGO)).then_refused(OutOfBounds)


def test_a_track_of_an_older_version_that_has_too_many_meetings_is_changed_by_no_command() -> None:
    daily = replace(PATTERN, rule="FREQ=DAILY", segments=())
    recorded = {"track": replace(TRACK, first_day=LONG_AGO, pattern=daily)}
    old = given(program(), lambda p: p.record(TrackOpened, CAUSE, **recorded))
    later = replace(daily, room_id="room-2")
    old.when(
        lambda p: p.change_following(CAUSE, "evening", MONDAY, later, "new room")
    ).then_refused(TooMuchAtOnce, most=MOST_MEETINGS)
    old.when(keep_track()).then((TrackRevised, {"track": TRACK}))


def test_a_meeting_has_so_many_segments() -> None:
    minutes = [time(17, each) for each in range(MOST_SEGMENTS + 2)]
    segments = tuple(
        Segment(starts, ends, GROUP.service, GROUP.title) for starts, ends in pairwise(minutes)
    )
    pattern = replace(PATTERN, segments=segments)
    given(program()).when(keep_track(pattern=pattern)).then_refused(TooMuchAtOnce)


def test_a_rule_that_never_has_a_day_is_followed_no_further_than_asked() -> None:
    never = "FREQ=DAILY;INTERVAL=7;BYDAY=TU"
    assert list(days_by(never, MONDAY, date(2025, 5, 26))) == []


@pytest.mark.parametrize("capacity", [10_001, 4_000_000_000])
def test_nothing_has_places_for_thousands(capacity: int) -> None:
    given(facility()).when(
        lambda f: f.keep_room(CAUSE, Room("hall", "Hall", capacity))
    ).then_refused(OutOfBounds)
    pattern = replace(PATTERN, capacity=capacity)
    given(program()).when(keep_track(pattern=pattern)).then_refused(OutOfBounds)


@pytest.mark.parametrize("minutes", [-1, 1441, 10**18])
def test_an_arrival_is_late_within_a_day(minutes: int) -> None:
    given(facility()).when(
        lambda f: f.revise(
            CAUSE, name="Oak Street", week_starts_on="monday", late_after_minutes=minutes
        )
    ).then_refused(OutOfBounds)


@pytest.mark.parametrize("plan", [Plan(10_081, 3), Plan(540, 8)])
def test_a_plan_fits_a_week(plan: Plan) -> None:
    given(admit(MONDAY)(None)).when(
        lambda p: p.set_plan(CAUSE, plan, effective_from=MONDAY)
    ).then_refused(OutOfBounds)


def test_a_program_adopts_so_many_policies() -> None:
    judged: Program = program()
    for number in range(1, MOST_ADOPTIONS + 1):
        adopt(replace(FIRST, version=number), MONDAY + timedelta(days=number))(judged)
    given(judged).when(adopt(replace(FIRST, version=999), date(2025, 12, 1))).then_refused(
        TooMuchAtOnce, most=MOST_ADOPTIONS
    )


def test_a_policy_is_adopted_from_a_day_within_reach() -> None:
    given(program()).when(adopt(FIRST, date(1900, 1, 1))).then_refused(OutOfBounds)


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (replace(FIRST, version=2**31), "version"),
        (replace(FIRST, name="House\0rules"), "name"),
        (replace(FIRST, dated=date.max), "dated"),
        (
            replace(FIRST, parameters=(Parameter("attended_minutes_min", 1, "x" * 501, True),)),
            "attended_minutes_min",
        ),
    ],
)
def test_a_policy_holds_no_value_out_of_bounds(policy: object, place: str) -> None:
    given(program()).when(lambda p: p.adopt_policy(CAUSE, policy, MONDAY)).then_refused(
        PolicyUnsound, place=place
    )
