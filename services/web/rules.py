"""What pages call rules, what they come to, and who can do something about it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from domain import plurals
from domain.compliance.causes import cause_of
from domain.compliance.finding import State
from domain.plurals import counted
from domain.policy import RuleName
from domain.policy_parameters import Unit
from services.reports.rule_names import rule_name
from services.reports.verdict_words import (
    NOTHING_TO_COME,
    STATES,
    admission_words,
    miss,
    numbers,
    visit_words,
    week_words,
)
from services.web.words import by_when, dated, day, hours

COMMANDS: Mapping[RuleName, tuple[str, str]] = {
    "counselor-assigned": ("patient.assign-counselor", "Assign a counselor"),
    "first-plan": ("patient.set-plan", "Set the plan"),
    "plan-review": ("patient.review-plan", "Record the review"),
    "absence-review": ("patient.review-plan", "Record the review"),
    "first-certification": ("patient.certify-care", "Certify the care"),
    "certification": ("patient.certify-care", "Certify the care"),
    "longest-stay": ("patient.justify-stay", "Write the rationale"),
    "phq-9": ("assessment.take", "Take the PHQ-9"),
    "gad-7": ("assessment.take", "Take the GAD-7"),
    "bam": ("assessment.take", "Take the BAM"),
    "drug-test": ("drug-testing.order", "Order a drug test"),
    "discharge-summary": ("patient.sign-discharge-summary", "Sign the summary"),
    "court-report": ("patient.disclose", "Record the report"),
    "noncompliance-report": ("patient.disclose", "Record the report"),
    "emergency-report": ("patient.disclose", "Record the report"),
    "outreach-due": ("patient.attempt-outreach", "Record a call"),
    "contact": ("patient.attempt-outreach", "Record a call"),
    "authorization-units": ("patient.authorize", "Record an authorization"),
    "authorization-days": ("patient.authorize", "Record an authorization"),
}
"""The command by which something is done that a rule asks for, and what doing it is called."""


class Standing(NamedTuple):
    """How it stands with a rule: in words, with a color and a sign."""

    words: str
    color: str
    sign: str


LOOKS: Mapping[State, tuple[str, str]] = {
    "impossible": ("brick", "cross"),
    "at_risk": ("amber", "warning"),
    "breached": ("brick", "cross"),
    "unknown": ("amber", "warning"),
    "on_track": ("pine", "check"),
    "met": ("pine", "check"),
    "waived": ("indigo", "shield"),
    "not_applicable": ("", "check"),
}
"""The color and the sign of each state."""

STANDINGS: Mapping[str, Standing] = {
    **{state: Standing(STATES[state].capitalize(), *look) for state, look in LOOKS.items()},
    "late": Standing("Not met, late", "brick", "clock"),
    "missed": Standing("Not met", "brick", "cross"),
    "due": Standing("Due", "", "clock"),
    "idle": Standing(NOTHING_TO_COME.capitalize(), "brick", "calendar"),
}
"""How each state is shown, and what is still to be done: late, or due. `idle` is who has no session
in a period, in which no other can be joined either."""


STATES_OF = {"late": "breached", "missed": "breached", "idle": "impossible"}
"""The state of what stands otherwise."""


_SAME = ("patient_id", "rule", "about", "from", "to", "standing", "measured", "required", "unit")
"""What findings of several policies have in common that are told as one."""


def as_one(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return findings of which several say the same as one each, in the order of the first.

    Several policies may ask for the same of the same days. Each row has the `findings` and the
    `policies` that it stands for; what else it says is that of the first.
    """
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row.get(name) for name in _SAME)
        one = told.setdefault(key, {**row, "findings": [], "policies": []})
        one["findings"].append(row["finding"])
        one["policies"].append(row["policy"])
    return list(told.values())


def standing_of(row: Mapping[str, Any]) -> str:
    """Return how a finding stands, of a row that has why, by its `standing` or `state`."""
    standing = str(row.get("standing") or row["state"])
    is_idle = standing == "impossible" and cause_of(row["because"]) == "nothing-scheduled"
    return "idle" if is_idle else standing


def amount(number: int, unit: Unit) -> str:
    """Return a number with its unit, as 6 h 40, 3 days or once."""
    if unit == "minutes":
        return hours(number)
    if unit == "times":
        return {1: "once", 2: "twice"}.get(number, f"{number} times")
    return plurals.amount(number, unit)


def measured(row: Mapping[str, Any]) -> str:
    """Return what was measured against what is asked for, as 6 h of 9 h; or what is asked for."""
    return numbers(row, _written)


def missed(row: Mapping[str, Any]) -> str:
    """Return by how much a rule is not met, as 2 min under; nothing where it is met."""
    standing = row.get("standing") or row["state"]
    return miss({**row, "state": STATES_OF.get(standing, standing)}, _written)


def _written(number: int, many: str) -> str:
    return hours(number) if many == "minutes" else plurals.amount(number, many)


def period(first: date, last: date | None, today: date) -> str:
    """Return the days that something is about, as the week of Nov 16."""
    if last is None:
        return f"since {day(first)}"
    if last == first:
        return day(first) if abs(today - first) < timedelta(days=300) else dated(first)
    if last - first == timedelta(days=6):
        return f"week of {first:%b} {first.day}"
    return f"{day(first)} to {day(last)}"


def due_words(row: Mapping[str, Any], today: date) -> str:
    """Return by when something has to be done, or since when it is late."""
    standing, last, until = row["standing"], row["to"], row["until"]
    if standing == "late" and last:
        ago = (today - last).days
        return "today" if ago <= 0 else f"was due {day(last)}, {counted(ago, 'day')} ago"
    if standing == "at_risk" and isinstance(until, datetime):
        return by_when(until)
    if last is None:
        return "with the next session"
    if standing == "due":
        left = (last - today).days
        when = "today" if left <= 0 else "tomorrow" if left == 1 else f"in {left} days"
        return f"{when}, {day(last)}"
    return day(last)


FILTERS: dict[str, Any] = {
    "rule_name": rule_name,
    "measured": measured,
    "missed": missed,
    "amount": amount,
    "visit_words": visit_words,
    "week_words": lambda week: week_words(week, _written),
    "admission_words": admission_words,
    "standing": lambda state: STANDINGS[state].words,
}
