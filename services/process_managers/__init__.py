"""Process managers: what has to follow from an event, now or later, and is seen to by Daybook.

Each follows some kinds of events in the journal from a place of its own. What an event asks for
becomes a task in a table, in the transaction of that place; a task is done by a command, which does
nothing where nothing is due. So a replay, a crash, or two of a kind do no harm.
"""

from services.process_managers.discharge_follow_up import Discharges
from services.process_managers.drug_test_draws import Draws
from services.process_managers.process_manager import ProcessManager
from services.process_managers.runner import ProcessManagerRunner
from services.process_managers.session_closing import Closing
from services.process_managers.track_horizon import Horizon
from services.process_managers.waitlist_offers import Places

MANAGERS: tuple[ProcessManager, ...] = (Closing(), Horizon(), Places(), Discharges(), Draws())
"""Every process manager."""

__all__ = ["MANAGERS", "ProcessManager", "ProcessManagerRunner"]
