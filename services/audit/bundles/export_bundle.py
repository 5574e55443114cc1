"""Writing a bundle: leaves, bodies, and what proves them under the log's newest head.

Everything is read in one transaction, some at a time, worked out again from what is stored and
held against the head: what is not as it was sealed is not exported.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, LiteralString

import orjson
import psycopg
from psycopg.rows import tuple_row

from domain.errors import DaybookError
from services.audit.bundles import bundle_continued
from services.audit.bundles import bundle_files as files
from services.audit.bundles.bundle_part import Part, patients_in
from services.audit.bundles.bundle_readme import readme
from services.audit.bundles.bundle_tiles import TileTree
from services.audit.bundles.proof_file import hash_lines
from services.audit.notes.signed_note import SignedNote
from services.audit.tree.leaf import leaf_entry
from services.audit.tree.merkle import (
    Hash,
    NodeAt,
    inclusion_proof,
    leaf_hash,
    verify_inclusion,
)
from services.audit.tree.sealed_logs import SEALED_LOGS, SealedRow
from services.audit.tree.seals import Head, Seals, TileMissing

AT_ONCE = 2048
"""Rows that are read at once."""

TELLS_MORE = "`daybook audit verify` tells more"

FRESH_EVERY = 1 << 16
"""Leaves after which the tiles that were read for proofs are let go of."""

_AT: LiteralString = """
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM journal.journal_events WHERE notification_id = ANY (%s) ORDER BY notification_id
"""

_TIMESTAMPS: LiteralString = """
    SELECT size, authority, token, note FROM seal.timestamps JOIN seal.heads USING (origin, size)
    WHERE origin = %s AND size <= %s ORDER BY size
"""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.-]+")

_VERSION = re.compile(rb'"class_version":([0-9]{1,4})\}$')
"""What the journal writes last of an event."""

Connection = psycopg.Connection[Any]


class NotExported(DaybookError):
    """There is nothing to export, or it is not what was sealed."""


@dataclass(slots=True)
class Exported:
    """What was written: how many events, how many without their bodies, under which head.

    `patient_ids` are those whom the bodies in it name, `unsealed` counts what the log has after
    the head, `topics` are those of the bodies with the versions of their classes.
    """

    head: Head
    events: int = 0
    withheld: int = 0
    unsealed: int = 0
    patient_ids: set[str] = field(default_factory=set)
    topics: set[tuple[str, int]] = field(default_factory=set)


def export_bundle(
    conn: Connection,
    folder: Path,
    *,
    head: Head,
    note: bytes,
    log: str = "journal",
    part: Part | None = None,
    bodies: bool = True,
    earlier: tuple[int, bytes] | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write a bundle of a log into an empty folder; a `part` of it, where one is asked for.

    `note` is the head with its cosignatures, `earlier` the size and the note of a head before it.
    Raises NotExported, and leaves the folder to be removed.
    """
    seals, written = Seals(conn, log, head.origin), Exported(head)
    written.unsealed = SEALED_LOGS[log].count_after(conn, head.position)
    try:
        with _Lines(folder, bodies=bodies, part=part, written=written) as lines:
            if part is None:
                steps = _write_whole(conn, folder, seals, head, lines)
            else:
                steps = _write_part(conn, folder, _Places(seals, head), part, lines)
            for done in steps:
                on_progress(done)
        if earlier is not None:
            size, earlier_note = earlier
            goes_on = [f"old {size}", *hash_lines(seals.consistency(size, head.size)), "", ""]
            (folder / files.EARLIER).write_bytes(earlier_note)
            (folder / files.GOES_ON).write_bytes("\n".join(goes_on).encode() + note)
    except TileMissing as why:
        raise NotExported(f"{why}; {TELLS_MORE}") from why
    if not written.events:
        raise NotExported("there is nothing of that in the log up to its newest head")
    (folder / files.CHECKPOINT).write_bytes(note)
    _write_timestamps(conn, folder, head)
    for number, statement in enumerate(bundle_continued.statements(conn, head.origin), 1):
        _put(folder, bundle_continued.path_of(number), statement.encode())
    _write_manifest(folder, written, log, part, bodies=bodies)
    return written


class _Lines:
    """Writes leaves and bodies, a line each."""

    def __init__(self, folder: Path, *, bodies: bool, part: Part | None, written: Exported) -> None:
        self._bodies, self._part, self._written = bodies, part, written
        self._opened = contextlib.ExitStack()
        self._leaves = self._open(folder / files.LEAVES)
        self._events = self._open(folder / files.EVENTS)

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _open(self, path: Path) -> BinaryIO:
        return self._opened.enter_context(path.open("wb"))

    def write(self, row: SealedRow, entry: bytes) -> None:
        """Write the two lines of an event."""
        written, state = self._written, row.state
        if b"\n" in state or not state:
            raise NotExported(f"{_named(row)} has a body that is not one line of JSON")
        self._leaves.write(entry + b"\n")
        written.events += 1
        if self._bodies and (self._part is None or self._part.may_show(state)):
            self._events.write(state + b"\n")
            written.patient_ids.update(patients_in(state))
            written.patient_ids.update(patients_in(row.aggregate_id.encode()))
            written.topics.add((row.topic, _version_in(state)))
        else:
            self._events.write(b"\n")
            written.withheld += 1


def _write_whole(
    conn: Connection, folder: Path, seals: Seals, head: Head, lines: _Lines
) -> Iterator[int]:
    """Write every event and every tile; yield how many events are done."""
    position, at = 0, 0
    tiles = TileTree(lambda tile, content: _put(folder, tile.path, content))
    while rows := SEALED_LOGS[seals.log].after(conn, position, AT_ONCE, head.position):
        end = min(at + len(rows), head.size)
        sealed = list(zip(seals.positions(at, end), seals.leaf_hashes(at, end), strict=True))
        for row, (place, known) in zip(rows, sealed, strict=False):
            entry = leaf_entry(*row)
            if row.position > place:
                raise NotExported(f"what was sealed at position {place} is not there; {TELLS_MORE}")
            if row.position < place:
                raise NotExported(f"{_named(row)} was not sealed; {TELLS_MORE}")
            if leaf_hash(entry) != known:
                raise NotExported(_differs(row))
            lines.write(row, entry)
            tiles.append(entry)
        if len(sealed) < len(rows):
            raise NotExported(f"{_named(rows[len(sealed)])} was not sealed; {TELLS_MORE}")
        position, at = rows[-1].position, end
        yield at
    if at < head.size:
        raise NotExported(
            f"{head.size:,} were sealed, and the log has {at:,} of them; {TELLS_MORE}"
        )
    if tiles.finish() != head.root:
        raise NotExported(f"the tree that is kept is not the one that was signed; {TELLS_MORE}")


def _write_part(
    conn: Connection, folder: Path, places: "_Places", part: Part, lines: _Lines
) -> Iterator[int]:
    """Write some events and the proof of each; yield how many are done."""
    done, head = 0, places.head
    with (folder / files.PROOFS).open("wb") as proofs:
        for first in range(0, len(part.positions), AT_ONCE):
            for row in _at(conn, part.positions[first : first + AT_ONCE]):
                entry, index = leaf_entry(*row), places.index_of(row)
                hashes = places.proof(index)
                if not verify_inclusion(leaf_hash(entry), index, head.size, hashes, head.root):
                    raise NotExported(_differs(row))
                lines.write(row, entry)
                proofs.write(orjson.dumps({"index": index, "proof": hash_lines(hashes)}) + b"\n")
                done += 1
            yield done


class _Places:
    """Finds leaves and their proofs, fast where one is asked for after the other."""

    def __init__(self, seals: Seals, head: Head) -> None:
        self.head = head
        self._seals = seals
        self._first, self._positions = 0, list[int]()
        self._from, self._node_at = -1, self._nodes()

    def _nodes(self) -> NodeAt:
        return lru_cache(maxsize=4096)(self._seals.node_at(self.head.size))

    def index_of(self, row: SealedRow) -> int:
        """Return the index of an event's leaf."""
        if row.position not in self._positions:
            index = self._seals.index_of(row.position)
            if index is None or index >= self.head.size:
                raise NotExported(f"{_named(row)} was not sealed; {TELLS_MORE}")
            self._first = index // files.TILE_WIDTH * files.TILE_WIDTH
            end = min(self._first + files.TILE_WIDTH, self.head.size)
            self._positions = self._seals.positions(self._first, end)
        return self._first + self._positions.index(row.position)

    def proof(self, index: int) -> list[Hash]:
        """Return the inclusion proof of a leaf."""
        if index // FRESH_EVERY != self._from:
            self._from, self._node_at = index // FRESH_EVERY, self._nodes()
        return inclusion_proof(index, self.head.size, self._node_at)


def _put(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_timestamps(conn: Connection, folder: Path, head: Head) -> None:
    """Write what timestamp authorities answered up to a head, and the texts that they stamped."""
    with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(_TIMESTAMPS, (head.origin, head.size))
        for size, authority, token, note in cursor:
            host = _NOT_IN_NAMES.sub("-", authority)
            _put(folder, f"{files.TIMESTAMPS}/{size}.{host}.tsr", token)
            text = SignedNote.parse(note.encode()).text
            _put(folder, f"{files.TIMESTAMPS}/{size}.text", text.encode())


def _write_manifest(
    folder: Path, written: Exported, log: str, part: Part | None, *, bodies: bool
) -> None:
    """Write what the bundle says of itself, and how it is checked."""
    head = written.head
    said: Mapping[str, object] = {
        "format": "daybook-bundle/1",
        "log": log,
        "origin": head.origin,
        "size": head.size,
        "position": head.position,
        "part": None if part is None else dict(part.says),
        "bodies": bodies,
        "events": written.events,
        "withheld": written.withheld,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (folder / files.MANIFEST).write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n")
    is_stamped = (folder / files.TIMESTAMPS).exists()
    text = readme(head, is_part=part is not None, is_stamped=is_stamped)
    (folder / files.README).write_text(text, encoding="utf-8")


def _at(conn: Connection, positions: Sequence[int]) -> list[SealedRow]:
    with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = cursor.execute(_AT, (list(positions),)).fetchall()
    return [SealedRow(*row) for row in rows]


def _version_in(state: bytes) -> int:
    """Return the version of the class of which a body is."""
    found = _VERSION.search(state)
    return int(found[1]) if found else 1


def _named(row: SealedRow) -> str:
    return f"event {row.aggregate_id}:{row.version} at position {row.position}"


def _differs(row: SealedRow) -> str:
    return f"{_named(row)} is not what was sealed; {TELLS_MORE}"
