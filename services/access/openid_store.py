"""Sign-ins through a provider that are under way, and who each account is there.

A sign-in is known by a secret in its browser's cookie and the state that the provider sends back;
of both only a hash is kept.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.access.database import AccessDatabase
from services.access.refusals import NoSuchAccount

PENDING_FOR = timedelta(minutes=10)
"""How long somebody may take at the provider."""

REMEMBERED_FOR = timedelta(hours=1)
"""How long it is remembered that a sign-in was used."""


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in under way: what the provider has to send back, and what it is sent at the end."""

    nonce: str
    verifier: str
    purpose: str


class PendingSignIns:
    """Sign-ins under way. Each can be taken once."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def keep(self, pending: PendingSignIn, cookie: str, state: str) -> None:
        """Keep a sign-in, and forget some of those that are long over."""
        now = self._database.now()
        with self._database.transaction() as conn:
            # Those that somebody else forgets just now are waited for by nobody.
            conn.execute(
                "DELETE FROM access.pending_sign_ins WHERE known_by IN ("
                " SELECT known_by FROM access.pending_sign_ins WHERE made_at < %s"
                " ORDER BY made_at LIMIT 100 FOR UPDATE SKIP LOCKED)",
                (now - REMEMBERED_FOR,),
            )
            conn.execute(
                "INSERT INTO access.pending_sign_ins VALUES (%s, %s, %s, %s, %s)",
                (_known_by(cookie, state), pending.nonce, pending.verifier, pending.purpose, now),
            )

    def take(self, cookie: str, state: str) -> PendingSignIn | None:
        """Take a sign-in that is under way; None where it is not, or not any longer."""
        now = self._database.now()
        with self._database.transaction() as conn:
            row = conn.execute(
                "UPDATE access.pending_sign_ins SET used_at = %s"
                " WHERE known_by = %s AND used_at IS NULL AND made_at > %s"
                " RETURNING nonce, verifier, purpose",
                (now, _known_by(cookie, state), now - PENDING_FOR),
            ).fetchone()
        return PendingSignIn(*row) if row else None

    def was_used(self, cookie: str, state: str) -> bool:
        """Tell whether a sign-in was taken already."""
        with self._database.transaction() as conn:
            row = conn.execute(
                "SELECT FROM access.pending_sign_ins WHERE known_by = %s AND used_at IS NOT NULL",
                (_known_by(cookie, state),),
            ).fetchone()
        return row is not None


class OpenIdSubjects:
    """Who each account is at the provider: the first who came with its name."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def bind(self, account: str, issuer: str, subject: str) -> bool:
        """Bind an account to whoever comes first; tell whether it is theirs alone."""
        with self._database.transaction() as conn:
            conn.execute(
                "INSERT INTO access.openid_subjects VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (account, issuer, subject, self._database.now()),
            )
            row = conn.execute(
                "SELECT FROM access.openid_subjects"
                " WHERE account = %s AND issuer = %s AND subject = %s",
                (account, issuer, subject),
            ).fetchone()
        return row is not None

    def bound_at(self, account: str) -> datetime | None:
        """Return since when an account is somebody's at a provider; None where it is nobody's."""
        with self._database.transaction() as conn:
            row = conn.execute(
                "SELECT bound_at FROM access.openid_subjects WHERE account = %s", (account,)
            ).fetchone()
        return None if row is None else row[0]

    def release(self, account: str) -> bool:
        """Have whoever comes next with an account's name be who it is; tell whether anybody was.

        Who is signed in to it is signed out. Raises NoSuchAccount.
        """
        with self._database.alone() as conn:
            known = "SELECT FROM access.accounts WHERE account = %s"
            if conn.execute(known, (account,)).fetchone() is None:
                raise NoSuchAccount(account)
            done = conn.execute("DELETE FROM access.openid_subjects WHERE account = %s", (account,))
            if done.rowcount:
                conn.execute("DELETE FROM access.sessions WHERE account = %s", (account,))
        return done.rowcount > 0


def _known_by(cookie: str, state: str) -> bytes:
    return hashlib.sha256(f"{cookie} {state}".encode(errors="replace")).digest()
