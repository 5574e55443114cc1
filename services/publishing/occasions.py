"""Of which patient an event is, and which session or drug test it is about."""

from datetime import date, datetime
from typing import Any, LiteralString

import orjson
from psycopg import AsyncCursor

from domain.aggregate import Event
from domain.monitoring.events import DrugTestDrawn, DrugTestOrdered
from domain.session import SessionRescheduled, SessionScheduled
from services.messaging.derived_messages import Occasion

_OPENING: LiteralString = """
    SELECT journal.said(state) ->> 'patient_id' AS patient_id FROM journal.journal_events
    WHERE originator_id = %s AND originator_version = 1
"""

_MEETING: LiteralString = """
    SELECT state FROM journal.journal_events
    WHERE originator_id = %(id)s AND originator_version <= %(version)s AND topic = ANY (%(topics)s)
    ORDER BY originator_version DESC LIMIT 1
"""

_TEST: LiteralString = """
    SELECT state FROM journal.journal_events
    WHERE originator_id = %(id)s AND originator_version <= %(version)s AND topic = ANY (%(topics)s)
    AND journal.said(state) ->> 'test_id' = %(test_id)s
"""

_MEETS = [SessionScheduled.TOPIC, SessionRescheduled.TOPIC]
_TESTS = [DrugTestDrawn.TOPIC, DrugTestOrdered.TOPIC]


async def patient_of(cursor: AsyncCursor[Any], event: Event) -> str:
    """Return the id of the patient whom an event is about."""
    if event.TOPIC.startswith("patient."):
        return event.originator_id
    said: str | None = getattr(event, "patient_id", None)
    if said is None:
        await cursor.execute(_OPENING, (event.originator_id,))
        [row] = await cursor.fetchall()
        said = str(row["patient_id"])
    return said


async def occasion_of(cursor: AsyncCursor[Any], event: Event) -> Occasion | None:
    """Return the session or drug test that an event is about, as it was then; None for neither."""
    asked = {"id": event.originator_id, "version": event.originator_version}
    match event.TOPIC.partition(".")[0]:
        case "session":
            await cursor.execute(_MEETING, asked | {"topics": _MEETS})
            [row] = await cursor.fetchall()
            meeting = orjson.loads(row["state"])["meeting"]
            hours = (datetime.fromisoformat(meeting[each]) for each in ("starts_at", "ends_at"))
            return Occasion(date.fromisoformat(meeting["day"]), *hours)
        case "drug-testing":
            test_id = getattr(event, "test_id", None)
            await cursor.execute(_TEST, asked | {"topics": _TESTS, "test_id": test_id})
            [row] = await cursor.fetchall()
            return Occasion(date.fromisoformat(orjson.loads(row["state"])["day"]))
    return None
