"""One engine's life: born with its lock, known by what it wrote there, ended if it is ours.

An engine inherits its lock file, locked, and hands it on to its children: the lock is free when,
and only when, the last of its processes is gone, and no stale pid file can say otherwise. The
process that is to become the engine writes there who it is before it does: its pid and the tick it
started at, which together name a process for as long as the machine is up.
"""

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.embedded.dynamic_user import user_of

if TYPE_CHECKING:
    from services.embedded.data_folder import Folder
    from services.embedded.os_user import Runner

HERE = "/proc/self/cwd"
"""How an engine calls its own folder."""

_PATIENCE = 120.0
_SAME_MOMENT = 5.0
_GONE_WITHIN = 2.0
_TURN_LOG_OVER = 10_000_000
_COMPLAINTS = ("FATAL:", "error:", "initdb:", "[FTL]", "nats-server:", "[ERR]", "sh:")
_BECOME = 'read -r facts </proc/$$/stat && echo "$facts" >&0 && exec "$@"'


class EngineFailed(Exception):
    """An engine cannot be started, joined or stopped; the message says where to look."""


@dataclass(frozen=True)
class Process:
    """A process that no later one can be mistaken for."""

    pid: int
    started: int
    name: str = field(default="", compare=False)

    @classmethod
    def parse(cls, stat: str) -> "Process | None":
        """Read a line of /proc/PID/stat; None for the dead."""
        try:
            head, _, rest = stat.rpartition(")")
            pid, _, name = head.partition(" (")
            fields = rest.split()
            return None if fields[0] in "ZX" else cls(int(pid), int(fields[19]), name)
        except (ValueError, IndexError):
            return None

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """Find the process that has this pid now."""
        try:
            return cls.parse(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def near(self, moment: float) -> bool:
        """Whether it started at about this moment, in seconds since the epoch."""
        running = time.clock_gettime(time.CLOCK_BOOTTIME) - self.started / os.sysconf("SC_CLK_TCK")
        return abs(time.time() - running - moment) < _SAME_MOMENT

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Process.of(self.pid) == self

    def is_gone_soon(self) -> bool:
        """Tell whether it ends within a moment: one that was killed lets go of its files first."""
        until = time.monotonic() + _GONE_WITHIN
        while self.alive():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def send(self, number: signal.Signals, owner: int) -> None:
        """Signal this very process, unless it is not this user's: engines can write their lock."""
        if self.alive() and user_of(self.pid) == owner:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


class Engine:
    """What PostgreSQL and nats-server have in common."""

    name: str
    home_name: str
    endings: tuple[tuple[signal.Signals, float], ...]
    """How it is asked to stop, ever less politely, and how long each may take."""

    def __init__(self, folder: "Folder", runner: "Runner", opened: ExitStack) -> None:
        self.folder = folder
        self.runner = runner
        self.home = folder.path / self.home_name
        self.log = folder.path / f"{self.home_name}.log"
        self._logs_seen: dict[Path, int] = {}
        self.lock = opened.enter_context(folder.file(f"{self.home_name}.lock"))

    @property
    def logs(self) -> tuple[Path, ...]:
        """Where it says what is wrong."""
        return (self.log,)

    def start(self) -> None:
        """Start it, given that none of its processes is alive."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it lets us in."""
        raise NotImplementedError

    def running(self) -> bool:
        """Whether any of its processes is alive."""
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self.lock, fcntl.LOCK_UN)
        return False

    def process(self) -> Process | None:
        """Its first process, if that is alive."""
        process = Process.parse(os.pread(self.lock, 4096, 0).decode("utf-8", "replace"))
        return process if process and process.alive() else None

    def owner(self) -> int:
        """Whose its processes are: whoever has its folder, which nobody but us can replace."""
        return self.home.stat().st_uid

    def orphans(self) -> Iterable[Process]:
        """Find the processes that its first one left behind when it was killed."""
        return ()

    def end_orphans(self) -> None:
        """Spare us the wait for what works on, with nobody to work for."""
        if self.process() is None:
            for orphan in self.orphans():
                orphan.send(signal.SIGQUIT, self.owner())

    def launch(self, program: Path, *arguments: str, cwd: Path) -> None:
        """Run a program that may outlive us; if it does not, its exit status is collected."""
        process = self.spawn(program, *arguments, cwd=cwd)
        threading.Thread(target=process.wait, daemon=True).start()

    def spawn(
        self,
        program: Path,
        *arguments: str,
        cwd: Path,
        inherit: Sequence[int] = (),
        options: Mapping[str, Any] | None = None,
    ) -> "subprocess.Popen[bytes]":
        """Run a program as this engine: with its lock, its log, and out of the terminal's reach.

        It runs as the runner's user, unless these options name another one.
        """
        self._turn_log()
        with (
            self.folder.file(self.log.name, os.O_APPEND) as log,
            self.folder.file(f"{self.home_name}.lock") as lock,
        ):
            self._logs_seen = {each: _size(each) for each in self.logs}
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(lock, 0)
                return subprocess.Popen(  # noqa: S603
                    ["/bin/sh", "-c", _BECOME, "sh", program, *arguments],
                    cwd=cwd,
                    stdin=lock,
                    stdout=log,
                    stderr=log,
                    env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},  # no secrets of ours
                    pass_fds=[lock, *inherit],  # initdb's children have another standard input
                    start_new_session=True,
                    umask=0o077,
                    **(self.runner.options() if options is None else options),
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise self.failed(f"cannot be run ({error})") from error

    def _turn_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _TURN_LOG_OVER:
            self.log.replace(self.log.with_suffix(".log.1"))

    def failed(self, what: str) -> EngineFailed:
        """One sentence for whoever ran the command."""
        return EngineFailed(
            f"{self.name} in {self.home} {what}{self._last_words()}; see "
            f"{' and '.join(map(str, self.logs))}, put that right and try again, or name another "
            "folder with --data."
        )

    def _last_words(self) -> str:
        """Find what it complained of since we started it."""
        lines = [line for log in self.logs for line in _lines(log, self._logs_seen.get(log, 0))]
        for mark in _COMPLAINTS:
            for line in reversed(lines):
                if mark in line:
                    return f" ({line[line.index(mark) :].strip()[:300]})"
        return ""


def _size(log: Path) -> int:
    return log.lstat().st_size if log.exists() else 0


def _lines(log: Path, seen: int) -> list[str]:
    """Return the last lines of a log, from this byte on."""
    try:
        # An engine may have put a link there to what only we may read.
        opened = os.open(log, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(opened, "rb") as file:
        file.seek(max(seen, os.fstat(opened).st_size - 4000))
        return file.read().decode("utf-8", "replace").splitlines()


def wait_until_ready(engines: Iterable[Engine]) -> None:
    """Return once all of them answer, having started those of which nothing was alive."""
    waiting, started = list(engines), set[Engine]()
    deadline, pause = time.monotonic() + _PATIENCE, 0.01
    while waiting:
        for engine in tuple(waiting):
            try:
                if engine.running():
                    engine.end_orphans()
                    if engine.answers():
                        waiting.remove(engine)
                elif engine in started:
                    raise engine.failed("ended while it started")
                else:
                    engine.start()
                    started.add(engine)
                    deadline = time.monotonic() + _PATIENCE
            except OSError as error:
                raise engine.failed(f"cannot be started ({error})") from error
        if waiting and time.monotonic() > deadline:
            raise waiting[0].failed(f"runs but has not answered for {_PATIENCE:.0f} seconds")
        if waiting:
            time.sleep(pause)
            pause = min(pause * 1.1, 0.25)


def stop(engines: Iterable[Engine]) -> None:
    """Stop what runs of them, both at once, and return when nothing is left."""
    running = [engine for engine in engines if engine.running()]
    told = [_tell(engine, engine.endings[0][0]) for engine in running]
    for engine, is_told in zip(running, told, strict=True):
        _see_off(engine, told=is_told)


def _see_off(engine: Engine, *, told: bool) -> None:
    for number, patience in engine.endings:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not engine.running():
                return
            told = told or _tell(engine, number)
            engine.end_orphans()
            time.sleep(0.005)
        told = False
    raise engine.failed("did not stop")


def _tell(engine: Engine, number: signal.Signals) -> bool:
    """Signal its first process, if it has said by now which that is: it does as it begins."""
    process = engine.process()
    if process:
        process.send(number, engine.owner())
    return process is not None
