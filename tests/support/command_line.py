"""The real command line, run as others run it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

DAYBOOK = Path(sys.executable).parent / "daybook"
CLINICS = Path(__file__).parents[1] / "clinics"
OAK_STREET = CLINICS / "oak-street"
NOW = "2026-11-23T12:00:00Z"
THROUGH = "2026-11-22"


def start(data: Path, *words: str | Path, **settings: str) -> subprocess.Popen[str]:
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        [DAYBOOK, *map(str, words), "--data", data],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean(settings),
        start_new_session=True,
    )


def run(data: Path, *words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [DAYBOOK, *map(str, words), "--data", data],
        capture_output=True,
        text=True,
        timeout=90,
        env=clean(settings),
        check=False,
    )


def clean(settings: Mapping[str, str]) -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if not key.startswith("DAYBOOK_")}
    return {**mine, **settings}


def imported(data: Path, folder: Path = OAK_STREET, now: str = NOW) -> Path:
    done = run(data, "import", folder, "--now", now)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return data


def reports(data: Path, through: str = THROUGH, **settings: str) -> dict[str, str]:
    """Return both reports as they are printed."""
    found = {}
    for name in ("visits", "weeks"):
        words = ("report", name, "--through", through, "--format", "csv")
        done = run(data, *words, **settings)
        assert done.returncode == 0, done.stderr
        found[name] = done.stdout
    return found


def expected(folder: Path = OAK_STREET) -> dict[str, str]:
    return {
        name: (folder / "expected" / f"{name}.csv").read_bytes().decode()
        for name in ("visits", "weeks")
    }
