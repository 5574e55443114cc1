import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from domain.aggregate import Event
from projections.view import Change, Question, Steps, View
from services.embedded import Engines
from services.failures import reason
from services.messaging import relay as relay_module
from services.messaging import stream
from services.messaging import stream_reader as reader_module
from services.messaging.relay import Relay
from services.messaging.stream_reader import StreamGone, StreamReader
from services.read_models import projector as projector_module
from services.read_models.checkpoint import Checkpoint, ViewChanged, advance
from services.read_models.execution import CLOCK_TICK, run_steps
from services.read_models.projector import Projector
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
    running,
    thing,
    until,
)


class Delicate(Counts):
    """Fails at the number 13, in a way that a test chooses."""

    mended = False

    def __init__(self, failing: Callable[[int], Iterator[Change]]) -> None:
        self.failing = failing

    def changes(self, event: Event) -> Iterator[Change]:
        yield from super().changes(event)
        if isinstance(event, ThingCounted) and event.number == 13 and not self.mended:
            yield from self.failing(event.number)


def raises(number: int) -> Iterator[Change]:
    message = f"the patient's name is {number}"
    raise KeyError(message)
    yield


def breaks_a_rule(_: int) -> Iterator[Change]:
    yield "INSERT INTO numbers (number) VALUES (%s)", (-13,)


def gives_a_wrong_value(_: int) -> Iterator[Change]:
    yield "INSERT INTO numbers (number) VALUES (%s::text::integer)", ("Ada Lovelace",)


def relay(backend: Backend) -> Relay:
    return Relay(backend.journal, backend.database_url, backend.nats_url)


def projector(backend: Backend, view: Any, clock: ManualClock | None = None) -> Projector:
    kept = {"clock": clock} if clock else {}
    return Projector(view, backend.journal, backend.database_url, backend.nats_url, **kept)


def checkpoint(backend: Backend, view: str = "counts") -> tuple[int, str | None, str | None]:
    rows = backend.rows(f"SELECT position, stopped_at, stopped_because FROM {view}.position")  # noqa: S608
    return rows[0] if rows else (0, None, None)


async def stands_at(backend: Backend, position: int, view: str = "counts") -> None:
    async def there() -> bool:
        exists = backend.rows(f"SELECT to_regclass('{view}.position')")[0][0]
        return bool(exists) and checkpoint(backend, view)[0] >= position

    await until(there)


async def stopped(backend: Backend, view: str = "counts") -> tuple[int, str | None, str | None]:
    """Wait until the view has stopped; return its position, the event and the reason."""
    for schema in (view, f"{view}_being_built"):
        if backend.rows(f"SELECT to_regclass('{schema}.position')")[0][0]:
            found = backend.rows(
                f"SELECT position, stopped_at, stopped_because FROM {schema}.position"  # noqa: S608
            )
            if found[0][1]:
                position, event, reason = found[0]
                return position, event, reason
    await asyncio.sleep(0.05)
    return await stopped(backend, view)


async def test_a_view_takes_in_each_event_once_and_in_order(backend: Backend) -> None:
    position = backend.count(*range(2500))
    async with running(relay(backend).run), running(projector(backend, Counts()).run):
        await stands_at(backend, position)
    assert backend.numbers() == list(range(2500))
    assert backend.rows("SELECT sum(times) FROM counts.seen") == [(2500,)]


async def test_a_view_goes_on_where_it_stood_when_it_starts_again(backend: Backend) -> None:
    async with running(relay(backend).run):
        for number in range(3):
            async with running(projector(backend, Counts()).run):
                await stands_at(backend, backend.count(number))
    assert backend.numbers() == [0, 1, 2]


async def test_an_event_that_is_recorded_later_is_taken_in_at_once(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "LOOK_AGAIN", 10 * PATIENCE)
    monkeypatch.setattr(projector_module, "IDLE", 10 * PATIENCE)
    async with running(relay(backend).run), running(projector(backend, Counts()).run):
        await stands_at(backend, backend.count(1))
        await stands_at(backend, backend.count(2))


async def test_of_two_projectors_of_a_view_one_works_and_the_other_takes_over(
    backend: Backend,
) -> None:
    async with (
        running(relay(backend).run),
        running(projector(backend, Counts()).run) as first,
        running(projector(backend, Counts()).run),
    ):
        await stands_at(backend, backend.count(*range(500)))
        first.cancel()
        await stands_at(backend, backend.count(500))
    assert backend.numbers() == list(range(501))


@pytest.mark.parametrize(
    ("failing", "because"),
    [
        (raises, "KeyError in test_projector.py, line "),
        (
            breaks_a_rule,
            'CheckViolation 23514, new row for relation "numbers" violates check constraint'
            ' "numbers_number_check", constraint numbers_number_check, table numbers',
        ),
        (gives_a_wrong_value, "InvalidTextRepresentation 22P02"),
    ],
)
async def test_a_view_stops_at_the_event_that_fails_and_goes_on_once_it_is_mended(
    backend: Backend, failing: Callable[[int], Iterator[Change]], because: str
) -> None:
    position = backend.count(*range(20))
    view = Delicate(failing)
    async with running(relay(backend).run), running(projector(backend, view).run):
        where, event_id, why = await stopped(backend)
        assert (where, event_id) == (14, "thing-1:15")
        assert why is not None
        assert why.startswith(because)
        assert "Ada" not in why
        assert "patient" not in why
        building = backend.rows("SELECT max(number), count(*) FROM counts_being_built.numbers")
        assert building == [(12, 13)]
        view.mended = True
        await stands_at(backend, position)
    assert backend.numbers() == list(range(20))
    assert checkpoint(backend) == (position, None, None)


async def test_a_view_that_serves_stops_too_and_serves_what_it_has(backend: Backend) -> None:
    view = Delicate(breaks_a_rule)
    async with running(relay(backend).run):
        async with running(projector(backend, view).run):
            await stands_at(backend, backend.count(1, 2))
            position = backend.count(3, 13, 4)
            assert (await stopped(backend))[:2] == (4, "thing-1:5")
            assert backend.numbers() == [1, 2, 3]
        view.mended = True
        async with running(projector(backend, view).run):
            await stands_at(backend, position)
    assert backend.numbers() == [1, 2, 3, 13, 4]


async def test_attempts_at_a_failing_event_grow_further_apart(
    backend: Backend,
) -> None:
    tried: list[float] = []

    def attempt(number: int) -> Iterator[Change]:
        tried.append(asyncio.get_running_loop().time())
        yield from raises(number)

    async def attempted_four_times() -> bool:
        return len(tried) >= 8

    backend.count(13)
    async with running(relay(backend).run), running(projector(backend, Delicate(attempt)).run):
        await until(attempted_four_times)
    # Each attempt is two: all at once, then one by one.
    pauses = [after - before for before, after in zip(tried, tried[2:], strict=False)][::2]
    assert pauses == sorted(pauses)


async def test_two_projectors_without_a_lock_still_take_each_event_in_once(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def free(*_: Any) -> bool:
        return True

    async with running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, backend.count(0))
        monkeypatch.setattr("services.advisory_lock._lock", free)
        async with (
            running(projector(backend, Counts()).run),
            running(projector(backend, Counts()).run),
        ):
            for number in range(1, 10):
                await stands_at(backend, backend.count(*range(number * 10, number * 10 + 10)))
    assert backend.numbers() == [0, *range(10, 100)]


async def test_rows_and_position_are_written_together_or_not_at_all(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[int] = []

    async def lose_the_connection(conn: Any, old: Any, new: Any) -> Any:
        if new.position > 1 and not failed:
            failed.append(new.position)
            await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await advance(conn, old, new)

    monkeypatch.setattr(projector_module, "advance", lose_the_connection)
    position = backend.count(1, 2, 3)
    async with running(relay(backend).run):
        worker = projector(backend, Counts())
        with pytest.raises(Exception, match="terminating connection"):
            await worker.run()
        assert backend.rows("SELECT position FROM counts_being_built.position") == [(0,)]
        assert backend.rows("SELECT * FROM counts_being_built.numbers") == []
        async with running(worker.run):
            await stands_at(backend, position)
    assert failed
    assert backend.numbers() == [1, 2, 3]


@pytest.mark.parametrize(
    "drop", ["DROP SCHEMA counts CASCADE", "DROP TABLE counts.seen", "DELETE FROM counts.position"]
)
async def test_a_view_whose_tables_are_dropped_is_filled_again(backend: Backend, drop: str) -> None:
    position = backend.count(*range(50))
    async with running(relay(backend).run), running(projector(backend, Counts()).run):
        await stands_at(backend, position)
        backend.run(drop)
        await asyncio.sleep(1)
        await stands_at(backend, position)
        assert backend.rows("SELECT sum(times) FROM counts.seen") == [(50,)]
        position = backend.count(50)
        await stands_at(backend, position)
    assert backend.numbers() == list(range(51))


async def test_a_changed_view_is_built_beside_the_one_that_serves(backend: Backend) -> None:
    class Changed(Delicate):
        version = 2

    position = backend.count(1, 13, 2)
    async with running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, position)
        view = Changed(raises)
        async with running(projector(backend, view).run):
            await stopped(backend)
            assert backend.numbers() == [1, 13, 2]
            assert backend.rows("SELECT version FROM counts.position") == [(1,)]
            view.mended = True

            async def served() -> bool:
                return backend.rows("SELECT version FROM counts.position") == [(2,)]

            await until(served)
    assert backend.numbers() == [1, 13, 2]
    assert backend.rows("SELECT to_regnamespace('counts_being_built')") == [(None,)]


async def test_a_view_of_another_journal_is_filled_again(backend: Backend) -> None:
    position = backend.count(1, 2, 3)
    async with running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, position)
        backend.run("UPDATE counts.position SET journal = 'journal-x', position = 2, sequence = 2")
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, position)
    assert backend.numbers() == [1, 2, 3]


async def test_a_view_ahead_of_a_restored_journal_is_filled_again(backend: Backend) -> None:
    position = backend.count(1, 2, 3)
    async with running(relay(backend).run), running(projector(backend, Counts()).run):
        await stands_at(backend, position)
    backend.run("DELETE FROM journal.journal_events WHERE notification_id > 2")
    await backend.delete_stream()

    async def only_the_first() -> bool:
        return backend.rows("SELECT position FROM counts.position") == [(2,)]

    async with running(relay(backend).run), running(projector(backend, Counts()).run):
        await until(only_the_first)
    assert backend.numbers() == [1]


async def test_a_stream_that_is_deleted_and_made_again_is_read_on(backend: Backend) -> None:
    async with running(projector(backend, Counts()).run):
        async with running(relay(backend).run):
            await stands_at(backend, backend.count(*range(30)))
        await backend.delete_stream()
        await asyncio.sleep(1)
        backend.count(30)
        async with running(relay(backend).run):
            await stands_at(backend, backend.count(31))
    assert backend.numbers() == list(range(32))


async def test_a_stream_of_another_journal_stops_the_view(
    backend: Backend, shared_engines: Engines
) -> None:
    position = backend.count(1, 2, 3)
    async with running(relay(backend).run), running(projector(backend, Counts()).run):
        await stands_at(backend, position)
    await backend.delete_stream()
    with fresh_database(shared_engines) as other:
        other.count(*range(10))
        async with running(relay(other).run), running(projector(backend, Counts()).run):
            where, event_id, why = await stopped(backend)
    assert (where, event_id) == (4, "thing-1:4")
    assert why is not None
    assert why.startswith("ChainBroken: sequence 4 of the stream, where the view stands")
    assert backend.numbers() == [1, 2, 3]


async def test_a_message_missing_from_the_stream_stops_the_view_before_the_gap(
    backend: Backend,
) -> None:
    async with running(relay(backend).run):
        backend.count(*range(10))
        await until(lambda: has_messages(backend, 11))
    async with stream.connected(backend.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, 6)
    async with running(projector(backend, Counts()).run):
        where, event_id, why = await stopped(backend)
    assert (where, event_id, why) == (5, "thing-1:7", "ChainBroken: sequence 7 comes after 5")


async def has_messages(backend: Backend, count: int) -> bool:
    return len(await backend.messages()) >= count


async def test_a_reader_gets_all_however_slow_it_is(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "PULL_EXPIRES", 0.1)
    backend.count(*range(400))
    got: list[int] = []
    async with running(relay(backend).run), stream.connected(backend.nats_url, "test") as client:
        await until(lambda: has_messages(backend, 401))
        async with StreamReader.open(client, 1) as reader:
            while len(got) < 401:
                got += [found.sequence for found in await reader.next(30, 1)]
                await asyncio.sleep(0.15 if len(got) < 100 else 0)
            assert await reader.next(30, 0.3) == []
            backend.count(1)
            got += [found.sequence for found in await reader.next(30, 3)]
    assert got == list(range(1, 403))


async def test_a_reader_that_starts_beyond_the_end_waits_there(backend: Backend) -> None:
    backend.count(1)
    async with running(relay(backend).run), stream.connected(backend.nats_url, "test") as client:
        await until(lambda: has_messages(backend, 2))
        async with StreamReader.open(client, 3) as reader:
            assert await reader.next(10, 0.2) == []
            backend.count(2)
            assert [found.sequence for found in await reader.next(10, 3)] == [3]


async def test_a_reader_says_so_when_the_stream_is_gone(backend: Backend) -> None:
    backend.count(1)
    async with stream.connected(backend.nats_url, "test") as client:
        async with running(relay(backend).run):
            await until(lambda: has_messages(backend, 2))
        async with StreamReader.open(client, 3) as reader:
            assert await reader.next(10, 0.2) == []
            await backend.delete_stream()
            with pytest.raises(StreamGone):
                await reader.next(10, 5)


async def test_identity_events_reach_the_views_that_want_them(backend: Backend) -> None:
    named = thing()
    named.name_it("Ada")
    backend.journal.save(named)

    async def is_named() -> bool:
        exists = backend.rows("SELECT to_regclass('names.named')")[0][0]
        return bool(exists) and backend.rows("SELECT name FROM names.named") == [("Ada",)]

    async with running(relay(backend).run), running(projector(backend, Names()).run):
        await until(is_named)


async def test_the_position_table_explains_itself(backend: Backend) -> None:
    async with running(relay(backend).run), running(projector(backend, Counts()).run):
        await stands_at(backend, backend.count(1))
    uncommented = backend.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'counts.position'::regclass"
        " AND attnum > 0 AND col_description(attrelid, attnum) IS NULL"
    )
    assert uncommented == []


# A view that asks its own tables


def totals(backend: Backend) -> list[tuple[int, int]]:
    return backend.rows("SELECT number, total FROM totals.totals ORDER BY at")


def running_total(*numbers: int) -> list[tuple[int, int]]:
    return [(number, sum(numbers[: k + 1])) for k, number in enumerate(numbers)]


@pytest.mark.parametrize("batch", [1, 7, 1000])
async def test_a_view_asks_what_the_events_before_have_made_of_its_tables(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(projector_module, "BATCH", batch)
    position = backend.count(*range(100))
    view = Totals()
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, 101))
        async with running(projector(backend, view).run):
            await stands_at(backend, position, "totals")
    assert totals(backend) == running_total(*range(100))
    assert sum(view.batches) == 101
    assert 1 < max(view.batches) <= batch or batch == 1


async def test_an_asking_view_that_is_filled_again_doubles_nothing(backend: Backend) -> None:
    expected = running_total(*range(31))
    async with running(relay(backend).run):
        async with running(projector(backend, Totals()).run):
            await stands_at(backend, backend.count(*range(30)), "totals")
        async with running(projector(backend, Totals()).run):
            position = backend.count(30)
            await stands_at(backend, position, "totals")
            assert totals(backend) == expected
            backend.run("DROP TABLE totals.totals")
            await until(lambda: is_there(backend, "totals.totals"))
            await stands_at(backend, position, "totals")
    assert totals(backend) == expected


async def is_there(backend: Backend, table: str) -> bool:
    return backend.rows(f"SELECT to_regclass('{table}')") != [(None,)]


class DelicateTotals(Totals):
    """Fails at the number 13, in a way that a test chooses."""

    mended = False

    def __init__(self, failing: Callable[[int], Steps]) -> None:
        super().__init__()
        self.failing = failing

    def add(self, number: int) -> Steps:
        yield from super().add(number)
        if number == 13 and not self.mended:
            yield from self.failing(number)


def asks_amiss(_: int) -> Steps:
    yield Question("SELECT 'Ada Lovelace'::text::integer")


def asks_without_an_answer(_: int) -> Steps:
    yield Question("UPDATE totals SET total = 0")


def writes_amiss_and_asks(_: int) -> Steps:
    yield "INSERT INTO totals (number, total) VALUES (%s, 0)", (-13,)
    yield Question("SELECT 1")


def writes_amiss_at_last(_: int) -> Steps:
    yield "INSERT INTO totals (number, total) VALUES (%s, 0)", (-13,)


def cannot_do_with_the_answer(_: int) -> Steps:
    [(_name,)] = yield Question("SELECT 'Ada Lovelace' WHERE false")


@pytest.mark.parametrize(
    ("failing", "because"),
    [
        (asks_amiss, "InvalidTextRepresentation 22P02"),
        (asks_without_an_answer, "ProgrammingError"),
        (writes_amiss_and_asks, "CheckViolation 23514, new row"),
        (writes_amiss_at_last, "CheckViolation 23514, new row"),
        (cannot_do_with_the_answer, "ValueError in test_projector.py, line "),
    ],
)
async def test_an_asking_view_stops_at_the_event_that_fails_with_those_before_it_taken_in(
    backend: Backend, failing: Callable[[int], Steps], because: str
) -> None:
    position = backend.count(*range(20))
    view = DelicateTotals(failing)
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, 21))
        async with running(projector(backend, view).run):
            where, event_id, why = await stopped(backend, "totals")
            assert (where, event_id) == (14, "thing-1:15")
            assert why is not None
            assert why.startswith(because)
            assert "Ada" not in why
            # At once first, then one by one.
            assert max(view.batches) > 1
            assert view.batches[-1] == 1
            built = backend.rows("SELECT number, total FROM totals_being_built.totals ORDER BY at")
            assert built == running_total(*range(13))
            view.mended = True
            await stands_at(backend, position, "totals")
    assert totals(backend) == running_total(*range(20))
    assert checkpoint(backend, "totals") == (position, None, None)


async def test_changes_may_be_a_list(backend: Backend) -> None:
    class Listed(View):
        name = "counts"
        version = 1
        tables = Counts.tables

        def changes(self, event: Event) -> list[Change]:
            return list(Counts().changes(event))

    async with running(relay(backend).run), running(projector(backend, Listed()).run):
        await stands_at(backend, backend.count(1, 2, 3))
    assert backend.numbers() == [1, 2, 3]


@pytest.mark.parametrize("piped", [False, True])
async def test_an_answer_is_that_of_its_question_however_much_was_written_before(
    backend: Backend, piped: bool
) -> None:
    answers: list[Any] = []

    def steps() -> Steps:
        yield "CREATE TEMPORARY TABLE few (number integer)", ()
        for number in range(200):
            # So much that its result comes by itself, before anybody has asked for an answer.
            yield (
                "INSERT INTO few VALUES (%(number)s) RETURNING repeat('wrong', 5000)",
                {"number": number},
            )
            time.sleep(0.001)
            answers.append((yield Question("SELECT count(*) FROM few")))
            answers.append((yield Question("SELECT * FROM few WHERE number = %s", (-1,))))

    async with await psycopg.AsyncConnection.connect(backend.database_url) as conn:
        if piped:
            async with conn.pipeline():
                await run_steps(conn, steps())
        else:
            await run_steps(conn, steps())
    assert answers[::2] == [[(count,)] for count in range(1, 201)]
    assert answers[1::2] == [[]] * 200


async def test_steps_are_closed_when_one_of_them_fails(backend: Backend) -> None:
    closed: list[bool] = []

    def steps(wrong: Any) -> Steps:
        try:
            yield wrong
        finally:
            closed.append(True)

    async with await psycopg.AsyncConnection.connect(backend.database_url) as conn:
        for number, wrong in enumerate([("SELECT 1 / 0", ()), Question("SELECT 1 / 0")], start=1):
            with pytest.raises(psycopg.errors.DivisionByZero) as raised:
                await run_steps(conn, steps(wrong))
            # What is raised holds the frames, and so keeps the steps from being swept away.
            assert raised.tb
            assert len(closed) == number
            await conn.rollback()


# A view that keeps time


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at a view that nothing arrives for more often."""
    monkeypatch.setattr(projector_module, "IDLE", 0.02)


SEVERAL_LOOKS = 0.4


def looked_at(backend: Backend, schema: str = "counts") -> datetime | None:
    found: list[tuple[datetime | None]] = backend.rows(
        f"SELECT looked_at FROM {schema}.position"  # noqa: S608
    )
    return found[0][0]


async def is_told(backend: Backend, times: int) -> bool:
    return len(backend.told()) >= times


@pytest.mark.usefixtures("brisk")
async def test_a_view_that_keeps_time_is_told_it_now_and_then(backend: Backend) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    position = backend.count(1, 2)
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
        assert backend.told() == [(noon, 2)]
        assert looked_at(backend) == noon
        manual_clock.move(seconds=10)
        await asyncio.sleep(SEVERAL_LOOKS)
        assert backend.told() == [(noon, 2)]
        assert looked_at(backend) == noon
        later = manual_clock.move(seconds=0.001)
        await until(lambda: is_told(backend, 2))
        await asyncio.sleep(SEVERAL_LOOKS)
        assert backend.told() == [(noon, 2), (later, 2)]
        assert looked_at(backend) == later


@pytest.mark.usefixtures("brisk")
async def test_a_view_is_told_the_time_again_of_what_has_come_since(backend: Backend) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, backend.count(1))
        await until(lambda: is_told(backend, 1))
        soon = manual_clock.move(seconds=1)
        await stands_at(backend, backend.count(2))
        await until(lambda: is_told(backend, 2))
        await asyncio.sleep(SEVERAL_LOOKS)
    assert backend.told() == [(noon, 1), (soon, 2)]


@pytest.mark.usefixtures("brisk")
async def test_a_view_that_is_told_the_time_is_told_no_earlier_one(backend: Backend) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    position = backend.count(1)
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
        manual_clock.move(hours=-1)
        await stands_at(backend, backend.count(2))
        await asyncio.sleep(SEVERAL_LOOKS)
    async with running(projector(backend, Told(), manual_clock).run):
        await asyncio.sleep(SEVERAL_LOOKS)
    # Of the first event it may have been told before the second came, or not.
    assert {when for when, _ in backend.told()} == {noon}
    assert (noon, 2) in backend.told()
    assert looked_at(backend) == noon


@pytest.mark.usefixtures("brisk")
async def test_a_view_that_keeps_no_time_is_not_told_it(backend: Backend) -> None:
    class Timeless(Told):
        keeps_time = False

    manual_clock = ManualClock()
    async with (
        running(relay(backend).run),
        running(projector(backend, Timeless(), manual_clock).run),
    ):
        await stands_at(backend, backend.count(1))
        manual_clock.move(hours=1)
        await asyncio.sleep(SEVERAL_LOOKS)
    assert backend.told() == []
    assert looked_at(backend) is None


@pytest.mark.usefixtures("brisk")
async def test_a_view_is_told_no_time_of_which_it_has_not_all_events(backend: Backend) -> None:
    manual_clock = ManualClock()
    position = backend.count(1)
    noon = manual_clock.now
    async with running(projector(backend, Told(), manual_clock).run):
        async with running(relay(backend).run):
            await stands_at(backend, position)
        backend.count(2)
        later = manual_clock.move(hours=1)
        await asyncio.sleep(SEVERAL_LOOKS)
        assert backend.told() == [(noon, 1)]
        async with running(relay(backend).run):
            await until(lambda: is_told(backend, 2))
    assert backend.told() == [(noon, 1), (later, 2)]


async def test_a_view_that_is_filled_again_is_told_the_time_once_and_after_all_events(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector_module, "BATCH", 10)
    manual_clock = ManualClock()
    position = backend.count(*range(95))
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
        later = manual_clock.move(days=7)
        await until(lambda: is_told(backend, 2))
        backend.run("DROP TABLE counts.seen")
        await until(lambda: is_there(backend, "counts.seen"))
        await stands_at(backend, position)
        assert backend.told() == [(later, 95)]
    assert backend.numbers() == list(range(95))


class Untimely(Told):
    """Fails when it is told the time, in a way that a test chooses, until it is mended."""

    mended = False

    def __init__(self, failing: Callable[[], Steps]) -> None:
        self.failing = failing

    def tick(self, now: datetime) -> Steps:
        yield from super().tick(now)
        if not self.mended:
            yield from self.failing()


def has_no_time() -> Steps:
    message = "Ada Lovelace"
    raise LookupError(message)
    yield


def writes_a_wrong_time() -> Steps:
    yield "INSERT INTO told (now, numbers) VALUES ('1999-12-31', 0)", ()


def asks_for_a_wrong_time() -> Steps:
    yield Question("SELECT 'Ada Lovelace'::timestamptz")


@pytest.mark.parametrize(
    ("failing", "because"),
    [
        (has_no_time, "LookupError in test_projector.py, line "),
        (writes_a_wrong_time, "CheckViolation 23514, new row"),
        (asks_for_a_wrong_time, "InvalidDatetimeFormat 22007"),
    ],
)
async def test_a_view_that_cannot_take_the_time_in_does_not_serve_before_it_is_mended(
    backend: Backend, failing: Callable[[], Steps], because: str
) -> None:
    class Changed(Untimely):
        version = 2

    position = backend.count(1, 2)
    manual_clock = ManualClock()
    view = Changed(failing)
    async with running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, position)
        async with running(projector(backend, view, manual_clock).run):
            where, at, why = await stopped(backend)
            assert (where, at) == (position, CLOCK_TICK)
            assert why is not None
            assert why.startswith(because)
            assert "Ada" not in why
            await asyncio.sleep(SEVERAL_LOOKS)
            assert backend.rows("SELECT version FROM counts.position") == [(1,)]
            assert backend.rows("SELECT * FROM counts_being_built.told") == []
            assert looked_at(backend, "counts_being_built") is None
            assert backend.rows("SELECT number FROM counts_being_built.numbers") == [(1,), (2,)]
            view.mended = True
            await until(lambda: is_there(backend, "counts.told"))
            assert backend.told() == [(manual_clock.now, 2)]
    assert checkpoint(backend) == (position, None, None)


async def test_a_view_that_cannot_take_the_time_in_goes_on_taking_events_in(
    backend: Backend,
) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    view = Untimely(has_no_time)
    view.mended = True
    async with running(relay(backend).run), running(projector(backend, view, manual_clock).run):
        await stands_at(backend, backend.count(1))
        view.mended = False
        later = manual_clock.move(minutes=1)
        assert (await stopped(backend))[:2] == (2, CLOCK_TICK)
        for number in (2, 3):
            position = backend.count(number)
            await stands_at(backend, position)
            assert (await stopped(backend))[:2] == (position, CLOCK_TICK)
        assert looked_at(backend) == noon
        view.mended = True
        await until(lambda: is_told(backend, 2))
        assert checkpoint(backend) == (position, None, None)
    assert backend.told() == [(noon, 1), (later, 3)]
    assert backend.numbers() == [1, 2, 3]


async def test_attempts_at_a_failing_time_grow_further_apart(backend: Backend) -> None:
    tried: list[float] = []

    def attempt() -> Steps:
        tried.append(asyncio.get_running_loop().time())
        yield from has_no_time()

    async def attempted(times: int) -> bool:
        return len(tried) >= times

    backend.count(1)
    manual_clock = ManualClock()
    view = Untimely(attempt)
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, 2))
        async with running(projector(backend, view, manual_clock).run):
            await until(lambda: attempted(4))
            view.mended = True
            await until(lambda: is_there(backend, "counts.told"))
            view.mended = False
            manual_clock.move(minutes=1)
            await until(lambda: attempted(6))
    first, second, third, _, once_more = [after - before for before, after in pairwise(tried)]
    assert first < second < third
    assert once_more < second


async def test_rows_and_the_time_are_written_together_or_not_at_all(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[Checkpoint] = []

    async def lose_the_connection(conn: Any, old: Any, new: Any) -> Any:
        if new.looked_at and not failed:
            failed.append(new)
            await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await advance(conn, old, new)

    monkeypatch.setattr(projector_module, "advance", lose_the_connection)
    position = backend.count(1)
    manual_clock = ManualClock()
    async with running(relay(backend).run):
        worker = projector(backend, Told(), manual_clock)
        with pytest.raises(Exception, match="terminating connection"):
            await worker.run()
        assert looked_at(backend, "counts_being_built") is None
        assert backend.rows("SELECT * FROM counts_being_built.told") == []
        async with running(worker.run):
            await stands_at(backend, position)
    assert failed
    assert backend.told()[-1] == (manual_clock.now, 1)


async def test_who_does_not_know_that_somebody_else_told_the_time_writes_nothing(
    backend: Backend,
) -> None:
    manual_clock = ManualClock()
    position = backend.count(1)
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
    async with await psycopg.AsyncConnection.connect(backend.database_url, autocommit=True) as conn:
        before = await Checkpoint.read(conn, "counts")
        assert before is not None
        assert before.looked_at == manual_clock.now
        later = manual_clock.move(minutes=1)
        moved = await advance(conn, before, before.looked(later))
        assert moved == await Checkpoint.read(conn, "counts") != before
        for stale in (before.looked(later + timedelta(minutes=1)), before.after(3, 3)):
            with pytest.raises(ViewChanged):
                await advance(conn, before, stale)
        assert looked_at(backend) == later


async def test_a_view_from_before_views_kept_time_is_filled_again(backend: Backend) -> None:
    async with running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            position = backend.count(1, 2)
            await stands_at(backend, position)
        backend.run("ALTER TABLE counts.position DROP looked_at")
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, backend.count(3))
    assert backend.numbers() == [1, 2, 3]
    assert looked_at(backend) is None


def test_a_reason_holds_no_argument_of_the_exception() -> None:
    assert reason(ValueError("Ada Lovelace")) == "ValueError"
