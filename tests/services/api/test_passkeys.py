"""Passkeys over HTTP: to sign in with, after a password too, and to keep one's own."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from services.access.principal import Grant, Role
from services.access.public_url import public_url
from services.api.answers import CommandAnswers
from services.api.server import Listen
from services.api.serving import Reach, whole_app
from tests.support.backend import Backend, ManualClock
from tests.support.http_api import Api, running_api
from tests.support.passkey_authenticator import Authenticator

CHOSEN = "four horses eat a tent"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def api(backend: Backend, clock: ManualClock) -> AsyncIterator[Api]:
    async with running_api(backend, access_clock=clock) as running:
        # Browsers have passkeys only for servers with a name.
        running.url = running.url.replace("127.0.0.1", "localhost")
        yield running


async def with_password(api: Api, account: str = "ana") -> httpx2.AsyncClient:
    """Return the client of somebody who signed in with a password."""
    api.access.accounts.add(account, account.title(), [Grant(Role.FRONT_DESK, "oak-street")])
    api.access.accounts.change_password(account, CHOSEN)
    client = await api.client()
    answer = await client.post("/v1/sign-in", json={"account": account, "password": CHOSEN})
    assert answer.status_code == 200
    return client


async def added(api: Api, client: httpx2.AsyncClient, name: str = "The phone") -> Authenticator:
    authenticator = Authenticator(api.url)
    options = await client.post("/v1/passkeys/options")
    assert options.status_code == 200, options.text
    made = {"name": name, "credential": authenticator.register(options.json())}
    answer = await client.post("/v1/passkeys", json=made)
    assert answer.status_code == 201, answer.text
    return authenticator


async def sign_in(
    client: httpx2.AsyncClient, authenticator: Authenticator, options: Any = None
) -> httpx2.Response:
    if options is None:
        options = (await client.post("/v1/passkeys/sign-in/options")).json()
    said = {"credential": authenticator.sign_in(options), "purpose": "operations"}
    return await client.post("/v1/passkeys/sign-in", json=said)


async def test_who_has_added_a_passkey_signs_in_with_it_alone(api: Api) -> None:
    authenticator = await added(api, await with_password(api))
    client = await api.client()
    answer = await sign_in(client, authenticator)
    assert answer.status_code == 200
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    me = (await client.get("/v1/me")).json()
    assert (me["account"], me["via"], me["purpose"]) == ("ana", "passkey", "operations")
    [shown] = (await client.get("/v1/passkeys")).json()["passkeys"]
    assert shown["name"] == "The phone"
    assert shown["last_used_at"] is not None


async def test_an_answer_signs_in_once(api: Api) -> None:
    authenticator = await added(api, await with_password(api))
    client = await api.client()
    options = (await client.post("/v1/passkeys/sign-in/options")).json()
    said = {"credential": authenticator.sign_in(options)}
    assert (await client.post("/v1/passkeys/sign-in", json=said)).status_code == 200
    again = await (await api.client()).post("/v1/passkeys/sign-in", json=said)
    assert again.status_code == 401
    assert again.json()["type"] == "daybook:refusal:challenge-unknown"
    assert "set-cookie" not in again.headers


async def test_a_passkey_used_at_another_address_signs_nobody_in(api: Api) -> None:
    authenticator = await added(api, await with_password(api))
    authenticator.origin = "https://daybook.evil.example"
    answer = await sign_in(await api.client(), authenticator)
    assert answer.status_code == 401
    assert answer.json()["type"] == "daybook:refusal:wrong-place"


async def test_a_password_is_followed_by_the_accounts_own_passkey_where_it_asks_for_one(
    api: Api,
) -> None:
    mine, theirs = await with_password(api), await with_password(api, "kim")
    own, others = await added(api, mine), await added(api, theirs)
    required = {"required": True}
    assert (await mine.put("/v1/passkeys/required", json=required)).json() == {"changed": True}
    assert (await mine.get("/v1/passkeys")).json()["required"]
    said = {"account": "ana", "password": CHOSEN}
    for authenticator, status in ((others, 401), (own, 200)):
        client = await api.client()
        asked = await client.post("/v1/sign-in", json=said)
        assert asked.status_code == 202
        assert "set-cookie" not in asked.headers
        assert (await client.get("/v1/me")).status_code == 401
        answer = await sign_in(client, authenticator, asked.json()["passkey"])
        assert answer.status_code == status, answer.text
    wrong = {**said, "password": "something else entirely"}
    assert (await (await api.client()).post("/v1/sign-in", json=wrong)).status_code == 401
    said = {**said, "account": "kim"}
    assert (await (await api.client()).post("/v1/sign-in", json=said)).status_code == 200


async def test_somebody_keeps_their_own_passkeys_and_nobody_elses(api: Api) -> None:
    mine, theirs = await with_password(api), await with_password(api, "kim")
    await added(api, mine)
    [shown] = (await mine.get("/v1/passkeys")).json()["passkeys"]
    path = f"/v1/passkeys/{shown['passkey_id']}"
    assert (await theirs.get("/v1/passkeys")).json()["passkeys"] == []
    foreign, nobodys = await theirs.delete(path), await theirs.delete("/v1/passkeys/nobodys")
    assert foreign.status_code == nobodys.status_code == 404
    assert foreign.content == nobodys.content
    refused = await theirs.put("/v1/passkeys/required", json={"required": True})
    assert refused.status_code == 422
    assert (await mine.delete(path)).status_code == 204
    assert (await mine.get("/v1/passkeys")).json()["passkeys"] == []


async def test_who_signed_in_long_ago_signs_in_again_to_change_passkeys(
    api: Api, clock: ManualClock
) -> None:
    client = await with_password(api)
    await added(api, client)
    [shown] = (await client.get("/v1/passkeys")).json()["passkeys"]
    clock.move(minutes=15, seconds=1)
    for answer in (
        await client.post("/v1/passkeys/options"),
        await client.post("/v1/passkeys", json={"name": "Another", "credential": {}}),
        await client.put("/v1/passkeys/required", json={"required": True}),
        await client.delete(f"/v1/passkeys/{shown['passkey_id']}"),
    ):
        assert answer.status_code == 403
        assert answer.json()["type"] == "daybook:refusal:sign-in-too-old"
    assert (await client.get("/v1/passkeys")).json()["passkeys"] == [shown]


async def test_nobody_and_no_program_keeps_passkeys(api: Api) -> None:
    nobody = await api.client()
    program = await api.client(headers=api.token("session.check-in"))
    for client, status in ((nobody, 401), (program, 403)):
        for answer in (
            await client.get("/v1/passkeys"),
            await client.post("/v1/passkeys/options"),
            await client.post("/v1/passkeys", json={"name": "Mine", "credential": {}}),
            await client.put("/v1/passkeys/required", json={"required": False}),
            await client.delete("/v1/passkeys/some"),
        ):
            assert answer.status_code == status


async def test_whatever_is_no_passkey_is_refused(api: Api) -> None:
    client = await with_password(api)
    said: dict[str, Any]
    for said in ({}, {"response": {}}, {"id": "\x00"}):
        answer = await client.post("/v1/passkeys", json={"name": "Mine", "credential": said})
        assert answer.status_code == 422
        answer = await client.post("/v1/passkeys/sign-in", json={"credential": said})
        assert answer.status_code == 401
        assert answer.json()["type"] == "daybook:refusal:passkey-unsound"


async def test_at_a_number_it_is_said_which_address_to_open(backend: Backend) -> None:
    async with running_api(backend) as api:
        answer = await (await api.client()).post("/v1/passkeys/sign-in/options")
    assert answer.status_code == 422
    assert "DAYBOOK_PUBLIC_URL" in answer.json()["detail"]


async def test_a_server_with_a_name_asks_for_passkeys_of_that_name(api: Api) -> None:
    reach = Reach(Listen("127.0.0.1", 0), None, public_url("https://daybook.clinic.example"))
    app = whole_app(api.context, CommandAnswers(api.context.commands), reach, api.reads)
    at, transport = "http://daybook.clinic.example", httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(base_url=at, transport=transport) as client:
        options = await client.post("/v1/passkeys/sign-in/options")
    assert options.json()["rpId"] == "daybook.clinic.example"
