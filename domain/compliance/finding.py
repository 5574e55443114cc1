"""A finding: what one rule of one policy comes to, and what proves it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from domain.policy import RuleName
from domain.policy_parameters import Unit

IN_WORDS: Mapping[RuleName, str] = {
    "prescribed-hours": "The plan of care prescribes enough minutes a week.",
    "offered-hours": "The patient's schedule offers enough minutes in the week.",
    "average-hours": "The patient's schedule offers enough minutes a week on average.",
    "total-hours": "The first weeks of the stay hold enough minutes in all.",
    "attended-hours": "The patient attends enough minutes in the week.",
    "too-many-hours": "The patient attends no more minutes in the week than this level has.",
    "days-a-week": "The patient attends on enough separate days of the week.",
    "longest-gap": "No more than so many days in a row are without a service.",
    "taper-weeks": "A taper leads to a lighter level of care within so many weeks.",
    "individual-a-week": "The patient attends enough individual sessions in the week.",
    "psychiatric-a-week": "The patient has enough psychiatric visits in the week.",
    "longest-stay": "The stay goes on no longer than so many weeks without a written rationale.",
    "authorization-units": "Enough units of the payer's authorization are left.",
    "authorization-days": "The payer's authorization goes on for enough days.",
    "individual-a-month": "The patient attends enough individual sessions in the month.",
    "family-a-month": "There are enough family sessions in the month.",
    "billable-day": "A day on which the patient comes holds enough minutes to be billed.",
    "services-a-day": "A day on which the patient comes holds enough services to be billed.",
    "primary-service": "A day on which the patient comes has a primary service.",
    "in-person": "A day on which the patient comes is not by video alone.",
    "group-each-day": "A day of treatment has enough groups.",
    "partial-hospitalization": "No day lies in partial hospitalization, or too soon after it.",
    "note-due": "The note about a visit is signed in time.",
    "crisis-note": "The note about a crisis is signed in time.",
    "cosignature": "A note is co-signed in time where its author's credential asks for it.",
    "outreach-due": "Somebody tries in time to reach a patient who did not come.",
    "make-up-owed": "A session that the program called off is made up in time.",
    "counselor-assigned": "The patient has a counselor of their own in time.",
    "first-plan": "The first plan of care is made in time.",
    "plan-review": "The plan of care is reviewed in time.",
    "first-certification": "A physician certifies at the beginning that the care is needed.",
    "certification": "A physician certifies in time that the care is needed.",
    "phq-9": "The patient answers a PHQ-9 in time.",
    "gad-7": "The patient answers a GAD-7 in time.",
    "bam": "The patient answers a BAM in time.",
    "drug-test": "The patient gives a specimen for a drug test in time.",
    "absence-review": "Somebody reviews the plan in time after repeated absence.",
    "contact": "The patient is seen or spoken to within so many days.",
    "discharge-summary": "The discharge summary is signed in time.",
    "court-report": "A month is reported in time to the court to which the patient agreed.",
    "noncompliance-report": "Noncompliance is reported in time to the court that is named.",
    "emergency-report": "An emergency is reported in time to the court that is named.",
    "group-size": "A group has no more patients than it may.",
    "group-minimum": "A group has enough patients to be one.",
    "education-size": "An education has no more patients than it may.",
    "sheet-due": "The sign-in sheet of a session is signed in time.",
    "caseload": "A counselor has no more patients than they may.",
    "program-caseload": "The program has enough counselors for its patients.",
}
"""Each rule as a sentence that is true where it is met."""

ASKED_BY: Mapping[RuleName, tuple[str, ...]] = {
    "prescribed-hours": ("prescribed_minutes_min",),
    "offered-hours": ("offered_minutes_min",),
    "average-hours": ("average_offered_minutes_min",),
    "total-hours": ("total_minutes_min",),
    "attended-hours": ("attended_minutes_min",),
    "too-many-hours": ("attended_minutes_max",),
    "days-a-week": ("days_per_week_min",),
    "longest-gap": ("gap_days_max",),
    "taper-weeks": ("taper_weeks_max",),
    "individual-a-week": ("individual_per_week_min",),
    "psychiatric-a-week": ("psychiatric_per_week_min",),
    "longest-stay": ("weeks_without_rationale_max",),
    "authorization-units": ("units_left_min",),
    "authorization-days": ("days_left_min",),
    "individual-a-month": ("individual_per_month_min",),
    "family-a-month": ("family_per_month_min",),
    "billable-day": ("day_minutes_min",),
    "services-a-day": ("day_services_min",),
    "primary-service": ("primary_services_min",),
    "in-person": ("in_person_services_min",),
    "group-each-day": ("groups_per_day_min",),
    "partial-hospitalization": ("php_days_after",),
    "note-due": ("note_hours", "note_days", "note_business_days", "note_before_next"),
    "crisis-note": ("crisis_note_hours",),
    "cosignature": ("cosign_business_days",),
    "outreach-due": ("outreach_hours",),
    "make-up-owed": ("make_up_days",),
    "counselor-assigned": ("counselor_days",),
    "first-plan": (
        "first_plan_days",
        "first_plan_visits",
    ),
    "plan-review": ("plan_review_days", "plan_review_visits"),
    "first-certification": ("first_certification_days",),
    "certification": ("certification_days", "certification_months"),
    "phq-9": ("phq_9_days",),
    "gad-7": ("gad_7_days",),
    "bam": ("bam_days",),
    "drug-test": ("drug_test_days",),
    "absence-review": ("absence_review_days",),
    "contact": ("no_contact_days",),
    "discharge-summary": (
        "discharge_summary_days",
        "discharge_summary_business_days",
        "discharge_summary_months",
    ),
    "court-report": ("court_report_business_days",),
    "noncompliance-report": ("noncompliance_report_business_days",),
    "emergency-report": ("emergency_report_business_days",),
    "group-size": ("group_max",),
    "group-minimum": ("group_min",),
    "education-size": ("education_max",),
    "sheet-due": ("sheet_days",),
    "caseload": ("caseload_max",),
    "program-caseload": ("program_caseload_max",),
}
"""The parameter of a policy, or one of several, by which each rule is asked for."""

State = Literal[
    "on_track", "at_risk", "impossible", "met", "breached", "waived", "not_applicable", "unknown"
]
"""Whether a rule is kept; `unknown` where a fact is missing that would decide it.

While there is time: `on_track` where it will be kept if all goes as it is scheduled, or where it is
not due yet; `at_risk` where that no longer suffices but could be made to; `impossible` where no
session is left that could.
"""

Reason = Literal["policy", "minutes", "services", "signature", "authorization", "certification"]
"""Why a day cannot be billed as it is on record: what is not enough, or is missing.

`policy`: none says what makes a day. `minutes`, `services`: too few. `signature`: a visit has no
signed note. `authorization`: none has a unit left for it. `certification`: none holds.
"""

NO_DAY = date(9000, 1, 1)
"""The last day of what is on track and has none: nobody knows yet on which day it is due."""


@dataclass(slots=True, unsafe_hash=True)
class Finding:
    """What a rule says of somebody or something and a period.

    `until` is the instant until which it says so if nothing happens, None where that is for ever;
    what is on track for ever waits for something to happen, and its last day is `NO_DAY`.
    `patient_id` is None where it is about no single patient; `about` is the id of the session or
    of the counselor that it is about, None where patient and period say it all. `measured` is None
    where nothing could be, `because` says in one sentence why the state is what it is. `evidence`
    names the events from which each number can be worked out again, the adoption of the policy
    among them (aggregate:version, sorted). `mends` names the sessions whose record would change the
    verdict if it were completed.
    """

    rule: RuleName
    policy_id: str
    version: int
    patient_id: str | None
    about: str | None
    first_day: date
    last_day: date
    state: State
    measured: int | None
    required: int
    unit: Unit
    because: str
    evidence: tuple[str, ...]
    mends: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def finding_id(self) -> str:
        """What it is called: the same however the verdict changes, and says nothing of anybody."""
        return _name(self.rule, self.policy_id, self.patient_id, self.about, self.first_day)

    def restate(self, state: State, because: str, until: datetime | None) -> "Finding":
        """Say something else, for whoever has just made it; return it."""
        self.state, self.because, self.until = state, because, until
        return self


@lru_cache(maxsize=2**16)
def _name(*parts: object) -> str:
    named = "\x1f".join(str(each or "") for each in parts)
    return sha256(named.encode()).hexdigest()[:16]
