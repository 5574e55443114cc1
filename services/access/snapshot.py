"""The accounts as a process has them in memory, for doors through which much comes."""

import threading
import time
from collections.abc import Callable, Mapping

from services.access.accounts import Account, Accounts
from services.access.principal import Principal, Via

OLD_AFTER = 1.0
"""Seconds after which it is asked whether accounts changed."""


class AccountSnapshot:
    """Accounts by their names, as of some seconds ago at most; usable from any thread."""

    def __init__(
        self, accounts: Accounts, *, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._accounts = accounts
        self._elapsed = elapsed
        self._number = -1
        self._known: Mapping[str, Account] = {}
        self._as_of = float("-inf")
        self._asking = threading.Lock()

    def refresh(self) -> None:
        """Ask the database whether accounts changed, where that is a second ago, and read them.

        Raises what the database raises: what is known stays as it was.
        """
        if not self.is_old or not self._asking.acquire(blocking=self._number < 0):
            return
        try:
            asked = self._elapsed()
            if self._accounts.change_number() != self._number:
                self._number, self._known = self._accounts.snapshot()
            self._as_of = asked
        finally:
            self._asking.release()

    @property
    def is_old(self) -> bool:
        """Tell whether `refresh` would ask the database."""
        return self._elapsed() - self._as_of >= OLD_AFTER

    def of(self, client: str, via: Via = "nats") -> Principal | None:
        """Return who a client is, out of memory; None where they have no account.

        Whoever has one that is disabled is granted nothing.
        """
        found = self._known.get(client)
        return found.principal(via) if found else None
