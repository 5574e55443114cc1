"""When the note about a crisis is due: met, just under, just over, not applicable.

The session is on Monday, 2 March 2026, from 13:00 to 16:00 in New York.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.compliance.facts import Leave
from domain.compliance.visits import crisis_note, note_due
from tests.support.compliance_visit import (
    ENDED,
    THERE,
    after,
    at,
    finding,
    march,
    outcome,
    signed,
)
from tests.support.compliance_week import adopted

CRISIS = replace(THERE, is_crisis=True)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(hours=23, minutes=59), ("met", 24, 3)),
        (timedelta(hours=24), ("met", 24, 3)),
        (timedelta(hours=24, minutes=1), ("breached", 25, 3)),
    ],
)
def test_crisis_note_within_hours_of_the_end_of_the_session(
    later: timedelta, expected: tuple[str, int, int]
) -> None:
    assert outcome(crisis_note, signed(ENDED + later, there=CRISIS), crisis_note_hours=24) == (
        expected
    )


def test_crisis_note_that_nobody_signed_is_late_after_so_many_hours() -> None:
    assert outcome(crisis_note, after(CRISIS), crisis_note_hours=24) == ("breached", None, 3)
    found = finding(crisis_note, after(CRISIS), crisis_note_hours=24)
    assert found.until == at(3, 16)


def test_crisis_note_is_asked_for_beside_the_note_of_every_visit() -> None:
    # On Tuesday at 22:00: 30 hours after the end, and within three business days.
    late = signed(at(3, 22), there=CRISIS)
    assert outcome(crisis_note, late, crisis_note_hours=24) == ("breached", 30, 3)
    assert outcome(note_due, late, note_business_days=3)[0] == "met"


def test_crisis_note_waits_for_no_leave() -> None:
    away = Leave(march(3), march(9), ("patient-1:8",))
    assert outcome(crisis_note, after(CRISIS, leaves=(away,)), crisis_note_hours=24) == (
        ("breached", None, 3)
    )


@pytest.mark.parametrize("status", ["no_show", "excused", "cancelled", "scheduled"])
def test_crisis_note_is_asked_for_only_where_the_patient_came(status: Any) -> None:
    there = replace(CRISIS, status=status, credited={})
    assert crisis_note(after(there), adopted(crisis_note_hours=24)) is None


def test_crisis_note_is_asked_for_of_no_other_visit_and_by_no_other_number() -> None:
    assert crisis_note(after(THERE), adopted(crisis_note_hours=24)) is None
    assert crisis_note(after(CRISIS), adopted(note_hours=24)) is None
