"""What is on record of whom a site may tell, and of what patients let them be told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString, cast
from zoneinfo import ZoneInfo

from eventsourcing.persistence import Mapper, StoredEvent
from psycopg import AsyncCursor

from domain.aggregate import Event
from domain.consent_standing import STANDING_EVENTS, ConsentStanding
from domain.facility import Facility, FacilityOpened
from domain.identity import Identity, IdentityForgotten
from domain.recipient import Recipient, RecipientNamed

_COLUMNS: LiteralString = "notification_id, originator_id, originator_version, topic, state"

_SITES: LiteralString = f"""
    SELECT {_COLUMNS} FROM journal.journal_events
    WHERE originator_version = 1 AND topic = %s
"""  # noqa: S608 - columns of ours

_OF_AGGREGATES: LiteralString = f"""
    SELECT {_COLUMNS} FROM journal.journal_events
    WHERE originator_id = ANY (%s) AND topic = ANY (%s) ORDER BY notification_id
"""  # noqa: S608 - columns of ours

NEWS: LiteralString = f"""
    SELECT {_COLUMNS} FROM journal.journal_events
    WHERE notification_id > %(after)s AND notification_id <= %(until)s AND topic = ANY (%(topics)s)
    ORDER BY notification_id LIMIT %(limit)s
"""  # noqa: S608 - columns of ours
"""The events of some topics after a position and up to another one."""

_OF_SITES: tuple[type[Event], ...] = (FacilityOpened, RecipientNamed)
_OF_PATIENTS = [each.TOPIC for each in STANDING_EVENTS]


@dataclass(slots=True)
class Site:
    """A facility's clocks, and the recipients that it named, each with the position of that."""

    zone: ZoneInfo
    named: list[tuple[int, Recipient]] = field(default_factory=list)

    def recipients(self, position: int) -> Mapping[str, Recipient]:
        """Return the recipients as they were at a position, by their ids."""
        return {each.recipient_id: each for at, each in self.named if at <= position}


class Standings:
    """The sites, and the consents of those patients who were asked about, kept up to the record.

    A patient's are read when they are first asked for. All is read by the cursor of the caller, as
    of the moment of its transaction.
    """

    def __init__(self, mapper: Mapper[str]) -> None:
        self._mapper = mapper
        self._sites: dict[str, Site] = {}
        self._patients: dict[str, ConsentStanding] = {}
        self._seen: int | None = None

    @property
    def first_named(self) -> int | None:
        """The position at which a recipient was named first; None where nobody ever was."""
        return min((at for each in self._sites.values() for at, _ in each.named), default=None)

    async def catch_up(self, cursor: AsyncCursor[Any], until: int) -> None:
        """Take in what was recorded up to the last position that the transaction sees."""
        if self._seen is None:
            await self._read_sites(cursor)
        elif until > self._seen:
            topics = [*(each.TOPIC for each in _OF_SITES), *_OF_PATIENTS]
            asked = {"after": self._seen, "until": until, "topics": topics, "limit": None}
            await cursor.execute(NEWS, asked)
            for position, event in self._events(await cursor.fetchall()):
                self._take(position, event)
        self._seen = until

    def site(self, facility_id: str) -> Site | None:
        """Return a site; None for one that was never opened."""
        return self._sites.get(facility_id)

    async def at(
        self, cursor: AsyncCursor[Any], patient_id: str, position: int
    ) -> tuple[str, ConsentStanding]:
        """Return the record that goes on for a patient's at a position, and its consents."""
        found = await self._of(cursor, patient_id)
        if into := found.merged_into(position):
            return await self.at(cursor, into, position)
        return patient_id, found

    async def _of(self, cursor: AsyncCursor[Any], patient_id: str) -> ConsentStanding:
        if patient_id not in self._patients:
            ids = [patient_id, Identity.id_of(patient_id)]
            await cursor.execute(_OF_AGGREGATES, (ids, _OF_PATIENTS))
            found = self._patients[patient_id] = ConsentStanding()
            for position, event in self._events(await cursor.fetchall()):
                found.take(position, event)
        return self._patients[patient_id]

    async def _read_sites(self, cursor: AsyncCursor[Any]) -> None:
        await cursor.execute(_SITES, (FacilityOpened.TOPIC,))
        for position, event in self._events(await cursor.fetchall()):
            self._take(position, event)
        named = [Facility.id_of(each) for each in self._sites]
        await cursor.execute(_OF_AGGREGATES, (named, [RecipientNamed.TOPIC]))
        for position, event in self._events(await cursor.fetchall()):
            self._take(position, event)

    def _take(self, position: int, event: Event) -> None:
        match event:
            case FacilityOpened():
                self._sites[event.facility_id] = Site(ZoneInfo(event.timezone))
            case RecipientNamed():
                self._sites[event.facility_id].named.append((position, event.recipient))
            case _:
                of = event.originator_id
                if isinstance(event, IdentityForgotten):
                    of = event.patient_id
                # Of whom nobody asked yet, all is read then.
                if known := self._patients.get(of):
                    known.take(position, event)

    def _events(self, rows: list[dict[str, Any]]) -> Iterator[tuple[int, Event]]:
        for row in rows:
            yield row["notification_id"], event_of(self._mapper, row)


def event_of(mapper: Mapper[str], row: Mapping[str, Any]) -> Event:
    """Return the typed event of a row of the journal."""
    names = ("originator_id", "originator_version", "topic", "state")
    stored = StoredEvent(**{name: row[name] for name in names})
    return cast("Event", mapper.to_domain_event(stored))
