"""The sealed logs of a database: each as it was sealed, under heads of here and of elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import LiteralString

from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import VerifierKey
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import JOURNAL, SEALED_LOGS, SealedLog
from services.audit.tree.seals import Seals
from services.audit.tree.stored_tiles import BEFORE_ALL, count_leaves, place_before
from services.audit.verification.given_heads import GivenHead, cosigned
from services.audit.verification.log_verdict import LogVerdict
from services.audit.verification.missing_events import with_names
from services.audit.verification.report import Fault, Section, counted
from services.audit.verification.shared_snapshot import SharedSnapshot
from services.audit.verification.stretches import LogAsked, LogChecked, check_log

UNITS = {JOURNAL.name: "events", "access": "entries"}
"""What the rows of a log are called; of all others, messages."""

TITLES = {"access": "access log"}
"""What the section of a log is called, where that is not its name."""

Progress = Callable[[str, int, int], None]
"""Is told what is looked at, how far that is, and how far it goes."""


@dataclass(frozen=True, slots=True)
class Against:
    """What logs are verified against: whose signatures count, and heads from outside.

    `successors` are keys that count once a head says that they follow one that does.
    """

    policy: SealPolicy
    given: Sequence[GivenHead] = ()
    successors: Sequence[VerifierKey] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of a log: its sections, and what of it is covered by heads elsewhere."""

    sections: Sequence[Section]
    size: int
    witnessed: int
    origins: Sequence[str]
    checked: LogChecked


def verify_log(
    snapshot: SharedSnapshot,
    log: SealedLog,
    against: Against,
    on_progress: Progress,
) -> Verified:
    """Return what is found of a log as it was at a moment."""
    return _LogVerification(snapshot, log, against).verified(on_progress)


class _LogVerification:
    def __init__(
        self,
        snapshot: SharedSnapshot,
        log: SealedLog,
        against: Against,
    ) -> None:
        self._snapshot = snapshot
        self._conn = conn = snapshot.conn
        self._log = log
        self._policy, given = against.policy, against.given
        self._successors = tuple(against.successors)
        self._seals = Seals(conn, log.name)
        self._origins = self._seals.origins()
        self._origin = self._seals.origin
        self._unit = UNITS.get(log.name, "messages")
        self._given = [each for each in given if each.head.origin in self._origins]
        self._forged = list[Fault]()
        if self._origins:
            witnessed, self._forged = cosigned(conn, self._policy, self._origins)
            self._given += witnessed
        if self._origin is None:
            # Whoever has dropped all seals has to answer for the heads all the same.
            self._given = [each for each in given if Origin.parse(each.head.origin).is_of(log.name)]

    def verified(self, on_progress: Progress) -> Verified:
        """Return what is found."""
        sealed = count_leaves(self._conn, self._origin) if self._origin else 0
        rows = self._log.count_after(self._conn, BEFORE_ALL)
        size = sealed if self._origin else rows
        of_this = [each for each in self._given if self._counts_here(each)]
        checked = self._checked(size, of_this, on_progress)
        verdict = LogVerdict(checked, of_this, self._unit)
        faults = [*verdict.faults(), *self._forged]
        if self._log is JOURNAL and checked.faults:
            faults = with_names(self._conn, faults)
        if self._log is JOURNAL and not checked.wrong:
            faults += self._beside(checked.size)
        if self._origin is None and rows and self._log is JOURNAL and not of_this:
            says = "nothing of it was ever sealed, and nothing shows that it is as it was:"
            faults.append(Fault(what="head", says=f"{says} `daybook audit seal`"))
        witnessed = verdict.goes_on_from
        if self._log is not JOURNAL and not (self._origin or rows or of_this):
            return Verified([], 0, 0, [], checked)
        sections = [
            Section(
                TITLES.get(self._log.name, self._log.name),
                [*self._says(checked, rows, faults)],
                faults,
                is_note=self._origin is None,
            ),
            *self._held(verdict),
            *self._earlier(),
        ]
        return Verified(sections, checked.size, witnessed, self._origins, checked)

    def _checked(self, size: int, given: Sequence[GivenHead], on_progress: Progress) -> LogChecked:
        sizes = tuple(sorted({each.head.size for each in given if each.head.size <= size}))
        asked = LogAsked(self._log.name, self._origin, size, sizes, self._policy, self._successors)
        name = self._log.name
        return check_log(self._snapshot, asked, lambda done: on_progress(name, done, size))

    def _beside(self, sealed: int) -> Iterator[Fault]:
        """Tell of events that stand where none can: at no position, or at one that is taken.

        Whoever has dropped the table's constraints can put them there. What reads in the order of
        positions does not see them, and what loads an aggregate does.
        """
        _, last = place_before(self._conn, self._origin, sealed)
        later = self._log.count_after(self._conn, last) if self._origin else 0
        [(rows,)] = self._conn.execute("SELECT count(*) FROM journal.journal_events").fetchall()
        if beside := rows - later - sealed:
            says = f"{counted(beside, self._unit)} more than have a position of their own"
            yield Fault(what="event", says=says)

    # What is said

    def _says(self, checked: LogChecked, rows: int, faults: Sequence[Fault]) -> Iterator[str]:
        if self._origin is None:
            yield (
                f"{counted(rows, self._unit)}, nothing of it sealed" if rows else "nothing is in it"
            )
            return
        head = self._seals.newest()
        as_sealed = "all as sealed" if not faults else "not all is as it was sealed"
        said = f"{counted(checked.size, self._unit)}, {as_sealed}"
        if head:
            at = head.at.astimezone(UTC)
            signed = any(each.size == head.size and not each.problem for each in checked.heads)
            by = f"signed by {self._origin}" if signed else "signed by no key that counts"
            only = "" if self._given else ", held here only"
            said = f"{said}; head of {at:%Y-%m-%d %H:%M:%S} UTC, {by}{only}"
        yield said
        _, last = place_before(self._conn, self._origin, checked.size)
        if later := self._log.count_after(self._conn, last):
            yield f"not sealed yet: {counted(later, self._unit)} after that head"

    def _held(self, verdict: LogVerdict) -> Iterator[Section]:
        """Tell of each head from outside whether the log goes on from it."""
        says = [
            f"{each.head.size:,} ({each.where}): {self._standing(verdict, each)}"
            for each in self._given
        ]
        if says:
            yield Section("held", says, is_note=not all(map(self._is_here, verdict.held)))

    def _standing(self, verdict: LogVerdict, given: GivenHead) -> str:
        """Say how the log stands to a head from outside."""
        if given not in verdict.held:
            return "of a tree before a restore, which had more"
        if not verdict.holds(given):
            return "the log does not go on from it"
        if not self._is_here(given):
            return "the log goes on from it, and the head itself is not here any more"
        return "the log goes on from it"

    def _is_here(self, given: GivenHead) -> bool:
        """Tell whether a head that was held elsewhere is stored here, too."""
        asked = given.head.origin, given.head.size, given.head.root
        statement: LiteralString = (
            "SELECT FROM seal.heads WHERE origin = %s AND size = %s AND root = %s"
        )
        return bool(self._seals.rows(statement, asked))

    # Trees before this one

    def _counts_here(self, given: GivenHead) -> bool:
        """Tell whether this tree has to have a head: its own, or one of what came before it."""
        if given.head.origin == self._origin or self._origin is None:
            return True
        return given.head.size <= self._parted_at(given.head.origin)

    def _parted_at(self, origin: str) -> int:
        """Return how many leaves of an earlier tree this one has, too."""
        later = self._origins[self._origins.index(origin) + 1 :]
        rows = self._seals.rows(
            "SELECT min(coalesce(parted_at, 0)) FROM seal.logs WHERE origin = ANY (%s)", (later,)
        )
        return int(rows[0][0] or 0) if rows else 0

    def _earlier(self) -> Iterator[Section]:
        """Tell of the trees before this one, which a restore has ended."""
        rows = self._seals.rows(
            "SELECT origin, begun_at, parted_at, because FROM seal.logs"
            " WHERE log = %s AND generation > 1 ORDER BY generation",
            (self._log.name,),
        )
        for origin, at, parted_at, because in rows:
            says = (
                f"{origin} began on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC at"
                f" {parted_at or 0:,} {self._unit}: {because}"
            )
            yield Section("restored", [says], is_note=True)


def other_logs() -> Iterator[SealedLog]:
    """Yield the logs besides the journal."""
    yield from (each for each in SEALED_LOGS.values() if each is not JOURNAL)
