"""What a witness remembers: the newest head of each log that it cosigned, in one file.

The file is written anew beside itself, brought to the disk, and put in its place at once, before
any cosignature leaves. One process at a time has the folder. A file that is gone, or holds a head
that this witness did not cosign, stops the witness: from a state that is not its own it would sign
two heads that do not go on from one another.
"""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from domain.errors import DaybookError
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.signed_note import NoteUnsound, SignedNote

HEADS_FILE = "heads.json"

_LOCK_FILE = "lock"
_BEGUN_FILE = "begun"


class WitnessStateUnsound(DaybookError):
    """The folder of a witness is not as it left it, or another process has it."""


class WitnessState:
    """The heads that a witness cosigned last, by the origin of the log."""

    def __init__(self, folder: Path, key: CosigningKey) -> None:
        """Take the folder; where none ever did, with no heads. Raises WitnessStateUnsound."""
        self._file = folder / HEADS_FILE
        self._lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take()
            begun = folder / _BEGUN_FILE
            if not begun.exists():
                if not self._file.exists():
                    self._write({})
                begun.touch(0o600)
            self._heads = self._read(key)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> "WitnessState":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._lock)

    def head_of(self, origin: str) -> SignedNote | None:
        """Return the newest head that was cosigned, with the cosignatures; None before any was."""
        return self._heads.get(origin)

    def keep(self, origin: str, note: SignedNote) -> None:
        """Remember a head; it is on the disk when this returns. Raises OSError."""
        heads = {**self._heads, origin: note}
        self._write(heads)
        self._heads = heads

    def _take(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as why:
            raise WitnessStateUnsound(
                f"another witness runs on {self._file.parent}; one at a time does"
            ) from why

    def _read(self, key: CosigningKey) -> dict[str, SignedNote]:
        try:
            found = json.loads(self._file.read_bytes())
            notes = {origin: SignedNote.parse(text.encode()) for origin, text in found.items()}
            for origin, note in notes.items():
                if Checkpoint.parse(note.text).origin != origin:
                    raise NoteUnsound(f"it has a head of another log as that of {origin}")
                note.verified_by(key.verifiers)
        except FileNotFoundError as why:
            raise WitnessStateUnsound(
                f"{self._file} is gone, and this witness has signed before: without it, or with an"
                " older one, it would sign what it has refused. Make a new witness, with another"
                " name and key"
            ) from why
        except (ValueError, AttributeError, NoteUnsound) as why:
            told = str(why) if isinstance(why, NoteUnsound) else "it is no JSON of heads"
            raise WitnessStateUnsound(
                f"{self._file} is not as the witness {key.name} left it: {told}. Where it was"
                " changed by mistake, undo that; else make a new witness, with another name and key"
            ) from why
        return notes

    def _write(self, heads: dict[str, SignedNote]) -> None:
        written = {origin: bytes(note).decode() for origin, note in heads.items()}
        beside = self._file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(written, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
