"""What one command works with: the engines, the journal, the vault and the views."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from projections.attendance import Attendance
from projections.care import Care
from projections.compliance import Compliance
from projections.directory import Directory
from projections.schedule import Schedule
from projections.view import View
from services.embedded import Engines, engines
from services.hosting.settings import named_nats, named_servers
from services.hosting.site_key import site_key
from services.journal import Journal
from services.vault import Vault, has_site_key

if TYPE_CHECKING:
    from services.application import CommandBus
    from services.hosting.supervisor import Supervisor
    from services.process_managers import ProcessManagerRunner

VIEWS: tuple[View, ...] = (Directory(), Schedule(), Attendance(), Care(), Compliance())
"""Every read model."""


def new_views() -> tuple[View, ...]:
    """Return every read model anew: what one keeps in memory is of one database."""
    return tuple(type(each)() for each in VIEWS)


SLOW = (Compliance.name,)
"""The views that take long enough to hold up others in the same process."""


@dataclass(frozen=True)
class Runtime:
    """What a command needs; `engines` says where the servers are."""

    data: Path
    engines: Engines
    journal: Journal
    opened: ExitStack = field(repr=False)
    """What is closed with it."""
    opens_vault: bool = True

    @cached_property
    def vault(self) -> Vault:
        """Who patients are. Raises WrongSiteKey or BadSetting where it does not open."""
        database_url = self.engines.database_url
        return Vault(database_url, site_key(self.data, lambda: has_site_key(database_url)))

    @cached_property
    def commands(self) -> "CommandBus":
        """Where every command is handed in."""
        # With it come all commands, which few need who open a runtime.
        from services.application import CommandBus  # noqa: PLC0415

        return self.opened.enter_context(closing(CommandBus(self.journal, self.vault)))

    def supervisor(
        self,
        views: Sequence[View] = VIEWS,
        *,
        relay: bool = True,
        apart: Collection[str] = (),
    ) -> "Supervisor":
        """Return what keeps streams and views up to the journal, to be entered."""
        from services.hosting.supervisor import Supervisor  # noqa: PLC0415

        engines = self.engines
        return Supervisor(
            *(self.journal, engines.database_url, engines.nats_url, views),
            relay=relay,
            apart=apart,
            vault=self.vault if self.opens_vault else None,
        )

    def managers(self) -> "list[ProcessManagerRunner]":
        """Return the process managers: what has to follow from events, they see to."""
        from services.process_managers import MANAGERS, ProcessManagerRunner  # noqa: PLC0415

        return [
            ProcessManagerRunner(each, self.commands, self.engines.database_url)
            for each in MANAGERS
        ]


@contextmanager
def open_runtime(data: Path, *, vault: bool = True) -> Iterator[Runtime]:
    """Start or join the engines of a data folder, or use the servers that the environment names.

    Without `vault` it needs neither the site's key nor the right to read patients' keys.
    Raises EngineFailed, WrongSiteKey or BadSetting, each with one plain sentence.
    """
    with ExitStack() as opened:
        found = named_servers() or opened.enter_context(engines(data))
        journal = opened.enter_context(closing(Journal(found.database_url)))
        runtime = Runtime(data, found, journal, opened, vault)
        if vault:
            journal.authenticate_snapshots(runtime.vault.snapshot_key())
        yield runtime


@contextmanager
def open_nats(data: Path) -> Iterator[str]:
    """Yield the URL of NATS alone: the one that the environment names, or a data folder's."""
    if nats_url := named_nats():
        yield nats_url
        return
    with engines(data) as found:
        yield found.nats_url
