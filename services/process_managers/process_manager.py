"""What a process manager is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from domain.aggregate import CommandContext, Event
from domain.facility import Facility
from domain.times import day_after
from services.application import CommandRunner

AUTHOR = "daybook"
"""Who is recorded as the author of what happens by itself."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do at an instant, in place of any other under the same key.

    Without an instant there is nothing to do under that key any longer.
    """

    key: str
    at: datetime | None


class ProcessManager(ABC):
    """Sees to it that something follows from events."""

    name: ClassVar[str]
    follows: ClassVar[tuple[type[Event], ...]]
    """The events that may ask for something: it is given no others."""

    @abstractmethod
    def tasks(self, event: Event) -> Iterator[Task]:
        """Yield what an event asks for. Reads nothing but the event."""

    @abstractmethod
    def do(self, daybook: CommandRunner, context: CommandContext, key: str) -> datetime | None:
        """Do a task that is due; return when there is more to do, None where there is not.

        It is done at least once: what is so already, and what is not due yet, records nothing. A
        Refusal ends it: then people have to see to it.
        """


def zone_of(daybook: CommandRunner, facility_id: str) -> ZoneInfo:
    """Return the zone of a site's clocks."""
    facility: Facility = daybook.journal.load(Facility.id_of(facility_id))
    return ZoneInfo(facility.timezone)


def next_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next day begins on a zone's clocks."""
    return day_after(now.astimezone(zone).date(), zone)
