"""Operations: how Daybook stands, and what to do where something does not go on."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.api.body import FacilityId
from services.api.operations import StatusShown, status_shown
from services.api.problems import Refused
from services.web.operations_sections import STANDS, opened, sections_of
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader

VIEWS = {
    "directory": "Who patients are",
    "schedule": "Sessions, rooms, staff and groups",
    "attendance": "Who came, and for how long",
    "care": "Stays, plans, assessments and tests",
    "compliance": "What the rules came to",
}
"""What each view has, in words."""

STREAMS = {
    "events": "All that is recorded",
    "findings": "Findings that turned",
    "billable days": "Days that can be billed",
    "disclosures": "What recipients outside are told, as patients consented",
}

SEALS = {
    "journal": "All that is recorded",
    "access": "Who looked at records",
    "findings": "Findings that were told",
    "billable": "Billable days that were told",
    "shared": "What recipients were told",
}

MANAGERS = {
    "closing": "Close sessions that are over",
    "discharges": "Follow up on discharges",
    "draws": "Draw random drug tests",
    "horizon": "Schedule the weeks ahead",
    "places": "Offer places that come free",
}
"""What each manager sees to, in words."""


def operations_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/operations")
    async def operations(http: Request, facility_id: FacilityId) -> Response:
        theirs = sections_of((await reader.asker_of(http)).principal, facility_id)
        if theirs and STANDS not in theirs:
            return RedirectResponse(f"/facilities/{facility_id}/{theirs[0].path}", 303)
        found, away = await _found(reader) if theirs else (None, "")
        build = partial(_stands, found=found, away=away)
        return await reader.show(http, facility_id, "operations.html", build, views=("schedule",))

    return routes


async def _found(reader: PageReader) -> tuple[StatusShown | None, str]:
    """Return how all stands; or None, and what does not answer."""
    try:
        return await status_shown(reader.context), ""
    except Refused as why:
        return None, why.problem.detail


def _stands(page: Page, *, found: StatusShown | None, away: str) -> dict[str, Any]:
    words = {"views": VIEWS, "streams": STREAMS, "managers": MANAGERS, "seals": SEALS}
    return {**opened(page, STANDS), "found": found, "away": away, "words_for": words}
