"""Who looked, over HTTP; and emergencies, which wait until somebody has looked into them."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.access.access_log import Entry
from services.access.principal import Grant, Role
from tests.support.backend import Backend
from tests.support.http_api import FACILITY, Api, running_api, send

ANN = "patient-5f0c2e"
LOG = f"/v1/facilities/{FACILITY}/access-log"
EMERGENCIES = f"/v1/facilities/{FACILITY}/emergencies"
LOOK = Entry(
    *("jo", "Jo Park", ("front-desk",), FACILITY, "patient", (ANN,), "treatment", "10.0.0.9"),
    via="password",
)
EMERGENCY = replace(LOOK, emergency=True, reason="found unconscious")


@pytest.fixture
async def api(backend: Backend) -> AsyncIterator[Api]:
    async with running_api(backend) as running:
        yield running


async def test_who_looked_is_told_to_those_who_watch_over_it_and_that_is_on_record_too(
    api: Api,
) -> None:
    api.access.log.record(LOOK, replace(LOOK, patient_ids=("patient-other",)))
    officer = await api.signed_in(Grant(Role.COMPLIANCE, FACILITY), account="cora")
    [entry] = (await officer.get(LOG, params={"patient_id": ANN})).json()["items"]
    assert (entry["account"], entry["address"], entry["what"]) == ("jo", "10.0.0.9", "patient")
    again = (await officer.get(LOG, params={"patient_id": ANN})).json()["items"]
    assert [each["account"] for each in again] == ["cora", "jo"]
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
    assert (await desk.get(LOG)).status_code == 403
    elsewhere = await api.signed_in(Grant(Role.COMPLIANCE, "elsewhere"))
    refused = await elsewhere.get(LOG)
    assert refused.status_code == 404
    assert refused.json()["type"] == "daybook:problem:unknown-facility"


async def test_the_log_is_read_page_by_page(api: Api) -> None:
    api.access.log.record(*[LOOK] * 5)
    officer = await api.signed_in(Grant(Role.COMPLIANCE, FACILITY))
    first = (await officer.get(LOG, params={"limit": 3, "account": "jo"})).json()
    rest = {"limit": 3, "account": "jo", "before": first["next"]}
    second = (await officer.get(LOG, params=rest)).json()
    found = [each["entry_id"] for each in first["items"] + second["items"]]
    assert len(found) == 5
    assert found == sorted(set(found), reverse=True)
    assert second["next"] is None


async def test_an_emergency_waits_until_compliance_has_looked_into_it(api: Api) -> None:
    api.access.log.record(LOOK, EMERGENCY)
    officer = await api.signed_in(Grant(Role.COMPLIANCE, FACILITY), account="cora")
    assert (await officer.get("/v1/me")).json()["emergencies_waiting"] == 1
    [waiting] = (await officer.get(EMERGENCIES)).json()
    assert (waiting["reason"], waiting["found"]) == ("found unconscious", None)
    review = f"{EMERGENCIES}/{waiting['entry_id']}/review"
    said = {"found": "it was one: an ambulance came"}
    assert (await officer.post(review, json=said)).status_code == 204
    again = await officer.post(review, json=said)
    assert (again.status_code, again.json()["type"]) == (409, "daybook:problem:already-reviewed")
    assert (await officer.get(EMERGENCIES)).json() == []
    [reviewed] = (await officer.get(EMERGENCIES, params={"waiting": "false"})).json()
    assert (reviewed["reviewed_by"], reviewed["found"]) == ("cora", said["found"])
    assert (await officer.get("/v1/me")).json()["emergencies_waiting"] == 0
    none = await officer.post(f"{EMERGENCIES}/999/review", json=said)
    assert (none.status_code, none.json()["type"]) == (404, "daybook:problem:not-there")
    no_text = await officer.post(review, json={"found": "an ambulance\0came"})
    assert (no_text.status_code, no_text.json()["errors"][0]["pointer"]) == (400, "/found")


async def test_who_opened_it_does_not_look_into_it(api: Api) -> None:
    api.access.log.record(EMERGENCY)
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
    assert (await desk.get(EMERGENCIES)).status_code == 403
    assert (await desk.get("/v1/me")).json()["emergencies_waiting"] == 0
    api.access.log.record(replace(EMERGENCY, account="dana"))
    director = await api.signed_in(Grant(Role.DIRECTOR, FACILITY), account="dana")
    [own, _] = (await director.get(EMERGENCIES)).json()
    refused = await director.post(f"{EMERGENCIES}/{own['entry_id']}/review", json={"found": "fine"})
    assert refused.status_code == 403
    assert len((await director.get(EMERGENCIES)).json()) == 2


async def test_a_command_about_what_is_not_theirs_is_on_record(api: Api) -> None:
    administrator = await api.administrator()
    opening = {
        **{"name": "Oak Street", "timezone": "America/New_York", "week_starts_on": "monday"},
        "late_after_minutes": 10,
    }
    assert (await send(administrator, "facility.open", opening)).status_code == 200
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), account="jo")
    refused = await send(
        desk, "patient.justify-stay", {"patient_id": ANN, "justified_on": "2026-03-02"}
    )
    assert refused.status_code == 403
    [entry] = api.looked(account="jo")
    assert (entry.entry.what, entry.entry.outcome) == ("patient.justify-stay", "refused")
    assert list(entry.entry.patient_ids) == [ANN]
