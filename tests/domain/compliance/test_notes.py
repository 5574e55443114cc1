"""When the note about a visit is due: met, just under, just over, and by which clock.

The session is on Monday, 2 March 2026, from 13:00 to 16:00 in New York.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.compliance.facts import Leave
from domain.compliance.finding import ASKED_BY, NO_DAY
from domain.compliance.visits import note_due
from tests.support.compliance_visit import (
    ENDED,
    FOLLOWING,
    THERE,
    after,
    at,
    finding,
    march,
    outcome,
    signed,
)
from tests.support.compliance_week import GROUP_AND_SKILLS, adopted, visit

# note-due, by hours


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(hours=71, minutes=59), ("met", 72, 5)),
        (timedelta(hours=72), ("met", 72, 5)),
        (timedelta(hours=72, minutes=1), ("breached", 73, 5)),
        (timedelta(hours=200), ("breached", 200, 5)),
        (timedelta(hours=1), ("met", 1, 2)),
        (timedelta(), ("met", 0, 2)),
    ],
)
def test_note_due_within_hours_of_the_end_of_the_session(
    later: timedelta, expected: tuple[str, int, int]
) -> None:
    assert outcome(note_due, signed(ENDED + later), note_hours=72) == expected


def test_note_due_in_hours_that_pass_across_a_change_of_clocks() -> None:
    # Friday, 6 March 16:00 to Monday, 9 March 17:00: the clocks skip an hour in between.
    friday = visit(4, GROUP_AND_SKILLS)
    in_time = signed(at(9, 17), there=friday)
    assert outcome(note_due, in_time, note_hours=72) == ("met", 72, 9)
    late = signed(at(9, 17, 1), there=friday)
    assert outcome(note_due, late, note_hours=72) == ("breached", 73, 9)


def test_note_due_on_the_day_that_the_facilitys_clocks_show() -> None:
    # From 22:30 on Monday, which is Tuesday in UTC, a day later is 22:30 on Tuesday.
    late = replace(THERE, ends_at=at(2, 22, 30))
    assert outcome(note_due, after(late), note_hours=24) == ("breached", None, 3)
    assert outcome(note_due, signed(at(2, 23), there=late), note_hours=24) == ("met", 1, 2)


# note-due, by days


@pytest.mark.parametrize(
    ("signed_at", "expected"),
    [
        (at(2, 17), ("met", 0, 2)),
        (at(4), ("met", 2, 4)),
        (at(5, 23, 59), ("met", 3, 5)),
        (at(6, 0, 0), ("breached", 4, 5)),
    ],
)
def test_note_due_within_days_of_that_of_the_session(
    signed_at: datetime, expected: tuple[str, int, int]
) -> None:
    assert outcome(note_due, signed(signed_at), note_days=3) == expected


# note-due, by business days


@pytest.mark.parametrize(
    ("signed_at", "expected"),
    [
        (at(2, 17), ("met", 0, 2)),
        (at(4), ("met", 2, 4)),
        (at(5, 23, 59), ("met", 3, 5)),
        (at(6, 0, 0), ("breached", 4, 5)),
    ],
)
def test_note_due_within_business_days_after_that_of_the_session(
    signed_at: datetime, expected: tuple[str, int, int]
) -> None:
    assert outcome(note_due, signed(signed_at), note_business_days=3) == expected


@pytest.mark.parametrize(
    ("signed_on", "expected"),
    [
        (5, ("met", 0, 5)),
        (6, ("met", 1, 6)),
        (7, ("met", 2, 7)),
        (8, ("met", 2, 8)),
        (9, ("met", 2, 9)),
        (10, ("met", 3, 10)),
        (11, ("breached", 4, 10)),
    ],
)
def test_note_due_in_business_days_of_which_a_weekend_has_none(
    signed_on: int, expected: tuple[str, int, int]
) -> None:
    # After Thursday, 5 March: Friday, Monday and Tuesday.
    thursday = visit(3, GROUP_AND_SKILLS)
    known = signed(at(signed_on, 20), there=thursday)
    assert outcome(note_due, known, note_business_days=3) == expected


def test_note_due_on_a_friday_is_late_on_a_saturday() -> None:
    tuesday = visit(1, GROUP_AND_SKILLS)
    known = signed(at(7), there=tuesday)
    assert outcome(note_due, known, note_business_days=3) == ("breached", 4, 6)


def test_note_due_in_business_days_of_which_a_closure_is_none() -> None:
    # Closed on Tuesday: Wednesday, Thursday and Friday are left; Saturday's closure takes nothing.
    closures = {
        march(2): "program-1:4",
        march(3): "program-1:5",
        march(7): "program-1:6",
        march(9): "program-1:7",
    }
    due = finding(note_due, signed(at(6), closures=closures), note_business_days=3)
    assert (due.state, due.measured, due.last_day) == ("met", 3, march(6))
    assert "program-1:5" in due.evidence
    assert not {"program-1:4", "program-1:6", "program-1:7"} & set(due.evidence)
    # On Tuesday, the 10th: after Monday's closure it is the fourth day.
    late = finding(note_due, signed(at(10), closures=closures), note_business_days=3)
    assert (late.state, late.measured, late.last_day) == ("breached", 4, march(6))
    assert {"program-1:5", "program-1:7"} <= set(late.evidence)
    assert not {"program-1:4", "program-1:6"} & set(late.evidence)
    missing = finding(note_due, after(closures=closures), note_business_days=3)
    assert (missing.state, missing.last_day) == ("breached", march(6))


# note-due, before the next session of the same kind

BEFORE_NEXT = {"note_before_next": 1}


@pytest.mark.parametrize(
    ("signed_at", "expected"),
    [
        (at(2, 17), ("met", 1, 2)),
        # The next group begins on Tuesday at 13:00.
        (at(3, 12, 59), ("met", 1, 3)),
        (at(3, 13), ("breached", 2, 3)),
        (at(20), ("breached", 2, 3)),
    ],
)
def test_note_due_before_the_next_session_of_the_same_kind_begins(
    signed_at: datetime, expected: tuple[str, int, int]
) -> None:
    assert outcome(note_due, signed(signed_at), **BEFORE_NEXT) == expected


def test_note_due_before_the_next_session_says_so_and_until_when() -> None:
    found = finding(note_due, after(), **BEFORE_NEXT)
    assert (found.state, found.because) == ("breached", "no note is signed")
    assert (found.until, found.last_day, found.unit) == (at(3, 13), march(3), "sessions")
    assert set(FOLLOWING.evidence) <= set(found.evidence)
    in_time = finding(note_due, signed(at(2, 17)), **BEFORE_NEXT)
    assert in_time.because == "the first note was signed before the next session of its kind"
    assert not set(FOLLOWING.evidence) & set(in_time.evidence)
    late = finding(note_due, signed(at(4)), **BEFORE_NEXT)
    assert late.because == (
        "the first note was signed after the next session of its kind had begun"
    )
    assert set(FOLLOWING.evidence) <= set(late.evidence)


def test_note_due_before_the_next_session_is_on_track_without_an_end_where_there_is_none() -> None:
    # One of another kind, and one that is called off, are not waited for.
    others = (
        visit(1, {"individual": 60}, status="scheduled", credited={}),
        visit(2, {"group": 180}, status="cancelled", credited={}),
    )
    for visits in ((THERE,), (THERE, *others)):
        found = finding(note_due, after(visits=visits), **BEFORE_NEXT)
        assert (found.state, found.last_day, found.until) == ("on_track", NO_DAY, None)
        assert found.because == (
            "no note is signed yet; it waits for the next session of the same kind"
        )
        signed_since = finding(note_due, signed(at(20), visits=visits), **BEFORE_NEXT)
        assert (signed_since.state, signed_since.last_day) == ("met", march(20))


def test_note_due_before_the_next_session_moves_with_it() -> None:
    # Called off on Tuesday: the next one is on Thursday.
    off = replace(FOLLOWING, status="cancelled")
    thursday = visit(3, {"skills": 60}, status="scheduled", credited={})
    found = finding(note_due, after(visits=(THERE, off, thursday)), **BEFORE_NEXT)
    assert (found.last_day, found.until) == (march(5), thursday.starts_at)
    # That the patient missed it changes nothing: it began.
    missed = replace(FOLLOWING, status="no_show")
    found = finding(note_due, after(visits=(THERE, missed, thursday)), **BEFORE_NEXT)
    assert found.last_day == march(3)


# note-due, whatever the clock


@pytest.mark.parametrize("clock", ASKED_BY["note-due"])
def test_note_due_waits_for_no_leave_and_for_no_discharge(clock: str) -> None:
    known = after()
    away = replace(known, leaves=(Leave(march(2), march(30), ("patient-1:8",)),))
    assert finding(note_due, away, **{clock: 1}) == finding(note_due, known, **{clock: 1})
    gone = replace(known, discharged_on=march(2))
    assert finding(note_due, gone, **{clock: 1}) == finding(note_due, known, **{clock: 1})


@pytest.mark.parametrize(
    ("numbers", "due"),
    [
        # After Friday, 6 March; the clocks change on Sunday, the program is closed on Monday.
        ({"note_hours": 72}, march(9)),
        ({"note_days": 3}, march(9)),
        ({"note_business_days": 3}, march(12)),
        ({"note_before_next": 1}, march(11)),
    ],
)
def test_note_due_across_a_weekend_a_change_of_clocks_and_a_closure(
    numbers: dict[str, int], due: date
) -> None:
    friday, wednesday = visit(4, GROUP_AND_SKILLS), visit(9, GROUP_AND_SKILLS, status="scheduled")
    known = after(friday, visits=(friday, wednesday), closures={march(9): "program-1:5"})
    assert finding(note_due, known, **numbers).last_day == due


CLOCKS = pytest.mark.parametrize("clock", ASKED_BY["note-due"])


@CLOCKS
def test_note_due_and_not_signed_is_breached(clock: str) -> None:
    found = finding(note_due, after(), **{clock: 1})
    assert (found.state, found.measured, found.because) == ("breached", None, "no note is signed")
    due = march(2) if clock == "note_hours" else march(3)
    assert (found.about, found.last_day) == ("session-0", due)


@CLOCKS
def test_note_due_counts_the_first_signature(clock: str) -> None:
    found = finding(note_due, signed(at(20), at(3), at(4)), **{clock: 30})
    assert found.last_day == march(3)
    assert "session-0:10" in found.evidence
    assert not {"session-0:9", "session-0:11"} & set(found.evidence)


@CLOCKS
@pytest.mark.parametrize("status", ["no_show", "absent", "excused", "turned_away", "cancelled"])
def test_note_due_about_nobody_who_did_not_come(clock: str, status: Any) -> None:
    assert note_due(after(replace(THERE, status=status)), adopted(**{clock: 1})) is None
    open_ended = after(replace(THERE, status="incomplete"))
    assert note_due(open_ended, adopted(**{clock: 1})) is not None
