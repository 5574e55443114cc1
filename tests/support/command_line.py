"""The command line: what it answers, in this process; or a process of its own, as others run it.

A process of its own takes a second and a half to import what it needs: only where the process is
what a test is about (signals, users, what is left behind) is it worth that.
"""

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import pytest

from services.cli import console
from services.cli.main import app
from tests.support.backend import Backend

DAYBOOK = Path(sys.executable).parent / "daybook"
CLINICS = Path(__file__).parents[1] / "clinics"
OAK_STREET = CLINICS / "oak-street"
NOW = "2026-11-23T12:00:00Z"
THROUGH = "2026-11-22"
SMALL_CLINIC_NOW = "2026-09-17T17:00:00Z"
"""When the clinic `base` is imported."""

SMALL_CLINIC = "small_clinic"

_KEPT: dict[str, TemporaryDirectory[str]] = {}
"""The data folder that the small clinic was imported with, by the address of the engine."""

Daybook = Callable[..., subprocess.CompletedProcess[str]]
"""Runs a command."""


def run(data: Path, *words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in this process."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(data, *words, **settings)
    with ThreadPoolExecutor(1) as outside_of_the_loop:
        return outside_of_the_loop.submit(_run, data, *words, **settings).result()


def _run(data: Path, *words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    command = ["daybook", *map(str, words), "--data", str(data)]
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
        _warnings_on(err),
    ):
        patch.setattr(sys, "argv", command)
        for each in (console.out, console.err):  # it is as wide as it is told now
            patch.setattr(each, "_width", None)
            patch.setattr(each, "_height", None)
        for name in os.environ.keys() - clean({}).keys():
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        code = console.guarded(app)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


@contextmanager
def _warnings_on(stream: TextIO) -> Iterator[None]:
    """Log as the command line does."""
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


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


def run_process(
    data: Path, *words: str | Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process of its own."""
    return subprocess.run(
        [DAYBOOK, *map(str, words), "--data", data],
        capture_output=True,
        text=True,
        timeout=600,
        env=clean(settings),
        check=False,
    )


def clean(settings: Mapping[str, str]) -> dict[str, str]:
    mine = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("DAYBOOK_", "COLUMNS", "LINES"))
    }
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


def at_small_clinic(backend: Backend, data: Path) -> Daybook:
    """Have the clinic `base` in an empty database; return what runs a command there.

    It is imported once at an engine; after that database and data folder are copied.
    """
    servers = {
        "DAYBOOK_DATABASE_URL": backend.database_url,
        "DAYBOOK_NATS_URL": backend.nats_url,
    }

    def daybook(*words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        return run(data, *words, **servers, **settings)

    if kept := _KEPT.get(backend.nats_url):
        shutil.copytree(kept.name, data, dirs_exist_ok=True)
        backend.become(SMALL_CLINIC)
        asyncio.run(backend.fill_stream())
        return daybook
    done = daybook("import", CLINICS / "base", "--now", SMALL_CLINIC_NOW)
    assert done.returncode == 0, done.stderr
    backend.keep_as(SMALL_CLINIC)
    _KEPT[backend.nats_url] = kept = TemporaryDirectory(prefix="daybook-clinic-")
    shutil.copytree(data, kept.name, dirs_exist_ok=True)
    return daybook
