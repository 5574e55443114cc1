from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from domain.errors import (
    EndsBeforeStart,
    NoSuchTrack,
    NotPositive,
    OutsideMeeting,
    Refusal,
    SegmentsOverlap,
    UnknownPractice,
)
from domain.program import (
    HOLISTIC,
    ClosureDeclared,
    ClosureLifted,
    ClosureRevised,
    Pattern,
    Program,
    ProgramOpened,
    ProgramRevised,
    Segment,
    Track,
    TrackOpened,
    TrackPassedOver,
    TrackPlaceGiven,
    TrackRevised,
    TrackWaitlisted,
    TrackWaitlistLeft,
)
from tests.support.domain_examples import CAUSE, FACILITY
from tests.support.given_when_then import fact, given

PRESCRIPTION: dict[str, Any] = {
    "name": "Adult IOP",
    "population": "adult",
    "focus": "co-occurring",
    "weekly_minutes": 540,
    "days_per_week": 3,
}
GROUP = Segment(time(17), time(18, 30), "group", "Process group")
BREAK = Segment(time(18, 30), time(18, 45), "break", "Break")
SKILLS = Segment(time(18, 45), time(20), "skills", "Relapse prevention")
PATTERN = Pattern(
    rule="FREQ=WEEKLY;BYDAY=MO,WE",
    starts=time(17),
    ends=time(20),
    room_id="room-1",
    staff_id="staff-7",
    capacity=8,
    segments=(GROUP, BREAK, SKILLS),
)
TRACK = Track("evening", "Evening group", date(2025, 3, 3), date(2025, 3, 12), PATTERN)


def otherwise(**changes: Any) -> Track:
    """The track with other days or another pattern."""
    own = {key: changes.pop(key) for key in ("first_day", "last_day") if key in changes}
    return replace(TRACK, pattern=replace(PATTERN, **changes), **own)


def program(**changes: Any) -> Program:
    facts = PRESCRIPTION | changes
    return Program.start(CAUSE, facility_id=FACILITY, program_id="adult-iop", **facts)


def with_track(p: Program) -> None:
    p.keep_track(CAUSE, TRACK)


def closed_on_wednesday(p: Program) -> None:
    p.declare_closure(CAUSE, date(2025, 3, 5), "training")


# Program


def test_a_program_opens_with_what_it_prescribes() -> None:
    given().when(lambda _: program()).then(
        fact(ProgramOpened, facility_id=FACILITY, program_id="adult-iop", **PRESCRIPTION)
    )


def test_a_program_is_known_by_its_facility_and_its_own_id() -> None:
    assert program().id == Program.id_of(FACILITY, "adult-iop")
    assert Program.id_of("elm-street", "adult-iop") != Program.id_of(FACILITY, "adult-iop")


AMOUNTS = [("weekly_minutes", "weekly hours"), ("days_per_week", "days per week")]


@pytest.mark.parametrize(("amount", "what"), AMOUNTS)
@pytest.mark.parametrize("much", [0, -1])
def test_a_program_that_prescribes_nothing_is_refused(amount: str, what: str, much: int) -> None:
    given().when(lambda _: program(**{amount: much})).then_refused(NotPositive, what=what)
    given(program()).when(lambda p: p.revise(CAUSE, **PRESCRIPTION | {amount: much})).then_refused(
        NotPositive, what=what
    )


@pytest.mark.parametrize("amount", ["weekly_minutes", "days_per_week"])
def test_a_program_may_prescribe_as_little_as_one(amount: str) -> None:
    given().when(lambda _: program(**{amount: 1})).then(fact(ProgramOpened, **{amount: 1}))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Adult evening IOP"},
        {"population": "adolescent"},
        {"focus": "mental-health"},
        {"weekly_minutes": 600},
        {"days_per_week": 4},
    ],
)
def test_revising_a_program_says_all_that_may_change(change: dict[str, object]) -> None:
    facts = PRESCRIPTION | change
    given(program()).when(lambda p: p.revise(CAUSE, **facts)).then(fact(ProgramRevised, **facts))


def test_revising_a_program_to_what_it_is_records_nothing() -> None:
    given(program()).when(lambda p: p.revise(CAUSE, **PRESCRIPTION)).then_nothing()


# Tracks


def test_a_new_track_opens_with_its_segments() -> None:
    given(program()).when(with_track).then(fact(TrackOpened, track=TRACK))


@pytest.mark.parametrize(
    "changed",
    [
        otherwise(rule="FREQ=WEEKLY;BYDAY=MO"),
        otherwise(last_day=None),
        otherwise(room_id="room-2"),
        otherwise(capacity=9),
        otherwise(segments=(GROUP,)),
        otherwise(modality="video"),
    ],
)
def test_a_track_that_is_there_is_revised(changed: Track) -> None:
    given(program(), with_track).when(lambda p: p.keep_track(CAUSE, changed)).then(
        fact(TrackRevised, track=changed)
    )


def test_keeping_the_same_track_again_records_nothing() -> None:
    given(program(), with_track).when(with_track).then_nothing()


UNSOUND: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"starts": time(17), "ends": time(17), "segments": ()}, EndsBeforeStart),
    ({"starts": time(17, 1), "ends": time(17), "segments": ()}, EndsBeforeStart),
    ({"first_day": date(2025, 3, 13)}, EndsBeforeStart),
    ({"capacity": 0}, NotPositive),
    ({"capacity": -1}, NotPositive),
    ({"starts": time(17, 1)}, OutsideMeeting),
    ({"ends": time(19, 59)}, OutsideMeeting),
    ({"segments": (replace(GROUP, ends=time(17)),)}, EndsBeforeStart),
    ({"segments": (replace(GROUP, ends=time(16, 59)),)}, EndsBeforeStart),
    ({"segments": (GROUP, replace(BREAK, starts=time(18, 29)))}, SegmentsOverlap),
    ({"segments": (GROUP, BREAK, GROUP)}, SegmentsOverlap),
    ({"segments": (replace(GROUP, service="holistic", topic="juggling"),)}, UnknownPractice),
]


@pytest.mark.parametrize(("change", "refusal"), UNSOUND)
def test_a_track_that_makes_no_sense_is_refused(
    change: dict[str, Any], refusal: type[Refusal]
) -> None:
    unsound = otherwise(**change)
    given(program()).when(lambda p: p.keep_track(CAUSE, unsound)).then_refused(refusal)
    given(program(), with_track).when(lambda p: p.keep_track(CAUSE, unsound)).then_refused(refusal)


@pytest.mark.parametrize(
    "change",
    [
        {"starts": time(17), "ends": time(17, 1), "segments": ()},
        {"first_day": date(2025, 3, 12)},
        {"capacity": 1},
        {"segments": ()},
        {"segments": (SKILLS, BREAK, GROUP)},
        {"segments": (replace(GROUP, ends=time(17, 1)),)},
        *({"segments": (replace(GROUP, service="holistic", topic=each),)} for each in HOLISTIC),
        {"segments": (replace(GROUP, service="education", topic="triggers"),)},
    ],
)
def test_a_track_may_go_to_its_limits(change: dict[str, Any]) -> None:
    given(program()).when(lambda p: p.keep_track(CAUSE, otherwise(**change))).then(
        fact(TrackOpened)
    )


# Closures


def test_a_day_is_declared_closed() -> None:
    given(program()).when(closed_on_wednesday).then(
        fact(ClosureDeclared, day=date(2025, 3, 5), reason="training")
    )


def test_a_closure_may_get_another_reason() -> None:
    given(program(), closed_on_wednesday).when(
        lambda p: p.declare_closure(CAUSE, date(2025, 3, 5), "snow")
    ).then(fact(ClosureRevised, day=date(2025, 3, 5), reason="snow"))


def test_declaring_the_same_closure_again_records_nothing() -> None:
    given(program(), closed_on_wednesday).when(closed_on_wednesday).then_nothing()


def test_a_closure_is_lifted_once() -> None:
    given(program(), closed_on_wednesday).when(
        lambda p: p.lift_closure(CAUSE, date(2025, 3, 5))
    ).then(fact(ClosureLifted, day=date(2025, 3, 5)))
    given(program()).when(lambda p: p.lift_closure(CAUSE, date(2025, 3, 5))).then_nothing()


# When a track meets


def met(p: Program, through: date, track: Track = TRACK) -> list[date]:
    p.keep_track(CAUSE, track)
    found = p.occurrences(track.track_id, track.first_day, through)
    return [each.day for each in found]


def test_a_track_meets_on_its_weekdays_from_its_first_to_its_last_day() -> None:
    expected = [date(2025, 3, day) for day in (3, 5, 10, 12)]
    assert met(program(), date(2025, 3, 31)) == expected


def test_a_track_does_not_meet_on_a_closed_day() -> None:
    closed = program()
    closed_on_wednesday(closed)
    assert date(2025, 3, 5) not in met(closed, date(2025, 3, 31))


@pytest.mark.parametrize(("through", "meetings"), [(9, 2), (10, 3), (11, 3)])
def test_a_track_that_is_still_running_meets_through_the_day_asked_for(
    through: int, meetings: int
) -> None:
    running = replace(TRACK, last_day=None)
    assert len(met(program(), date(2025, 3, through), running)) == meetings


def test_a_running_track_that_begins_later_does_not_meet_yet() -> None:
    assert not met(program(), date(2025, 3, 2), replace(TRACK, last_day=None))


# Who waits for a track

ANN, BEN = "patient-ann", "patient-ben"


def waits(patient_id: str) -> Any:
    return lambda p: p.wait_for_track(CAUSE, "evening", patient_id, ("MO",))


def test_patients_wait_for_a_track_in_the_order_of_their_coming() -> None:
    spec = given(program(), with_track, waits(ANN)).when(waits(BEN))
    spec.then(fact(TrackWaitlisted, track_id="evening", patient_id=BEN, weekdays=("MO",)))
    assert [each.patient_id for each in spec.aggregate.waiting["evening"]] == [ANN, BEN]


def test_who_waits_already_keeps_their_turn() -> None:
    given(program(), with_track, waits(ANN)).when(waits(ANN)).then_nothing()


def test_nobody_waits_for_a_track_that_is_not_there() -> None:
    given(program()).when(waits(ANN)).then_refused(NoSuchTrack, track_id="evening")


WAITLIST: list[tuple[Any, Any]] = [
    (lambda p: p.leave_waitlist(CAUSE, "evening", ANN, "moved"), TrackWaitlistLeft),
    (lambda p: p.pass_over(CAUSE, "evening", ANN, "at work then"), TrackPassedOver),
    (lambda p: p.give_place(CAUSE, "evening", ANN), TrackPlaceGiven),
]


@pytest.mark.parametrize(("command", "event"), WAITLIST)
def test_who_waits_leaves_is_passed_over_or_gets_a_place(command: Any, event: Any) -> None:
    spec = given(program(), with_track, waits(ANN), waits(BEN)).when(command)
    spec.then(fact(event, track_id="evening", patient_id=ANN))
    left = [] if event is not TrackPassedOver else [ANN]
    assert [each.patient_id for each in spec.aggregate.waiting["evening"]] == [*left, BEN]


@pytest.mark.parametrize(("command", "_event"), WAITLIST)
def test_what_is_said_of_somebody_who_does_not_wait_records_nothing(
    command: Any, _event: Any
) -> None:
    given(program(), with_track).when(command).then_nothing()
