"""The settings of the environment that say which servers to use."""

import os

import psycopg
from psycopg.conninfo import conninfo_to_dict

from domain.errors import DaybookError
from services.embedded import Engines

DATABASE_URL = "DAYBOOK_DATABASE_URL"
NATS_URL = "DAYBOOK_NATS_URL"


class BadSetting(DaybookError):
    """A setting of the environment, or the file of the site's key, cannot be used."""


def named_servers() -> Engines | None:
    """Return the servers that the environment names; None where it names none.

    Raises BadSetting where it names one of the two, or no database's URL.
    """
    database_url, nats_url = os.environ.get(DATABASE_URL), named_nats()
    if database_url and nats_url:
        _check_url(database_url)
        return Engines(database_url, nats_url)
    if database_url or nats_url:
        given, missing = (DATABASE_URL, NATS_URL) if database_url else (NATS_URL, DATABASE_URL)
        raise BadSetting(f"{given} is set but {missing} is not: set both, or neither")
    return None


def named_nats() -> str | None:
    """Return the URL of NATS that the environment names, if it does."""
    return os.environ.get(NATS_URL) or None


def _check_url(database_url: str) -> None:
    """Raise BadSetting for what is no database URL; it is not shown, there is a password in it."""
    try:
        conninfo_to_dict(database_url)
    except psycopg.ProgrammingError:
        raise BadSetting(f"{DATABASE_URL} is not a database's URL") from None
