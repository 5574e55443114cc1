"""The rules about a week: hours prescribed, offered and attended, and what runs out. Pure.

"Nine hours" is five rules: a plan of care prescribes them (Medicare), a program offers them each
week (New York) or on average (Virginia), a patient attends them (a program's own standard), and a
day has to hold so many to be billed. Each rule binds where a policy has its parameter, and returns
None where it has not.
"""

from datetime import date, timedelta

from domain.compliance.finding import Finding
from domain.compliance.offered import average_hours, longest_gap
from domain.compliance.period import Period
from domain.compliance.thresholds import Measured, Rule, evaluate
from domain.policy import Adopted, Policy


def prescribed_hours(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the plan of care asks for so many minutes a week, on each of its days.

    Medicare: 9 hours as evidenced in the plan (42 CFR 410.44(c)(1), unverified;
    https://nahri.org/articles/cms-releases-billing-requirements-new-condition-code-92).
    """
    plans = week.plans_in_force
    least = min(plans, key=lambda each: each.weekly_minutes, default=None)
    covered = least is not None and plans[0].from_day <= week.first_day
    of = Measured(
        least.weekly_minutes if least and covered else None,
        "minutes are prescribed",
        missing="no plan of care holds on its first day",
        tapers=False,
    )
    return evaluate("prescribed-hours", "prescribed_minutes_min", of, week, adopted)


def offered_hours(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient's schedule offered so many minutes, attended or not.

    New York: scheduled for 9 hours a week (https://wchsb.com/wch-news/intensive-outpatient-service-ios).
    """
    of = Measured(
        week.offered(adopted.policy.counts),
        "minutes were offered",
        by_plan=lambda plan: plan.weekly_minutes,
    )
    return evaluate("offered-hours", "offered_minutes_min", of, week, adopted)


def attended_hours(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for so many minutes; a visit without a time out is none.

    ASAM level 2.1: 9 hours of adults, 6 of adolescents (3rd edition, as quoted by Aetna).
    """
    of = Measured(
        week.attended(adopted.policy.counts),
        "minutes were attended",
        by_plan=lambda plan: plan.weekly_minutes,
        of_presence=adopted.policy.counts,
        offered=week.offered(adopted.policy.counts),
    )
    return evaluate("attended-hours", "attended_minutes_min", of, week, adopted)


def too_many_hours(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for no more minutes than this level has.

    Above it begins level 2.5: 20 hours a week are partial hospitalization (12VAC30-130-5100).
    """
    of = Measured(
        week.attended(adopted.policy.counts),
        "minutes were attended",
        tapers=False,
        of_presence=adopted.policy.counts,
        within="at most",
    )
    return evaluate("too-many-hours", "attended_minutes_max", of, week, adopted)


def days_a_week(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there on so many separate days.

    HCPCS H0015: at least 3 days a week (https://www.carepatron.com/procedure-code/hcpcs-code-h0015).
    """
    of = Measured(
        week.days_attended(adopted.policy.counts),
        "days were attended",
        by_plan=lambda plan: plan.days_per_week,
        of_presence=adopted.policy.counts,
        offered=week.days_offered(adopted.policy.counts),
    )
    return evaluate("days-a-week", "days_per_week_min", of, week, adopted)


def taper_weeks(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether a taper leads over to a lighter level within so many weeks.

    ASAM: below the minimum it is still this level for one or two weeks (3rd edition, as quoted by
    Aetna). Of a week in which no plan tapers it says nothing: few ever do.
    """
    if not week.taper_week:
        return None
    of = Measured(
        week.taper_week,
        "weeks of taper have begun",
        tapers=False,
        partial=False,
        within="at most",
    )
    return evaluate("taper-weeks", "taper_weeks_max", of, week, adopted)


def individual_a_week(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was at so many individual sessions (usual practice, unverified).

    Where a policy says how long one is at least, a shorter one is none. Arizona, of S9480: 50
    minutes (a payer's memo of 2024-04-01, https://azcompletehealth.com/newsroom/PU24047.html).
    """
    shortest = shortest_individual(adopted.policy)
    of = Measured(
        week.times("individual", shortest),
        individual_sessions(shortest),
        of_presence=("individual",),
        offered=week.times_offered("individual", shortest),
    )
    return evaluate("individual-a-week", "individual_per_week_min", of, week, adopted)


def shortest_individual(policy: Policy) -> int:
    """Return how many minutes of presence make an individual session by a policy."""
    least = policy.parameter("individual_minutes_min")
    return least.value if least else 1


def individual_sessions(shortest: int) -> str:
    """Return what is counted where an individual session has so many minutes at least."""
    of_minutes = f" of at least {shortest} minutes" if shortest > 1 else ""
    return f"individual sessions{of_minutes} were attended"


def psychiatric_a_week(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient had so many psychiatric visits.

    Arizona, of S9480: one a week with the treating psychiatric provider (a payer's memo of
    2024-04-01, https://azcompletehealth.com/newsroom/PU24047.html). That a session with a minute of
    the service medication is one, whoever led it, is a reading of Daybook's (unverified): a
    credential does not say who may prescribe.
    """
    of = Measured(
        week.times("medication"),
        "psychiatric visits were attended",
        of_presence=("medication",),
        offered=week.times_offered("medication"),
    )
    return evaluate("psychiatric-a-week", "psychiatric_per_week_min", of, week, adopted)


def longest_stay(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the stay goes on no longer than so many weeks without a written rationale.

    They are counted from the admission, or from the last day on which somebody wrote a rationale.
    New York: 6 weeks (https://wchsb.com/wch-news/intensive-outpatient-service-ios).
    """
    last = min(week.last_day, week.discharged_on or week.last_day)
    written = max(
        (each for each in week.justified if week.admitted_on <= each.day <= last),
        key=lambda each: each.day,
        default=None,
    )
    since = written.day if written else week.admitted_on
    of = Measured(
        (last - since).days // 7 + 1,
        "weeks have begun without a written rationale",
        tapers=False,
        partial=False,
        within="at most",
        evidence=(written.event_id,) if written else (),
    )
    return evaluate("longest-stay", "weeks_without_rationale_max", of, week, adopted)


def authorization_units(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether so many units are left, of all that the payer has authorized.

    With 3 or fewer a payer is asked for more (a default of Daybook, unverified).
    """
    of = Measured(
        sum(max(each.units, 0) for each in week.left) if week.left else None,
        "units were left at the end of the week",
        missing="no authorization is on record",
        tapers=False,
        evidence=_of_authorizations(week),
    )
    return evaluate("authorization-units", "units_left_min", of, week, adopted)


def authorization_days(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether what the payer has authorized goes on, without a gap, for so many days more.

    With 5 or fewer a payer is asked for more (a default of Daybook, unverified).
    """
    of = Measured(
        (_authorized_through(week) - week.last_day).days if week.left else None,
        "days were left at the end of the week",
        missing="no authorization is on record",
        tapers=False,
        evidence=_of_authorizations(week),
    )
    return evaluate("authorization-days", "days_left_min", of, week, adopted)


def _authorized_through(week: Period) -> date:
    """Return the last day that is authorized, as is each day from the end of the week to it."""
    through = week.last_day
    for each in sorted(week.left, key=lambda each: each.authorized.first_day):
        if each.authorized.first_day <= through + timedelta(days=1):
            through = max(through, each.authorized.last_day)
    return through


def _of_authorizations(week: Period) -> tuple[str, ...]:
    return tuple(event_id for each in week.left for event_id in each.evidence)


WEEKLY: tuple[Rule, ...] = (
    prescribed_hours,
    offered_hours,
    average_hours,
    attended_hours,
    too_many_hours,
    days_a_week,
    longest_gap,
    taper_weeks,
    individual_a_week,
    psychiatric_a_week,
    longest_stay,
    authorization_units,
    authorization_days,
)
"""The rules that a week is judged by, in their order."""
