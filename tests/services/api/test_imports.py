"""A clinic's files over HTTP: looked at, refused, taken in and sent again."""

import asyncio
import csv
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.access.principal import Grant, Role
from services.clinic_import.faults import FILES
from tests.support.backend import Backend
from tests.support.http_api import Api, running_api

CLINICS = Path(__file__).parents[2] / "clinics"
SOUND, FAULTY = CLINICS / "oak-street", CLINICS / "oak-street-faulty"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def api(backend: Backend) -> AsyncIterator[Api]:
    async with running_api(backend, clock=lambda: NOW) as running:
        yield running


def sent(folder: Path, *, dry_run: bool = False, skip_invalid: bool = False) -> dict[str, Any]:
    there = [folder / name for name in FILES if (folder / name).exists()]
    files = {each.name: b64encode(each.read_bytes()).decode() for each in there}
    return {"files": files, "dry_run": dry_run, "skip_invalid": skip_invalid}


async def post(client: httpx2.AsyncClient, said: Any) -> httpx2.Response:
    return await client.post("/v1/imports", json=said)


async def test_a_clinic_is_looked_at_then_taken_in_and_sent_again_it_changes_nothing(
    api: Api,
) -> None:
    director = await api.director()
    journal = api.context.journal
    looked = (await post(director, sent(SOUND, dry_run=True))).json()
    assert (looked["accepted"], looked["faults"], journal.position()) == (True, [], 0)
    assert looked["result"] == f"{looked['events']} events would be recorded for oak-street."
    taken = (await post(director, sent(SOUND))).json()
    assert taken["result"] == f"{looked['events']} events recorded for oak-street."
    assert journal.position() == looked["events"] > 0
    again = (await post(director, sent(SOUND))).json()
    assert (again["accepted"], again["events"], journal.position()) == (True, 0, taken["events"])
    assert [each.entry.what for each in api.looked()] == ["imports", "imports", "imports-checked"]
    assert len(api.looked(what="imports")) == 2


async def test_faults_are_told_by_file_and_line_and_name_nobody(api: Api) -> None:
    director = await api.director()
    with (FAULTY / "expected" / "errors.csv").open(encoding="utf-8") as file:
        expected = {(each["file"], int(each["line"])) for each in csv.DictReader(file)}
    looked = await post(director, sent(FAULTY, dry_run=True))
    found = looked.json()
    assert expected <= {(each["file"], each["line"]) for each in found["faults"]}
    assert found["result"] == f"{found['fault_count']} faults; nothing was recorded."
    refused = await post(director, sent(FAULTY))
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "daybook:problem:import-refused")
    assert len(problem["errors"]) == found["fault_count"]
    assert api.context.journal.position() == 0
    with (FAULTY / "patients.csv").open(encoding="utf-8") as file:
        names = {each["family_name"] for each in csv.DictReader(file)}
    left_out = (await post(director, sent(FAULTY, dry_run=True, skip_invalid=True))).json()
    assert left_out["accepted"]
    assert left_out["events"] > 0
    assert expected <= {(each["file"], each["line"]) for each in left_out["faults"]}
    for said in (looked.text, refused.text, str(left_out), str(api.looked())):
        assert not [name for name in names if name in said]


async def test_what_is_no_clinics_file_is_refused_and_its_name_is_not_repeated(api: Api) -> None:
    director = await api.director()
    for files in ({"Ann Example.csv": ""}, {"Ann Example.csv": 1}, {"patients.csv": "Ann"}):
        refused = await post(director, {"files": files, "dry_run": True})
        assert (refused.status_code, refused.json()["type"]) == (400, "daybook:problem:malformed")
        assert "Ann" not in refused.text
    assert (await post(director, {"files": {}})).json()["errors"][0]["pointer"] == "/dry_run"
    empty = (await post(director, {"files": {}, "dry_run": True})).json()
    assert empty["faults"][0] == {
        "file": "facility.toml",
        "line": 1,
        "column": "",
        "problem": "the file is missing or cannot be read",
    }


async def test_whoever_has_no_such_role_at_the_files_facility_takes_nothing_in(api: Api) -> None:
    elsewhere = await api.director("pine-street")
    refused = await post(elsewhere, sent(SOUND))
    assert (refused.status_code, refused.json()["type"]) == (
        404,
        "daybook:problem:unknown-facility",
    )
    [logged] = api.looked(facility_id="oak-street")
    assert (logged.entry.what, logged.entry.outcome) == ("imports", "refused")
    desk = await api.signed_in(Grant(Role.FRONT_DESK, "oak-street"))
    assert (await post(desk, sent(SOUND))).status_code == 403
    assert api.context.journal.position() == 0


async def test_of_two_at_once_the_second_is_told_and_others_are_answered_meanwhile(
    api: Api,
) -> None:
    director, other = await api.director(), await api.administrator()
    first = asyncio.create_task(post(director, sent(SOUND)))
    while not (running := (await other.get("/v1/imports")).json()["running"]):
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(first), 0.001)
        assert not first.done()
    assert running["name"] == "Someone-0"
    refused = await post(other, sent(SOUND))
    assert (refused.status_code, refused.json()["type"]) == (409, "daybook:problem:import-running")
    assert (await first).json()["accepted"]
    assert (await other.get("/v1/imports")).json()["running"] is None
    assert (await post(other, sent(SOUND))).json()["events"] == 0


async def test_only_here_a_body_may_be_large_and_only_for_who_may_send_it(api: Api) -> None:
    large = sent(SOUND, dry_run=True)
    large["files"]["sign_ins.csv"] = b64encode(b"\n" * 1_000_000).decode()
    director = await api.director()
    looked = (await post(director, large)).json()
    assert "sign_ins.csv" in {each["file"] for each in looked["faults"]}
    assert (await director.post("/v1/password", json=large)).status_code == 413
    assert (await post(await api.client(), large)).status_code == 401
