"""Documents from a page: what is handed out of a record, as PDF."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import Response

from domain import bounds
from domain.aggregate import CommandContext
from domain.author import user_author
from domain.errors import Refusal
from services.access.principal import Principal
from services.api import problems
from services.api.body import FacilityId
from services.api.document_maker import standing_at
from services.api.problems import Refused
from services.api.question_models import Id
from services.application.command import COMMANDS
from services.documents import kind as documents
from services.documents.kind import Asked, Kind, Order
from services.documents.kinds import KINDS
from services.documents.making import Made, make
from services.reports.queries import NobodyThere, Unanswerable
from services.web.history import Kind as Subject
from services.web.page import Look, Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader

OF_A_PATIENT: Mapping[str, str] = {
    "attendance-record": "Attendance record",
    "attendance-letter": "Confirmation of attendance, for the patient",
    "review-packet": "Concurrent review, for a payer",
    "disclosure-accounting": "Accounting of disclosures, for the patient",
    "audit-trail": "Audit trail",
    "access-report": "Who looked at this record",
}
"""The kinds that a patient's page offers, and what they are called there. What a court is told
takes more than days and a button."""

SHEET = KINDS["sign-in-sheet"]
TRAIL = KINDS["audit-trail"]


def document_pages(reader: PageReader) -> APIRouter:
    """Return the routes of all. What is a disclosure is on record before it is answered."""
    routes = APIRouter(route_class=PageRoute)

    @routes.post("/facilities/{facility_id}/patients/{patient_id}/document")
    async def of_a_patient(http: Request, facility_id: FacilityId, patient_id: str) -> Response:
        said = {key: each[0] for key, each in parse_qs(await _body(http), max_num_fields=5).items()}
        if said.get("kind", "") not in OF_A_PATIENT:
            raise Refused(problems.not_there("there is no such document of a patient"))
        of, orders = KINDS[said["kind"]], list[Ordered]()
        days = (said.get("first", ""), said.get("last", ""))
        respond = partial(_respond, of=of, patient_id=patient_id, days=days, orders=orders)
        response = await reader.answer(http, facility_id, respond, views=of.reads)
        for each in orders:
            await asyncio.to_thread(_record, reader, each)
        return response

    @routes.get("/facilities/{facility_id}/sessions/{session_id}/sign-in-sheet")
    async def of_a_session(http: Request, facility_id: FacilityId, session_id: str) -> Response:
        respond = partial(_respond, of=SHEET, session_id=session_id)
        return await reader.answer(http, facility_id, respond, views=SHEET.reads)

    @routes.get("/facilities/{facility_id}/history/{kind}/{subject_id}/trail")
    async def trail_of(
        http: Request, facility_id: FacilityId, kind: Subject, subject_id: Id
    ) -> Response:
        subject: dict[str, Any] = {f"{kind}_id": subject_id}
        respond = partial(_respond, of=TRAIL, **subject)
        return await reader.answer(http, facility_id, respond, views=TRAIL.reads)

    return routes


def offered(page: Page) -> dict[str, str]:
    """Return the kinds that a patient's page offers to who asks, and what they are called."""
    return {each: says for each, says in OF_A_PATIENT.items() if page.may(KINDS[each].action)}


def _respond(
    page: Page,
    *,
    of: Kind,
    patient_id: str | None = None,
    days: tuple[str, str] = ("", ""),
    orders: list["Ordered"] | None = None,
    **other: Any,
) -> Response:
    """Return a document as PDF, to be shown in the browser. Raises Refused.

    It is of a patient, or of another subject by its id, as `Asked` names it. What has to be
    recorded before it is answered is added to the orders.
    """
    look = Look(of.action, {patient_id} if patient_id else set(), is_refused=True)
    page.looks.append(look)
    if not page.may(of.action):
        raise Refused(problems.not_allowed("your role does not include this"))
    reports = page.reports(of.action, patient_id)
    try:
        first, last = map(_day, days)
        asked = Asked(patient_id, first=first, last=last, asked_at=page.now, **other)
        standing = standing_at(page.context.journal, page.position, page.now)
        made = make(of.name, reports, asked, standing)
        content = made.pdf()
    except NobodyThere as why:
        look.patients |= reports.refused
        raise Refused(problems.not_there(str(why))) from None
    except (Unanswerable, documents.Refused) as why:
        raise Refused(problems.unanswerable(str(why))) from None
    look.is_refused = False
    look.patients |= made.document.patients
    if orders is not None:
        orders += [Ordered(page.asker.principal, each) for each in made.document.orders]
    return _inline(made, content)


@dataclass(frozen=True, slots=True)
class Ordered:
    """What has to be recorded before a document is answered, and who has it made."""

    principal: Principal
    order: Order


def _record(reader: PageReader, ordered: Ordered) -> None:
    """Have a command decided and recorded. Raises Refused where that is refused."""
    (name, arguments), who = ordered.order, ordered.principal
    author = user_author(who.name, who.account)
    context = CommandContext(f"document-{uuid.uuid4().hex}", reader.context.clock(), author)
    try:
        reader.context.commands.handle(context, COMMANDS[name], **arguments)
    except Refusal as why:
        raise Refused(problems.unanswerable(str(why))) from None


async def _body(http: Request) -> str:
    return (await http.body()).decode("utf-8", "replace")


def _day(said: str) -> date | None:
    """Return a day that a form says; None where it says none. Raises Unanswerable."""
    if not said:
        return None
    try:
        found = date.fromisoformat(said)
    except ValueError:
        found = None
    if found is None or bounds.day_problem(found):
        raise Unanswerable("give each day as a date, like 2026-11-22")
    return found


def _inline(made: Made, content: bytes) -> Response:
    name = f"{made.kind.name}-{made.number}.pdf"
    headers = {"content-disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)
