"""The demo's own folder: each start makes a clinic of that day in it, and keeps no earlier one."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from domain.errors import DaybookError
from services.embedded import engines

RUNNING = "running.json"


class DemoRunning(DaybookError):
    """A demo is running in the folder already."""


class NoDemo(DaybookError):
    """No demo is running in the folder."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where a demo that is running is reached, and who its people are played by."""

    url: str
    facility_id: str
    account: str
    password: str = field(repr=False)


@contextmanager
def fresh_folder(data: Path) -> Iterator[Path]:
    """Yield an empty folder for a clinic; it is nobody else's meanwhile. Raises DemoRunning."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoRunning(
                f"A demo is running in {data}: end it first, or name another folder with --data"
            ) from None
        clinic = data / "clinic"
        if clinic.exists():
            with engines(clinic):
                # What a demo left behind that was killed ends with this.
                pass
            shutil.rmtree(clinic)
        try:
            yield clinic
        finally:
            (data / RUNNING).unlink(missing_ok=True)


def tell_running(data: Path, running: Running) -> None:
    """Write down where the demo is reached, for nobody but the owner of the folder to read."""
    file = data / RUNNING
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(orjson.dumps(asdict(running)))


def find_running(data: Path) -> Running:
    """Return the demo that is running in a folder. Raises NoDemo."""
    try:
        return Running(**orjson.loads((data / RUNNING).read_bytes()))
    except FileNotFoundError:
        raise NoDemo(
            f"No demo is running in {data}: start one with daybook demo, in another terminal"
        ) from None
