"""A finding: what one rule of one policy comes to, and what proves it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from domain.policy import RuleName
from domain.policy_parameters import Unit

ASKED_BY: Mapping[RuleName, tuple[str, ...]] = {
    "prescribed-hours": ("prescribed_minutes_min",),
    "offered-hours": ("offered_minutes_min",),
    "average-hours": ("average_offered_minutes_min",),
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
    "total-hours": ("total_minutes_min",),
    "counselor-assigned": ("counselor_days",),
    "first-plan": (
        "first_plan_days",
        "first_plan_visits",
        "first_plan_contacts",
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

Reason = Literal[
    "policy",
    "minutes",
    "services",
    "primary-service",
    "video",
    "signature",
    "note",
    "cosignature",
    "authorization",
    "certification",
    "partial-hospitalization",
    "excluded",
]
"""Why a day, or a service on it, cannot be billed as it is on record.

`policy`: none says what makes a day. `minutes`, `services`, `primary-service`: too few. `video`:
too few of them in person. `signature`: a visit has no signed note. `note`: a service has none of
the patient's own. `cosignature`: its note waits for one. `authorization`: none has a unit left for
the day. `certification`: none holds. `partial-hospitalization`: the day lies in it, or too soon
after it. `excluded`: of a service, that it is not billed beside the code of the day.
"""

NO_DAY = date(9000, 1, 1)
"""The last day of what is on track and has none: nobody knows yet on which day it is due."""


@dataclass(slots=True, unsafe_hash=True)
class Finding:
    """What a rule says of somebody or something and a period.

    `until` is the instant until which it says so if nothing happens, None where that is for ever;
    what is on track for ever waits for something to happen, and its last day is `NO_DAY`.
    `patient_id` is None where it is about no single patient; `about` is the id of the session, of
    the counselor or of the program that it is about, None where patient and period say it all.
    `measured` is None where nothing could be, `because` says in one sentence why the state is what
    it is. `evidence` names the events from which each number can be worked out again, the adoption
    of the policy among them (aggregate:version, sorted). `mends` names the sessions whose record
    would change the verdict if it were completed.
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
