"""The tiles of a tree as its leaves come, one after the other: C2SP tlog-tiles."""

from collections.abc import Callable
from typing import NamedTuple

from services.audit.bundles.bundle_files import TILE_WIDTH, sized, tile_path
from services.audit.tree.merkle import EMPTY_ROOT, Frontier, Hash, leaf_hash, root_of

LEVELS = 8
"""Levels of the tree from one level of tiles to the next."""

ENTRIES = "entries"


class Tile(NamedTuple):
    """Which tile it is; its level is `entries` where it has the entries themselves."""

    level: int | str
    number: int
    width: int

    @property
    def path(self) -> str:
        """Where it is in a bundle."""
        return tile_path(*self)


class TileTree:
    """Makes the tiles of a tree and keeps what it needs for its root: the tiles not full yet."""

    def __init__(self, put: Callable[[Tile, bytes], None]) -> None:
        """Take what is given each tile once it is full, and the others at the end."""
        self._put = put
        self._levels: list[list[Hash]] = []
        self._done: list[int] = []
        self._entries: list[bytes] = []
        self.size = 0

    def append(self, entry: bytes) -> None:
        """Take the bytes of the next leaf."""
        self._entries.append(sized(entry))
        self.size += 1
        self._add(0, leaf_hash(entry))

    def finish(self) -> Hash:
        """Hand out the tiles that are not full; return the root over all leaves."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                self._hand_out(level)
        return self.root()

    def root(self) -> Hash:
        """Return the root over the leaves so far."""
        frontier = Frontier()
        for level in reversed(range(len(self._levels))):
            hashes, first = self._levels[level], 0
            for bit in reversed(range(LEVELS)):
                if len(hashes) >> bit & 1:
                    end = first + (1 << bit)
                    frontier.append_subtree(LEVELS * level + bit, root_of(hashes[first:end]))
                    first = end
        return frontier.root() if frontier.size else EMPTY_ROOT

    def _add(self, level: int, hashed: Hash) -> None:
        if level == len(self._levels):
            self._levels.append([])
            self._done.append(0)
        hashes = self._levels[level]
        hashes.append(hashed)
        if len(hashes) == TILE_WIDTH:
            self._hand_out(level)
            self._levels[level] = []
            self._done[level] += 1
            self._add(level + 1, root_of(hashes))

    def _hand_out(self, level: int) -> None:
        hashes, number = self._levels[level], self._done[level]
        self._put(Tile(level, number, len(hashes)), b"".join(hashes))
        if level == 0:
            self._put(Tile(ENTRIES, number, len(hashes)), b"".join(self._entries))
            self._entries = []
