from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.secured_nats import Secured, Watch, filled_nats


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A nats-server with the files of deploy/nats, some users, and events of each class."""
    with filled_nats(tmp_path_factory.mktemp("nats")) as started:
        yield started


@pytest.fixture
async def watch(secured: Secured) -> AsyncIterator[Watch]:
    """One who may look at everything."""
    async with secured.watched() as looking:
        yield looking
