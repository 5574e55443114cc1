"""What one command works with: the engines, the journal, the vault and the views."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from projections.attendance import Attendance
from projections.care import Care
from projections.compliance import Compliance
from projections.directory import Directory
from projections.schedule import Schedule
from projections.view import View
from services.embedded import Engines, engines
from services.hosting.site_key import BadSetting, site_key
from services.hosting.supervisor import Supervisor
from services.journal import Journal
from services.process_managers import MANAGERS, ProcessManagerRunner
from services.vault import Vault, has_site_key

DATABASE_URL = "DAYBOOK_DATABASE_URL"
NATS_URL = "DAYBOOK_NATS_URL"

VIEWS: tuple[View, ...] = (Directory(), Schedule(), Attendance(), Care(), Compliance())
"""Every read model."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a command needs; `engines` says where the servers are."""

    data: Path
    engines: Engines
    journal: Journal
    vault: Vault

    def supervisor(self, views: Sequence[View] = VIEWS, *, relay: bool = True) -> Supervisor:
        """Return what keeps streams and views up to the journal, to be entered."""
        engines = self.engines
        return Supervisor(self.journal, engines.database_url, engines.nats_url, views, relay=relay)

    def managers(self) -> list[ProcessManagerRunner]:
        """Return the process managers: what has to follow from events, they see to."""
        engines = self.engines
        return [
            ProcessManagerRunner(
                each, self.journal, self.vault, engines.database_url, engines.nats_url
            )
            for each in MANAGERS
        ]


@contextmanager
def open_runtime(data: Path) -> Iterator[Runtime]:
    """Start or join the engines of a data folder, or use the servers that the environment names.

    Raises EngineFailed, WrongSiteKey or BadSetting, each with one plain sentence.
    """
    with ExitStack() as opened:
        found = _servers(data, opened)
        journal = opened.enter_context(closing(Journal(found.database_url)))
        key = site_key(data, lambda: has_site_key(found.database_url))
        yield Runtime(data, found, journal, Vault(found.database_url, key))


@contextmanager
def open_nats(data: Path) -> Iterator[str]:
    """Yield the URL of NATS alone: the one that the environment names, or a data folder's."""
    if nats_url := os.environ.get(NATS_URL):
        yield nats_url
        return
    with engines(data) as found:
        yield found.nats_url


def _servers(data: Path, opened: ExitStack) -> Engines:
    database_url, nats_url = os.environ.get(DATABASE_URL), os.environ.get(NATS_URL)
    if database_url and nats_url:
        _check_url(database_url)
        return Engines(database_url, nats_url)
    if database_url or nats_url:
        given, missing = (DATABASE_URL, NATS_URL) if database_url else (NATS_URL, DATABASE_URL)
        raise BadSetting(f"{given} is set but {missing} is not: set both, or neither")
    return opened.enter_context(engines(data))


def _check_url(database_url: str) -> None:
    """Raise BadSetting for what is no database URL; it is not shown, there is a password in it."""
    try:
        conninfo_to_dict(database_url)
    except psycopg.ProgrammingError:
        raise BadSetting(f"{DATABASE_URL} is not a database's URL") from None
