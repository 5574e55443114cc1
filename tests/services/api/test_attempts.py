"""Attempts at another's data: each is refused as what is not there is, and is on record."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from services.access.access_log import Entry
from services.access.principal import Grant, Role
from services.embedded import Engines
from tests.support.backend import fresh_backend
from tests.support.http_api import Api, running_api, send
from tests.support.two_clinics import HERE, NOW, OWN_STAFF, THERE, Clinics, two_clinics

AT = f"/v1/facilities/{HERE}"
EMERGENCY = {"daybook-purpose": "emergency", "daybook-reason": "found unconscious"}
DIAZ = Grant(Role.COUNSELOR, HERE, OWN_STAFF)


@pytest.fixture(scope="module")
def clinics(shared_engines: Engines) -> Iterator[Clinics]:
    with fresh_backend(shared_engines) as backend:
        yield asyncio.run(two_clinics(backend))


@pytest.fixture
async def api(clinics: Clinics) -> AsyncIterator[Api]:
    async with running_api(clinics.backend, clock=lambda: NOW) as running:
        yield running


# Addresses


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/accounts/%00/disable", "/v1/accounts/a%00b/grants", "/v1/tokens/%00"),
        *("/v1/sign-ins/%00", f"{AT}/access-log%00", "/v1/facilities/%00/access-log"),
        *(f"{AT}/access-log?patient_id=%00", f"{AT}/access-log?account=a%00b"),
    ],
)
async def test_what_no_text_holds_is_refused_and_fails_nowhere(api: Api, path: str) -> None:
    everybody = await api.signed_in(Grant(Role.ADMINISTRATOR), Grant(Role.COMPLIANCE))
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = await everybody.request(method, path, json={"grants": []})
        assert answer.status_code in {400, 405}, (method, answer.text)


# Emergencies


async def test_an_emergency_changes_nothing_and_opens_nothing_but_questions(
    api: Api, clinics: Clinics
) -> None:
    director = await api.director()
    administrator = await api.administrator()
    officer = await api.signed_in(Grant(Role.COMPLIANCE, HERE), account="cora")
    about = {"patient_id": clinics.here.own.patient_id, "justified_on": "2025-03-10"}
    refused = [
        await send(director, "patient.justify-stay", about, "key-1", **EMERGENCY),
        await send(director, "facility.revise", {}, "key-2", "nowhere", **EMERGENCY),
        await officer.get(f"{AT}/access-log", headers=EMERGENCY),
        await officer.get(f"{AT}/emergencies", headers=EMERGENCY),
        await administrator.get("/v1/accounts", headers=EMERGENCY),
        await administrator.post("/v1/accounts/cora/disable", headers=EMERGENCY),
    ]
    for answer in (refused[0], *refused[2:]):
        assert answer.status_code == 403, answer.text
        assert answer.json()["detail"].startswith("an emergency opens questions"), answer.text
    # What was refused opened nothing that somebody has to look into.
    assert (await officer.get(f"{AT}/emergencies", params={"waiting": "false"})).json() == []
    assert (await officer.get("/v1/me")).json()["emergencies_waiting"] == 0
    [tried] = [each.entry for each in api.looked() if each.entry.what == "patient.justify-stay"]
    assert (tried.emergency, tried.outcome) == (True, "refused")
    assert (await send(director, "patient.justify-stay", about, "key-1")).status_code != 403


async def test_whoever_watches_over_every_facility_is_told_of_every_emergency(api: Api) -> None:
    everywhere = await api.signed_in(Grant(Role.COMPLIANCE))
    before = (await everywhere.get("/v1/me")).json()["emergencies_waiting"]
    for facility_id in (HERE, THERE):
        entry = Entry(
            *(
                "jo",
                "Jo Park",
                ("front-desk",),
                facility_id,
                "patient",
                (),
                "treatment",
                "10.0.0.9",
            ),
            via="password",
            emergency=True,
            reason="found unconscious",
        )
        api.access.log.record(entry)
    assert (await everywhere.get("/v1/me")).json()["emergencies_waiting"] == before + 2
