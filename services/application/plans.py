"""Commands about the plan of care, its certification, what payers agreed to, what is waived."""

from datetime import date

from domain.aggregate import CommandContext
from domain.compliance.finding import RuleName
from domain.levels import Level
from domain.patient import Authorization, Plan, Prompt
from services.application.unit_of_work import CommandHandler, UnitOfWork


class Plans(CommandHandler):
    """The commands by which a plan is made and kept."""

    def set_plan(
        self,
        context: CommandContext,
        patient_id: str,
        plan: Plan,
        effective_from: date,
        prompt: Prompt | None = None,
    ) -> None:
        """Set the plan of care, or adjust the one that is there."""
        self.decide(
            context,
            lambda work: work.patient(patient_id).set_plan(context, plan, effective_from, prompt),
        )

    def taper_plan(
        self,
        context: CommandContext,
        patient_id: str,
        plan: Plan,
        effective_from: date,
        to_level: Level,
    ) -> None:
        """Let the plan ask for less, to lead over to a lighter level of care."""
        self.decide(
            context,
            lambda work: work.patient(patient_id).taper_plan(
                context, plan, effective_from, to_level
            ),
        )

    def review_plan(
        self, context: CommandContext, patient_id: str, reviewed_on: date, next_review: date
    ) -> None:
        """Record that the plan was reviewed, and when it is to be again."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, reviewed_on)
            patient.review_plan(context, reviewed_on, next_review)

        self.decide(context, decision)

    def certify_care(
        self,
        context: CommandContext,
        patient_id: str,
        certified_on: date,
        due_by: date | None = None,
    ) -> None:
        """Certify that the patient needs this care. The author is the physician."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, certified_on)
            facility = work.facility(patient.facility_id)
            credential = facility.credential_on(context.author, certified_on)
            patient.certify(context, certified_on, credential=credential, due_by=due_by)

        self.decide(context, decision)

    def authorize(
        self, context: CommandContext, patient_id: str, authorization: Authorization
    ) -> None:
        """Record what a payer has agreed to pay for, or put it right."""
        self.decide(
            context, lambda work: work.patient(patient_id).authorize(context, authorization)
        )

    # Rules that do not bind

    def waive_rule(
        self,
        context: CommandContext,
        patient_id: str,
        rule: RuleName,
        *,
        first_day: date,
        last_day: date,
        reason: str,
    ) -> None:
        """Let a rule not bind for a patient for a while. The author is who answers for it."""
        self.decide(
            context,
            lambda work: work.patient(patient_id).waive_rule(
                context, rule, first_day=first_day, last_day=last_day, reason=reason
            ),
        )

    def withdraw_waiver(
        self, context: CommandContext, patient_id: str, rule: RuleName, first_day: date, reason: str
    ) -> None:
        """Let a rule that was waived bind on each of those days."""
        self.decide(
            context,
            lambda work: work.patient(patient_id).withdraw_waiver(context, rule, first_day, reason),
        )
