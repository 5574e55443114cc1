"""Where the site's key comes from: the environment, or a private file that is made once."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.embedded.key_file import KeyFile, KeyUnusable
from services.hosting.new_key import new_key
from services.hosting.settings import BadSetting

SITE_KEY = "DAYBOOK_SITE_KEY"


def site_key(data: Path, is_in_use: Callable[[], bool]) -> bytes:
    """Return the site's key; without one in the environment, that of a data folder's file.

    The file is made where there is none, unless the database `is_in_use` with a key already.
    Raises BadSetting.
    """
    file = _file_in(data)
    try:
        if (given := os.environ.get(SITE_KEY)) is not None:
            return file.decoded(given.encode(errors="replace"), SITE_KEY)
        if not file.path.exists():
            # Another process may have made both since.
            if is_in_use() and not file.path.exists():
                raise BadSetting(
                    f"the file {file.path} is missing, and without it no patient's name in this"
                    f" database can be read: restore it from a backup, or set {SITE_KEY}"
                )
            file.make()
        return file.read()
    except KeyUnusable as why:
        raise BadSetting(str(why)) from None


@contextmanager
def new_site_key(data: Path, to: Path | None) -> Iterator[bytes]:
    """Yield a new site key, written by then: the file's takes its place when the context ends.

    Where the key comes from the environment the new one stays in the file `to`. Raises BadSetting.
    """
    with new_key("the site's key", _file_in(data), SITE_KEY, to) as key:
        yield key


def from_environment() -> bool:
    """Tell whether the site's key comes from the environment."""
    return SITE_KEY in os.environ


def _file_in(data: Path) -> KeyFile:
    return KeyFile(data / "site.key", "a site's key")
