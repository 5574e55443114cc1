"""Which policies a patient is judged by on which days: those of the program and of the payer. Pure.

Each day is judged by its own. A rule about a whole week or month is judged where one number was in
force on each of its days on which the patient was in treatment; otherwise each stretch has a
finding that says so: nobody prorates nine hours.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import pairwise
from typing import TypeVar, cast

from domain.compliance.facts import FacilityFacts, PatientFacts, ProgramFacts, Stay, Versions
from domain.compliance.finding import ASKED_BY, Finding
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from domain.policy import Adopted, Policy, RuleName, in_force

IN_PART = "the policy's number was in force for a part of these days only"


@dataclass(frozen=True, slots=True)
class PolicySpan:
    """Days on which one version of a policy is in force, both included."""

    first_day: date
    last_day: date
    adopted: Adopted


@dataclass(frozen=True, slots=True)
class PolicyTimeline:
    """How it goes with a policy within some days, and the events that say so."""

    stretches: tuple[PolicySpan, ...]
    changed_by: frozenset[str]


Timelines = Mapping[str, PolicyTimeline]
"""How it goes with policies within some days, by their ids."""


@dataclass(frozen=True)
class ApplicablePolicies:
    """What a patient's stay is judged by; `program` is None where nothing is known of it.

    What it says of a day, or of some days, is worked out once: whoever changes who pays, or a
    policy, makes another one.
    """

    facts: PatientFacts
    stay: Stay
    site: FacilityFacts
    program: ProgramFacts | None
    _on: dict[date, Mapping[str, Adopted]] = field(default_factory=dict, compare=False, repr=False)
    _courses: dict[tuple[date, date], Timelines] = field(
        default_factory=dict, compare=False, repr=False
    )

    def on(self, day: date) -> Mapping[str, Adopted]:
        """Return the policies in force on a day, by id; the payer has the last word."""
        known = self._on.get(day)
        if known is None:
            found = adopted_on(self.program.policies, day) if self.program else {}
            known = self._on[day] = found | self.of_payer(day)
        return known

    def of_payer(self, day: date) -> dict[str, Adopted]:
        """Return the policies of the payer on a day."""
        payer = self.facts.payer_on(day)
        if payer is None or payer.who not in self.site.payer_policies:
            return {}
        return adopted_on(self.site.payer_policies[payer.who], day, payer.event_id)

    def courses(self, first_day: date, last_day: date) -> Timelines:
        """Return when which version of each policy is in force within some days."""
        known = self._courses.get((first_day, last_day))
        if known is None:
            known = self._courses[first_day, last_day] = self._worked_out(first_day, last_day)
        return known

    def _worked_out(self, first_day: date, last_day: date) -> Timelines:
        changes = self._changes(first_day, last_day)
        starts = [first_day, *sorted(changes)]
        ends = [each - timedelta(days=1) for each in starts[1:]] + [last_day]
        found: dict[str, list[PolicySpan]] = {}
        for start, end in zip(starts, ends, strict=True):
            for policy_id, adopted in self.on(start).items():
                known = found.setdefault(policy_id, [])
                if known and _goes_on(known[-1], start, adopted):
                    evidence = {*known[-1].adopted.evidence, *adopted.evidence}
                    merged = Adopted(adopted.policy, tuple(sorted(evidence)))
                    known[-1] = PolicySpan(known[-1].first_day, end, merged)
                else:
                    known.append(PolicySpan(start, end, adopted))
        changed_by = {event for events in changes.values() for event in events}
        if payer := self.facts.payer_on(first_day):
            changed_by.add(payer.event_id)
        said = frozenset(changed_by)
        return {policy_id: PolicyTimeline(tuple(known), said) for policy_id, known in found.items()}

    def _changes(self, first_day: date, last_day: date) -> dict[date, set[str]]:
        """Return the days after the first on which anything may be otherwise, by what events."""
        known = self._changed_on.items()
        return {day: events for day, events in known if first_day < day <= last_day}

    @cached_property
    def _changed_on(self) -> dict[date, set[str]]:
        said = [(each.from_day, each.event_id) for each in self.facts.payers]
        timelines = [self.program.policies] if self.program else []
        payers = {each.who for each in self.facts.payers}
        timelines += [self.site.payer_policies.get(who, {}) for who in payers]
        for policies in timelines:
            for versions in policies.values():
                for day, version in versions.items():
                    turns = version.policy.turns if version.policy else ()
                    said += [(each, version.event_id) for each in (day, *turns)]
        found: dict[date, set[str]] = {}
        for day, event_id in said:
            found.setdefault(day, set()).add(event_id)
        return found


def adopted_on(policies: Versions, day: date, *because: str) -> dict[str, Adopted]:
    """Return what is in force of some policies on a day, by id; `because` are events more.

    Of each policy it has the numbers that are in force on that day.
    """
    found = {}
    for policy_id, versions in policies.items():
        version = in_force(versions, day)
        if version and version.policy:
            evidence = tuple(sorted({version.event_id, *because}))
            found[policy_id] = Adopted(version.policy.on(day), evidence)
    return found


def judged(rules: tuple[Rule, ...], period: Period, courses: Timelines) -> Iterator[Finding]:
    """Yield what rules say of a period, by each policy that is in force in it.

    The courses are of the days on which the patient was in treatment.
    """
    first = max(period.first_day, period.admitted_on)
    last = min(period.last_day, period.discharged_on or period.last_day)
    for course in courses.values():
        throughout = _throughout(course, first, last)
        if throughout and len(course.stretches) == 1:
            adopted = course.stretches[0].adopted
            for rule in asked_of(adopted.policy, rules):
                if only := rule(period, adopted):
                    yield only
            continue
        for rule in _asked(rules, course):
            said = [found for each in course.stretches if (found := rule(period, each.adopted))]
            whole = throughout and len(said) == len(course.stretches)
            if whole and len(said) == 1:
                yield said[0]
                continue
            evidence = {event for each in said for event in each.evidence} | course.changed_by
            evidence.update(*(each.adopted.evidence for each in course.stretches))
            if whole and _one_number(said, course):
                yield replace(said[-1], evidence=tuple(sorted(evidence)))
            else:
                yield from _apart(rule, period, course, tuple(sorted(evidence)))


def asked(rules: tuple[Callable[..., Finding | None], ...], courses: Timelines) -> bool:
    """Tell whether any policy asks for any of some rules."""
    return any(
        asked_of(each.adopted.policy, rules)
        for course in courses.values()
        for each in course.stretches
    )


def _asked(rules: tuple[Rule, ...], course: PolicyTimeline) -> Iterator[Rule]:
    """Yield the rules of which a policy has a number."""
    policies = [each.adopted.policy for each in course.stretches]
    return (rule for rule in rules if any(rule in asked_of(each, rules) for each in policies))


Named = TypeVar("Named", bound=Callable[..., Finding | None])


def asked_of(policy: Policy, rules: tuple[Named, ...]) -> tuple[Named, ...]:
    """Return the rules, of those of one kind, of which a policy has a number."""
    known = policy.asked.get(rules)
    if known is None:
        known = tuple(
            rule for rule in rules if any(policy.parameter(key) for key in _keys_of(rule))
        )
        policy.asked[rules] = known
    return cast("tuple[Named, ...]", known)


@cache
def _keys_of(rule: Callable[..., Finding | None]) -> tuple[str, ...]:
    """Return the numbers by which a rule is asked for; it is called like its function."""
    return ASKED_BY[cast("RuleName", rule.__name__.replace("_", "-"))]


def _throughout(course: PolicyTimeline, first_day: date, last_day: date) -> bool:
    """Tell whether the policy was in force on each day, in whichever version."""
    known = course.stretches
    return (known[0].first_day, known[-1].last_day) == (first_day, last_day) and all(
        before.last_day + timedelta(days=1) == after.first_day for before, after in pairwise(known)
    )


def _apart(
    rule: Rule, period: Period, course: PolicyTimeline, evidence: tuple[str, ...]
) -> Iterator[Finding]:
    for each in course.stretches:
        if found := rule(period, each.adopted):
            yield replace(
                found,
                first_day=each.first_day,
                last_day=each.last_day,
                state="not_applicable",
                measured=None,
                because=IN_PART,
                evidence=evidence,
                mends=(),
            )


def _one_number(said: list[Finding], course: PolicyTimeline) -> bool:
    """Tell whether the versions of a policy ask for the same, and count the same."""
    counted = {each.adopted.policy.counts for each in course.stretches}
    return len({each.required for each in said}) == 1 and len(counted) == 1


def _goes_on(before: PolicySpan, day: date, adopted: Adopted) -> bool:
    return before.adopted.policy == adopted.policy and before.last_day + timedelta(days=1) == day
