"""Passkeys: to sign in with instead of a password, or after it where an account needs one.

A passkey verifies who uses it, and so is two factors by itself: what somebody has, and what they
know or are. What it has to sign is drawn here, is good for five minutes, and once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from domain import bounds
from services.access.accounts import Accounts
from services.access.database import AccessDatabase, Connection
from services.access.passkey_ceremony import Ceremony, Json, answered, user_handle
from services.access.passkey_refusals import (
    ChallengeUnknown,
    CountedBack,
    LastPasskey,
    NameUnfit,
    PasskeyMissing,
    PasskeyNeeded,
    PasskeyOfAnother,
    PasskeyThere,
    PasskeyUnknown,
    TooManyPasskeys,
)
from services.access.public_url import PublicUrl
from services.access.refusals import NoSuchAccount

GOOD_FOR = timedelta(minutes=5)
"""How long somebody may take to answer."""

MOST = 20
"""Passkeys of an account, at most."""

LONGEST_NAME = 100

_MILLISECONDS = int(GOOD_FOR.total_seconds() * 1000)

_Ceremony = Literal["register", "sign-in"]


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of somebody; `passkey_id` is how browsers call it, `name` how they do."""

    passkey_id: str
    name: str
    made_at: datetime
    last_used_at: datetime | None


class Passkeys:
    """Registers passkeys, and signs in with them."""

    def __init__(self, database: AccessDatabase, accounts: Accounts, public_url: PublicUrl) -> None:
        """Raise PasskeysNeedName where browsers reach Daybook by a number."""
        self._database = database
        self._accounts = accounts
        self._ceremony = Ceremony(public_url)

    # To register

    def registration_options(self, account: str) -> dict[str, Any]:
        """Return what the browser of somebody who is signed in makes a passkey by.

        Raises NoSuchAccount.
        """
        found = self._accounts.find(account)
        if found is None:
            raise NoSuchAccount(account)
        challenge = self._challenge("register", account)
        known = [base64url_to_bytes(each.passkey_id) for each in self.all(account)]
        return self._ceremony.to_register(account, found.name, challenge, known, _MILLISECONDS)

    def register(self, account: str, name: str, credential: Json) -> Passkey:
        """Keep the passkey that a browser made for whoever is signed in. Raises PasskeyRefused."""
        if problem := _name_problem(name):
            raise NameUnfit(problem=problem)
        challenge = answered(credential).challenge
        if self._taken("register", challenge) != account:
            raise PasskeyOfAnother
        made, now = self._ceremony.registered(credential, challenge), self._database.now()
        with self._database.alone() as conn:
            if _count(conn, account) >= MOST:
                raise TooManyPasskeys(most=MOST)
            kept = conn.execute(
                "INSERT INTO access.passkeys VALUES (%s, %s, %s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (made.credential_id, account, name, made.public_key, made.sign_count, now),
            )
            if not kept.rowcount:
                raise PasskeyThere
        return Passkey(bytes_to_base64url(made.credential_id), name, now, None)

    # To sign in

    def sign_in_options(self, account: str | None = None) -> dict[str, Any]:
        """Return what a browser asks a passkey: one of an account, after its password, or any."""
        challenge = self._challenge("sign-in", account)
        allowed = [base64url_to_bytes(each.passkey_id) for each in self.all(account)]
        return self._ceremony.to_sign_in(challenge, allowed, _MILLISECONDS)

    def sign_in(self, credential: Json) -> str:
        """Return the account of a passkey that answered `sign_in_options`.

        Raises PasskeyRefused; the passkeys of a disabled account are not known.
        """
        said = answered(credential)
        only = self._taken("sign-in", said.challenge)
        with self._database.transaction() as conn:
            # The lock keeps two sign-ins with one passkey, or its copy, from counting the same.
            row = conn.execute(
                "SELECT account, public_key, sign_count FROM access.passkeys"
                " JOIN access.accounts USING (account)"
                " WHERE credential_id = %s AND disabled_at IS NULL FOR UPDATE OF passkeys",
                (said.credential_id,),
            ).fetchone()
            if row is None:
                raise PasskeyUnknown
            account, public_key, before = row
            if only not in {None, account} or said.user_handle not in {None, user_handle(account)}:
                raise PasskeyOfAnother
            count = self._ceremony.verified(credential, said.challenge, bytes(public_key))
            if (count or before) and count <= before:
                raise CountedBack
            conn.execute(
                "UPDATE access.passkeys SET sign_count = %s, last_used_at = %s"
                " WHERE credential_id = %s",
                (count, self._database.now(), said.credential_id),
            )
        return str(account)

    # Somebody's own

    def all(self, account: str | None) -> list[Passkey]:
        """Return the passkeys of an account, the oldest first; None has none."""
        return passkeys_of(self._database, account)

    def remove(self, account: str, passkey_id: str) -> None:
        """Remove a passkey of an account. Raises PasskeyMissing and LastPasskey."""
        with self._database.alone() as conn:
            removed = conn.execute(
                "DELETE FROM access.passkeys WHERE account = %s AND credential_id = %s",
                (account, _bytes_of(passkey_id)),
            )
            if not removed.rowcount:
                raise PasskeyMissing
            if _is_required(conn, account) and not _count(conn, account):
                raise LastPasskey

    def require(self, account: str, *, required: bool) -> bool:
        """Have a password alone be enough or not; tell whether it was otherwise.

        Raises PasskeyNeeded for an account without a passkey.
        """
        with self._database.alone() as conn:
            if required and not _count(conn, account):
                raise PasskeyNeeded
            if required == _is_required(conn, account):
                return False
            if required:
                conn.execute(
                    "INSERT INTO access.second_factors VALUES (%s, %s)",
                    (account, self._database.now()),
                )
            else:
                conn.execute("DELETE FROM access.second_factors WHERE account = %s", (account,))
        return True

    # Challenges

    def _challenge(self, ceremony: _Ceremony, account: str | None) -> bytes:
        drawn, now = secrets.token_bytes(32), self._database.now()
        with self._database.transaction() as conn:
            # Those that somebody else forgets just now are waited for by nobody.
            conn.execute(
                "DELETE FROM access.passkey_challenges WHERE challenge_hash IN ("
                " SELECT challenge_hash FROM access.passkey_challenges WHERE made_at <= %s"
                " ORDER BY made_at LIMIT 100 FOR UPDATE SKIP LOCKED)",
                (now - GOOD_FOR,),
            )
            conn.execute(
                "INSERT INTO access.passkey_challenges VALUES (%s, %s, %s, %s)",
                (_hash(drawn), ceremony, account, now),
            )
        return drawn

    def _taken(self, ceremony: _Ceremony, challenge: bytes) -> str | None:
        """Take a challenge; return for whom it was drawn. Raises ChallengeUnknown."""
        with self._database.transaction() as conn:
            row = conn.execute(
                "DELETE FROM access.passkey_challenges WHERE challenge_hash = %s"
                " AND ceremony = %s AND made_at > %s RETURNING account",
                (_hash(challenge), ceremony, self._database.now() - GOOD_FOR),
            ).fetchone()
        if row is None:
            raise ChallengeUnknown(minutes=int(GOOD_FOR.total_seconds() / 60))
        return row[0] if row[0] is None else str(row[0])


def passkeys_of(database: AccessDatabase, account: str | None) -> list[Passkey]:
    """Return the passkeys of an account, the oldest first; None has none."""
    with database.transaction() as conn:
        rows = conn.execute(
            "SELECT credential_id, name, made_at, last_used_at FROM access.passkeys"
            " WHERE account = %s ORDER BY made_at, credential_id",
            (account,),
        )
        return [Passkey(bytes_to_base64url(bytes(row[0])), *row[1:]) for row in rows]


def needs_passkey(database: AccessDatabase, account: str) -> bool:
    """Tell whether a password alone does not sign in to an account."""
    with database.transaction() as conn:
        return _is_required(conn, account)


def _count(conn: Connection, account: str) -> int:
    question = "SELECT count(*) FROM access.passkeys WHERE account = %s"
    return int(conn.execute(question, (account,)).fetchall()[0][0])


def _is_required(conn: Connection, account: str) -> bool:
    question = "SELECT FROM access.second_factors WHERE account = %s"
    return conn.execute(question, (account,)).fetchone() is not None


def _name_problem(name: str) -> str | None:
    if not name.strip():
        return "empty"
    if len(name) > LONGEST_NAME:
        return f"longer than {LONGEST_NAME} characters"
    return bounds.line_problem(name)


def _bytes_of(passkey_id: str) -> bytes:
    try:
        return base64url_to_bytes(passkey_id)
    except ValueError:
        raise PasskeyMissing from None


def _hash(challenge: bytes) -> bytes:
    return hashlib.sha256(challenge).digest()
