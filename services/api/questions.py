"""The questions over HTTP: each one of the registry, asked of the read models as of one moment.

Who asks is shown what the table of rights gives them; each answer that shows patients, and each
refusal, is on record before it is sent.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Body, Depends, Header, Query, Request
from starlette.responses import Response

from projections import attendance, schedule
from services.access.rights import NONE, reach
from services.access.viewing import may_ask, reads_own, viewer_of
from services.api import evenly, problems
from services.api.asked_question import Asked
from services.api.asker import Asker, AskerOf
from services.api.body import FacilityId
from services.api.context import Context
from services.api.earlier import earlier, with_merged
from services.api.openapi import problem_responses
from services.api.paging import BadCursor, Cursors, page_of
from services.api.permission import require
from services.api.problems import Refused
from services.api.question_answers import CSV, HEADERS, Answered, response_of
from services.api.question_models import AFTER, LAST_POSITION, answer_of, parameters_of
from services.api.reading import NotMadeYet, Reads, day_at
from services.api.turns import Turns
from services.audit.verification.evidence import EvidenceOnRecord
from services.command_endpoint.problems import unknown_facility
from services.reports.explanation import NoSuchFinding
from services.reports.queries import NobodyThere, ReportQueries, Unanswerable
from services.reports.questions import QUESTIONS, Question
from services.reports.report import Report

PATIENCE = 5.0
"""Seconds for which an answer waits until it reflects a position, at most."""

BOUNDED = frozenset({"limit", "cursor", "after", "as_of"})
"""What a question is asked with that is not about its subject."""

PATHS = {
    "facility": "/facilities/{{facility_id}}/{name}",
    "search": "/facilities/{{facility_id}}/{name}/search",
    "everywhere": "/{name}",
}
"""Where a question stands, by whom it is about."""

REFUSALS = problem_responses(400, 401, 403, 404, 422, 429, 503)


def question_routes(context: Context, asker_of: AskerOf, reads: Reads) -> APIRouter:
    """Return a route for each question."""
    routes = APIRouter(prefix="/v1", tags=["Questions"])
    answerer = Answerer(context, reads, Turns())
    for question in QUESTIONS.values():
        _add(routes, answerer, asker_of, question)
    return routes


def _add(
    routes: APIRouter, answerer: "Answerer", asker_of: AskerOf, question: Question[..., Any]
) -> None:
    Asks = parameters_of(question)  # noqa: N806 - a type
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type
    After = Annotated[  # noqa: N806 - a type
        int | None,
        Header(alias="Daybook-After", description=AFTER.description, ge=0, le=LAST_POSITION),
    ]
    Known = Annotated[  # noqa: N806 - a type
        str | None,
        Header(
            alias="If-None-Match",
            description="The ETag of an answer that is at hand.",
            examples=['W/"58a82c18244d889f976f1eddd1b81ea9"'],
        ),
    ]
    Where = _path_or_everywhere(question)  # noqa: N806 - a type
    place = Body() if question.scope == "search" else Query()

    async def answer(
        *,
        http: Request,
        asker: Who,
        facility_id: Where,  # type: ignore[valid-type]
        said: Annotated[Asks, place],  # type: ignore[valid-type]
        daybook_after: After = None,
        if_none_match: Known = None,
    ) -> Response:
        given = said.model_dump()  # type: ignore[attr-defined]
        asked = Asked(
            question,
            facility_id,
            {name: each for name, each in given.items() if name not in BOUNDED},
            given.get("limit", 1),
            given.get("cursor"),
            daybook_after if given["after"] is None else given["after"],
            given.get("as_of"),
            asker,
        )
        wants_csv = bool(question.columns) and _wants_csv(http)
        return await answerer.answer(asked, wants_csv=wants_csv, known=if_none_match)

    routes.add_api_route(
        PATHS[question.scope].format(name=question.name),
        answer,
        methods=["POST" if question.scope == "search" else "GET"],
        operation_id=question.name.replace("-", "_"),
        summary=question.says,
        description=question.explains,
        response_model=answer_of(question),
        responses={
            200: {
                "headers": HEADERS,
                "content": {CSV: {"schema": {"type": "string"}}} if question.columns else {},
            },
            304: {"description": "The answer is the one at hand.", "headers": HEADERS},
            **REFUSALS,
        },
    )


def _path_or_everywhere(question: Question[..., Any]) -> Any:
    """Return how a route is told the facility: by its address, or (None) not at all."""
    if question.scope == "everywhere":
        return Annotated[None, Depends(lambda: None)]
    return FacilityId


def _wants_csv(http: Request) -> bool:
    first = http.headers.get("accept", "").partition(",")[0]
    return first.partition(";")[0].strip() == CSV


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers questions of who may ask them."""

    context: Context
    reads: Reads
    turns: Turns

    async def answer(self, asked: Asked, *, wants_csv: bool, known: str | None) -> Response:
        """Answer a question, once it is on record who looks. Raises Refused."""
        with self.turns.of(asked.asker.principal.account) as turn:
            return await self._answer(asked, turn, wants_csv=wants_csv, known=known)

    async def _answer(
        self, asked: Asked, turn: asyncio.Semaphore, *, wants_csv: bool, known: str | None
    ) -> Response:
        began = evenly.now()
        try:
            self._check_allowed(asked)
            behind = await self._is_behind(asked)
            async with turn:
                found = await self.reads.models.in_thread(partial(self._found, asked))
        except Refused:
            await self._looked(asked, [asked.patient_id] if asked.patient_id else (), "refused")
            await evenly.until_a_step(began)
            raise
        if found.refused and not found.patients:
            await self._looked(asked, found.refused, "refused")
        elif asked.shows_patients:
            about = {asked.patient_id} if asked.patient_id else set()
            await self._looked(asked, found.patients | about, "shown")
        reached = asked.after if asked.after is not None and not behind else 0
        found = replace(found, position=max(found.position, reached))
        return response_of(found, behind=behind, wants_csv=wants_csv, known=known)

    def _check_allowed(self, asked: Asked) -> None:
        where = asked.facility_id
        if where is None:
            return
        if asked.asker.is_emergency:
            if may_ask(asked.asker.principal, asked.name, where, emergency=True):
                return
            raise Refused(
                problems.not_allowed("an emergency opens this to nobody in a role of yours")
            )
        require(asked.asker, asked.name, where)

    async def _is_behind(self, asked: Asked) -> bool:
        if asked.after is None:
            return False
        return not await self.reads.positions.reached(asked.after, self._views(asked), PATIENCE)

    def _views(self, asked: Asked) -> list[str]:
        """Return the read models that an answer rests on, and what it shows to whom."""
        own = reads_own(asked.asker.principal, asked.name, asked.facility_id or "")
        return list(dict.fromkeys((*asked.question.views(asked.arguments), *own)))

    def _found(self, asked: Asked) -> Answered:
        """Return what is answered; in a thread. Raises Refused."""
        try:
            return self._read(asked)
        except (NobodyThere, NoSuchFinding) as why:
            raise Refused(problems.not_there(str(why))) from None
        except Unanswerable as why:
            raise Refused(problems.unanswerable(str(why))) from None
        except BadCursor:
            raise Refused(problems.bad_cursor()) from None
        except NotMadeYet:
            raise Refused(problems.being_made(), {"retry-after": "1"}) from None

    def _read(self, asked: Asked) -> Answered:
        cursors = Cursors(self.context.vault)
        after = cursors.open(asked.cursor, asked.bound_to) if asked.cursor else None
        with self._reports(asked) as (reports, position):
            answer = asked.question(reports, **asked.arguments)
            shown, key = answer, None
            if isinstance(answer, Report):
                page = page_of(self._theirs(asked, answer), after, asked.limit)
                shown, key = page.report, page.ends_at
            return Answered(
                shown,
                position,
                cursors.seal(key, asked.bound_to) if key else None,
                reports.notes,
                shown.patients,
                frozenset(reports.refused),
                key,
            )

    @contextmanager
    def _reports(self, asked: Asked) -> Iterator[tuple[ReportQueries, int]]:
        """Yield who answers, and the position as of which they do."""
        with self.reads.models.at_one_moment(self._views(asked)) as (conn, position):
            present = self._present(conn, asked)
            if asked.as_of is None:
                yield present, position
                return
            if asked.facility_id is None or asked.patient_id is None:
                raise Unanswerable("say of which patient: as_of shows one patient's record")
            present.patient(conn, asked.patient_id)
            viewer = with_merged(present.viewer, conn)
        # No longer within the transaction: to fill views can take seconds.
        with earlier(
            self.context,
            self.reads.moments,
            facility_id=asked.facility_id,
            patient_id=asked.patient_id,
            at=asked.as_of,
            reads=asked.question.views(asked.arguments),
        ) as found:
            yield found.reports(self.context, asked.facility_id, viewer), found.position

    def _present(self, conn: psycopg.Connection[Any], asked: Asked) -> ReportQueries:
        now, where = self.context.clock(), asked.facility_id
        reports = ReportQueries(
            self.context.database_url,
            self.context.vault,
            now=now,
            facility_id=where,
            journal=self.context.journal,
            evidence=EvidenceOnRecord(self.context.journal),
            conn=conn,
        )
        if where is None:
            return reports
        reports.viewer = viewer_of(
            conn,
            asked.asker.principal,
            asked.name,
            where,
            _today(conn, asked, reports),
            patient_id=asked.patient_id,
            emergency=asked.asker.is_emergency,
        )
        return reports

    def _theirs(self, asked: Asked, report: Report) -> Report:
        """Return those facilities alone at which somebody may ask, where it is about several."""
        if asked.question.scope != "everywhere":
            return report
        at = report.columns.index("facility_id")
        principal, name = asked.asker.principal, asked.name
        kept = [
            number
            for number, row in enumerate(report.rows)
            if reach(principal, name, row[at]) is not NONE
        ]
        return report.only(kept)

    async def _looked(self, asked: Asked, patient_ids: Iterable[str], outcome: Any) -> None:
        await self.context.looked(
            asked.asker, asked.facility_id, asked.name, patient_ids, outcome=outcome
        )


def _today(conn: psycopg.Connection[Any], asked: Asked, reports: ReportQueries) -> date:
    """Return the day on the facility's clocks. Raises Refused where there is no such facility."""
    known = schedule if "schedule" in asked.question.reads else attendance
    day = day_at(conn, known.FACILITIES, str(asked.facility_id), reports.now)
    if day is None:
        raise Refused(unknown_facility(str(asked.facility_id)))
    return day
