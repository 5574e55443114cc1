"""Whatever is asked of the API, by whomever: it answers, and only as its document says.

`make hunt` asks for more, and for longer.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from services.access.principal import Grant, Role
from services.access.rights_table import RIGHTS
from services.api import questions
from services.clinic_import import import_clinic
from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from tests.support.api_hunt import Known, hunted
from tests.support.backend import Backend, fresh_backend
from tests.support.data_folders import LIGHTHOUSE, LIGHTHOUSE_NOW
from tests.support.examples import ON_A_HUNT
from tests.support.http_api import Api, running_api
from tests.support.openapi_document import DOCUMENT

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.hypothesis]

FACILITY = "lighthouse"
NOW = datetime.fromisoformat(LIGHTHOUSE_NOW)

EXAMPLES = max(1, int(os.environ.get("EXAMPLES", "100")) // 100)
"""For each operation and each role; what `make hunt` says is for a single test."""

PHASES = ("examples", "coverage", "fuzzing", "stateful") if ON_A_HUNT else ("examples", "fuzzing")

ASKERS = (None, *(each for each in Role if each is not Role.OPERATOR))
"""Nobody, and somebody in each role."""

SHARES = {Role.DIRECTOR: 5, Role.ADMINISTRATOR: 6}
FEW = 12
"""With one operation of how many each role is tried, where nobody is on a hunt."""

SCOPES = ("session.check-in", "session.check-out", "roster", "sessions")


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_backend(shared_engines) as backend:
        assert not import_clinic(backend.journal, backend.vault, LIGHTHOUSE, now=NOW).faults
        yield backend


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(clinic: Backend) -> AsyncIterator[Api]:
    with pytest.MonkeyPatch.context() as patch:
        # Positions that nobody has reached are asked for again and again.
        patch.setattr(questions, "PATIENCE", 0.01)
        async with serving(clinic) as running:
            yield running


@asynccontextmanager
async def serving(clinic: Backend) -> AsyncIterator[Api]:
    async with (
        clinic.supervisor(*VIEWS, clock=lambda: NOW) as supervisor,
        running_api(clinic, clock=lambda: NOW) as api,
    ):
        await supervisor.caught_up(clinic.journal.position())
        yield api


@pytest.fixture(scope="module")
def known(clinic: Backend) -> Known:
    """What exists, and what comes to exist by what is asked."""
    found = Known()
    with psycopg.connect(clinic.database_url) as conn:
        ids = "SELECT DISTINCT originator_id FROM journal.journal_events ORDER BY 1"
        for (each,) in conn.execute(ids):
            found.heard(each)
    for name, ids_of in {
        "facility_id": [FACILITY],
        "program_id": ["keeper", "beacon"],
        "room_id": ["lantern", "gallery", "cabin"],
        "staff_id": ["s-kelp", "s-tern"],
        "track_id": ["night", "late-watch"],
        "account": ["somebody-else"],
    }.items():
        for each in ids_of:
            found.add(name, each)
    return found


def asks_as(api: Api, role: Role | None, known: Known) -> tuple[dict[str, str], set[str]]:
    """Return the headers of somebody in a role, and by which names they themselves are known."""
    if role is None:
        return {}, set()
    if role in {Role.SERVICE, Role.KIOSK}:
        scopes = [each for each in SCOPES if RIGHTS[each].may.get(role)]
        token = api.access.tokens.make(role, facility_id=FACILITY, scopes=scopes, days=9, role=role)
        return {"Authorization": f"Bearer {token}"}, {role}
    account = f"hunts-as-{role}"
    staff = "s-kelp" if role is Role.COUNSELOR else None
    patient = known.by_field["patient_id"][0] if role is Role.PATIENT else None
    where = None if role is Role.ADMINISTRATOR else FACILITY
    api.access.accounts.add(
        account, "Kim", [Grant(role, where, staff, patient)], with_password=False
    )
    session = api.access.sessions.begin(account, "password", "treatment", "127.0.0.1")
    [own] = [each for each in api.access.sessions.all() if each.principal.account == account]
    return {"Cookie": f"daybook_session={session}"}, {account, own.session_id}


def share(role: Role | None) -> dict[str, Any]:
    """Return the document with the operations with which somebody is tried."""
    if ON_A_HUNT:
        return DOCUMENT
    share = SHARES.get(role, FEW) if role else FEW
    paths = [*DOCUMENT["paths"].items()][ASKERS.index(role) % share :: share]
    return {**DOCUMENT, "paths": dict(paths)}


@pytest.mark.parametrize("role", ASKERS, ids=str)
async def test_each_answer_is_one_that_the_document_has(
    api: Api, known: Known, role: Role | None
) -> None:
    headers, own = asks_as(api, role, known)
    found = await asyncio.to_thread(
        hunted,
        *(share(role), api.url),
        headers=headers,
        known=known,
        examples=EXAMPLES,
        phases=PHASES,
        own=own,
    )
    assert found.faults == [], "\n".join(found.faults)
    assert found.statuses.total() >= 10
    # They were who they were to the end.
    client = await api.client(headers=headers)
    assert (await client.get("/v1/me")).status_code == (200 if role else 401)
    if role is Role.DIRECTOR:
        assert found.statuses[200] + found.statuses[204] >= 10
