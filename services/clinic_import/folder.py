"""Where a clinic's files come from: a folder of the machine, or files that somebody sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class File(Protocol):
    """A file of a folder, which need not be there."""

    @property
    def name(self) -> str:
        """What the file is called."""

    def exists(self) -> bool:
        """Tell whether it is there."""

    def read_bytes(self) -> bytes:
        """Return what is in it. Raises OSError where it is not there."""


class Folder(Protocol):
    """A clinic's folder. A `Path` is one."""

    def __truediv__(self, name: str, /) -> File:
        """Return the file of a name."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that somebody sent, or (None) did not."""

    name: str
    content: bytes | None

    def exists(self) -> bool:
        """Tell whether it was sent."""
        return self.content is not None

    def read_bytes(self) -> bytes:
        """Return what is in it. Raises OSError where it was not sent."""
        if self.content is None:
            raise FileNotFoundError(self.name)
        return self.content


@dataclass(frozen=True, slots=True)
class SentFolder:
    """Files that somebody sent, by their names: nothing of them is written to a disk."""

    files: Mapping[str, bytes]

    def __truediv__(self, name: str, /) -> SentFile:
        """Return the file of a name."""
        return SentFile(name, self.files.get(name))
