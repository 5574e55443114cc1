"""What most tests of pages have: a database for a file, the two clinics in it, and visitors."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from services.embedded import Engines
from tests.support.backend import Backend, fresh_backend
from tests.support.two_clinics import NOW, Clinics, two_clinics
from tests.support.visitors import Visitors, visiting


@pytest.fixture(scope="module")
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_backend(shared_engines) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinics(backend: Backend) -> Clinics:
    return await two_clinics(backend)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitors(clinics: Clinics) -> AsyncIterator[Visitors]:
    async with visiting(clinics.backend, clock=lambda: NOW) as found:
        yield found
