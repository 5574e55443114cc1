"""Attempts to sign in: who fails waits, each time longer, and keeps nobody else out.

They are counted before the password is looked at, so that many at once are not free:

- of one account from one address: the first few are free, then each failure doubles the wait. Where
  somebody has signed in to this account from this address before, the wait stays short, and
  nothing else is asked: whoever fails elsewhere, as often as they like, does not lock them out.
- from one address, whatever the account: so many in a row, then one every half minute.
- of one account from all unknown addresses together, but for the first from each.
"""

import hashlib
import ipaddress
from datetime import datetime, timedelta
from typing import LiteralString

from services.access.database import AccessDatabase, Connection
from services.access.refusals import TooManyAttempts

FREE = 5
"""Failures of one account from one address after which there is a wait."""

LONGEST_WAIT = 900.0
"""Seconds of it, at most."""

LONGEST_WAIT_WHERE_KNOWN = 60.0
"""Seconds of it, at most, at an address from which the account was signed in to before."""

OF_AN_ADDRESS, EVERY_SECONDS_OF_AN_ADDRESS = 30, 30.0
"""Failures in a row from one address, at most, and how soon one is forgotten."""

OF_AN_ACCOUNT, EVERY_SECONDS_OF_AN_ACCOUNT = 100, 36.0
"""Failures in a row of one account from unknown addresses, and how soon one is forgotten."""

FORGOTTEN_AFTER = timedelta(days=1)
"""When failures are forgotten."""

UNKNOWN_AFTER = timedelta(days=90)
"""When it is forgotten that an account was signed in to from an address."""

_ALONE: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('daybook.access.attempts'))"
_ANY = b""


class Attempts:
    """Counts attempts, in the database: all processes together."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def begin(self, account: str, address: str) -> None:
        """Count an attempt as failed; raises TooManyAttempts, and counts none, if it is too soon.

        The account need not exist: nothing is otherwise where it does not.
        """
        whose, where = _hash(account), network_of(address)
        with self._database.transaction() as conn:
            conn.execute(_ALONE)
            now = self._database.now()
            failures, last, signed_in = _pair(conn, whose, where, now)
            counted = [(whose, where, failures + 1)]
            longest = LONGEST_WAIT_WHERE_KNOWN if signed_in else LONGEST_WAIT
            waits = [_wait_of(failures, longest) - _seconds(last, now)]
            if not signed_in:
                level = _level(conn, _ANY, where, now, EVERY_SECONDS_OF_AN_ADDRESS)
                counted.append((_ANY, where, level + 1))
                waits.append((level + 1 - OF_AN_ADDRESS) * EVERY_SECONDS_OF_AN_ADDRESS)
                level = _level(conn, whose, "", now, EVERY_SECONDS_OF_AN_ACCOUNT)
                counted.append((whose, "", level + 1))
                if failures:
                    waits.append((level + 1 - OF_AN_ACCOUNT) * EVERY_SECONDS_OF_AN_ACCOUNT)
            if (wait := max(waits)) > 0:
                raise TooManyAttempts(wait)
            for each in counted:
                _keep(conn, *each, now)

    def succeeded(self, account: str, address: str) -> None:
        """Take back what was counted, and know the address from now on."""
        whose, where = _hash(account), network_of(address)
        with self._database.transaction() as conn:
            conn.execute(_ALONE)
            now = self._database.now()
            *_, signed_in = _pair(conn, whose, where, now)
            if not signed_in:
                for account_hash, at in ((_ANY, where), (whose, "")):
                    conn.execute(
                        "UPDATE access.attempts SET level = greatest(level - 1, 0)"
                        " WHERE account_hash = %s AND address = %s",
                        (account_hash, at),
                    )
            _keep(conn, whose, where, 0, now, signed_in_at=now)
            conn.execute(
                "DELETE FROM access.attempts WHERE at < %s AND coalesce(signed_in_at < %s, true)",
                (now - FORGOTTEN_AFTER, now - UNKNOWN_AFTER),
            )


def network_of(address: str) -> str:
    """Return what is counted as one address: of IPv6, where each has many, its network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100] or "-"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False))


def _hash(account: str) -> bytes:
    """Return what stands for an account: a password may have been typed in its place."""
    return hashlib.sha256(account.encode(errors="surrogatepass")).digest()


def _wait_of(failures: float, longest: float) -> float:
    """Return the seconds from a failure to the next attempt: 1, 2, 4 and so on."""
    beyond = min(int(failures) - FREE, 30)
    return 0.0 if beyond < 0 else min(2.0**beyond, longest)


def _seconds(one: datetime, other: datetime) -> float:
    """Return how far two times are apart, also where a clock was set back or another runs ahead."""
    return abs((other - one).total_seconds())


def _pair(
    conn: Connection, whose: bytes, where: str, now: datetime
) -> tuple[float, datetime, bool]:
    """Return the failures of an account from an address, the last one, and is it known there."""
    row = conn.execute(
        "SELECT level, at, signed_in_at FROM access.attempts"
        " WHERE account_hash = %s AND address = %s",
        (whose, where),
    ).fetchone()
    level, at, signed_in_at = row or (0.0, now, None)
    known = signed_in_at is not None and now - signed_in_at < UNKNOWN_AFTER
    return (level if abs(now - at) < FORGOTTEN_AFTER else 0.0), at, known


def _level(
    conn: Connection, account_hash: bytes, address: str, now: datetime, every: float
) -> float:
    """Return how many failures of an account, or from an address, are not forgotten."""
    row = conn.execute(
        "SELECT level, at FROM access.attempts WHERE account_hash = %s AND address = %s",
        (account_hash, address),
    ).fetchone()
    return max(0.0, row[0] - _seconds(row[1], now) / every) if row else 0.0


def _keep(
    conn: Connection,
    account_hash: bytes,
    address: str,
    level: float,
    now: datetime,
    *,
    signed_in_at: datetime | None = None,
) -> None:
    conn.execute(
        "INSERT INTO access.attempts AS known VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (account_hash, address) DO UPDATE SET level = excluded.level,"
        " at = excluded.at, signed_in_at = coalesce(excluded.signed_in_at, known.signed_in_at)",
        (account_hash, address, level, now, signed_in_at),
    )
