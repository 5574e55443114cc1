"""The files of a bundle: what a log held, laid out so that others can check it without Daybook.

A bundle is a folder or a .zip of it. A whole one is a log as C2SP tlog-tiles lays it out
(`checkpoint`, `tile/`), which any web server can serve as it is.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from domain.errors import DaybookError
from services.audit.tree.merkle import Hash

CHECKPOINT = "checkpoint"
"""The head that all else is held against: a signed note, with the cosignatures that there are."""

LEAVES = "leaves.jsonl"
"""The bytes of each leaf, a line each, in the order of the log."""

EVENTS = "events.jsonl"
"""The stored bytes of each leaf's body, a line each; an empty line where it is withheld."""

PROOFS = "proofs.jsonl"
"""Of a part: `{"index": ..., "proof": [...]}` for each leaf, with its hashes in base64."""

EARLIER = "earlier.checkpoint"
"""A head that was signed before."""

GOES_ON = "add-checkpoint"
"""The proof that the head goes on from it, as a witness is asked (C2SP tlog-witness)."""

MANIFEST = "manifest.json"
"""What the bundle says of itself. Nothing vouches for it, and nothing is concluded from it."""

README = "README.txt"
SCHEMAS = "schemas"
TIMESTAMPS = "timestamps"

TILE_WIDTH = 256
"""Hashes of a tile."""

LONGEST_LINE = 2_000_000
"""Bytes of a line, at most; an event has half as many."""


class NoBundle(DaybookError):
    """There is no bundle at a place."""


class FileFaulty(DaybookError):
    """A file of a bundle is missing, or is not what a file of its name is."""


def tile_path(level: int | str, number: int, width: int = TILE_WIDTH) -> str:
    """Return where a tile is; of level `entries` the entries themselves (C2SP tlog-tiles).

    The number is written in parts of three digits: tile 1234067 of level 0 is
    tile/0/x001/x234/067. A tile that is not full says how wide it is.
    """
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03}")
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"


def sized(entry: bytes) -> bytes:
    """Return an entry as it stands in a bundle of entries: behind its length in two bytes."""
    return len(entry).to_bytes(2) + entry


def hashes_of_tile(raw: bytes) -> list[Hash]:
    """Return the hashes of a tile's bytes."""
    return [raw[begin : begin + 32] for begin in range(0, len(raw), 32)]


class BundleFiles:
    """The files of a bundle, read from a folder or out of a .zip."""

    def __init__(self, path: Path) -> None:
        """Raise NoBundle where there is none."""
        self._root: Path | zipfile.Path
        try:
            self._root = zipfile.Path(path) if path.is_file() else path
        except zipfile.BadZipFile:
            raise NoBundle(f"{path} is neither a folder nor a .zip") from None
        if not self.has(CHECKPOINT):
            raise NoBundle(f"there is no bundle in {path}: it has no file named {CHECKPOINT}")

    def has(self, name: str) -> bool:
        """Tell whether there is a file."""
        return self._root.joinpath(name).is_file()

    def whole(self, name: str, most: int = LONGEST_LINE) -> bytes:
        """Return what is in a file of at most so many bytes. Raises FileFaulty."""
        if not self.has(name):
            raise FileFaulty(f"{name} is missing")
        try:
            with self._root.joinpath(name).open("rb") as file:
                found = file.read(most + 1)
        except zipfile.BadZipFile:
            raise FileFaulty(f"{name} cannot be read out of the .zip") from None
        if len(found) > most:
            raise FileFaulty(f"{name} has more than {most:,} bytes")
        return bytes(found)

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file without their newlines. Raises FileFaulty."""
        if not self.has(name):
            raise FileFaulty(f"{name} is missing")
        number = 0
        try:
            with self._root.joinpath(name).open("rb") as file:
                while line := file.readline(LONGEST_LINE):
                    number += 1
                    if not line.endswith(b"\n"):
                        raise FileFaulty(f"line {number} of {name} does not end, or is too long")
                    yield bytes(line[:-1])
        except zipfile.BadZipFile:
            raise FileFaulty(f"{name} cannot be read out of the .zip") from None

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder of the bundle, in order."""
        found = self._root.joinpath(folder)
        return sorted(each.name for each in found.iterdir()) if found.is_dir() else []
