"""Commands about the plan of care, its certification, what payers agreed to, what is waived.

The commands by which a plan is made and kept.
"""

from datetime import date

from domain.levels import Level
from domain.patient import Authorization, Plan, Prompt
from domain.policy import RuleName
from services.application.command import command
from services.application.unit_of_work import UnitOfWork


@command("patient.set-plan")
def set_plan(
    work: UnitOfWork,
    patient_id: str,
    plan: Plan,
    effective_from: date,
    prompt: Prompt | None = None,
) -> None:
    """Set the plan of care, or adjust the one that is there."""
    work.patient(patient_id).set_plan(work.context, plan, effective_from, prompt)


@command("patient.taper-plan")
def taper_plan(
    work: UnitOfWork,
    patient_id: str,
    plan: Plan,
    effective_from: date,
    to_level: Level,
) -> None:
    """Taper the plan, to lead over to a lighter level of care."""
    work.patient(patient_id).taper_plan(work.context, plan, effective_from, to_level)


@command("patient.review-plan")
def review_plan(work: UnitOfWork, patient_id: str, reviewed_on: date, next_review: date) -> None:
    """Record that the plan was reviewed, and when it is to be again."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, reviewed_on)
    patient.review_plan(work.context, reviewed_on, next_review)


@command("patient.certify-care")
def certify_care(
    work: UnitOfWork,
    patient_id: str,
    certified_on: date,
    due_by: date | None = None,
) -> None:
    """Certify that the patient needs this care. The author is the physician."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, certified_on)
    credential = work.own_credential(patient.facility_id, certified_on)
    patient.certify(work.context, certified_on, credential=credential, due_by=due_by)


@command("patient.authorize")
def authorize(work: UnitOfWork, patient_id: str, authorization: Authorization) -> None:
    """Record what a payer has agreed to pay for, or put it right."""
    work.patient(patient_id).authorize(work.context, authorization)


# Rules that do not bind


@command("patient.waive-rule")
def waive_rule(
    work: UnitOfWork,
    patient_id: str,
    rule: RuleName,
    *,
    first_day: date,
    last_day: date,
    reason: str,
) -> None:
    """Waive a rule for a patient for a while. The author is who answers for it."""
    work.patient(patient_id).waive_rule(
        work.context, rule, first_day=first_day, last_day=last_day, reason=reason
    )


@command("patient.withdraw-waiver")
def withdraw_waiver(
    work: UnitOfWork, patient_id: str, rule: RuleName, first_day: date, reason: str
) -> None:
    """Withdraw a waiver: the rule binds on each of its days."""
    work.patient(patient_id).withdraw_waiver(work.context, rule, first_day, reason)
