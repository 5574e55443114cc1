"""A document as HTTP makes it: for who may have it, of one moment, on record before it is answered.

One that tells somebody outside the program is a disclosure: that is recorded first, or nothing is
answered.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any, cast

import orjson
from starlette.responses import Response

from domain.aggregate import CommandContext, Event
from domain.author import user_author
from projections import attendance
from services.access.access_log import Outcome
from services.access.viewing import reads_own, viewer_of
from services.api import evenly, problems
from services.api.answers import CommandAnswers
from services.api.asker import Asker
from services.api.commands import POSITION
from services.api.context import Context
from services.api.document_requests import SUBJECTS
from services.api.earlier import earlier, with_merged
from services.api.permission import require
from services.api.problems import Refused
from services.api.questions import PATIENCE
from services.api.reading import NotMadeYet, Reads, day_at
from services.api.turns import Turns
from services.application.asked import Asked as Command
from services.application.unit_of_work import UnitOfWork
from services.audit.verification.evidence import EvidenceOnRecord
from services.command_endpoint import COMMANDS
from services.command_endpoint.answer import problem_of
from services.command_endpoint.handler import Request as Sent
from services.command_endpoint.problems import unknown_facility
from services.documents import kind as documents
from services.documents.facts import plain
from services.documents.kind import Asked, Kind, Order
from services.documents.making import MEDIA_TYPES, Form, Made, Standing, make
from services.journal import Journal, Receipt
from services.reports.queries import NobodyThere, ReportQueries, Unanswerable

NUMBER = "daybook-document"
"""The header with a document's number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document as somebody asks for it; `key` is their own name for a disclosure."""

    kind: Kind
    facility_id: str
    given: Mapping[str, Any]
    after: int | None
    asker: Asker
    key: str = ""

    @property
    def form(self) -> Form:
        """As what it is answered."""
        return cast("Form", self.given["format"])

    @property
    def patient_id(self) -> str | None:
        """The patient whom it is about, where it is about one."""
        return self.given.get("patient_id")

    @property
    def views(self) -> tuple[str, ...]:
        """The read models that it rests on, and by which it is known what is somebody's own."""
        own = reads_own(self.asker.principal, self.kind.action, self.facility_id)
        return tuple(dict.fromkeys((*self.kind.reads, "attendance", "directory", *own)))


@dataclass(frozen=True, slots=True)
class DocumentMaker:
    """Makes documents for who may have them made."""

    context: Context
    reads: Reads
    answers: CommandAnswers
    turns: Turns

    async def answer(self, wanted: Wanted) -> Response:
        """Answer a document, once it is on record who looks and who is told. Raises Refused."""
        refused: set[str] = {wanted.patient_id} if wanted.patient_id else set()
        began = evenly.now()
        with self.turns.of(wanted.asker.principal.account) as turn:
            try:
                require(wanted.asker, wanted.kind.action, wanted.facility_id)
                behind = await self._is_behind(wanted)
                async with turn:
                    read = partial(self._made, wanted, refused)
                    made, content = await self.reads.models.in_thread(read)
                await self._record(wanted, made.document.orders)
            except Refused:
                await self._looked(wanted, refused, "refused")
                await evenly.until_a_step(began)
                raise
            await self._looked(wanted, made.document.patients, "shown")
        return _response(made, content, wanted.form, behind=behind)

    async def _is_behind(self, wanted: Wanted) -> bool:
        if wanted.after is None:
            return False
        return not await self.reads.positions.reached(wanted.after, wanted.views, PATIENCE)

    def _made(self, wanted: Wanted, refused: set[str]) -> tuple[Made, bytes]:
        """Return a document, and as what it is sent; in a thread. Raises Refused.

        Whose record was asked for and is not theirs is added to `refused`.
        """
        found: list[ReportQueries] = []
        try:
            asked = asked_of(wanted, self.context.clock())
            with self._reports(wanted) as (reports, standing):
                found.append(reports)
                made = make(wanted.kind.name, reports, asked, standing)
            return made, made.content(wanted.form)
        except NobodyThere as why:
            refused.update(*(each.refused for each in found))
            raise Refused(problems.not_there(str(why))) from None
        except documents.Refused as why:
            raise Refused(problems.document_refused(str(why))) from None
        except Unanswerable as why:
            raise Refused(problems.unanswerable(str(why))) from None
        except NotMadeYet:
            raise Refused(problems.being_made(), {"retry-after": "1"}) from None

    @contextmanager
    def _reports(self, wanted: Wanted) -> Iterator[tuple[ReportQueries, Standing]]:
        """Yield who answers, of the present or of an earlier moment, and where the record stands.

        Raises Refused, NobodyThere, Unanswerable and NotMadeYet.
        """
        where, at, patient_id = wanted.facility_id, wanted.given.get("as_of"), wanted.patient_id
        now, context = self.context.clock(), self.context
        with self.reads.models.at_one_moment(wanted.views) as (conn, position):
            today = day_at(conn, attendance.FACILITIES, where, now)
            if today is None:
                raise Refused(unknown_facility(where))
            principal, action = wanted.asker.principal, wanted.kind.action
            viewer = viewer_of(conn, principal, action, where, today, patient_id=patient_id)
            present = ReportQueries(
                context.database_url,
                context.vault,
                now=now,
                facility_id=where,
                viewer=viewer,
                journal=context.journal,
                conn=conn,
                evidence=EvidenceOnRecord(context.journal),
            )
            if at is None:
                yield present, standing_at(context.journal, position, now)
                return
            if patient_id is None:
                raise Unanswerable("say of which patient: as_of shows one patient's record")
            present.patient(conn, patient_id)
            viewer = with_merged(viewer, conn)
        # No longer within the transaction: to fill views can take seconds.
        of = {"facility_id": where, "patient_id": patient_id}
        with earlier(context, self.reads.moments, **of, at=at, reads=wanted.views) as found:
            yield found.reports(context, where, viewer), Standing(found.position, found.at)

    async def _record(self, wanted: Wanted, orders: tuple[Order, ...]) -> None:
        """Have decided and recorded at once what a document is not handed out without.

        Raises Refused where that is refused, or the key stands for another document.
        """
        if not orders:
            return
        who, where = wanted.asker.principal, wanted.facility_id
        named = f"{who.account}:{wanted.key}"
        said = orjson.dumps(plain(list(orders)), option=orjson.OPT_SORT_KEYS)

        def decision(work: UnitOfWork) -> None:
            for name, arguments in orders:
                COMMANDS[name].decide(work, **arguments)

        command = Command(
            CommandContext(named, self.context.clock(), user_author(who.name, who.account)),
            decision,
            where,
            Receipt(where, named, self.context.vault.command_hash(said)),
        )
        outcome = await self.answers.outcome(f"{where} {who.account}", command, many_sessions=False)
        if isinstance(outcome, Exception):
            sent = Sent(where, who.account, COMMANDS[orders[0][0]], wanted.key, b"", who)
            raise Refused(problem_of(outcome, sent))

    async def _looked(self, wanted: Wanted, patient_ids: Iterable[str], outcome: Outcome) -> None:
        where, action = wanted.facility_id, wanted.kind.action
        await self.context.looked(wanted.asker, where, action, patient_ids, outcome=outcome)


def asked_of(wanted: Wanted, now: datetime) -> Asked:
    """Return what a document is asked about, at the present moment. Raises Unanswerable."""
    known = {each.name for each in fields(Asked)}
    given = {name: each for name, each in wanted.given.items() if name in known}
    if wanted.kind.about == "record" and sum(given[each] is not None for each in SUBJECTS) != 1:
        raise Unanswerable(f"say what it is about by one of {', '.join(SUBJECTS)}")
    if given.get("consent_id") and given.get("recipient"):
        raise Unanswerable("consent_id and recipient exclude each other")
    if "scope" in given:
        given["scope"] = tuple(dict.fromkeys(given["scope"]))
    return Asked(**given, asked_at=now)


def standing_at(journal: Journal, position: int, now: datetime) -> Standing:
    """Return where a document stands: at a position, and the moment of the event that is there."""
    found = journal.at(position)
    last = cast("Event", journal.mapper.to_domain_event(found)) if found else None
    return Standing(position, last.timestamp if last else now)


def _response(made: Made, content: bytes, form: Form, *, behind: bool) -> Response:
    headers = {
        POSITION: str(made.standing.position),
        NUMBER: made.number,
        "content-disposition": f'inline; filename="{made.kind.name}-{made.number}.{form}"',
    }
    if behind:
        headers["daybook-behind"] = "true"
    return Response(content, 200, headers, MEDIA_TYPES[form])
