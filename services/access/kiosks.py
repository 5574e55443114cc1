"""Kiosks: how a tablet is set up, what it may try, how it stands, and what it could not record.

A kiosk is a token of its own, good for nothing but what is said at the door. Nobody copies it: who
keeps tokens makes a link that is good once, and the tablet that opens it is given the token.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from services.access.database import AccessDatabase, Connection
from services.access.principal import Principal, Role
from services.access.refusals import KioskLinkUnknown, KioskLocked, NoSuchKiosk
from services.access.sign_in_sessions import hash_of
from services.access.tokens import PREFIX, Tokens

ACTION = "kiosk"
"""What a kiosk's token is good for: the name of it in the table of rights."""

LINK_FOR = timedelta(minutes=30)
"""For how long a link is good that sets a tablet up."""

MOST_WRONG, WRONG_WITHIN = 10, timedelta(minutes=10)
"""After how many wrong codes, within what time, a kiosk takes none for a moment."""

LOCKED_FOR, LONGEST_LOCKED = timedelta(minutes=1), timedelta(minutes=30)
"""How long that moment is at first; each one within a day lasts twice as long, up to the second."""

LOCKS_FORGOTTEN_AFTER = timedelta(days=1)

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS_OF_A_LINK = 16

_ROW: LiteralString = (
    "SELECT name, facility_id, set_up_at, link_until, seen_at, waiting, wrong, locked_until"
    " FROM access.kiosks"
)


@dataclass(frozen=True, slots=True)
class Kiosk:
    """How a kiosk stands: when it was last heard of, and how much it had to send then.

    `wrong` is how many wrong codes there were lately. `link_until` is until when a tablet can be
    set up with the link that was made last.
    """

    name: str
    facility_id: str
    set_up_at: datetime | None
    link_until: datetime | None
    seen_at: datetime | None
    waiting: int
    wrong: int
    locked_until: datetime | None


class Kiosks:
    """Sets kiosks up, counts what they try, and keeps how they stand."""

    def __init__(self, database: AccessDatabase, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    # Setting up

    def make(self, name: str, *, facility_id: str, days: int) -> str:
        """Make a kiosk; return what sets a tablet up, once. Raises TokenUnsound and NameTaken."""
        self._tokens.make(
            name, facility_id=facility_id, scopes=(ACTION,), days=days, role=Role.KIOSK
        )
        with self._database.transaction() as conn:
            conn.execute("DELETE FROM access.kiosks WHERE name = %s", (name,))
            conn.execute(
                "INSERT INTO access.kiosks (name, facility_id) VALUES (%s, %s)",
                (name, facility_id),
            )
        return self.link(name)

    def link(self, name: str) -> str:
        """Return what sets a tablet up as this kiosk, once, in place of the one that is.

        Raises NoSuchKiosk.
        """
        said = "".join(secrets.choice(_LETTERS) for _ in range(_LETTERS_OF_A_LINK))
        until = self._database.now() + LINK_FOR
        with self._database.transaction() as conn:
            made = conn.execute(
                "UPDATE access.kiosks SET link_hash = %s, link_until = %s WHERE name = %s"
                " AND EXISTS (SELECT FROM access.tokens t WHERE t.name = kiosks.name"
                " AND revoked_at IS NULL AND expires_at > %s)",
                (hash_of(said), until, name, self._database.now()),
            )
        if not made.rowcount:
            raise NoSuchKiosk(name)
        return "-".join(said[start : start + 4] for start in range(0, len(said), 4))

    def set_up(self, link: str) -> str:
        """Return the token of the kiosk that a link is for; what had it before is set up no longer.

        Raises KioskLinkUnknown where it was used, is too old or never was.
        """
        said = "".join(each for each in link.upper() if each.isalnum())
        token, now = f"{PREFIX}{secrets.token_urlsafe(32)}", self._database.now()
        with self._database.alone() as conn:
            found = conn.execute(
                "UPDATE access.kiosks SET link_hash = NULL, link_until = NULL, set_up_at = %s,"
                " waiting = 0 WHERE link_hash = %s AND link_until > %s RETURNING name",
                (now, hash_of(said), now),
            ).fetchone()
            changed = found and conn.execute(
                "UPDATE access.tokens SET token_hash = %s"
                " WHERE name = %s AND revoked_at IS NULL AND expires_at > %s",
                (hash_of(token), found[0], now),
            )
            if not (changed and changed.rowcount):
                raise KioskLinkUnknown
        return token

    def find(self, token: str) -> Principal | None:
        """Return the kiosk that has a token; None where it is no kiosk's, or none any more."""
        found = self._tokens.find(token)
        if found is None or ACTION not in (found.scopes or ()):
            return None
        with self._database.transaction() as conn:
            known = conn.execute("SELECT FROM access.kiosks WHERE name = %s", (found.account,))
            return found if known.fetchone() is not None else None

    # How they stand

    def all(self) -> list[Kiosk]:
        """Return how every kiosk stands, by name."""
        with self._database.transaction() as conn:
            return [Kiosk(*row) for row in conn.execute(_ROW + " ORDER BY name")]

    def seen(self, name: str, waiting: int) -> None:
        """Keep that a kiosk was heard of, and how much it has to send."""
        with self._database.transaction() as conn:
            conn.execute(
                "UPDATE access.kiosks SET seen_at = %s, waiting = %s WHERE name = %s",
                (self._database.now(), waiting, name),
            )

    # What they try

    def begin(self, name: str) -> None:
        """Count a code as wrong before it is looked at. Raises KioskLocked, and counts none."""
        with self._database.transaction() as conn:
            now = self._database.now()
            wrong, since, until, _ = _tries(conn, name, now)
            if until and until > now:
                raise KioskLocked((until - now).total_seconds())
            if since is None or now - since >= WRONG_WITHIN or until:
                wrong, since = 0, now
            if wrong >= MOST_WRONG:
                raise KioskLocked(LOCKED_FOR.total_seconds())
            conn.execute(
                "UPDATE access.kiosks SET wrong = %s, wrong_since = %s, locked_until = NULL,"
                " seen_at = %s WHERE name = %s",
                (wrong + 1, since, now, name),
            )

    def was_right(self, name: str) -> None:
        """Take back what was counted: the code was somebody's."""
        with self._database.transaction() as conn:
            conn.execute(
                "UPDATE access.kiosks SET wrong = greatest(wrong - 1, 0) WHERE name = %s", (name,)
            )

    def was_wrong(self, name: str) -> None:
        """Lock a kiosk for a moment where there were too many wrong codes."""
        with self._database.transaction() as conn:
            now = self._database.now()
            wrong, _, until, locks = _tries(conn, name, now)
            if wrong < MOST_WRONG or (until and until > now):
                return
            lasts = min(LOCKED_FOR * 2**locks, LONGEST_LOCKED)
            conn.execute(
                "UPDATE access.kiosks SET locked_until = %s, locked_at = %s, locks = %s"
                " WHERE name = %s",
                (now + lasts, now, min(locks + 1, 10), name),
            )


def _tries(
    conn: Connection, name: str, now: datetime
) -> tuple[int, datetime | None, datetime | None, int]:
    """Return how many wrong codes there were, since when, until when it is locked, how often."""
    row = conn.execute(
        "SELECT wrong, wrong_since, locked_until,"
        " CASE WHEN locked_at > %s THEN locks ELSE 0 END"
        " FROM access.kiosks WHERE name = %s FOR UPDATE",
        (now - LOCKS_FORGOTTEN_AFTER, name),
    ).fetchone()
    if row is None:
        raise NoSuchKiosk(name)
    wrong, since, until, locks = row
    return wrong, since, until, locks
