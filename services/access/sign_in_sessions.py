"""Sign-in sessions: who is signed in, since when, and why."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString, get_args

from services.access.accounts import GRANTS, grants_of
from services.access.database import AccessDatabase
from services.access.principal import Principal, Via
from services.access.refusals import AccountUnsound, NoSuchAccount

Purpose = Literal["treatment", "payment", "operations", "audit"]
"""Why somebody looks at records: said once a session."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

IDLE = timedelta(minutes=30)
"""After so long without a request a session is over."""

LONGEST = timedelta(hours=12)
"""After so long a session is over, whatever is done."""

TOUCHED_EVERY = timedelta(minutes=1)
"""How often it is written that a session is used, at most."""

_COLUMNS: LiteralString = (
    "s.session_id, s.account, a.name, " + GRANTS + ", s.via, s.purpose, s.address,"
    " s.begun_at, s.used_at, a.must_change AND s.via = 'password'"
    " FROM access.sessions s JOIN access.accounts a USING (account)"
)

_DELETE_OVER: LiteralString = """
    DELETE FROM access.sessions WHERE token_hash IN (
        SELECT token_hash FROM access.sessions WHERE used_at <= %s OR begun_at <= %s
        FOR UPDATE SKIP LOCKED
    )
"""
"""Deletes what is over, but for what somebody else is about to delete."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in; `session_id` names the session and opens nothing."""

    session_id: str
    principal: Principal
    purpose: Purpose
    address: str
    begun_at: datetime
    used_at: datetime
    must_change: bool
    """They have to choose a password of their own first."""


class Sessions:
    """Begins, finds and ends sessions. A token is known to whoever signed in alone."""

    def __init__(self, database: AccessDatabase, *, idle: timedelta = IDLE) -> None:
        self._database = database
        self._idle = idle

    def begin(self, account: str, via: Via, purpose: Purpose, address: str) -> str:
        """Begin a session; return its token. Raises NoSuchAccount, also for a disabled one."""
        if purpose not in PURPOSES:
            raise AccountUnsound(f"the purpose is none of {', '.join(PURPOSES)}")
        token, now = secrets.token_urlsafe(32), self._database.now()
        with self._database.transaction() as conn:
            # Nobody disables the account before its session is there to be ended.
            held = conn.execute(
                "SELECT FROM access.accounts WHERE account = %s AND disabled_at IS NULL FOR SHARE",
                (account,),
            )
            if held.fetchone() is None:
                raise NoSuchAccount(account)
            conn.execute(_DELETE_OVER, (now - self._idle, now - LONGEST))
            facts = (account, via, purpose, address, now, now)
            conn.execute(
                "INSERT INTO access.sessions VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (hash_of(token), f"sign-in-{secrets.token_hex(8)}", *facts),
            )
        return token

    def find(self, token: str, *, is_used: bool = True) -> Session | None:
        """Return who signed in with a token; None where the session is over, or never was.

        Who only looks whether it is still there does not keep it from ending when it `is_used` no
        more.
        """
        with self._database.transaction() as conn:
            now = self._database.now()
            row = conn.execute(
                "SELECT " + _COLUMNS + " WHERE s.token_hash = %s AND s.used_at > %s"
                " AND s.begun_at > %s AND a.disabled_at IS NULL",
                (hash_of(token), now - self._idle, now - LONGEST),
            ).fetchone()
            if row is None:
                return None
            found = _session(row)
            if is_used and now - found.used_at >= TOUCHED_EVERY:
                conn.execute(
                    "UPDATE access.sessions SET used_at = greatest(used_at, %s)"
                    " WHERE session_id = %s",
                    (now, found.session_id),
                )
            return found

    def all(self, account: str | None = None) -> list[Session]:
        """Return who is signed in, or where one account is; what was begun last comes first."""
        now = self._database.now()
        with self._database.transaction() as conn:
            rows = conn.execute(
                "SELECT " + _COLUMNS + " WHERE coalesce(s.account = %s, true)"
                " AND s.used_at > %s AND s.begun_at > %s ORDER BY s.begun_at DESC, session_id",
                (account, now - self._idle, now - LONGEST),
            )
            return [_session(row) for row in rows]

    def end(self, token: str) -> bool:
        """End a session by its token; tell whether there was one."""
        return self._delete("DELETE FROM access.sessions WHERE token_hash = %s", hash_of(token)) > 0

    def revoke(self, session_id: str) -> bool:
        """End somebody's session by its id; tell whether there was one."""
        return self._delete("DELETE FROM access.sessions WHERE session_id = %s", session_id) > 0

    def revoke_all(self, account: str) -> int:
        """End all sessions of an account; return how many there were."""
        return self._delete("DELETE FROM access.sessions WHERE account = %s", account)

    def _delete(self, statement: LiteralString, value: object) -> int:
        with self._database.transaction() as conn:
            return conn.execute(statement, (value,)).rowcount


def hash_of(token: str) -> bytes:
    """Return the hash by which a token is kept: it is random, and needs no more than that."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _session(row: tuple[Any, ...]) -> Session:
    session_id, account, name, grants, via, *rest = row
    return Session(session_id, Principal(account, name, grants_of(grants), via), *rest)
