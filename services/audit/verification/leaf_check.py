"""A stretch of a sealed log, checked: its rows against its leaves, and the roots of both.

Each stretch is a complete subtree of 65,536 leaves, but for the last one, and is checked by itself:
in a process of its own, in the snapshot that all of them share, in memory that does not grow with
the log. Rows are hashed as they are stored, always: what a database says of their hashes shows
nothing of the rows.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import NoteUnsound, SignedNote, VerifierKey
from services.audit.tree.leaf import hashes_of
from services.audit.tree.merkle import Frontier, Hash, root_of
from services.audit.tree.sealed_logs import JOURNAL, SEALED_LOGS, SealedRow
from services.audit.tree.seals import LEVELS, TILE
from services.audit.tree.stored_tiles import StoredTile, place_before, tiles_between, upper_tile
from services.audit.verification.leaf_faults import MOST, LeafFault, Row, compared
from services.audit.verification.record_times import RecordTimes
from services.audit.verification.shared_snapshot import joined

STRETCH_LEVEL = 2 * LEVELS
STRETCH = 1 << STRETCH_LEVEL
"""Leaves that are checked in one go: as many as one tile of level 1 has below it."""

SIGNATURES = 64
"""Heads of a stretch whose signatures are verified, the last ones; and all of several keys.

The rows have to give the root of each head all the same, and then an earlier one shows nothing
that a later one does not. Of a clinic with a head a second it would take most of the time.
"""

SIGNATURE_LINE = "\n\N{EM DASH} "
"""How a line of a note begins that is a signature."""

PAGE = 8 * TILE
"""Rows that are read at once."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Leaves of a tree from `first` to before `end`, and what is asked about them.

    `sizes` are sizes of trees whose root is wanted, besides those of the heads that are here, and
    `keys` those that may have signed these. Without an origin nothing was sealed, and the rows
    alone are hashed.
    """

    log: str
    origin: str | None
    first: int
    end: int
    sizes: tuple[int, ...]
    keys: tuple[VerifierKey, ...]


@dataclass(frozen=True, slots=True)
class Roots:
    """The root over a stretch, and over its leaves up to each size of a tree that ends in it."""

    whole: Hash
    at: dict[int, Hash]


@dataclass(frozen=True, slots=True)
class HeadHere:
    """A head as it is stored: its size and root, and what keeps it from counting, if anything does.

    `signers` are the keys that signed it, of those that are known; None where nobody looked.
    """

    size: int
    root: Hash
    signers: tuple[VerifierKey, ...] | None
    problem: str | None = None


@dataclass(slots=True)
class StretchFound:
    """What was found in a stretch.

    `sealed` are the roots by the leaves that are stored, `rows` those by the rows that are there
    now: the same where all is well, None where there is nothing to work them out from.
    """

    stretch: Stretch
    sealed: Roots | None = None
    rows: Roots | None = None
    faults: list[LeafFault] = field(default_factory=list)
    wrong: int = 0
    """How many faults there are; `faults` has the first of them."""
    damaged: list[str] = field(default_factory=list)
    """What is wrong with the tree's own tiles."""
    heads: list[HeadHere] = field(default_factory=list)
    times: RecordTimes = field(default_factory=RecordTimes)


def check_stretch(database_url: str, snapshot: str, stretch: Stretch) -> StretchFound:
    """Check a stretch in the snapshot that another transaction has exported."""
    with joined(database_url, snapshot) as conn:
        return StretchCheck(conn, stretch).run()


class StretchCheck:
    """Checks one stretch, by a connection in whose transaction all is read."""

    def __init__(self, conn: psycopg.Connection[Any], stretch: Stretch) -> None:
        self._conn = conn
        self._of = stretch
        self._log = SEALED_LOGS[stretch.log]
        self._found = StretchFound(stretch)
        self._tile_roots: list[Hash] = []

    def run(self) -> StretchFound:
        """Return what is found."""
        of, found = self._of, self._found
        tiles: list[StoredTile] = []
        if of.origin is not None:
            found.heads = list(self._heads(of.origin))
            tiles = tiles_between(self._conn, of.origin, of.first, of.end)
            found.damaged = [tile.problem for tile in tiles if tile.problem]
        begins, after = place_before(self._conn, of.origin, of.first)
        if tiles and not found.damaged and begins == of.first:
            self._check_sealed(tiles, after)
        else:
            rows = (hashes_of(page) for page in self._counted())
            found.rows = self._roots_of(rows)
        return found

    def _heads(self, origin: str) -> Iterator[HeadHere]:
        with self._conn.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(
                "SELECT size, root, note FROM seal.heads"
                " WHERE origin = %s AND size > %s AND size <= %s ORDER BY size",
                (origin, self._of.first, self._of.end),
            ).fetchall()
        for number, (size, root, note) in enumerate(rows):
            looks = number >= len(rows) - SIGNATURES or note.count(SIGNATURE_LINE) > 1
            yield head_here(origin, size, bytes(root), note, self._of.keys if looks else None)

    def _check_sealed(self, tiles: Sequence[StoredTile], after: int) -> None:
        """Compare the rows after a position with leaves, by pages; by rows where one differs."""
        of, found = self._of, self._found
        found.sealed = self._roots_of(tile.leaves for tile in tiles)
        self._check_upper_tile()
        if self._is_as_sealed(tiles, after):
            found.rows = found.sealed
            return
        found.times = RecordTimes()
        rows = [row for page in self._between(tiles, after) for row in rows_of(page)]
        leaves = [pair for tile in tiles for pair in zip(tile.positions, tile.leaves, strict=True)]
        faults = compared(of.first, leaves, rows)
        found.wrong, found.faults = len(faults), faults[:MOST]
        if not faults:
            found.damaged.append(
                f"positions of tiles from {tiles[0].number} on are not the leaves'"
            )
        if len(rows) == of.end - of.first:
            found.rows = self._roots_of([[row.hash for row in rows]])

    def _is_as_sealed(self, tiles: Sequence[StoredTile], after: int) -> bool:
        """Tell whether each row is the one that was sealed, in its place."""
        at = 0
        for page in self._between(tiles, after):
            here = tiles[at // TILE : (at + PAGE) // TILE]
            if [row.position for row in page] != [each for tile in here for each in tile.positions]:
                return False
            if hashes_of(page) != [leaf for tile in here for leaf in tile.leaves]:
                return False
            at += len(page)
        return at == self._of.end - self._of.first

    def _check_upper_tile(self) -> None:
        """Note where the tile above the stretch does not have the roots of its tiles."""
        number = self._of.first // STRETCH
        stored = upper_tile(self._conn, self._of.origin or "", 1, number)
        if stored != b"".join(self._tile_roots):
            self._found.damaged.append(f"tile {number} of level 1 has not the roots below it")

    def _between(self, tiles: Sequence[StoredTile], after: int) -> Iterator[Sequence[SealedRow]]:
        """Yield the rows of tiles, and those that stand between them, page by page."""
        return self._pages(after, tiles[-1].positions[-1])

    def _counted(self) -> Iterator[Sequence[SealedRow]]:
        """Yield the rows where they are by their number, since no tile says where they stand."""
        of = self._of
        begins, after = place_before(self._conn, of.origin, of.first)
        passed, left = of.first - begins, of.end - of.first
        for page in self._pages(after):
            here = page[passed:][:left]
            passed, left = max(0, passed - len(page)), left - len(here)
            if here:
                yield here
            if not left:
                return

    def _pages(self, after: int, until: int | None = None) -> Iterator[Sequence[SealedRow]]:
        bound = {} if until is None else {"until": until}
        while page := self._log.after(self._conn, after, PAGE, **bound):
            if self._of.log == JOURNAL.name:
                self._found.times.take(page)
            yield page
            after = page[-1].position

    def _roots_of(self, leaves: Iterable[Sequence[Hash]]) -> Roots | None:
        """Return the roots over leaves, of which a tile or more come at once; None for too few."""
        of = self._of
        wanted = sorted({*of.sizes, *(head.size for head in self._found.heads), of.end})
        wanted = [size for size in wanted if of.first < size <= of.end]
        frontier, at = Frontier(), dict[int, Hash]()
        self._tile_roots = []
        for some in leaves:
            for begin in range(0, len(some), TILE):
                tile, size = some[begin : begin + TILE], of.first + frontier.size
                within = wanted[bisect(wanted, size) : bisect(wanted, size + len(tile))]
                if len(tile) == TILE and size % TILE == 0:
                    self._tile_roots.append(root_of(tile))
                    if within in ([], [size + TILE]):
                        frontier.append_subtree(LEVELS, self._tile_roots[-1])
                        at |= {each: frontier.root() for each in within}
                        continue
                for leaf in tile:
                    frontier.append(leaf)
                    if of.first + frontier.size in within:
                        at[of.first + frontier.size] = frontier.root()
        return Roots(frontier.root(), at) if frontier.size == of.end - of.first else None


def head_here(
    origin: str, size: int, root: Hash, note: str, keys: Iterable[VerifierKey] | None
) -> HeadHere:
    """Return a head as it is stored, and which of these keys signed it; None: nobody looks."""
    text = Checkpoint(origin, size, root).text()
    if not note.startswith(f"{text}\n"):
        return HeadHere(size, root, (), "its note says something else than its row")
    if keys is None:
        return HeadHere(size, root, None)
    try:
        signed = SignedNote.parse(note.encode())
        return HeadHere(size, root, tuple(signed.signed_by(keys)))
    except NoteUnsound as why:
        return HeadHere(size, root, (), str(why))


def rows_of(page: Sequence[SealedRow]) -> Iterator[Row]:
    """Yield rows as they are compared: with their leaves, and the digests of their states."""
    for row, hashed in zip(page, hashes_of(page), strict=True):
        digest = sha256(row.state).hexdigest()
        yield Row(row.position, row.aggregate_id, row.version, row.topic, digest, hashed)
