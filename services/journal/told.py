"""Events of the journal as a history tells them: the latest first, some at a time.

What an event names is found in its stored text, which takes a sixth of the time of reading its
JSON; ids are long enough to stand there for nothing else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple, cast

from eventsourcing.persistence import StoredEvent
from psycopg.rows import DictRow

from domain.aggregate import Event
from services.journal.journal import Journal
from services.journal.lookups import TIME

_LATEST: LiteralString = f"""
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM journal.journal_events
    WHERE topic = ANY (%(topics)s)
        AND (%(before)s::bigint IS NULL OR notification_id < %(before)s)
        AND (%(until)s::timestamptz IS NULL OR {TIME} < %(until)s)
        AND (%(since)s::timestamptz IS NULL OR {TIME} >= %(since)s)
"""  # noqa: S608 - an expression of ours

NAMES: LiteralString = """EXISTS (
    SELECT FROM unnest(%(named)s::text[]) AS each
    WHERE position(convert_to(each, 'UTF8') IN state) > 0)
"""

_OF_AGGREGATES: LiteralString = f"""{_LATEST}
        AND (originator_id = ANY (%(whole)s) OR originator_id = ANY (%(partly)s) AND {NAMES})
    ORDER BY notification_id DESC LIMIT %(limit)s
"""

_OF_FACILITY: LiteralString = f"""{_LATEST}
        AND notification_id > %(after)s
        AND position(convert_to(%(facility)s, 'UTF8') IN state) > 0
        AND (%(named)s::text[] IS NULL OR {NAMES})
    ORDER BY notification_id DESC LIMIT %(limit)s
"""

_OPENED: LiteralString = f"""
    SELECT originator_id FROM journal.journal_events
    WHERE originator_version = 1 AND topic = ANY (%(topics)s)
        AND journal.said(state) ->> 'facility_id' = %(facility_id)s AND {NAMES}
"""  # noqa: S608 - expressions of ours

_OF_TOPICS: LiteralString = """
    SELECT originator_id, originator_version, topic, state FROM journal.journal_events
    WHERE originator_id = ANY (%s) AND topic = ANY (%s)
    ORDER BY originator_id, originator_version
"""

_POSITIONS: LiteralString = """
    SELECT notification_id, originator_id, originator_version FROM journal.journal_events
    WHERE (originator_id, originator_version) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are told: of these topics, recorded `since` an instant and before `until`.

    `before` is a position: only what stands before it. At most `limit` are told.
    """

    topics: Sequence[str]
    limit: int
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    def asked(self) -> dict[str, Any]:
        """Return it as PostgreSQL is asked."""
        return {
            "topics": list(self.topics),
            "limit": self.limit,
            "since": self.since,
            "until": self.until,
            "before": self.before,
        }


class Placed(NamedTuple):
    """An event and its position."""

    position: int
    event: Event


def latest(
    journal: Journal,
    wanted: Wanted,
    whole: Sequence[str],
    partly: Sequence[str] = (),
    named: Sequence[str] = (),
) -> list[Placed]:
    """Return the latest events of some aggregates; of those `partly` what names one of `named`."""
    of = {"whole": list(whole), "partly": list(partly), "named": list(named)}
    return _placed(journal, _OF_AGGREGATES, wanted.asked() | of)


def latest_of_facility(
    journal: Journal, wanted: Wanted, facility_id: str, named: Sequence[str] | None = None
) -> list[Placed]:
    """Return a facility's latest events: all, or what has one of these texts."""
    before = wanted.since and wanted.since - timedelta(microseconds=1)
    of = {
        "facility": f'"facility_id":"{facility_id}"',
        "after": journal.recorded(before).position if before else 0,
        "named": None if named is None else list(named),
    }
    return _placed(journal, _OF_FACILITY, wanted.asked() | of)


def opened(
    journal: Journal, facility_id: str, topics: Sequence[str], named: Sequence[str]
) -> list[str]:
    """Return the ids of a facility's aggregates whose first event has one of these texts."""
    asked = {"facility_id": facility_id, "topics": list(topics), "named": list(named)}
    with journal.connection() as conn:
        return [row["originator_id"] for row in conn.execute(_OPENED, asked).fetchall()]


def of_topics(journal: Journal, aggregate_ids: Sequence[str], topics: Sequence[str]) -> list[Event]:
    """Return the events of some aggregates that are of these topics, in order."""
    with journal.connection() as conn:
        rows = conn.execute(_OF_TOPICS, (list(aggregate_ids), list(topics))).fetchall()
    return [_event(journal, row) for row in rows]


def positions_of(journal: Journal, event_ids: Collection[str]) -> dict[str, int]:
    """Return the positions of events by their ids, of those that are on record."""
    named = [each.rpartition(":") for each in event_ids]
    asked = ([where for where, _, _ in named], [int(version) for _, _, version in named])
    with journal.connection() as conn:
        rows = conn.execute(_POSITIONS, asked).fetchall()
    return {
        f"{row['originator_id']}:{row['originator_version']}": row["notification_id"]
        for row in rows
    }


def _placed(journal: Journal, statement: LiteralString, asked: dict[str, Any]) -> list[Placed]:
    with journal.connection() as conn:
        rows = conn.execute(statement, asked).fetchall()
    return [Placed(row.pop("notification_id"), _event(journal, row)) for row in rows]


def _event(journal: Journal, row: DictRow) -> Event:
    return cast("Event", journal.mapper.to_domain_event(StoredEvent(**row)))
