"""Where the site's key comes from: the environment, or a private file that is made once."""

import base64
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.embedded.data_folder import folder_problem, sync
from services.hosting.settings import BadSetting
from services.vault import KEY_BYTES

SITE_KEY = "DAYBOOK_SITE_KEY"


def site_key(data: Path, is_in_use: Callable[[], bool]) -> bytes:
    """Return the site's key; without one in the environment, that of a data folder's file.

    The file is made where there is none, unless the database `is_in_use` with a key already.
    Raises BadSetting.
    """
    if (given := os.environ.get(SITE_KEY)) is not None:
        return _decoded(given.encode(errors="replace"), SITE_KEY)
    path = _file_in(data)
    if not path.exists():
        # Another process may have made both since.
        if is_in_use() and not path.exists():
            raise BadSetting(
                f"the file {path} is missing, and without it no patient's name in this database"
                f" can be read: restore it from a backup, or set {SITE_KEY}"
            )
        _make(path)
    return _read(path)


@contextmanager
def new_site_key(data: Path, to: Path | None) -> Iterator[bytes]:
    """Yield a new site key, written by then: the file's takes its place when the context ends.

    Where the key comes from the environment the new one stays in the file `to`. Raises BadSetting.
    """
    if from_environment() and to is None:
        raise BadSetting(
            f"the site's key comes from {SITE_KEY}: say with --to in which file the new one is to"
            " be written"
        )
    if to is not None and not from_environment():
        raise BadSetting(f"the site's key is the file {_file_in(data)}: leave --to out")
    draft, key = to or _draft_of(_file_in(data)), secrets.token_bytes(KEY_BYTES)
    try:
        _write(draft, key)
    except OSError as trouble:
        raise BadSetting(f"the file {draft} cannot be written ({trouble.strerror})") from None
    try:
        yield key
    except BaseException:
        draft.unlink()
        raise
    if to is None:
        draft.replace(_file_in(data))
        sync(data)


def from_environment() -> bool:
    """Tell whether the site's key comes from the environment."""
    return SITE_KEY in os.environ


def _file_in(data: Path) -> Path:
    return data / "site.key"


def _draft_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}")


def _make(path: Path) -> None:
    """Make the file, whole or not at all; another process's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft_of(path)
    _write(draft, secrets.token_bytes(KEY_BYTES))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    sync(path.parent)


def _write(path: Path, key: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key))
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    """Return the key of a file that is its owner's alone, in a folder that is."""
    if problem := folder_problem(path.parent):
        raise BadSetting(problem)
    try:
        # Without waiting: nobody may ever write to a pipe in the file's place.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            problem = _file_problem(os.fstat(descriptor))
            given = b"" if problem else os.read(descriptor, 1000)
        finally:
            os.close(descriptor)
    except OSError as trouble:
        raise BadSetting(f"the file {path} cannot be read ({trouble.strerror})") from None
    if problem:
        raise BadSetting(f"the file {path} {problem}")
    return _decoded(given, f"the file {path}")


def _file_problem(facts: os.stat_result) -> str | None:
    if not stat.S_ISREG(facts.st_mode):
        return "is no file with a key: put the site's key there"
    if facts.st_uid != os.geteuid():
        return f"belongs to user {facts.st_uid} and this is user {os.geteuid()}"
    if facts.st_mode & 0o077:
        return "can be read or written by others: take that away (chmod 600)"
    return None


def _decoded(given: bytes, where: str) -> bytes:
    try:
        key = base64.b64decode(given.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadSetting(f"{where} is not {KEY_BYTES} bytes in base64, which a site's key is")
    if not any(key):
        raise BadSetting(f"{where} is all zeroes, which is no key")
    return key
