"""Who may follow what changes at a facility, and for how long."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from services.access.principal import Grant, Role
from services.api import change_routes, changes
from services.hosting.bootstrap import VIEWS
from tests.support.backend import PATIENCE, Backend, until
from tests.support.http_api import FACILITY, Api, opened_facility, running_api, send

STREAM = f"/v1/facilities/{FACILITY}/changes"


@pytest.fixture
async def api(backend: Backend) -> AsyncIterator[Api]:
    async with backend.supervisor(*VIEWS) as supervisor, running_api(backend) as running:
        await opened_facility(await running.administrator())
        await supervisor.caught_up(backend.journal.position())
        yield running


async def until_line(lines: AsyncIterator[str], start: str) -> str:
    async with asyncio.timeout(PATIENCE):
        async for line in lines:
            if line.startswith(start):
                return line
    raise AssertionError("the stream ended")


async def test_who_may_see_it_is_told_what_changes(api: Api) -> None:
    director = await api.director()
    async with director.stream("GET", STREAM) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        await until_line(lines, ": here")
        room = {"room": {"room_id": "room-2", "name": "Room 2", "capacity": 9}}
        done = await send(director, "facility.keep-room", room)
        data = await until_line(lines, "data: ")
    assert '"type":"facility.room-opened"' in data.replace(" ", "")
    assert f'"position":{done.json()["position"]}' in data.replace(" ", "")
    assert api.looked()[-1].entry.what == "changes"


async def test_who_is_signed_out_hears_no_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "ASK_AGAIN", 0.1)
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), account="jo")
    async with desk.stream("GET", STREAM) as answer:
        lines = answer.aiter_lines()
        await until_line(lines, ": here")
        api.access.accounts.disable("jo")
        async with asyncio.timeout(PATIENCE):
            async for _ in lines:
                pass


async def test_nobody_follows_more_often_than_leaves_room_for_others(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_routes, "MOST_OF_ONE", 1)
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), account="jo")
    director = await api.director()

    async def ends() -> bool:
        async with desk.stream("GET", STREAM) as again:
            return again.status_code == 200

    async with asyncio.timeout(PATIENCE), desk.stream("GET", STREAM) as answer:
        lines = answer.aiter_lines()
        await until_line(lines, ": here")
        refused = await desk.get(STREAM)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        assert refused.json()["type"] == "daybook:problem:too-many-streams"
        async with director.stream("GET", STREAM) as other:
            assert other.status_code == 200
            monkeypatch.setattr(change_routes, "MOST_OF_ALL", 2)
            somebody = await api.signed_in(Grant(Role.COMPLIANCE, FACILITY), account="cora")
            assert (await somebody.get(STREAM)).status_code == 429
    await until(ends)


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        (Grant(Role.BILLER, FACILITY), 403),
        (Grant(Role.KIOSK, FACILITY), 403),
        (Grant(Role.DIRECTOR, "elsewhere"), 404),
    ],
    ids=str,
)
async def test_who_may_not_is_refused_and_that_is_on_record(
    api: Api, grant: Grant, status: int
) -> None:
    somebody: httpx2.AsyncClient = await api.signed_in(grant, account="nosy")
    assert (await somebody.get(STREAM)).status_code == status
    [entry] = api.looked(account="nosy")
    assert (entry.entry.what, entry.entry.outcome) == ("changes", "refused")
