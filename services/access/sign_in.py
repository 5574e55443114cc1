"""Signing in with a password."""

from domain import bounds
from services.access import passwords
from services.access.attempts import Attempts
from services.access.database import AccessDatabase
from services.access.refusals import SignInRefused


class PasswordSignIn:
    """Tells whether somebody is who they say they are; takes some 0.1 s of a thread."""

    def __init__(self, database: AccessDatabase, attempts: Attempts) -> None:
        self._database = database
        self._attempts = attempts

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
