"""Where a witness's key comes from: the environment, or a private file that is made once."""

import os
from pathlib import Path

from services.embedded.key_file import KeyFile

WITNESS_KEY = "DAYBOOK_WITNESS_KEY"


def witness_key(folder: Path) -> bytes:
    """Return the 32 bytes of the witness whose folder this is. Raises KeyUnusable."""
    file = KeyFile(folder / "witness.key", "a witness's key")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (given := os.environ.get(WITNESS_KEY)) is not None:
        return file.decoded(given.encode(errors="replace"), WITNESS_KEY)
    if not file.path.exists():
        file.make()
    return file.read()
