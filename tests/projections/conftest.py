from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from tests.support.backend import fresh_database
from tests.support.read_models import ReadModels


@pytest.fixture(scope="package")
def emptied(shared_engines: Engines) -> Iterator[psycopg.Connection]:
    """A database with the empty tables of every view."""
    with fresh_database(shared_engines) as backend, psycopg.connect(backend.database_url) as conn:
        for view in VIEWS:
            conn.execute(SQL("CREATE SCHEMA {}").format(Identifier(view.name)))
            conn.execute(SQL("SET search_path TO {}").format(Identifier(view.name)))
            conn.execute(view.tables)
        conn.commit()
        yield conn


@pytest.fixture
def read_models(emptied: psycopg.Connection) -> Iterator[ReadModels]:
    """What the views show of what a test lets happen; gone when it ends."""
    yield ReadModels(emptied)
    emptied.rollback()
