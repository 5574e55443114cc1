"""What the views of a process share: they read, check and decode each message once."""

from dataclasses import dataclass

from services.journal import Journal
from services.messaging.stream_feed import StreamFeed
from services.read_models.decoding import EventDecoder
from services.read_models.journal_check import JournalCheck


@dataclass(frozen=True, slots=True)
class SharedReading:
    """The stream as it is read, held against the journal, and decoded."""

    feed: StreamFeed
    check: JournalCheck
    decoder: EventDecoder

    @classmethod
    def of(cls, journal: Journal) -> "SharedReading":
        """Return what reads the image of a journal, and has read nothing yet."""
        return cls(StreamFeed(), JournalCheck(journal), EventDecoder(journal.mapper))
