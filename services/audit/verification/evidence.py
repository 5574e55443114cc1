"""What a trail is proved and completed with, read out of the database: seals, looks, deliveries."""

import base64
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Cursor
from psycopg.rows import tuple_row

from domain.facility import Facility
from domain.recipient import Recipient
from domain.sharing import TOLD
from services.audit.tree.seals import Seals, head_of_positions
from services.journal import Journal
from services.publishing.deliveries import deliveries_of, withheld_of
from services.reports.evidence import Delivery, DocumentMade, Look, SealedHead

_MADE: LiteralString = """
    SELECT what, at, name, account, is_for[1], CASE WHEN is_for[1] IS NOT NULL THEN purpose END
    FROM access.log
    LEFT JOIN LATERAL regexp_match(reason, '^for (.+)$') AS is_for ON what = 'audit-export'
    WHERE patient_ids && %s::text[] AND outcome = 'shown'
        AND (what LIKE 'document %%' OR what IN ('audit-export', 'audit-prove'))
    ORDER BY entry_id
"""

_LOOKS: LiteralString = """
    SELECT entry_id, at, account, name, roles, what, purpose, emergency, reason, outcome, address,
        via
    FROM access.log
    WHERE patient_ids && %s::text[] AND at >= %s AND at < %s
    ORDER BY entry_id
"""


class EvidenceOnRecord:
    """Reads on a connection of the journal's, whichever database answers the questions."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def heads(self, positions: Collection[int], /) -> Mapping[int, SealedHead]:
        """Return the first head that covers each of the journal's positions, where one does."""
        return self._heads("journal", positions)

    def heads_of_looks(self, entry_ids: Collection[int], /) -> Mapping[int, SealedHead]:
        """Return the first head that covers each entry of the access log, where one does."""
        return self._heads("access", entry_ids)

    def documents(self, patient_ids: Collection[str], /) -> Sequence[DocumentMade]:
        """Return the documents and exports that were made of a patient, the first one first."""
        return [DocumentMade(*row) for row in self._entries(_MADE, sorted(patient_ids))]

    def looks(
        self, patient_ids: Collection[str], since: datetime, until: datetime, /
    ) -> Sequence[Look]:
        """Return who looked at a patient from an instant to before another, the first one first."""
        return [
            Look(entry_id, at, account, name, tuple(roles), *said)
            for entry_id, at, account, name, roles, *said in self._entries(
                _LOOKS, sorted(patient_ids), since, until
            )
        ]

    def deliveries(self, patient_ids: Collection[str], /) -> Sequence[Delivery]:
        """Return what subscribers outside the program were told of a patient, and were not."""
        ids = sorted(patient_ids)
        with self._journal.connection() as conn:
            sent, kept = deliveries_of(conn, ids), withheld_of(conn, ids)
        sites = {each.told.facility_id for each in sent} | {each.facility_id for each in kept}
        known = {each: self._journal.load(Facility.id_of(each)).recipients for each in sites}
        return [
            *(
                Delivery(
                    *(each.event_position, each.told.event_topic, each.told.timestamp),
                    *_called(known[each.told.facility_id], each.told.recipient_id),
                    *(each.told.consent_id, each.told.scope),
                )
                for each in sent
            ),
            *(
                Delivery(
                    *(each.position, each.topic, each.recorded_at),
                    *_called(known[each.facility_id], each.recipient_id),
                    *(each.consent_id, TOLD[each.topic].scopes[0], each.because),
                )
                for each in kept
            ),
        ]

    def _heads(self, log: str, positions: Collection[int], /) -> Mapping[int, SealedHead]:
        with self._journal.connection() as conn:
            found = head_of_positions(Seals(conn, log), positions)
        return {
            position: SealedHead(
                head.origin, head.size, base64.b64encode(head.root).decode(), head.at
            )
            for position, head in found.items()
        }

    def _entries(self, statement: LiteralString, *asked: Any) -> list[tuple[Any, ...]]:
        with self._journal.connection() as conn, conn.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(statement, asked).fetchall() if _has_log(cursor) else []


def _called(known: Mapping[str, Recipient], recipient_id: str) -> tuple[str, str | None]:
    """Return what a recipient is called now, and where they are."""
    return known[recipient_id].name, known[recipient_id].address


def _has_log(cursor: Cursor[Any]) -> bool:
    """Tell whether anybody ever looked: the access log is made when somebody first does."""
    found = cursor.execute("SELECT to_regclass('access.log') IS NOT NULL").fetchone()
    return bool(found and found[0])
