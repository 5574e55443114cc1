import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from projections.view import Change
from services.embedded import Engines
from services.failures import reason
from services.messaging import relay as relay_module
from services.messaging import stream
from services.read_models import projector as projector_module
from services.read_models.checkpoint import advance
from tests.support.backend import (
    PATIENCE,
    Backend,
    Counts,
    Names,
    fresh_database,
    running,
    thing,
    until,
)
from tests.support.projecting import (
    Delicate,
    breaks_a_rule,
    checkpoint,
    gives_a_wrong_value,
    has_messages,
    projector,
    raises,
    relay,
    stands_at,
    stopped,
)


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
    assert backend.numbers() == [1, 2]


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
        (raises, "KeyError in projecting.py, line "),
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
        with pytest.raises(Exception, match=r"terminating connection|server closed the connection"):
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


def test_a_reason_holds_no_argument_of_the_exception() -> None:
    assert reason(ValueError("Ada Lovelace")) == "ValueError"
