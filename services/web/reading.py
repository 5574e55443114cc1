"""How a page is read: all of its questions of one moment, and who looks at whom on record."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from fastapi import Request
from psycopg.rows import namedtuple_row
from starlette.responses import HTMLResponse, Response

from domain import bounds
from projections import schedule
from services.access.access_log import Outcome
from services.access.page_looks import PageLooks
from services.access.principal import Principal
from services.api import evenly, problems
from services.api.asker import Asker, AskerOf
from services.api.commands import POSITION
from services.api.context import Context
from services.api.earlier import earlier
from services.api.problems import Refused
from services.api.questions import PATIENCE
from services.api.reading import Reads
from services.api.turns import Turns
from services.command_endpoint.problems import unknown_facility
from services.web.page import Facility, Look, Page, Past
from services.web.rendering import render

AFTER = "daybook-after"
"""The header with the position that a page has to reflect."""

DOOR = ("directory", "schedule", "attendance", "care")
"""The read models that tell who is expected, who is there, and who they are."""

JUDGED = (*DOOR, "compliance")
"""Those that tell, too, what it comes to by the rules."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a patient at a moment, which is given as an address or a form has it."""

    patient_id: str
    at: str

    def instant(self, zone: ZoneInfo) -> datetime:
        """Return the moment; without an offset it is on the facility's clocks. Raises Refused."""
        try:
            at = datetime.fromisoformat(self.at)
        except ValueError:
            at = None
        if at is None or bounds.day_problem(at.date()):
            raise Refused(
                problems.unanswerable("give a moment as a date and time: 2026-11-12T15:00")
            )
        return at if at.tzinfo else at.replace(tzinfo=zone)


Build = Callable[[Page], dict[str, Any]]
"""Reads what a template shows; runs in a thread."""


@dataclass(frozen=True, slots=True)
class PageReader:
    """Shows pages to who may see them."""

    context: Context
    asker_of: AskerOf
    reads: Reads
    turns: Turns
    looks: PageLooks

    async def show(
        self,
        http: Request,
        facility_id: str,
        template: str,
        build: Build,
        *,
        views: tuple[str, ...] = DOOR,
        known: Known | None = None,
        emergency: str | None = None,
    ) -> Response:
        """Return a page by its template, once it is on record who looks. Raises Refused.

        See `answer`. While the page stays open it is on record as `PageLooks` says.
        """

        def respond(page: Page) -> Response:
            return HTMLResponse(render(template, page=page, **build(page)))

        stays = http.method == "GET" and known is None
        return await self.answer(
            *(http, facility_id, respond),
            views=views,
            known=known,
            emergency=emergency,
            stays=stays,
        )

    async def answer(
        self,
        http: Request,
        facility_id: str,
        respond: Callable[[Page], Response],
        *,
        views: tuple[str, ...],
        known: Known | None = None,
        emergency: str | None = None,
        stays: bool = False,
    ) -> Response:
        """Return what is made of a page, once it is on record who looks. Raises Refused.

        It reflects at least the position that the request names (`Daybook-After`), as far as the
        views get there in time. With `known` it is that of an earlier moment. With `emergency`, the
        reason of one, all is shown of a patient, and that goes on record. What `stays` open and is
        fetched again is on record as often as `PageLooks` says, anything else each time.
        """
        asker = await self.asker_of(http)
        if emergency is not None:
            asker = replace(asker, reason=emergency)
        after = _position(http.headers.get(AFTER, ""))
        address = f"{http.url.path}?{http.url.query}" if stays else None
        began = evenly.now()
        made: list[Page] = []

        def read() -> Response:
            with self._at_one_moment(asker, facility_id, views, reached=after) as page:
                made.append(page)
                if known is None:
                    return respond(page)
                with self._earlier(page, known, views) as past:
                    made[:] = [past]
                    return respond(past)

        with self.turns.of(asker.principal.account) as turn:
            if after and not await self.reads.positions.reached(after, views, PATIENCE):
                after = 0
            try:
                async with turn:
                    response = await self.reads.models.in_thread(read)
            except Refused:
                await self._on_record(made, address, is_shown=False)
                await evenly.until_a_step(began)
                raise
        await self._on_record(made, address, is_shown=True)
        response.headers[POSITION] = str(made[0].position)
        return response

    @contextmanager
    def _at_one_moment(
        self, asker: Asker, facility_id: str, views: tuple[str, ...], *, reached: int
    ) -> Iterator[Page]:
        with self.reads.models.at_one_moment(views) as (conn, position):
            theirs = _facilities(conn, asker.principal)
            facility = next((each for each in theirs if each.facility_id == facility_id), None)
            if facility is None:
                raise Refused(unknown_facility(facility_id))
            now = self.context.clock().astimezone(facility.zone)
            at = max(position, reached)
            yield Page(asker, facility, theirs, now, at, conn, self.context)

    @contextmanager
    def _earlier(self, page: Page, known: Known, views: tuple[str, ...]) -> Iterator[Page]:
        """Yield the page as it was at a moment. Raises Refused."""
        page.check_patient(known.patient_id)
        with (
            earlier(
                self.context,
                self.reads.moments,
                facility_id=page.facility_id,
                patient_id=known.patient_id,
                at=known.instant(page.facility.zone),
                reads=views,
            ) as moment,
            psycopg.connect(moment.url, row_factory=namedtuple_row) as conn,
        ):
            now, at = moment.at.astimezone(page.facility.zone), moment.position
            same = (page.asker, page.facility, page.facilities)
            yield Page(*same, now, at, conn, self.context, past=Past(moment, page))

    async def _on_record(self, made: list[Page], address: str | None, *, is_shown: bool) -> None:
        """Put on record what was refused, and what was shown if the page is, with one commit."""
        looks = [
            self._looked(page, look, address)
            for page in made
            for look in page.looks
            if look.is_refused or (look.patients and is_shown)
        ]
        await asyncio.gather(*looks)

    async def _looked(self, page: Page, look: Look, address: str | None) -> None:
        outcome: Outcome = "refused" if look.is_refused else "shown"
        asker, at = page.asker, page.facility_id
        entry = self.context.entry(asker, at, look.question, look.patients, outcome=outcome)
        if address is None or asker.session_id is None:
            await self.context.log.record(entry)
        else:
            await self.looks.record(entry, sign_in=asker.session_id, address=address)


def _position(given: str) -> int:
    """Return the position that a request names; 0 where it names none."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def _facilities(conn: psycopg.Connection[Any], principal: Principal) -> tuple[Facility, ...]:
    """Return the facilities at which somebody has a role."""
    granted = {each.facility_id for each in principal.grants}
    return tuple(
        Facility(*row)
        for row in conn.execute(schedule.FACILITIES)
        if row.facility_id in granted or None in granted
    )
