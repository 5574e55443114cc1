"""Process managers: what has to follow from an event, now or later, and is seen to by Daybook.

Each follows one class of the events from a place of its own. What an event asks for becomes a task
in a table, in the transaction of that place; a task is done by a command, which does nothing where
nothing is due. So a replay, a crash, or two of a kind do no harm.
"""

from services.managers.closing import Closing
from services.managers.discharges import Discharges
from services.managers.draws import Draws
from services.managers.horizon import Horizon
from services.managers.managing import Managing
from services.managers.places import Places
from services.managers.process_manager import Manager

MANAGERS: tuple[Manager, ...] = (Closing(), Horizon(), Places(), Discharges(), Draws())
"""Every process manager."""

__all__ = ["MANAGERS", "Manager", "Managing"]
