"""What changes at a facility, as server-sent events: ids and positions, never names.

    id: 4593-12
    event: roster
    data: {"kind": "roster", "position": 4593, "type": "session.patient-checked-in", ...}

An event is sent once the views show it, so that whoever asks upon it sees it. `resync` says that
more may have changed than is told: whoever shows something asks for it anew.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable

from fastapi.sse import ServerSentEvent

from services.api.change_feed import WINDOW, ChangeFeed, News, Place, marked, marked_findings
from services.api.recorded_changes import Change
from services.reports.viewer import Viewer

HEARTBEAT = 14.0
"""Seconds of silence after which a comment is sent: FastAPI sends one of its own after 15."""

ASK_AGAIN = 3.0
"""Seconds after which whoever subscribed has to be allowed to still."""

MOST_MISSED = 10_000
"""Positions that are looked through for what was missed, at most."""

AGAIN_AFTER = 1000
"""Milliseconds after which a browser that was cut off comes again."""

Visible = Callable[[Change], bool]
"""Tells whether somebody may know of a change."""

OPENING = frozenset(
    {
        *("session.scheduled", "session.rescheduled", "session.staff-substituted"),
        *("session.restored", "session.patient-rostered", "patient.counselor-assigned"),
        *("patient.merged", "patient.absorbed", "patient.admitted", "patient.candidate-admitted"),
    }
)
"""Types of changes by which somebody may come to see what was not theirs."""

CLINICAL_SECTIONS = ("assessments", "drug_tests", "screening")
"""The sections of a patient's page of which all that is clinical is a part."""

_ID = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?")


def visible_to(viewer: Viewer, *, hidden: Collection[str], findings: bool) -> Visible:
    """Return what somebody may know of, who is shown the sessions and patients of a viewer.

    `hidden` are the sections of a patient's page that they are not shown, `findings` says whether
    they may ask for any.
    """
    sessions, patients = viewer.sessions, viewer.patients
    clinical = not any(each in hidden for each in CLINICAL_SECTIONS)

    def visible(change: Change) -> bool:
        if change.kind == "finding" and not findings:
            return False
        if change.privacy == "clinical" and not clinical:
            return False
        about = (change.session_id, change.patient_id, change.staff_id)
        if change.kind in {"facility", "finding"} and about == (None, None, None):
            return True
        return (
            (change.session_id is not None and (sessions is None or change.session_id in sessions))
            or (patients is None or change.patient_id in patients)
            or (change.staff_id is not None and change.staff_id == viewer.staff_id)
        )

    return visible


async def changes(
    feed: ChangeFeed,
    facility_id: str,
    *,
    may_see: Callable[[], Awaitable[Visible | None]],
    after: str | None = None,
) -> AsyncIterator[ServerSentEvent]:
    """Yield what changes at a facility from now on; with `after`, what has changed since, too.

    `after` is the id of the last event that somebody has (`Last-Event-ID`), or a position: that of
    the answer (`Daybook-Position`) from which their page was made.

    `may_see` says what whoever subscribed may know of, or None once they may not subscribe any
    more; it is asked at first, every few seconds, and where a change may have made something
    theirs. Ends then, where the feed ends, and after `resync` where its reader is too slow.
    """
    reader = _Reader(feed, facility_id, may_see)
    # What is found here is closed with this, wherever it stands, when nobody reads on.
    with feed.subscribed(facility_id) as subscription:
        await feed.begun()
        if subscription.start is None or not await reader.is_allowed():
            return
        start = subscription.start
        since = await _since(after, start, feed)
        reader.heard = since or start
        yield reader.mark(retry=AGAIN_AFTER)
        if since is None:
            yield _event(News(None, start), start)
        else:
            async for each in reader.missed(start, whole=after is None or "-" in after):
                yield each
        while reader.is_in:
            within = min(reader.beat_at, reader.asked_at + ASK_AGAIN) - reader.clock()
            news = await subscription.take(within)
            # Read at once: all that was told up to there is in hand.
            place, over = feed.place, subscription.is_over
            async for each in reader.shown(news):
                yield each
            if over:
                return
            reader.heard = reader.heard.and_of(place)
            if await reader.is_allowed_still() and reader.clock() >= reader.beat_at:
                yield reader.mark()


class _Reader:
    """Somebody who subscribed, and what they may know of."""

    def __init__(
        self,
        feed: ChangeFeed,
        facility_id: str,
        may_see: Callable[[], Awaitable[Visible | None]],
    ) -> None:
        self.clock = asyncio.get_running_loop().time
        self.asked_at = self.beat_at = 0.0
        self.is_in = True
        self.heard = Place(0, 0)
        self._feed = feed
        self._facility_id = facility_id
        self._may_see = may_see
        self._visible: Visible = lambda _: False

    async def is_allowed(self) -> bool:
        """Ask what they may know of; tell whether they may subscribe."""
        found = await self._may_see()
        self.asked_at = self.clock()
        if found is None:
            self.is_in = False
        else:
            self._visible = found
        return self.is_in

    async def is_allowed_still(self) -> bool:
        """Ask again where it was not asked lately; tell whether they may subscribe."""
        if self.is_in and self.clock() >= self.asked_at + ASK_AGAIN:
            await self.is_allowed()
        return self.is_in

    async def shown(self, news: Iterable[News]) -> AsyncIterator[ServerSentEvent]:
        """Yield what is new to them and they may know of.

        What a change takes from them, they get to know as well.
        """
        new = [one for one in news if one.is_news_after(self.heard)]
        before = self._visible
        if not await self.is_allowed_still():
            return
        hidden = [one.change for one in new if one.change and not before(one.change)]
        if any(each.type in OPENING for each in hidden) and not await self.is_allowed():
            return
        for one in new:
            if one.change is None or before(one.change) or self._visible(one.change):
                # Whoever reads slowly may have been let go meanwhile.
                if not await self.is_allowed_still():
                    return
                self._beaten()
                yield _event(one, self.heard)

    async def missed(self, until: Place, *, whole: bool) -> AsyncIterator[ServerSentEvent]:
        """Yield what changed up to a place, but for what they have heard.

        If it is not known what they have heard of findings, these may have turned.
        """
        recorded = self._feed.recorded
        while self.heard.journal < until.journal and self.is_in:
            window = await asyncio.to_thread(recorded.after, self.heard.journal, WINDOW)
            found = [each for each in window.changes if each.position <= until.journal]
            async for event in self.shown(self._here(marked(found, self.heard))):
                yield event
            last = min(window.last, until.journal) if window.count else until.journal
            self.heard = Place(last, self.heard.findings)
        some = News(self._some_finding(until.journal), until)
        if not whole and some.change and self._visible(some.change):
            yield _event(some, until)
        while self.heard.findings < until.findings and self.is_in:
            place = self.heard
            limit = min(WINDOW, until.findings - place.findings)
            read = recorded.findings_after
            told, turns = await asyncio.to_thread(read, place.findings, limit, until.journal)
            async for event in self.shown(self._here(marked_findings(turns, place, told))):
                yield event
            self.heard = Place(place.journal, told if turns else until.findings)

    def mark(self, retry: int | None = None) -> ServerSentEvent:
        """Return what tells a browser how far it has heard, and that the connection stands."""
        self._beaten()
        return ServerSentEvent(comment="here", id=str(self.heard), retry=retry)

    def _beaten(self) -> None:
        self.beat_at = self.clock() + HEARTBEAT

    def _here(self, news: Iterable[News]) -> list[News]:
        return [one for one in news if one.change and one.change.facility_id == self._facility_id]

    def _some_finding(self, position: int) -> Change:
        return Change(
            kind="finding",
            position=position,
            type="finding.turned",
            facility_id=self._facility_id,
        )


async def _since(after: str | None, start: Place, feed: ChangeFeed) -> Place | None:
    """Return from where on somebody is told what changed; None where that cannot be told."""
    if after is None:
        return start
    found = _ID.fullmatch(after)
    if found is None:
        return None
    since = Place(int(found[1]), int(found[2] or start.findings))
    missed = max(start.journal - since.journal, start.findings - since.findings)
    if missed > MOST_MISSED:
        return None
    if since.and_of(start) != start:
        # Another server was further, or it was another history, as before a restore.
        last = Place(*await asyncio.to_thread(feed.recorded.place))
        return since if since.and_of(last) == last else None
    return since


def _event(news: News, heard: Place) -> ServerSentEvent:
    place = str(news.place.and_of(heard))
    if news.change is None:
        data = {"kind": "resync", "position": news.place.journal}
        return ServerSentEvent(event="resync", data=data, id=place)
    return ServerSentEvent(event=news.change.kind, data=news.change.as_data(), id=place)
