"""Files with a secret key: 32 bytes in base64, of one user alone, in a folder that is theirs."""

import base64
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from domain.errors import DaybookError
from services.embedded.data_folder import folder_problem, sync

KEY_BYTES = 32


class KeyUnusable(DaybookError):
    """A key in a file or in the environment that cannot be used, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One such file; `what` is the key's name in sentences, such as `a site's key`."""

    path: Path
    what: str

    def make(self) -> None:
        """Make the file with a new key, whole or not at all; another process's stays."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.draft()
        write_key(draft, secrets.token_bytes(KEY_BYTES))
        try:
            self.path.hardlink_to(draft)
        except FileExistsError:
            return
        finally:
            draft.unlink()
        sync(self.path.parent)

    def draft(self) -> Path:
        """Return a name beside the file that nobody has."""
        return self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}")

    def take(self, draft: Path) -> None:
        """Put a draft in the file's place."""
        draft.replace(self.path)
        sync(self.path.parent)

    def read(self) -> bytes:
        """Return the key. Raises KeyUnusable."""
        if problem := folder_problem(self.path.parent):
            raise KeyUnusable(problem)
        try:
            # Without waiting: nobody may ever write to a pipe in the file's place.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                problem = self._problem(os.fstat(descriptor))
                given = b"" if problem else os.read(descriptor, 1000)
            finally:
                os.close(descriptor)
        except OSError as trouble:
            raise KeyUnusable(f"the file {self.path} cannot be read ({trouble.strerror})") from None
        if problem:
            raise KeyUnusable(f"the file {self.path} {problem}")
        return self.decoded(given, f"the file {self.path}")

    def decoded(self, given: bytes, where: str) -> bytes:
        """Return the key of what `where` says. Raises KeyUnusable."""
        try:
            key = base64.b64decode(given.strip(), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise KeyUnusable(f"{where} is not {KEY_BYTES} bytes in base64, which {self.what} is")
        if not any(key):
            raise KeyUnusable(f"{where} is all zeroes, which is no key")
        return key

    def _problem(self, facts: os.stat_result) -> str | None:
        if not stat.S_ISREG(facts.st_mode):
            return f"is no file with a key: put {self.what} there"
        if facts.st_uid != os.geteuid():
            return f"belongs to user {facts.st_uid} and this is user {os.geteuid()}"
        if facts.st_mode & 0o077:
            return "can be read or written by others: take that away (chmod 600)"
        return None


def write_key(path: Path, key: bytes) -> None:
    """Write a file that is not there, for its owner alone. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key))
        file.flush()
        os.fsync(file.fileno())
