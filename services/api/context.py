"""What the routes work with."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.access.access_log import Entry, GatheredLog, Outcome
from services.access.database import utc_now
from services.access.store import AccessStore
from services.api.asker import Asker
from services.application import CommandBus
from services.hosting.status import Status
from services.journal import Journal
from services.vault import Vault


@dataclass(frozen=True, slots=True)
class Context:
    """The journal, the vault, the command bus, and who looks; for every route."""

    database_url: str
    journal: Journal
    vault: Vault
    commands: CommandBus
    access: AccessStore
    log: GatheredLog
    status_of: Callable[[], Awaitable[Status]]
    clock: Callable[[], datetime] = utc_now

    async def looked(
        self,
        asker: Asker,
        facility_id: str | None,
        what: str,
        patient_ids: Iterable[str],
        *,
        outcome: Outcome = "shown",
    ) -> None:
        """Put on record who looks at whom, or was refused, before it is answered."""
        await self.log.record(self.entry(asker, facility_id, what, patient_ids, outcome=outcome))

    def entry(
        self,
        asker: Asker,
        facility_id: str | None,
        what: str,
        patient_ids: Iterable[str],
        *,
        outcome: Outcome = "shown",
    ) -> Entry:
        """Return what goes on record of somebody who looks at some patients, or was refused."""
        return Entry.of(
            asker.principal,
            facility_id,
            what,
            tuple(patient_ids),
            purpose=asker.purpose,
            address=asker.address,
            reason=asker.reason,
            emergency=asker.is_emergency,
            outcome=outcome,
        )
