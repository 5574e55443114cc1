"""The leaves of a bundle, read line by line and held against its tiles and its head."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import orjson

from domain.errors import DaybookError
from services.audit.bundles import bundle_files as files
from services.audit.bundles.bundle_files import BundleFiles, FileFaulty
from services.audit.bundles.bundle_tiles import Tile, TileTree
from services.audit.notes.checkpoint import Checkpoint
from services.audit.tree.leaf import FORMAT
from services.audit.tree.merkle import Frontier, Hash
from services.audit.verification.log_verdict import between_words
from services.audit.verification.report import Fault

LONGEST_ENTRY = 65_535
"""Bytes of an entry, at most: C2SP tlog-tiles writes their number in two bytes."""


class LeafUnsound(DaybookError):
    """A line that is no leaf."""


@dataclass(frozen=True, slots=True)
class BundleLeaf:
    """The leaf of a line: which event it names, and the SHA-256 of its body in hex."""

    number: int
    """The number of the line, from 1."""
    entry: bytes
    position: int
    event: str
    topic: str
    digest: str

    @property
    def named(self) -> str:
        """The event and where it is."""
        return f"{self.event} at position {self.position}"

    @classmethod
    def parse(cls, entry: bytes, number: int) -> Self:
        """Read a line. Raises LeafUnsound."""
        try:
            form, position, aggregate_id, version, topic, digest = orjson.loads(entry)
        except (ValueError, TypeError):
            form = position = aggregate_id = version = topic = digest = None
        is_shaped = (
            form == FORMAT
            and type(position) is type(version) is int
            and isinstance(aggregate_id, str)
            and isinstance(topic, str)
            and isinstance(digest, str)
        )
        if not is_shaped or len(entry) > LONGEST_ENTRY:
            raise LeafUnsound(f"leaf {number:,} is not of the form {FORMAT}")
        return cls(number, entry, position, f"{aggregate_id}:{version}", topic, digest)

    @classmethod
    def all_of(cls, bundle: BundleFiles) -> Iterator[Self]:
        """Yield the leaves of a bundle. Raises LeafUnsound, FileFaulty."""
        for number, entry in enumerate(bundle.lines(files.LEAVES), 1):
            yield cls.parse(entry, number)


class Places:
    """The sizes of the heads that are known of a log, between which something is wrong."""

    def __init__(self, size: int, others: Iterable[int]) -> None:
        """Take the size of a bundle's head, and those of others that are given or in it."""
        self.sizes = sorted({size, *(each for each in others if each < size)})

    def fault(self, leaf: BundleLeaf, place: int | None, says: str, *, sure: bool = True) -> Fault:
        """Return what is wrong with an event, by the place of its leaf (from 1), if it is known."""
        before = None
        after: int | None = self.sizes[-1]
        if place is not None:
            before = max((each for each in self.sizes if each < place), default=None)
            after = min((each for each in self.sizes if each >= place), default=None)
        return Fault(
            what="event",
            says=f"{says}, {between_words((before, after))}",
            event=leaf.event,
            position=leaf.position,
            sure=sure,
            between=(before, after),
        )


class WholeLeaves:
    """The leaves of a whole bundle: they have to make its tiles, and the root that was signed."""

    def __init__(self, bundle: BundleFiles, head: Checkpoint, places: Places) -> None:
        self._bundle, self._head, self._places = bundle, head, places
        self._tree = TileTree(self._compare)
        self._recent: list[BundleLeaf] = []
        self._first_wrong: BundleLeaf | None = None
        self._wrong_tile: str | None = None
        self._disorder: Fault | None = None

    @property
    def size(self) -> int:
        """How many there were so far."""
        return self._tree.size

    def root(self) -> Hash:
        """Return the root over those that were read so far."""
        return self._tree.root()

    def read(self) -> Iterator[BundleLeaf]:
        """Yield the leaves. Raises LeafUnsound, FileFaulty."""
        last = 0
        for leaf in BundleLeaf.all_of(self._bundle):
            if leaf.position <= last and self._disorder is None:
                says = f"{leaf.named} does not come after position {last}"
                self._disorder = self._places.fault(leaf, leaf.number, says)
            last = leaf.position
            self._recent.append(leaf)
            self._tree.append(leaf.entry)
            yield leaf

    def finish(self) -> list[Fault]:
        """Return what is wrong with them, once all were read: the first wrong event by name."""
        root, head = self._tree.finish(), self._head
        is_signed = (self.size, root) == (head.size, head.root)
        faults = [self._disorder] if self._disorder else []
        if is_signed and self._wrong_tile:
            says = f"{self._wrong_tile} is not what the leaves make, which are what was signed"
            faults.append(Fault(what="tree", says=says, sure=True))
        if is_signed:
            return faults
        known = self._root_of_tiles() == head.root
        if (wrong := self._first_wrong) is not None:
            by = "was signed" if known else "its tile has"
            says = f"{wrong.named} is not the leaf that {by}"
            return [self._places.fault(wrong, wrong.number, says, sure=known), *faults]
        if self.size != head.size:
            says = f"there are {self.size:,} leaves, and the signed head is of {head.size:,}"
        else:
            says = "the leaves do not make the root that was signed"
        return [Fault(what="tree", says=says, sure=True), *faults]

    def _compare(self, tile: Tile, content: bytes) -> None:
        """Hold a tile that the leaves make against the bundle's."""
        recent = self._recent
        if tile.level == "entries":
            self._recent = []
        try:
            found = self._bundle.whole(tile.path)
        except FileFaulty:
            found = b""
        if found == content:
            return
        self._wrong_tile = self._wrong_tile or tile.path
        if tile.level == 0 and self._first_wrong is None:
            for leaf, mine, theirs in zip(
                recent, files.hashes_of_tile(content), files.hashes_of_tile(found), strict=False
            ):
                if mine != theirs:
                    self._first_wrong = leaf
                    break

    def _root_of_tiles(self) -> Hash | None:
        """Return the root that the bundle's own tiles make; None where they are not all there."""
        frontier, size = Frontier(), self._head.size
        try:
            for first in range(0, size, files.TILE_WIDTH):
                width = min(files.TILE_WIDTH, size - first)
                raw = self._bundle.whole(files.tile_path(0, first // files.TILE_WIDTH, width))
                frontier.extend(files.hashes_of_tile(raw))
        except FileFaulty:
            return None
        return frontier.root() if frontier.size == size else None
