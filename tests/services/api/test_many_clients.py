"""Fifty clients at once: each is answered once, as before under the same key, and is on record."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.benchmarks.visible import open_sessions
from tests.support.backend import Backend, until
from tests.support.http_api import running_api
from tests.support.many_clients import (
    Desk,
    counted,
    holds_what_was_acknowledged,
    recorded,
    signed_in,
)

CLIENTS, ACCOUNTS, EACH = 50, 10, 6

CheckIn = tuple[str, str]
"""A session, and a patient who is expected there."""


async def asks(desk: Desk, of: CheckIn) -> None:
    assert (await desk.check_in(*of)).status == 200


async def asks_twice(desk: Desk, of: CheckIn) -> None:
    await desk.check_in(*of)
    await desk.check_in(*of)


async def asks_for_something_else(desk: Desk, of: CheckIn) -> None:
    """Send another command under the key of one that was answered."""
    await desk.check_in(*of)
    other = await desk.ask("session.check-out", *of)
    assert (other.status, other.said["type"]) == (409, "daybook:problem:id-used-otherwise")
    await desk.check_in(*of)


async def asks_from_two_places(desk: Desk, of: CheckIn) -> None:
    second = Desk(desk.url, desk.account, desk.cookie, desk.answers)
    await asyncio.gather(desk.check_in(*of), second.check_in(*of))
    second.leave()


async def leaves_before_the_answer(desk: Desk, of: CheckIn) -> None:
    await desk.send(*of)
    desk.leave()
    await desk.check_in(*of)


async def leaves_within_the_request(desk: Desk, of: CheckIn) -> None:
    await desk.send(*of, half=True)
    desk.leave()
    await desk.check_in(*of)


WAYS = (
    asks,
    asks_twice,
    asks_for_something_else,
    asks_from_two_places,
    leaves_before_the_answer,
    leaves_within_the_request,
)


async def works(desk: Desk, people: Sequence[CheckIn], order: random.Random) -> None:
    for way, each in zip(order.sample(WAYS, len(people)), people, strict=True):
        await way(desk, each)
    desk.leave()


async def test_fifty_clients_at_once_are_each_answered_once_and_the_journal_holds_just_that(
    backend: Backend,
) -> None:
    people = open_sessions(backend.journal, CLIENTS * EACH)
    before = backend.journal.position()
    async with running_api(backend) as api:
        accounts = signed_in(api.access, ACCOUNTS)
        desks = [Desk(api.url, *accounts[number % ACCOUNTS]) for number in range(CLIENTS)]
        # Each group of a session is divided among twenty of them.
        shares = [people[number::CLIENTS] for number in range(CLIENTS)]
        await asyncio.gather(
            *(
                works(desk, share, random.Random(number))
                for number, (desk, share) in enumerate(zip(desks, shares, strict=True))
            )
        )
        assert [len(desk.answers) for desk in desks] == [EACH] * CLIENTS
        holds_what_was_acknowledged(backend.journal, before, desks)


async def test_a_key_that_comes_from_fifty_connections_at_once_is_decided_once(
    backend: Backend,
) -> None:
    [person] = open_sessions(backend.journal, 1)
    before = backend.journal.position()
    async with running_api(backend) as api:
        [account] = signed_in(api.access, 1)
        desks = [Desk(api.url, *account) for _ in range(CLIENTS)]
        answers = await asyncio.gather(*(desk.check_in(*person) for desk in desks))
        assert {(each.status, each.body) for each in answers} == {(200, answers[0].body)}
        holds_what_was_acknowledged(backend.journal, before, desks)
        for desk in desks:
            desk.leave()


async def test_what_was_handed_in_is_done_though_everybody_has_gone_and_nothing_of_them_is_left(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    people = open_sessions(backend.journal, CLIENTS)
    before = backend.journal.position()
    async with running_api(backend) as api:
        handed_in = counted(monkeypatch, api.context.commands)
        accounts = signed_in(api.access, CLIENTS)
        desks = [Desk(api.url, *each) for each in accounts]
        tasks = asyncio.all_tasks()

        async def all_are_handed_in() -> bool:
            return len(handed_in) == CLIENTS

        async def nothing_is_left() -> bool:
            return asyncio.all_tasks() <= tasks

        async def all_are_done() -> bool:
            return len(await asyncio.to_thread(recorded, backend.journal, before)) == CLIENTS

        with backend.journal.alone():  # nothing is recorded meanwhile
            for desk, person in zip(desks, people, strict=True):
                await desk.send(*person)
            await until(all_are_handed_in)
            for desk in desks:
                desk.leave()
        await until(all_are_done)
        await until(nothing_is_left)
        # Whoever comes back learns what became of it.
        for desk, person in zip(desks, people, strict=True):
            await desk.check_in(*person)
            desk.leave()
        holds_what_was_acknowledged(backend.journal, before, desks)
    assert caplog.messages == []


async def test_who_leaves_within_a_request_has_asked_for_nothing_and_is_no_fault_of_the_server(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    people = open_sessions(backend.journal, CLIENTS)
    before = backend.journal.position()
    async with running_api(backend) as api:
        [account] = signed_in(api.access, 1)
        *leaving, staying = (Desk(api.url, *account) for _ in people)
        tasks = asyncio.all_tasks()

        async def nothing_is_left() -> bool:
            return asyncio.all_tasks() <= tasks

        for desk, person in zip(leaving, people[:-1], strict=True):
            await desk.send(*person, half=True)
            desk.leave()
        await staying.check_in(*people[-1])
        staying.leave()
        await until(nothing_is_left)
        holds_what_was_acknowledged(backend.journal, before, [staying])
    assert caplog.messages == []
