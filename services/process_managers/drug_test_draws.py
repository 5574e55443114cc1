"""Drug tests are drawn, soon after midnight by each facility's clocks."""

import logging
from collections.abc import Iterator
from datetime import datetime

from domain.aggregate import CommandContext, Event
from domain.errors import IdentityUnreadable, Refusal
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import IntervalEnded, IntervalSet
from services.application import CommandRunner
from services.application.monitoring import draw_drug_test
from services.process_managers.process_manager import ProcessManager, Task, next_midnight, zone_of

logger = logging.getLogger("daybook.managers")


class Draws(ProcessManager):
    """Looks each morning whether a patient's draw falls on the day. It reads no result."""

    name = "draws"
    follows = (IntervalSet, IntervalEnded)

    def tasks(self, event: Event) -> Iterator[Task]:
        """Yield the drawing of a patient's tests, while any are drawn."""
        match event:
            case IntervalSet():
                yield Task(event.originator_id, event.timestamp)
            case IntervalEnded():
                yield Task(event.originator_id, None)

    def do(self, daybook: CommandRunner, context: CommandContext, key: str) -> datetime | None:
        """Draw for today; return the beginning of the next day there."""
        testing: DrugTesting = daybook.journal.load(key)
        if testing.sealed_seed is None:
            return None
        # Refused today, it is asked again tomorrow all the same.
        try:
            daybook.handle(context, draw_drug_test, testing.patient_id)
        except IdentityUnreadable as refusal:
            logger.warning("No drug test is drawn for a patient: %s.", refusal)
        except Refusal:
            pass
        return next_midnight(context.at, zone_of(daybook, testing.facility_id))
