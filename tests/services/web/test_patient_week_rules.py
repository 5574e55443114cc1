"""The week in a sentence beside the findings, over weeks at random: they never disagree."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.compliance.evaluation.outlook import attended, need_of
from domain.compliance.facts import OpenSession, Visit, VisitStatus
from domain.compliance.finding import Finding
from domain.compliance.hours import attended_hours, days_a_week
from domain.compliance.repairs import smallest
from services.web import patient_visits
from services.web.patient_visits import Opening
from services.web.patient_week import MOST_TOGETHER, WeekAsked, WeekTold, told
from tests.support.compliance_week import MONDAY, WEEK, adopted
from tests.support.examples import examples

NOW = datetime.combine(MONDAY + timedelta(3), time(16), UTC)
"""Thursday afternoon."""

REQUIRED_DAYS = 3

CAME_TO: tuple[VisitStatus, ...] = (
    *("scheduled", "scheduled", "scheduled", "scheduled", "attended", "attended"),
    *("excused", "absent", "no_show", "cancelled"),
)


@st.composite
def visits(draw: st.DrawFn) -> list[Visit]:
    """Sessions of a week, on different days or the same ones, some of them at the same time."""
    found = []
    for number in range(draw(st.integers(0, 5))):
        day = MONDAY + timedelta(draw(st.integers(0, 6)))
        starts = datetime.combine(day, time(draw(st.sampled_from([9, 10, 18]))), UTC)
        minutes = draw(st.sampled_from([0, 50, 180, 195]))
        status: VisitStatus = draw(st.sampled_from(CAME_TO))
        is_there = status == "attended"
        credited = draw(st.integers(0, minutes)) if is_there else 0
        found.append(
            Visit(
                session_id=f"session-{number}",
                program_id="iop",
                day=day,
                starts_at=starts,
                ends_at=starts + timedelta(hours=3),
                scheduled={"group": minutes},
                status=status,
                credited={"group": credited} if is_there else {},
                evidence=(f"session-{number}:1",),
                rostered=not is_there or draw(st.booleans()),
                stays_away=status == "scheduled" and draw(st.booleans()),
            )
        )
    return found


@st.composite
def openings(draw: st.DrawFn) -> list[OpenSession]:
    """Sessions of the rest of the week that the patient can be booked for."""
    found = []
    for number in range(draw(st.integers(0, MOST_TOGETHER))):
        day = MONDAY + timedelta(draw(st.integers(4, 6)))
        starts = datetime.combine(day, time(draw(st.sampled_from([8, 12, 15]))), UTC)
        minutes = draw(st.sampled_from([50, 90, 180]))
        ends = starts + timedelta(minutes=minutes)
        session_id = f"opening-{number}"
        found.append(OpenSession(session_id, day, starts, ends, {"group": minutes}, 1, ()))
    return sorted(found, key=lambda each: (each.starts_at, each.session_id))


def shown(visit: Visit) -> patient_visits.Visit:
    """The same visit as the read model of attendance has it for the page."""
    return patient_visits.Visit(
        session_id=visit.session_id,
        day=visit.day,
        week=MONDAY,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        name="Evening group",
        is_make_up=not visit.rostered,
        status=visit.status,
        is_partial=False,
        scheduled_minutes=sum(visit.scheduled.values()),
        credited_minutes=visit.minutes,
        called_off=visit.status == "cancelled",
        arrived_at=None,
        left_at=None,
        made_up=False,
        stays_away=visit.stays_away,
    )


def told_of(found: list[Visit], offered: list[OpenSession], minutes: int) -> WeekTold:
    """What the page says of a week."""
    credited = [each for each in found if each.minutes]
    asked = WeekAsked(
        MONDAY,
        sum(each.minutes for each in found),
        len({each.day for each in credited}),
        minutes,
        REQUIRED_DAYS,
        is_whole=True,
    )
    free = [
        Opening(
            each.session_id,
            each.day,
            each.starts_at,
            each.ends_at,
            "Morning group",
            1,
            sum(each.scheduled.values()),
        )
        for each in offered
    ]
    return told(asked, [shown(each) for each in found], free, NOW)


@examples(60)
@given(found=visits(), offered=openings(), minutes=st.sampled_from([180, 360, 540]))
def test_the_sentence_says_of_a_week_what_its_findings_say(
    found: list[Visit], offered: list[OpenSession], minutes: int
) -> None:
    policy = adopted(attended_minutes_min=minutes, days_per_week_min=REQUIRED_DAYS)
    week = WEEK.ahead(tuple(attended(each) for each in found), ())
    rules: list[Finding] = [
        each for each in (attended_hours(week, policy), days_a_week(week, policy)) if each
    ]
    of_minutes, of_days = rules
    said = told_of(found, offered, minutes)
    assert said.is_short == any(each.state == "breached" for each in rules)
    assert said.done + said.expected == of_minutes.measured
    lacking = tuple(max(each.required - (each.measured or 0), 0) for each in rules)
    if said.is_short:
        assert said.lacks == lacking
    if said.is_short and not lacking[1]:
        need = need_of(of_minutes, week, policy.policy)
        assert need
        repairs = {
            tuple(sorted(one.session_id for one in each)) for each in smallest(need, offered)
        }
        mends = {tuple(sorted(one.session_id for one in each)) for each in said.mends}
        assert mends == repairs
    if said.is_short and not lacking[0]:
        need = need_of(of_days, week, policy.policy)
        assert need
        assert bool(said.mends) == bool(smallest(need, offered))
