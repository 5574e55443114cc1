"""What `reviews_due` makes of absences, of other visits between them, and of other stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.aggregate import CommandContext
from domain.patient import Discharge, Patient, Plan, Referral
from domain.session import Part, Session, SignIn
from tests.support.domain_examples import (
    CAUSE,
    FOUND,
    LATE_AFTER,
    MEETING,
    MONDAY,
    absence,
    session,
)
from tests.support.domain_examples import at as clock
from tests.support.read_models import ReadModels, facility, patient

DAY = timedelta(days=1)
ABSENCES = "SELECT due FROM care.reviews_due WHERE what = 'absences'"
DUE = "SELECT what, due FROM care.reviews_due ORDER BY what"

How = Callable[[Session, CommandContext], object]


def missed(_session: Session, _context: CommandContext) -> None:
    """Nobody said anything."""


def excused(s: Session, _context: CommandContext) -> None:
    s.note_absence(CAUSE, "ann", absence(excused=True))


def attended(s: Session, context: CommandContext) -> None:
    s.sign_in(context, "ann", SignIn(s.meeting.starts_at, s.meeting.ends_at), amendment=FOUND)


def left_unseen(s: Session, context: CommandContext) -> None:
    """Nobody knows when: they did not sign out."""
    s.sign_in(context, "ann", SignIn(s.meeting.starts_at, None), amendment=FOUND)


def turned_away(s: Session, _context: CommandContext) -> None:
    at_the_door = CommandContext("door", s.meeting.starts_at, "staff-7")
    s.turn_away(at_the_door, "ann", reason="unfit", at=s.meeting.starts_at)


def evening(offset: int, starts: str = "17:00") -> Session:
    starts_at = clock(starts) + offset * DAY
    ends_at = starts_at + timedelta(minutes=90)
    day = MONDAY + offset * DAY
    part = Part(starts_at, ends_at, "group", "Group")
    facts = {"day": day, "occurrence": day, "starts_at": starts_at, "ends_at": ends_at}
    return session(replace(MEETING, **facts, parts=(part,)), f"evening-{offset}-{starts}")


def over(found: Session, how: How) -> Session:
    """Close a session that Ann was expected at."""
    context = CommandContext("close", found.meeting.ends_at + timedelta(hours=1), "staff-7")
    found.roster(CAUSE, "ann")
    how(found, context)
    found.close(context, LATE_AFTER)
    return found


def in_treatment(read_models: ReadModels) -> Patient:
    ann = patient("ann")
    read_models.take(facility(), ann)
    return ann


@pytest.mark.parametrize(
    ("between", "status", "asks"),
    [
        (attended, "attended", False),
        (left_unseen, "incomplete", False),
        (turned_away, "turned_away", False),
        (excused, "excused", True),
    ],
)
def test_who_was_there_ends_a_run_and_who_was_excused_does_not(
    read_models: ReadModels, between: How, status: str, asks: bool
) -> None:
    in_treatment(read_models)
    read_models.take(over(evening(0), missed), over(evening(2), between), over(evening(4), missed))
    assert (status,) in read_models.rows("SELECT status FROM care.attended")
    assert read_models.rows(ABSENCES) == ([(MONDAY + 4 * DAY,)] if asks else [])


def test_a_session_that_is_called_off_does_not_end_a_run(read_models: ReadModels) -> None:
    in_treatment(read_models)
    off = evening(2)
    off.roster(CAUSE, "ann")
    off.call_off(CAUSE, "burst pipe")
    read_models.take(over(evening(0), missed), off, over(evening(4), missed))
    assert read_models.rows(ABSENCES) == [(MONDAY + 4 * DAY,)]


def test_a_session_that_is_called_off_after_it_was_closed_neither_counts_nor_ends_a_run(
    read_models: ReadModels,
) -> None:
    in_treatment(read_models)
    second = over(evening(2), missed)
    read_models.take(over(evening(0), missed), second)
    assert read_models.rows(ABSENCES) == [(MONDAY + 2 * DAY,)]
    late = CommandContext("late", second.meeting.ends_at + timedelta(hours=2), "staff-7")
    read_models.after(
        second,
        lambda s: s.call_off(late, "nobody led it"),
        lambda s: s.reconcile_attendance(late, LATE_AFTER, FOUND),
    )
    assert ("cancelled",) in read_models.rows("SELECT status FROM care.attended")
    assert read_models.rows(ABSENCES) == []
    read_models.take(over(evening(4), missed))
    assert read_models.rows(ABSENCES) == [(MONDAY + 4 * DAY,)]


def test_sessions_follow_one_another_as_they_were_held_not_as_they_were_closed(
    read_models: ReadModels,
) -> None:
    in_treatment(read_models)
    # The one between the two is closed last.
    read_models.take(over(evening(0), missed), over(evening(4), missed))
    assert read_models.rows(ABSENCES) == [(MONDAY + 4 * DAY,)]
    read_models.take(over(evening(2), attended))
    assert read_models.rows(ABSENCES) == []


def test_two_sessions_of_one_day_are_two(read_models: ReadModels) -> None:
    in_treatment(read_models)
    read_models.take(over(evening(0, "14:00"), missed))
    assert read_models.rows(ABSENCES) == []
    read_models.take(over(evening(0), missed))
    assert read_models.rows(ABSENCES) == [(MONDAY,)]


@pytest.mark.parametrize(("last", "asks"), [(28, True), (29, True), (30, False)])
def test_three_within_30_days_count_the_first_and_the_last_day(
    read_models: ReadModels, last: int, asks: bool
) -> None:
    in_treatment(read_models)
    for offset, how in ((0, missed), (2, attended), (4, missed), (6, attended), (last, missed)):
        read_models.take(over(evening(offset), how))
    assert read_models.rows(ABSENCES) == ([(MONDAY + last * DAY,)] if asks else [])


def test_two_within_30_days_that_are_apart_do_not_ask(read_models: ReadModels) -> None:
    in_treatment(read_models)
    for offset, how in ((0, missed), (2, attended), (4, missed), (6, attended), (8, excused)):
        read_models.take(over(evening(offset), how))
    assert read_models.rows(ABSENCES) == []


def test_an_absence_that_is_put_right_does_not_ask_any_longer(read_models: ReadModels) -> None:
    in_treatment(read_models)
    second = over(evening(2), missed)
    read_models.take(over(evening(0), missed), second)
    assert read_models.rows(ABSENCES) == [(MONDAY + 2 * DAY,)]
    late = CommandContext("late", second.meeting.ends_at + timedelta(hours=2), "staff-7")
    read_models.after(
        second,
        lambda s: attended(s, late),
        lambda s: s.reconcile_attendance(late, LATE_AFTER, FOUND),
    )
    assert read_models.rows(ABSENCES) == []


def test_what_comes_after_a_review_asks_anew(read_models: ReadModels) -> None:
    ann = in_treatment(read_models)
    read_models.after(ann, lambda p: p.set_plan(CAUSE, Plan(540, 3), MONDAY))
    read_models.take(over(evening(0), missed), over(evening(2), missed))
    reviewed = MONDAY + 3 * DAY
    read_models.after(ann, lambda p: p.review_plan(CAUSE, reviewed, reviewed + 30 * DAY))
    assert read_models.rows(ABSENCES) == []
    read_models.take(over(evening(4), missed))
    assert read_models.rows(ABSENCES) == [(MONDAY + 4 * DAY,)]


def test_nothing_is_due_of_a_treatment_that_has_ended_until_it_has_not(
    read_models: ReadModels,
) -> None:
    ann = in_treatment(read_models)
    review = MONDAY + 9 * DAY
    read_models.after(ann, lambda p: p.set_plan(CAUSE, Plan(540, 3, next_review=review), MONDAY))
    read_models.take(over(evening(0), missed), over(evening(2), missed))
    due = [("absences", MONDAY + 2 * DAY), ("plan review", review)]
    assert read_models.rows(DUE) == due
    read_models.after(ann, lambda p: p.end(CAUSE, Discharge(MONDAY + 3 * DAY, "dropped-out")))
    assert read_models.rows(DUE) == []
    read_models.after(ann, lambda p: p.end(CAUSE, None))
    assert read_models.rows(DUE) == due


def test_absences_of_the_treatment_before_do_not_count_in_the_next_one(
    read_models: ReadModels,
) -> None:
    ann = in_treatment(read_models)
    read_models.take(over(evening(0), missed), over(evening(1), missed))
    again = MONDAY + 7 * DAY
    context = replace(CAUSE, at=CAUSE.at + 7 * DAY)
    read_models.after(
        ann,
        lambda p: p.end(context, Discharge(MONDAY + 2 * DAY, "dropped-out")),
        lambda p: p.refer_again(context, Referral("adult-iop", again, "self", "community")),
        lambda p: p.admit_candidate(
            context, admitted_on=again, payer="self", focus="co-occurring", override="known here"
        ),
    )
    read_models.take(over(evening(7), missed))
    assert read_models.rows(DUE) == []
    read_models.take(over(evening(9), missed))
    assert read_models.rows(DUE) == [("absences", MONDAY + 9 * DAY)]


def test_who_was_only_referred_has_no_review_due(read_models: ReadModels) -> None:
    referral = Referral("adult-iop", MONDAY, "self", "community")
    ann = Patient.refer(CAUSE, id="ann", facility_id="oak-street", referral=referral)
    read_models.take(facility(), ann, over(evening(0), missed), over(evening(2), missed))
    assert read_models.rows(DUE) == []
