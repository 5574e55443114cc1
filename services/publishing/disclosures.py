"""What recipients outside the program are told of patients, as their consents let them.

It follows the journal: of each event of a patient it is decided once, by the consents that stood
where it was recorded and stand when it is told, who is told of it, and what (42 CFR 2.31, 2.33).
Who is not told because a consent did not hold is noted with the reason.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, LiteralString

import orjson
from psycopg import AsyncCursor

from domain.aggregate import Event
from domain.consent_standing import Decision, Moment
from domain.sharing import TOLD, picked
from services.advisory_lock import Connection
from services.journal.codec import write_event
from services.messaging.derived_messages import EventDisclosed
from services.messaging.stream import image_of
from services.publishing.occasions import occasion_of, patient_of
from services.publishing.outbox import Telling
from services.publishing.publisher import Publisher
from services.publishing.standings import NEWS, Standings, event_of

NAME = "SHARED"

CONFIG = image_of("what recipients were told under consents", NAME, ["daybook.*.shared.*.*"])

AT_ONCE = 500
"""Events that are looked at in one transaction, at most."""

_LOOK: LiteralString = """
    SELECT coalesce(max(notification_id), 0) AS until,
        (SELECT position FROM announcements.followed WHERE journal = %s) AS followed
    FROM journal.journal_events
"""

_FOLLOWED: LiteralString = """
    INSERT INTO announcements.followed VALUES (%s, %s)
    ON CONFLICT (journal) DO UPDATE SET position = EXCLUDED.position
"""

_WITHHOLD: LiteralString = """
    INSERT INTO announcements.withheld (position, recipient_id, facility_id, patient_id, consent_id,
        event_id, topic, because, decided_at)
    VALUES (%(position)s, %(recipient_id)s, %(facility_id)s, %(patient_id)s, %(consent_id)s,
        %(event_id)s, %(topic)s, %(because)s, %(decided_at)s)
    ON CONFLICT DO NOTHING
"""


class DisclosuresPublisher(Publisher):
    """Tells each recipient of each event what a consent lets them be told, once."""

    stream: ClassVar[str] = NAME
    lock: ClassVar[str] = "daybook.disclosures"

    _standings: Standings

    @property
    def channel(self) -> str:
        """The channel on which the journal has news."""
        return self.journal.channel

    async def begin(self, conn: Connection) -> None:  # noqa: ARG002
        """Begin anew with what is on record."""
        self._standings = Standings(self.journal.mapper)

    async def look(self, cursor: AsyncCursor[Any]) -> bool:
        """Tell of the events that nobody decided about yet; tell whether there are more."""
        await cursor.execute(_LOOK, (self.journal.id,))
        [look] = await cursor.fetchall()
        followed, until = look["followed"] or 0, look["until"]
        if until <= followed:
            return False
        await self._standings.catch_up(cursor, until)
        first, rows = self._standings.first_named, []
        if first is not None:
            asked = {"after": max(followed, first), "until": until, "topics": [*TOLD]}
            await cursor.execute(NEWS, asked | {"limit": AT_ONCE})
            rows = await cursor.fetchall()
        now, tellings, withheld = self.clock(), [], []
        for row in rows:
            event, position = event_of(self.journal.mapper, row), row["notification_id"]
            async for decision, said in self._decided(cursor, event, position, until, now):
                if decision.why_not is None:
                    tellings.append(Telling(f"{said.recipient_id}:{said.patient_id}", said))
                else:
                    withheld.append(_withheld(decision, said, position))
        await self.outbox.record(cursor, tellings)
        await cursor.executemany(_WITHHOLD, withheld)
        more = len(rows) == AT_ONCE
        through = rows[-1]["notification_id"] if more else until
        await cursor.execute(_FOLLOWED, (self.journal.id, through))
        return more

    async def _decided(
        self, cursor: AsyncCursor[Any], event: Event, position: int, until: int, now: datetime
    ) -> AsyncIterator[tuple[Decision, EventDisclosed]]:
        """Yield of each recipient whom a consent names what is decided, and what they are told."""
        site = self._standings.site(event.facility_id)
        recipients = site.recipients(position) if site else {}
        if site is None or not recipients:
            return
        recorded_as = await patient_of(cursor, event)
        patient_id, standing = await self._standings.at(cursor, recorded_as, position)
        _, by_now = await self._standings.at(cursor, recorded_as, until)
        recorded = Moment(position, event.timestamp.astimezone(site.zone).date())
        told = Moment(until, now.astimezone(site.zone).date())
        table = TOLD[event.TOPIC]
        for decision in standing.decisions(table.scopes, recipients, recorded, told, by_now):
            consent = decision.consent
            state: Mapping[str, Any] = orjson.loads(write_event(event).state)
            yield (
                decision,
                EventDisclosed(
                    timestamp=now,
                    facility_id=event.facility_id,
                    recipient_id=decision.recipient.recipient_id,
                    patient_id=patient_id,
                    recorded_as=None if recorded_as == patient_id else recorded_as,
                    consent_id=consent.consent_id,
                    purpose=consent.purpose,
                    consent_scope=consent.scope,
                    given_on=consent.given_on,
                    last_day=consent.last_day,
                    scope=decision.scope,
                    event_id=event.event_id,
                    event_topic=event.TOPIC,
                    event_version=event.class_version,
                    recorded_at=event.timestamp,
                    occasion=await occasion_of(cursor, event),
                    said=picked(state, table.fields),
                ),
            )


def _withheld(decision: Decision, said: EventDisclosed, position: int) -> dict[str, Any]:
    """Return the note of what somebody was not told, and why."""
    return {
        "position": position,
        "recipient_id": said.recipient_id,
        "facility_id": said.facility_id,
        "patient_id": said.patient_id,
        "consent_id": said.consent_id,
        "event_id": said.event_id,
        "topic": said.event_topic,
        "because": decision.why_not,
        "decided_at": said.timestamp,
    }
