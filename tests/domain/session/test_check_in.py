from datetime import timedelta

import pytest

from domain.aggregate import CommandContext
from domain.errors import (
    AlreadyMadeUp,
    EndsBeforeStart,
    MakeUpTooEarly,
    NotMissed,
    NotOnRoster,
    NotTakingPlace,
    OnRosterAnyway,
    SessionFull,
    SessionNotOver,
    SignedInElsewhere,
    SignedInTwice,
)
from domain.session import (
    AttendanceCorrected,
    AttendanceRecorded,
    AttendanceWithdrawn,
    CheckOutCorrected,
    LateCheckOutEntered,
    LateSignInEntered,
    MakeUpLinked,
    MakeUpRedirected,
    MakeUpUnlinked,
    PatientCheckedIn,
    PatientCheckedOut,
    SessionClosed,
)
from domain.times import Span
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FOUND,
    LATE_AFTER,
    MEETING,
    announced,
    at,
    called_off,
    came_for,
    closed,
    later,
    line,
    made_up,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def now(wall: str) -> CommandContext:
    return CommandContext("command-3", at(wall), "staff-7")


def settled(s: object) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)  # type: ignore[attr-defined]


# Lines of the sheet


def test_a_patient_signs_in() -> None:
    given(session(), rostered("p-1")).when(signed_in("p-1", "16:55")).then(
        fact(PatientCheckedIn, patient_id="p-1", arrived_at=at("16:55"), makes_up=None)
    )


def test_a_whole_line_is_an_arrival_and_a_departure() -> None:
    given(session(), rostered("p-1")).when(signed_in("p-1", "16:55", "20:00")).then(
        fact(PatientCheckedIn, patient_id="p-1", arrived_at=at("16:55")),
        fact(PatientCheckedOut, patient_id="p-1", arrived_at=at("16:55"), left_at=at("20:00")),
    )


def test_a_line_that_is_there_records_nothing() -> None:
    whole = signed_in("p-1", "16:55", "20:00")
    given(session(), rostered("p-1"), whole).when(whole).then_nothing()


def test_a_patient_signs_out() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "16:55")).when(
        signed_in("p-1", "16:55", "20:00")
    ).then(fact(PatientCheckedOut, arrived_at=at("16:55"), left_at=at("20:00")))


def test_a_wrong_departure_is_corrected_and_the_first_one_named() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "16:55", "20:00")).when(
        signed_in("p-1", "16:55", "19:00")
    ).then(fact(CheckOutCorrected, left_at=at("19:00"), recorded_as=at("20:00")))


def test_who_is_not_expected_and_makes_up_nothing_is_not_signed_in() -> None:
    given(session()).when(signed_in("p-1", "17:00")).then_refused(NotOnRoster)


def test_nobody_signs_in_to_a_session_that_was_called_off() -> None:
    given(session(), rostered("p-1"), called_off).when(signed_in("p-1", "17:00")).then_refused(
        NotTakingPlace
    )


def test_nobody_signs_in_to_a_session_that_left_the_schedule() -> None:
    given(session(), rostered("p-1"), withdrawn).when(signed_in("p-1", "17:00")).then_refused(
        NotTakingPlace
    )


def test_a_departure_may_turn_out_to_be_unknown() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "16:55", "20:00")).when(
        signed_in("p-1", "16:55")
    ).then(fact(CheckOutCorrected, left_at=None, recorded_as=at("20:00")))


def test_only_the_line_with_that_arrival_changes() -> None:
    spec = given(
        session(),
        rostered("p-1"),
        signed_in("p-1", "18:30", "20:00"),
        signed_in("p-1", "17:00", "18:00"),
    )
    spec.when(signed_in("p-1", "17:00", "18:15")).then(fact(CheckOutCorrected))
    lines = spec.aggregate.visits["p-1"].sign_ins
    assert lines == (line("17:00", "18:15"), line("18:30", "20:00"))


@pytest.mark.parametrize("left", ["17:00", "17:01"])
def test_a_patient_may_leave_when_they_came_or_later(left: str) -> None:
    given(session(), rostered("p-1")).when(signed_in("p-1", "17:00", left)).then(
        fact(PatientCheckedIn), fact(PatientCheckedOut, left_at=at(left))
    )


def test_nobody_leaves_before_they_came() -> None:
    given(session(), rostered("p-1")).when(signed_in("p-1", "17:00", "16:59")).then_refused(
        EndsBeforeStart
    )


def test_a_patient_steps_out_and_returns() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00", "18:00")).when(
        signed_in("p-1", "18:00", "20:00")
    ).then(fact(PatientCheckedIn, arrived_at=at("18:00")), fact(PatientCheckedOut))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("17:00", "18:00"), ("17:59", "20:00")),
        (("17:00", "20:00"), ("18:00", None)),
        (("18:00", None), ("17:00", "18:01")),
    ],
)
def test_nobody_signs_in_twice_at_once(
    first: tuple[str, str | None], second: tuple[str, str | None]
) -> None:
    given(session(), rostered("p-1"), signed_in("p-1", *first)).when(
        signed_in("p-1", *second)
    ).then_refused(SignedInTwice)


def test_a_line_without_departure_lasts_to_the_next_one() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(
        signed_in("p-1", "19:00", "20:00")
    ).then(fact(PatientCheckedIn), fact(PatientCheckedOut))


@pytest.mark.parametrize(("left", "fits"), [("18:00", True), ("18:01", False)])
def test_nobody_is_signed_in_to_two_sessions_at_once(left: str, fits: bool) -> None:
    elsewhere = [Span(at("18:00"), at("19:00"))]
    spec = given(session(), rostered("p-1")).when(
        lambda s: s.sign_in(CAUSE, "p-1", line("17:00", left), elsewhere=elsewhere)
    )
    if fits:
        spec.then(fact(PatientCheckedIn), fact(PatientCheckedOut))
    else:
        spec.then_refused(SignedInElsewhere)


def test_who_did_not_sign_out_is_there_to_the_sessions_end() -> None:
    at_the_end = [Span(at("19:59"), at("20:30"))]
    given(session(), rostered("p-1")).when(
        lambda s: s.sign_in(CAUSE, "p-1", line("17:00"), elsewhere=at_the_end)
    ).then_refused(SignedInElsewhere)


def test_presence_elsewhere_lasts_from_each_arrival_to_its_departure_or_the_sessions_end() -> None:
    there = session()
    for command in (rostered("p-1"), signed_in("p-1", "16:50", "18:00"), signed_in("p-1", "18:30")):
        command(there)
    assert list(there.presence("p-1")) == [
        Span(at("16:50"), at("18:00")),
        Span(at("18:30"), at("20:00")),
    ]
    assert not list(there.presence("p-2"))


def test_who_arrived_after_the_end_and_did_not_sign_out_takes_no_time() -> None:
    there = session()
    for command in (rostered("p-1"), signed_in("p-1", "20:10")):
        command(there)
    assert list(there.presence("p-1")) == [Span(at("20:10"), at("20:10"))]


# At the door, now


def test_a_patient_checks_in_now() -> None:
    given(session(), rostered("p-1")).when(lambda s: s.check_in(now("17:03"), "p-1")).then(
        fact(PatientCheckedIn, patient_id="p-1", arrived_at=at("17:03"))
    )


def test_who_is_in_stays_in() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(
        lambda s: s.check_in(now("17:03"), "p-1")
    ).then_nothing()


def test_a_patient_checks_out_now() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(
        lambda s: s.check_out(now("20:01"), "p-1")
    ).then(fact(PatientCheckedOut, arrived_at=at("17:00"), left_at=at("20:01")))


def test_who_is_out_stays_out() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00", "20:00")).when(
        lambda s: s.check_out(now("20:01"), "p-1")
    ).then_nothing()


def test_who_is_not_expected_cannot_check_out() -> None:
    given(session()).when(lambda s: s.check_out(now("20:01"), "p-1")).then_refused(NotOnRoster)


# Make-ups


def test_a_patient_comes_to_make_up_a_missed_visit() -> None:
    given(session()).when(came_for("missed", "p-1", "17:00")).then(
        fact(PatientCheckedIn, patient_id="p-1", makes_up="missed")
    )


def test_who_is_on_the_roster_makes_nothing_up_there() -> None:
    given(session(), rostered("p-1")).when(came_for("missed", "p-1", "17:00")).then_refused(
        OnRosterAnyway
    )


def test_a_make_up_says_on_every_line_what_it_makes_up() -> None:
    given(session(), came_for("missed", "p-1", "17:00", "18:00")).when(
        signed_in("p-1", "18:30")
    ).then_refused(NotOnRoster)


def test_who_came_to_make_up_steps_out_and_returns() -> None:
    spec = given(session(), came_for("missed", "p-1", "17:00", "18:00"))
    spec.when(came_for("missed", "p-1", "17:00", "18:00")).then_nothing()
    spec.when(came_for("missed", "p-1", "18:30")).then(
        fact(PatientCheckedIn, arrived_at=at("18:30"), makes_up="missed")
    )
    spec.when(lambda s: s.check_out(now("20:00"), "p-1")).then(
        fact(PatientCheckedOut, arrived_at=at("18:30"), left_at=at("20:00"))
    )
    lines = spec.aggregate.visits["p-1"].sign_ins
    assert lines == (line("17:00", "18:00"), line("18:30", "20:00"))


def test_a_make_up_needs_a_place() -> None:
    given(session(), rostered("p-1", "p-2", "p-3")).when(
        came_for("missed", "p-4", "17:00")
    ).then_refused(SessionFull)


def test_a_make_up_of_another_visit_than_was_recorded() -> None:
    given(session(), came_for("missed", "p-1", "17:00")).when(
        came_for("other", "p-1", "17:00")
    ).then(fact(MakeUpRedirected, patient_id="p-1", makes_up="other"))


def test_a_missed_visit_is_linked_to_the_one_that_makes_it_up() -> None:
    by = session(later(2))
    given(session(), rostered("p-1")).when(made_up("p-1", by)).then(
        fact(MakeUpLinked, patient_id="p-1", made_up_by=by.id)
    )


def test_a_visit_to_a_session_that_was_called_off_can_be_made_up() -> None:
    given(session(), rostered("p-1"), called_off).when(made_up("p-1", session(later(2)))).then(
        fact(MakeUpLinked)
    )


def test_a_link_that_is_there_records_nothing() -> None:
    by = session(later(2))
    given(session(), rostered("p-1"), made_up("p-1", by)).when(made_up("p-1", by)).then_nothing()


def test_a_visit_is_never_made_up_twice() -> None:
    given(session(), rostered("p-1"), made_up("p-1", session(later(2)))).when(
        made_up("p-1", session(later(3)))
    ).then_refused(AlreadyMadeUp)


def test_a_visit_that_was_attended_needs_no_make_up() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(
        made_up("p-1", session(later(2)))
    ).then_refused(NotMissed)


def test_who_was_not_expected_missed_nothing() -> None:
    given(session()).when(made_up("p-1", session(later(2)))).then_refused(NotMissed)


@pytest.mark.parametrize("days", [0, -1])
def test_a_visit_is_made_up_later_than_it_was_missed(days: int) -> None:
    by = session(later(days), "other")
    given(session(), rostered("p-1")).when(made_up("p-1", by)).then_refused(MakeUpTooEarly)


def test_a_visit_that_is_made_up_is_not_signed_in_to_any_more() -> None:
    given(session(), rostered("p-1"), made_up("p-1", session(later(2)))).when(
        signed_in("p-1", "17:00")
    ).then_refused(AlreadyMadeUp)


def test_a_make_up_is_taken_back_once() -> None:
    spec = given(session(), rostered("p-1"), made_up("p-1", session(later(2))))
    spec.when(lambda s: s.unlink_make_up(CAUSE, "p-1")).then(fact(MakeUpUnlinked))
    spec.when(lambda s: s.unlink_make_up(CAUSE, "p-1")).then_nothing()


def test_who_made_nothing_up_has_nothing_to_take_back() -> None:
    given(session(), rostered("p-1")).when(
        lambda s: [s.unlink_make_up(CAUSE, patient_id) for patient_id in ("p-1", "p-2")]
    ).then_nothing()


# Closing, and what comes after


def test_closing_turns_presence_into_attendance() -> None:
    spec = given(session(), rostered("p-1", "p-2", "p-3"), signed_in("p-1", "17:00", "20:00"))
    announced("p-2", excused=True)(spec.aggregate)
    spec.history += spec.aggregate.collect_events()
    spec.when(closed).then(
        fact(SessionClosed),
        fact(AttendanceRecorded, patient_id="p-1"),
        fact(AttendanceRecorded, patient_id="p-2"),
        fact(AttendanceRecorded, patient_id="p-3"),
    )
    found = {name: record.attendance.status for name, record in spec.aggregate.records.items()}
    assert found == {"p-1": "attended", "p-2": "excused", "p-3": "no_show"}
    assert spec.aggregate.records["p-1"].attendance.credited_minutes == 165


@pytest.mark.parametrize(("early", "fits"), [(0, True), (-1, True), (1, False)])
def test_a_session_closes_when_it_is_over_and_not_before(early: int, fits: bool) -> None:
    context = CommandContext("close", MEETING.ends_at - timedelta(minutes=early), "staff-7")
    spec = given(session()).when(lambda s: s.close(context, LATE_AFTER))
    if fits:
        spec.then(fact(SessionClosed))
    else:
        spec.then_refused(SessionNotOver)


def test_a_session_closes_once() -> None:
    given(session(), rostered("p-1"), closed).when(closed).then_nothing()


def test_a_session_that_was_called_off_does_not_close() -> None:
    given(session(), called_off).when(closed).then_refused(NotTakingPlace)


def test_a_session_that_left_the_schedule_neither_closes_nor_settles() -> None:
    given(session(), withdrawn).when(closed).then_refused(NotTakingPlace)


def test_the_records_of_a_session_that_left_the_schedule_are_withdrawn() -> None:
    spec = given(session(), rostered("p-1"), closed, withdrawn)
    first = spec.aggregate.records["p-1"].version
    spec.when(settled).then(fact(AttendanceWithdrawn, patient_id="p-1", corrects=first))
    spec.when(settled).then_nothing()


def test_nothing_is_settled_before_a_session_closed() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00", "20:00")).when(
        settled
    ).then_nothing()


def test_each_correction_names_the_record_before_it() -> None:
    spec = given(session(), rostered("p-1"), closed, signed_in("p-1", "17:05", "20:00"), settled)
    second = spec.aggregate.records["p-1"].version
    spec.when(signed_in("p-1", "17:05", "19:00")).then(fact(CheckOutCorrected))
    spec.when(settled).then(fact(AttendanceCorrected, corrects=second))


def test_a_make_up_is_recorded_with_what_it_makes_up() -> None:
    given(session(), came_for("missed", "p-1", "17:00", "20:00")).when(closed).then(
        fact(SessionClosed), fact(AttendanceRecorded, patient_id="p-1", makes_up="missed")
    )


def test_a_make_up_may_be_entered_after_closing() -> None:
    given(session(), closed).when(came_for("missed", "p-1", "17:00", "20:00")).then(
        fact(LateSignInEntered, patient_id="p-1", makes_up="missed", left_at=at("20:00"))
    )


def test_what_is_as_recorded_is_not_corrected() -> None:
    given(session(), rostered("p-1"), closed).when(settled).then_nothing()


def test_a_sign_in_after_closing_is_a_late_entry_and_the_first_record_stays() -> None:
    spec = given(session(), rostered("p-1"), closed)
    first = spec.aggregate.records["p-1"].version
    spec.when(signed_in("p-1", "17:05", "20:00")).then(
        fact(LateSignInEntered, patient_id="p-1", arrived_at=at("17:05"), left_at=at("20:00"))
    )
    spec.when(settled).then(
        fact(AttendanceCorrected, patient_id="p-1", corrects=first, reason="sheet found")
    )
    assert spec.aggregate.records["p-1"].attendance.status == "attended"


def test_a_forgotten_departure_after_closing_is_a_late_entry() -> None:
    spec = given(session(), rostered("p-1"), signed_in("p-1", "17:00"), closed)
    assert spec.aggregate.records["p-1"].attendance.status == "incomplete"
    spec.when(signed_in("p-1", "17:00", "20:00")).then(
        fact(LateCheckOutEntered, arrived_at=at("17:00"), left_at=at("20:00"))
    )
    spec.when(settled).then(fact(AttendanceCorrected))
    assert spec.aggregate.records["p-1"].attendance.credited_minutes == 165


def test_who_is_expected_only_after_closing_gets_a_record_of_their_own() -> None:
    given(session(), closed, rostered("p-1")).when(settled).then(
        fact(AttendanceRecorded, patient_id="p-1")
    )


def test_calling_off_a_session_that_was_closed_corrects_its_records() -> None:
    spec = given(session(), rostered("p-1"), closed, called_off).when(settled)
    spec.then(fact(AttendanceCorrected, patient_id="p-1"))
    assert spec.aggregate.records["p-1"].attendance.status == "cancelled"


def test_a_recorded_make_up_that_is_redirected_is_corrected() -> None:
    given(
        session(),
        came_for("missed", "p-1", "17:00", "20:00"),
        closed,
        came_for("other", "p-1", "17:00", "20:00"),
    ).when(settled).then(fact(AttendanceCorrected, patient_id="p-1", makes_up="other"))
