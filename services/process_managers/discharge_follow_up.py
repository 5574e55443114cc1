"""A discharge is followed through: whatever the patient still had after it is given back."""

from collections.abc import Iterator
from datetime import datetime

from domain.aggregate import CommandContext, Event
from domain.patient import DischargeCorrected, PatientDischarged
from services.application import CommandRunner
from services.application.discharge import follow_discharge_through
from services.process_managers.process_manager import ProcessManager, Task


class Discharges(ProcessManager):
    """Gives back what was booked, or waited for, while a discharge was being recorded."""

    name = "discharges"
    follows = (PatientDischarged, DischargeCorrected)

    def tasks(self, event: Event) -> Iterator[Task]:
        """Yield the following through of a discharge."""
        match event:
            case PatientDischarged() | DischargeCorrected():
                yield Task(event.originator_id, event.timestamp)

    def do(self, daybook: CommandRunner, context: CommandContext, key: str) -> datetime | None:
        """Give back what a patient has after their last day."""
        daybook.handle(context, follow_discharge_through, key)
        return None
