"""Events that the journal has lost, or has otherwise, and that a stream still has.

After a restore of an older database, or where somebody deleted events, the stream DAYBOOK may be
the only copy of what was recorded. It is read beside the journal; what the journal lacks can be put
back at its positions with its exact bytes, as long as all of it goes on from what is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, LiteralString

import psycopg
from psycopg.rows import tuple_row

from domain.errors import DaybookError
from services.audit.tree.leaf import leaf_entry
from services.audit.tree.merkle import leaf_hash
from services.audit.tree.seals import Seals
from services.database_url import with_limits
from services.journal import Journal
from services.journal.lookups import BLOCK
from services.messaging.kept_streams import differences, kept_name
from services.messaging.stream import NAME, Message, connected
from services.messaging.stream_comparison import SENTENCES, Kind

Sealed = Literal["as sealed", "not sealed", "not as sealed"]


class DoesNotGoOn(DaybookError):
    """Lost events are not put back: they do not go on from what the journal has."""


@dataclass(frozen=True, slots=True)
class LostEvent:
    """An event that a stream has and the journal has not, or has otherwise.

    `recorded_at` is what the message says (RFC 3339); `sealed` tells whether the seals that are
    here have exactly this event at its position.
    """

    event_id: str
    topic: str
    position: int
    recorded_at: str
    stream: str
    kind: Kind
    sealed: Sealed
    message: Message

    @property
    def says(self) -> str:
        """What is so of it."""
        return SENTENCES[self.kind]


async def lost_events(journal: Journal, database_url: str, nats_url: str) -> list[LostEvent]:
    """Return what the stream, or one that was set aside, has and the journal has not, in order."""
    found: dict[tuple[int, str, bytes], LostEvent] = {}
    with psycopg.connect(with_limits(database_url)) as conn:
        seals = Seals(conn)
        async with connected(nats_url, "daybook recover") as client:
            for stream in (NAME, kept_name(NAME)):
                for each in await differences(client, journal, stream):
                    if (message := each.message) and each.only_here:
                        key = (each.position, each.event_id, message.stored.state)
                        sealed = _sealed(seals, message)
                        found.setdefault(
                            key,
                            LostEvent(
                                *(each.event_id, each.topic, each.position, message.time, stream),
                                *(each.kind, sealed, message),
                            ),
                        )
    return sorted(found.values(), key=lambda each: (each.position, each.event_id))


def _sealed(seals: Seals, message: Message) -> Sealed:
    index = seals.index_of(message.position)
    if index is None:
        return "not sealed"
    [sealed] = seals.leaf_hashes(index, index + 1)
    return "as sealed" if sealed == leaf_hash(_entry(message)) else "not as sealed"


def _entry(message: Message) -> bytes:
    stored = message.stored
    named = str(stored.originator_id), stored.originator_version, stored.topic, stored.state
    return leaf_entry(message.position, *named)


def bring_back(journal: Journal, database_url: str, lost: Sequence[LostEvent]) -> int:
    """Put events that the journal lacks back at their positions; return how many.

    All of them in one transaction, or none: raises DoesNotGoOn. Events of another journal, and
    those at whose position the journal has another one, are left where they are.
    """
    lacking = [each for each in lost if each.kind == "lacking"]
    for each in lacking:
        if each.sealed == "not as sealed":
            raise DoesNotGoOn(
                f"{each.event_id} at position {each.position} is not the event that was sealed"
                " there; nothing was brought back"
            )
    if not lacking:
        return 0
    with psycopg.connect(with_limits(database_url)) as conn:
        conn.execute("LOCK TABLE journal.journal_events IN EXCLUSIVE MODE")
        try:
            _insert(conn, lacking)
        except psycopg.errors.UniqueViolation:
            raise DoesNotGoOn(
                "the journal has other events under the names, or at the positions, of lost ones;"
                " nothing was brought back"
            ) from None
        _check(conn, lacking)
        ids = list({each.message.stored.originator_id for each in lacking})
        first = lacking[0].position
        conn.execute(_FORGET_SNAPSHOTS, (ids,))
        conn.execute("DELETE FROM journal.times WHERE block >= %s", ((first - 1) // BLOCK,))
        conn.execute("SELECT pg_notify(%s, '')", (journal.channel,))
    return len(lacking)


def _insert(conn: psycopg.Connection[Any], lacking: Sequence[LostEvent]) -> None:
    with conn.cursor() as cursor:
        rows = [
            (
                each.message.stored.originator_id,
                each.message.stored.originator_version,
                each.topic,
                each.message.stored.state,
                each.position,
            )
            for each in lacking
        ]
        cursor.executemany(_INSERT, rows)
        cursor.execute(_GO_ON_FROM)


def _check(conn: psycopg.Connection[Any], lacking: Sequence[LostEvent]) -> None:
    """Raise DoesNotGoOn where what was put back leaves a gap, or comes in another order."""
    ids = list({each.message.stored.originator_id for each in lacking})
    with conn.cursor(row_factory=tuple_row) as cursor:
        if broken := cursor.execute(_BROKEN, (ids,)).fetchone():
            raise DoesNotGoOn(
                f"with what the stream has, {broken[0]} would still lack events, or have them in"
                " another order; nothing was brought back"
            )
        for each in (lacking[0], lacking[-1]):
            counted = cursor.execute(_COUNT, (each.position,)).fetchone()
            if counted != (each.message.sequence,):
                raise DoesNotGoOn(
                    f"{each.event_id} is the {each.message.sequence:,}th message of its stream, and"
                    f" would be the {counted[0] if counted else 0:,}th event of the journal: some"
                    " are in neither; nothing was brought back"
                )


_INSERT: LiteralString = """
    INSERT INTO journal.journal_events
        (originator_id, originator_version, topic, state, notification_id)
    VALUES (%s, %s, %s, %s, %s)
"""

_GO_ON_FROM: LiteralString = """
    SELECT setval(pg_get_serial_sequence('journal.journal_events', 'notification_id'),
        greatest(max(notification_id), (SELECT last_value FROM
            journal.journal_events_notification_id_seq)))
    FROM journal.journal_events
"""

_BROKEN: LiteralString = """
    SELECT originator_id FROM (
        SELECT originator_id, originator_version,
            row_number() OVER (PARTITION BY originator_id ORDER BY notification_id) AS number
        FROM journal.journal_events WHERE originator_id = ANY (%s)
    ) AS numbered
    WHERE originator_version <> number LIMIT 1
"""

_COUNT: LiteralString = "SELECT count(*) FROM journal.journal_events WHERE notification_id <= %s"

_FORGET_SNAPSHOTS: LiteralString = """
    DELETE FROM journal.journal_snapshots WHERE originator_id = ANY (%s)
"""
