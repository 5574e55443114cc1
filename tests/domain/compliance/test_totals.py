"""The total of the first weeks of a stay: met, just under, on track, at risk, not applicable.

The stay begins on Monday, 2 March 2026; 720 minutes are asked for in its first four weeks, that is
until Sunday, the 29th: 180 are an even share of each.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.compliance.clocks import Calendar
from domain.compliance.facts import PatientFacts, Stay, Visit, Waiver
from domain.compliance.finding import Finding
from domain.compliance.intervals import StayOf
from domain.compliance.totals import first_weeks, total_hours
from tests.support.compliance_site import ZONE
from tests.support.compliance_week import MONDAY, adopted, visit

LAST = date(2026, 3, 29)
NUMBERS = {"total_minutes_min": 720, "total_weeks": 4}
FACILITY = ("facility-1:1", "patient-1:1")


def evening(day: int, minutes: int = 180, **otherwise: Any) -> Visit:
    return visit(day, {"group": minutes}, **otherwise)


def to_come(day: int, minutes: int = 180, **otherwise: Any) -> Visit:
    return evening(day, minutes, status="scheduled", credited={}, **otherwise)


def of(visits: Sequence[Visit], through: date, **otherwise: Any) -> StayOf:
    stay = Stay("iop", MONDAY, otherwise.pop("discharged_on", None), ("patient-1:1",))
    known = {each.session_id: each for each in visits}
    facts = PatientFacts("patient-1", "facility-1", stays=[stay], visits=known, **otherwise)
    return StayOf(facts, stay, FACILITY, Calendar(ZONE), through)


def finding(stay: StayOf, **numbers: int) -> Finding:
    terms = adopted(**(numbers or NUMBERS))
    (interval,) = first_weeks(stay, terms)
    found = total_hours(interval, terms)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("last", "state", "total"), [(179, "breached", 719), (180, "met", 720), (181, "met", 721)]
)
def test_total_hours_are_those_of_presence_in_the_first_weeks(
    last: int, state: str, total: int
) -> None:
    # 3 x 180 = 540 and the last of the 27th; what comes on Monday, the 30th, is in week 5.
    visits = [evening(0), evening(7), evening(14), evening(27, last), evening(28, 600)]
    found = finding(of(visits, LAST))
    assert (found.state, found.measured, found.required) == (state, total, 720)
    assert (found.first_day, found.last_day, found.until) == (MONDAY, LAST, None)
    assert (found.patient_id, found.about, found.unit) == ("patient-1", None, "minutes")
    assert "session-28:1" not in found.evidence


def test_total_hours_leave_out_services_that_do_not_count() -> None:
    terms = adopted(**NUMBERS)
    group_alone = replace(terms, policy=replace(terms.policy, counts=("group",)))
    stay = of([evening(0, 719), visit(1, {"skills": 60})], LAST)
    (interval,) = first_weeks(stay, group_alone)
    found = total_hours(interval, group_alone)
    assert found
    assert (found.state, found.measured) == ("breached", 719)


def test_total_hours_are_on_track_where_the_even_share_is_reached_or_scheduled() -> None:
    # Through the 15th half of the time is over, of which 360 are an even share.
    through = date(2026, 3, 15)
    for visits in ([evening(0), evening(7)], [evening(0), evening(7, 0), to_come(13)]):
        found = finding(of(visits, through))
        assert (found.state, found.measured) == ("on_track", 360)
        assert found.because.endswith("360 are an even share by 2026-03-15")
    # It is looked at again when the third week is over.
    assert found.until == datetime(2026, 3, 23, 4, tzinfo=UTC)
    assert found.last_day == LAST


def test_total_hours_are_at_risk_where_what_is_scheduled_is_less_than_an_even_share() -> None:
    through = date(2026, 3, 15)
    found = finding(of([evening(0), evening(7, 179)], through))
    assert (found.state, found.measured) == ("at_risk", 359)
    assert "361 under the minimum of 720" in found.because
    # What is scheduled in week 4 is by then: 720 x 22 / 28 = 565 are asked for by the 23rd.
    short = [evening(0), evening(7), to_come(21, 204)]
    assert finding(of(short, through)).state == "at_risk"
    enough = [evening(0), evening(7), to_come(21, 205)]
    assert finding(of(enough, through)).state == "on_track"


def test_total_hours_expect_nothing_of_who_stays_away_or_of_what_is_called_off() -> None:
    away = [to_come(3, 720, stays_away=True), evening(4, 720, status="cancelled", credited={})]
    found = finding(of([evening(0), *away], date(2026, 3, 8)))
    assert found.measured == 180


def test_total_hours_of_a_stay_to_come_wait_for_its_first_week() -> None:
    found = finding(of([], MONDAY - timedelta(days=10)))
    assert (found.state, found.measured) == ("on_track", 0)
    assert found.until == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_total_hours_do_not_apply_to_who_leaves_before_unless_they_had_them() -> None:
    left = date(2026, 3, 20)
    found = finding(of([evening(0)], LAST, discharged_on=left))
    assert (found.state, found.last_day) == ("not_applicable", left)
    assert found.because == "the treatment ended before it was due"
    assert finding(of([evening(0, 720)], LAST, discharged_on=left)).state == "met"
    on_the_last_day = of([evening(0)], LAST, discharged_on=LAST)
    assert finding(on_the_last_day).state == "breached"


def test_total_hours_say_first_where_the_program_offered_too_little() -> None:
    missed = evening(7, 539, status="no_show", credited={})
    found = finding(of([evening(0), missed], LAST))
    assert found.because == (
        "the program offered 719 of 720 minutes; 180 minutes were attended in the first 4 weeks"
    )
    missed = evening(7, 540, status="no_show", credited={})
    found = finding(of([evening(0), missed], LAST))
    assert found.because == (
        "180 minutes were attended in the first 4 weeks, 540 under the minimum of 720;"
        " the schedule has no slack: the program offered 720"
    )
    open_ended = evening(7, 540, status="incomplete", credited={})
    found = finding(of([evening(0), open_ended], LAST))
    assert found.because.startswith("1 visit has no time out")


def test_total_hours_name_the_visits_that_would_mend_them() -> None:
    open_ended = evening(7, status="incomplete", credited={})
    found = finding(of([evening(0), open_ended], LAST))
    assert (found.state, found.measured, found.mends) == ("breached", 180, ("session-7",))
    assert finding(of([evening(0, 720), open_ended], LAST)).mends == ()


def test_total_hours_can_be_waived() -> None:
    waiver = Waiver("total-hours", LAST, LAST, "patient-1:7")
    found = finding(of([evening(0)], LAST, waivers=[waiver]))
    assert found.state == "waived"
    assert "patient-1:7" in found.evidence


def test_total_hours_bind_only_where_the_policy_has_both_numbers() -> None:
    stay = of([evening(0)], LAST)
    for numbers in ({"total_minutes_min": 720}, {"total_weeks": 4}, {"group_max": 12}):
        (interval,) = first_weeks(stay, adopted(**numbers))
        assert total_hours(interval, adopted(**numbers)) is None


def test_total_hours_of_a_stay_that_began_before_what_is_judged_are_not_asked_for() -> None:
    later = replace(of([evening(0)], LAST), since=MONDAY + timedelta(days=1))
    assert list(first_weeks(later, adopted(**NUMBERS))) == []


@pytest.mark.parametrize("through", [date(2026, 3, 4), date(2026, 3, 15), LAST])
def test_total_hours_are_found_again_from_the_events_that_they_name(through: date) -> None:
    stay = of([evening(0), evening(8), to_come(15), evening(28)], through)
    found = finding(stay)
    said = set(found.evidence)
    kept = {key: each for key, each in stay.facts.visits.items() if said >= {*each.evidence}}
    assert len(kept) == 3
    facts = replace(stay.facts, visits=kept)
    assert finding(replace(stay, facts=facts)) == found
