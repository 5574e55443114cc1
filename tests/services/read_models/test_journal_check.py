"""A view takes in what is on record and nothing else, whatever the stream says."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from eventsourcing.persistence import Notification

from services.messaging.stream import Message
from services.read_models import journal_check
from services.read_models.journal_check import JournalCheck
from tests.services.messaging.test_stream_watch import forged_second, left_out_second, republish
from tests.support.backend import Backend, Counts, Names, running, until
from tests.support.projecting import (
    checkpoint,
    has_messages,
    projector,
    relay,
    stands_at,
    stopped,
)


async def filled(backend: Backend, *numbers: int) -> list[Message]:
    backend.count(*numbers)
    many = len(backend.journal.after(0, 100_000))
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, many))
    return await backend.messages()


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        (forged_second, "ChainBroken: the journal has another event at position 3"),
        (left_out_second, "ChainBroken: daybook.oak-street.care was at position 3 before it"),
    ],
)
async def test_gap_3_a_view_that_is_built_refuses_a_message_that_is_not_the_journals_event(
    backend: Backend, attack: Any, why: str
) -> None:
    await filled(backend, 1, 2, 3, 4)
    await republish(backend, attack)
    async with running(projector(backend, Counts()).run):
        where, _, because = await stopped(backend)
    assert where == 2
    assert because is not None
    assert because.startswith(why)
    assert backend.rows("SELECT number FROM counts_being_built.numbers") == [(1,)]


async def test_gap_2_a_view_takes_in_nothing_that_the_journal_has_lost(backend: Backend) -> None:
    await filled(backend, 1, 2)
    async with running(projector(backend, Counts()).run):
        await stands_at(backend, 3)
    await filled(backend, 3, 4)
    backend.run("DELETE FROM journal.journal_events WHERE notification_id > 4")
    async with running(projector(backend, Counts()).run):
        where, event_id, because = await stopped(backend)
    assert (where, event_id) == (4, "thing-1:5")
    assert because == "ChainBroken: the journal has no event at position 5"
    assert backend.numbers() == [1, 2, 3]


async def test_a_view_goes_on_with_a_stream_that_was_made_again(backend: Backend) -> None:
    await filled(backend, 1, 2, 3, 4)
    await republish(backend, forged_second)
    async with running(projector(backend, Counts()).run):
        await stopped(backend)
        await backend.delete_stream()
        async with running(relay(backend).run):
            await stands_at(backend, 5)
    assert backend.numbers() == [1, 2, 3, 4]
    assert checkpoint(backend) == (5, None, None)


async def test_the_journal_is_asked_once_for_all_views_of_a_process(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = await filled(backend, *range(20))
    asked: list[int] = []
    after = backend.journal.after

    def counted(position: int, limit: int) -> Sequence[Notification]:
        asked.append(position)
        return after(position, limit)

    monkeypatch.setattr(backend.journal, "after", counted)
    check = JournalCheck(backend.journal)
    found = await asyncio.gather(*(check.sound(messages, 0) for _ in range(3)))
    assert found == [(messages, None)] * 3
    assert await check.sound(messages[5:9], 5) == (messages[5:9], None)
    assert await check.sound([], 21) == ([], None)
    assert asked == [0]
    # Another message under a sequence that is known, or another place before it, is asked for.
    other = replace(messages[7], stored=replace(messages[7].stored, state=b"{}"))
    assert (await check.sound([*messages[5:7], other], 5))[0] == messages[5:7]
    assert (await check.sound(messages[7:9], 6))[1] is not None
    assert asked == [0, 7, 6]


async def test_what_is_kept_is_bounded(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_check, "KEPT", 5)
    messages = await filled(backend, *range(20))
    check = JournalCheck(backend.journal)
    assert await check.sound(messages, 0) == (messages, None)
    assert len(check._known) == 5
    assert await check.sound(messages, 0) == (messages, None)


async def test_an_event_that_a_stream_leaves_out_is_missed_before_the_next_one(
    backend: Backend,
) -> None:
    messages = await filled(backend, 1, 2, 3)
    check = JournalCheck(backend.journal)
    left_out = [*messages[:1], *messages[2:]]
    assert await check.sound(left_out, 0) == (
        messages[:1],
        "the journal has position 2 before it, which the stream has not",
    )


async def test_two_views_that_read_side_by_side_take_in_everything(backend: Backend) -> None:
    position = backend.count(*range(3000))
    async with backend.supervisor(Counts(), Names()) as supervisor:
        await supervisor.caught_up(position)
    assert backend.numbers() == list(range(3000))
    assert len(await backend.messages()) == position
