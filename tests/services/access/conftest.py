from collections.abc import Iterator

import pytest

from services.access.store import AccessStore, open_access
from services.embedded import Engines
from tests.support.backend import Backend, ManualClock, fresh_database


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as fresh:
        yield fresh


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(backend: Backend, clock: ManualClock) -> Iterator[AccessStore]:
    with open_access(backend.database_url, clock=clock) as opened:
        yield opened
