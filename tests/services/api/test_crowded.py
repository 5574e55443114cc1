"""Too many who connect, who ask at once, who read nothing, and who do not speak HTTP."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from fastapi import FastAPI
from starlette.responses import Response

from services.api import protocol, turns
from services.api.app import bare_app, secured
from services.api.problems import Refused, crowded
from services.api.questions import Answerer
from services.api.reading import AT_ONCE
from services.api.server import Listen, serving
from services.api.turns import Turns
from tests.benchmarks.visible import FACILITY, open_sessions
from tests.support.backend import PATIENCE, Backend, until
from tests.support.http_api import running_api
from tests.support.many_clients import Desk, counted, holds_what_was_acknowledged, signed_in
from tests.support.raw_http import PROBLEM, Connection, NoAnswer

LARGE = b" " * 2**24


def small_app() -> FastAPI:
    app = bare_app()

    @app.get("/v1/page")
    async def page() -> str:
        return "shown"

    @app.get("/v1/large")
    async def large() -> Response:
        return Response(LARGE)

    return app


@asynccontextmanager
async def running() -> AsyncIterator[str]:
    async with serving(secured(small_app(), ()), Listen("127.0.0.1", 0)) as url:
        yield url


async def shown(connection: Connection) -> int:
    return (await connection.ask("GET", "/v1/page", {})).status


async def test_one_more_than_may_be_connected_is_told_so_and_answered_once_somebody_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 20)
    async with running() as url:
        connected = [await Connection.open(url) for _ in range(20)]
        assert {await shown(each) for each in connected} == {200}
        more = await Connection.open(url)
        answer = await more.ask("GET", "/v1/page", {})
        assert (answer.status, answer.said["type"]) == (503, "daybook:problem:crowded")
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
        with pytest.raises(NoAnswer):
            await shown(more)
        assert {await shown(each) for each in connected} == {200}
        connected.pop().leave()

        async def one_more_is_answered() -> bool:
            again = await Connection.open(url)
            status = await shown(again)
            again.leave()
            return status == 200

        await until(one_more_is_answered)
        for each in connected:
            each.leave()


async def test_who_comes_when_far_too_many_are_there_is_sent_away_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "MOST_OPEN", 10)
    async with running() as url:
        connected = [await Connection.open(url) for _ in range(10)]
        assert {await shown(each) for each in connected} == {200}
        with pytest.raises(NoAnswer):
            await shown(await Connection.open(url))
        assert {await shown(each) for each in connected} == {200}
        for each in connected:
            each.leave()


async def test_a_thousand_who_are_connected_are_all_answered() -> None:
    async with running() as url:
        connected = [await Connection.open(url) for _ in range(protocol.MOST_CONNECTIONS)]
        statuses = await asyncio.gather(*(shown(each) for each in connected))
        assert statuses == [200] * protocol.MOST_CONNECTIONS
        for each in connected:
            each.leave()


async def test_what_is_no_http_is_answered_with_a_problem() -> None:
    async with running() as url:
        connection = await Connection.open(url)
        connection.send(b"EHLO elsewhere.example\r\n\r\n")
        answer = await connection.answer()
        assert (answer.status, answer.said["type"]) == (400, "daybook:problem:bad-request")
        assert answer.headers["content-type"] == PROBLEM
        connection.leave()


async def test_who_reads_nothing_of_what_they_asked_for_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "READ_WITHIN", 0.05)
    lost = asyncio.Event()
    ended = protocol.Protocol.connection_lost

    def noted(self: protocol.Protocol, exc: Exception | None) -> None:
        ended(self, exc)
        lost.set()

    monkeypatch.setattr(protocol.Protocol, "connection_lost", noted)
    async with running() as url:
        idle = await Connection.open(url)
        idle.send(idle.written("GET", "/v1/large", {}))
        async with asyncio.timeout(PATIENCE):
            await lost.wait()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await idle.answer()
        monkeypatch.setattr(protocol, "READ_WITHIN", PATIENCE)
        reading = await Connection.open(url)
        assert len((await reading.ask("GET", "/v1/large", {})).body) == len(LARGE)
        reading.leave()


async def test_what_was_taken_is_answered_before_the_server_ends_and_nobody_else_is_let_in(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = open_sessions(backend.journal, 20)
    before = backend.journal.position()
    async with AsyncExitStack() as opened:
        api = await opened.enter_async_context(running_api(backend))
        desks = [Desk(api.url, *each) for each in signed_in(api.access, len(people))]
        handed_in = counted(monkeypatch, api.context.commands)
        with backend.journal.alone():  # nothing is recorded meanwhile
            asked = [
                asyncio.create_task(desk.check_in(*person))
                for desk, person in zip(desks, people, strict=True)
            ]

            async def all_are_handed_in() -> bool:
                return len(handed_in) == len(people)

            async def nobody_is_let_in() -> bool:
                try:
                    (await Connection.open(api.url)).leave()
                except ConnectionError:
                    return True
                return False

            await until(all_are_handed_in)
            ending = asyncio.create_task(opened.aclose())
            await until(nobody_is_let_in)
        answers = await asyncio.gather(*asked)
        assert {each.status for each in answers} == {200}
        await ending
    holds_what_was_acknowledged(backend.journal, before, desks)


async def test_who_signs_in_or_sends_a_command_waits_for_nobody_who_reads(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, begun = threading.Event(), threading.Semaphore(0)

    def reads(_: Answerer, __: object) -> None:
        begun.release()
        assert end.wait(PATIENCE)
        raise Refused(crowded(0))

    monkeypatch.setattr(Answerer, "_found", reads)
    [person] = open_sessions(backend.journal, 1)
    async with running_api(backend) as api:
        *readers, desk = (Desk(api.url, *each) for each in signed_in(api.access, 36))
        path = f"/v1/facilities/{FACILITY}/roster"
        asked = []
        for each in readers:
            headers = {"cookie": f"daybook_session={each.cookie}"}
            asked.append(asyncio.create_task((await each.connection()).ask("GET", path, headers)))
        try:
            for _ in range(AT_ONCE):
                while not begun.acquire(blocking=False):
                    await asyncio.sleep(0.01)
            assert (await desk.check_in(*person)).status == 200
            assert not any(each.done() for each in asked)
        finally:
            end.set()
        assert {each.status for each in await asyncio.gather(*asked)} == {503}
        for each in (*readers, desk):
            each.leave()


async def test_of_one_who_asks_much_at_once_a_few_questions_are_read_and_others_find_room() -> None:
    all_turns, reading = Turns(), set[int]()
    end = asyncio.Event()

    async def ask(account: str, number: int) -> None:
        with all_turns.of(account) as turn:
            async with turn:
                reading.add(number)
                await end.wait()

    much = [asyncio.create_task(ask("busy", number)) for number in range(turns.MOST_WAITING)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(reading) == turns.AT_ONCE
    with pytest.raises(Refused) as refused:
        await ask("busy", -1)
    assert refused.value.problem.status == 429
    little = asyncio.create_task(ask("other", -2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert -2 in reading
    end.set()
    await asyncio.gather(*much, little)
    assert reading == {*range(turns.MOST_WAITING), -2}
