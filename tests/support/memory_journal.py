"""A journal in memory, for tests that play many commands: what is saved goes through the codec."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import Any

from eventsourcing.persistence import IntegrityError, StoredEvent

from domain.aggregate import Aggregate, Event, Opening, Snapshot
from domain.errors import IdentityUnreadable
from domain.facility import FacilityOpened
from domain.patient import PatientEnrolled
from domain.session import PatientWaitlisted
from services.journal.codec import TypedMapper
from services.journal.imported_rows import ImportedRow, ImportedRows, RowKey
from services.vault import Vault
from services.vault.site_secrets import SiteSecrets


class MemoryJournal:
    """Saves all or nothing and refuses who saves second, as the journal does."""

    def __init__(self) -> None:
        self.mapper = TypedMapper()
        self.stored: dict[str, list[StoredEvent]] = {}
        self.order: list[StoredEvent] = []
        self._events_read: dict[tuple[str, int], Any] = {}
        self.last_saved: list[str] = []
        self.rows: dict[str, dict[RowKey, ImportedRow]] = {}

    def copy(self) -> "MemoryJournal":
        """Return another one with the same events in it: nobody can change an event."""
        other = MemoryJournal()
        other.stored = {key: list(events) for key, events in self.stored.items()}
        other.order = list(self.order)
        other.rows = {key: dict(rows) for key, rows in self.rows.items()}
        other._events_read = dict(self._events_read)
        return other

    def load(self, aggregate_id: str) -> Any:
        return reduce(lambda state, event: event.mutate(state), self.events(aggregate_id), None)

    def load_all(self, opening: type[Opening], facility_id: str) -> Iterator[Any]:
        for aggregate_id, events in list(self.stored.items()):
            found = self.load(aggregate_id)
            if events[0].topic == opening.TOPIC and found.facility_id == facility_id:
                yield found

    def histories(self, opening: type[Opening], facility_id: str) -> Iterator[list[Event]]:
        for aggregate_id, stored in list(self.stored.items()):
            if stored[0].topic == opening.TOPIC:
                events = self.events(aggregate_id)
                if events[0].facility_id == facility_id:
                    yield events

    def imported_rows(self, facility_id: str) -> dict[RowKey, ImportedRow]:
        return dict(self.rows.get(facility_id, {}))

    def save(
        self,
        *aggregates: Aggregate,
        in_transaction: Callable[[Any], None] | None = None,
        imported: ImportedRows | None = None,
        **_kept_with_them: object,
    ) -> None:
        new = [
            self.mapper.to_stored_event(event)
            for aggregate in aggregates
            for event in aggregate.collect_events()
        ]
        behind: dict[str, int] = {}
        for event in new:
            key = str(event.originator_id)
            behind[key] = behind.get(key, len(self.stored.get(key, ()))) + 1
            if event.originator_version != behind[key]:
                raise IntegrityError
        if imported:
            self.rows.setdefault(imported.facility_id, {}).update(imported.rows)
        if in_transaction and new:
            in_transaction(None)
        for event in new:
            self.stored.setdefault(str(event.originator_id), []).append(event)
        self.order += new
        self.last_saved = [str(event.originator_id) for event in new]

    def facilities(self) -> list[str]:
        return [each.facility_id for each in self.all_events() if isinstance(each, FacilityOpened)]

    def enrolled(self, facility_id: str, track_id: str) -> list[str]:
        return list(
            dict.fromkeys(
                each.originator_id
                for each in self.all_events()
                if isinstance(each, PatientEnrolled)
                and (each.facility_id, each.enrolment.track_id) == (facility_id, track_id)
            )
        )

    def waited(self, patient_id: str) -> list[str]:
        return sorted(
            {
                each.originator_id
                for each in self.all_events()
                if isinstance(each, PatientWaitlisted) and each.patient_id == patient_id
            }
        )

    def position(self) -> int:
        return len(self.order)

    @contextmanager
    def exclusive(self, _what: str) -> Iterator[None]:
        yield

    # What tests ask

    def events(self, aggregate_id: str) -> list[Any]:
        stored = self.stored.get(aggregate_id, [])
        return [self._read(each) for each in stored]

    def all_events(self) -> list[Any]:
        return [self._read(each) for each in self.order]

    def _read(self, stored: StoredEvent) -> Any:
        """Return an event as the codec reads it: read once, since nobody can change an event."""
        key = str(stored.originator_id), stored.originator_version
        if key not in self._events_read:
            self._events_read[key] = self.mapper.to_domain_event(stored)
        return self._events_read[key]

    def from_snapshot(self, aggregate_id: str) -> Any:
        """Return an aggregate as a snapshot at half of its history, and what followed, make it."""
        events = self.events(aggregate_id)
        half = len(events) // 2 or 1
        state = reduce(lambda state, event: event.mutate(state), events[:half], None)
        stored = self.mapper.to_stored_event(Snapshot.take(state))
        from_snapshot = self.mapper.to_domain_event(stored).mutate(None)
        return reduce(lambda state, event: event.mutate(state), events[half:], from_snapshot)

    def aggregates(self, kind: type[Aggregate]) -> list[Any]:
        return [
            each
            for aggregate_id in self.stored
            if isinstance(each := self.load(aggregate_id), kind)
        ]


class MemoryVault(Vault):
    """Keeps its keys where the journal is: nowhere."""

    def __init__(self) -> None:
        self._secrets = SiteSecrets.derived(b"a site's key of thirty-two bytes")
        self._keys: dict[str, bytes] = {}

    def copy(self) -> "MemoryVault":
        other = MemoryVault()
        other._keys = dict(self._keys)
        return other

    def keys_of(self, patient_ids: Collection[str]) -> dict[str, bytes]:
        return {each: self._keys[each] for each in patient_ids if each in self._keys}

    def store(self, _conn: Any, new: Mapping[str, bytes], used: Collection[str]) -> None:
        if not set(used) <= set(self._keys):
            raise IdentityUnreadable
        self._keys |= new
