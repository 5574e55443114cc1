import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from hypothesis import settings

from services.embedded import Engines, engines, postgresql
from tests.support import command_line, data_folders
from tests.support.backend import Backend, fresh_backend
from tests.support.examples import examples
from tests.support.nats_server import OwnServer
from tests.support.secured_nats import secured_nats

settings.register_profile("daybook", examples())
settings.load_profile("daybook")

FIXTURES = {"shared_engines", "server", "secured"}
FUNCTIONS = {engines, command_line.run, command_line.run_process, command_line.start, secured_nats}
"""What starts PostgreSQL or nats-server."""


MEMORY = Path("/dev/shm")  # noqa: S108
"""Where a run's files stand if it has room: on a disk, engines take twice the time for the same."""

ROOM = 8 * 2**30
"""Bytes that have to be free there."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run the whole suite on every core, unless told otherwise; a part of it in this process."""
    chosen = config.option
    if "PYTEST_XDIST_WORKER" in os.environ or chosen.collectonly:
        return
    whole = config.args_source is not pytest.Config.ArgsSource.ARGS
    if whole and chosen.numprocesses is None and not chosen.usepdb:
        # Many tests wait for an engine: one worker more than there are cores.
        chosen.numprocesses = (os.cpu_count() or 1) + 1
        chosen.dist, chosen.loadscopereorder = "loadfile", False
    if chosen.basetemp is None and _is_roomy(MEMORY):
        chosen.basetemp = tempfile.mkdtemp(prefix="daybook-tests-", dir=MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(chosen.basetemp))


def _is_roomy(folder: Path) -> bool:
    """Tell whether a run's files may stand there, with programs among them."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize >= ROOM and not facts.f_flag & os.ST_NOEXEC


def pytest_configure() -> None:
    """Let what tests start hear an interrupt, also in the background of a shell."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs an engine, and begin with it: what is short fills the gaps at the end."""
    for item in items:
        if isinstance(item, pytest.Function) and (
            FIXTURES & set(item.fixturenames) or FUNCTIONS & _functions_in(item.module)
        ):
            item.add_marker("engine")
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)


@cache
def _functions_in(module: ModuleType) -> set[FunctionType]:
    return {each for each in vars(module).values() if isinstance(each, FunctionType)}


@pytest.fixture(scope="session")
def shared_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """One pair of real engines for the whole run; each test makes a database of its own.

    Nothing in them has to survive a power cut.
    """
    with ExitStack() as opened:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                patch.setitem(postgresql._SETTINGS, name, "off")
            started = opened.enter_context(engines(tmp_path_factory.mktemp("engines")))
        yield started


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run share."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def oak_street_at_rest(run_folder: Path) -> Path:
    """A data folder with the example clinic, to be copied."""
    return data_folders.at_rest(run_folder, "oak-street", command_line.NOW)


@pytest.fixture(scope="session")
def lighthouse_at_rest(run_folder: Path) -> Path:
    """A data folder with a clinic that is small and full of edges, to be copied."""
    return data_folders.at_rest(run_folder, "lighthouse", data_folders.LIGHTHOUSE_NOW)


@pytest.fixture(scope="module")
def oak_street(
    oak_street_at_rest: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A data folder with the example clinic and running engines, for tests that only read."""
    target = tmp_path_factory.mktemp("oak-street") / "data"
    with data_folders.copied(oak_street_at_rest, target) as data, engines(data):
        yield data


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    """A database of the test's own, and no stream."""
    with fresh_backend(shared_engines) as fresh:
        yield fresh


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnServer]:
    """A nats-server of the test's own."""
    started = OwnServer(tmp_path / "server")
    yield started
    started.kill()
