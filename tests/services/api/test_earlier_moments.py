"""An earlier moment over HTTP: what was known of a patient then, to who may see it today."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from services.access.principal import Grant, Role
from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from services.reports.questions import QUESTIONS
from tests.support.backend import fresh_backend
from tests.support.http_api import Api, running_api
from tests.support.lived_clinic import Lived
from tests.support.small_clinic import FACILITY

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2025, 3, 12, 12, tzinfo=UTC)
PATH = f"/v1/facilities/{FACILITY}"
WEDNESDAY_EVENING, MONDAY_EVENING = "2025-03-05T21:30:00Z", "2025-03-03T21:30Z"


@pytest.fixture(scope="module")
def lived(shared_engines: Engines) -> Iterator[Lived]:
    with fresh_backend(shared_engines) as backend:
        found = Lived(backend)

        async def caught_up() -> None:
            async with backend.supervisor(*VIEWS, clock=lambda: NOW) as supervisor:
                await supervisor.caught_up(backend.journal.position())

        asyncio.run(caught_up())
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(lived: Lived) -> AsyncIterator[Api]:
    async with running_api(lived.backend, clock=lambda: NOW) as api:
        yield api


async def ask(client: httpx2.AsyncClient, name: str, **asked: Any) -> dict[str, Any]:
    answer = await client.get(f"{PATH}/{name}", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(client: httpx2.AsyncClient, name: str, **asked: Any) -> tuple[int, str]:
    answer = await client.get(f"{PATH}/{name}", params=asked)
    return answer.status_code, answer.json()["detail"]


async def test_what_was_known_is_shown_and_what_was_put_right_later_is_not(
    api: Api, lived: Lived
) -> None:
    director = await api.director()
    _, ben, *_ = lived.people
    now = await ask(director, "weeks", patient_id=ben)
    then = await ask(director, "weeks", patient_id=ben, as_of=WEDNESDAY_EVENING)
    assert now["items"][0]["credited_minutes"] == 180 + 120
    assert then["items"] == []
    visits = await ask(director, "visits", patient_id=ben, as_of=WEDNESDAY_EVENING)
    assert [each["status"] for each in visits["items"]] == ["attended"]
    assert then["position"] < now["position"]
    page = await ask(director, "patient", patient_id=ben, as_of=MONDAY_EVENING)
    assert (page["page"]["as_of"], page["page"]["name"]) == ("2025-03-03", "Ben Baker")
    assert await ask(director, "patient", patient_id=ben, as_of=MONDAY_EVENING) == page


async def test_a_page_of_an_earlier_moment_goes_on_at_that_moment(api: Api, lived: Lived) -> None:
    director = await api.director()
    ann, *_ = lived.people
    asked = {"patient_id": ann, "as_of": "2025-03-11T12:00:00Z", "limit": 1}
    first = await ask(director, "findings", **asked)
    second = await ask(director, "findings", **asked, cursor=first["next"])
    assert first["items"] != second["items"]
    other = {**asked, "as_of": "2025-03-11T12:00:01Z", "cursor": first["next"]}
    assert (await refused(director, "findings", **other))[0] == 400


async def test_who_may_see_it_is_decided_by_what_is_so_today(api: Api, lived: Lived) -> None:
    ann, _, cal, again = lived.people
    counselor = await api.signed_in(Grant(Role.COUNSELOR, FACILITY, staff_id="staff-2"))
    assert await ask(counselor, "patient", patient_id=ann, as_of=MONDAY_EVENING)
    status, detail = await refused(counselor, "patient", patient_id=cal, as_of=MONDAY_EVENING)
    assert (status, detail) == (404, "there is no such patient")
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
    shown = await ask(desk, "patient", patient_id=ann, as_of=MONDAY_EVENING)
    assert "plan" not in shown["page"]
    # Of a record that was merged since, what was known of it then.
    alone = await ask(desk, "patient", patient_id=again, as_of=MONDAY_EVENING)
    assert alone["page"]["name"] == "Cal Cole"
    [logged] = api.looked(limit=1)
    assert (logged.entry.what, list(logged.entry.patient_ids)) == ("patient", [again])


async def test_what_cannot_be_asked_is_refused_in_words(api: Api, lived: Lived) -> None:
    director = await api.director()
    ann, *_ = lived.people
    assert await refused(director, "patient", patient_id=ann, as_of="2025-03-12T12:00:01Z") == (
        422,
        "that moment is still to come: ask of an earlier one",
    )
    assert await refused(director, "weeks", as_of=MONDAY_EVENING) == (
        422,
        "say of which patient: as_of shows one patient's record",
    )
    before = await refused(director, "patient", patient_id=ann, as_of="2025-03-01T00:00:00Z")
    assert before == (404, "there is no such patient")
    for wrong in ("yesterday", "2025-03-03", "2025-03-03T21:30:00", "0001-01-01T00:00:00+14:00"):
        answer = await director.get(f"{PATH}/patient", params={"patient_id": ann, "as_of": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/query/as_of")
    for each in QUESTIONS.values():
        if each.scope == "facility" and not each.looks_back:
            answer = await director.get(f"{PATH}/{each.name}", params={"as_of": MONDAY_EVENING})
            assert answer.status_code == 400, each.name
