"""Days on which a patient in treatment is away with the program's agreement."""

from dataclasses import replace

import pytest

from domain.errors import (
    EndsBeforeStart,
    LeavesOverlap,
    LeaveTooLong,
    NotAdmitted,
    NotOnRecord,
    ReasonMissing,
    RecordMerged,
    Refusal,
)
from domain.patient import Discharge, Leave, LeaveGranted, LeaveRevised
from tests.domain.patient.test_admission import (
    LEFT,
    REFERRAL,
    admitted,
    candidate,
    corrected,
    day,
    in_treatment,
    merged,
    recommended,
    referred,
    screened,
    treated_again,
)
from tests.domain.patient.test_patient import ended
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact, given


def away(first: int = 10, last: int = 20, why: str = "in hospital") -> Command:
    return lambda p: p.grant_leave(CAUSE, day(first), day(last), why)


def back(last: int | None, first: int = 10, why: str = "came back earlier") -> Command:
    until = None if last is None else day(last)
    return lambda p: p.revise_leave(CAUSE, day(first), until, why)


def leave(first: int = 10, last: int = 20) -> Leave:
    return Leave(day(first), day(last))


def leaves(spec: given) -> list[Leave]:
    return list(spec.aggregate.leaves.values())


def again(first: int, *earlier: Command, left: Discharge = LEFT) -> given:
    """Return a patient who left, and is in treatment again since then."""
    referral = replace(REFERRAL, day=left.day, origin="community")
    return in_treatment(
        *earlier,
        ended(left),
        referred(referral),
        recommended("2.1", left.day),
        admitted(day(first)),
    )


# The days of one


def test_a_leave_covers_its_first_and_its_last_day() -> None:
    assert [leave().covers(day(each)) for each in (9, 10, 20, 21)] == [False, True, True, False]
    assert (leave().days, leave(10, 10).days) == (11, 1)


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [
        (0, 9, False),
        (0, 10, True),
        (12, 15, True),
        (0, 30, True),
        (20, 30, True),
        (21, 30, False),
    ],
)
def test_leaves_overlap_that_have_a_day_in_common(first: int, last: int, both: bool) -> None:
    assert leave().overlaps(leave(first, last)) is both
    assert leave(first, last).overlaps(leave()) is both


# Granted


def test_a_patient_is_away_with_the_programs_agreement() -> None:
    spec = in_treatment().when(away())
    spec.then(
        fact(
            LeaveGranted,
            first_day=day(10),
            last_day=day(20),
            reason="in hospital",
            author=CAUSE.author,
        )
    )
    assert leaves(spec) == [leave()]


@pytest.mark.parametrize("why", ["in hospital", "on a holiday"])
def test_the_same_leave_records_nothing(why: str) -> None:
    in_treatment(away()).when(away(why=why)).then_nothing()
    in_treatment(away(last=25), back(20)).when(away(why=why)).then_nothing()


@pytest.mark.parametrize(
    ("last", "refusal"),
    [(9, EndsBeforeStart), (10, None), (99, None), (100, LeaveTooLong)],
)
def test_a_leave_has_one_day_at_least_and_ninety_at_most(
    last: int, refusal: type[Refusal] | None
) -> None:
    granted, revised = in_treatment().when(away(10, last)), in_treatment(away()).when(back(last))
    if refusal:
        granted.then_refused(refusal)
        revised.then_refused(refusal)
    else:
        granted.then(fact(LeaveGranted, last_day=day(last)))
        revised.then(fact(LeaveRevised, last_day=day(last)))


@pytest.mark.parametrize("why", ["", "  "])
def test_a_leave_and_its_revision_need_a_reason(why: str) -> None:
    in_treatment().when(away(why=why)).then_refused(ReasonMissing)
    in_treatment(away()).when(back(15, why=why)).then_refused(ReasonMissing)


@pytest.mark.parametrize(
    ("first", "last"), [(0, 10), (10, 10), (10, 15), (10, 25), (15, 15), (5, 25), (20, 25)]
)
def test_no_day_is_of_two_leaves(first: int, last: int) -> None:
    spec = in_treatment(away()).when(away(first, last))
    spec.then_refused(LeavesOverlap, first_day=day(10), last_day=day(20))
    assert leaves(spec) == [leave()]


@pytest.mark.parametrize(("first", "last"), [(5, 9), (21, 25)])
def test_a_leave_may_follow_another_one_at_once(first: int, last: int) -> None:
    spec = in_treatment(away()).when(away(first, last))
    spec.then(fact(LeaveGranted, first_day=day(first)))
    assert leaves(spec) == [leave(), leave(first, last)]


# In a treatment


def test_a_leave_begins_on_the_day_of_admission_at_the_earliest() -> None:
    in_treatment().when(away(-1, 5)).then_refused(NotAdmitted)
    in_treatment().when(away(0, 5)).then(fact(LeaveGranted))


def test_who_will_be_admitted_may_be_away_then() -> None:
    spec = given(candidate(), screened(), admitted(day(8)))
    spec.when(away(7, 9)).then_refused(NotAdmitted)
    spec.when(away(8, 9)).then(fact(LeaveGranted))


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [(25, 30, True), (30, 30, True), (25, 31, False), (31, 35, False)],
)
def test_a_leave_that_is_told_late_ends_with_the_treatment(
    first: int, last: int, fits: bool
) -> None:
    granted = in_treatment(ended(LEFT)).when(away(first, last))
    if fits:
        granted.then(fact(LeaveGranted))
    else:
        granted.then_refused(NotAdmitted)


def test_a_candidate_has_no_leave() -> None:
    given(candidate(), screened()).when(away()).then_refused(NotAdmitted)


def test_a_leave_stays_on_record_where_the_patient_is_discharged_within_it() -> None:
    spec = in_treatment(away(25, 35)).when(ended(LEFT))
    assert leaves(spec) == [leave(25, 35)]
    spec.when(away(25, 35)).then_nothing()
    spec.when(back(31, 25)).then_refused(NotAdmitted)
    spec.when(back(30, 25)).then(fact(LeaveRevised, last_day=day(30)))


def test_a_leave_of_an_earlier_treatment_may_be_told_late() -> None:
    treated_again(60).when(away(25, 30)).then(fact(LeaveGranted))


@pytest.mark.parametrize(("first", "last"), [(25, 60), (30, 65), (31, 59), (59, 65)])
def test_a_leave_is_of_one_treatment(first: int, last: int) -> None:
    treated_again(60).when(away(first, last)).then_refused(NotAdmitted)


def test_treatments_one_day_apart_are_two() -> None:
    again(31).when(away(30, 31)).then_refused(NotAdmitted)


def test_a_leave_takes_no_days_from_the_next_treatment() -> None:
    spec = again(31, away(25, 35))
    spec.when(away(34, 40)).then(fact(LeaveGranted))
    spec.when(away(40, 41)).then_refused(LeavesOverlap, first_day=day(34))
    spec.when(back(28, 25)).then(fact(LeaveRevised))
    spec.when(back(36, 34)).then(fact(LeaveRevised))
    assert leaves(spec) == [leave(25, 28), leave(34, 36)]


def test_a_leave_that_would_have_begun_after_a_treatment_is_not_of_the_next() -> None:
    spec = again(31, away(30, 32), away(33, 40))
    assert leaves(spec) == [leave(30, 32)]
    spec.when(back(None, 33)).then_refused(NotOnRecord, what="leave")
    spec.when(away(33, 40)).then(fact(LeaveGranted))


def test_a_discharge_that_is_taken_back_leaves_each_leave_as_it_was() -> None:
    spec = in_treatment(away(25, 35), away(40, 45), ended(LEFT)).when(ended(None))
    assert leaves(spec) == [leave(25, 35), leave(40, 45)]


def test_where_the_admission_is_put_right_a_leave_before_it_can_be_taken_back() -> None:
    spec = in_treatment(away(), corrected(day(12)))
    spec.when(back(15)).then_refused(NotAdmitted)
    spec.when(away(12, 20)).then_refused(LeavesOverlap, first_day=day(10))
    spec.when(back(None)).then(fact(LeaveRevised, last_day=None))
    spec.when(away(12, 20)).then(fact(LeaveGranted))


# Revised


@pytest.mark.parametrize("last", [10, 19, 21, 30])
def test_a_leave_ends_earlier_or_later(last: int) -> None:
    spec = in_treatment(away()).when(back(last))
    spec.then(
        fact(
            LeaveRevised,
            first_day=day(10),
            last_day=day(last),
            reason="came back earlier",
            author=CAUSE.author,
        )
    )
    assert leaves(spec) == [leave(10, last)]


def test_a_leave_that_ends_then_already_is_not_revised() -> None:
    in_treatment(away()).when(back(20)).then_nothing()
    in_treatment(away(), back(15)).when(back(15, why="it was the bus")).then_nothing()


def test_a_leave_is_taken_back_alone_and_once() -> None:
    spec = in_treatment(away(), away(30, 40)).when(back(None, why="stayed after all"))
    spec.then(fact(LeaveRevised, first_day=day(10), last_day=None, reason="stayed after all"))
    assert leaves(spec) == [leave(30, 40)]
    spec.when(back(None)).then_nothing()


def test_a_leave_that_was_taken_back_is_there_no_more_until_it_is_granted_anew() -> None:
    spec = in_treatment(away(), back(None))
    spec.when(back(15)).then_refused(NotOnRecord, what="leave")
    spec.when(away(10, 12)).then(fact(LeaveGranted, last_day=day(12)))
    assert leaves(spec) == [leave(10, 12)]
    spec.when(back(None)).then(fact(LeaveRevised, last_day=None))


@pytest.mark.parametrize("last", [15, 20, None])
@pytest.mark.parametrize("earlier", [(), (away(11),)])
def test_a_leave_is_known_by_its_first_day(earlier: tuple[Command, ...], last: int | None) -> None:
    in_treatment(*earlier).when(back(last)).then_refused(NotOnRecord, what="leave")


def test_a_leave_that_becomes_longer_ends_before_the_next() -> None:
    spec = in_treatment(away(), away(30, 40))
    spec.when(back(30)).then_refused(LeavesOverlap, first_day=day(30))
    spec.when(back(29)).then(fact(LeaveRevised, last_day=day(29)))


# Merged


@pytest.mark.parametrize("command", [away(30, 40), back(15), back(None)])
def test_of_a_merged_record_no_leave_changes(command: Command) -> None:
    in_treatment(away(), merged).when(command).then_refused(RecordMerged)


def test_what_a_merged_record_says_of_a_leave_may_be_said_again() -> None:
    in_treatment(away(), merged).when(away()).then_nothing()
