import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import nats.errors
import psycopg
import pytest

from domain.aggregate import Event
from projections.view import Change, Steps
from services.embedded import Engines
from services.hosting import catch_up_wait
from services.hosting.supervisor import Supervisor
from services.messaging import stream
from services.messaging.stream import Unpublishable
from services.messaging.stream_refusals import ForeignStream, StreamDamaged
from services.read_models.execution import CLOCK_TICK, ViewStopped
from tests.support.backend import (
    PATIENCE,
    Backend,
    Counts,
    ManualClock,
    Names,
    ThingCounted,
    Told,
    Totals,
    fresh_database,
    until,
)
from tests.support.nats_server import OwnServer


class Superstitious(Counts):
    mended = False

    def changes(self, event: Event) -> Iterator[Change]:
        if isinstance(event, ThingCounted) and event.number == 13 and not self.mended:
            message = "Ada Lovelace"
            raise LookupError(message)
        yield from super().changes(event)


async def test_it_has_caught_up_when_every_view_has_all_that_is_asked_for(backend: Backend) -> None:
    position = backend.count(*range(1500))
    told: list[dict[str, int]] = []
    async with backend.supervisor(Counts(), Names()) as supervisor:
        await supervisor.caught_up(position, 20, told.append)
    assert len(backend.numbers()) == 1500
    assert told[-1] == {"counts": position, "names": position}


async def test_with_nothing_recorded_it_has_caught_up_at_once(backend: Backend) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        await supervisor.caught_up(0)
    assert backend.numbers() == []


async def test_it_keeps_up_with_what_is_recorded_meanwhile(backend: Backend) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        for number in range(20):
            await supervisor.caught_up(backend.count(number))
            assert backend.numbers()[-1] == number


async def test_it_leaves_nothing_running_when_it_ends(backend: Backend) -> None:
    async def work() -> None:
        async with backend.supervisor(Counts(), Names()) as supervisor:
            await supervisor.caught_up(backend.count(1))
            message = "something else"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="something else"):
        await work()
    # The pool of the journal has other connections, idle ones without a lock.
    assert backend.rows("SELECT * FROM pg_locks WHERE locktype = 'advisory'") == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_cancelled_wait_ends_it_at_once(backend: Backend) -> None:
    async def work() -> None:
        async with backend.supervisor(Counts()) as supervisor:
            await supervisor.caught_up(10**9)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, PATIENCE)
    assert backend.rows("SELECT * FROM pg_locks WHERE locktype = 'advisory'") == []


async def test_waiting_has_an_end_when_one_is_given(backend: Backend) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        with pytest.raises(TimeoutError):
            await supervisor.caught_up(10**9, timeout=0.5)


async def test_what_another_one_keeps_is_waited_for_just_the_same(backend: Backend) -> None:
    async with backend.supervisor(Counts()) as first:
        await first.caught_up(backend.count(1))
        async with backend.supervisor(Counts()) as second:
            await second.caught_up(backend.count(2))
        async with backend.supervisor(Counts()) as third:
            await first.__aexit__(None, None, None)
            await third.caught_up(backend.count(3))
    assert backend.numbers() == [1, 2, 3]


async def test_status_tells_where_everything_stands(backend: Backend) -> None:
    supervisor = backend.supervisor(Counts())
    position = backend.count(1, 2)
    before = await supervisor.status()
    assert (before.position, before.stream) == (3, None)
    assert [(v.name, v.position, v.lag, v.serves) for v in before.views] == [
        ("counts", 0, 3, False)
    ]
    async with supervisor:
        await supervisor.caught_up(position)
    backend.count(3)
    after = await supervisor.status()
    assert after.stream
    assert (after.position, after.stream.position, after.stream.messages) == (4, 3, 3)
    assert [(v.name, v.position, v.lag, v.serves) for v in after.views] == [("counts", 3, 1, True)]


async def test_a_stopped_view_is_named_with_its_event_and_a_reason_without_data(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    position = backend.count(1, 13, 2)
    view = Superstitious()
    async with backend.supervisor(view, Names()) as supervisor:
        with pytest.raises(ViewStopped) as refused:
            await supervisor.caught_up(position)
        assert (refused.value.view, refused.value.stopped_at) == ("counts", "thing-1:3")
        assert refused.value.because.startswith("LookupError in test_supervisor.py, line ")
        [counts, names] = (await supervisor.status()).views
        assert (counts.position, counts.stopped_at) == (2, "thing-1:3")
        assert (names.position, names.stopped_at) == (position, None)
        view.mended = True
        await until(lambda: serves(supervisor))
        await supervisor.caught_up(position)
    assert backend.numbers() == [1, 13, 2]
    assert "Ada" not in caplog.text


async def serves(supervisor: Supervisor) -> bool:
    return (await supervisor.status()).views[0].serves


async def test_a_view_that_was_stopped_is_tried_again_before_it_is_refused(
    backend: Backend,
) -> None:
    position = backend.count(1, 13, 2)
    view = Superstitious()
    async with backend.supervisor(view) as supervisor:
        with pytest.raises(ViewStopped):
            await supervisor.caught_up(position)
    view.mended = True
    async with backend.supervisor(view) as supervisor:
        await supervisor.caught_up(position)
    assert backend.numbers() == [1, 13, 2]


async def test_a_view_that_is_rebuilt_serves_until_the_new_one_has_caught_up(
    backend: Backend,
) -> None:
    position = backend.count(*range(100))
    async with backend.supervisor(Counts()) as supervisor:
        await supervisor.caught_up(position)
        backend.run("UPDATE counts.seen SET times = 99")
        await supervisor.rebuild("counts")
        assert len(backend.numbers()) == 100
        await supervisor.caught_up(position)
    assert backend.rows("SELECT DISTINCT times FROM counts.seen") == [(1,)]
    with pytest.raises(KeyError):
        await supervisor.rebuild("numbers")


async def test_an_asking_view_is_made_again_without_doubling_anything(backend: Backend) -> None:
    position = backend.count(*range(100))
    async with backend.supervisor(Totals()) as supervisor:
        await supervisor.caught_up(position)
        before = backend.rows("SELECT * FROM totals.totals ORDER BY at")
        assert before[-1] == (100, 99, sum(range(100)))
        await supervisor.rebuild("totals")
        await supervisor.caught_up(position)
    assert backend.rows("SELECT * FROM totals.totals ORDER BY at") == before


async def test_it_has_not_caught_up_before_views_have_been_told_the_time(backend: Backend) -> None:
    manual_clock = ManualClock()
    position = backend.count(1, 2)
    onlooker = backend.supervisor(Told(), Names(), clock=manual_clock)
    async with backend.supervisor(Told(), Names(), clock=manual_clock) as supervisor:
        await supervisor.caught_up(position)
    assert backend.told() == [(manual_clock.now, 2)]
    manual_clock.move(seconds=60)
    await onlooker.caught_up(position)
    manual_clock.move(seconds=0.001)
    with pytest.raises(TimeoutError):
        await onlooker.caught_up(position, 0.5)
    manual_clock.move(days=7)
    async with backend.supervisor(Told(), Names(), clock=manual_clock) as supervisor:
        await supervisor.caught_up(position)
        assert backend.told()[1:] == [(manual_clock.now, 2)]


async def test_a_view_that_keeps_no_time_is_not_waited_for_as_time_passes(backend: Backend) -> None:
    manual_clock = ManualClock()
    position = backend.count(1)
    async with backend.supervisor(Counts(), clock=manual_clock) as supervisor:
        await supervisor.caught_up(position)
    manual_clock.move(days=7)
    await backend.supervisor(Counts(), clock=manual_clock).caught_up(position)


async def test_status_tells_the_time_that_a_view_was_told(backend: Backend) -> None:
    manual_clock = ManualClock()
    supervisor = backend.supervisor(Told(), Names(), clock=manual_clock)
    assert [view.looked_at for view in (await supervisor.status()).views] == [None, None]
    async with supervisor:
        await supervisor.caught_up(backend.count(1))
    assert [view.looked_at for view in (await supervisor.status()).views] == [
        manual_clock.now,
        None,
    ]


async def test_without_a_clock_of_the_tests_it_is_told_the_present_time(backend: Backend) -> None:
    position = backend.count(1)
    before = datetime.now(UTC)
    async with backend.supervisor(Told()) as supervisor:
        await supervisor.caught_up(position)
    [(told, _)] = backend.told()
    assert before <= told <= datetime.now(UTC)


class Untimely(Told):
    """Cannot take the time in from one in the afternoon on."""

    mended = False

    def tick(self, now: datetime) -> Steps:
        yield from super().tick(now)
        if now.hour >= 13 and not self.mended:
            message = "Ada Lovelace"
            raise LookupError(message)


async def test_a_view_that_cannot_take_the_time_in_is_named_with_a_reason(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    view = Untimely()
    position = backend.count(1, 2)
    async with backend.supervisor(view, Names(), clock=manual_clock) as supervisor:
        await supervisor.caught_up(position)
        manual_clock.move(hours=1)
        with pytest.raises(ViewStopped, match="counts has stopped at the passing of time: ") as no:
            await supervisor.caught_up(position)
        assert (no.value.view, no.value.stopped_at) == ("counts", CLOCK_TICK)
        assert no.value.because.startswith("LookupError in test_supervisor.py, line ")
        [counts, names] = (await supervisor.status()).views
        assert (counts.position, counts.lag, counts.serves) == (position, 0, True)
        assert (counts.stopped_at, counts.looked_at) == (CLOCK_TICK, noon)
        assert (names.stopped_at, names.looked_at) == (None, None)
        assert backend.told() == [(noon, 2)]
    position = backend.count(3)
    view.mended = True
    async with backend.supervisor(view, Names(), clock=manual_clock) as supervisor:
        await supervisor.caught_up(position)
        [counts, _] = (await supervisor.status()).views
    assert (counts.stopped_at, counts.stopped_because) == (None, None)
    assert backend.told() == [(noon, 2), (manual_clock.now, 3)]
    assert "Ada" not in caplog.text


@pytest.mark.parametrize("stream_too", [False, True])
@pytest.mark.parametrize("views_too", [False, True])
async def test_what_is_deleted_meanwhile_is_made_again(
    backend: Backend, stream_too: bool, views_too: bool
) -> None:
    async with backend.supervisor(Counts(), Names()) as supervisor:
        await supervisor.caught_up(backend.count(*range(700)))
        if stream_too:
            await backend.delete_stream()
        if views_too:
            backend.run("DROP SCHEMA counts CASCADE; DROP SCHEMA names CASCADE")
        await supervisor.caught_up(backend.count(700))
        await supervisor.caught_up(backend.count(701))
    assert backend.numbers() == list(range(702))
    assert len(await backend.messages()) == 703


async def test_a_foreign_stream_is_refused_and_the_views_keep_what_they_have(
    backend: Backend, shared_engines: Engines
) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        await supervisor.caught_up(backend.count(1))
    await backend.delete_stream()
    with fresh_database(shared_engines) as other:
        async with other.supervisor(Counts()) as supervisor:
            await supervisor.caught_up(other.count(*range(9)))
    position = backend.count(2)
    async with backend.supervisor(Counts()) as supervisor:
        with pytest.raises(ForeignStream, match="DAYBOOK_NATS_URL"):
            await supervisor.caught_up(position)
        assert backend.numbers() == [1]
        await backend.delete_stream()
        await supervisor.caught_up(position)
    assert backend.numbers() == [1, 2]


async def test_a_refusal_is_told_to_whoever_waits_without_the_lock_too(backend: Backend) -> None:
    async with backend.supervisor(Counts()) as first:
        await first.caught_up(backend.count(1, 2))
        async with stream.connected(backend.nats_url, "test") as client:
            await client.jetstream().delete_msg(stream.NAME, 2)
        async with backend.supervisor(Counts()) as second:
            with pytest.raises(StreamDamaged):
                await second.caught_up(10**9)


async def test_an_event_that_cannot_be_published_is_told(backend: Backend) -> None:
    position = backend.count(1, facility_id="oak street")
    async with backend.supervisor(Counts()) as supervisor:
        with pytest.raises(Unpublishable):
            await supervisor.caught_up(position)


async def test_what_fails_as_it_is_ended_is_no_trouble(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    begun = asyncio.Event()

    async def awkward() -> None:
        begun.set()
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            raise AssertionError from None

    async with backend.supervisor() as supervisor:
        supervisor.run_forever("awkward", awkward)
        await begun.wait()
    assert "awkward" not in caplog.text


async def test_the_views_alone_can_be_kept_and_the_stream_alone_too(backend: Backend) -> None:
    async with backend.supervisor() as relay, backend.supervisor(Counts(), relay=False) as views:
        await relay.caught_up(backend.count(1))
        await views.caught_up(backend.count(2))
    assert backend.numbers() == [1, 2]


async def test_it_goes_on_after_nats_was_killed_and_started_again(
    backend: Backend, server: OwnServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with Supervisor(
        backend.journal, backend.database_url, server.url, [Counts()]
    ) as supervisor:
        await supervisor.caught_up(backend.count(*range(500)))
        server.kill()
        backend.count(500)
        await asyncio.sleep(1.5)
        server.start()
        await supervisor.caught_up(backend.count(501))
    assert backend.numbers() == list(range(502))
    assert "127.0.0.1" not in caplog.text


async def test_it_says_so_when_nats_stays_away(
    backend: Backend, server: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up_wait, "PATIENCE", 0.5)
    server.kill()
    position = backend.count(1)
    async with Supervisor(
        backend.journal, backend.database_url, server.url, [Counts()]
    ) as supervisor:
        with pytest.raises(nats.errors.NoServersError):
            await supervisor.caught_up(position)


async def test_it_goes_on_after_its_connections_to_postgresql_were_lost(backend: Backend) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        await supervisor.caught_up(backend.count(*range(100)))
        with psycopg.connect(backend.database_url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await supervisor.caught_up(backend.count(100))
    assert backend.numbers() == list(range(101))


async def test_a_password_gets_into_no_log(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = Supervisor(
        backend.journal,
        "postgresql://daybook:s3cret%zz@127.0.0.1:1/x",
        "nats://daybook:s3cret@127.0.0.1:1",
        [Counts()],
    )
    async with wrong:
        await asyncio.sleep(1)
    assert "starts again" in caplog.text
    assert "s3cret" not in caplog.text
