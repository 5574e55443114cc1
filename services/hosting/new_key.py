"""A new key that is to take the place of one in a file, or in the environment."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.embedded.key_file import KEY_BYTES, KeyFile, write_key
from services.hosting.settings import BadSetting


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key and where it was written: a draft beside the file in use, or a file to hand on."""

    key: bytes
    path: Path
    file: KeyFile | None

    def put_in_place(self) -> None:
        """Make it the key in use; where that comes from the environment, somebody does so."""
        if self.file:
            self.file.take(self.path)


def write_new_key(called: str, file: KeyFile, variable: str, to: Path | None) -> NewKey:
    """Write a new key, beside the file that it is to replace, or into the file `to`.

    The key is `called` so in sentences; where `variable` of the environment is set, it comes from
    there. Raises BadSetting.
    """
    from_environment = variable in os.environ
    if from_environment and to is None:
        raise BadSetting(
            f"{called} comes from {variable}: say with --to in which file the new one is to be"
            " written"
        )
    if to is not None and not from_environment:
        raise BadSetting(f"{called} is the file {file.path}: leave --to out")
    made = NewKey(secrets.token_bytes(KEY_BYTES), to or file.draft(), None if to else file)
    try:
        write_key(made.path, made.key)
    except OSError as trouble:
        raise BadSetting(f"the file {made.path} cannot be written ({trouble.strerror})") from None
    return made


@contextmanager
def new_key(called: str, file: KeyFile, variable: str, to: Path | None) -> Iterator[bytes]:
    """Yield a new key, written by then; it is the one in use when the context ends."""
    made = write_new_key(called, file, variable, to)
    try:
        yield made.key
    except BaseException:
        made.path.unlink()
        raise
    made.put_in_place()
