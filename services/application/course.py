"""Commands about the course of a treatment: who pays, who is the counselor, why it goes on."""

from datetime import date

from domain.aggregate import Cause
from services.application.work import Desk, Work


class Courses(Desk):
    """The commands about what may change while a treatment goes on."""

    def change_payer(self, cause: Cause, patient_id: str, payer: str, from_day: date) -> None:
        """Let somebody else pay for a patient from a day on."""
        self.decide(
            cause, lambda work: work.patient(patient_id).change_payer(cause, payer, from_day)
        )

    def assign_counselor(
        self, cause: Cause, patient_id: str, staff_id: str, from_day: date
    ) -> None:
        """Let somebody of the staff be a patient's counselor from a day on.

        Raises NoCredential for somebody who is not there, or has no credential on that day.
        """

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.facility(patient.facility_id).credential_on(staff_id, from_day)
            patient.assign_counselor(cause, staff_id, from_day)

        self.decide(cause, decision)

    def justify_stay(self, cause: Cause, patient_id: str, justified_on: date) -> None:
        """Record that the author wrote down why a treatment goes on at this level."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, justified_on)
            facility = work.facility(patient.facility_id)
            credential = facility.credential_on(cause.author, justified_on)
            patient.justify_stay(cause, justified_on, credential)

        self.decide(cause, decision)
