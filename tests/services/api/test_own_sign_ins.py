"""Where somebody is signed in, seen and ended by themselves."""

from collections.abc import AsyncIterator

import pytest

from services.access.principal import Grant, Role
from tests.support.backend import Backend
from tests.support.http_api import FACILITY, Api, running_api

SIGNED_IN = "/v1/me/signed-in"


@pytest.fixture
async def api(backend: Backend) -> AsyncIterator[Api]:
    async with running_api(backend) as running:
        yield running


async def test_somebody_signs_out_another_browser_of_theirs_and_nobody_elses(api: Api) -> None:
    ana = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), account="ana")
    token = api.access.sessions.begin("ana", "password", "audit", "192.0.2.7")
    lost = await api.client(cookies={"daybook_session": token})
    jo = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), account="jo")
    shown = (await ana.get(SIGNED_IN)).json()
    assert [(each["address"], each["current"]) for each in shown] == [
        ("192.0.2.7", False),
        ("127.0.0.1", True),
    ]
    there = f"{SIGNED_IN}/{shown[0]['session_id']}"
    assert (await jo.delete(there)).status_code == 404
    assert (await lost.get("/v1/me")).status_code == 200
    assert (await ana.delete(there)).status_code == 204
    assert (await lost.get("/v1/me")).status_code == 401
    assert (await ana.delete(there)).status_code == 404
    assert len((await ana.get(SIGNED_IN)).json()) == 1
