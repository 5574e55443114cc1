"""PostgreSQL, reached over a Unix socket in its own private folder, by password."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from services.embedded.data_folder import sync
from services.embedded.engine import HERE, Engine, Process
from services.embedded.os_user import VERSION

_USER = _DATABASE = "daybook"
_SECRET = "postgres.password"  # noqa: S105
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107
_INITDB_PATIENCE = 300.0
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # To compile a question takes longer than to answer any of ours.
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    # A statement, an error or its details may tell who a patient is: no value goes into the log.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


class PostgreSQL(Engine):
    """The journal's and the read models' database."""

    name = "PostgreSQL"
    home_name = "postgres"
    endings = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 20.0), (signal.SIGKILL, 10.0))

    def url(self, database: str = _DATABASE) -> str:
        """Where clients connect; the password stays in its file."""
        # An empty password sends libpq to the file, even if the environment has a PGPASSWORD.
        parts = {
            "host": str(self._doorway()),
            "port": "5432",
            "passfile": str(self.folder.path / _SECRET),
            "password": "",
        }
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in parts.items())
        return f"postgresql://{_USER}@/{database}?{query}"

    def start(self) -> None:
        """Start it, on a new cluster if there is none yet."""
        if not self.home.exists() or not any(self.home.iterdir()):
            self._initialize()
        self.runner.take_over(self.home)
        self._check()
        self._clear_stale_pids()
        self.launch(
            self.runner.programs.postgres,
            *("-D", HERE),
            *("-c", f"cluster_name={self._cluster()}"),
            *(part for item in _SETTINGS.items() for part in ("-c", "=".join(item))),
            cwd=self.home,
        )

    def owner(self) -> int:
        """Whose its processes are, also while the cluster is made."""
        return (self.home if self.home.exists() else self._fresh).stat().st_uid

    @property
    def _fresh(self) -> Path:
        return self.folder.path / f"{self.home_name}.new"

    def orphans(self) -> Iterator[Process]:
        """Find backends amid a long query, which would notice only at its end."""
        if not self.home.exists():
            return
        owner, title = self.owner(), f"postgres: {self._cluster()}:".encode()
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if place.stat().st_uid != owner:
                    continue
                ours = (place / "cmdline").read_bytes().startswith(title)
                if ours and (process := Process.of(int(place.name))):
                    yield process

    def _cluster(self) -> str:
        """Name this cluster, and no copy of it, in what `ps` shows."""
        facts = self.home.stat()
        return f"daybook-{facts.st_dev:x}-{facts.st_ino:x}"

    def answers(self) -> bool:
        """Whether it lets us in; our database is made if it is not there."""
        try:
            with psycopg.connect(
                self.url("postgres"), autocommit=True, connect_timeout=5
            ) as connection:
                query = "SELECT 1 FROM pg_database WHERE datname = %s"
                if not connection.execute(query, [_DATABASE]).fetchone():
                    connection.execute(f"CREATE DATABASE {_DATABASE}")
        except psycopg.Error as error:
            if "password authentication failed" in str(error):
                raise self.failed(f"refuses the password in {_SECRET}") from error
            return False
        return True

    def _initialize(self) -> None:
        """Make a cluster beside and move it into place, so that there is a whole one or none."""
        password = secrets.token_urlsafe(32)
        self.folder.write(_SECRET, f"*:*:*:{_USER}:{password}\n")
        fresh, options = self._fresh, self.runner.with_account()
        if fresh.exists():
            shutil.rmtree(fresh)  # left by a start that was killed
        fresh.mkdir(mode=0o700)
        with tempfile.TemporaryFile(dir=self.folder.path) as secret:
            secret.write(password.encode())
            secret.flush()
            self.runner.own(fresh, options)
            self.runner.own(secret.fileno(), options)
            initdb = self.spawn(
                self.runner.programs.initdb,
                *("-D", HERE, "-U", _USER, "--data-checksums", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *("--auth-local=scram-sha-256", "--auth-host=reject"),
                # Stretching guards no password that is random, and costs at each connection.
                *("-c", "scram_iterations=1"),
                f"--pwfile=/proc/self/fd/{secret.fileno()}",
                cwd=fresh,
                inherit=[secret.fileno()],
                options=options,
            )
            self._await(initdb)
        self.runner.take_over(fresh)
        fresh.rename(self.home)
        sync(self.folder.path)

    def _await(self, initdb: "subprocess.Popen[bytes]") -> None:
        try:
            if initdb.wait(_INITDB_PATIENCE) != 0:
                raise self.failed("could not be set up")
        except subprocess.TimeoutExpired as error:
            raise self.failed("took too long to set up") from error
        finally:
            initdb.kill()
            initdb.wait()

    def _check(self) -> None:
        try:
            version = (self.home / "PG_VERSION").read_text(encoding="utf-8").strip()
            (self.folder.path / _SECRET).stat()
        except (OSError, ValueError) as error:
            raise self.failed(f"is not whole: {error}") from error
        if version != VERSION:
            raise self.failed(
                f"was written by PostgreSQL {version} and this Daybook brings {VERSION}"
            )

    def _clear_stale_pids(self) -> None:
        """Remove pid files whose pid is a zombie's or a stranger's: PostgreSQL believes them."""
        for name in ("postmaster.pid", f"{_SOCKET}.lock"):
            path = self.home / name
            try:
                lines = path.read_text(encoding="utf-8").splitlines()
                pid, began = abs(int(lines[0])), int(lines[2])
            except FileNotFoundError:
                continue
            except (ValueError, IndexError):
                path.unlink()
                continue
            process = Process.of(pid)
            is_ours = process and process.name == "postgres" and process.near(began)
            if process and is_ours and not process.is_gone_soon():
                raise self.failed(
                    f"is in use by process {pid}, which Daybook did not start: stop it"
                )
            if Path(f"/proc/{pid}").exists():
                path.unlink()

    def _doorway(self) -> Path:
        """Find the socket's folder, or a private short way to it if libpq cannot take its name."""
        if _fits(self.home):
            return self.home
        kept = self.folder.found_elsewhere("doorway")
        if kept and _leads_to(kept / "d", self.home):
            return kept / "d"
        for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
            if _fits(parent / "daybook-12345678" / "d") and os.access(parent, os.W_OK):
                link = self.folder.elsewhere("doorway", parent) / "d"
                link.symlink_to(self.home)
                return link
        raise self.failed("has too long a name for a socket, and no temporary folder is shorter")


def _fits(folder: Path) -> bool:
    name = os.fsencode(folder / _SOCKET)
    return len(name) <= _LONGEST_SOCKET_PATH and b"," not in name  # libpq splits at commas


def _leads_to(link: Path, goal: Path) -> bool:
    try:
        return link.readlink() == goal
    except OSError:
        return False
