"""A user that nobody else is: an id without an account, under which only one folder's engines run.

Whoever runs under the same id as an engine may read its memory, its files and its secrets, and
write to its files. An account such as `postgres` or `nobody` may be somebody else's too.
"""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

DYNAMIC = range(61184, 65520)
"""The ids that systemd keeps for users without an account, too."""

_SYSTEM = range(1, 1000)
_NOBODY = 65534


def free_id(folder: Path) -> int | None:
    """Return an id for the engines of a folder; None where this machine has no such ids."""
    facts = folder.stat()
    start = hash((facts.st_dev, facts.st_ino))  # the same one wherever nothing is in the way
    taken = _running()
    for step in range(len(DYNAMIC)):
        uid = DYNAMIC[(start + step) % len(DYNAMIC)]
        if uid not in taken and is_dynamic(uid):
            return uid
    return None


def is_dynamic(uid: int) -> bool:
    """Tell whether an id is one of these, and there is no account under it."""
    return uid in DYNAMIC and _is_mapped(uid) and not _has_account(uid)


def idle_account() -> int:
    """Return a system's account under which nothing runs now, or else that of nobody.

    initdb runs under no id without an account, and for a moment only.
    """
    taken = _running()
    for account in pwd.getpwall():
        if account.pw_uid in _SYSTEM and account.pw_uid not in taken:
            return account.pw_uid
    return _NOBODY


def user_of(pid: int) -> int | None:
    """Return the id under which a process runs; None where there is none, or it has several."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    ids = {each for line in status.splitlines() if line[:4] == "Uid:" for each in line[4:].split()}
    return int(ids.pop()) if len(ids) == 1 else None


def _running() -> set[int | None]:
    return {user_of(int(place.name)) for place in Path("/proc").glob("[0-9]*")}


def _has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _is_mapped(uid: int) -> bool:
    """Tell whether this machine has such an id: a container may have few."""
    return any(first <= uid < first + count for first, count in _mappings())


def _mappings() -> Iterator[tuple[int, int]]:
    try:
        lines = Path("/proc/self/uid_map").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        first, _, count = map(int, line.split())
        yield first, count


def hand_over(tree: Path, uid: int, gid: int) -> None:
    """Make a folder this user's, with all in it that was whose it is now.

    What belongs to others stays theirs: they may have planted a link to it. The folder itself comes
    last, so that what was cut off is done again.
    """
    before = tree.stat().st_uid
    for _, folders, files, parent in os.fwalk(tree, topdown=False):
        for name in (*folders, *files):
            held = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
            try:
                if os.fstat(held).st_uid == before:
                    # What was looked at, whatever has that name by now.
                    os.chown(f"/proc/self/fd/{held}", uid, gid)
            finally:
                os.close(held)
    os.chown(tree, uid, gid)
