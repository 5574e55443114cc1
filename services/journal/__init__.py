"""The journal: every event, in order, in PostgreSQL. The only truth; all else is made from it."""

from services.journal.journal import Journal
from services.journal.lookups import Recorded
from services.journal.reads import Reads
from services.journal.receipts import Receipt, RecordedEvent

__all__ = ["Journal", "Reads", "Receipt", "Recorded", "RecordedEvent"]
