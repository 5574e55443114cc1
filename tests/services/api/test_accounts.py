"""Accounts, tokens and how Daybook stands, over HTTP."""

from collections.abc import AsyncIterator

import pytest

from services.access.principal import Grant, Role
from tests.support.backend import Backend
from tests.support.http_api import FACILITY, Api, opened_facility, running_api, send


@pytest.fixture
async def api(backend: Backend) -> AsyncIterator[Api]:
    async with running_api(backend) as running:
        yield running


def counselor(staff_id: str = "s-diaz", facility_id: str = FACILITY) -> dict[str, str]:
    return {"role": "counselor", "facility_id": facility_id, "staff_id": staff_id}


async def test_an_administrator_makes_accounts_for_who_is_on_the_staff(api: Api) -> None:
    administrator = await api.administrator()
    await opened_facility(administrator)
    said = {"account": "ana", "name": "Ana Diaz", "grants": [counselor()]}
    made = await administrator.post("/v1/accounts", json=said)
    assert made.status_code == 201
    client = await api.client()
    signed_in = {"account": "ana", "password": made.json()["password"]}
    assert (await client.post("/v1/sign-in", json=signed_in)).status_code == 200
    again = await administrator.post("/v1/accounts", json=said)
    assert (again.status_code, again.json()["type"]) == (409, "daybook:problem:name-taken")
    for grants in ([], [counselor("s-nobody")], [counselor(facility_id="elsewhere")]):
        refused = await administrator.post("/v1/accounts", json={**said, "grants": grants})
        assert refused.status_code == 422, refused.text
    [shown] = [
        each
        for each in (await administrator.get("/v1/accounts")).json()
        if each["account"] == "ana"
    ]
    assert shown["grants"] == [{**counselor(), "patient_id": None}]
    assert made.json()["password"] not in str(shown)


async def test_other_roles_hold_from_the_next_request_on(api: Api) -> None:
    administrator = await api.administrator()
    await opened_facility(administrator)
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), account="jo")
    room = {"room": {"room_id": "room-2", "name": "Room 2", "capacity": 9}}
    assert (await send(desk, "facility.keep-room", room)).status_code == 403
    grants = {"grants": [{"role": "director", "facility_id": FACILITY}]}
    assert (await administrator.put("/v1/accounts/jo/grants", json=grants)).json()["changed"]
    assert not (await administrator.put("/v1/accounts/jo/grants", json=grants)).json()["changed"]
    assert (await send(desk, "facility.keep-room", room)).status_code == 200


async def test_only_administrators_keep_accounts(api: Api) -> None:
    director = await api.director()
    for method, path in (
        ("GET", "/v1/accounts"),
        ("GET", "/v1/tokens"),
        ("GET", "/v1/sign-ins"),
        ("POST", "/v1/accounts/nobody/disable"),
        ("DELETE", "/v1/tokens/door"),
    ):
        answer = await director.request(method, path)
        assert (answer.status_code, answer.json()["type"]) == (
            403,
            "daybook:problem:not-allowed",
        ), path


async def test_a_token_names_only_what_there_is(api: Api) -> None:
    administrator = await api.administrator()
    await opened_facility(administrator)
    said = {"name": "door", "facility_id": FACILITY, "scopes": ["session.check-in"], "days": 30}
    wrong = {**said, "scopes": ["session.check-in", "session.fly"]}
    assert (await administrator.post("/v1/tokens", json=wrong)).status_code == 422
    assert (await administrator.post("/v1/tokens", json=said)).status_code == 201
    assert (await administrator.post("/v1/tokens", json=said)).status_code == 409


async def test_somebody_elses_sign_in_can_be_ended(api: Api) -> None:
    administrator = await api.administrator()
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), account="jo")
    [theirs] = [
        each["session_id"]
        for each in (await administrator.get("/v1/sign-ins")).json()
        if each["account"] == "jo"
    ]
    assert (await administrator.delete(f"/v1/sign-ins/{theirs}")).status_code == 204
    assert (await administrator.delete(f"/v1/sign-ins/{theirs}")).status_code == 404
    assert (await desk.get("/v1/me")).status_code == 401


async def test_status_says_how_all_stands_to_who_runs_it(api: Api) -> None:
    administrator = await api.administrator()
    answer = await administrator.get("/v1/status")
    assert answer.status_code == 200
    found = answer.json()
    assert {each["name"] for each in found["views"]} >= {"schedule", "compliance"}
    # Nobody keeps the views here.
    assert {each["about"] for each in found["attention"]} >= {"View schedule", "View compliance"}
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
    assert (await desk.get("/v1/status")).status_code == 403
    assert (await (await api.client()).get("/v1/health")).json() == {"answers": True}
