"""What most tests of pages have: a database for a file, the two clinics in it, and visitors.

The browser stays for all files of a process, and belongs to the loop of the session: so do the
tests and fixtures of this folder that are coroutines (`loop_scope="session"`).
"""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from services.embedded import Engines
from tests.support.backend import Backend, fresh_backend
from tests.support.browser import running_browser
from tests.support.two_clinics import NOW, Clinics, two_clinics
from tests.support.visitors import VISITING, Visitors, visiting


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of all tests; a visitor has a context of their own in it."""
    async with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_backend(shared_engines) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clinics(backend: Backend) -> Clinics:
    return await two_clinics(backend)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitors(clinics: Clinics, chromium: Browser) -> AsyncIterator[Visitors]:
    async with visiting(clinics.backend, chromium, clock=lambda: NOW) as found:
        yield found


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def left() -> AsyncIterator[None]:
    """Close what a test opened once it is over: each open page follows all that changes later."""
    before = [context for each in VISITING for context in each.contexts]
    yield
    for each in VISITING:
        for context in [opened for opened in each.contexts if opened not in before]:
            await context.close()
