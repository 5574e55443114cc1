"""A client that others' tools make of the OpenAPI document, in TypeScript, checks a patient in."""

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from services.access.principal import Role
from services.clinic_import import import_clinic
from services.hosting.bootstrap import VIEWS
from tests.support.backend import PATIENCE, Backend
from tests.support.data_folders import LIGHTHOUSE, LIGHTHOUSE_NOW
from tests.support.http_api import running_api
from tests.support.node_tools import NODE, node_with
from tests.support.openapi_document import DOCUMENT

DAY = "2026-04-21"
TONIGHT = datetime(2026, 4, 20, 14, 35, tzinfo=UTC)
"""Five minutes into the night group of that day, as it is on Lord Howe Island."""


async def node(folder: Path, program: str, *words: str) -> str:
    """Run a program with node; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *("node", program, *words),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert process.returncode == 0, (out + err).decode()
    return out.decode()


async def client_made_in(folder: Path) -> None:
    """Generate the types of the API, and check and translate the client by them."""
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "node_modules").symlink_to(NODE / "node_modules")
    for each in ("check_in.ts", "tsconfig.json"):
        shutil.copy(NODE / each, folder)
    generator = "node_modules/openapi-typescript/bin/cli.js"
    await node(folder, generator, "openapi.json", "--output", "daybook.d.ts")
    await node(folder, "node_modules/typescript/bin/tsc", "--project", ".")


async def test_a_generated_client_checks_a_patient_in(tmp_path: Path, backend: Backend) -> None:
    node_with("openapi-typescript")
    await client_made_in(tmp_path)
    now = datetime.fromisoformat(LIGHTHOUSE_NOW)
    assert not import_clinic(backend.journal, backend.vault, LIGHTHOUSE, now=now).faults
    async with (
        backend.supervisor(*VIEWS, clock=lambda: TONIGHT) as supervisor,
        running_api(backend, clock=lambda: TONIGHT) as api,
    ):
        await supervisor.caught_up(backend.journal.position())
        token = api.access.tokens.make(
            "front-door",
            facility_id="lighthouse",
            scopes=("sessions", "roster", "session.check-in"),
            days=1,
            role=Role.SERVICE,
        )
        said = json.loads(await node(tmp_path, "check_in.js", api.url, token, "lighthouse", DAY))
        shown = [each.entry.what for each in api.looked(patient_ids=[said["patient_id"]])]
    assert said.pop("patient_id").startswith("patient-")
    assert said == {
        "done": ["session.patient-checked-in"],
        "again": True,
        "reflects": True,
        "state": "here",
    }
    assert shown == ["roster", "roster"]
