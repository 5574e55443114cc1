"""What a policy can ask for: each parameter with what it says, its unit and its bounds. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
    "average_offered_minutes_min": Meaning(
        "minutes a week on the schedule, on average over the weeks", "minutes", 1, WEEK_OF_MINUTES
    ),
    "total_minutes_min": Meaning(
        "minutes in all, over the first weeks of a stay", "minutes", 1, 52 * WEEK_OF_MINUTES
    ),
    "total_weeks": Meaning("weeks over which minutes are counted in all", "weeks", 1, 52),
    "attended_minutes_min": Meaning(
        "minutes a week that the patient attends", "minutes", 1, WEEK_OF_MINUTES
    ),
    "attended_minutes_max": Meaning(
        "minutes a week at this level at most", "minutes", 1, WEEK_OF_MINUTES
    ),
    "day_minutes_min": Meaning("minutes that make a billable day", "minutes", 1, 24 * 60),
    "discrete_below_minimum": Meaning(
        "days below the minimum are billed by their discrete services", "times", 1, 1
    ),
    "hourly_below_minimum": Meaning("days below the minimum are billed by the hour", "times", 1, 1),
    "days_per_week_min": Meaning("days of treatment a week", "days", 1, 7),
    "gap_days_max": Meaning("days in a row without a service on the schedule", "days", 0, 31),
    "taper_weeks_max": Meaning("weeks below the minimum on the way out", "weeks", 1, 52),
    "day_services_min": Meaning("services that make a day of the lower tier", "times", 1, 20),
    "day_services_full": Meaning("services that make a day of the upper tier", "times", 1, 20),
    "primary_services_min": Meaning("primary services on a day", "times", 1, 20),
    "in_person_services_min": Meaning("services on a day that are not by video", "times", 1, 20),
    "groups_per_day_min": Meaning("groups on a day of treatment", "times", 1, 20),
    "php_days_after": Meaning(
        "days after partial hospitalization without a day of this level", "days", 0, 366
    ),
    "individual_per_week_min": Meaning("individual sessions a week", "times", 1, 7),
    "individual_minutes_min": Meaning(
        "minutes that make an individual session", "minutes", 1, 24 * 60
    ),
    "psychiatric_per_week_min": Meaning("psychiatric visits a week", "times", 1, 7),
    "individual_per_month_min": Meaning("individual sessions a month", "times", 1, 31),
    "family_per_month_min": Meaning("family sessions a month", "times", 1, 31),
    "group_min": Meaning("patients that make a group", "patients", 2, 100),
    "group_max": Meaning("patients in a group", "patients", 2, 100),
    "education_max": Meaning("patients in an education", "patients", 2, 500),
    "caseload_max": Meaning("patients a counselor", "patients", 1, 500),
    "program_caseload_max": Meaning(
        "patients a counselor, on average of the program", "patients", 1, 500
    ),
    "counselor_days": Meaning("days to a counselor of the patient's own", "days", 0, 366),
    "plan_review_days": Meaning("days to the next review of the plan", "days", 1, 366),
    "plan_review_visits": Meaning("visits to the next review of the plan", "visits", 1, 366),
    "first_plan_days": Meaning("days to the first plan of care", "days", 0, 366),
    "first_plan_visits": Meaning("visits to the first plan of care, one a day", "visits", 1, 366),
    "first_plan_contacts": Meaning(
        "visits to the first plan of care, or its days where those are later", "visits", 1, 366
    ),
    "certification_days": Meaning("days to the next certification", "days", 1, 366),
    "certification_months": Meaning("months to the next certification", "months", 1, 12),
    "first_certification_days": Meaning("days to the first certification", "days", 0, 366),
    "phq_9_days": Meaning("days to the next PHQ-9", "days", 1, 366),
    "gad_7_days": Meaning("days to the next GAD-7", "days", 1, 366),
    "bam_days": Meaning("days to the next BAM", "days", 1, 366),
    "drug_test_days": Meaning("days to the next drug test", "days", 1, 366),
    "drug_test_stable_days": Meaning("days to the next drug test of who is stable", "days", 1, 366),
    "note_hours": Meaning("hours to the signed note", "hours", 1, 24 * 366),
    "note_days": Meaning("days to the signed note", "days", 1, 366),
    "note_business_days": Meaning("business days to the signed note", "business days", 1, 250),
    "note_before_next": Meaning(
        "next session of the same kind that finds the note signed", "sessions", 1, 1
    ),
    "crisis_note_hours": Meaning("hours to the signed note about a crisis", "hours", 1, 24 * 366),
    "cosign_business_days": Meaning(
        "business days to the co-signature under a note", "business days", 0, 250
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
    "discharge_summary_days": Meaning("days to the discharge summary", "days", 0, 366),
    "discharge_summary_business_days": Meaning(
        "business days to the discharge summary", "business days", 0, 250
    ),
    "discharge_summary_months": Meaning("months to the discharge summary", "months", 1, 12),
    "court_report_business_days": Meaning(
        "business days to the report of a month to a court", "business days", 1, 60
    ),
    "noncompliance_report_business_days": Meaning(
        "business days to the report of noncompliance to a court", "business days", 1, 60
    ),
    "emergency_report_business_days": Meaning(
        "business days to the report of an emergency to a court", "business days", 0, 60
    ),
    "weeks_without_rationale_max": Meaning("weeks without a written rationale", "weeks", 1, 520),
    "units_left_min": Meaning("units left; with fewer a payer is asked", "units", 1, 1000),
    "days_left_min": Meaning("days left; with fewer a payer is asked", "days", 1, 366),
}
"""What a policy can ask for. A policy says nothing of a parameter that it does not have."""

PROGRAM_ONLY: frozenset[str] = frozenset(
    {
        "group_min",
        "sheet_days",
        "program_caseload_max",
    }
)
"""What is asked of a program as a whole, and by no payer for its patients."""
