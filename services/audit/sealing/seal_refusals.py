"""Why nothing is sealed: each says what is so, and the way out."""

from domain.errors import DaybookError

CONTINUE = "`daybook audit continue-after-restore --because TEXT`"


class SealRefused(DaybookError):
    """Nothing was sealed of a log.

    SealRefused
    ├── TreeSmaller         a larger tree was signed than this database has
    ├── TreeDiffers         another tree of the same size was signed
    ├── OtherKey            the newest head was not signed by this key
    ├── SealedRowGone       what was sealed last is not in the log as it was sealed
    ├── TilesUnsound        the stored tiles do not make the tree that was signed
    ├── ReadingsDiffer      what was read twice was not the same both times
    └── NotReplicated       the synchronous standby is not known to have it
    """


class TreeSmaller(SealRefused):
    """A larger tree was signed than this database has, as after a restore of an older one."""


class TreeDiffers(SealRefused):
    """Another tree of the same size was signed: there are two histories."""


class OtherKey(SealRefused):
    """The newest head was signed by another key than the one that is to sign now."""


class SealedRowGone(SealRefused):
    """What was sealed last is not in the log as it was sealed."""


class TilesUnsound(SealRefused):
    """The stored tiles do not make the tree that was signed."""


class ReadingsDiffer(SealRefused):
    """What was read twice was not the same both times; nothing was signed."""


class NotReplicated(SealRefused):
    """It is committed here, and the synchronous standby is not known to have it."""
