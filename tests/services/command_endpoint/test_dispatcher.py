"""Clients take turns: whoever sends much, or asks for what takes long, delays nobody else."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from services.command_endpoint import COMMANDS
from services.command_endpoint.dispatcher import MOST_WAITING, ClientQueues, Dispatcher
from services.command_endpoint.handler import Executed, Request
from services.command_endpoint.problems import Problem
from services.command_endpoint.registry import OF_MANY_SESSIONS

SMALL, LARGE = "session.check-in", "program.keep-track"


def request(name: str, command: str = SMALL) -> Request:
    """A command under an id that begins with the client's name."""
    return Request("oak-street", name.partition("-")[0], COMMANDS[command], name, b"{}")


class Deciding:
    """Decides commands, in the threads of a dispatcher: each when it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.now = 0.0
        self._held: dict[str, threading.Event] = {}
        self.dispatcher = Dispatcher(self.decide, at_once=1, patience=25, clock=lambda: self.now)

    def decide(self, request: Request) -> Executed:
        self.begun.append(request.command_id)
        if held := self._held.get(request.command_id):
            assert held.wait(60)
        return Executed((), len(self.begun), request.command_id)

    async def send(self, name: str, command: str = SMALL) -> "asyncio.Task[Executed | Problem]":
        sent = asyncio.create_task(self.dispatcher.answer(request(name, command)))
        await asyncio.sleep(0)  # until it waits
        return sent

    def hold(self, name: str) -> threading.Event:
        held = self._held[name] = threading.Event()
        return held


@pytest.fixture
async def deciding() -> AsyncIterator[Deciding]:
    found = Deciding()
    yield found
    found.dispatcher.close()


def status(answer: Executed | Problem) -> int:
    assert isinstance(answer, Problem)
    return answer.status


def test_clients_take_turns() -> None:
    queues = ClientQueues[str](10)
    for each in ("a1", "a2", "a3", "b1", "b2", "c1"):
        assert queues.put(each[0], each)
    taken = [queues.take() for _ in range(4)]
    assert queues.put("c", "c2")
    taken += [queues.take() for _ in range(4)]
    assert taken == ["a1", "b1", "c1", "a2", "b2", "a3", "c2", None]


async def test_who_sends_much_lets_another_wait_for_one_command(deciding: Deciding) -> None:
    go = deciding.hold("a-0")
    sent = [await deciding.send(f"a-{number}") for number in range(100)]
    sent += [await deciding.send(f"b-{number}") for number in range(2)]
    go.set()
    answers = await asyncio.gather(*sent)
    assert deciding.begun[:5] == ["a-0", "a-1", "b-0", "a-2", "b-1"]
    assert [each.result for each in answers if isinstance(each, Executed)] == [
        *(f"a-{number}" for number in range(100)),
        *(f"b-{number}" for number in range(2)),
    ]


@pytest.mark.parametrize("client", ["a", "b"])
async def test_what_is_about_many_sessions_delays_no_other_command(
    deciding: Deciding, client: str
) -> None:
    go = deciding.hold("a-0")
    previews = [await deciding.send(f"a-{number}", LARGE) for number in range(8)]
    assert isinstance(await deciding.dispatcher.answer(request(f"{client}-small")), Executed)
    assert not any(each.done() for each in previews)
    go.set()
    await asyncio.gather(*previews)
    assert deciding.begun == ["a-0", f"{client}-small", *(f"a-{number}" for number in range(1, 8))]


async def test_who_has_too_much_waiting_is_told_to_send_it_again(deciding: Deciding) -> None:
    go = deciding.hold("a-0")
    sent = [await deciding.send(f"a-{number}") for number in range(1 + MOST_WAITING)]
    refused = await deciding.dispatcher.answer(request("a-more"))
    assert isinstance(refused, Problem)
    assert (refused.type, refused.status) == ("daybook:problem:too-many-waiting", 429)
    assert "send this one again" in refused.detail
    others = await deciding.send("b-0")
    go.set()
    assert isinstance(await others, Executed)
    await asyncio.gather(*sent)
    assert isinstance(await deciding.dispatcher.answer(request("a-more")), Executed)


async def test_what_waited_too_long_is_not_decided(deciding: Deciding) -> None:
    go = deciding.hold("a-0")
    first, second = await deciding.send("a-0"), await deciding.send("a-1")
    deciding.now = 20
    third = await deciding.send("a-2")
    deciding.now = 30
    go.set()
    assert isinstance(await first, Executed)
    refused = await second
    assert status(refused) == 503
    assert isinstance(await third, Executed)
    assert deciding.begun == ["a-0", "a-2"]


async def test_at_the_end_what_waits_is_to_be_sent_again_and_what_began_is_answered(
    deciding: Deciding,
) -> None:
    go = deciding.hold("a-0")
    first, second = await deciding.send("a-0"), await deciding.send("a-1")
    deciding.dispatcher.close()
    assert status(await second) == 503
    assert status(await deciding.dispatcher.answer(request("a-2"))) == 503
    go.set()
    assert isinstance(await first, Executed)
    assert deciding.begun == ["a-0"]


def test_what_is_about_many_sessions_is_a_command() -> None:
    assert set(COMMANDS) >= OF_MANY_SESSIONS
