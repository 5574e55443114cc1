"""What a command would do, over HTTP: answered or refused as the command is, and nothing saved."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest_asyncio

from services.access.principal import Grant, Role
from services.api.previews import PREVIEWED
from tests.support.backend import Backend
from tests.support.commands_about import PAYLOADS, about_patient
from tests.support.http_api import Api, running_api, send
from tests.support.two_clinics import HERE, MONDAY, NOW, OWN_STAFF, Clinics, two_clinics


@pytest_asyncio.fixture
async def clinics(backend: Backend) -> Clinics:
    return await two_clinics(backend)


@pytest_asyncio.fixture
async def api(clinics: Clinics) -> AsyncIterator[Api]:
    async with running_api(clinics.backend, clock=lambda: NOW) as running:
        yield running


async def look(client: httpx2.AsyncClient, command: str, payload: Any) -> httpx2.Response:
    return await client.post(f"/v1/facilities/{HERE}/previews/{command}", json=payload)


def kept(backend: Backend) -> list[Any]:
    """Return how much is on record, and in the vault."""
    counts = (
        "SELECT count(*) FROM journal.journal_events",
        "SELECT count(*) FROM vault.patient_keys",
        "SELECT count(*) FROM journal.receipts",
    )
    return [backend.rows(each) for each in counts]


async def test_it_says_whose_week_would_be_short_and_puts_on_record_who_looked(
    api: Api, clinics: Clinics
) -> None:
    client, own = await api.director(HERE), clinics.here.own
    before = kept(clinics.backend)

    answer = await look(
        client, "session.call-off", {"session_id": own.sessions[-1], "reason": "a storm"}
    )

    assert answer.status_code == 200, answer.text
    [session] = answer.json()["effects"]["sessions"]
    assert session["session_id"] == own.sessions[-1]
    assert session["after"]["called_off_because"] == "a storm"
    assert answer.headers["daybook-position"] == str(answer.json()["position"])
    assert kept(clinics.backend) == before
    named = {each["patient_id"] for each in answer.json()["effects"]["short_weeks"]}
    entries = [each.entry for each in api.looked(facility_id=HERE)]
    shown = {who for each in entries if each.what == "session.call-off" for who in each.patient_ids}
    assert shown == named
    for each in clinics.here.names:
        assert each not in answer.content


async def test_each_preview_is_refused_where_its_command_is(api: Api, clinics: Clinics) -> None:
    client = await api.director(HERE)
    before = kept(clinics.backend)
    for name in PREVIEWED:
        payload = about_patient(PAYLOADS[name], clinics.here.own)
        seen = await look(client, name, payload)
        malformed = await look(client, name, {**payload, "unknown": 1})
        assert kept(clinics.backend) == before, name
        done = await send(client, name, payload, f"after-{name}", HERE)
        assert seen.status_code == done.status_code, (name, seen.text, done.text)
        if seen.status_code != 200:
            keys = ("type", "title", "status", "detail")
            assert [seen.json()[key] for key in keys] == [done.json()[key] for key in keys], name
        assert malformed.status_code == 400
        assert malformed.json()["errors"] == [
            {"pointer": "/unknown", "detail": "Extra inputs are not permitted"}
        ]
        before = kept(clinics.backend)


async def test_what_would_be_refused_says_what_stands_in_the_way(
    api: Api, clinics: Clinics
) -> None:
    client, own = await api.director(HERE), clinics.here.own
    duty = {
        **{"kind": "work", "title": "At the mill", "weekdays": ["TH"]},
        **{"starts": "09:00", "ends": "12:00", "first_day": MONDAY.isoformat(), "last_day": None},
    }
    payload = {"patient_id": own.patient_id, "commitment": duty}
    assert (await send(client, "patient.note-commitment", payload, "duty", HERE)).status_code == 200
    deviation = {"reason": "a test", "day": "2025-03-13", "starts": "09:30", "ends": "11:30"}
    change = {
        **{"program_id": "adult-iop", "track_id": "evening-1", "occurrence": "2025-03-14"},
        "deviation": deviation,
    }

    answer = await look(client, "program.change-meeting", change)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "daybook:refusal:conflicts-met"
    [kept_away] = answer.json()["effects"]["cannot_come"]
    assert kept_away == {
        "patient_id": own.patient_id,
        "session_id": own.sessions[-1],
        "because": "has work, TH 09:00-12:00",
    }


async def test_a_counselor_looks_at_their_own_sessions_alone(api: Api, clinics: Clinics) -> None:
    client = await api.signed_in(Grant(Role.COUNSELOR, HERE, OWN_STAFF))
    own, other = clinics.here.own, clinics.here.other
    theirs = await look(
        client, "session.call-off", {"session_id": own.sessions[-1], "reason": "ill"}
    )
    assert theirs.status_code == 200, theirs.text
    assert other.patient_id not in theirs.text
    others = await look(
        client, "session.call-off", {"session_id": other.sessions[-1], "reason": "ill"}
    )
    missing = await look(client, "session.call-off", {"session_id": "session-0", "reason": "ill"})
    assert (others.status_code, others.content) == (missing.status_code, missing.content)


async def test_what_moves_nobody_else_has_no_preview(api: Api) -> None:
    client = await api.director(HERE)
    for name in ("session.check-in", "session.dance"):
        answer = await look(client, name, {})
        assert answer.status_code == 404
        assert answer.json()["type"] == "daybook:problem:no-such-preview"
