"""What rules are called, as headings."""

from collections.abc import Mapping

from domain.policy import RuleName

RULE_NAMES: Mapping[RuleName, str] = {
    "prescribed-hours": "Hours in the plan",
    "offered-hours": "Hours offered in a week",
    "average-hours": "Hours offered a week on average",
    "attended-hours": "Hours attended in a week",
    "too-many-hours": "Most hours attended in a week",
    "days-a-week": "Days attended in a week",
    "longest-gap": "Days without a service",
    "taper-weeks": "Weeks of taper",
    "individual-a-week": "Individual sessions in a week",
    "psychiatric-a-week": "Psychiatric visit in a week",
    "longest-stay": "Length of stay",
    "authorization-units": "Authorized days left",
    "authorization-days": "Days to the end of the authorization",
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
    "make-up-owed": "Session that the program called off made up",
    "total-hours": "Hours in the first weeks",
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


def rule_name(rule: RuleName) -> str:
    """Return what a rule is called."""
    return RULE_NAMES[rule]
