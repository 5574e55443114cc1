"""The data folder: private, with its locks, its secrets and what must outlive a process."""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.embedded.engine import EngineFailed

_NOTES = "engines.json"


class Folder:
    """One data folder, which belongs to whoever runs this process."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        try:
            if problem := link_problem(self.path):
                raise EngineFailed(problem)
            self.path = path.resolve()
            str(self.path).encode()
            self._claim()
        except (OSError, UnicodeError) as error:
            raise EngineFailed(
                f"The data folder {str(self.path)!r} cannot be used ({error}); "
                "name another one with --data."
            ) from error

    def _claim(self) -> None:
        if not self.path.exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(self.path.parent)
        if self.path.stat().st_uid == os.geteuid() and not any(self.path.iterdir()):
            self.path.chmod(0o700)
        if problem := folder_problem(self.path):
            raise EngineFailed(problem)

    @contextmanager
    def file(self, name: str, flags: int = 0) -> Iterator[int]:
        """Open a private file for as long as the context; no child inherits it."""
        try:
            opened = open_private(self.path / name, os.O_RDWR | os.O_CREAT | flags)
        except OSError as error:
            raise EngineFailed(
                f"{self.path / name} cannot be opened ({error.strerror}); "
                "name another folder with --data."
            ) from error
        try:
            yield opened
        finally:
            os.close(opened)

    def write(self, name: str, text: str) -> Path:
        """Put a private file there whole, or leave the one before."""
        path, fresh = self.path / name, self.path / f"{name}.new"
        opened = open_private(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync(self.path)
        return path

    def recall(self, name: str) -> Any:
        """Tell what was noted under this name, or None."""
        return self._notes().get(name)

    def note(self, name: str, value: str | int) -> None:
        """Keep a fact for the processes after this one; none of them is a secret."""
        notes = self._notes()
        if notes.get(name) != value:
            facts = notes | {"folder": str(self.path), name: value}
            self.write(_NOTES, json.dumps(facts, indent=2) + "\n")

    def _notes(self) -> dict[str, Any]:
        try:
            notes = json.loads((self.path / _NOTES).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        # In a copy of the folder they are about the original.
        return notes if isinstance(notes, dict) and notes.get("folder") == str(self.path) else {}

    def elsewhere(self, purpose: str, parent: Path) -> Path:
        """Make a private folder outside, under `parent`, that goes when the engines stop."""
        path = Path(tempfile.mkdtemp(prefix="daybook-", dir=parent))
        self.note(purpose, str(path))
        return path

    def found_elsewhere(self, purpose: str) -> Path | None:
        """Find the folder made outside for this purpose, if it is there and still ours."""
        noted = self.recall(purpose)
        if not isinstance(noted, str) or not Path(noted).name.startswith("daybook-"):
            return None
        try:
            facts = os.lstat(noted)
        except OSError:
            return None
        ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
        return Path(noted) if ours and not facts.st_mode & 0o027 else None

    def leave_nothing_elsewhere(self) -> None:
        """Remove the folders made outside."""
        for purpose in ("doorway", "programs"):
            if path := self.found_elsewhere(purpose):
                shutil.rmtree(path, ignore_errors=True)


def folder_problem(path: Path) -> str | None:
    """Say why a data folder is not for the keeping of secrets; None where it is."""
    if problem := link_problem(path):
        return problem
    facts = path.stat()
    if facts.st_uid != os.geteuid():
        return (
            f"The data folder {path} belongs to user {facts.st_uid} and this is user "
            f"{os.geteuid()}; run as that user, or name another folder with --data."
        )
    if facts.st_mode & 0o022:
        return (
            f"Others may write to the data folder {path}; take that away "
            "(chmod go-w), or name another folder with --data."
        )
    return None


def link_problem(path: Path) -> str | None:
    """Say so where somebody else's symbolic link leads to a data folder."""
    facts = os.lstat(path) if path.is_symlink() else None
    if facts is None or facts.st_uid in {os.geteuid(), 0}:
        return None
    return (
        f"The data folder {path} is a symbolic link of user {facts.st_uid}; name the folder itself "
        "with --data."
    )


def open_private(path: Path, flags: int) -> int:
    """Open a file that nobody but its owner may read."""
    opened = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.fstat(opened).st_mode & 0o077:
        os.fchmod(opened, 0o600)
    return opened


def sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
