"""Today: who is expected, who is here, who will not come."""

from datetime import date
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.api.body import FacilityId
from services.reports.roster import roster
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader


def today_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/today")
    async def today(http: Request, facility_id: FacilityId, day: date | None = None) -> Response:
        return await reader.show(http, facility_id, "today.html", partial(_today, day=day))

    return routes


def _today(page: Page, day: date | None) -> dict[str, Any]:
    shown = day or page.today
    rows = page.rows(roster, day=shown)
    sessions = [list(each) for _, each in groupby(rows, key=itemgetter("session_id"))]
    return {"day_shown": shown, "sessions": sessions}
