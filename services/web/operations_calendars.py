"""Calendars that programs read: of whom, since when, and that one is read no longer."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from projections import schedule
from services.api.body import FacilityId
from services.web.operations_sections import CALENDARS, opened
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader


def calendar_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/operations/calendars")
    async def calendars(http: Request, facility_id: FacilityId) -> Response:
        template = "operations_calendars.html"
        return await reader.show(http, facility_id, template, _calendars, views=("schedule",))

    return routes


def _calendars(page: Page) -> dict[str, Any]:
    shown = opened(page, CALENDARS)
    staff = page.conn.execute(schedule.STAFF, {"today": page.today})
    return {
        **shown,
        "calendars": page.context.access.feeds.good(page.facility_id),
        "staff": {
            each.staff_id: each.name for each in staff if each.facility_id == page.facility_id
        },
    }
