"""Verifying what is live: the sealed logs, and all that is kept beside them or made of them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cryptography.x509 import Certificate

from projections.view import View
from services.audit.tree.sealed_logs import JOURNAL
from services.audit.verification.given_heads import GivenHead, streamed
from services.audit.verification.report import Fault, Section, VerifyReport, counted
from services.audit.verification.shared_snapshot import SharedSnapshot
from services.audit.verification.verify_identities import verify_identities
from services.audit.verification.verify_logs import (
    Against,
    Progress,
    Verified,
    other_logs,
    verify_log,
)
from services.audit.verification.verify_receipts import verify_receipts
from services.audit.verification.verify_snapshots import verify_snapshots
from services.audit.verification.verify_stream import verify_stream
from services.audit.verification.verify_timestamps import verify_timestamps
from services.audit.verification.verify_views import verify_views
from services.journal import Journal
from services.vault import Vault

DAY = 86_400


@dataclass(frozen=True, slots=True)
class VerifyAsked:
    """What is verified, and against what.

    `key_is_ours` says that whose signatures count was taken from this very machine. With a
    `nats_url` the stream is compared, with `views` these read models; `at_least` so many events
    have to be covered by a head that was held elsewhere.
    """

    against: Against
    key_is_ours: bool = False
    at_least: int = 0
    nats_url: str | None = None
    views: Sequence[View] = ()
    trusted: Sequence[Certificate] = ()


def _quiet(_what: str, _done: int, _of: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Verification:
    """Verifies one Daybook's database, and its stream where that is asked for."""

    journal: Journal
    vault: Vault
    database_url: str
    on_progress: Progress = field(default=_quiet, repr=False)

    def run(self, asked: VerifyAsked) -> VerifyReport:
        """Return what is found. Raises what the engines raise where one is away."""
        against = asked.against
        if asked.nats_url:
            # Before the snapshot: what is in the stream by now was in the database before.
            told = asyncio.run(streamed(asked.nats_url, self.journal.id, against.policy))
            against = replace(against, given=[*against.given, *told])
        with SharedSnapshot.open(self.database_url) as snapshot:
            logs = [
                verify_log(snapshot, log, against, self.on_progress)
                for log in (JOURNAL, *other_logs())
            ]
            of_journal = logs[0]
            sections = [
                *of_journal.sections,
                *_foreign(against.given, logs),
                *_other_journal(self.journal.id, of_journal.origins),
                *_key(asked),
                *_not_witnessed(of_journal.size, of_journal.witnessed),
                _times(of_journal),
                *(section for log in logs[1:] for section in log.sections),
                *(verify_timestamps(snapshot.conn, asked.trusted) if asked.trusted else ()),
                verify_receipts(snapshot.conn),
                verify_identities(snapshot.conn, self.vault),
            ]
        sections.append(verify_snapshots(self.journal, self._showing("snapshots")))
        if asked.nats_url:
            showing = self._showing("stream")
            sections.append(asyncio.run(verify_stream(self.journal, asked.nats_url, showing)))
        sections += verify_views(
            self.journal, self.database_url, asked.views, self._showing("views")
        )
        return VerifyReport(sections, of_journal.size, of_journal.witnessed, asked.at_least)

    def _showing(self, what: str) -> Callable[[int], None]:
        return lambda done: self.on_progress(what, done, 0)


def _foreign(given: Sequence[GivenHead], logs: Sequence[Verified]) -> Iterator[Section]:
    """Tell of heads from outside that are of none of the logs that are here."""
    known = {origin for log in logs for origin in log.origins}
    odd = [each for each in given if each.head.origin not in known]
    if not odd or not known:
        return
    faults = [
        Fault(
            what="head",
            says=f"{each.where} is of {each.head.origin}, and no log here is called so",
            sure=True,
        )
        for each in odd
    ]
    yield Section("held", [f"{len(odd)} of another log"], faults)


def _other_journal(journal_id: str, origins: Sequence[str]) -> Iterator[Section]:
    """Tell where the journal is called otherwise than its trees are."""
    if any(journal_id not in origin for origin in origins):
        says = f"the journal is called {journal_id}, and {origins[-1]} was sealed"
        yield Section("identity", ["another journal"], [Fault(what="head", says=says)])


def _key(asked: VerifyAsked) -> Iterator[Section]:
    if asked.key_is_ours:
        says = (
            "its verifier key was taken from this data folder: that proves nothing against whoever"
            " holds the folder; give the one that was written down: --key, or --policy"
        )
        yield Section("key", [says], is_note=True)


def _not_witnessed(size: int, witnessed: int) -> Iterator[Section]:
    """Say how much is covered by no head that was held elsewhere."""
    if size > witnessed:
        after = f" after {witnessed:,}" if witnessed else ""
        yield Section(
            "not yet witnessed", [f"{counted(size - witnessed, 'events')}{after}"], is_note=True
        )


def _times(log: Verified) -> Section:
    """Say where the record's own time goes back."""
    times = log.checked.times
    if not times.count:
        return Section("record time", ["never goes back"])
    often = "once" if times.count == 1 else f"{times.count:,} times"
    says = [
        f"{f'goes back {often}: ' if number == 0 else ''}{each.name} at position {each.position},"
        f" by {_long(each.seconds)}"
        for number, each in enumerate(times.back)
    ]
    return Section("record time", says, is_note=True)


def _long(seconds: float) -> str:
    if seconds >= 2 * DAY:
        return f"{seconds / DAY:.0f} days"
    if seconds >= 7200:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
