"""Tokens of services and kiosks: each has a name, ends by itself, and is good for what it names."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from domain import bounds
from services.access.accounts import check_free
from services.access.database import AccessDatabase
from services.access.principal import Grant, Principal, Role
from services.access.refusals import TokenUnsound
from services.access.rights_table import RIGHTS
from services.access.sign_in_sessions import hash_of

PREFIX = "dbk_"
"""How every token begins, so that one that was left in a file is found."""

ROLES = (Role.SERVICE, Role.KIOSK)
"""Whom a token can be made for."""

TOUCHED_EVERY = timedelta(minutes=1)
"""How often it is written that a token is used, at most."""

_COLUMNS: LiteralString = (
    "name, role, facility_id, scopes, made_at, expires_at, used_at, revoked_at FROM access.tokens"
)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token, which does not open anything."""

    name: str
    role: Role
    facility_id: str
    scopes: frozenset[str]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class Tokens:
    """Makes, finds and revokes tokens."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def make(
        self,
        name: str,
        *,
        facility_id: str,
        scopes: Collection[str],
        days: int,
        role: Role = Role.SERVICE,
    ) -> str:
        """Make a token that expires after so many days; return it: it is nowhere else.

        The name is the client of its commands, the scopes are names of commands and questions.
        Raises TokenUnsound, and NameTaken where an account or a token that is good has the name.
        """
        _check(name, facility_id, scopes, days, role)
        token, now = f"{PREFIX}{secrets.token_urlsafe(32)}", self._database.now()
        with self._database.alone() as conn:
            conn.execute(
                "UPDATE access.tokens SET revoked_at = expires_at"
                " WHERE name = %s AND revoked_at IS NULL AND expires_at <= %s",
                (name, now),
            )
            check_free(conn, name)
            conn.execute(
                "INSERT INTO access.tokens VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    *(hash_of(token), name, role, facility_id, sorted(set(scopes)), now),
                    now + timedelta(days=days),
                ),
            )
        return token

    def find(self, token: str) -> Principal | None:
        """Return whose token it is; None where it expired, was revoked or never was."""
        if not token.startswith(PREFIX):
            return None
        now = self._database.now()
        with self._database.transaction() as conn:
            row = conn.execute(
                "SELECT "
                + _COLUMNS
                + " WHERE token_hash = %s AND expires_at > %s AND revoked_at IS NULL",
                (hash_of(token), now),
            ).fetchone()
            if row is None:
                return None
            found = _token(row)
            if found.used_at is None or now - found.used_at >= TOUCHED_EVERY:
                conn.execute(
                    "UPDATE access.tokens SET used_at = %s WHERE token_hash = %s",
                    (now, hash_of(token)),
                )
        grant = Grant(found.role, found.facility_id)
        return Principal(found.name, found.name, (grant,), "token", found.scopes)

    def all(self) -> list[Token]:
        """Return every token that ever was, in the order of their names, the latest first."""
        with self._database.transaction() as conn:
            rows = conn.execute("SELECT " + _COLUMNS + " ORDER BY name, made_at DESC")
            return [_token(row) for row in rows]

    def revoke(self, name: str) -> bool:
        """Revoke the token of this name; tell whether there was one that was good."""
        now = self._database.now()
        with self._database.alone() as conn:
            revoked = conn.execute(
                "UPDATE access.tokens SET revoked_at = %s"
                " WHERE name = %s AND revoked_at IS NULL AND expires_at > %s",
                (now, name, now),
            )
            return revoked.rowcount > 0


def _check(name: str, facility_id: str, scopes: Collection[str], days: int, role: Role) -> None:
    if problem := bounds.account_problem(name):
        raise TokenUnsound(f"the token's name is {problem}")
    if problem := bounds.id_problem(facility_id):
        raise TokenUnsound(f"the facility id is {problem}")
    if not scopes:
        raise TokenUnsound("name at least one command or question that the token is good for")
    if problem := bounds.TOKEN_DAYS.problem(days):
        raise TokenUnsound(f"the number of days until it expires is {problem}")
    if role not in ROLES:
        raise TokenUnsound(f"a token is made for one of {', '.join(ROLES)}")
    for each in scopes:
        if (row := RIGHTS.get(each)) is None:
            raise TokenUnsound(f"{each!r} is no command and no question; /docs lists them")
        if not row.may.get(role):
            raise TokenUnsound(f"{each} is nothing that a {role} may")


def _token(row: tuple[Any, ...]) -> Token:
    name, role, facility_id, scopes, *times = row
    return Token(name, Role(role), facility_id, frozenset(scopes), *times)
