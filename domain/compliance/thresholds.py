"""Weighing: what was measured, against what a policy asks for, whatever the rule. Pure.

What sets a case apart comes before what was measured: first a waiver, then a taper, then what makes
the rule not apply, then what is not known.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.care import Service
from domain.compliance.causes import by_the_record, by_whom
from domain.compliance.facts import InForce, Visit, Waiver
from domain.compliance.finding import NO_DAY, Finding, State
from domain.compliance.period import Period, minutes_of
from domain.plurals import agreeing, amount
from domain.policy import Adopted, Parameter, RuleName
from domain.policy_parameters import Unit

Rule = Callable[[Period, Adopted], Finding | None]
"""From the facts of a week, a month or a day and a policy in force to a finding."""

Within = Literal["at least", "at most"]


@dataclass(slots=True)
class Subject:
    """Whom or what a finding is about, from which day on, and the events that were looked at.

    Neither waivers nor the adoption of the policy need be among these events.
    """

    patient_id: str | None
    about: str | None
    first_day: date
    evidence: Collection[str]
    waivers: tuple[Waiver, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What a rule comes to where it is not waived, and the last day of what it says."""

    last_day: date
    state: State
    measured: int | None
    because: str
    mends: tuple[str, ...] = ()
    """The sessions whose record would change it where it is breached."""
    from_then: datetime | None = None
    """The instant from which it is so if nothing happens; None where it is so already."""


def found(
    rule: RuleName, parameter: Parameter, adopted: Adopted, of: Subject, weighed: Outcome
) -> Finding:
    """Return the finding of a rule, waived where a waiver holds on its last day."""
    waivers = [each for each in of.waivers if each.rule == rule]
    holds = [each for each in waivers if each.first_day <= weighed.last_day <= each.last_day]
    state, because = weighed.state, weighed.because
    if holds:
        state, because = "waived", holds[0].in_words
    evidence = {*adopted.evidence, *of.evidence, *(each.event_id for each in waivers)}
    return Finding(
        rule=rule,
        policy_id=adopted.policy.policy_id,
        version=adopted.policy.version,
        patient_id=of.patient_id,
        about=of.about,
        first_day=of.first_day,
        last_day=weighed.last_day,
        state=state,
        measured=weighed.measured,
        required=parameter.value,
        unit=parameter.meaning.unit,
        because=because,
        evidence=tuple(sorted(evidence)),
        mends=weighed.mends if state == "breached" else (),
        until=weighed.from_then,
    )


def compared(
    value: int, what: str, within: Within, required: int, *, is_ahead: bool = False
) -> tuple[State, str]:
    """Return whether a number is enough, or not too much, and say so, or by how much it is not.

    What is said of many, such as *services were attended*, is put to agree with the number, and
    into the future where that is ahead.
    """
    said = agreeing(value, what, is_ahead=is_ahead)
    if value >= required if within == "at least" else value <= required:
        asked = "asked for" if within == "at least" else "allowed"
        return "met", f"{said}, {within} {agreeing(required, 'are')} {asked}"
    if within == "at least":
        return "breached", f"{said}, {required - value} under the minimum of {required}"
    return "breached", f"{said}, {value - required} over the maximum of {required}"


# What a period adds up to


@dataclass(slots=True)
class Measured:
    """What a rule has measured of a period; `value` is None where that could not be."""

    value: int | None
    what: str
    missing: str = ""
    unmeasured: State = "unknown"
    by_plan: Callable[[InForce], int] | None = None
    span: Literal["week", "month", "day"] = "week"
    tapers: bool = True
    """Whether the weeks of a taper are left out."""
    partial: bool = True
    """Whether periods that are not whole are left out, and those with a day of leave."""
    of_presence: tuple[Service, ...] = ()
    """The services of which a missing time out would change it; none where it would not."""
    within: Within = "at least"
    evidence: tuple[str, ...] = ()
    """The events that it took besides those of stay, plans and visits."""
    offered: int | None = None
    """How much of it the program offered to the patient, where it takes both of them."""


def evaluate(
    rule: RuleName, key: str, of: Measured, period: Period, adopted: Adopted
) -> Finding | None:
    """Return what a rule says of a period; None where the policy has no such number."""
    parameter = adopted.policy.parameter(key)
    if parameter is None:
        return None
    open_ended = tuple(
        [each for each in period.incomplete if minutes_of([each.scheduled], of.of_presence)]
    )
    state, because = _decide(of, open_ended, period, adopted, parameter)
    waivers = [each for each in period.waivers if each.rule == rule] if period.waivers else []
    for each in waivers:
        if each.first_day <= period.last_day <= each.last_day:
            state, because = "waived", each.in_words
            break
    policy, mends = adopted.policy, open_ended if of.within == "at least" else ()
    return Finding(
        rule,
        policy.policy_id,
        policy.version,
        period.patient_id,
        None,
        period.first_day,
        period.last_day,
        state,
        of.value,
        parameter.value,
        parameter.meaning.unit,
        because,
        _proof(of, period, adopted, waivers),
        tuple(each.session_id for each in mends) if state == "breached" else (),
    )


def _proof(
    of: Measured, period: Period, adopted: Adopted, waivers: list[Waiver]
) -> tuple[str, ...]:
    """Return the evidence; most rules about a period have the same."""
    with_leaves = of.partial and bool(period.leaves)
    known = period.proofs.get((adopted.evidence, with_leaves))
    if known is None:
        evidence = {*period.evidence, *adopted.evidence}
        if with_leaves:
            evidence.update(*(each.evidence for each in period.leaves))
        known = period.proofs[adopted.evidence, with_leaves] = tuple(sorted(evidence))
    if of.evidence or waivers:
        return tuple(sorted({*known, *of.evidence, *(each.event_id for each in waivers)}))
    return known


def _decide(
    of: Measured,
    open_ended: tuple[Visit, ...],
    period: Period,
    adopted: Adopted,
    parameter: Parameter,
) -> tuple[State, str]:
    allowed = adopted.policy.parameter("taper_weeks_max") if period.taper_week > 0 else None
    if of.tapers and allowed and period.taper_week <= allowed.value:
        return "not_applicable", f"week {period.taper_week} of a taper"
    if of.partial and not period.whole:
        return "not_applicable", f"the patient was in treatment for a part of the {of.span}"
    if of.partial and period.leaves:
        return "not_applicable", f"the patient was on leave on a part of the {of.span}"
    if of.value is None:
        return of.unmeasured, of.missing
    state, because = _compare(of, period, parameter)
    if open_ended:
        because = by_the_record(because, len(open_ended), is_missed=state == "breached")
    asked = {of.by_plan(each) for each in period.plans_in_force} if of.by_plan else set()
    if asked - {parameter.value}:
        because += f"; the plan asks for {' and '.join(str(each) for each in sorted(asked))}"
    return state, because


def _compare(of: Measured, period: Period, parameter: Parameter) -> tuple[State, str]:
    """Return whether what was measured is enough; where it is not, first whose doing that was."""
    value, least, ahead = of.value or 0, parameter.value, period.is_ahead
    state, because = compared(value, of.what, of.within, least, is_ahead=ahead)
    if ahead:
        because = f"{'as scheduled' if ' were ' in of.what else 'as it stands'}, {because}"
    if of.offered is None or state == "met":
        return state, because
    because = by_whom(because, value, of.what, of.offered, least, is_ahead=ahead)
    return state, because


# What has to be done in time


@dataclass(slots=True)
class Deadline:
    """Something that has to be done, at the latest on the day `due`, before the instant `late_at`.

    Without `late_at` nobody knows when it will be due, and `waits_for` says for what that waits;
    `due` is then None too, or the last day of what it is about. `taken` is how long it took,
    rounded up, in the unit of the rule's number; it says nothing while `done_on` is None. `took`
    says so where the number alone does not. `excepted` is why the rule does not apply where it was
    not done in time; None where it does.
    """

    due: date | None
    late_at: datetime | None
    done_on: date | None
    taken: int
    done: str
    undone: str
    excepted: str | None = None
    waits_for: str = ""
    took: str | None = None


def weigh_deadline(
    rule: RuleName, parameter: Parameter, adopted: Adopted, of: Subject, deadline: Deadline
) -> Finding:
    """Return whether something was done in time, or will not have been from when it is late on.

    What was is over on the day on which it was done; what was not, on the day on which it was due,
    and is on track while nobody knows which that is.
    """
    from_then = deadline.late_at
    done_on, taken, most = deadline.done_on, deadline.taken, parameter.value
    last_day, measured = deadline.due or NO_DAY, None if done_on is None else taken
    state: State = "breached"
    because = deadline.undone
    if done_on is not None:
        because = f"{deadline.done} {deadline.took or _took(taken, most, parameter.meaning.unit)}"
    if done_on is not None and taken <= most:
        state, last_day, from_then = "met", max(done_on, of.first_day), None
    elif deadline.excepted is not None:
        state, because, from_then = "not_applicable", deadline.excepted, None
    elif deadline.late_at is None:
        state, because = "on_track", f"{because} yet; it waits for {deadline.waits_for}"
    weighed = Outcome(last_day, state, measured, because, from_then=from_then)
    return found(rule, parameter, adopted, of, weighed)


def _took(taken: int, most: int, unit: Unit) -> str:
    """Return how long something took, and how long it may, or by how much that is too long."""
    after = f"after {amount(taken, unit)}"
    if taken == 0 and unit in {"days", "business days"}:
        after = "on the same day"
    if most == 0:
        return after if taken == 0 else f"{after}; it is due on the same day"
    if taken > most:
        return f"{after}, {taken - most} over the maximum of {most}"
    return f"{after}, at most {agreeing(most, 'are')} allowed"
