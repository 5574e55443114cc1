"""Calendar feeds: addresses at which a calendar program reads when somebody is expected."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from services.access.database import AccessDatabase
from services.access.sign_in_sessions import hash_of

TOUCHED_EVERY = timedelta(minutes=1)
"""How often it is written that a feed is read, at most."""

_COLUMNS: LiteralString = (
    "f.feed_id, f.facility_id, f.staff_id, f.patient_id, f.made_by, f.made_at, f.read_at,"
    " f.ended_at FROM access.calendar_feeds f"
)

_IS_GOOD: LiteralString = """
    f.ended_at IS NULL AND (f.staff_id IS NULL OR EXISTS (
        SELECT FROM access.grants g JOIN access.accounts a USING (account)
        WHERE g.staff_id = f.staff_id AND coalesce(g.facility_id, f.facility_id) = f.facility_id
            AND a.disabled_at IS NULL
    ))
"""
"""One of staff is good as long as somebody signs in as them."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose calendar it is: somebody on a facility's staff, or a patient of it."""

    facility_id: str
    staff_id: str | None = None
    patient_id: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """What is known of a feed; `feed_id` names it and opens nothing."""

    feed_id: str
    holder: Holder
    made_by: str
    """The account that made it."""
    made_at: datetime
    read_at: datetime | None
    ended_at: datetime | None


class CalendarFeeds:
    """Makes, finds and ends feeds. Nobody has more than one that is good, at a facility."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def make(self, holder: Holder, made_by: str) -> str:
        """Make a feed and end the one before; return what its address ends with.

        That is nowhere else: whoever knows it reads the calendar.
        """
        secret, now = secrets.token_urlsafe(32), self._database.now()
        whose = (holder.facility_id, holder.staff_id, holder.patient_id)
        with self._database.alone() as conn:
            conn.execute(
                "UPDATE access.calendar_feeds SET ended_at = %s WHERE ended_at IS NULL"
                " AND (facility_id, coalesce(staff_id, ''), coalesce(patient_id, ''))"
                " = (%s, coalesce(%s, ''), coalesce(%s, ''))",
                (now, *whose),
            )
            conn.execute(
                "INSERT INTO access.calendar_feeds VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (hash_of(secret), f"feed-{secrets.token_hex(8)}", *whose, made_by, now),
            )
        return secret

    def find(self, secret: str) -> CalendarFeed | None:
        """Return the feed of an address; None where it ended or never was."""
        now = self._database.now()
        with self._database.transaction() as conn:
            row = conn.execute(
                "SELECT " + _COLUMNS + " WHERE f.feed_hash = %s AND " + _IS_GOOD,
                (hash_of(secret),),
            ).fetchone()
            if row is None:
                return None
            found = _feed(row)
            if found.read_at is None or now - found.read_at >= TOUCHED_EVERY:
                conn.execute(
                    "UPDATE access.calendar_feeds SET read_at = %s WHERE feed_id = %s",
                    (now, found.feed_id),
                )
        return found

    def good(self, facility_id: str) -> list[CalendarFeed]:
        """Return the feeds of a facility that can be read, the latest first."""
        with self._database.transaction() as conn:
            rows = conn.execute(
                "SELECT "
                + _COLUMNS
                + " WHERE f.facility_id = %s AND "
                + _IS_GOOD
                + " ORDER BY f.made_at DESC, f.feed_id",
                (facility_id,),
            )
            return [_feed(row) for row in rows]

    def of(self, holder: Holder) -> CalendarFeed | None:
        """Return the feed of somebody that can be read."""
        return next((each for each in self.good(holder.facility_id) if each.holder == holder), None)

    def end(self, feed_id: str) -> bool:
        """End a feed; tell whether it could be read until now."""
        with self._database.transaction() as conn:
            ended = conn.execute(
                "UPDATE access.calendar_feeds SET ended_at = %s"
                " WHERE feed_id = %s AND ended_at IS NULL",
                (self._database.now(), feed_id),
            )
            return ended.rowcount > 0

    def end_of(self, patient_ids: Collection[str]) -> int:
        """End the feeds of patients who are forgotten; return how many."""
        with self._database.transaction() as conn:
            ended = conn.execute(
                "UPDATE access.calendar_feeds SET ended_at = %s"
                " WHERE patient_id = ANY (%s) AND ended_at IS NULL",
                (self._database.now(), list(patient_ids)),
            )
            return ended.rowcount


def _feed(row: tuple[Any, ...]) -> CalendarFeed:
    feed_id, facility_id, staff_id, patient_id, *rest = row
    return CalendarFeed(feed_id, Holder(facility_id, staff_id, patient_id), *rest)
