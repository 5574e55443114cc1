"""What a version of before could record: events with values that are refused today."""

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import StoredEvent

from domain.aggregate import Aggregate, Event
from services.journal import Journal
from services.journal.codec import TypedMapper, write_event


class OlderMapper(TypedMapper):
    """Writes events as they are, within the bounds or not."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        if isinstance(domain_event, Event):
            return write_event(domain_event)
        return super().to_stored_event(domain_event)


def record(journal: Journal, *aggregates: Aggregate) -> None:
    """Save what aggregates decided, past the door of today."""
    events = (event for each in aggregates for event in each.collect_events())
    journal.recorder.insert_events([OlderMapper().to_stored_event(each) for each in events])
