"""What pages call rules, what they come to, and who can do something about it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from domain.policy import RuleName
from domain.policy_parameters import Unit
from services.web.words import counted, dated, day, hours, moment

RULE_NAMES: Mapping[RuleName, str] = {
    "prescribed-hours": "Hours in the plan",
    "offered-hours": "Hours offered in a week",
    "average-hours": "Hours offered a week on average",
    "total-hours": "Hours in the first weeks",
    "attended-hours": "Hours attended in a week",
    "too-many-hours": "Most hours in a week",
    "days-a-week": "Days attended in a week",
    "longest-gap": "Days without a service",
    "taper-weeks": "Weeks of taper",
    "individual-a-week": "Individual sessions in a week",
    "psychiatric-a-week": "Psychiatric visit in a week",
    "longest-stay": "Length of stay",
    "authorization-units": "Authorized days left",
    "authorization-days": "Authorization runs out",
    "individual-a-month": "Individual sessions in a month",
    "family-a-month": "Family sessions in a month",
    "billable-day": "Minutes for a billable day",
    "services-a-day": "Services for a billable day",
    "primary-service": "Primary service on a day",
    "in-person": "Day not by video alone",
    "group-each-day": "Group on each day",
    "partial-hospitalization": "Apart from partial hospitalization",
    "note-due": "Note signed",
    "crisis-note": "Note about a crisis signed",
    "cosignature": "Note co-signed",
    "outreach-due": "Call after a missed session",
    "make-up-owed": "Called-off session made up",
    "counselor-assigned": "Counselor assigned",
    "first-plan": "First plan of care",
    "plan-review": "Plan of care reviewed",
    "first-certification": "Care certified at the beginning",
    "certification": "Care certified",
    "phq-9": "PHQ-9",
    "gad-7": "GAD-7",
    "bam": "BAM",
    "drug-test": "Drug test",
    "absence-review": "Plan reviewed after absences",
    "contact": "Contact with the patient",
    "discharge-summary": "Discharge summary signed",
    "court-report": "Report to the court",
    "noncompliance-report": "Noncompliance reported to the court",
    "emergency-report": "Emergency reported to the court",
    "group-size": "Size of a group",
    "group-minimum": "Enough patients for a group",
    "education-size": "Size of an education group",
    "sheet-due": "Sign-in sheet signed",
    "caseload": "Caseload of a counselor",
    "program-caseload": "Patients a counselor in the program",
}
"""Each rule as the heading of what it asks for."""

COMMANDS: Mapping[RuleName, tuple[str, str]] = {
    "counselor-assigned": ("patient.assign-counselor", "Assign a counselor"),
    "plan-review": ("patient.review-plan", "Record the review"),
    "absence-review": ("patient.review-plan", "Record the review"),
    "certification": ("patient.certify-care", "Certify the care"),
    "longest-stay": ("patient.justify-stay", "Write the rationale"),
    "phq-9": ("assessment.take", "Take the PHQ-9"),
    "gad-7": ("assessment.take", "Take the GAD-7"),
    "bam": ("assessment.take", "Take the BAM"),
    "drug-test": ("drug-testing.order", "Order a drug test"),
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


STANDINGS: Mapping[str, Standing] = {
    "late": Standing("Late", "brick", "clock"),
    "impossible": Standing("Cannot be kept", "brick", "cross"),
    "at_risk": Standing("At risk", "amber", "warning"),
    "missed": Standing("Not kept", "brick", "cross"),
    "breached": Standing("Not kept", "brick", "cross"),
    "unknown": Standing("Record incomplete", "amber", "warning"),
    "due": Standing("Due", "", "clock"),
    "on_track": Standing("On track", "pine", "check"),
    "met": Standing("Kept", "pine", "check"),
    "waived": Standing("Excepted", "indigo", "shield"),
    "not_applicable": Standing("Does not apply", "", "check"),
}


def rule_name(rule: RuleName) -> str:
    """Return what a rule is called."""
    return RULE_NAMES[rule]


def amount(number: int, unit: Unit) -> str:
    """Return a number with its unit, as 6 h 40, 3 days or once."""
    if unit == "minutes":
        return hours(number)
    if unit == "times":
        return {1: "once", 2: "twice"}.get(number, f"{number} times")
    return counted(number, unit.removesuffix("s"), unit)


def measured(row: Mapping[str, Any]) -> str:
    """Return what was measured against what is asked for, as 6 h of 9 h; or what is asked for."""
    required, unit = row["required"], row["unit"]
    if row["measured"] is None:
        return f"within {amount(required, unit)}"
    if unit == "minutes":
        return f"{hours(row['measured'])} of {hours(required)}"
    if unit == "times":
        return f"{row['measured']} of {required}"
    return f"{row['measured']} of {amount(required, unit)}"


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
        return f"until {moment(until)}"
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
    "amount": amount,
    "standing": lambda state: STANDINGS[state].words,
}
