"""Signing in with a password."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from domain import bounds
from services.access import passwords
from services.access.attempts import Attempts
from services.access.database import AccessDatabase
from services.access.refusals import SignInRefused, TooManyAttempts

MOST_WAITING = 40
"""Sign-ins that wait for a thread, at most: some two seconds."""


class PasswordSignIn:
    """Tells whether somebody is who they say they are; takes some 0.1 s of a thread."""

    def __init__(self, database: AccessDatabase, attempts: Attempts) -> None:
        self._database = database
        self._attempts = attempts
        self._threads = ThreadPoolExecutor(passwords.AT_ONCE, thread_name_prefix="sign-in")
        self._waiting = 0

    def check(self, account: str, password: str, address: str) -> None:
        """Return where they go together.

        Raises SignInRefused, in the same words and as late for a wrong password, for an account
        that is disabled and for one that is not there; and TooManyAttempts.
        """
        self._attempts.begin(account, address)
        found = self._hash_of("" if bounds.account_problem(account) else account)
        if not passwords.matches(password, found):
            raise SignInRefused
        self._attempts.succeeded(account, address)
        if found and passwords.is_outdated(found):
            self._keep_hash(account, found, passwords.hashed(password))

    async def checked(self, account: str, password: str, address: str) -> None:
        """Do the same, for an event loop, in threads of its own: many of it hold nothing else up.

        Raises TooManyAttempts also where too many wait.
        """
        if self._waiting >= MOST_WAITING:
            raise TooManyAttempts(passwords.PATIENCE)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self.check, account, password, address)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the threads; what waits is dropped."""
        self._threads.shutdown(cancel_futures=True)

    def _hash_of(self, account: str) -> str | None:
        with self._database.transaction() as conn:
            row = conn.execute(
                "SELECT password_hash FROM access.accounts"
                " WHERE account = %s AND disabled_at IS NULL",
                (account,),
            ).fetchone()
        return row[0] if row else None

    def _keep_hash(self, account: str, former: str, made: str) -> None:
        with self._database.transaction() as conn:
            conn.execute(
                "UPDATE access.accounts SET password_hash = %s"
                " WHERE account = %s AND password_hash = %s",
                (made, account, former),
            )
