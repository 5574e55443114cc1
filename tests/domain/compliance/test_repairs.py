"""What is still possible in a week, against all subsets of what is on the schedule."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.care import Service
from domain.compliance.evaluation import Scope, judge_patient, repairs_for
from domain.compliance.facts import OpenSession, PatientFacts, Visit
from domain.compliance.finding import Finding
from domain.compliance.repair_order import away_on, disturbs, least_first
from domain.patient.schedule import Commitment
from domain.times import WEEKDAYS, days
from tests.support.compliance_site import (
    PROGRAM_ID,
    WEEK_ENDS,
    ZONE,
    policy_of,
    program,
    site,
    stay,
)
from tests.support.compliance_week import MONDAY
from tests.support.examples import examples

NOW = datetime.combine(MONDAY + timedelta(days=1), time(12), ZONE).astimezone(UTC)
"""Tuesday at noon: some of the week is over."""

MONTH_ENDS = date(2026, 3, 31)
SERVICES: tuple[Any, ...] = ("group", "individual", "family", "peer")
COUNTS: tuple[Service, ...] = ("group", "individual", "family")
NUMBERS = {
    "attended_minutes_min": 300,
    "offered_minutes_min": 240,
    "days_per_week_min": 3,
    "individual_per_week_min": 1,
    "day_minutes_min": 120,
    "day_services_min": 3,
    "primary_services_min": 1,
    "in_person_services_min": 1,
    "average_offered_minutes_min": 200,
    "groups_per_day_min": 2,
    "family_per_month_min": 1,
}
UNDER_ALL = program(policy_of(COUNTS, **NUMBERS))
RULES = (
    "attended-hours",
    "offered-hours",
    "days-a-week",
    "individual-a-week",
    "billable-day",
    "services-a-day",
    "primary-service",
    "in-person",
    "average-hours",
    "group-each-day",
    "family-a-month",
)


def at(day: date, hour: int) -> datetime:
    return (datetime.combine(day, time(), ZONE) + timedelta(hours=hour)).astimezone(UTC)


@st.composite
def sessions(draw: st.DrawFn, number: int) -> OpenSession:
    day = draw(st.sampled_from(list(days(MONDAY, WEEK_ENDS))))
    hour = draw(st.integers(8, 23))
    scheduled = draw(
        st.dictionaries(st.sampled_from(SERVICES), st.sampled_from([30, 60, 90]), min_size=1)
    )
    modality: Any = draw(st.sampled_from(["in-person", "in-person", "video"]))
    starts_at = at(day, hour)
    return OpenSession(
        session_id=f"session-{number}",
        day=day,
        starts_at=starts_at,
        # May be longer than its services, and go on after midnight.
        ends_at=starts_at + timedelta(hours=draw(st.integers(1, 3))),
        scheduled=scheduled,
        free=draw(st.sampled_from([0, 1, 1, 1, 5])),
        evidence=(f"session-{number}:1",),
        modality=modality,
    )


def booked(session: OpenSession, status: str, *, stays_away: bool) -> Visit:
    came = status == "attended"
    return Visit(
        session_id=session.session_id,
        program_id="iop",
        day=session.day,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        scheduled=session.scheduled,
        status=status,  # type: ignore[arg-type]
        credited=session.scheduled if came else {},
        evidence=session.evidence,
        stays_away=stays_away and status == "scheduled",
        modality=session.modality,
    )


@st.composite
def commitments(draw: st.DrawFn) -> Commitment:
    starts = draw(st.integers(8, 20))
    return Commitment(
        kind="work",
        title="Shift",
        weekdays=tuple(draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1, max_size=4))),
        starts=time(starts),
        ends=time(starts + draw(st.integers(1, 3))),
        first_day=MONDAY,
        last_day=draw(st.sampled_from([None, MONDAY + timedelta(days=3)])),
    )


@st.composite
def weeks(draw: st.DrawFn) -> tuple[PatientFacts, list[OpenSession]]:
    """A patient's week: what they are booked for, what they have to do, and what is offered."""
    offered = [draw(sessions(number)) for number in range(draw(st.integers(0, 9)))]
    theirs = [draw(sessions(100 + number)) for number in range(draw(st.integers(0, 3)))]
    visits = {}
    for each in theirs:
        over = each.ends_at <= NOW
        status = draw(
            st.sampled_from(
                ["attended", "no_show", "cancelled"] if over else ["scheduled"] * 3 + ["cancelled"]
            )
        )
        visits[each.session_id] = booked(each, status, stays_away=draw(st.booleans()))
    duties = draw(st.lists(commitments(), max_size=2))
    facts = PatientFacts("patient-1", "facility-1", stays=[stay()], visits=visits)
    facts.commitments = {f"{number}": each for number, each in enumerate(duties)}
    # Some are on the schedule twice: as theirs, and as offered to others.
    return facts, offered + theirs[:1]


def judged(
    facts: PatientFacts, offered: Sequence[OpenSession], now: datetime
) -> dict[str, Finding]:
    """What is said of the week, by rule."""
    through = now.astimezone(ZONE).date() - timedelta(days=1)
    scope = Scope(now, through, MONDAY, MONDAY, MONDAY)
    found = judge_patient(facts, site(), {PROGRAM_ID: UNDER_ALL}, lambda _: offered, scope)
    return {
        each.rule: each
        for each in found.findings
        if each.last_day in {WEEK_ENDS, MONTH_ENDS, now.astimezone(ZONE).date()} and each.until
    }


# By brute force


def joined(facts: PatientFacts, sessions: Sequence[OpenSession]) -> PatientFacts:
    more = {each.session_id: booked(each, "scheduled", stays_away=False) for each in sessions}
    return replace(facts, visits={**facts.visits, **more})


def can_join(facts: PatientFacts, chosen: Sequence[OpenSession], now: datetime) -> bool:
    """Tell, minute by minute and not by spans, whether a patient can come to all of these."""
    taken: set[datetime] = set()
    for visit in facts.visits.values():
        if visit.rostered and visit.status != "cancelled":
            taken |= minutes(visit.starts_at, visit.ends_at)
    for each in chosen:
        if each.session_id in facts.visits or each.free < 1 or each.starts_at <= now:
            return False
        wanted = minutes(each.starts_at, each.ends_at)
        if wanted & taken or any(busy(facts, each, minute) for minute in wanted):
            return False
        taken |= wanted
    return True


def minutes(starts_at: datetime, ends_at: datetime) -> set[datetime]:
    count = (ends_at - starts_at) // timedelta(minutes=30)
    return {starts_at + number * timedelta(minutes=30) for number in range(count)}


def busy(facts: PatientFacts, session: OpenSession, at: datetime) -> bool:
    """Tell whether the patient has something else to do then, on the day of the session."""
    day, wall = session.starts_at.astimezone(ZONE).date(), at.astimezone(ZONE)
    return any(
        WEEKDAYS[day.weekday()] in each.weekdays
        and each.first_day <= day <= (each.last_day or date.max)
        and wall.date() == day
        and each.starts <= wall.time() < each.ends
        for each in facts.commitments.values()
    )


def by_brute_force(
    facts: PatientFacts, offered: Sequence[OpenSession], rule: str, now: datetime
) -> list[frozenset[str]]:
    """All smallest sets of sessions after whose booking the rule would be on track."""
    for size in range(1, len(offered) + 1):
        found = []
        for chosen in combinations(offered, size):
            if can_join(facts, chosen, now):
                then = judged(joined(facts, chosen), (), now).get(rule)
                if then and then.state == "on_track":
                    found.append(frozenset(each.session_id for each in chosen))
        if found:
            return found
    return []


@examples()
@given(week=weeks())
def test_what_is_possible_and_what_would_repair_it_is_what_trying_everything_finds(
    week: tuple[PatientFacts, list[OpenSession]],
) -> None:
    facts, offered = week
    found = judged(facts, offered, NOW)
    assert {"attended-hours", "offered-hours", "days-a-week", "individual-a-week"} <= set(found)
    for rule in RULES:
        finding = found.get(rule)
        if finding is None or finding.state == "on_track":
            continue
        expected = by_brute_force(facts, offered, rule, NOW)
        assert finding.state == ("at_risk" if expected else "impossible"), rule
        found_sets = sorted(map(sorted, repairs(facts, offered, finding)))
        assert found_sets == sorted(map(sorted, expected))
        if expected:
            assert finding.until is not None
            just_before = finding.until - timedelta(minutes=1)
            assert by_brute_force(facts, offered, rule, just_before)
            ends = min(finding.until, at(finding.last_day + timedelta(days=1), 0))
            assert finding.until == ends
            if finding.until < at(finding.last_day + timedelta(days=1), 0):
                assert not by_brute_force(facts, offered, rule, finding.until)


def repairs(
    facts: PatientFacts, offered: Sequence[OpenSession], finding: Finding
) -> list[list[str]]:
    found = repairs_for(finding, facts, site(), UNDER_ALL, offered, now=NOW)
    return [[session.session_id for session in each] for each in found.repairs]


def test_an_individual_session_shorter_than_the_policy_has_them_repairs_nothing() -> None:
    """Of two that are open on Tuesday one has 60 minutes of it and one 30."""
    policy = policy_of(COUNTS, individual_per_week_min=1, individual_minutes_min=50)
    facts = PatientFacts("patient-1", "facility-1", stays=[stay()])
    tuesday = MONDAY + timedelta(days=1)
    long = replace(opened("long", tuesday, 14), scheduled={"individual": 60})
    short = replace(opened("short", tuesday, 18), scheduled={"individual": 30})
    for offered, state, mending in (
        ([long, short], "at_risk", [["long"]]),
        ([short], "impossible", []),
    ):
        (found,) = judge_patient(
            facts,
            site(),
            {PROGRAM_ID: program(policy)},
            lambda _, known=offered: known,
            Scope.running(NOW, MONDAY),
        ).findings
        assert (found.rule, found.state) == ("individual-a-week", state)
        options = repairs_for(found, facts, site(), program(policy), offered, now=NOW)
        assert [[each.session_id for each in repair] for repair in options.repairs] == mending


@pytest.mark.parametrize(
    ("minutes", "state", "ends"),
    [
        (60, "at_risk", "; a time out on record could mend it"),
        (59, "impossible", "; no session is left that could add enough"),
    ],
)
def test_what_a_time_out_on_record_could_mend_is_not_beyond_mending(
    minutes: int, state: str, ends: str
) -> None:
    """On Tuesday the patient came to the morning's session, of which nobody knows the end."""
    theirs = replace(
        booked(opened("morning", MONDAY + timedelta(days=1), 9), "incomplete", stays_away=False),
        scheduled={"group": minutes},
    )
    facts = PatientFacts("patient-1", "facility-1", stays=[stay()], visits={"morning": theirs})
    under = {PROGRAM_ID: program(policy_of(COUNTS, day_minutes_min=60))}
    scope = Scope.running(NOW, MONDAY)
    (found,) = judge_patient(facts, site(), under, lambda _: [], scope).findings
    assert (found.rule, found.state, found.measured) == ("billable-day", state, 0)
    first = "1 visit has no time out" if minutes == 60 else "the program offers 59 of 60 minutes"
    assert found.because.startswith(first)
    assert found.because.endswith(ends)


def test_sessions_that_make_an_average_good_are_named() -> None:
    """Two weeks offered 300 minutes each; for 200 on average over three the third needs none.

    For 300 it needs 300, and for 210 it needs 30: three times 210 less 600.
    """
    earlier = [
        replace(
            booked(opened(f"week-{number}", MONDAY - timedelta(weeks=number), 9), "attended",
                   stays_away=False),
            scheduled={"group": 300},
        )
        for number in (1, 2)
    ]  # fmt: skip
    facts = PatientFacts(
        "patient-1",
        "facility-1",
        stays=[replace(stay(), admitted_on=MONDAY - timedelta(weeks=2))],
        visits={each.session_id: each for each in earlier},
    )
    wednesday = MONDAY + timedelta(days=2)
    offered = [
        replace(opened("short", wednesday, 9), scheduled={"group": 29}),
        replace(opened("enough", wednesday, 12), scheduled={"group": 30}),
        replace(opened("not-counted", wednesday, 15), scheduled={"peer-support": 60}),
    ]
    for least, state, mending in (
        (200, "on_track", []),
        (210, "at_risk", [["enough"]]),
        (300, "impossible", []),
    ):
        under = program(policy_of(COUNTS, average_offered_minutes_min=least))
        found = judge_patient(
            facts, site(), {PROGRAM_ID: under}, lambda _: offered, Scope.running(NOW, MONDAY)
        ).findings[-1]
        assert (found.rule, found.state, found.measured) == ("average-hours", state, 200)
        options = repairs_for(found, facts, site(), under, offered, now=NOW)
        assert [[each.session_id for each in repair] for repair in options.repairs] == mending


# What disturbs a week least


@examples()
@given(week=weeks())
def test_repairs_are_in_the_order_in_which_they_disturb_the_week(
    week: tuple[PatientFacts, list[OpenSession]],
) -> None:
    facts, offered = week
    away = away_on(facts.visits.values())
    pairs: list[Any] = list(combinations(offered, 2))
    ordered = least_first(pairs, away)
    assert sorted(ordered, key=pairs.index) == pairs
    assert ordered == sorted(pairs, key=lambda pair: disturbs(pair, away))


def test_a_day_on_which_one_comes_anyway_disturbs_less_than_another() -> None:
    """She is there on Monday from 13 to 16; what is away from home counts, gaps and all."""
    monday = opened("monday", MONDAY, 17)
    theirs = booked(opened("booked", MONDAY, 13, hours=3), "scheduled", stays_away=False)
    away = away_on([theirs, replace(theirs, session_id="off", status="cancelled", day=WEEK_ENDS)])
    assert away == {MONDAY: (at(MONDAY, 13), at(MONDAY, 16))}
    tuesday = opened("tuesday", MONDAY + timedelta(days=1), 9)
    evening = opened("evening", MONDAY + timedelta(days=1), 18)
    assert disturbs([monday], away) == (0, 120)
    assert disturbs([tuesday], away) == (1, 60)
    assert disturbs([tuesday, evening], away) == (1, 600)
    assert disturbs([monday, tuesday], away) == (1, 180)
    assert least_first([(tuesday, evening), (tuesday,), (monday,)], away) == [
        (monday,),
        (tuesday,),
        (tuesday, evening),
    ]


def opened(session_id: str, day: date, hour: int, hours: int = 1) -> OpenSession:
    starts_at = at(day, hour)
    ends_at = starts_at + timedelta(hours=hours)
    return OpenSession(session_id, day, starts_at, ends_at, {"group": 60 * hours}, 1, ())
