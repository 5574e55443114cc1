"""Week: what is on, where and under whom, with its places; and what a change would do to people."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from domain.facility import Facility
from domain.plurals import counted
from domain.times import WeekStart, week_of
from services.access.rights import NONE, reach
from services.api.answers import CommandAnswers
from services.api.asker import Asker
from services.api.body import FacilityId
from services.api.previews import Preview, Previewer
from services.api.problems import Refused
from services.command_endpoint.problems import Problem, unknown_facility
from services.reports.sessions import sessions
from services.reports.sites import facilities
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader
from services.web.week_changes import change_of
from services.web.week_form import Change, Given, Unsound
from services.web.week_panel import panel_of
from services.web.week_preview import Site, ghosts, lines, refusal, undo_of
from services.web.week_sessions import Block, title_of, week_of_page
from services.web.words import hours

By = Literal["days", "rooms", "staff"]

MINUTE = timedelta(minutes=1)

Fields = Annotated[dict[str, str], Body()]


class Asked(BaseModel):
    """What of the week is shown: it stands in the address, so that reload and back keep it."""

    week: date | None = None
    by: By = "days"
    track: tuple[str, ...] = ()
    session: str | None = None
    do: str | None = None
    program: str | None = None
    day: date | None = None

    def url(self, page: Page, **changes: Any) -> str:
        """Return the address of the week with some of it changed."""
        asked = self.model_copy(update=changes)
        given = {
            "week": asked.week,
            "by": asked.by if asked.by != "days" else None,
            "track": asked.track or None,
            "session": asked.session,
            "do": asked.do,
            "program": asked.program,
            "day": asked.day,
        }
        query = urlencode({name: each for name, each in given.items() if each}, doseq=True)
        return f"{page.base}/week{'?' if query else ''}{query}"

    def closed(self, page: Page) -> str:
        """Return the address with nothing open beside the week."""
        return self.url(page, session=None, do=None, program=None, day=None)


def week_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)
    previews = _Previews(reader)

    @routes.get("/facilities/{facility_id}/week")
    async def week(
        http: Request, facility_id: FacilityId, asked: Annotated[Asked, Query()]
    ) -> Response:
        return await reader.show(http, facility_id, "week.html", partial(_week, asked=asked))

    @routes.post("/facilities/{facility_id}/week/preview")
    async def week_preview(http: Request, facility_id: FacilityId, fields: Fields) -> Response:
        return await previews.show(http, facility_id, fields)

    return routes


def _week(page: Page, asked: Asked) -> dict[str, Any]:
    starts_on = cast("WeekStart", page.facility.week_starts_on)
    first = week_of(asked.week or page.today, starts_on)
    asked = asked.model_copy(update={"week": first})
    rows = page.rows(sessions, week=first)
    site = _site(page)
    shown = week_of_page(page, site, rows, first, set(asked.track))
    by_row = _by_rows(asked.by, site, shown.blocks)
    selected = next((each for each in rows if each["session_id"] == asked.session), None)
    return {
        "asked": asked,
        "week": shown,
        "title": title_of(shown.days),
        "this_week": week_of(page.today, starts_on),
        "one_week": timedelta(weeks=1),
        "selected": selected,
        "by_row": [each for each in by_row if each.blocks],
        "without": [each.name for each in by_row if not each.blocks],
        **panel_of(page, site, selected),
    }


@dataclass(frozen=True, slots=True)
class Row:
    """The sessions of a room, or of somebody who leads them, and how much that is, in words."""

    name: str
    blocks: list[Block]
    load: str = ""

    @classmethod
    def of(cls, name: str, blocks: list[Block]) -> "Row":
        """Return a row; what was called off is not counted."""
        held = [each.row for each in blocks if each.row["state"] != "called_off"]
        minutes = sum((each["ends_at"] - each["starts_at"]) // MINUTE for each in held)
        return cls(
            name, blocks, f"{counted(len(held), 'session')}, {hours(minutes)}" if held else ""
        )


def _by_rows(by: By, site: dict[str, Any], blocks: list[Block]) -> list[Row]:
    """Return the rooms, or the people who lead, each with their sessions."""
    if by == "days":
        return []
    one, named = ("room_id", site["rooms"]) if by == "rooms" else ("staff_id", site["staff"])
    found = [
        Row.of(str(each["name"]), [block for block in blocks if block.row[one] == each[one]])
        for each in named
    ]
    nobody = [block for block in blocks if block.row[one] is None]
    return found + ([Row("Nobody leads it", nobody)] if nobody else [])


def _site(page: Page) -> dict[str, Any]:
    """Return the programs, tracks, rooms and staff of the facility."""
    return page.rows(facilities)[0]


@dataclass(slots=True)
class _Found:
    """What came of a form: what is wrong with it, or what it would do."""

    faults: tuple[str, ...] = ()
    change: Change | None = None
    preview: Preview | None = None
    problem: Problem | None = None


class _Previews:
    """Says what the form of a change would do."""

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader
        self._made: Previewer | None = None

    async def show(self, http: Request, facility_id: str, fields: Mapping[str, str]) -> Response:
        """Return what a form would do, as a part of the page."""
        asker = await self._reader.asker_of(http)
        found = _Found()
        try:
            found.change = await asyncio.to_thread(
                lambda: change_of(self._given(asker, facility_id, fields))
            )
            change = found.change
            found.preview = await self._previewer.look(
                asker, facility_id, change.command, orjson.dumps(change.payload)
            )
            found.problem = found.preview.problem
        except Unsound as why:
            found.faults = (str(why),)
        except Refused as why:
            found.problem = why.problem
        build = partial(_preview, found=found, first=fields.get("week", ""))
        return await self._reader.show(http, facility_id, "week_preview.html", build)

    def _given(self, asker: Asker, facility_id: str, fields: Mapping[str, str]) -> Given:
        """Return what was given in a form. Raises Refused where there is no such facility."""
        journal = self._reader.context.journal
        facility = journal.load(Facility.id_of(facility_id))
        if not (isinstance(facility, Facility) and asker.principal.at(facility_id)):
            raise Refused(unknown_facility(facility_id))

        def may(action: str) -> bool:
            return reach(asker.principal, action, facility_id) is not NONE

        return Given(journal, facility_id, ZoneInfo(facility.timezone), may, fields)

    @property
    def _previewer(self) -> Previewer:
        """Who decides without saving; made in the loop in which requests are answered."""
        if self._made is None:
            context = self._reader.context
            self._made = Previewer(context, CommandAnswers(context.commands))
        return self._made


def _preview(page: Page, found: _Found, first: str) -> dict[str, Any]:
    site, preview, change = _site(page), found.preview, found.change
    names = Site.of(site)
    ready = change is not None and change.whole and found.problem is None
    known = (change, preview) if change and preview else None
    return {
        "change": change,
        "faults": found.faults,
        "refusal": refusal(preview, found.problem) if found.problem else "",
        "undo": undo_of(*known) if known else None,
        "lines": list(lines(page, names, *known)) if known else [],
        "is_ready": ready,
        "may_release": page.may("session.release-patient"),
        "ghosts": ghosts(preview, date.fromisoformat(first)) if preview and first else [],
        "names": names,
    }
