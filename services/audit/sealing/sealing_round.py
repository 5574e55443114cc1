"""One look at every log: what came is sealed, and noted beside the key and in the folder.

While it lasts a lock is held, by which a sealer that runs, `daybook audit seal`, a rotation of the
key and going on after a restore keep out of each other's way.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

from services.audit.notes.signed_note import SigningKey
from services.audit.sealing.heads_folder import HeadsFolder
from services.audit.sealing.replicated import replicated
from services.audit.sealing.seal_refusals import SealRefused
from services.audit.sealing.sealing import check_newest, seal_next
from services.audit.sealing.seen_heads import SeenFile, SeenHead, check_seen
from services.audit.tree import seal_tables
from services.audit.tree.origins import DEFAULT_OPERATOR, Origin, first_origin, newest_origin
from services.audit.tree.sealed_logs import SealedLog
from services.audit.tree.seals import Head, Seals

logger = logging.getLogger("daybook.sealer")

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class SealSettings:
    """What trees are called, and where heads are kept besides the database.

    `seen` is the sealer's own file beside its key, `folder` what is carried away.
    """

    operator: str = DEFAULT_OPERATOR
    seen: Path | None = None
    folder: Path | None = None

    @property
    def seen_file(self) -> SeenFile | None:
        """The sealer's own file."""
        return SeenFile(self.seen) if self.seen else None

    @property
    def heads_folder(self) -> HeadsFolder | None:
        """The folder that is carried away."""
        return HeadsFolder(self.folder) if self.folder else None


@dataclass(slots=True)
class Round:
    """What came of one look: new heads, and either a log's newest head or why it was refused.

    The newest head of a log that is refused is shown to nobody: elsewhere there is a newer one.
    """

    sealed: list[Head] = field(default_factory=list)
    newest: list[Head] = field(default_factory=list)
    refused: list[SealRefused] = field(default_factory=list)


@dataclass(slots=True)
class SealingRound:
    """A look at logs by one connection, in one thread. `ended` stops it after the next head.

    `key` gives the 32 bytes of the key, and is asked while nobody else seals. `elsewhere` are heads
    that were seen outside this machine, `disproved` what witnesses said against a tree, by its
    origin. Unless it is `thorough`, a log to which nothing came is passed over.
    """

    conn: Connection
    settings: SealSettings
    key: Callable[[], bytes]
    clock: Callable[[], datetime]
    elsewhere: Sequence[SeenHead] = ()
    disproved: Mapping[str, SealRefused] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    thorough: bool = True

    def seal(self, logs: Iterable[SealedLog]) -> Round:
        """Seal what came to these logs. Raises what PostgreSQL raises."""
        done = Round()
        with sealing_alone(self.conn):
            known = _known_logs(self.conn)
            for log in logs:
                head, refused = known.get(log.name, (None, None))
                if self._is_quiet(log, head, refused):
                    self._carry(head)
                    done.newest += [head] if head else []
                    continue
                try:
                    done.sealed += self._seal_log(log)
                except SealRefused as why:
                    done.refused.append(why)
                    _note(self.conn, log, self.clock(), str(why))
                except psycopg.errors.LockNotAvailable:
                    logger.info("The log %s is being written to: it is sealed next time.", log.name)
                else:
                    _note(self.conn, log, self.clock(), None)
                    newest = Seals(self.conn, log.name, is_there=True).newest()
                    self._carry(newest)
                    done.newest += [newest] if newest else []
        return done

    def _is_quiet(self, log: SealedLog, head: Head | None, refused: str | None) -> bool:
        """Tell whether nothing came to a log, and nothing is to be made up for."""
        if self.thorough or refused or (head and head.origin in self.disproved):
            return False
        file = self.settings.seen_file
        if head and file and not file.has(head):
            return False
        return not log.after(self.conn, head.position if head else 0, 1)

    def _seal_log(self, log: SealedLog) -> list[Head]:
        origin = tree_of(self.conn, log.name, self.settings)
        newest = self.check(log, origin)
        if newest:
            self._make_up_for(log, newest)
        heads: list[Head] = []
        # What comes meanwhile waits for the next look: under load it would never end.
        end = log.end(self.conn)
        while not self.ended.is_set():
            head = seal_next(self.conn, log, origin, self.key(), self.clock(), end=end)
            if head is None:
                break
            self._keep(head)
            heads.append(head)
        return heads

    def check(self, log: SealedLog, origin: Origin) -> Head | None:
        """Return the newest head of a tree, or raise SealRefused where it cannot be gone on with.

        Heads that were seen elsewhere come first: what they say is not known here.
        """
        seals = Seals(self.conn, log.name, str(origin), is_there=True)
        if why := self.disproved.get(str(origin)):
            raise why
        check_seen(seals, origin, self.seen(origin))
        newest = seals.newest()
        if newest:
            key = SigningKey.from_bytes(newest.origin, self.key())
            check_newest(self.conn, log, seals, newest, key)
        return newest

    def seen(self, origin: Origin) -> Iterator[SeenHead]:
        """Yield the heads of a log that can be seen outside the database."""
        if self.settings.seen_file and (noted := self.settings.seen_file.heads().get(origin.base)):
            yield noted
        yield from (each for each in self.elsewhere if each.origin.base == origin.base)

    def _make_up_for(self, log: SealedLog, newest: Head) -> None:
        """Keep a head that was committed, and noted nowhere before the process ended."""
        file = self.settings.seen_file
        if file is None:
            return
        noted = file.heads().get(Origin.parse(newest.origin).base)
        if noted is None or noted.note != newest.note:
            with replicated(self.conn):
                _note(self.conn, log, self.clock(), None, anyway=True)
            self._keep(newest)

    def _keep(self, head: Head) -> None:
        if self.settings.seen_file:
            self.settings.seen_file.keep(head.note)

    def _carry(self, newest: Head | None) -> None:
        folder = self.settings.heads_folder
        if folder is None or newest is None:
            return
        try:
            folder.keep(newest, self.clock())
        except OSError as why:
            logger.warning("No head was put into the folder of heads: %s.", why.strerror)


@contextmanager
def sealing_alone(conn: Connection) -> Iterator[None]:
    """Keep others from sealing, rotating the key, or going on with another tree meanwhile."""
    seal_tables.prepare(conn)
    conn.execute("SELECT pg_advisory_lock(hashtext('daybook.sealing'))")
    try:
        yield
    finally:
        if not conn.closed:
            conn.execute("SELECT pg_advisory_unlock(hashtext('daybook.sealing'))")


def tree_of(conn: Connection, log: str, settings: SealSettings) -> Origin:
    """Return the origin of a log's newest tree, or of the first, which is not begun yet."""
    return newest_origin(conn, log) or first_origin(settings.operator, journal_id(conn), log)


def journal_id(conn: Connection) -> str:
    """Return the journal's id. Raises SealRefused where there is no journal yet."""
    try:
        with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute("SELECT id FROM journal.identity").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        row = None
    if row is None:
        raise SealRefused("There is no journal in this database: nothing is there to be sealed")
    return str(row[0])


_KNOWN: LiteralString = """
    SELECT tree.log, head.origin, head.size, head.position, head.root, head.note, head.at, refused
    FROM (SELECT DISTINCT ON (log) log, origin FROM seal.logs ORDER BY log, generation DESC) AS tree
    JOIN LATERAL (
        SELECT * FROM seal.heads WHERE origin = tree.origin ORDER BY size DESC LIMIT 1
    ) AS head ON true
    LEFT JOIN seal.standing ON standing.log = tree.log
"""


def _known_logs(conn: Connection) -> dict[str, tuple[Head, str | None]]:
    """Return the newest head of each log, and why it was refused, if it was."""
    with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = cursor.execute(_KNOWN).fetchall()
    return {log: (Head(*head), refused) for log, *head, refused in rows}


def _note(
    conn: Connection, log: SealedLog, at: datetime, refused: str | None, *, anyway: bool = False
) -> None:
    """Write how it went, where that is news."""
    conn.execute(
        "INSERT INTO seal.standing AS standing (log, looked_at, refused) VALUES (%s, %s, %s)"
        " ON CONFLICT (log) DO UPDATE SET looked_at = EXCLUDED.looked_at,"
        " refused = EXCLUDED.refused"
        " WHERE %s OR standing.refused IS DISTINCT FROM EXCLUDED.refused",
        (log.name, at, refused, anyway),
    )
