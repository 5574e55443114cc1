"""A policy: the numbers that one regime asks for, each with its source. Pure.

A policy is data. It is written in a file, adopted by a program or brought by a payer, and carried
whole in the event of its adoption: a verdict can be worked out again when the file is long gone.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

from domain import bounds
from domain.care import Population, Service
from domain.errors import PolicyUnsound
from domain.policy_parameters import PARAMETERS, PROGRAM_ONLY, Meaning

Regime = Literal["asam", "medicare", "payer", "state", "program"]
"""Who asks: the criteria of the field, Medicare, a payer of its own, a state, or the program.

What a program asks of itself is its own standard: nobody else has said so.
"""

RuleName = Literal[
    # Of a week
    "prescribed-hours",
    "offered-hours",
    "average-hours",
    "total-hours",
    "attended-hours",
    "too-many-hours",
    "days-a-week",
    "longest-gap",
    "taper-weeks",
    "individual-a-week",
    "psychiatric-a-week",
    "longest-stay",
    "authorization-units",
    "authorization-days",
    # Of a month
    "individual-a-month",
    "family-a-month",
    # Of a day
    "billable-day",
    "services-a-day",
    "primary-service",
    "in-person",
    "group-each-day",
    "partial-hospitalization",
    # Of a visit
    "note-due",
    "crisis-note",
    "cosignature",
    "outreach-due",
    "make-up-owed",
    # Of a stay
    "counselor-assigned",
    "first-plan",
    "plan-review",
    "first-certification",
    "certification",
    "phq-9",
    "gad-7",
    "bam",
    "drug-test",
    "absence-review",
    "contact",
    "discharge-summary",
    "court-report",
    "noncompliance-report",
    "emergency-report",
    # Of a session
    "group-size",
    "group-minimum",
    "education-size",
    "sheet-due",
    # Of a counselor
    "caseload",
    # Of a program
    "program-caseload",
]
"""What the rules are called, wherever a finding or a waiver speaks of one."""

SERVICES: tuple[Service, ...] = tuple(each for each in get_args(Service) if each != "break")
"""What can count: everything but breaks (9 CCR 9854)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a policy, with where it is written.

    `verified` says that the rule in force today itself asks for this number, as somebody has read
    in it on the day `read_on`; whoever shows another number says so. It is in force from a day to
    a day, both included; None where nobody knows since when, or where it has no end.
    """

    key: str
    value: int
    citation: str
    verified: bool
    read_on: date | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None

    def in_force_on(self, day: date) -> bool:
        """Tell whether the number binds on a day."""
        since, until = self.in_force_from, self.in_force_until
        return (since is None or since <= day) and (until is None or day <= until)

    @property
    def meaning(self) -> Meaning:
        """What the number is."""
        return PARAMETERS[self.key]


@dataclass(frozen=True)
class Policy:
    """The numbers of one regime in one version; superseded ones stay in it, with their end.

    `dated` is the day on which its sources were read, or its text was made. `population` is None
    where it is for everybody. `counts` are the services whose minutes are hours of treatment.
    """

    policy_id: str
    version: int
    name: str
    regime: Regime
    population: Population | None
    dated: date
    counts: tuple[Service, ...]
    parameters: tuple[Parameter, ...]

    def parameter(self, key: str) -> Parameter | None:
        """Return a number, the last of several; None where the policy says nothing of it."""
        return self._by_key.get(key)

    def on(self, day: date) -> "Policy":
        """Return the policy with the numbers that are in force on a day."""
        if not self.turns:
            return self
        turn = bisect_right(self.turns, day)
        found = self._on_turn.get(turn)
        if found is None:
            numbers = tuple(each for each in self.parameters if each.in_force_on(day))
            found = self._on_turn[turn] = replace(self, parameters=numbers)
        return found

    @property
    def turns(self) -> tuple[date, ...]:
        """The days on which a number comes into force, or is no longer, in order."""
        return self._turns

    @cached_property
    def _turns(self) -> tuple[date, ...]:
        began = {each.in_force_from for each in self.parameters}
        ended = {each.in_force_until for each in self.parameters}
        over = {each + timedelta(days=1) for each in ended if each and each < date.max}
        return tuple(sorted({each for each in began if each} | over))

    @cached_property
    def _on_turn(self) -> dict[int, "Policy"]:
        return {}

    @property
    def asked(self) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """The rules of each kind of which it has a number, as far as somebody has asked."""
        return self._asked

    # What is worked out has no public name: whatever has one is written with the event.

    @cached_property
    def _asked(self) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        return {}

    @cached_property
    def _by_key(self) -> dict[str, Parameter]:
        return {each.key: each for each in self.parameters}


@dataclass(frozen=True, slots=True)
class Adopted:
    """A policy in force, and the events that say so (aggregate:version)."""

    policy: Policy
    evidence: tuple[str, ...]


def check_policy(policy: Policy) -> None:
    """Raise PolicyUnsound for a policy by which nobody could be judged."""
    for place, problem in faults_of(policy):
        raise PolicyUnsound(place=place, problem=problem)


def check_payers_policy(policy: Policy) -> None:
    """Raise PolicyUnsound for what a payer cannot ask for its patients alone.

    What is about a whole sheet, or about all of a program's patients, is asked of the program.
    """
    for each in policy.parameters:
        if each.key in PROGRAM_ONLY:
            raise PolicyUnsound(place=each.key, problem="is asked of a program, not by a payer")


Version = TypeVar("Version")


def in_force(versions: Mapping[date, Version], day: date) -> Version | None:
    """Return what is in force on a day: of what began until then, the latest; None before all."""
    since = max((each for each in versions if each <= day), default=None)
    return versions[since] if since else None


def faults_of(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a policy: the key, and a sentence about it."""
    if policy.version < 1:
        yield "version", f"{policy.version} is less than 1"
    elif problem := bounds.POLICY_VERSION.problem(policy.version):
        yield "version", f"the number is {problem}"
    for key, text in (("policy", policy.policy_id), ("name", policy.name)):
        if problem := bounds.text_problem(text):
            yield key, f"the text is {problem}"
    if problem := bounds.day_problem(policy.dated):
        yield "dated", f"{policy.dated} is {problem}"
    if not policy.counts:
        yield "counts", "no service counts"
    for service in sorted(set(policy.counts) - set(SERVICES)):
        yield "counts", f"{service!r} never counts"
    for each in policy.parameters:
        yield from _out_of_bounds(each)
    moments = (date.min, *policy.turns)
    yield from dict.fromkeys(fault for day in moments for fault in _faults_on(policy.on(day)))


def _faults_on(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the numbers that are in force on one day."""
    for key, times in Counter(each.key for each in policy.parameters).items():
        if times > 1:
            yield key, "is there twice"
    for low, high in _ORDERED:
        least, most = policy.parameter(low), policy.parameter(high)
        if least and most and least.value > most.value:
            yield high, f"{most.value} is less than {low}, which is {least.value}"
    yield from _incomplete(policy)


_ORDERED = (
    ("attended_minutes_min", "attended_minutes_max"),
    ("group_min", "group_max"),
    ("day_services_min", "day_services_full"),
)
"""Parameters of which the first is no more than the second."""

_ONE_CLOCK = (
    ("notes are", ("note_hours", "note_days", "note_business_days", "note_before_next")),
    ("first plans are", ("first_plan_visits", "first_plan_contacts")),
    ("reviews of the plan are", ("plan_review_days", "plan_review_visits")),
    ("certifications are", ("certification_days", "certification_months")),
    (
        "discharge summaries are",
        (
            "discharge_summary_days",
            "discharge_summary_business_days",
            "discharge_summary_months",
        ),
    ),
)
"""What is due by one of several clocks."""

_ASK_FOR_A_REVIEW = ("absences_in_a_row", "absences_in_30_days")
"""What asks for a review of absences, which is due in `absence_review_days`."""

_NEEDS = (
    ("day_services_full", "day_services_min"),
    ("first_plan_contacts", "first_plan_days"),
    ("total_minutes_min", "total_weeks"),
    ("total_weeks", "total_minutes_min"),
    ("drug_test_stable_days", "drug_test_days"),
    ("discrete_below_minimum", "day_minutes_min"),
    ("hourly_below_minimum", "day_minutes_min"),
)
"""Parameters of which the first says nothing without the other."""


def _incomplete(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield what says too much or too little about one thing."""
    has = {each.key for each in policy.parameters}
    for what, clocks in _ONE_CLOCK:
        for key in [each for each in clocks if each in has][1:]:
            yield key, f"{what} due by another clock already"
    if "absence_review_days" in has and not has.intersection(_ASK_FOR_A_REVIEW):
        yield "absence_review_days", f"needs one of {', '.join(_ASK_FOR_A_REVIEW)}"
    for key in _ASK_FOR_A_REVIEW:
        if key in has and "absence_review_days" not in has:
            yield key, "needs absence_review_days"
    for key, other in _NEEDS:
        if key in has and other not in has:
            yield key, f"needs {other}"


def _out_of_bounds(parameter: Parameter) -> Iterator[tuple[str, str]]:
    key, value = parameter.key, parameter.value
    if key not in PARAMETERS:
        yield key, "is not a parameter of a policy"
        return
    meaning = parameter.meaning
    if not meaning.least <= value <= meaning.greatest:
        within = f"{meaning.least} to {meaning.greatest} {meaning.unit}"
        shown = value if abs(value) <= bounds.WIDEST else "the number"
        yield key, f"{shown} is not within {within}"
    if not parameter.citation.strip():
        yield key, "has no citation"
    if problem := bounds.text_problem(parameter.citation):
        yield key, f"the citation is {problem}"
    since, until = parameter.in_force_from, parameter.in_force_until
    if since and until and until < since:
        yield key, f"in_force_until {until} is before in_force_from {since}"
    for day in (parameter.read_on, since, until):
        if day and (problem := bounds.day_problem(day)):
            yield key, f"{day} is {problem}"


# Earlier versions


def upcast_policy(policy: dict[str, Any]) -> None:
    """Say that a policy of version 1 told of no number when it was read or in force."""
    for each in policy["parameters"]:
        each |= {"read_on": None, "in_force_from": None, "in_force_until": None}
