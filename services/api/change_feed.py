"""One reader of the journal for all who follow what changes, each by a queue with bounds."""

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

from psycopg.sql import SQL, Identifier

from projections.view import View
from services.advisory_lock import connect
from services.api.positions import Positions
from services.api.recorded_changes import Change, RecordedChanges
from services.cancellation import cancel_and_wait, raise_if_cancelled
from services.database_url import with_limits
from services.failures import reason
from services.journal import Journal
from services.publishing import outbox, outbox_channel

logger = logging.getLogger("daybook.api")

WINDOW = 500
"""Events that are read, and told, at once."""

ROOM = 1000
"""Changes that wait for one subscriber, at most."""

VISIBLE_WITHIN = 2.0
"""Seconds that are waited for a view that does not show a change yet; then it is not waited for."""

LOOK_AGAIN = 5.0
"""Seconds after which the reader looks for news that nobody told it of."""

LOOK_FOR_LATE = 0.5
"""The same while a view is not waited for."""

PAUSE = 0.5
"""Seconds until the connection is made again after it was lost."""


class Place(NamedTuple):
    """How far somebody has heard of the journal, and of what was told of findings."""

    journal: int
    findings: int

    def and_of(self, other: Self) -> "Place":
        """Return the place of who has heard what either place says."""
        return Place(max(self.journal, other.journal), max(self.findings, other.findings))

    def __str__(self) -> str:
        return f"{self.journal}-{self.findings}"


@dataclass(frozen=True, slots=True)
class News:
    """A change, or (None) that more has changed than can be told; who has heard it stands there."""

    change: Change | None
    place: Place

    def is_news_after(self, heard: Place) -> bool:
        """Tell whether somebody at a place has not heard it."""
        if self.change is None:
            return True
        if self.change.kind == "finding":
            return self.place.findings > heard.findings
        return self.change.position > heard.journal


class Subscription:
    """What waits for one subscriber. It is filled and emptied by tasks of one event loop."""

    def __init__(self, facility_id: str) -> None:
        self.facility_id = facility_id
        self.start: Place | None = None
        """From where on what changes comes here."""
        self.is_over = False
        """Whether it was slow for too long, or the server ends; nothing more comes."""
        self._waiting: deque[News] = deque()
        self._news = asyncio.Event()

    def put(self, news: News) -> None:
        """Add news; where there is no room, drop all that waits and say so instead."""
        if self.is_over:
            return
        if len(self._waiting) >= ROOM:
            self._waiting.clear()
            self.is_over = True
            news = News(None, news.place)
        self._waiting.append(news)
        self._news.set()

    def end(self) -> None:
        """Let nothing more come."""
        self.is_over = True
        self._news.set()

    async def take(self, within: float) -> Collection[News]:
        """Return all that waits, once there is anything or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._news.wait()
        self._news.clear()
        taken, self._waiting = self._waiting, deque()
        return taken


class ChangeFeed:
    """Tells subscribers what changes, once the views show it, while its context lasts.

    It reads only while there are subscribers. `recorded` is what was changed before.
    """

    def __init__(
        self, journal: Journal, database_url: str, positions: Positions, views: Collection[View]
    ) -> None:
        self.recorded = RecordedChanges(journal, views)
        self._journal = journal
        self._database_url = with_limits(database_url)
        self._positions = positions
        self._place: Place | None = None
        self._subscriptions: set[Subscription] = set()
        self._wanted, self._begun = asyncio.Event(), asyncio.Event()
        self._late: dict[str, int] = {}
        self._ended = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Wait for the first subscriber; does not wait for PostgreSQL."""
        self._task = asyncio.create_task(self._read_for_ever(), name="changes")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all subscriptions, and the reader."""
        self.end()
        if self._task:
            await cancel_and_wait([self._task])

    def end(self) -> None:
        """End all subscriptions, now and from now on: a server waits for open answers."""
        self._ended = True
        for each in self._subscriptions:
            each.end()
        self._begun.set()

    @property
    def place(self) -> Place:
        """How far subscribers were told, while there are any."""
        return self._place or Place(0, 0)

    @property
    def followers(self) -> int:
        """How many subscribe now."""
        return len(self._subscriptions)

    @contextmanager
    def subscribed(self, facility_id: str) -> Iterator[Subscription]:
        """Gather what changes at a facility from now on, or once the reader has begun."""
        subscription = Subscription(facility_id)
        subscription.start = self._place
        if self._ended:
            subscription.end()
        self._subscriptions.add(subscription)
        self._wanted.set()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def begun(self) -> None:
        """Return once the reader reads: then each subscription has its start, or is over."""
        await self._begun.wait()

    async def _read_for_ever(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                await self._read_while_wanted()
            except Exception as lost:  # the subscribers go on where they were
                raise_if_cancelled()
                logger.warning("What changes is not told for now: %s.", reason(lost))
                await asyncio.sleep(PAUSE)
            if not self._subscriptions:
                self._place = None
                self._late.clear()
                self._wanted.clear()
                if not self._ended:
                    self._begun.clear()

    async def _read_while_wanted(self) -> None:
        async with await connect(self._database_url) as conn:
            for channel in (self._journal.channel, outbox_channel.CHANNEL):
                await conn.execute(SQL("LISTEN {}").format(Identifier(channel)))
            await self._begin()
            told: set[str] = set()
            while self._subscriptions:
                raise_if_cancelled()
                more = await self._read_on(findings=told != {self._journal.channel})
                within = 0 if more else LOOK_FOR_LATE if self._late else LOOK_AGAIN
                heard = conn.notifies(timeout=within, stop_after=1)
                told = {each.channel async for each in heard}

    async def _begin(self) -> None:
        """Start with what comes now, or go on."""
        await asyncio.to_thread(outbox.make_tables, self._journal)
        last = Place(*await asyncio.to_thread(self.recorded.place))
        if self._place is None:
            self._place = last
            for each in self._subscriptions:
                each.start = last
        elif last < self._place:
            # As after a restore of the database.
            self._place = last
            self._tell_all_to_look()
        self._begun.set()

    async def _read_on(self, *, findings: bool) -> bool:
        """Tell what is new, of findings too or not; tell whether there is more at once."""
        place = self.place
        window = await asyncio.to_thread(self.recorded.after, place.journal, WINDOW)
        await self._until_visible(window.shown_by)
        if window.count:
            self._tell(marked(window.changes, place))
            self._place = place = Place(window.last, place.findings)
        if not findings:
            return window.count == WINDOW
        as_of = await self._positions.now(("compliance",), 0)
        read = self.recorded.findings_after
        told, turned = await asyncio.to_thread(read, place.findings, WINDOW, as_of)
        if turned:
            self._tell(marked_findings(turned, place, told))
            self._place = Place(place.journal, told)
        return WINDOW in {window.count, len(turned)}

    def _tell(self, news: Iterable[News]) -> None:
        for each in news:
            for subscription in self._subscriptions:
                if each.change and each.change.facility_id == subscription.facility_id:
                    subscription.put(each)

    def _tell_all_to_look(self) -> None:
        for each in self._subscriptions:
            each.put(News(None, self.place))

    async def _until_visible(self, shown_by: dict[str, int]) -> None:
        """Wait until the views show it. Who is late is not waited for until they have caught up."""
        reached = self._positions.reached
        caught_up = [name for name, at in self._late.items() if await reached(at, (name,), 0)]
        for name in caught_up:
            del self._late[name]
        if caught_up:
            self._tell_all_to_look()
        awaited = [(name, at) for name, at in shown_by.items() if name not in self._late]
        in_time = await asyncio.gather(
            *(reached(at, (name,), VISIBLE_WITHIN) for name, at in awaited)
        )
        for (name, _), there in zip(awaited, in_time, strict=True):
            if not there:
                logger.warning("Changes are told before the view %s shows them.", name)
                self._late[name] = 0
        for name in self._late.keys() & shown_by.keys():
            self._late[name] = shown_by[name]


def marked(changes: Iterable[Change], before: Place) -> Iterator[News]:
    """Yield changes by the journal's events, each with the place of who has heard it.

    Of two by one event, who has heard the first alone has not heard the event.
    """
    of = list(changes)
    for number, each in enumerate(of, 1):
        more = number < len(of) and of[number].position == each.position
        yield News(each, Place(each.position - more, before.findings))


def marked_findings(turned: Collection[Change], before: Place, told: int) -> Iterator[News]:
    """Yield findings that turned, the last of which has the position `told`."""
    for left, each in zip(range(len(turned) - 1, -1, -1), turned, strict=True):
        yield News(each, Place(before.journal, told - left))
