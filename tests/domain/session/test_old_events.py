"""What was recorded while the rules were looser still loads, and goes on under today's."""

from functools import reduce
from typing import Any

from domain.aggregate import Aggregate, Event
from domain.errors import (
    NoFacilitator,
    PlacesFree,
    SessionFull,
    SignedInTwice,
)
from domain.session import (
    AttendanceRecorded,
    AttendanceWithdrawn,
    CheckInUndone,
    PatientCheckedIn,
    PatientCheckedOut,
    PatientReleased,
    PatientRostered,
    PatientWaitlisted,
    SessionClosed,
    SessionStarted,
    StaffSubstituted,
    SupporterExpected,
    SupporterReleased,
    WaitlistLeft,
)
from domain.session.attendance import attendance_of
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FOUND,
    LATE_AFTER,
    MEETING,
    Command,
    at,
    closed,
    line,
    rostered,
    session,
    signed_in,
)
from tests.support.given_when_then import fact, given, stored


def was(event: type[Event], **facts: Any) -> Command:
    """Record what today's guards might refuse."""
    return lambda aggregate: Aggregate.record(aggregate, event, CAUSE, **facts)


def history(aggregate: Any, *recorded: Command) -> given:
    """Return what storage brings back of an aggregate's events."""
    spec = given(aggregate, *recorded)
    spec.aggregate = reduce(lambda state, each: stored(each).mutate(state), spec.history, None)
    return spec


def arrived(patient_id: str, wall: str) -> Command:
    return was(PatientCheckedIn, patient_id=patient_id, arrived_at=at(wall), makes_up=None)


def left(patient_id: str, arrival: str, wall: str) -> Command:
    return was(PatientCheckedOut, patient_id=patient_id, arrived_at=at(arrival), left_at=at(wall))


def settled(s: Any) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)


# Sessions


def crowded() -> given:
    """Five patients in a session of three places."""
    return history(session(), *[was(PatientRostered, patient_id=f"p-{n}") for n in range(1, 6)])


def test_a_session_with_more_patients_than_places_has_none_free() -> None:
    spec = crowded()
    assert spec.aggregate.free_places == 0
    spec.when(rostered("p-6")).then_refused(SessionFull, places=3)
    spec.when(rostered("p-5")).then_nothing()


def test_who_has_no_place_was_there_all_the_same() -> None:
    spec = crowded().when(signed_in("p-5", "17:00", "20:00"))
    spec.then(fact(PatientCheckedIn), fact(PatientCheckedOut))
    spec.when(closed).then(fact(SessionClosed), *[fact(AttendanceRecorded)] * 5)


def test_a_crowded_session_empties_place_by_place() -> None:
    spec = crowded()
    for patient_id in ("p-1", "p-2", "p-3"):
        spec.when(lambda s, each=patient_id: s.release(CAUSE, each)).then(fact(PatientReleased))
    spec.when(lambda s: s.wait(CAUSE, "p-6")).then_refused(PlacesFree)
    spec.when(rostered("p-6")).then(fact(PatientRostered))
    spec.when(rostered("p-7")).then_refused(SessionFull)


def test_lines_that_overlap_may_be_put_right() -> None:
    lines = arrived("p-1", "17:00"), left("p-1", "17:00", "20:00"), arrived("p-1", "18:00")
    spec = history(session(), rostered("p-1"), *lines)
    assert spec.aggregate.visits["p-1"].sign_ins == (line("17:00", "20:00"), line("18:00"))
    spec.when(signed_in("p-1", "18:00", "19:00")).then_refused(SignedInTwice)
    spec.when(lambda s: s.undo_check_in(AFTERWARDS, "p-1", at("18:00"), amendment=FOUND)).then(
        fact(CheckInUndone, arrived_at=at("18:00"))
    )
    spec.when(closed)
    assert spec.aggregate.records["p-1"].attendance.credited_minutes == 165


def test_who_arrived_without_being_expected_was_there() -> None:
    spec = history(session(), arrived("p-9", "17:00"), left("p-9", "17:00", "20:00"))
    spec.when(closed).then(fact(SessionClosed), fact(AttendanceRecorded, patient_id="p-9"))
    assert spec.aggregate.records["p-9"].attendance.role == "rostered"


def test_a_line_that_ends_before_it_begins_counts_for_nothing() -> None:
    backwards = arrived("p-1", "18:00"), left("p-1", "18:00", "17:00")
    spec = history(session(), rostered("p-1"), *backwards).when(closed)
    assert spec.aggregate.records["p-1"].attendance.credited_minutes == 0


def test_a_session_that_nobody_led_may_have_begun() -> None:
    nobody = was(StaffSubstituted, staff_id=None, credential=None, reason="ill")
    begun = was(SessionStarted, staff_id="staff-7", credential="LCSW")
    spec = history(session(), nobody, begun)
    spec.when(closed).then_refused(NoFacilitator)
    spec.when(
        lambda s: s.substitute_staff(CAUSE, "staff-8", credential="LMFT", reason="found")
    ).then(fact(StaffSubstituted, staff_id="staff-8"))
    spec.when(closed).then(fact(SessionClosed))


def test_a_session_that_was_closed_before_its_end_is_closed() -> None:
    spec = history(session(), rostered("p-1"), was(SessionClosed))
    spec.when(closed).then_nothing()
    spec.when(settled).then(fact(AttendanceRecorded, patient_id="p-1"))


def test_a_record_of_who_was_never_expected_is_withdrawn() -> None:
    session_now = session()
    rostered("p-9")(session_now)
    came_to = attendance_of(
        MEETING, session_now.visits["p-9"], called_off=False, late_after=LATE_AFTER
    )
    recorded = was(AttendanceRecorded, patient_id="p-9", attendance=came_to, makes_up=None)
    history(session(), was(SessionClosed), recorded).when(settled).then(
        fact(AttendanceWithdrawn, patient_id="p-9", corrects=3)
    )


def test_who_waits_where_a_place_is_free_gets_it_or_leaves() -> None:
    waiting = was(PatientWaitlisted, patient_id="p-1"), was(PatientWaitlisted, patient_id="p-2")
    spec = history(session(), *waiting)
    spec.when(lambda s: s.leave_waitlist(CAUSE, "p-2", "asked")).then(fact(WaitlistLeft))
    spec.when(lambda s: s.offer_places(CAUSE, {})).then(fact(PatientRostered, patient_id="p-1"))
    assert spec.aggregate.waiting == ()


def test_a_supporter_of_nobody_who_is_expected_is_released() -> None:
    alone = was(SupporterExpected, supporter_id="s-1", patient_id="p-9", relation="mother")
    history(session(), alone).when(lambda s: s.release_supporter(CAUSE, "s-1")).then(
        fact(SupporterReleased, supporter_id="s-1")
    )
