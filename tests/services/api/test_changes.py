"""Who follows a facility hears of each change once, in order, when the views show it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from fastapi.sse import ServerSentEvent

from projections.attendance import Attendance
from projections.compliance import Compliance
from projections.schedule import Schedule
from projections.view import View
from services.api import change_feed, changes, positions
from services.api.change_feed import ChangeFeed
from services.api.changes import Visible
from services.api.positions import Positions
from services.api.recorded_changes import Change
from tests.support.backend import PATIENCE, Backend, Counts, ManualClock, until
from tests.support.evaluated_clinic import EvaluatedClinic
from tests.support.small_clinic import ANN, BEN, FACILITY, FRIDAY, MONDAY, WEDNESDAY


@pytest.fixture(autouse=True)
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not told is not heard of for as long as a test is patient."""
    monkeypatch.setattr(positions, "LOOK_AGAIN", 10 * PATIENCE)
    monkeypatch.setattr(change_feed, "LOOK_AGAIN", 10 * PATIENCE)
    monkeypatch.setattr(change_feed, "VISIBLE_WITHIN", PATIENCE)


def everything(_: Change) -> bool:
    return True


class Follower:
    """Somebody who follows a facility, and what they have heard."""

    def __init__(
        self,
        feed: ChangeFeed,
        facility_id: str = FACILITY,
        after: str | None = None,
        visible: Visible | None = everything,
    ) -> None:
        self.visible = visible
        self.heard: list[ServerSentEvent] = []
        self.asked = 0
        self.reads = asyncio.Event()
        self.reads.set()
        self._feed, self._facility_id, self._after = feed, facility_id, after
        self._more = asyncio.Condition()
        self.task = asyncio.create_task(self._follow())

    async def _may_see(self) -> Visible | None:
        self.asked += 1
        return self.visible

    async def _follow(self) -> None:
        followed = changes.changes(
            self._feed, self._facility_id, may_see=self._may_see, after=self._after
        )
        async for each in followed:
            async with self._more:
                self.heard.append(each)
                self._more.notify_all()
            await self.reads.wait()

    async def has(self, count: int) -> list[Any]:
        """Wait until they have heard of so many changes; return all."""
        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: len(self.changes) >= count)
        return self.changes

    async def begins(self) -> "Follower":
        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: self.heard)
        return self

    async def ends(self) -> list[Any]:
        async with asyncio.timeout(PATIENCE):
            await self.task
        return self.changes

    async def cut(self) -> str:
        """Cut them off; return what their browser says when it comes again."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        return self.last_id

    @property
    def last_id(self) -> str:
        return [each.id for each in self.heard if each.id][-1]

    @property
    def changes(self) -> list[Any]:
        return [each.data for each in self.heard if each.event]

    @property
    def positions(self) -> list[int]:
        return [each["position"] for each in self.changes]


@asynccontextmanager
async def feeding(backend: Backend, *views: View) -> AsyncIterator[ChangeFeed]:
    async with (
        Positions(backend.journal, backend.database_url, views) as known,
        ChangeFeed(backend.journal, backend.database_url, known, views) as feed,
    ):
        yield feed


@asynccontextmanager
async def counting(backend: Backend) -> AsyncIterator[ChangeFeed]:
    """Follow with a view that shows each number."""
    async with backend.supervisor(Counts()), feeding(backend, Counts()) as feed:
        yield feed


async def test_two_who_follow_hear_of_a_check_in_that_the_views_show(backend: Backend) -> None:
    clinic = EvaluatedClinic(journal=backend.journal, vault=backend.vault)
    clinic.enrol(ANN, BEN)
    views = Schedule(), Attendance()
    async with backend.supervisor(*views), feeding(backend, *views) as feed:
        both = [await Follower(feed).begins() for _ in range(2)]
        clinic.attends(ANN, MONDAY, leaves=None)
        session = clinic.evening()
        for each in both:
            [heard] = await each.has(1)
            assert heard == {
                "kind": "roster",
                "position": backend.journal.position(),
                "type": "session.patient-checked-in",
                "session_id": session.id,
                "patient_id": ANN,
                "finding_id": None,
            }
            assert backend.rows("SELECT recorded_as FROM attendance.sign_ins") == [(ANN,)]
            assert each.heard[-1].event == "roster"


async def test_each_change_is_heard_once_and_in_order_whoever_records_it(
    backend: Backend,
) -> None:
    def record(of: str) -> None:
        for number in range(25):
            backend.count(number, of=of)

    async with counting(backend) as feed:
        follower = await Follower(feed).begins()
        writers = [threading.Thread(target=record, args=(f"thing-{k}",)) for k in range(4)]
        for each in writers:
            each.start()
        heard = await follower.has(4 * 26)
        for each in writers:
            await asyncio.to_thread(each.join)
        recorded = [each.id for each in backend.journal.after(0, 1000)]
        assert follower.positions == recorded
        assert all(each["kind"] == "facility" for each in heard)
        assert len(backend.numbers()) == 100


async def test_who_was_cut_off_hears_exactly_what_they_missed(backend: Backend) -> None:
    async with counting(backend) as feed:
        stays, leaves = [await Follower(feed).begins() for _ in range(2)]
        backend.count(1, 2, 3)
        await leaves.has(4)
        last = await leaves.cut()
        backend.count(4, 5)
        backend.count(1, facility_id="elsewhere", of="thing-2")
        await stays.has(6)
        returns = Follower(feed, after=last)
        await returns.has(2)
        backend.count(6)
        await returns.has(3)
        await stays.has(7)
        assert leaves.positions + returns.positions == stays.positions
        # Nothing is missed where nobody listened, either.
        for each in (stays, returns):
            last = await each.cut()
        position = backend.count(7, 8)
        alone = Follower(feed, after=last)
        await alone.has(2)
        assert alone.positions == [position - 1, position]


async def test_who_comes_with_the_position_of_a_page_hears_that_findings_may_have_turned(
    backend: Backend,
) -> None:
    async with counting(backend) as feed:
        page = backend.count(1)
        later = backend.count(2)
        follower = Follower(feed, after=str(page))
        await follower.has(2)
        assert [(each["kind"], each["position"]) for each in follower.changes] == [
            ("facility", later),
            ("finding", later),
        ]
        assert follower.last_id.startswith(f"{later}-")


@pytest.mark.parametrize("after", ["99999-0", "99999", "later", "1-99999", "-1", "1-0-0"])
async def test_who_comes_with_an_id_of_nothing_is_told_to_look_again(
    backend: Backend, after: str
) -> None:
    backend.count(1)
    async with counting(backend) as feed:
        follower = Follower(feed, after=after)
        assert (await follower.has(1))[0]["kind"] == "resync"
        position = backend.count(2)
        assert (await follower.has(2))[1]["position"] == position


async def test_who_missed_too_much_is_told_to_look_again(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MOST_MISSED", 3)
    backend.count(1, 2, 3, 4, 5)
    async with counting(backend) as feed:
        follower = Follower(feed, after="1-0")
        assert [each["kind"] for each in await follower.has(1)] == ["resync"]
        near = Follower(feed, after=f"{backend.journal.position() - 3}-0")
        assert len(await near.has(3)) == 3


async def test_who_reads_slowly_holds_up_nobody_and_goes_on_where_they_were_told_to(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "ROOM", 5)
    async with counting(backend) as feed:
        slow, quick = [await Follower(feed).begins() for _ in range(2)]
        slow.reads.clear()
        for number in range(20):
            backend.count(number)
            await quick.has(2 + number)
        slow.reads.set()
        last = (await slow.ends())[-1]
        assert last["kind"] == "resync"
        assert len(slow.changes) < 10
        returns = Follower(feed, after=slow.last_id)
        await returns.has(1)
        assert {*slow.positions, *returns.positions} <= set(quick.positions)
        assert returns.positions == [p for p in quick.positions if p > last["position"]]


async def test_nothing_is_heard_of_another_facility(backend: Backend) -> None:
    async with counting(backend) as feed:
        here, there = await Follower(feed).begins(), await Follower(feed, "elsewhere").begins()
        backend.count(1, 2)
        position = backend.count(3, facility_id="elsewhere", of="thing-2")
        await there.has(2)
        await here.has(3)
        assert there.positions == [position - 1, position]
        assert here.positions == [position - 4, position - 3, position - 2]


async def test_a_change_is_told_once_a_view_that_was_late_shows_it(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "VISIBLE_WITHIN", 0.1)
    monkeypatch.setattr(change_feed, "LOOK_FOR_LATE", 0.05)
    async with feeding(backend, Counts()) as feed:
        follower = await Follower(feed).begins()
        backend.count(1, 2)
        assert [each["kind"] for each in await follower.has(3)] == ["facility"] * 3
        async with backend.supervisor(Counts()):
            assert (await follower.has(4))[3]["kind"] == "resync"
            assert backend.numbers() == [1, 2]
            backend.count(3)
            await follower.has(5)
            assert backend.numbers() == [1, 2, 3]


async def test_a_finding_that_turns_is_heard_by_who_follows_and_by_who_comes_again(
    backend: Backend,
) -> None:
    clock = ManualClock()
    clock.now = datetime(2025, 3, 3, 9, tzinfo=UTC)
    async with (
        backend.supervisor(Compliance(), clock=clock),
        feeding(backend, Compliance()) as feed,
    ):

        async def news_from_now_on() -> bool:
            rows = backend.rows("SELECT to_regclass('announcements.through') IS NOT NULL")
            return bool(rows[0][0] and backend.rows("SELECT FROM announcements.through"))

        await until(news_from_now_on)
        follower = await Follower(feed).begins()
        clinic = EvaluatedClinic(journal=backend.journal, vault=backend.vault)
        clinic.adopt(attended_minutes_min=540)
        clinic.enrol(ANN)
        before = (await follower.has(1) and follower.heard[1].id) or ""
        clinic.attends(ANN, MONDAY)
        clinic.closes(MONDAY)
        clock.now = clinic.at("22:00", WEDNESDAY)
        clinic.stays_away(ANN, FRIDAY)

        async def told() -> bool:
            return bool(backend.rows("SELECT FROM announcements.outbox WHERE stream = 'FINDINGS'"))

        await until(told)
        found = await turned(follower)
        assert (found["finding_id"],) in backend.rows("SELECT finding_id FROM compliance.turns")
        again = Follower(feed, after=before)
        assert await turned(again) == found | {"position": again.positions[-1]}
        # Whoever has heard of one hears of it no more.
        last = follower.last_id
        rest = Follower(feed, after=last)
        backend.count(1)
        await rest.has(1)
        places = [place(each.id) for each in rest.heard[1:] if each.event == "finding"]
        assert all(each > place(last) for each in places)


def place(event_id: str | None) -> int:
    """Return up to which finding somebody with an id has heard."""
    return int(str(event_id).partition("-")[2])


async def turned(follower: Follower) -> Any:
    """Wait for a finding that turned; return it."""
    count = 0
    while True:
        count += 1
        for each in await follower.has(count):
            if each["kind"] == "finding":
                return each


async def test_the_end_of_the_server_ends_who_follows_and_who_comes(backend: Backend) -> None:
    async with counting(backend) as feed:
        both = [await Follower(feed).begins() for _ in range(2)]
        feed.end()
        for each in both:
            assert await each.ends() == []
        assert await Follower(feed).ends() == []


async def test_who_may_not_follow_any_more_is_let_go(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "ASK_AGAIN", 0.05)
    async with counting(backend) as feed:
        stays, idle, busy = [await Follower(feed).begins() for _ in range(3)]
        idle.visible = None
        assert await idle.ends() == []
        busy.reads.clear()
        backend.count(1, 2)
        await busy.has(1)
        await stays.has(3)
        busy.visible = None
        await asyncio.sleep(changes.ASK_AGAIN)
        busy.reads.set()
        assert len(await busy.ends()) == 1
        assert await Follower(feed, visible=None).ends() == []


async def test_who_is_silent_is_told_where_they_stand(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "HEARTBEAT", 0.05)
    async with counting(backend) as feed:
        follower = await Follower(feed, "elsewhere").begins()
        position = backend.count(1)
        async with asyncio.timeout(PATIENCE):
            while not follower.last_id.startswith(f"{position}-"):
                await asyncio.sleep(0.05)
        assert follower.changes == []
        assert {each.comment for each in follower.heard} == {"here"}


async def test_a_change_that_makes_something_somebodys_is_heard_by_them(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "OPENING", frozenset({"thing.opened"}))
    monkeypatch.setattr(changes, "ASK_AGAIN", 10 * PATIENCE)
    async with counting(backend) as feed:
        follower = await Follower(feed, visible=lambda _: False).begins()
        last = await Follower(feed).begins()
        position = backend.count(1)
        await last.has(2)
        async with asyncio.timeout(PATIENCE):
            while follower.asked < 2:
                await asyncio.sleep(0.01)
        follower.visible = lambda change: change.position > position + 1
        backend.count(2)
        backend.count(3, of="thing-2")
        await last.has(5)
        await follower.has(2)
        assert follower.positions == last.positions[3:]


async def test_the_reader_goes_on_after_its_connection_was_lost(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "PAUSE", 0.01)
    monkeypatch.setattr(positions, "PAUSE", 0.01)
    async with feeding(backend) as feed:
        follower = await Follower(feed).begins()
        backend.count(1)
        await follower.has(2)
        with psycopg.connect(backend.database_url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        backend.count(2)
        backend.count(3)
        await follower.has(4)
        assert follower.positions == [each.id for each in backend.journal.after(0, 10)]
