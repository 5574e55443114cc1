"""Emergencies: who opened what their role does not include, and what compliance found of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from services.access.access_log import Logged, logged
from services.access.database import AccessDatabase
from services.access.refusals import AccessRefused

_COLUMNS: LiteralString = """
    SELECT l.entry_id, l.at, l.account, l.name, l.roles, l.facility_id, l.what, l.patient_ids,
        l.purpose, l.address, l.via, l.reason, l.emergency, l.outcome, r.account, r.at, r.found
    FROM access.log l LEFT JOIN access.emergency_reviews r USING (entry_id)
    WHERE l.emergency AND l.outcome = 'shown' AND l.facility_id = %(facility_id)s
"""


class OwnEmergency(AccessRefused):
    """Somebody looks into an emergency that is their own."""

    def __init__(self) -> None:
        super().__init__("this emergency was your own: somebody else looks into it")


class NoSuchEmergency(AccessRefused):
    """There is no such emergency at the facility."""

    def __init__(self) -> None:
        super().__init__("there is no such emergency")


@dataclass(frozen=True, slots=True)
class Review:
    """Who looked into an emergency, when, and what they found."""

    account: str
    at: datetime
    found: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """An entry of the access log that is an emergency; without a `review`, it waits for one."""

    logged: Logged
    review: Review | None


class Emergencies:
    """Finds emergencies, and keeps what was found of each; one that opened nothing is none."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def all(self, facility_id: str, *, waiting: bool = False, limit: int) -> list[Emergency]:
        """Return the emergencies of a facility, or those that wait, the latest first."""
        asked = {"facility_id": facility_id, "waiting": waiting, "limit": limit}
        with self._database.transaction() as conn:
            rows = conn.execute(
                _COLUMNS + " AND (r.entry_id IS NULL OR NOT %(waiting)s)"
                " ORDER BY l.entry_id DESC LIMIT %(limit)s",
                asked,
            )
            return [
                Emergency(logged(row[:-3]), Review(*row[-3:]) if row[-1] is not None else None)
                for row in rows
            ]

    def waiting(self, facility_id: str | None) -> int:
        """Return how many emergencies of a facility, or of all, nobody has looked into."""
        with self._database.transaction() as conn:
            row = conn.execute(
                "SELECT count(*) FROM access.log l WHERE l.emergency AND l.outcome = 'shown'"
                " AND (%(facility_id)s::text IS NULL OR l.facility_id = %(facility_id)s)"
                " AND NOT EXISTS (SELECT FROM access.emergency_reviews r"
                " WHERE r.entry_id = l.entry_id)",
                {"facility_id": facility_id},
            ).fetchone()
        return row[0] if row else 0

    def review(self, facility_id: str, entry_id: int, account: str, found: str) -> bool:
        """Keep what somebody found of an emergency; False where somebody did before.

        Raises NoSuchEmergency, and OwnEmergency for whoever has opened it.
        """
        with self._database.transaction() as conn:
            there = conn.execute(
                "SELECT account FROM access.log WHERE entry_id = %s AND facility_id = %s"
                " AND emergency AND outcome = 'shown'",
                (entry_id, facility_id),
            )
            if (whose := there.fetchone()) is None:
                raise NoSuchEmergency
            if whose == (account,):
                raise OwnEmergency
            kept = conn.execute(
                "INSERT INTO access.emergency_reviews VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (entry_id) DO NOTHING",
                (entry_id, account, self._database.now(), found),
            )
            return kept.rowcount > 0
