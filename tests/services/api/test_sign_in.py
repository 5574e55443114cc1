"""Signing in and out over HTTP, on real PostgreSQL."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from services.access.principal import Grant, Role
from services.api import asker
from services.command_endpoint.problems import MEDIA_TYPE
from tests.support.backend import Backend, ManualClock
from tests.support.http_api import Api, running_api

CHOSEN = "four horses eat a tent"


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def api(backend: Backend, clock: ManualClock) -> AsyncIterator[Api]:
    async with running_api(backend, access_clock=clock) as running:
        yield running


def added(api: Api, account: str = "ana") -> str:
    """Add an account whose password was chosen by whoever has it."""
    api.access.accounts.add(account, "Ana Diaz", [Grant(Role.FRONT_DESK, "oak-street")])
    api.access.accounts.change_password(account, CHOSEN)
    return CHOSEN


async def sign_in(client: httpx2.AsyncClient, account: str, password: str) -> httpx2.Response:
    return await client.post("/v1/sign-in", json={"account": account, "password": password})


async def test_who_signs_in_is_known_until_they_sign_out(api: Api) -> None:
    client = await api.client()
    assert (await client.get("/v1/me")).status_code == 401
    answer = await sign_in(client, "ana", added(api))
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {*cookie.split("; ")}
    me = (await client.get("/v1/me")).json()
    assert (me["account"], me["name"], me["purpose"]) == ("ana", "Ana Diaz", "treatment")
    kept = dict(client.cookies)
    assert (await client.post("/v1/sign-out")).status_code == 204
    again = await api.client(cookies=kept)
    assert (await again.get("/v1/me")).status_code == 401


async def test_a_wrong_password_and_an_unknown_account_are_answered_alike(api: Api) -> None:
    added(api)
    client = await api.client()
    wrong = await sign_in(client, "ana", "something else entirely")
    unknown = await sign_in(client, "nobody", "something else entirely")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.headers["content-type"] == MEDIA_TYPE
    assert "set-cookie" not in wrong.headers


async def test_who_tries_again_and_again_has_to_wait(api: Api) -> None:
    added(api)
    client = await api.client()
    for _ in range(50):
        answer = await sign_in(client, "ana", "something else entirely")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_a_password_that_somebody_else_knows_is_changed_before_anything_else(
    api: Api,
) -> None:
    password = api.access.accounts.add_first_administrator()
    assert password
    client = await api.client()
    assert (await sign_in(client, "admin", password)).json()["must_change_password"]
    refused = await client.get("/v1/accounts")
    assert refused.status_code == 403
    assert refused.json()["type"] == "daybook:problem:must-change-password"
    unfit = {"password": password, "new_password": "admin-admin-admin"}
    assert (await client.post("/v1/password", json=unfit)).status_code == 422
    chosen = {"password": password, "new_password": CHOSEN}
    assert (await client.post("/v1/password", json=chosen)).status_code == 204
    assert (await client.get("/v1/me")).status_code == 401
    assert not (await sign_in(client, "admin", CHOSEN)).json()["must_change_password"]
    assert (await client.get("/v1/accounts")).status_code == 200


async def test_a_sign_in_ends_by_itself_when_nobody_uses_it(
    api: Api, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asker, "REMEMBERED", 0.0)
    client = await api.client()
    await sign_in(client, "ana", added(api))
    clock.move(minutes=29)
    assert (await client.get("/v1/me")).status_code == 200
    clock.move(minutes=29)
    assert (await client.get("/v1/me")).status_code == 200
    clock.move(minutes=31)
    assert (await client.get("/v1/me")).status_code == 401


async def test_a_disabled_account_is_signed_out_at_once(api: Api) -> None:
    client = await api.client()
    await sign_in(client, "ana", added(api))
    assert (await client.get("/v1/me")).status_code == 200
    director = await api.administrator()
    assert (await director.post("/v1/accounts/ana/disable")).json() == {"changed": True}
    assert (await director.post("/v1/accounts/ana/disable")).json() == {"changed": False}
    assert (await client.get("/v1/me")).status_code == 401
    assert (await sign_in(client, "ana", CHOSEN)).status_code == 401


async def test_a_token_is_good_for_what_it_names_until_it_is_revoked(api: Api) -> None:
    administrator = await api.administrator()
    headers = api.token("session.check-in")
    client = await api.client(headers=headers)
    assert (await client.get("/v1/me")).json()["via"] == "token"
    assert (await administrator.delete("/v1/tokens/door")).json() == {"changed": True}
    assert (await client.get("/v1/me")).status_code == 401
    [shown] = (await administrator.get("/v1/tokens")).json()
    assert shown["name"] == "door"
    assert headers["authorization"].split()[1] not in str(shown)


async def test_a_purpose_is_one_of_few_words_and_an_emergency_needs_a_reason(api: Api) -> None:
    client = await api.client()
    await sign_in(client, "ana", added(api))
    asked = {"daybook-purpose": "payment"}
    assert (await client.get("/v1/me", headers=asked)).json()["purpose"] == "payment"
    for wrong in (
        {"daybook-purpose": "curiosity"},
        {"daybook-purpose": "emergency"},
        {"daybook-purpose": "emergency", "daybook-reason": "ab"},
        {"daybook-purpose": "emergency", "daybook-reason": "x" * 501},
    ):
        assert (await client.get("/v1/me", headers=wrong)).status_code == 400, wrong
