"""Commands about the course of a treatment: payer, counselor, why it goes on, leaves."""

from datetime import date

from domain.aggregate import CommandContext
from services.application.unit_of_work import CommandHandler, UnitOfWork


class Courses(CommandHandler):
    """The commands about what may change while a treatment goes on."""

    def change_payer(
        self, context: CommandContext, patient_id: str, payer: str, from_day: date
    ) -> None:
        """Let somebody else pay for a patient from a day on."""
        self.decide(
            context, lambda work: work.patient(patient_id).change_payer(context, payer, from_day)
        )

    def assign_counselor(
        self, context: CommandContext, patient_id: str, staff_id: str, from_day: date
    ) -> None:
        """Let somebody of the staff be a patient's counselor from a day on.

        Raises NoCredential for somebody who is not there, or has no credential on that day.
        """

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.facility(patient.facility_id).credential_on(staff_id, from_day)
            patient.assign_counselor(context, staff_id, from_day)

        self.decide(context, decision)

    def justify_stay(self, context: CommandContext, patient_id: str, justified_on: date) -> None:
        """Record that the author wrote down why a treatment goes on at this level."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, justified_on)
            facility = work.facility(patient.facility_id)
            credential = facility.credential_on(context.author, justified_on)
            patient.justify_stay(context, justified_on, credential)

        self.decide(context, decision)

    # Leaves

    def grant_leave(
        self, context: CommandContext, patient_id: str, first_day: date, last_day: date, reason: str
    ) -> None:
        """Let a patient be away on these days, both included; the clocks of their stay stand still.

        What is booked stays booked: an absence on such a day is excused or released as any other.
        """
        self.decide(
            context,
            lambda work: work.patient(patient_id).grant_leave(context, first_day, last_day, reason),
        )

    def revise_leave(
        self,
        context: CommandContext,
        patient_id: str,
        first_day: date,
        last_day: date | None,
        reason: str,
    ) -> None:
        """Let the leave that begins on `first_day` end on another day, or (None) never have been.

        What is booked stays booked.
        """
        self.decide(
            context,
            lambda work: work.patient(patient_id).revise_leave(
                context, first_day, last_day, reason
            ),
        )
