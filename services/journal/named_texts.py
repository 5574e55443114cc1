"""Texts on record that say who a patient is, though nobody should have written it there."""

from collections.abc import Sequence
from typing import LiteralString

from services.journal.journal import Journal
from services.journal.patient_record import patient_record

_FOUND: LiteralString = r"""
    SELECT originator_id || ':' || originator_version AS event_id FROM journal.journal_events
    WHERE originator_id = ANY (%(ids)s) AND regexp_replace(
        convert_from(state, 'UTF8'), '"sealed(_seed)?":"[^"]*"', '', 'g') ~* %(pattern)s
    ORDER BY notification_id
"""


def events_with(
    journal: Journal, facility_id: str, patient_ids: Sequence[str], pattern: str
) -> list[str]:
    """Return the events of a patient's record, and of their sessions, with a pattern in a text.

    The pattern is a regular expression of PostgreSQL's; upper and lower case are the same. What is
    sealed is not looked at. The patient is known by all of these ids.
    """
    record = patient_record(journal, facility_id, patient_ids)
    asked = {"ids": [*record.whole, *record.sessions], "pattern": pattern}
    with journal.connection() as conn:
        return [row["event_id"] for row in conn.execute(_FOUND, asked)]
