"""What a version of before could record: events with values that are refused today."""

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import StoredEvent

from domain.aggregate import Event
from services.journal.codec import TypedMapper, write_event


class OlderMapper(TypedMapper):
    """Writes events as they are, within the bounds or not."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        if isinstance(domain_event, Event):
            return write_event(domain_event)
        return super().to_stored_event(domain_event)
