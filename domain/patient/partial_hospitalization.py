"""The patient's partial hospitalization, here or elsewhere, as far as it is known."""

from datetime import date

from domain.aggregate import CommandContext
from domain.errors import EndsBeforeStart, NotOnRecord, ReasonMissing
from domain.patient import events as on
from domain.patient.state import PatientState


class PartialHospitalization(PatientState):
    """Guards that its days are in order. It may lie before the treatment, or beside it.

    Medicare returns a claim of intensive outpatient care that overlaps with one of partial
    hospitalization, or follows it within seven days
    (https://nahri.org/articles/cms-releases-billing-requirements-new-condition-code-92).
    """

    def record_partial_hospitalization(
        self, context: CommandContext, first_day: date, last_day: date | None
    ) -> None:
        """Record its days, both included; None for the last while it goes on.

        What begins on a day that is on record gets another last day.
        """
        if last_day and last_day < first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        if first_day in self.hospitalized and self.hospitalized[first_day] == last_day:
            return
        facts = {"first_day": first_day, "last_day": last_day}
        self.record(on.PartialHospitalizationRecorded, context, **facts)

    def withdraw_partial_hospitalization(
        self, context: CommandContext, first_day: date, reason: str
    ) -> None:
        """Take back what begins on a day. Raises NotOnRecord, ReasonMissing."""
        if not reason.strip():
            raise ReasonMissing
        if first_day not in self.hospitalized:
            raise NotOnRecord(what="partial hospitalization")
        facts = {"first_day": first_day, "reason": reason}
        self.record(on.PartialHospitalizationWithdrawn, context, **facts)
