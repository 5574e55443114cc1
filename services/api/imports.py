"""A clinic's files over HTTP: looked at, or taken in as `daybook import` takes them."""

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StrictBool, ValidationError

from services.access.principal import Principal
from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.body import Body
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.permission import require
from services.api.problems import Refused
from services.api.security import BodyBounds
from services.clinic_import import Outcome, import_clinic
from services.clinic_import.facility_file import read_site
from services.clinic_import.faults import FILES, Faults
from services.clinic_import.file_columns import FILE_COLUMNS, FileColumns
from services.clinic_import.folder import SentFolder
from services.clinic_import.outcome_text import faults_of, notes_of, result_of
from services.command_endpoint.payload import PayloadError
from services.command_endpoint.problems import malformed

PATH = "/v1/imports"

WHAT = "imports"
"""What it is called in the table of rights, and in the access log what is taken in."""

LOOKED_AT = "imports-checked"
"""What the access log calls files that are only looked at."""

BODY = BodyBounds(32 * 1024 * 1024, 120.0)
"""Some two million sign-ins, and two minutes for them to come."""

MOST_LISTED = 1000
"""Faults and notes that an answer lists, at most."""

CLINIC_FILES: tuple[FileColumns, ...] = FILE_COLUMNS
"""What a clinic's folder is made of."""

FILES_EXAMPLE = [
    {"name": "cancellations.csv", "columns": ["date", "session", "reason", "starts"]},
]

EXAMPLE = {
    "files": {"facility.toml": "aWQgPSAib2FrLXN0cmVldCIK", "patients.csv": "bXJuLG5hbWUK"},
    "dry_run": True,
}


class Sent(Body):
    """A clinic's files by their names, each in base64; and what is done with them."""

    files: dict[str, str] = Field(max_length=len(FILES))
    dry_run: StrictBool = Field(description="True: decide everything, record nothing.")
    skip_invalid: StrictBool = Field(
        False, description="True: leave out the rows with a fault, and record the others."
    )


class FaultShown(BaseModel):
    """What is wrong, and where: the line counts from 1, the header; no column: the whole row."""

    file: str = Field(examples=["sign_ins.csv"])
    line: int = Field(examples=[14])
    column: str = Field(examples=["time_in"])
    problem: str = Field(examples=["the value is not a time: write it without seconds"])


class ImportShown(BaseModel):
    """What came of an import. `fault_count` counts also those that are not listed."""

    accepted: bool
    dry_run: bool
    facility_id: str | None
    events: int
    result: str = Field(examples=["412 events would be recorded for oak-street."])
    fault_count: int
    faults: list[FaultShown]
    notes: list[str] = Field(examples=[["2 rows that refer to tracks.csv could not be checked."]])


class Running(BaseModel):
    """The import that runs: who began it, and when."""

    name: str = Field(examples=["Ana Diaz"])
    since: datetime


class ImportsShown(BaseModel):
    """Which import runs, if one does; and which files a clinic has, with their columns."""

    running: Running | None
    files: list[FileColumns] = Field(examples=[FILES_EXAMPLE])


class OneAtATime:
    """Lets one import begin after the other; for one event loop."""

    def __init__(self) -> None:
        self.running: Running | None = None

    @contextmanager
    def turn(self, principal: Principal, now: datetime) -> Iterator[None]:
        """Be the one that runs. Raises Refused where another one does."""
        if self.running:
            raise Refused(problems.import_running(self.running.name), {"retry-after": "5"})
        self.running = Running(name=principal.name, since=now)
        try:
            yield
        finally:
            self.running = None


def import_routes(context: Context, asker_of: AskerOf) -> APIRouter:
    """Return the routes of imports."""
    routes = APIRouter(tags=["Operations"])
    one = OneAtATime()
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    @routes.get(PATH, summary="Which import runs.", responses=problem_responses(401, 403))
    async def imports(asker: Who) -> ImportsShown:
        """It says nothing of what is in any file."""
        require(asker, WHAT)
        return ImportsShown(running=one.running, files=list(CLINIC_FILES))

    @routes.post(
        PATH,
        summary="Take a clinic's files in, or look at them first.",
        responses=problem_responses(400, 401, 403, 404, 409, 415, 422, 503),
        openapi_extra={"requestBody": _documented()},
    )
    async def import_files(asker: Who, http: Request) -> ImportShown:
        """All of them or nothing; sent again, they change nothing more.

        With `dry_run` the answer says what is wrong, by file and line, or what would be recorded.
        Without it files with a fault are refused; with `skip_invalid` only their rows with a fault
        are left out, and the answer lists these. No fault names a patient.
        """
        require(asker, WHAT)
        # One at a time from here on, since a body may be large.
        with one.turn(asker.principal, context.clock()):
            body = await http.body()
            sent, folder = await asyncio.to_thread(_read, body)
            facility_id = await asyncio.to_thread(_facility_of, folder, context.clock())
            if facility_id:
                await check_allowed(asker, facility_id)
                what = LOOKED_AT if sent.dry_run else WHAT
                await context.looked(asker, facility_id, what, ())
            shown = await asyncio.to_thread(take_in, folder, sent)
        if not (shown.accepted or sent.dry_run):
            faults = [
                PayloadError(f"/files/{each.file}", f"line {each.line}: {each.problem}")
                for each in shown.faults
            ]
            raise Refused(problems.import_refused(shown.result.rstrip("."), faults))
        return shown

    def take_in(folder: SentFolder, sent: Sent) -> ImportShown:
        outcome = import_clinic(
            *(context.journal, context.vault, folder),
            now=context.clock(),
            skip_invalid=sent.skip_invalid,
            dry_run=sent.dry_run,
        )
        return _shown(outcome, dry_run=sent.dry_run)

    async def check_allowed(asker: Asker, facility_id: str) -> None:
        try:
            require(asker, WHAT, facility_id)
        except Refused:
            await context.looked(asker, facility_id, WHAT, (), outcome="refused")
            raise

    return routes


def _read(body: bytes) -> tuple[Sent, SentFolder]:
    """Return what was sent. Raises Refused."""
    try:
        sent = Sent.model_validate_json(body)
    except ValidationError as why:
        steps = [(each["loc"], each["msg"]) for each in why.errors(include_input=False)]
        # A file may be called as a patient is.
        faults = [PayloadError("/" + "/".join(map(str, loc[:1])), said) for loc, said in steps]
        raise Refused(malformed(faults)) from None
    if not sent.files.keys() <= set(FILES):
        message = f"there is a file that no clinic's folder has; these are: {', '.join(FILES)}"
        raise Refused(malformed([PayloadError("/files", message)]))
    return sent, SentFolder({name: _decoded(name, text) for name, text in sent.files.items()})


def _decoded(name: str, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(malformed([PayloadError(f"/files/{name}", "this is no base64")])) from None


def _facility_of(folder: SentFolder, now: datetime) -> str | None:
    """Return of which facility the files are; None where that cannot be read, nor they taken in."""
    site = read_site(folder, Faults(), now)
    return site.facility_id if site else None


def _shown(outcome: Outcome, *, dry_run: bool) -> ImportShown:
    faults = faults_of(outcome)
    return ImportShown(
        accepted=outcome.accepted,
        dry_run=dry_run,
        facility_id=outcome.facility_id,
        events=outcome.events,
        result=result_of(outcome, dry_run=dry_run),
        fault_count=len(faults),
        faults=[
            FaultShown(file=each.file, line=each.line, column=each.column, problem=each.problem)
            for each in faults[:MOST_LISTED]
        ],
        notes=list(notes_of(outcome))[:MOST_LISTED],
    )


def _documented() -> dict[str, Any]:
    schema = Sent.model_json_schema()
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": EXAMPLE}},
    }
