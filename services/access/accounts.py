"""Accounts: who may sign in, or is a client of NATS, and what is granted to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from domain import bounds
from services.access import passwords
from services.access.database import AccessDatabase, Connection
from services.access.grants import check_grants
from services.access.principal import Grant, Principal, Role, Via
from services.access.refusals import AccountUnsound, NameTaken, NoSuchAccount

GRANTS: LiteralString = """
    coalesce((
        SELECT json_agg(json_build_array(role, facility_id, staff_id, patient_id)
            ORDER BY role, facility_id)
        FROM access.grants g WHERE g.account = a.account
    ), '[]')
"""
"""The grants of an account, of which the row is called `a`, for `grants_of`."""

_ACCOUNTS: LiteralString = (
    "SELECT account, name, " + GRANTS + ", made_at, disabled_at,"  # noqa: S608 - no value in it
    " password_hash IS NOT NULL, must_change FROM access.accounts a"
    " WHERE coalesce(account = %s, true) ORDER BY account"
)

FORGOTTEN = "forgotten"
"""What the account is called of a patient who was forgotten."""

ADMINISTRATOR = "admin"
"""The account that a first start makes."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, or a program, that is known; `name` is what people call them."""

    account: str
    name: str
    grants: tuple[Grant, ...]
    made_at: datetime
    disabled_at: datetime | None
    has_password: bool
    must_change: bool

    def principal(self, via: Via) -> Principal:
        """Return who asks, where it is they; whoever is disabled has no grants."""
        grants = () if self.disabled_at else self.grants
        return Principal(self.account, self.name, grants, via)


class Accounts:
    """Makes, changes and finds accounts. Whatever is changed counts the change number up."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    # Questions

    def all(self) -> list[Account]:
        """Return every account in the order of their names."""
        with self._database.transaction() as conn:
            return _found(conn, None)

    def find(self, account: str) -> Account | None:
        """Return an account; None where there is none, or its name is no name."""
        if bounds.account_problem(account):
            return None
        with self._database.transaction() as conn:
            return next(iter(_found(conn, account)), None)

    def principal(self, account: str, via: Via) -> Principal | None:
        """Return who asks; None where there is no such account, or it is disabled."""
        found = self.find(account)
        return found.principal(via) if found and not found.disabled_at else None

    def change_number(self) -> int:
        """Return how often accounts or grants changed: the same number, the same accounts."""
        with self._database.transaction() as conn:
            return _number(conn)

    def snapshot(self) -> tuple[int, Mapping[str, Account]]:
        """Return the change number, and the accounts as of it by their names."""
        with self._database.transaction() as conn:
            number = _number(conn)
            return number, {each.account: each for each in _found(conn, None)}

    # Changes

    def add(
        self, account: str, name: str, grants: Sequence[Grant], *, with_password: bool = True
    ) -> str | None:
        """Add an account; return its random password, which is nowhere else.

        None for an account without one: it signs in otherwise, or is a client of NATS. Raises
        AccountUnsound, GrantUnsound and NameTaken.
        """
        if problem := bounds.account_problem(account):
            raise AccountUnsound(f"the account is {problem}")
        if problem := bounds.line_problem(name) or (not name.strip() and "empty") or None:
            raise AccountUnsound(f"the name is {problem}")
        check_grants(grants)
        password = passwords.random_password() if with_password else None
        kept = passwords.hashed(password) if password else None
        with self._database.alone() as conn:
            check_free(conn, account)
            conn.execute(
                "INSERT INTO access.accounts VALUES (%s, %s, %s, %s, %s)",
                (account, name, kept, with_password, self._database.now()),
            )
            _grant(conn, account, grants)
            _count_up(conn)
        return password

    def add_first_administrator(self) -> str | None:
        """Add `admin` where there is no account at all; return the password, or None."""
        with self._database.transaction() as conn:
            if _is_any(conn):
                return None
        password = passwords.random_password()
        kept = passwords.hashed(password)
        with self._database.alone() as conn:
            if _is_any(conn):
                return None
            conn.execute(
                "INSERT INTO access.accounts VALUES (%s, 'Administrator', %s, true, %s)",
                (ADMINISTRATOR, kept, self._database.now()),
            )
            _grant(conn, ADMINISTRATOR, [Grant(Role.ADMINISTRATOR)])
            _count_up(conn)
        return password

    def disable(self, account: str) -> bool:
        """Disable an account and end its sessions; tell whether it was not disabled before.

        Raises NoSuchAccount.
        """
        with self._database.alone() as conn:
            changed = _change(
                conn,
                account,
                "UPDATE access.accounts SET disabled_at = %(now)s"
                " WHERE account = %(account)s AND disabled_at IS NULL",
                now=self._database.now(),
            )
            if changed:
                _end_sessions(conn, account)
        return changed

    def enable(self, account: str) -> bool:
        """Enable an account again; tell whether it was disabled. Raises NoSuchAccount."""
        with self._database.alone() as conn:
            return _change(
                conn,
                account,
                "UPDATE access.accounts SET disabled_at = NULL"
                " WHERE account = %(account)s AND disabled_at IS NOT NULL",
            )

    def reset(self, account: str) -> str:
        """Give an account another random password and end its sessions; return the password.

        Its passkeys are forgotten: who had them may be why. Raises NoSuchAccount.
        """
        password = passwords.random_password()
        self._set_password(account, password, must_change=True)
        return password

    def change_password(self, account: str, password: str) -> None:
        """Take a password that somebody chose, and end all of their sessions.

        That it is they is for the caller to see to. Raises PasswordUnfit and NoSuchAccount.
        """
        passwords.check_fit(account, password)
        self._set_password(account, password, must_change=False)

    def set_grants(self, account: str, grants: Sequence[Grant]) -> bool:
        """Grant an account these roles and no others; tell whether any is another one.

        Raises NoSuchAccount and GrantUnsound.
        """
        check_grants(grants)
        with self._database.alone() as conn:
            before = next(iter(_found(conn, account)), None)
            if before is None:
                raise NoSuchAccount(account)
            if set(before.grants) == set(grants):
                return False
            conn.execute("DELETE FROM access.grants WHERE account = %s", (account,))
            _grant(conn, account, grants)
            _count_up(conn)
        return True

    def forget(self, patient_ids: Collection[str]) -> list[str]:
        """Take from whoever signs in as one of these patients what says who they are.

        Their grants go. An account with no others is disabled, called FORGOTTEN, and has neither
        password nor passkey nor sign-in at a provider any more. Return the accounts.
        """
        with self._database.alone() as conn:
            rows = conn.execute(
                "DELETE FROM access.grants WHERE patient_id = ANY (%s) RETURNING account",
                (list(patient_ids),),
            )
            found = sorted({str(account) for (account,) in rows})
            for account in found:
                _end_sessions(conn, account)
                if next(iter(_found(conn, account))).grants:
                    continue
                conn.execute(
                    "UPDATE access.accounts SET name = %s, password_hash = NULL,"
                    " disabled_at = coalesce(disabled_at, %s) WHERE account = %s",
                    (FORGOTTEN, self._database.now(), account),
                )
                conn.execute("DELETE FROM access.openid_subjects WHERE account = %s", (account,))
                _forget_passkeys(conn, account)
            if found:
                _count_up(conn)
        return found

    def _set_password(self, account: str, password: str, *, must_change: bool) -> None:
        kept = passwords.hashed(password)
        with self._database.alone() as conn:
            _change(
                conn,
                account,
                "UPDATE access.accounts SET password_hash = %(kept)s, must_change = %(must)s"
                " WHERE account = %(account)s",
                kept=kept,
                must=must_change,
            )
            _end_sessions(conn, account)
            if must_change:
                _forget_passkeys(conn, account)


def check_free(conn: Connection, name: str) -> None:
    """Raise NameTaken where an account or a token that is good is called so.

    Both are clients of commands: one would be answered with what the other one did.
    """
    for what, question in (
        ("an account", "SELECT FROM access.accounts WHERE account = %s"),
        ("a token", "SELECT FROM access.tokens WHERE name = %s AND revoked_at IS NULL"),
    ):
        if conn.execute(question, (name,)).fetchone() is not None:
            raise NameTaken(f"there is {what} {name!r} already: choose another name")


def grants_of(found: Collection[Sequence[str | None]]) -> tuple[Grant, ...]:
    """Return the grants that the column `GRANTS` has."""
    return tuple(Grant(Role(str(role)), *others) for role, *others in found)


def _found(conn: Connection, account: str | None) -> list[Account]:
    return [
        Account(account, name, grants_of(grants), *facts)
        for account, name, grants, *facts in conn.execute(_ACCOUNTS, (account,))
    ]


def _is_any(conn: Connection) -> bool:
    return conn.execute("SELECT FROM access.accounts LIMIT 1").fetchone() is not None


def _number(conn: Connection) -> int:
    return int(conn.execute("SELECT number FROM access.changes").fetchall()[0][0])


def _count_up(conn: Connection) -> None:
    conn.execute("UPDATE access.changes SET number = number + 1")


def _grant(conn: Connection, account: str, grants: Sequence[Grant]) -> None:
    for each in dict.fromkeys(grants):
        conn.execute(
            "INSERT INTO access.grants VALUES (%s, %s, %s, %s, %s)",
            (account, each.role, each.facility_id, each.staff_id, each.patient_id),
        )


def _change(conn: Connection, account: str, change: LiteralString, **said: Any) -> bool:
    """Change an account; tell whether it was otherwise before."""
    if not _found(conn, account):
        raise NoSuchAccount(account)
    changed = conn.execute(change, {"account": account, **said}).rowcount > 0
    if changed:
        _count_up(conn)
    return changed


def _forget_passkeys(conn: Connection, account: str) -> None:
    for forget in (
        "DELETE FROM access.passkeys WHERE account = %s",
        "DELETE FROM access.second_factors WHERE account = %s",
        "DELETE FROM access.passkey_challenges WHERE account = %s",
    ):
        conn.execute(forget, (account,))


def _end_sessions(conn: Connection, account: str) -> None:
    conn.execute("DELETE FROM access.sessions WHERE account = %s", (account,))
