from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded import Engines, engines
from tests.support.backend import Backend, fresh_backend
from tests.support.nats_server import OwnServer


@pytest.fixture(scope="session")
def shared_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """One pair of real engines for the whole run; each test makes a database of its own."""
    with engines(Path(tmp_path_factory.mktemp("engines"))) as started:
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
