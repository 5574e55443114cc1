"""The rules about hours: what is prescribed, offered and attended in a week. Pure.

"Nine hours" is four rules: a plan of care prescribes them (Medicare), a program offers them (New
York), a patient attends them (ASAM), and a day has to hold so many to be billed. Each rule binds
where a policy has its parameter, and returns None where it has not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from domain.compliance.finding import Finding, RuleName, State
from domain.compliance.policy import Adopted, Parameter, Policy
from domain.compliance.week import InForce, Week

Rule = Callable[[Week, Adopted], Finding | None]
"""From a week's facts and a policy in force to a finding."""


def prescribed_hours(week: Week, adopted: Adopted) -> Finding | None:
    """Tell whether the plan of care asks for so many minutes a week, on each of its days.

    Medicare: 9 hours as evidenced in the plan (42 CFR 410.44(c)(1), unverified;
    https://nahri.org/articles/cms-releases-billing-requirements-new-condition-code-92).
    """
    plans = week.plans_in_force
    least = min(plans, key=lambda each: each.weekly_minutes, default=None)
    covered = least is not None and plans[0].from_day <= week.first_day
    of = _Measured(
        least.weekly_minutes if least and covered else None,
        "minutes are prescribed",
        missing="no plan of care holds on its first day",
        tapers=False,
    )
    return _weigh("prescribed-hours", "prescribed_minutes_min", of, week, adopted)


def offered_hours(week: Week, adopted: Adopted) -> Finding | None:
    """Tell whether the patient's schedule offered so many minutes, attended or not.

    New York: scheduled for 9 hours a week (https://wchsb.com/wch-news/intensive-outpatient-service-ios).
    """
    of = _Measured(
        week.offered(adopted.policy.counts),
        "minutes were offered",
        by_plan=lambda plan: plan.weekly_minutes,
    )
    return _weigh("offered-hours", "offered_minutes_min", of, week, adopted)


def attended_hours(week: Week, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for so many minutes; a visit without a time out is none.

    ASAM level 2.1: 9 hours of adults, 6 of adolescents (3rd edition, as quoted by Aetna).
    """
    of = _Measured(
        week.attended(adopted.policy.counts),
        "minutes were attended",
        by_plan=lambda plan: plan.weekly_minutes,
        of_presence=True,
    )
    return _weigh("attended-hours", "attended_minutes_min", of, week, adopted)


def too_many_hours(week: Week, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for no more minutes than this level has.

    Above it begins level 2.5: 20 hours a week are partial hospitalization (12VAC30-130-5100).
    """
    of = _Measured(
        week.attended(adopted.policy.counts),
        "minutes were attended",
        tapers=False,
        of_presence=True,
        within="at most",
    )
    return _weigh("too-many-hours", "attended_minutes_max", of, week, adopted)


def days_a_week(week: Week, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there on so many separate days.

    HCPCS H0015: at least 3 days a week (https://www.carepatron.com/procedure-code/hcpcs-code-h0015).
    """
    of = _Measured(
        week.days_attended(adopted.policy.counts),
        "days were attended",
        by_plan=lambda plan: plan.days_per_week,
        of_presence=True,
    )
    return _weigh("days-a-week", "days_per_week_min", of, week, adopted)


def taper_weeks(week: Week, adopted: Adopted) -> Finding | None:
    """Tell whether a taper leads over to a lighter level within so many weeks.

    ASAM: below the minimum it is still this level for one or two weeks (3rd edition, as quoted by
    Aetna).
    """
    of = _Measured(
        week.taper_week or None,
        "weeks of taper have begun",
        missing="the plan does not taper",
        unmeasured="not_applicable",
        tapers=False,
        partial=False,
        within="at most",
    )
    return _weigh("taper-weeks", "taper_weeks_max", of, week, adopted)


def individual_a_week(week: Week, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was at so many individual sessions (usual practice, unverified)."""
    times = sum(1 for each in week.visits if each.credited.get("individual", 0))
    of = _Measured(times, "individual sessions were attended", of_presence=True)
    return _weigh("individual-a-week", "individual_per_week_min", of, week, adopted)


WEEKLY: tuple[Rule, ...] = (
    prescribed_hours,
    offered_hours,
    attended_hours,
    too_many_hours,
    days_a_week,
    taper_weeks,
    individual_a_week,
)
"""The rules that a week is judged by, in their order."""


def judge(week: Week, adopted: Adopted) -> tuple[Finding, ...]:
    """Return what each rule that binds says of a week."""
    found = (rule(week, adopted) for rule in WEEKLY)
    return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What a rule has measured; `value` is None where that could not be."""

    value: int | None
    what: str
    missing: str = ""
    unmeasured: State = "unknown"
    by_plan: Callable[[InForce], int] | None = None
    tapers: bool = True
    """Whether the weeks of a taper are left out."""
    partial: bool = True
    """Whether weeks that are not whole are left out."""
    of_presence: bool = False
    """Whether a time out that is missing would change it."""
    within: Literal["at least", "at most"] = "at least"


def _weigh(rule: RuleName, key: str, of: _Measured, week: Week, adopted: Adopted) -> Finding | None:
    policy = adopted.policy
    parameter = policy.parameter(key)
    if parameter is None:
        return None
    state, because = _decide(rule, of, week, policy, parameter)
    waived = (each.event_id for each in week.waivers if each.rule == rule)
    evidence = {adopted.event_id, *week.stay, *waived}
    evidence.update(each.event_id for each in week.plans_in_force)
    evidence.update(event_id for each in week.visits for event_id in each.evidence)
    mends = week.incomplete if of.of_presence and of.within == "at least" else ()
    return Finding(
        rule=rule,
        policy_id=policy.policy_id,
        version=policy.version,
        patient_id=week.patient_id,
        first_day=week.first_day,
        last_day=week.last_day,
        state=state,
        measured=of.value,
        required=parameter.value,
        unit=parameter.meaning.unit,
        because=because,
        evidence=tuple(sorted(evidence)),
        mends=tuple(each.session_id for each in mends) if state == "breached" else (),
    )


def _decide(
    rule: RuleName, of: _Measured, week: Week, policy: Policy, parameter: Parameter
) -> tuple[State, str]:
    """Return the state and why; what sets a week apart comes before what was measured."""
    for waiver in week.waivers:
        if waiver.rule == rule and waiver.first_day <= week.last_day <= waiver.last_day:
            return "waived", f"waived through {waiver.last_day}"
    allowed = policy.parameter("taper_weeks_max")
    if of.tapers and allowed and 1 <= week.taper_week <= allowed.value:
        return "not_applicable", f"week {week.taper_week} of a taper"
    if of.partial and not week.whole:
        return "not_applicable", "the patient was in treatment for a part of the week"
    if of.value is None:
        return of.unmeasured, of.missing
    required = parameter.value
    met = of.value >= required if of.within == "at least" else of.value <= required
    because = f"{of.value} {of.what}, {of.within} {required} are asked for"
    if of.of_presence and week.incomplete:
        because += f"; without a time out, and so without minutes: {len(week.incomplete)}"
    asked = {of.by_plan(each) for each in week.plans_in_force} if of.by_plan else set()
    if asked - {required}:
        because += f"; the plan asks for {' and '.join(str(each) for each in sorted(asked))}"
    return ("met" if met else "breached"), because
