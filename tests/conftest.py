from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded import Engines, engines


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """One pair of real engines for the whole run; each test makes a database of its own."""
    with engines(Path(tmp_path_factory.mktemp("engines"))) as started:
        yield started
