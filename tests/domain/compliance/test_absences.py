"""When absences ask for a review: how they are counted, and when it is due.

The stay began on Monday, 2 March 2026; sessions are on days of that month.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from domain.compliance.facts import PatientFacts, Visit
from tests.support.compliance_stay import STAY, done, findings, march, on, only, outcomes, patient
from tests.support.compliance_week import adopted

IN_A_ROW: dict[str, Any] = {"absences_in_a_row": 2, "absence_review_days": 7}
IN_30_DAYS: dict[str, Any] = {"absences_in_30_days": 3, "absence_review_days": 7}


def begins(visits: Sequence[Visit], reviews: Sequence[int] = (), **numbers: Any) -> list[int]:
    """The days on which a review is asked for."""
    known = patient(*visits, reviews=done(*reviews))
    return [each[0] for each in outcomes("absence-review", known, **numbers)]


# In a row


@pytest.mark.parametrize("status", ["no_show", "absent"])
def test_absences_in_a_row_ask_for_a_review(status: Any) -> None:
    assert begins([on(3, status)], **IN_A_ROW) == []
    assert begins([on(3, status), on(4, status)], **IN_A_ROW) == [4]
    assert begins([on(3, status), on(4, status)], absences_in_a_row=3, absence_review_days=7) == []


@pytest.mark.parametrize("status", ["attended", "incomplete", "turned_away"])
def test_a_visit_to_which_the_patient_came_ends_a_row(status: Any) -> None:
    assert begins([on(3), on(4, status), on(5)], **IN_A_ROW) == []
    assert begins([on(3), on(4, status), on(5), on(6)], **IN_A_ROW) == [6]


@pytest.mark.parametrize("status", ["excused", "cancelled", "scheduled"])
def test_what_is_excused_or_called_off_neither_counts_nor_ends_a_row(status: Any) -> None:
    assert begins([on(3), on(4, status), on(5)], **IN_A_ROW) == [5]
    assert begins([on(3, status), on(4, status)], **IN_A_ROW) == []


def test_who_was_not_expected_missed_nothing() -> None:
    assert begins([on(3), on(4, rostered=False)], **IN_A_ROW) == []


def test_absences_are_counted_in_the_order_of_their_time() -> None:
    assert begins([on(5), on(4, "attended"), on(3)], **IN_A_ROW) == []
    morning = on(3, "attended")
    evening = replace(on(3), session_id="b", starts_at=morning.starts_at + timedelta(hours=4))
    assert begins([evening, morning, on(4)], **IN_A_ROW) == [4]
    assert (
        begins(
            [replace(morning, session_id="z", starts_at=evening.starts_at), on(3), on(4)],
            **IN_A_ROW,
        )
        == []
    )


def test_absences_outside_the_stay_do_not_count() -> None:
    assert begins([on(1), on(3)], **IN_A_ROW) == []


# Within 30 days


@pytest.mark.parametrize(("last", "expected"), [(31, [31]), (32, [32]), (33, [])])
def test_absences_within_30_days_ask_for_a_review(last: int, expected: list[int]) -> None:
    # From the 3rd on, day 30 is the 1st of April, which would be the 32nd of March.
    visits = [on(3), on(10, "attended"), on(17), on(18, "attended"), on(last)]
    assert begins(visits, **IN_30_DAYS) == expected


def test_absences_ask_for_a_review_by_whichever_comes_first() -> None:
    both: dict[str, Any] = {
        "absences_in_a_row": 2,
        "absences_in_30_days": 3,
        "absence_review_days": 7,
    }
    assert begins([on(3), on(4), on(5)], **both) == [4]
    apart = [on(3), on(4, "attended"), on(5), on(6, "attended"), on(7)]
    assert begins(apart, **both) == [7]


# The review


@pytest.mark.parametrize(
    ("reviewed", "expected"),
    [
        (4, (4, 4, "met", 0)),
        (10, (4, 10, "met", 6)),
        (11, (4, 11, "met", 7)),
        (12, (4, 11, "breached", 8)),
    ],
)
def test_absence_review_is_due_so_many_days_after_the_absence_that_asked_for_it(
    reviewed: int, expected: tuple[int, int, str, int]
) -> None:
    known = patient(on(3), on(4), reviews=done(reviewed))
    assert outcomes("absence-review", known, **IN_A_ROW) == [expected]


def test_absence_review_that_never_was_is_breached() -> None:
    known = patient(on(3), on(4), reviews=done(3))
    assert outcomes("absence-review", known, **IN_A_ROW) == [(4, 11, "breached", None)]
    (found,) = findings("absence-review", known, adopted(**IN_A_ROW))
    assert found.because == "the plan was not reviewed after the absences"


def test_absence_review_does_not_apply_where_the_treatment_ended_before_it_was_due() -> None:
    known = patient(on(3), on(4))
    for day, state in ((11, "not_applicable"), (12, "breached")):
        gone = replace(STAY, discharged_on=march(day))
        assert outcomes("absence-review", known, gone, **IN_A_ROW)[0][2] == state


def test_absence_review_is_asked_for_once_until_there_is_one() -> None:
    missed = [on(each) for each in (3, 4, 5, 6)]
    assert begins(missed, **IN_A_ROW) == [4]
    assert begins(missed, [6], **IN_A_ROW) == [4]


def test_absences_count_anew_after_the_day_of_the_review() -> None:
    # Reviewed on the 5th: the 5th belongs to the first, the 6th and the 9th ask for the next.
    missed = [on(each) for each in (3, 4, 5, 6, 9)]
    assert begins(missed[:4], [5], **IN_A_ROW) == [4]
    assert begins(missed, [5], **IN_A_ROW) == [4, 9]
    assert begins(missed, [5], **IN_30_DAYS) == [5]
    assert begins([*missed, on(10)], [5], **IN_30_DAYS) == [5, 10]


# Evidence


def named(known: PatientFacts, **numbers: Any) -> list[set[str]]:
    """Of each finding the sessions of which it names events."""
    found = findings("absence-review", known, adopted(**numbers))
    return [
        {event.split(":")[0] for event in each.evidence if event.startswith("session")}
        for each in found
    ]


def test_absence_review_names_the_absences_and_what_came_between() -> None:
    known = patient(on(2), on(3, "attended"), on(4), on(5, "excused"), on(6), on(9))
    assert named(known, **IN_A_ROW) == [{"session-2", "session-4"}]
    apart = patient(on(3), on(4, "attended"), on(5), on(6, "attended"), on(7), on(8))
    assert named(apart, **IN_30_DAYS) == [
        {"session-1", "session-2", "session-3", "session-4", "session-5"}
    ]


@pytest.mark.parametrize("seed", range(60))
def test_absence_review_is_found_again_from_the_events_that_it_names(seed: int) -> None:
    chance = Random(seed)
    statuses = ["no_show", "absent", "attended", "excused", "cancelled", "turned_away"]
    visits = [on(day, chance.choice(statuses)) for day in range(2, 60) if chance.random() < 0.6]
    known = patient(*visits, reviews=done(*sorted(chance.sample(range(2, 60), 6))))
    terms = adopted(
        absences_in_a_row=chance.randint(2, 4),
        absences_in_30_days=chance.randint(3, 6),
        absence_review_days=chance.randint(0, 9),
    )
    found = findings("absence-review", known, terms)
    assert len({each.finding_id for each in found}) == len(found)
    for each in found:
        assert findings("absence-review", only(known, each.evidence), terms) == [each]
