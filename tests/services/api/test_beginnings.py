"""Somebody whom nobody knows begins to sign in again and again."""

import pytest
from starlette.requests import Request

from services.api import beginnings
from services.api.beginnings import MOST, WINDOW, Beginnings
from services.api.problems import Refused
from tests.support.backend import Backend
from tests.support.http_api import running_api


def request(address: str = "10.0.0.9") -> Request:
    return Request({"type": "http", "client": (address, 50_000), "headers": []})


async def test_from_one_address_so_many_are_begun_in_a_minute_and_others_are_not_held_up() -> None:
    now = [0.0]
    counted = Beginnings(lambda: now[0])
    for _ in range(MOST):
        await counted(request())
    with pytest.raises(Refused) as refused:
        await counted(request())
    assert refused.value.problem.status == 429
    assert refused.value.headers["retry-after"] == str(round(WINDOW))
    await counted(request("10.0.0.10"))
    now[0] = WINDOW
    await counted(request())


async def test_from_all_addresses_together_there_is_a_bound_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beginnings, "MOST_OF_ALL", 3)
    counted = Beginnings(lambda: 0.0)
    for number in range(3):
        await counted(request(f"10.0.0.{number}"))
    with pytest.raises(Refused):
        await counted(request("10.0.0.9"))


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/passkeys/sign-in/options"), ("GET", "/v1/sign-in/openid")]
)
async def test_whoever_begins_too_often_over_http_is_told_to_wait(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(beginnings, "MOST", 2)
    async with running_api(backend) as api:
        client = await api.client()
        found = [(await client.request(method, path)).status_code for _ in range(3)]
    assert found[:2] == [found[0]] * 2 != [429] * 2
    assert found[2] == 429
