"""Loading, saving, and reading in order."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, cast

import psycopg
from eventsourcing.application import (
    AggregateNotFoundError,
    Application,
    ProcessingEvent,
    project_aggregate,
)
from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    Recording,
    StoredEvent,
)
from eventsourcing.utils import Environment
from psycopg.rows import DictRow, dict_row

from domain.aggregate import Aggregate, Event, Opening, Snapshot
from domain.calendar import Calendar
from domain.facility import Facility
from domain.identity import Identity, RecordNumber
from domain.kiosk_code import KioskCode
from domain.monitoring.assessment import Assessment
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.incidents import Incidents
from domain.patient import Patient
from domain.program import Program
from domain.screening import Screening
from domain.session import Session
from domain.skipped_event import SkippedEvent, SkippedEventDeclared
from services.database_url import with_limits
from services.journal import imported_rows, lookups
from services.journal.appender import Appender
from services.journal.codec import TypedMapper
from services.journal.imported_rows import ImportedRow, RowKey
from services.journal.lookups import Recorded
from services.journal.reads import Reads, have_changed
from services.journal.receipts import Known, find
from services.journal.storage import Datastore, Factory, Recorder, SnapshotStore, prepare

SNAPSHOT_EVERY = 100
"""Events of one aggregate between two of its snapshots."""


class Journal(Application[str]):
    """Loads and saves aggregates; hands out the events in the order of their positions.

    A position is a positive whole number that grows with each event and may skip some.
    """

    name = "journal"
    snapshot_class = Snapshot
    is_snapshotting_enabled = True
    snapshotting_intervals: ClassVar[dict[type[Any], int]] = dict.fromkeys(
        (
            Assessment,
            Calendar,
            DrugTesting,
            Facility,
            Identity,
            Incidents,
            KioskCode,
            Patient,
            Program,
            RecordNumber,
            Screening,
            Session,
        ),
        SNAPSHOT_EVERY,
    )

    def __init__(self, database_url: str, *, pool_size: int = 10) -> None:
        self._database_url = with_limits(database_url)
        self._pool_size = pool_size
        with psycopg.connect(self._database_url, autocommit=True) as conn:
            # Two commands that find no journal would make one at once, and fail each other.
            conn.execute("SELECT pg_advisory_lock(hashtext('daybook.journal'))")
            self.id, is_there = prepare(conn)
            super().__init__({"CREATE_TABLE": "no" if is_there else "yes"})
            if not is_there:
                conn.execute(lookups.INDEXES)

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Use our factory, whatever the environment says."""
        return cast("InfrastructureFactory[Any]", Factory(env, self._database_url, self._pool_size))

    def construct_mapper(self) -> TypedMapper:
        """Use the typed codec."""
        return TypedMapper()

    def construct_snapshot_store(self) -> SnapshotStore:
        """Keep snapshots beside the events."""
        recorder = self.factory.aggregate_recorder(purpose="snapshots")
        return SnapshotStore(mapper=self.mapper, recorder=recorder)

    def authenticate_snapshots(self, key: bytes) -> None:
        """Use no snapshot from now on that was not written with this key, which no database has."""
        cast("TypedMapper", self.mapper).snapshot_key = key

    def save(self, *aggregates: Any, **kwargs: Any) -> list[Recording[str]]:
        """Save the decisions of all the aggregates, or none; `receipt` is kept with them.

        So are the rows that an import has `imported`, also where nothing was decided.
        `in_transaction` is called with the connection, within the transaction that saves them.

        Raises IntegrityError when somebody else saved first, or changed what the decision rests on
        (`reads`): load and decide again. A save
        whose acknowledgement was lost is recognized by its events and not taken for that.
        """
        pending = next((a.pending_events[0] for a in aggregates if a.pending_events), None)
        if pending is None:
            if imported := kwargs.get("imported"):
                self._recorder.keep_rows(imported, kwargs.get("reads"))
            return []
        try:
            return super().save(*aggregates, **kwargs)
        except IntegrityError:
            if self._holds(pending):
                return []
            raise
        except (OperationalError, InterfaceError):
            if self._recorder.is_alone:
                raise
            # The server may be about to commit still: then it has the lock.
            with self.alone():
                if self._holds(pending):
                    return []
            raise

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody else from recording: what this thread saves is committed at the end.

        For what takes so long that others would change again and again what it rests on.
        """
        # Not out of the pool, in which what is read meanwhile needs a place.
        with (
            psycopg.connect(self._database_url, row_factory=dict_row) as conn,
            self._recorder.alone(conn),
        ):
            yield

    def receipt(self, facility_id: str, command_id: str) -> Known | None:
        """Return what a command that gave its id recorded; None where it has recorded nothing."""
        with self.connection() as conn:
            return find(conn, (facility_id, command_id))

    def have_changed(self, reads: Reads) -> bool:
        """Tell whether anything that was read has been changed since."""
        with self.connection() as conn:
            return have_changed(conn, reads)

    def appender(self) -> Appender:
        """Return what appends to this journal by a connection of its own, to be closed."""
        return Appender(self._database_url, cast("TypedMapper", self.mapper), self.channel)

    def imported_rows(self, facility_id: str) -> dict[RowKey, ImportedRow]:
        """Return what the rows of a clinic's files said when they were last taken in."""
        with self.connection() as conn:
            return imported_rows.find(conn, facility_id)

    def load(self, aggregate_id: str) -> Any:
        """Return an aggregate as it is now; None where nothing has that id."""
        try:
            return self.repository.get(aggregate_id)
        except AggregateNotFoundError:
            return None

    def load_at(self, aggregate_id: str, position: int) -> Any:
        """Return an aggregate as it was at a position; None where nothing had that id then."""
        with self.connection() as conn:
            version = lookups.version_at(conn, aggregate_id, position)
        return self.repository.get(aggregate_id, version=version) if version else None

    def load_all(self, opening: type[Opening], facility_id: str) -> Iterator[Aggregate]:
        """Yield a facility's aggregates that began with this event, read in one sweep."""
        for history in self.histories(opening, facility_id):
            yield cast("Aggregate", project_aggregate(None, history))

    def histories(self, opening: type[Opening], facility_id: str) -> Iterator[list[Event]]:
        """Yield the events of each of a facility's aggregates that began with this one."""
        with self.connection() as conn:
            rows = lookups.histories(conn, opening, facility_id)
        yield from self._histories(rows)

    def _histories(self, rows: Iterable[DictRow]) -> Iterator[list[Event]]:
        """Yield the events of each aggregate."""
        for _, history in groupby(rows, key=lambda row: row["originator_id"]):
            yield self._events(history)

    def _events(self, rows: Iterable[DictRow]) -> list[Event]:
        return [cast("Event", self.mapper.to_domain_event(StoredEvent(**row))) for row in rows]

    def facilities(self) -> list[str]:
        """Return the ids of the facilities that are on record."""
        with self.connection() as conn:
            return lookups.facilities(conn)

    def busiest_facilities(self) -> list[str]:
        """Return the ids of all facilities that events name, the one with most to tell first."""
        with self.connection() as conn:
            return lookups.busiest(conn)

    def enrolled(self, facility_id: str, track_id: str) -> list[str]:
        """Return the ids of the patients who ever joined a track, in the order of their joining."""
        with self.connection() as conn:
            return lookups.enrolled(conn, facility_id, track_id)

    def waited(self, patient_id: str) -> list[str]:
        """Return the ids of the sessions for which a patient ever waited."""
        with self.connection() as conn:
            return lookups.waited(conn, patient_id)

    def position(self) -> int:
        """Return the position of the last event; 0 where there is none."""
        return self.recorder.max_notification_id() or 0

    def count(self, position: int) -> int:
        """Return how many events there are up to a position."""
        with self.connection() as conn:
            return lookups.count(conn, position)

    def after(self, position: int, limit: int) -> Sequence[Notification]:
        """Return the next events after a position, in order, at most `limit` of them."""
        return self.recorder.select_notifications(
            start=position, limit=limit, inclusive_of_start=False
        )

    def of_facility(
        self, facility_id: str, until: int, limit: int
    ) -> Iterator[Sequence[Notification]]:
        """Yield a facility's events up to a position, in order, at most `limit` of them at once."""
        with self.connection() as conn:
            positions = lookups.positions(conn, facility_id, until)
        for first in range(0, len(positions), limit):
            with self.connection() as conn:
                found = lookups.at(conn, positions[first : first + limit])
            yield found

    def recorded(self, by: datetime | None) -> Recorded:
        """Return how far the record goes before its first event later than an instant, or all."""
        with self.connection() as conn:
            return lookups.recorded(conn, by)

    def topics(self, after: int, until: int) -> set[str]:
        """Return the topics of the events after a position and up to another one."""
        with self.connection() as conn:
            return lookups.topics(conn, after, until)

    def openings(self, aggregate_ids: Sequence[str]) -> dict[str, bytes]:
        """Return what the first event of each of these aggregates says, as it is kept."""
        with self.connection() as conn:
            return lookups.openings(conn, aggregate_ids)

    def named(self, event_ids: Iterable[str]) -> list[Event]:
        """Return the events that are called so (aggregate:version), in the order of the record."""
        with self.connection() as conn:
            return self._events(lookups.named(conn, event_ids))

    def skipped(self, view: str | None = None) -> list[SkippedEvent]:
        """Return which events a view, or (None) any of them, passes over now."""
        with self.connection() as conn:
            rows = lookups.histories_anywhere(conn, SkippedEventDeclared)
        found: list[Any] = [project_aggregate(None, each) for each in self._histories(rows)]
        skips = [each for each in found if isinstance(each, SkippedEvent) and each.in_force]
        skips = [each for each in skips if view in {None, each.view}]
        return sorted(skips, key=lambda each: (each.view, each.position))

    def where(self, event_id: str) -> tuple[int, str] | None:
        """Return the position of an event (aggregate:version) and its facility; None for none."""
        with self.connection() as conn:
            return lookups.where(conn, event_id)

    def at(self, position: int) -> Notification | None:
        """Return the event at a position; None where the position was skipped."""
        found = self.recorder.select_notifications(start=position, limit=1, stop=position)
        return found[0] if found else None

    @property
    def channel(self) -> str:
        """The channel on which PostgreSQL notifies of new events."""
        return str(cast("Any", self.recorder).channel_name)

    def connection(self) -> AbstractContextManager[psycopg.Connection[DictRow]]:
        """Return a connection out of the pool, with rows as dicts; its transaction is its own."""
        return self._datastore.get_connection()

    def _take_snapshots(self, processing_event: ProcessingEvent[str]) -> None:
        # Of what is not committed none can be taken: the next ones are.
        if not self._recorder.is_alone:
            super()._take_snapshots(processing_event)

    @property
    def _recorder(self) -> Recorder:
        return cast("Recorder", self.recorder)

    @property
    def _datastore(self) -> Datastore:
        return cast("Datastore", cast("Any", self.factory).datastore)

    def _holds(self, event: Event) -> bool:
        """Tell whether this very event was saved."""
        version = event.originator_version
        stored = self.events.get(event.originator_id, gt=version - 1, lte=version)
        return any(found == event for found in stored)
