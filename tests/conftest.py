from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.embedded import Engines, engines, postgresql
from tests.support.backend import Backend, fresh_backend
from tests.support.nats_server import OwnServer


@pytest.fixture(scope="session")
def shared_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """One pair of real engines for the whole run; each test makes a database of its own.

    Nothing in them has to survive a power cut.
    """
    with ExitStack() as opened:
        with pytest.MonkeyPatch.context() as settings:
            for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                settings.setitem(postgresql._SETTINGS, name, "off")
            started = opened.enter_context(engines(tmp_path_factory.mktemp("engines")))
        yield started


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
