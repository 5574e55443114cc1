"""Imports: a clinic's folder, looked at first, and then taken in."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.api.body import FacilityId
from services.api.imports import BODY, CLINIC_FILES, WHAT
from services.web.operations_sections import IMPORTS, opened
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader

# In base64 a file is a third larger.
OFFERED: Mapping[str, Any] = {
    "files": CLINIC_FILES,
    "names": [each.name for each in CLINIC_FILES],
    "largest": BODY.size // 4 * 3,
}
"""Which files are taken, with their columns, and how many bytes of them at once."""

EARLIER = 5
"""Imports that are listed, at most."""


def import_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/operations/imports")
    async def imports(http: Request, facility_id: FacilityId) -> Response:
        template = "operations_imports.html"
        return await reader.show(http, facility_id, template, _imports, views=("schedule",))

    return routes


def _imports(page: Page) -> dict[str, Any]:
    shown = opened(page, IMPORTS)
    log = page.context.access.log
    return {
        **shown,
        **OFFERED,
        "earlier": log.find(facility_id=page.facility_id, what=WHAT, limit=EARLIER),
    }
