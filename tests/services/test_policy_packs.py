"""Each pack that comes with Daybook, on a week that was worked out by hand: see `worked_week`.

Of each rule that the pack asks for there is what it comes to by the end of the week, in the order
of its days: the state, what was measured, what is required. A month is judged as if it ended so,
and so are contacts, as if nobody came or was reached any more.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.compliance.caseload import COUNSELORS, PROGRAMS, CounselorWeek, ProgramWeek
from domain.compliance.clocks import Calendar
from domain.compliance.days import DAILY
from domain.compliance.finding import ASKED_BY, Finding
from domain.compliance.hours import WEEKLY
from domain.compliance.intervals import StayOf
from domain.compliance.months import MONTHLY
from domain.compliance.recurring import STAYS
from domain.compliance.sessions import SESSIONS
from domain.compliance.visits import VISITS, AfterVisit
from domain.policy import Adopted
from services.policy_packs import packs
from tests.support import worked_week

Worked = dict[str, list[tuple[str, int | None, int]]]

ELSEWHERE = frozenset(
    {
        *("crisis-note", "cosignature", "discharge-summary", "emergency-report", "taper-weeks"),
    }
)
"""Rules that are worked out by hand where they are tested: of this week they have little to say."""

STANDARDS: Worked = {
    # 180 + 155 + 210 + 60 = 605 were attended.
    "too-many-hours": [("met", 605, 1199)],
    # Monday, Tuesday, Friday and Sunday.
    "days-a-week": [("met", 4, 3)],
    # Friday's; Thursday's was missed.
    "individual-a-week": [("met", 1, 1)],
    # Who was absent on Wednesday had said so; the call about Thursday came after three hours.
    "outreach-due": [("not_applicable", None, 24), ("met", 3, 24)],
    # Saturday's on Sunday.
    "make-up-owed": [("met", 1, 14)],
    # From the admission on the 1st to the 6th, the 5th, the 5th, the 6th and the 4th.
    "plan-review": [("met", 5, 30)],
    "phq-9": [("met", 4, 14)],
    "gad-7": [("met", 4, 14)],
    # Wednesday and Thursday were missed in a row: from Thursday, the 5th, to the 6th.
    "absence-review": [("met", 1, 7)],
    # Sunday, the 8th, was the last visit: the 7th of April would be day 30.
    "contact": [("breached", None, 30)],
}

ADULT: Worked = STANDARDS | {"attended-hours": [("met", 605, 540)]}
ADOLESCENT: Worked = STANDARDS | {"attended-hours": [("met", 605, 360)]}

# 180 x 4 + 210 = 930 were offered.
OFFERED_TO_ADULTS: Worked = {"offered-hours": [("met", 930, 540)]}
OFFERED_TO_ADOLESCENTS: Worked = {"offered-hours": [("met", 930, 360)]}

ASAM: Worked = {
    # From the admission on the 1st to the 4th.
    "drug-test": [("met", 3, 7)],
}

# From the admission on the 1st to the 6th.
BAM: Worked = {"bam": [("met", 5, 30)]}

# Monday, Tuesday, Friday, Sunday.
THREE_HOURS: Worked = {
    "billable-day": [
        *(("met", 180, 180), ("breached", 155, 180), ("met", 210, 180), ("breached", 60, 180))
    ]
}

WORKED: dict[str, Worked] = {
    "asam-2.1-adult": ASAM | OFFERED_TO_ADULTS,
    "asam-2.1-adolescent": ASAM | OFFERED_TO_ADOLESCENTS,
    "program-standards-adult": ADULT | BAM,
    "program-standards-adolescent": ADOLESCENT | BAM,
    "program-standards-adult-mh": ADULT | OFFERED_TO_ADULTS,
    "program-standards-adolescent-mh": ADOLESCENT | OFFERED_TO_ADOLESCENTS,
    "program-standards-authorizations": {
        # Monday and Friday took one each of six.
        "authorization-units": [("met", 4, 4)],
        # From the 8th to the 14th.
        "authorization-days": [("met", 6, 6)],
    },
    "az-s9480": OFFERED_TO_ADULTS
    | THREE_HOURS
    | {
        "days-a-week": [("met", 4, 2)],
        # Friday's, of 60 minutes.
        "individual-a-week": [("met", 1, 1)],
        "group-size": [("breached", 13, 8), ("breached", 16, 8)],
        # 24 x 7 = 168 patient days in seven days.
        "caseload": [("breached", 24, 16)],
        "psychiatric-a-week": [("breached", 0, 1)],
    },
    "ca-dmc-ods": {
        "offered-hours": [("met", 930, 540)],
        # Monday with 13, Tuesday with 16.
        "group-minimum": [("met", 13, 2), ("met", 16, 2)],
        "group-size": [("breached", 13, 12), ("breached", 16, 12)],
        # Tuesday, Wednesday, Thursday; Wednesday to Friday; on Saturday as if on Monday.
        "note-due": [("met", 3, 3), ("met", 3, 3), ("met", 1, 3)],
    },
    "commercial-per-diem": OFFERED_TO_ADULTS | THREE_HOURS | {"days-a-week": [("met", 4, 3)]},
    "medicare-iop": {
        "prescribed-hours": [("met", 540, 540)],
        "too-many-hours": [("met", 605, 1199)],
        # On the 3rd, and not on the 1st; the 2nd of May is day 60 from then on.
        "first-certification": [("breached", 2, 0)],
        "certification": [("breached", None, 60)],
        # Group and skills; group and education; group, individual, family; group. Friday's skills
        # of 30 minutes are 15 under the 45 of their code.
        "services-a-day": [
            ("breached", 2, 3),
            ("breached", 2, 3),
            ("met", 3, 3),
            ("breached", 1, 3),
        ],
        # Group; group; group, individual and family; group.
        "primary-service": [("met", 1, 1), ("met", 1, 1), ("met", 3, 1), ("met", 1, 1)],
        "in-person": [("met", 2, 1), ("met", 2, 1), ("met", 3, 1), ("met", 1, 1)],
        "partial-hospitalization": [("not_applicable", None, 7)] * 4,
    },
    "nj-161b": {
        # On the day of the admission.
        "counselor-assigned": [("met", 0, 0)],
        # Friday's.
        "family-a-month": [("met", 1, 1)],
        # 168 patient days and 7 counselor days.
        "program-caseload": [("met", 24, 24)],
    },
    # On the day of the admission, before the tenth visit.
    "mn-245g": {"first-plan": [("met", 0, 30)]},
    # In force from the admission on: on its day, of 21.
    "mt-37-106": {"first-plan": [("met", 0, 21)]},
    "nc-saiop": THREE_HOURS
    | {
        "days-a-week": [("met", 4, 3)],
        # Saturday's was called off, and made up on Sunday.
        "longest-gap": [("met", 1, 2)],
        # Monday, Tuesday, Friday, Sunday.
        "group-each-day": [("met", 1, 1)] * 4,
    },
    "ok-450": {},
    "sd-67-61": {},
    "ny-oasas-ios": OFFERED_TO_ADULTS
    | THREE_HOURS
    | {
        # The 1st to the 8th are eight days: a second week has begun.
        "longest-stay": [("met", 2, 6)],
        "group-size": [("met", 13, 15), ("breached", 16, 15)],
    },
    "tx-564": {
        "group-size": [("met", 13, 16), ("met", 16, 16)],
        # Monday's skills, Tuesday's education.
        "education-size": [("met", 13, 35), ("met", 16, 35)],
        # Monday 16:00 to Thursday 16:00; Tuesday 16:00 to Friday 17:00; Friday 16:00 to noon.
        "note-due": [("met", 72, 72), ("breached", 73, 72), ("met", 20, 72)],
    },
    "va-105": OFFERED_TO_ADULTS,
    "va-medicaid-adult": THREE_HOURS
    | {
        # Of one week: 930.
        "average-hours": [("met", 930, 540)],
        "group-size": [("breached", 13, 12), ("breached", 16, 12)],
        "plan-review": [("met", 5, 30)],
    },
    "va-medicaid-adolescent": {
        "average-hours": [("met", 930, 360)],
        "billable-day": [*(("met", m, 120) for m in (180, 155, 210)), ("breached", 60, 120)],
        "group-size": [("breached", 13, 12), ("breached", 16, 12)],
        "plan-review": [("met", 5, 30)],
    },
    "wa-deferred-prosecution": {
        "days-a-week": [("met", 4, 3)],
        # 72 x 60 = 4320 by the 23rd of May, of which 605 are there, and nothing is scheduled.
        "total-hours": [("at_risk", 605, 4320)],
        # April begins on a Wednesday: 1, 2, 3, 6, 7, 8, 9, 10, and the 13th is the ninth.
        "noncompliance-report": [("met", 9, 10)],
    },
}

END_OF_APRIL = date(2026, 4, 30)
TWELVE_WEEKS = date(2026, 5, 23)
STAY_BY_HAND = StayOf(
    worked_week.PATIENT,
    worked_week.STAY,
    worked_week.BASE,
    Calendar(worked_week.ZONE),
    END_OF_APRIL - timedelta(days=1),
)

IN_THE_PROGRAM = tuple(
    replace(each, counselor=counselor)
    for each in worked_week.CLIENTS
    for counselor in (None, "staff-1")
)
"""The patients of the one counselor, who are all of the program's."""


def judged(adopted: Adopted) -> Iterator[Finding | None]:
    """What each rule says of the week and all that is in it."""
    yield from (rule(worked_week.WEEK, adopted) for rule in WEEKLY)
    yield from (rule(worked_week.MONTH, adopted) for rule in MONTHLY)
    yield from (rule(day, adopted) for day in worked_week.DAYS for rule in DAILY)
    for visit in worked_week.VISITS:
        after = AfterVisit(
            patient_id="patient-1",
            visit=visit,
            zone=worked_week.ZONE,
            closures={},
            stay=worked_week.BASE,
            attempts=tuple(
                each for each in worked_week.ATTEMPTS if each.session_id == visit.session_id
            ),
            made_up=next(
                (each for each in worked_week.VISITS if each.makes_up == visit.session_id), None
            ),
            visits=worked_week.VISITS,
        )
        yield from (rule(after, adopted) for rule in VISITS)
    for by_interval, intervals in STAYS:
        for interval in intervals(STAY_BY_HAND, adopted):
            yield by_interval(interval, adopted)
    for session in worked_week.SESSIONS:
        yield from (rule(session, worked_week.ZONE, worked_week.BASE, adopted) for rule in SESSIONS)
    week = CounselorWeek(
        "staff-1",
        worked_week.WEEK.first_day,
        worked_week.SUNDAY,
        worked_week.CLIENTS,
        worked_week.BASE,
    )
    yield from (rule(week, adopted) for rule in COUNSELORS)
    census = ProgramWeek("iop", week.first_day, week.last_day, IN_THE_PROGRAM, worked_week.BASE)
    yield from (rule(census, adopted) for rule in PROGRAMS)


def adopted_pack(policy_id: str) -> Adopted:
    """A pack with the numbers that were in force in that week."""
    return Adopted(packs()[policy_id].on(worked_week.SUNDAY), ("program-1:2",))


def test_each_pack_was_worked_out_and_each_rule_that_it_asks_for() -> None:
    assert set(WORKED) == set(packs())
    for policy_id in packs():
        pack = adopted_pack(policy_id).policy
        asked_for = {
            rule for rule, keys in ASKED_BY.items() if any(pack.parameter(key) for key in keys)
        }
        assert set(WORKED[policy_id]) == asked_for - ELSEWHERE, policy_id


@pytest.mark.parametrize("policy_id", WORKED)
def test_a_pack_comes_to_what_was_worked_out_by_hand(policy_id: str) -> None:
    found: Worked = {}
    later = {
        "individual-a-month": worked_week.MONTH.last_day,
        "family-a-month": worked_week.MONTH.last_day,
        "contact": END_OF_APRIL,
        "noncompliance-report": END_OF_APRIL,
        "total-hours": TWELVE_WEEKS,
        "certification": END_OF_APRIL + timedelta(days=2),
    }
    for each in judged(adopted_pack(policy_id)):
        if (
            each
            and each.rule not in ELSEWHERE
            and each.last_day <= later.get(each.rule, worked_week.SUNDAY)
        ):
            found.setdefault(each.rule, []).append((each.state, each.measured, each.required))
    assert found == WORKED[policy_id]
