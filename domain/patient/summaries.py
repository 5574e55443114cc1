"""The discharge summary of each treatment that has ended."""

from dataclasses import field
from datetime import date

from domain.aggregate import CommandContext, Event
from domain.errors import EndsBeforeStart, NotOnRecord
from domain.patient import events as on
from domain.patient.state import PatientState


class Summaries(PatientState):
    """Guards that what is summed up is a treatment that has ended."""

    summaries: dict[date, tuple[str, ...]] = field(default_factory=dict)
    """By the last day of a treatment, who signed a summary of it, and when."""

    # Commands

    def sign_summary(
        self,
        context: CommandContext,
        signed_on: date,
        *,
        credential: str,
        discharged_on: date | None = None,
    ) -> None:
        """Record that the author signed the summary of a treatment.

        It is the one whose last day is `discharged_on`, or the last one that has ended.
        """
        ended = [stay.discharge.day for stay in self.earlier]
        ended += [self.discharge.day] if self.discharge else []
        last_day = discharged_on or max(ended, default=None)
        if last_day is None or last_day not in ended:
            raise NotOnRecord(what="discharge")
        if signed_on < last_day:
            raise EndsBeforeStart(start="the discharge", end="its summary")
        if _signature(signed_on, context.signer) not in self.summaries.get(last_day, ()):
            self.record(
                on.DischargeSummarySigned,
                context,
                signed_on=signed_on,
                discharged_on=last_day,
                credential=credential,
            )

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case on.DischargeSummarySigned():
                known = self.summaries.get(event.discharged_on, ())
                signed = _signature(event.signed_on, event.signer)
                self.summaries[event.discharged_on] = (*known, signed)
            case _:
                super().apply(event)


def _signature(signed_on: date, signer: str) -> str:
    return f"{signed_on} {signer}"
