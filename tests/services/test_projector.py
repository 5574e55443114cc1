import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from domain.aggregate import Event
from projections.view import Change
from services import projector as projector_module
from services import reader as reader_module
from services import stream
from services.embedded import Engines
from services.projector import Projector, reason
from services.reader import Chain, Reader, StreamGone
from services.relay import Relay
from services.stream import Message
from tests.services.things import (
    Counts,
    Ground,
    Names,
    ThingCounted,
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


def relay(ground: Ground) -> Relay:
    return Relay(ground.journal, ground.database_url, ground.nats_url)


def projector(ground: Ground, view: Any) -> Projector:
    return Projector(view, ground.journal, ground.database_url, ground.nats_url)


def standing(ground: Ground) -> tuple[int, str | None, str | None]:
    rows = ground.rows("SELECT position, stopped_at, stopped_because FROM counts.position")
    return rows[0] if rows else (0, None, None)


async def stands_at(ground: Ground, position: int) -> None:
    async def there() -> bool:
        exists = ground.rows("SELECT to_regclass('counts.position')")[0][0]
        return bool(exists) and standing(ground)[0] >= position

    await until(there)


async def stopped(ground: Ground) -> tuple[int, str | None, str | None]:
    """Wait until the view has stopped; return its position, the event and the reason."""
    for schema in ("counts", "counts_being_built"):
        if ground.rows(f"SELECT to_regclass('{schema}.position')")[0][0]:  # type: ignore[arg-type]
            found = ground.rows(
                f"SELECT position, stopped_at, stopped_because FROM {schema}.position"  # type: ignore[arg-type]  # noqa: S608
            )
            if found[0][1]:
                return found[0]
    await asyncio.sleep(0.05)
    return await stopped(ground)


async def test_a_view_takes_in_each_event_once_and_in_order(ground: Ground) -> None:
    position = ground.count(*range(2500))
    async with running(relay(ground).run), running(projector(ground, Counts()).run):
        await stands_at(ground, position)
    assert ground.numbers() == list(range(2500))
    assert ground.rows("SELECT sum(times) FROM counts.seen") == [(2500,)]


async def test_a_view_goes_on_where_it_stood_when_it_starts_again(ground: Ground) -> None:
    async with running(relay(ground).run):
        for number in range(3):
            async with running(projector(ground, Counts()).run):
                await stands_at(ground, ground.count(number))
    assert ground.numbers() == [0, 1, 2]


async def test_an_event_that_is_recorded_later_is_taken_in_at_once(ground: Ground) -> None:
    async with running(relay(ground).run), running(projector(ground, Counts()).run):
        await stands_at(ground, ground.count(1))
        await asyncio.sleep(0.3)
        before = asyncio.get_running_loop().time()
        await stands_at(ground, ground.count(2))
        assert asyncio.get_running_loop().time() - before < 0.4


async def test_of_two_projectors_of_a_view_one_works_and_the_other_takes_over(
    ground: Ground,
) -> None:
    async with (
        running(relay(ground).run),
        running(projector(ground, Counts()).run) as first,
        running(projector(ground, Counts()).run),
    ):
        await stands_at(ground, ground.count(*range(500)))
        first.cancel()
        await stands_at(ground, ground.count(500))
    assert ground.numbers() == list(range(501))


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
    ground: Ground, failing: Callable[[int], Iterator[Change]], because: str
) -> None:
    position = ground.count(*range(20))
    view = Delicate(failing)
    async with running(relay(ground).run), running(projector(ground, view).run):
        where, event_id, why = await stopped(ground)
        assert (where, event_id) == (14, "thing-1:15")
        assert why is not None
        assert why.startswith(because)
        assert "Ada" not in why
        assert "patient" not in why
        building = ground.rows("SELECT max(number), count(*) FROM counts_being_built.numbers")
        assert building == [(12, 13)]
        view.mended = True
        await stands_at(ground, position)
    assert ground.numbers() == list(range(20))
    assert standing(ground) == (position, None, None)


async def test_a_view_that_serves_stops_too_and_serves_what_it_has(ground: Ground) -> None:
    view = Delicate(breaks_a_rule)
    async with running(relay(ground).run):
        async with running(projector(ground, view).run):
            await stands_at(ground, ground.count(1, 2))
            position = ground.count(3, 13, 4)
            assert (await stopped(ground))[:2] == (4, "thing-1:5")
            assert ground.numbers() == [1, 2, 3]
        view.mended = True
        async with running(projector(ground, view).run):
            await stands_at(ground, position)
    assert ground.numbers() == [1, 2, 3, 13, 4]


async def test_attempts_at_a_failing_event_grow_further_apart(
    ground: Ground,
) -> None:
    tried: list[float] = []

    def attempt(number: int) -> Iterator[Change]:
        tried.append(asyncio.get_running_loop().time())
        yield from raises(number)

    async def attempted_four_times() -> bool:
        return len(tried) >= 8

    ground.count(13)
    async with running(relay(ground).run), running(projector(ground, Delicate(attempt)).run):
        await until(attempted_four_times, seconds=60)
    # Each attempt is two: all at once, then one by one.
    pauses = [after - before for before, after in zip(tried, tried[2:], strict=False)][::2]
    assert pauses == sorted(pauses)


async def test_two_projectors_without_a_lock_still_take_each_event_in_once(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def free(*_: Any) -> bool:
        return True

    async with running(relay(ground).run):
        async with running(projector(ground, Counts()).run):
            await stands_at(ground, ground.count(0))
        monkeypatch.setattr("services.alone._lock", free)
        async with (
            running(projector(ground, Counts()).run),
            running(projector(ground, Counts()).run),
        ):
            for number in range(1, 10):
                await stands_at(ground, ground.count(*range(number * 10, number * 10 + 10)))
    assert ground.numbers() == [0, *range(10, 100)]


async def test_rows_and_position_are_written_together_or_not_at_all(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = projector_module.move
    failed: list[int] = []

    async def lose_the_connection(conn: Any, old: Any, new: Any) -> Any:
        if new.position > 1 and not failed:
            failed.append(new.position)
            await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await move(conn, old, new)

    monkeypatch.setattr(projector_module, "move", lose_the_connection)
    position = ground.count(1, 2, 3)
    async with running(relay(ground).run):
        worker = projector(ground, Counts())
        with pytest.raises(Exception, match="terminating connection"):
            await worker.run()
        assert ground.rows("SELECT position FROM counts_being_built.position") == [(0,)]
        assert ground.rows("SELECT * FROM counts_being_built.numbers") == []
        async with running(worker.run):
            await stands_at(ground, position)
    assert failed
    assert ground.numbers() == [1, 2, 3]


@pytest.mark.parametrize(
    "drop", ["DROP SCHEMA counts CASCADE", "DROP TABLE counts.seen", "DELETE FROM counts.position"]
)
async def test_a_view_whose_tables_are_dropped_is_filled_again(ground: Ground, drop: str) -> None:
    position = ground.count(*range(50))
    async with running(relay(ground).run), running(projector(ground, Counts()).run):
        await stands_at(ground, position)
        ground.run(drop)  # type: ignore[arg-type]
        await asyncio.sleep(1)
        await stands_at(ground, position)
        assert ground.rows("SELECT sum(times) FROM counts.seen") == [(50,)]
        position = ground.count(50)
        await stands_at(ground, position)
    assert ground.numbers() == list(range(51))


async def test_a_changed_view_is_built_beside_the_one_that_serves(ground: Ground) -> None:
    class Changed(Delicate):
        version = 2

    position = ground.count(1, 13, 2)
    async with running(relay(ground).run):
        async with running(projector(ground, Counts()).run):
            await stands_at(ground, position)
        view = Changed(raises)
        async with running(projector(ground, view).run):
            await stopped(ground)
            assert ground.numbers() == [1, 13, 2]
            assert ground.rows("SELECT version FROM counts.position") == [(1,)]
            view.mended = True

            async def served() -> bool:
                return ground.rows("SELECT version FROM counts.position") == [(2,)]

            await until(served)
    assert ground.numbers() == [1, 13, 2]
    assert ground.rows("SELECT to_regnamespace('counts_being_built')") == [(None,)]


async def test_a_view_of_another_journal_is_filled_again(ground: Ground) -> None:
    position = ground.count(1, 2, 3)
    async with running(relay(ground).run):
        async with running(projector(ground, Counts()).run):
            await stands_at(ground, position)
        ground.run("UPDATE counts.position SET journal = 'journal-x', position = 2, sequence = 2")
        async with running(projector(ground, Counts()).run):
            await stands_at(ground, position)
    assert ground.numbers() == [1, 2, 3]


async def test_a_view_ahead_of_a_restored_journal_is_filled_again(ground: Ground) -> None:
    position = ground.count(1, 2, 3)
    async with running(relay(ground).run), running(projector(ground, Counts()).run):
        await stands_at(ground, position)
    ground.run("DELETE FROM journal.journal_events WHERE notification_id > 2")
    await ground.delete_stream()

    async def only_the_first() -> bool:
        return ground.rows("SELECT position FROM counts.position") == [(2,)]

    async with running(relay(ground).run), running(projector(ground, Counts()).run):
        await until(only_the_first)
    assert ground.numbers() == [1]


async def test_a_stream_that_is_deleted_and_made_again_is_read_on(ground: Ground) -> None:
    async with running(projector(ground, Counts()).run):
        async with running(relay(ground).run):
            await stands_at(ground, ground.count(*range(30)))
        await ground.delete_stream()
        await asyncio.sleep(1)
        ground.count(30)
        async with running(relay(ground).run):
            await stands_at(ground, ground.count(31))
    assert ground.numbers() == list(range(32))


async def test_a_stream_of_another_journal_stops_the_view(ground: Ground, found: Engines) -> None:
    position = ground.count(1, 2, 3)
    async with running(relay(ground).run), running(projector(ground, Counts()).run):
        await stands_at(ground, position)
    await ground.delete_stream()
    with fresh_database(found) as other:
        other.count(*range(10))
        async with running(relay(other).run), running(projector(ground, Counts()).run):
            where, event_id, why = await stopped(ground)
    assert (where, event_id) == (4, "thing-1:4")
    assert why is not None
    assert why.startswith("ChainBroken: sequence 4 of the stream, where the view stands")
    assert ground.numbers() == [1, 2, 3]


async def test_a_message_missing_from_the_stream_stops_the_view_before_the_gap(
    ground: Ground,
) -> None:
    async with running(relay(ground).run):
        ground.count(*range(10))
        await until(lambda: has_messages(ground, 11))
    async with stream.connected(ground.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, 6)
    async with running(projector(ground, Counts()).run):
        where, event_id, why = await stopped(ground)
    assert (where, event_id, why) == (5, "thing-1:7", "ChainBroken: sequence 7 comes after 5")


async def has_messages(ground: Ground, count: int) -> bool:
    return len(await ground.messages()) >= count


def message(sequence: int, position: int, previous: int, **other: str) -> Message:
    facts = {"journal": "journal-1", "chain": "daybook.oak.care", "id": "", **other}
    return Message(sequence, position, previous, stored=StoredEvent("", 1, "", b""), **facts)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (message(7, 9, 5, journal="journal-2"), "it is of journal-2, not of journal-1"),
        (message(8, 9, 5), "sequence 8 comes after 6"),
        (message(6, 9, 5), "sequence 6 comes after 6"),
        (message(7, 5, 5), "position 5 comes after 5"),
        (message(7, 9, 4), "daybook.oak.care was at position 4 before it, not 5"),
        (
            message(7, 9, 8, chain="daybook.elm.care"),
            "daybook.elm.care was at position 8 before it, which was not seen",
        ),
    ],
)
def test_the_chain_finds_what_does_not_follow(wrong: Message, why: str) -> None:
    chain = Chain("journal-1", 3, 5)
    assert chain.check(message(6, 5, 2)) is None
    assert chain.check(wrong) == why
    assert chain.check(message(7, 9, 1, chain="daybook.elm.care")) is None


async def test_a_reader_gets_all_however_slow_it_is(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "PULL_EXPIRES", 0.1)
    ground.count(*range(400))
    got: list[int] = []
    async with running(relay(ground).run), stream.connected(ground.nats_url, "test") as client:
        await until(lambda: has_messages(ground, 401))
        async with Reader.open(client, 1) as reader:
            while len(got) < 401:
                got += [found.sequence for found in await reader.next(30, 1)]
                await asyncio.sleep(0.15 if len(got) < 100 else 0)
            assert await reader.next(30, 0.3) == []
            ground.count(1)
            got += [found.sequence for found in await reader.next(30, 3)]
    assert got == list(range(1, 403))


async def test_a_reader_that_starts_beyond_the_end_waits_there(ground: Ground) -> None:
    ground.count(1)
    async with running(relay(ground).run), stream.connected(ground.nats_url, "test") as client:
        await until(lambda: has_messages(ground, 2))
        async with Reader.open(client, 3) as reader:
            assert await reader.next(10, 0.2) == []
            ground.count(2)
            assert [found.sequence for found in await reader.next(10, 3)] == [3]


async def test_a_reader_says_so_when_the_stream_is_gone(ground: Ground) -> None:
    ground.count(1)
    async with stream.connected(ground.nats_url, "test") as client:
        async with running(relay(ground).run):
            await until(lambda: has_messages(ground, 2))
        async with Reader.open(client, 3) as reader:
            assert await reader.next(10, 0.2) == []
            await ground.delete_stream()
            with pytest.raises(StreamGone):
                await reader.next(10, 5)


async def test_identity_events_reach_the_views_that_want_them(ground: Ground) -> None:
    named = thing()
    named.name_it("Ada")
    ground.journal.save(named)

    async def is_named() -> bool:
        exists = ground.rows("SELECT to_regclass('names.named')")[0][0]
        return bool(exists) and ground.rows("SELECT name FROM names.named") == [("Ada",)]

    async with running(relay(ground).run), running(projector(ground, Names()).run):
        await until(is_named)


async def test_the_position_table_explains_itself(ground: Ground) -> None:
    async with running(relay(ground).run), running(projector(ground, Counts()).run):
        await stands_at(ground, ground.count(1))
    uncommented = ground.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'counts.position'::regclass"
        " AND attnum > 0 AND col_description(attrelid, attnum) IS NULL"
    )
    assert uncommented == []


def test_a_reason_holds_no_argument_of_the_exception() -> None:
    assert reason(ValueError("Ada Lovelace")) == "ValueError"
