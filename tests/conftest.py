from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded import Engines, engines
from tests.support.backend import Ground, fresh_ground
from tests.support.nats_server import OwnServer


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """One pair of real engines for the whole run; each test makes a database of its own."""
    with engines(Path(tmp_path_factory.mktemp("engines"))) as started:
        yield started


@pytest.fixture
def ground(found: Engines) -> Iterator[Ground]:
    """A database of the test's own, and no stream."""
    with fresh_ground(found) as fresh:
        yield fresh


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnServer]:
    """A nats-server of the test's own."""
    started = OwnServer(tmp_path / "server")
    yield started
    started.kill()
