"""Each deadline by its rule: just in time, just late, paused by a leave, stopped, restarted.

The stay begins on Monday, 2 March 2026, on clocks of UTC; each date was counted on a calendar.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from domain.compliance.facts import Certified, Done, Leave, PatientFacts
from domain.compliance.finding import NO_DAY, Finding
from domain.policy import RuleName
from tests.support.compliance_stay import STAY, findings, march, on, only, patient
from tests.support.compliance_week import adopted

LEAVE = Leave(march(4), march(6), ("patient-1:8",))
"""From Wednesday to Friday: three days."""


def day(written: str) -> date:
    """A day of 2026."""
    return date.fromisoformat(f"2026-{written}")


def having(rule: RuleName, *days: str, **otherwise: Any) -> PatientFacts:
    """A patient with whom what a rule asks for was done on these days."""
    times = [Done(day(each), f"patient-1:{10 + number}") for number, each in enumerate(days)]
    match rule:
        case "plan-review" | "absence-review":
            facts: dict[str, Any] = {"reviews": times}
        case "certification":
            facts = {"certified": [Certified(each.day, NO_DAY, each.event_id) for each in times]}
        case "drug-test":
            facts = {"tests": times}
        case _:
            facts = {"assessments": {rule: times}}
    return patient(*otherwise.pop("visits", ()), **facts, **otherwise)


def shown(found: Finding) -> tuple[str, str, str, int | None]:
    """The days on which it begins and is over, its state and what was measured."""
    return f"{found.first_day:%m-%d}", f"{found.last_day:%m-%d}", found.state, found.measured


class Repeated(NamedTuple):
    """A rule, its number, and by hand when it is due: the days are of 2026."""

    rule: RuleName
    key: str
    number: int
    due: str
    a_day_late: str
    taken_late: int
    taken: int
    after_a_leave: str
    again: str
    """When it is due again after it was done on Monday, 9 March."""


REPEATED = (
    # 29 days of March, then the 1st of April.
    Repeated("plan-review", "plan_review_days", 30, "04-01", "04-02", 31, 30, "04-04", "04-08"),
    # 29 of March and 30 of April make 59.
    Repeated("certification", "certification_days", 60, "05-01", "05-02", 61, 60, "05-04", "05-08"),
    Repeated("certification", "certification_months", 2, "05-02", "05-03", 3, 2, "05-05", "05-09"),
    Repeated("phq-9", "phq_9_days", 14, "03-16", "03-17", 15, 14, "03-19", "03-23"),
    Repeated("gad-7", "gad_7_days", 14, "03-16", "03-17", 15, 14, "03-19", "03-23"),
    Repeated("bam", "bam_days", 7, "03-09", "03-10", 8, 7, "03-12", "03-16"),
    Repeated("drug-test", "drug_test_days", 7, "03-09", "03-10", 8, 7, "03-12", "03-16"),
)
EACH = pytest.mark.parametrize("of", REPEATED, ids=lambda each: each.key)


def of_rule(of: Repeated, facts: PatientFacts, **otherwise: Any) -> list[Finding]:
    return findings(of.rule, facts, adopted(**{of.key: of.number}), **otherwise)


@EACH
def test_what_is_due_again_and_again_is_met_on_its_last_day_and_late_on_the_next(
    of: Repeated,
) -> None:
    first, *_ = of_rule(of, having(of.rule, of.due))
    assert shown(first) == ("03-02", of.due, "met", of.taken)
    first, *_ = of_rule(of, having(of.rule, of.a_day_late))
    assert shown(first) == ("03-02", of.due, "breached", of.taken_late)
    (open_still,) = of_rule(of, having(of.rule))
    assert shown(open_still) == ("03-02", of.due, "breached", None)
    midnight = datetime.combine(day(of.a_day_late), datetime.min.time(), UTC)
    assert open_still.until == midnight


@EACH
def test_what_is_due_again_and_again_stands_still_on_leave(of: Repeated) -> None:
    (moved,) = of_rule(of, having(of.rule, leaves=[LEAVE]))
    assert shown(moved) == ("03-02", of.after_a_leave, "breached", None)
    assert "patient-1:8" in moved.evidence
    # What the leave came after, it did not move.
    first, *_ = of_rule(of, having(of.rule, "03-03", leaves=[LEAVE]))
    assert first.state == "met"
    assert "patient-1:8" not in first.evidence
    first, *_ = of_rule(of, having(of.rule, of.after_a_leave, leaves=[LEAVE]))
    assert shown(first) == ("03-02", of.after_a_leave, "met", of.taken)


@EACH
def test_what_is_due_again_and_again_stops_with_the_stay(of: Repeated) -> None:
    due = day(of.due)
    for ended, state in ((due, "not_applicable"), (due + timedelta(days=1), "breached")):
        gone = replace(STAY, discharged_on=ended)
        (found,) = of_rule(of, having(of.rule), stay=gone)
        assert (found.state, found.last_day) == (state, due)
    # A leave that goes on to the end of the stay moves it behind that.
    away = Leave(march(4), day("12-31"), ("patient-1:8",))
    gone = replace(STAY, discharged_on=due + timedelta(days=1))
    (found,) = of_rule(of, having(of.rule, leaves=[away]), stay=gone)
    assert (found.state, found.because) == (
        "not_applicable",
        "the treatment ended before it was due",
    )


@EACH
def test_what_is_due_again_and_again_starts_anew_when_it_was_done(of: Repeated) -> None:
    known = having(of.rule, "03-09", leaves=[LEAVE])
    _, second = of_rule(of, known)
    assert shown(second) == ("03-09", of.again, "breached", None)
    assert "patient-1:8" not in second.evidence


@EACH
@pytest.mark.parametrize("done", [(), ("03-05",), ("03-09",), ("03-12", "05-20")])
def test_what_is_due_again_and_again_comes_out_again_from_its_events(
    of: Repeated, done: tuple[str, ...]
) -> None:
    later = Leave(day("03-20"), day("04-02"), ("patient-1:9", "patient-1:30"))
    known = having(of.rule, *done, leaves=[LEAVE, later])
    for each in of_rule(of, known):
        again = of_rule(of, only(known, each.evidence))
        assert [other for other in again if other.finding_id == each.finding_id] == [each]


# A certification on the last day of a month


def test_certification_of_the_last_of_december_is_due_on_the_last_of_february() -> None:
    stay = replace(STAY, admitted_on=date(2027, 12, 31))
    found = findings("certification", patient(), adopted(certification_months=2), stay)
    assert [(each.state, each.last_day) for each in found] == [("breached", date(2028, 2, 29))]
    assert (found[0].required, found[0].unit) == (2, "months")


# plan-review by visits

VISITS = [on(each, "attended") for each in (2, 4, 6, 9, 11)]
BY_VISITS = {"plan_review_visits": 4}


def reviewed(*days: str, visits: Any = VISITS, **otherwise: Any) -> list[Finding]:
    known = having("plan-review", *days, visits=visits)
    return findings("plan-review", known, adopted(**BY_VISITS), **otherwise)


def test_plan_review_is_due_with_a_visit_that_of_the_admission_among_them() -> None:
    # Visits on the 2nd, 4th, 6th and 9th.
    (found,) = reviewed()
    assert shown(found) == ("03-02", "03-09", "breached", None)
    first, _ = reviewed("03-09")
    assert shown(first) == ("03-02", "03-09", "met", 4)
    assert first.because == "the plan was reviewed after 4 visits, at most 4 are allowed"


def test_plan_review_after_the_day_of_the_last_visit_that_it_may_take_is_late() -> None:
    for after in ("03-10", "03-11"):
        first, _ = reviewed(after)
        assert shown(first) == ("03-02", "03-09", "breached", 5)
    first, _ = reviewed("03-12")
    assert shown(first) == ("03-02", "03-09", "breached", 6)


def test_plan_review_by_visits_is_on_track_without_an_end_while_there_are_fewer() -> None:
    # A missed session, one that was called off and one to come are no visits.
    others = [on(12), on(13, "cancelled"), on(16, "scheduled")]
    (found,) = reviewed(visits=[*VISITS[:3], *others])
    assert (found.state, found.measured, found.until) == ("on_track", None, None)
    assert found.last_day == NO_DAY
    assert found.because == "the plan was not reviewed yet; it waits for visit 4, and there were 3"
    told = {event for each in VISITS[:3] for event in each.evidence}
    assert told <= set(found.evidence)
    assert not {event for each in others for event in each.evidence} & set(found.evidence)


def test_plan_review_by_visits_starts_anew_on_the_day_after_the_review() -> None:
    # The visit of the 4th may have been before the review of that day.
    first, second = reviewed("03-04")
    assert shown(first) == ("03-02", "03-04", "met", 2)
    assert (second.first_day, second.state) == (march(4), "on_track")
    assert second.because.endswith("there were 3")


def test_plan_review_by_visits_stops_with_the_stay() -> None:
    gone = replace(STAY, discharged_on=march(6))
    (found,) = reviewed(stay=gone)
    assert shown(found) == ("03-02", "03-06", "not_applicable", None)
    gone = replace(STAY, discharged_on=march(10))
    (found,) = reviewed(stay=gone)
    assert shown(found) == ("03-02", "03-09", "breached", None)


@pytest.mark.parametrize("done", [(), ("03-04",), ("03-09",), ("03-11",)])
def test_plan_review_by_visits_comes_out_again_from_its_events(done: tuple[str, ...]) -> None:
    known = having("plan-review", *done, visits=VISITS)
    terms = adopted(**BY_VISITS)
    for each in findings("plan-review", known, terms):
        again = findings("plan-review", only(known, each.evidence), terms)
        assert [other for other in again if other.finding_id == each.finding_id] == [each]


# absence-review

ABSENT = {"absences_in_a_row": 2, "absence_review_days": 7}


def absences(*days: str, visits: Any, **otherwise: Any) -> list[tuple[str, str, str, int | None]]:
    stay = otherwise.pop("stay", STAY)
    known = having("absence-review", *days, visits=visits, **otherwise)
    found = findings("absence-review", known, adopted(**ABSENT), stay)
    for each in found:
        again = findings("absence-review", only(known, each.evidence), adopted(**ABSENT), stay)
        assert each in again
    return [shown(each) for each in found]


def test_absence_review_is_due_a_week_after_the_absence_that_asked_for_it() -> None:
    missed = [on(3), on(5)]
    assert absences("03-12", visits=missed) == [("03-05", "03-12", "met", 7)]
    assert absences("03-13", visits=missed) == [("03-05", "03-12", "breached", 8)]
    gone = replace(STAY, discharged_on=march(12))
    assert absences(visits=missed, stay=gone) == [("03-05", "03-12", "not_applicable", None)]


def test_absence_review_stands_still_on_leave() -> None:
    # 6, 7 and 8, then 12 to 15.
    away = Leave(march(9), march(11), ("patient-1:8",))
    missed = [on(3), on(5)]
    assert absences(visits=missed, leaves=[away]) == [("03-05", "03-15", "breached", None)]


def test_absence_review_is_asked_for_by_nothing_that_was_missed_on_leave() -> None:
    away = Leave(march(5), march(6), ("patient-1:8",))
    assert absences(visits=[on(3), on(5)], leaves=[away]) == []
    # Nor does it end a row: the 3rd and the 9th.
    assert absences(visits=[on(3), on(5), on(9)], leaves=[away]) == [
        ("03-09", "03-16", "breached", None)
    ]
    known = having("absence-review", visits=[on(3), on(5), on(9)], leaves=[away])
    (found,) = findings("absence-review", known, adopted(**ABSENT))
    assert "patient-1:8" in found.evidence
    came = on(5, "attended")
    assert absences(visits=[on(3), came, on(9)], leaves=[away]) == []


def test_absence_review_starts_anew_after_the_review() -> None:
    missed = [on(3), on(5), on(9), on(11)]
    assert absences("03-06", visits=missed) == [
        ("03-05", "03-06", "met", 1),
        ("03-11", "03-18", "breached", None),
    ]
