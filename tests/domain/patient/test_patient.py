from datetime import date, time, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.errors import EndsBeforeStart, EnrolledTwice, NotAdmitted, NotPositive, PatientTaken
from domain.patient import (
    AdmissionCorrected,
    Booking,
    BookingsReleased,
    CollisionAccepted,
    Commitment,
    CommitmentNoted,
    CommitmentRevised,
    Discharge,
    DischargeCorrected,
    Enrolment,
    EnrolmentRevised,
    Patient,
    PatientAdmitted,
    PatientDischarged,
    PatientEnrolled,
    Plan,
    PlanAdjusted,
    PlanSet,
    SessionsBooked,
)
from domain.times import WEEKDAYS, days
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY, Command, at
from tests.support.given_when_then import fact, given

UTC_ZONE = ZoneInfo("UTC")
PLAN = Plan(540, 3)
WORK = Commitment("work", "Shift", ("MO",), time(16), time(18), MONDAY, None)


def patient() -> Patient:
    return Patient.admit(
        CAUSE,
        id="patient-1",
        facility_id=FACILITY,
        program_id="adult-iop",
        admitted_on=MONDAY,
        payer="medicaid",
        override="as it was before",
    )


def booking(session_id: str, starts: str, ends: str) -> Booking:
    return Booking(session_id, at(starts), at(ends))


def booked(*bookings: Booking) -> Command:
    return lambda p: p.book(CAUSE, bookings)


def planned(plan: Plan) -> Command:
    return lambda p: p.set_plan(CAUSE, plan, MONDAY)


def ended(discharge: Discharge | None) -> Command:
    return lambda p: p.end(CAUSE, discharge)


def enrolment(
    *weekdays: str, first: date = MONDAY, last: date | None = None, track_id: str = "evening"
) -> Enrolment:
    return Enrolment(track_id, weekdays, first, last)


def enrolled(wanted: Enrolment) -> Command:
    return lambda p: p.enrol(CAUSE, wanted)


def committed(wanted: Commitment) -> Command:
    return lambda p: p.commit(CAUSE, wanted)


# The treatment


def test_a_treatment_begins() -> None:
    given().when(lambda _: patient()).then(
        fact(PatientAdmitted, program_id="adult-iop", admitted_on=MONDAY, payer="medicaid")
    )


@pytest.mark.parametrize(("payer", "corrected"), [("medicaid", False), ("self-pay", True)])
def test_an_admission_is_put_right_where_it_was_wrong(payer: str, corrected: bool) -> None:
    spec = given(patient()).when(
        lambda p: p.correct_admission(
            CAUSE, program_id="adult-iop", admitted_on=MONDAY, payer=payer
        )
    )
    spec.then(*([fact(AdmissionCorrected, payer=payer)] if corrected else []))


def test_a_plan_is_set_then_adjusted_and_the_same_plan_records_nothing() -> None:
    spec = given(patient())
    spec.when(planned(PLAN)).then(fact(PlanSet, plan=PLAN, effective_from=MONDAY))
    spec.when(planned(PLAN)).then_nothing()
    spec.when(planned(Plan(360, 3))).then(fact(PlanAdjusted, plan=Plan(360, 3)))


@pytest.mark.parametrize("plan", [Plan(0, 3), Plan(540, 0), Plan(-1, 3)])
def test_a_plan_asks_for_something(plan: Plan) -> None:
    given(patient()).when(planned(plan)).then_refused(NotPositive)


@pytest.mark.parametrize("plan", [Plan(1, 1), Plan(540, 3)])
def test_a_plan_may_ask_for_little(plan: Plan) -> None:
    given(patient()).when(planned(plan)).then(fact(PlanSet, plan=plan))


def test_a_patient_is_discharged_once_and_that_can_be_put_right() -> None:
    first, second = Discharge(MONDAY, "completed"), Discharge(MONDAY, "transferred")
    spec = given(patient())
    spec.when(ended(first)).then(fact(PatientDischarged, discharge=first))
    spec.when(ended(first)).then_nothing()
    spec.when(ended(second)).then(fact(DischargeCorrected, discharge=second))
    spec.when(ended(None)).then(fact(DischargeCorrected, discharge=None))
    spec.when(ended(None)).then_nothing()


@pytest.mark.parametrize(("day", "fits"), [(1, True), (0, True), (-1, False)])
def test_nobody_is_discharged_before_their_admission(day: int, fits: bool) -> None:
    discharge = Discharge(MONDAY + timedelta(days=day), "completed")
    spec = given(patient()).when(ended(discharge))
    if fits:
        spec.then(fact(PatientDischarged, discharge=discharge))
    else:
        spec.then_refused(EndsBeforeStart)


@pytest.mark.parametrize(("day", "admitted"), [(-1, False), (0, True), (7, True), (8, False)])
def test_the_first_and_the_last_day_count(day: int, admitted: bool) -> None:
    found = patient()
    found.end(CAUSE, Discharge(MONDAY + timedelta(days=7), "completed"))
    assert found.admitted_at(MONDAY + timedelta(days=day)) is admitted
    if not admitted:
        with pytest.raises(NotAdmitted):
            found.check_admitted(MONDAY + timedelta(days=day))


def test_a_treatment_that_has_not_ended_goes_on() -> None:
    assert patient().admitted_at(MONDAY + timedelta(days=700))


# Enrolments


def test_a_patient_joins_a_track_once() -> None:
    wanted = enrolment("MO", "WE")
    spec = given(patient())
    spec.when(enrolled(wanted)).then(fact(PatientEnrolled, enrolment=wanted))
    spec.when(enrolled(wanted)).then_nothing()


def test_an_enrolment_ends_on_another_day() -> None:
    shorter = enrolment("MO", last=MONDAY)
    given(patient(), enrolled(enrolment("MO"))).when(enrolled(shorter)).then(
        fact(EnrolmentRevised, enrolment=shorter)
    )


@pytest.mark.parametrize(("last", "fits"), [(0, True), (-1, False)])
def test_an_enrolment_does_not_end_before_it_begins(last: int, fits: bool) -> None:
    wanted = enrolment("MO", last=MONDAY + timedelta(days=last))
    spec = given(patient()).when(enrolled(wanted))
    if fits:
        spec.then(fact(PatientEnrolled))
    else:
        spec.then_refused(EndsBeforeStart)


def test_nobody_is_enrolled_twice_on_the_same_days() -> None:
    again = enrolment("MO", "TU", first=MONDAY + timedelta(days=7))
    given(patient(), enrolled(enrolment("MO"))).when(enrolled(again)).then_refused(EnrolledTwice)


@pytest.mark.parametrize(
    "other",
    [
        enrolment("TU", first=MONDAY + timedelta(days=1)),
        enrolment("MO", track_id="morning"),
    ],
)
def test_other_days_or_another_track_are_no_second_enrolment(other: Enrolment) -> None:
    given(patient(), enrolled(enrolment("MO"))).when(enrolled(other)).then(fact(PatientEnrolled))


ENROLMENTS = st.builds(
    lambda weekdays, first, length: Enrolment(
        "evening",
        tuple(weekdays),
        MONDAY + timedelta(days=first),
        None if length is None else MONDAY + timedelta(days=first + length),
    ),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True),
    st.integers(0, 20),
    st.none() | st.integers(0, 20),
)


@pytest.mark.parametrize(
    ("day", "comes"), [(-7, False), (0, True), (1, False), (7, True), (14, False)]
)
def test_a_patient_comes_on_the_days_of_the_enrolment_its_first_and_last_included(
    day: int, comes: bool
) -> None:
    wanted = enrolment("MO", last=MONDAY + timedelta(days=7))
    assert wanted.covers(MONDAY + timedelta(days=day)) is comes


@given_any(ENROLMENTS, ENROLMENTS)
def test_shared_days_are_found_as_by_looking_at_each(one: Enrolment, other: Enrolment) -> None:
    every = list(days(MONDAY, MONDAY + timedelta(days=60)))
    assert one.shares_days_with(other) == any(
        one.covers(day) and other.covers(day) for day in every
    )


# Bookings


def test_sessions_take_the_patients_time_all_at_once() -> None:
    first, second = booking("s-1", "09:00", "10:00"), booking("s-2", "10:00", "11:00")
    spec = given(patient())
    spec.when(booked(first, second)).then(fact(SessionsBooked, bookings=(first, second)))
    spec.when(booked(first, second)).then_nothing()


@pytest.mark.parametrize(
    ("starts", "ends", "fits"),
    [("10:00", "11:00", True), ("09:59", "11:00", False), ("08:00", "09:00", True)],
)
def test_a_patient_is_booked_for_one_session_at_a_time(starts: str, ends: str, fits: bool) -> None:
    spec = given(patient(), booked(booking("s-1", "09:00", "10:00"))).when(
        booked(booking("s-2", starts, ends))
    )
    if fits:
        spec.then(fact(SessionsBooked))
    else:
        spec.then_refused(PatientTaken)


def test_of_several_sessions_one_that_does_not_fit_keeps_all_out() -> None:
    given(patient(), booked(booking("s-1", "09:00", "10:00"))).when(
        booked(booking("s-2", "11:00", "12:00"), booking("s-3", "09:30", "10:30"))
    ).then_refused(PatientTaken)


def test_of_sessions_asked_for_at_once_no_two_overlap() -> None:
    given(patient()).when(
        booked(booking("s-1", "09:00", "10:00"), booking("s-2", "09:59", "11:00"))
    ).then_refused(PatientTaken)


def test_a_booked_session_moves_also_across_its_own_time() -> None:
    moved = booking("s-1", "09:30", "10:30")
    given(patient(), booked(booking("s-1", "09:00", "10:00"))).when(booked(moved)).then(
        fact(SessionsBooked, bookings=(moved,))
    )


def test_only_what_is_not_booked_yet_is_booked() -> None:
    first, second = booking("s-1", "09:00", "10:00"), booking("s-2", "10:00", "11:00")
    given(patient(), booked(first)).when(booked(first, second)).then(
        fact(SessionsBooked, bookings=(second,))
    )


def test_time_is_given_back_once() -> None:
    spec = given(patient(), booked(booking("s-1", "09:00", "10:00")))
    spec.when(lambda p: p.release(CAUSE, ["s-1", "s-2"], "called off")).then(
        fact(BookingsReleased, session_ids=("s-1",), reason="called off")
    )
    spec.when(lambda p: p.release(CAUSE, ["s-1"], "called off")).then_nothing()


@given_any(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(1, 5))))
def test_bookings_never_overlap_whatever_is_asked(asked: list[tuple[int, int, int]]) -> None:
    found: Any = patient()
    for number, start, length in asked:
        starts_at = at("08:00") + timedelta(minutes=15 * start)
        wanted = Booking(f"s-{number}", starts_at, starts_at + timedelta(minutes=15 * length))
        try:
            found.book(CAUSE, [wanted])
        except PatientTaken:
            continue
    spans = [each.span for each in found.bookings.values()]
    assert not any(one.overlaps(other) for one, other in combinations(spans, 2))


# Duties elsewhere


def test_a_duty_is_noted_once_and_may_change() -> None:
    longer = Commitment("work", "Shift", ("MO",), time(16), time(19), MONDAY, None)
    spec = given(patient())
    spec.when(committed(WORK)).then(fact(CommitmentNoted, commitment=WORK))
    spec.when(committed(WORK)).then_nothing()
    spec.when(committed(longer)).then(fact(CommitmentRevised, commitment=longer))


@pytest.mark.parametrize(
    "wrong",
    [
        Commitment("work", "Shift", ("MO",), time(16), time(16), MONDAY, None),
        Commitment("work", "Shift", ("MO",), time(16), time(17), MONDAY, MONDAY - timedelta(1)),
    ],
)
def test_a_duty_does_not_end_before_it_begins(wrong: Commitment) -> None:
    given(patient()).when(committed(wrong)).then_refused(EndsBeforeStart)


def test_a_collision_with_a_duty_is_accepted_with_its_reason_once() -> None:
    accepted: Command = lambda p: p.accept_collisions(CAUSE, UTC_ZONE, "on import")  # noqa: E731
    spec = given(patient(), booked(booking("s-1", "17:00", "20:00")), committed(WORK))
    spec.when(accepted).then(
        fact(CollisionAccepted, session_id="s-1", commitment=WORK.key, reason="on import")
    )
    spec.when(accepted).then_nothing()


@pytest.mark.parametrize(("starts", "ends"), [("18:00", "20:00"), ("14:00", "16:00")])
def test_what_ends_as_the_next_begins_does_not_collide(starts: str, ends: str) -> None:
    given(patient(), booked(booking("s-1", starts, ends)), committed(WORK)).when(
        lambda p: p.accept_collisions(CAUSE, UTC_ZONE, "on import")
    ).then_nothing()


@pytest.mark.parametrize("last", [MONDAY, None])
def test_a_duty_lasts_a_day_at_least_or_goes_on(last: date | None) -> None:
    wanted = Commitment("work", "Shift", ("MO",), time(16), time(16, 1), MONDAY, last)
    given(patient()).when(committed(wanted)).then(fact(CommitmentNoted, commitment=wanted))


@pytest.mark.parametrize(
    ("day", "collides"), [(-7, False), (0, True), (1, False), (7, True), (14, False)]
)
def test_a_duty_collides_on_its_days_its_first_and_last_included(day: int, collides: bool) -> None:
    last = MONDAY + timedelta(days=7)
    duty = Commitment("work", "Shift", ("MO",), time(16), time(18), MONDAY, last)
    starts_at = at("17:00") + timedelta(days=day)
    session = Booking("s-1", starts_at, starts_at + timedelta(hours=3))
    assert duty.meets(session, UTC_ZONE) is collides


def test_a_duty_without_a_last_day_goes_on_colliding() -> None:
    starts_at = at("17:00") + timedelta(days=700)
    assert WORK.meets(Booking("s-1", starts_at, starts_at + timedelta(hours=3)), UTC_ZONE)


def test_each_duty_that_a_session_collides_with_is_accepted() -> None:
    school = Commitment("school", "Course", ("MO",), time(19), time(21), MONDAY, None)
    given(
        patient(), booked(booking("s-1", "17:00", "20:00")), committed(WORK), committed(school)
    ).when(lambda p: p.accept_collisions(CAUSE, UTC_ZONE, "on import")).then(
        fact(CollisionAccepted, session_id="s-1", commitment=WORK.key),
        fact(CollisionAccepted, session_id="s-1", commitment=school.key),
    )


def test_a_session_that_is_booked_again_has_its_collision_accepted_again() -> None:
    evening = booking("s-1", "17:00", "20:00")
    accepted: Command = lambda p: p.accept_collisions(CAUSE, UTC_ZONE, "on import")  # noqa: E731
    given(
        patient(),
        booked(evening),
        committed(WORK),
        accepted,
        lambda p: p.release(CAUSE, ["s-1"], "rescheduled"),
        booked(evening),
    ).when(accepted).then(fact(CollisionAccepted, session_id="s-1"))


def test_a_duty_is_on_the_facilitys_clocks() -> None:
    meets = WORK.meets(booking("s-1", "21:30", "22:30"), ZoneInfo("America/New_York"))
    assert meets
    assert not WORK.meets(booking("s-1", "21:30", "22:30"), UTC_ZONE)
