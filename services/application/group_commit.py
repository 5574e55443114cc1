"""Group commit: commands that wait together are decided together and saved in one transaction.

They are decided in their order, each on what the ones before it decided, against aggregates that
are kept in memory. Then the journal's lock is taken, and whatever others recorded since is taken
in: who has read any of it is decided anew. So each command, refused or not, is decided on exactly
what is on record before it, and nothing is answered that is not on record.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eventsourcing.persistence import IntegrityError, StoredEvent

from domain.aggregate import Aggregate, Event, Snapshot
from domain.errors import Refusal
from domain.patient import PatientEnrolled
from domain.session import PatientWaitlisted
from services.application.asked import Asked, Done, Outcome, recorded_before
from services.application.kept_aggregates import MOST_KEPT, KeptAggregates
from services.application.unit_of_work import UnitOfWork
from services.failures import database_failed
from services.journal import Journal, Reads, RecordedEvent
from services.journal.appender import Appender, Locked, RecordedElsewhere, TooMuchNews
from services.journal.journal import SNAPSHOT_EVERY
from services.journal.receipts import CommandKey, Known
from services.journal.storage import check_sizes
from services.vault import Vault

TRIES = 10
"""How often a batch is decided anew because others recorded what it was about to record."""


class GroupCommit:
    """Decides and saves batches of commands, for one thread."""

    def __init__(self, journal: Journal, vault: Vault) -> None:
        self._journal = journal
        self._vault = vault
        self._appender = journal.appender()
        self._kept = KeptAggregates(MOST_KEPT)

    def run(self, batch: Sequence[Asked]) -> list[Outcome]:
        """Decide and save commands; return in their order what became of each.

        Raises what the engine raises: then what was recorded is known by the receipts alone.
        """
        return [each for part in _each_id_once(batch) for each in self._run(part)]

    def kept(self) -> Iterator[tuple[str, Aggregate | None]]:
        """Yield the aggregates that are kept, by their ids; None where there is none."""
        yield from self._kept.items()

    def close(self) -> None:
        """Close the connection."""
        self._appender.close()

    def _run(self, batch: Sequence[Asked]) -> list[Outcome]:
        failed: Exception = IntegrityError()
        was_away = False
        for _ in range(TRIES):
            try:
                return self._try(batch)
            except (IntegrityError, TooMuchNews):
                self._kept.clear()
            except Exception as why:
                self._kept.clear()
                if not database_failed(why):
                    failed = why
                    break
                # A connection may have been lost while nobody used it, and the appender knows that
                # nothing was recorded; where it could not ask, the receipts tell.
                if was_away:
                    raise
                was_away = True
            except BaseException:
                self._kept.clear()
                raise
        if len(batch) == 1:
            return [failed]
        return [each for one in batch for each in self._run([one])]

    def _try(self, batch: Sequence[Asked]) -> list[Outcome]:
        since = self._kept.position
        if since is None:
            since = self._kept.position = self._appender.position()
        records = self._records()
        records.load_all(each for asked in batch for each in asked.about)
        attempts = []
        for asked in batch:
            attempts.append(self._decide(asked, records))
            records.add(attempts[-1])
        commands = [each.receipt.key for each in batch if each.receipt]
        with self._appender.lock(since, commands) as locked:
            self._kept.take_in(locked.news)
            records = self._records()
            settled = list(self._settled(attempts, records, locked))
            positions = self._append(settled, records, locked)
        self._kept.keep(records.decided)
        self._kept.position = positions[-1] if positions else locked.position
        return list(_outcomes(settled, positions, self._kept.position))

    def _records(self) -> "_Records":
        return _Records(self._journal, self._appender, self._kept)

    def _decide(self, asked: Asked, records: "_Records") -> "_Attempt":
        work = UnitOfWork(
            records, self._vault.begin(records.new_keys), asked.context, asked.facility_id
        )
        try:
            returned = asked.decision(work)
            aggregates = work.decided()
            events = [event for each in aggregates for event in each.decided_events()]
            stored = [self._journal.mapper.to_stored_event(each) for each in events]
            check_sizes(stored)
        except Exception as why:  # each command has its own answer
            if database_failed(why):
                raise
            return _Attempt(asked, work, raised=why)
        return _Attempt(asked, work, returned, aggregates, events, stored)

    def _settled(
        self, attempts: Iterable["_Attempt"], records: "_Records", locked: Locked
    ) -> Iterator["_Attempt"]:
        """Yield each command as decided on what is on record before it, under the lock."""
        changes = _Changes(locked.news)
        for attempt in attempts:
            settled, receipt = attempt, attempt.asked.receipt
            if receipt and receipt.key in locked.known:
                settled = _Attempt(attempt.asked, attempt.work, known=locked.known[receipt.key])
            elif changes.touch(attempt.work.reads):
                settled = self._decide(attempt.asked, records)
            try:
                if settled.events:
                    settled.work.save_beside(locked.conn)
            except Refusal as gone:
                settled = _Attempt(attempt.asked, settled.work, raised=gone)
            if settled is not attempt:
                changes.add(attempt.events)
                changes.add(settled.events)
            records.add(settled)
            yield settled

    def _append(
        self, settled: Iterable["_Attempt"], records: "_Records", locked: Locked
    ) -> Sequence[int]:
        """Write events, receipts and snapshots; return the positions of the events."""
        stored: list[StoredEvent] = []
        receipts = []
        snapshots: dict[str, StoredEvent] = {}
        for each in settled:
            first = len(stored)
            stored += each.stored
            if each.stored and (receipt := each.asked.receipt):
                receipts.append((replace(receipt, result=each.returned), first, len(stored)))
            for event in each.events:
                if event.originator_version % SNAPSHOT_EVERY == 0:
                    taken = Snapshot.take(records.decided[event.originator_id])
                    snapshots[taken.originator_id] = self._journal.mapper.to_stored_event(taken)
        return locked.append(stored, receipts, [*snapshots.values()]) if stored else ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A command and what was decided of it; `known` is what was recorded under its id before."""

    asked: Asked
    work: UnitOfWork
    returned: Any = None
    aggregates: Sequence[Aggregate] = ()
    events: Sequence[Event] = ()
    stored: Sequence[StoredEvent] = ()
    raised: Exception | None = None
    known: Known | None = None


class _Records:
    """What is on record, with what a batch has decided so far on top of it."""

    def __init__(self, journal: Journal, appender: Appender, kept: KeptAggregates) -> None:
        self._journal = journal
        self._appender = appender
        self._kept = kept
        self.decided: dict[str, Aggregate] = {}
        self.new_keys: dict[str, bytes] = {}
        self._events: list[Event] = []

    def add(self, attempt: _Attempt) -> None:
        """Take a decision in."""
        if attempt.events:
            self.decided |= {each.id: each for each in attempt.aggregates}
            self._events += attempt.events
            self.new_keys |= attempt.work.vault.new_keys()

    def load_all(self, ids: Iterable[str]) -> None:
        """Load those that are not kept, at once."""
        if missing := {each for each in ids if each not in self._kept}:
            self._kept.keep(self._appender.load(missing))

    # As a unit of work asks

    def position(self) -> int:
        """Return the position at which, or later, all that is read is so."""
        return self._kept.position or 0

    def load(self, aggregate_id: str) -> Aggregate | None:
        """Return a fork of an aggregate; None where nothing has that id."""
        found = self.decided.get(aggregate_id)
        if found is None:
            self.load_all([aggregate_id])
            found = self._kept.get(aggregate_id)
        return found.fork() if found else None

    def enrolled(self, facility_id: str, track_id: str) -> list[str]:
        """Return the ids of the patients who ever joined a track, in the order of their joining."""
        here = (
            each.originator_id
            for each in self._events
            if isinstance(each, PatientEnrolled)
            and (each.facility_id, each.enrolment.track_id) == (facility_id, track_id)
        )
        return list(dict.fromkeys([*self._journal.enrolled(facility_id, track_id), *here]))

    def waited(self, patient_id: str) -> list[str]:
        """Return the ids of the sessions for which a patient ever waited, in order."""
        here = (
            each.originator_id
            for each in self._events
            if isinstance(each, PatientWaitlisted) and each.patient_id == patient_id
        )
        return sorted({*self._journal.waited(patient_id), *here})


class _Changes:
    """What is otherwise than it was when a batch was decided."""

    def __init__(self, news: Iterable[RecordedElsewhere]) -> None:
        self._versions = {each.aggregate_id: each.version for each in news}
        self._topics = {each.topic for each in news}
        self._decided_otherwise: set[str] = set()

    def add(self, events: Iterable[Event]) -> None:
        """Add what was decided and does not hold, or holds and was not decided then."""
        for each in events:
            self._decided_otherwise.add(each.originator_id)
            self._topics.add(each.TOPIC)

    def touch(self, reads: Reads) -> bool:
        """Tell whether anything that was read is otherwise."""
        return not reads.topics.isdisjoint(self._topics) or any(
            aggregate_id in self._decided_otherwise or self._versions.get(aggregate_id, 0) > version
            for aggregate_id, version in reads.versions.items()
        )


def _each_id_once(batch: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Yield a batch in parts: a command that comes twice is found by its receipt in the second."""
    part: list[Asked] = []
    ids: set[CommandKey] = set()
    for asked in batch:
        if asked.receipt:
            if asked.receipt.key in ids:
                yield part
                part, ids = [], set()
            ids.add(asked.receipt.key)
        part.append(asked)
    if part:
        yield part


def _outcomes(
    settled: Iterable[_Attempt], positions: Sequence[int], position: int
) -> Iterator[Outcome]:
    left = iter(positions)
    for each in settled:
        if each.known:
            yield recorded_before(each.known, each.asked.receipt)
        elif each.raised:
            yield each.raised
        else:
            events = tuple(
                RecordedEvent(next(left), event.event_id, event.TOPIC) for event in each.events
            )
            yield Done(each.returned, events, events[-1].position if events else position)
