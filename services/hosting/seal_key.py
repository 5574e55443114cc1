"""Where the seal key comes from, what trees are called, and where heads are kept.

The key is the sealer's own user's, in a file of theirs or in the environment, and never in the
database: whoever holds that could otherwise sign another history.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.audit.sealing.sealing_round import SealSettings
from services.audit.tree.origins import DEFAULT_OPERATOR
from services.embedded.key_file import KeyFile, KeyUnusable
from services.hosting.new_key import NewKey, write_new_key
from services.hosting.settings import BadSetting

SEAL_KEY = "DAYBOOK_SEAL_KEY"
SEAL_KEY_FILE = "DAYBOOK_SEAL_KEY_FILE"
SEAL_NAME = "DAYBOOK_SEAL_NAME"
HEADS_FOLDER = "DAYBOOK_HEADS_FOLDER"

_OPERATOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,98}[A-Za-z0-9])?")


class SealKeyMissing(BadSetting):
    """A database was sealed with a key that is not here: it is another user's, or it is lost."""


@dataclass(frozen=True, slots=True)
class SealKey:
    """The seal key of a data folder, unless the environment has another, or names its file."""

    data: Path

    @property
    def file(self) -> KeyFile:
        """The file that has the key, where the environment does not."""
        named = os.environ.get(SEAL_KEY_FILE)
        return KeyFile(Path(named) if named else self.data / "seal.key", "a seal key")

    def read(self) -> bytes:
        """Return the 32 bytes of the key. Raises BadSetting."""
        file = self.file
        try:
            if (given := os.environ.get(SEAL_KEY)) is not None:
                return file.decoded(given.encode(errors="replace"), SEAL_KEY)
            return file.read()
        except KeyUnusable as why:
            raise BadSetting(str(why)) from None

    def make(self, is_in_use: Callable[[], bool]) -> bool:
        """Make the file where there is none; tell whether it was made. Raises SealKeyMissing.

        Not where logs were sealed with a key already: it is somewhere, or it is lost for good.
        """
        file = self.file
        if SEAL_KEY in os.environ or file.path.exists():
            return False
        if is_in_use() and not file.path.exists():
            raise SealKeyMissing(
                f"the file {file.path} is missing, and with its key this database was sealed:"
                f" restore it from a backup, or set {SEAL_KEY}. If it is lost,"
                " `daybook audit continue-after-restore --because TEXT` goes on with a new one"
            )
        file.make()
        return True

    def renew(self, to: Path | None) -> NewKey:
        """Write a new key, which is the one in use once it is put in place. Raises BadSetting."""
        return write_new_key("the seal key", self.file, SEAL_KEY, to)


def seal_settings(data: Path) -> SealSettings:
    """Return what the environment says of sealing. Raises BadSetting."""
    operator = os.environ.get(SEAL_NAME) or DEFAULT_OPERATOR
    if not _OPERATOR.fullmatch(operator):
        raise BadSetting(
            f"{SEAL_NAME} is not a name for trees: letters, digits, dots and hyphens, such as"
            " clinic.example"
        )
    folder = os.environ.get(HEADS_FOLDER)
    seen = SealKey(data).file.path.with_name("seal.heads")
    return SealSettings(operator, seen, Path(folder) if folder else None)
