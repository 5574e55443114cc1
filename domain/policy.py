"""A policy: the numbers that one regime asks for, each with its source. Pure.

A policy is data. It is written in a file, adopted by a program or brought by a payer, and carried
whole in the event of its adoption: a verdict can be worked out again when the file is long gone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

from domain import bounds
from domain.care import Population, Service
from domain.errors import PolicyUnsound

Regime = Literal["asam", "medicare", "payer", "state"]
"""Who asks: the criteria of the field, Medicare, a payer of its own, or a state."""

RuleName = Literal[
    # Of a week
    "prescribed-hours",
    "offered-hours",
    "attended-hours",
    "too-many-hours",
    "days-a-week",
    "taper-weeks",
    "individual-a-week",
    "longest-stay",
    "authorization-units",
    "authorization-days",
    # Of a month
    "individual-a-month",
    "family-a-month",
    # Of a day
    "billable-day",
    "services-a-day",
    # Of a visit
    "note-due",
    "outreach-due",
    "make-up-owed",
    # Of a stay
    "counselor-assigned",
    "plan-review",
    "certification",
    "phq-9",
    "gad-7",
    "bam",
    "drug-test",
    "absence-review",
    "contact",
    "court-report",
    # Of a session
    "group-size",
    "group-minimum",
    "education-size",
    "sheet-due",
    # Of a counselor
    "caseload",
]
"""What the rules are called, wherever a finding or a waiver speaks of one."""

Unit = Literal[
    "minutes",
    "hours",
    "days",
    "business days",
    "weeks",
    "months",
    "times",
    "visits",
    "sessions",
    "patients",
    "units",
]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a parameter says, in which unit, and within which bounds it makes sense."""

    says: str
    unit: Unit
    least: int
    greatest: int


WEEK_OF_MINUTES = 7 * 24 * 60

PARAMETERS: Mapping[str, Meaning] = {
    # Nine hours is four rules: prescribed, offered, attended, and what a day has to hold.
    "prescribed_minutes_min": Meaning("minutes a week in the plan", "minutes", 1, WEEK_OF_MINUTES),
    "offered_minutes_min": Meaning(
        "minutes a week on the patient's schedule", "minutes", 1, WEEK_OF_MINUTES
    ),
    "attended_minutes_min": Meaning(
        "minutes a week that the patient attends", "minutes", 1, WEEK_OF_MINUTES
    ),
    "attended_minutes_max": Meaning(
        "minutes a week at this level at most", "minutes", 1, WEEK_OF_MINUTES
    ),
    "day_minutes_min": Meaning("minutes that make a billable day", "minutes", 1, 24 * 60),
    "days_per_week_min": Meaning("days of treatment a week", "days", 1, 7),
    "taper_weeks_max": Meaning("weeks below the minimum on the way out", "weeks", 1, 52),
    "day_services_min": Meaning("services that make a day of the lower tier", "times", 1, 20),
    "day_services_full": Meaning("services that make a day of the upper tier", "times", 1, 20),
    "individual_per_week_min": Meaning("individual sessions a week", "times", 1, 7),
    "individual_per_month_min": Meaning("individual sessions a month", "times", 1, 31),
    "family_per_month_min": Meaning("family sessions a month", "times", 1, 31),
    "group_min": Meaning("patients that make a group", "patients", 2, 100),
    "group_max": Meaning("patients in a group", "patients", 2, 100),
    "education_max": Meaning("patients in an education", "patients", 2, 500),
    "caseload_max": Meaning("patients a counselor", "patients", 1, 500),
    "counselor_days": Meaning("days to a counselor of the patient's own", "days", 0, 366),
    "plan_review_days": Meaning("days to the next review of the plan", "days", 1, 366),
    "plan_review_visits": Meaning("visits to the next review of the plan", "visits", 1, 366),
    "certification_days": Meaning("days to the next certification", "days", 1, 366),
    "certification_months": Meaning("months to the next certification", "months", 1, 12),
    "phq_9_days": Meaning("days to the next PHQ-9", "days", 1, 366),
    "gad_7_days": Meaning("days to the next GAD-7", "days", 1, 366),
    "bam_days": Meaning("days to the next BAM", "days", 1, 366),
    "drug_test_days": Meaning("days to the next drug test", "days", 1, 366),
    "note_hours": Meaning("hours to the signed note", "hours", 1, 24 * 366),
    "note_days": Meaning("days to the signed note", "days", 1, 366),
    "note_business_days": Meaning("business days to the signed note", "business days", 1, 250),
    "note_before_next": Meaning(
        "next session of the same kind that finds the note signed", "sessions", 1, 1
    ),
    "sheet_days": Meaning("days to the signed sign-in sheet", "days", 0, 366),
    "outreach_hours": Meaning("hours to the first outreach after a miss", "hours", 1, 24 * 366),
    "absences_in_a_row": Meaning("missed sessions in a row that ask for a review", "times", 1, 50),
    "absences_in_30_days": Meaning(
        "missed sessions in 30 days that ask for a review", "times", 1, 100
    ),
    "absence_review_days": Meaning("days to the review that absences ask for", "days", 0, 366),
    "make_up_days": Meaning("days to make up what the program called off", "days", 1, 366),
    "no_contact_days": Meaning("days after which the patient is seen or reached", "days", 1, 366),
    "court_report_business_days": Meaning(
        "business days to the report of a month to a court", "business days", 1, 60
    ),
    "weeks_without_rationale_max": Meaning("weeks without a written rationale", "weeks", 1, 520),
    "units_left_min": Meaning("units left; with fewer a payer is asked", "units", 1, 1000),
    "days_left_min": Meaning("days left; with fewer a payer is asked", "days", 1, 366),
}
"""What a policy can ask for. A policy says nothing of a parameter that it does not have."""

PROGRAM_ONLY: frozenset[str] = frozenset(
    {"group_min", "group_max", "education_max", "sheet_days", "caseload_max"}
)
"""What binds a program, and no patient for themselves."""

SERVICES: tuple[Service, ...] = tuple(each for each in get_args(Service) if each != "break")
"""What can count: everything but breaks (9 CCR 9854)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a policy, with where it is written.

    `verified` is False where nobody has read the source: whoever shows the number says so.
    """

    key: str
    value: int
    citation: str
    verified: bool

    @property
    def meaning(self) -> Meaning:
        """What the number is."""
        return PARAMETERS[self.key]


@dataclass(frozen=True)
class Policy:
    """The numbers of one regime in one version.

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
        """Return a number; None where the policy says nothing of it."""
        return self._by_key.get(key)

    @cached_property
    def asked(self) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """The rules of each kind of which it has a number, as far as somebody has asked."""
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

    What is about a whole group, sheet or caseload is asked of the program.
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
    for key, times in Counter(each.key for each in policy.parameters).items():
        if times > 1:
            yield key, "is there twice"
    for each in policy.parameters:
        yield from _out_of_bounds(each)
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
    ("reviews of the plan are", ("plan_review_days", "plan_review_visits")),
    ("certifications are", ("certification_days", "certification_months")),
)
"""What is due by one of several clocks."""

_ASK_FOR_A_REVIEW = ("absences_in_a_row", "absences_in_30_days")
"""What asks for a review of absences, which is due in `absence_review_days`."""


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
    if "day_services_full" in has and "day_services_min" not in has:
        yield "day_services_full", "needs day_services_min"


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
