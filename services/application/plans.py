"""Commands about the plan of care, its certification, what payers agreed to, what is waived."""

from datetime import date

from domain.aggregate import Cause
from domain.compliance.finding import RuleName
from domain.levels import Level
from domain.patient import Authorization, Plan, Prompt
from services.application.unit_of_work import Desk, Work


class Plans(Desk):
    """The commands by which a plan is made and kept."""

    def set_plan(
        self,
        cause: Cause,
        patient_id: str,
        plan: Plan,
        effective_from: date,
        prompt: Prompt | None = None,
    ) -> None:
        """Set the plan of care, or adjust the one that is there."""
        self.decide(
            cause,
            lambda work: work.patient(patient_id).set_plan(cause, plan, effective_from, prompt),
        )

    def taper_plan(
        self, cause: Cause, patient_id: str, plan: Plan, effective_from: date, to_level: Level
    ) -> None:
        """Let the plan ask for less, to lead over to a lighter level of care."""
        self.decide(
            cause,
            lambda work: work.patient(patient_id).taper_plan(cause, plan, effective_from, to_level),
        )

    def review_plan(
        self, cause: Cause, patient_id: str, reviewed_on: date, next_review: date
    ) -> None:
        """Record that the plan was reviewed, and when it is to be again."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, reviewed_on)
            patient.review_plan(cause, reviewed_on, next_review)

        self.decide(cause, decision)

    def certify_care(
        self, cause: Cause, patient_id: str, certified_on: date, due_by: date | None = None
    ) -> None:
        """Certify that the patient needs this care. The author is the physician."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, certified_on)
            facility = work.facility(patient.facility_id)
            credential = facility.credential_on(cause.author, certified_on)
            patient.certify(cause, certified_on, credential=credential, due_by=due_by)

        self.decide(cause, decision)

    def authorize(self, cause: Cause, patient_id: str, authorization: Authorization) -> None:
        """Record what a payer has agreed to pay for, or put it right."""
        self.decide(cause, lambda work: work.patient(patient_id).authorize(cause, authorization))

    # Rules that do not bind

    def waive_rule(
        self,
        cause: Cause,
        patient_id: str,
        rule: RuleName,
        *,
        first_day: date,
        last_day: date,
        reason: str,
    ) -> None:
        """Let a rule not bind for a patient for a while. The author is who answers for it."""
        self.decide(
            cause,
            lambda work: work.patient(patient_id).waive_rule(
                cause, rule, first_day=first_day, last_day=last_day, reason=reason
            ),
        )

    def withdraw_waiver(
        self, cause: Cause, patient_id: str, rule: RuleName, first_day: date, reason: str
    ) -> None:
        """Let a rule that was waived bind on each of those days."""
        self.decide(
            cause,
            lambda work: work.patient(patient_id).withdraw_waiver(cause, rule, first_day, reason),
        )
