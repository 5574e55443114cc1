"""A journal in memory, for tests that play many commands: what is saved goes through the codec."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from domain.aggregate import Aggregate, Event, Opening, Snapshot
from domain.errors import IdentityUnreadable
from domain.facility import FacilityOpened
from domain.patient import PatientEnrolled
from domain.session import PatientWaitlisted
from services.journal import Reads, Receipt, RecordedEvent
from services.journal.appender import Locked, RecordedElsewhere
from services.journal.codec import TypedMapper
from services.journal.imported_rows import ImportedRow, ImportedRows, RowKey
from services.journal.receipts import CommandKey, Known
from services.vault import Vault
from services.vault.site_secrets import SiteSecrets


class NoTables:
    """A connection to a database in which nothing is kept."""

    def execute(self, *_: Any) -> "NoTables":
        return self


NO_TABLES: Any = NoTables()


class MemoryJournal:
    """Saves all or nothing and refuses who saves second, as the journal does."""

    def __init__(self) -> None:
        self.mapper = TypedMapper()
        self.stored: dict[str, list[StoredEvent]] = {}
        self.order: list[StoredEvent] = []
        self._events_read: dict[tuple[str, int], Any] = {}
        self.last_saved: list[str] = []
        self.rows: dict[str, dict[RowKey, ImportedRow]] = {}
        self.receipts: dict[CommandKey, Known] = {}
        self.before_lock: Callable[[], object] = lambda: None
        """Done before an appender takes the lock: what others record meanwhile, or a failure."""

    def copy(self) -> "MemoryJournal":
        """Return another one with the same events in it: nobody can change an event."""
        other = MemoryJournal()
        other.stored = {key: list(events) for key, events in self.stored.items()}
        other.order = list(self.order)
        other.rows = {key: dict(rows) for key, rows in self.rows.items()}
        other._events_read = dict(self._events_read)
        other.receipts = dict(self.receipts)
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
        reads: Reads | None = None,
        receipt: Receipt | None = None,
    ) -> None:
        new = [
            self.mapper.to_stored_event(event)
            for aggregate in aggregates
            for event in aggregate.collect_events()
        ]
        if (new or imported) and reads and self.have_changed(reads):
            raise IntegrityError
        behind: dict[str, int] = {}
        for event in new:
            key = str(event.originator_id)
            behind[key] = behind.get(key, len(self.stored.get(key, ()))) + 1
            if event.originator_version != behind[key]:
                raise IntegrityError
        if imported:
            self.rows.setdefault(imported.facility_id, {}).update(imported.rows)
        if in_transaction and new:
            in_transaction(NO_TABLES)
        self.append(new, [(receipt, 0, len(new))] if receipt and new else [])

    def append(
        self, new: Sequence[StoredEvent], receipts: Sequence[tuple[Receipt, int, int]]
    ) -> Sequence[int]:
        for event in new:
            self.stored.setdefault(str(event.originator_id), []).append(event)
        before = len(self.order)
        self.order += new
        self.last_saved = [str(event.originator_id) for event in new]
        for receipt, first, end in receipts:
            events = tuple(
                RecordedEvent(
                    position, f"{each.originator_id}:{each.originator_version}", each.topic
                )
                for position, each in enumerate(new[first:end], before + first + 1)
            )
            assert receipt.key not in self.receipts
            self.receipts[receipt.key] = Known(receipt.digest, receipt.result, events)
        return range(before + 1, len(self.order) + 1)

    def receipt(self, facility_id: str, command_id: str) -> Known | None:
        return self.receipts.get((facility_id, command_id))

    def have_changed(self, reads: Reads) -> bool:
        return any(
            each.topic in reads.topics
            or each.originator_version > reads.versions.get(str(each.originator_id), 1 << 60)
            for each in self.order[reads.position :]
        )

    def appender(self) -> "MemoryAppender":
        return MemoryAppender(self)

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

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

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


@dataclass
class MemoryAppender:
    """Appends to a journal in memory."""

    journal: MemoryJournal

    def position(self) -> int:
        return self.journal.position()

    def load(self, ids: Collection[str]) -> dict[str, Aggregate | None]:
        return {each: self.journal.load(each) for each in ids}

    @contextmanager
    def lock(self, since: int, commands: Collection[CommandKey]) -> Iterator[Locked]:
        self.journal.before_lock()
        yield MemoryLocked(self.journal, since, commands)

    def close(self) -> None:
        pass


class MemoryLocked:
    """The journal in memory while nobody else writes to it."""

    def __init__(
        self, journal: MemoryJournal, since: int, commands: Collection[CommandKey]
    ) -> None:
        self.conn = NO_TABLES
        self.position = journal.position()
        self.news = [
            RecordedElsewhere(str(each.originator_id), each.originator_version, each.topic)
            for each in journal.order[since:]
        ]
        self.known = {key: journal.receipts[key] for key in commands if key in journal.receipts}
        self._journal = journal

    def append(
        self,
        events: Sequence[StoredEvent],
        receipts: Sequence[tuple[Receipt, int, int]],
        _snapshots: Sequence[StoredEvent],
    ) -> Sequence[int]:
        versions = {key: len(stored) for key, stored in self._journal.stored.items()}
        for event in events:
            key = str(event.originator_id)
            versions[key] = versions.get(key, 0) + 1
            if event.originator_version != versions[key]:
                pytest.fail("a version is there already, or the one before it is not")
        return self._journal.append(events, receipts)


class MemoryVault(Vault):
    """Keeps its keys where the journal is: nowhere."""

    def __init__(self) -> None:
        self._secrets = SiteSecrets.derived(b"a site's key of thirty-two bytes")
        self._keys: dict[str, bytes] = {}

    def copy(self) -> "MemoryVault":
        other = MemoryVault()
        other._keys = dict(self._keys)
        return other

    def keys_of(
        self,
        patient_ids: Collection[str],
        on: object = None,  # noqa: ARG002 - of the real one
    ) -> dict[str, bytes]:
        return {each: self._keys[each] for each in patient_ids if each in self._keys}

    def store(self, _conn: Any, new: Mapping[str, bytes], used: Collection[str]) -> None:
        if not set(used) <= set(self._keys):
            raise IdentityUnreadable
        self._keys |= new

    def destroy(self, _conn: Any, patient_ids: Collection[str]) -> None:
        for each in patient_ids:
            self._keys.pop(each, None)

    def forgotten(self, _patient_ids: Collection[str], _on: Any = None) -> set[str]:
        return set()
