"""Who a client over NATS is: the account of its name, or a program that has none."""

import asyncio
from contextlib import suppress

from services.access.principal import Principal, principal_of_client
from services.access.snapshot import AccountSnapshot
from services.failures import DATABASE_AWAY

LOOK_AGAIN = 0.25
"""Seconds between two looks whether it is time to ask for accounts."""


class Clients:
    """Knows the accounts, which may change at any time; without any, all are programs."""

    def __init__(self, accounts: AccountSnapshot | None) -> None:
        self._accounts = accounts

    def principal(self, client: str, facility_id: str) -> Principal:
        """Return who a client is; of a disabled account, somebody to whom nothing is granted."""
        found = self._accounts.of(client) if self._accounts else None
        return found or principal_of_client(client, facility_id)

    async def read(self) -> None:
        """Read the accounts. Raises what the database raises."""
        if self._accounts:
            await asyncio.to_thread(self._accounts.refresh)

    async def keep(self) -> None:
        """Read them again and again, for ever; while the database is away they stay as they are."""
        while self._accounts:
            await asyncio.sleep(LOOK_AGAIN)
            if self._accounts.is_old:
                with suppress(*DATABASE_AWAY):
                    await self.read()
