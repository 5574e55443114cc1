"""Kiosks: the tablets at the door, and the programs of others, each with a token of its own."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.access.principal import Role
from services.access.rights_table import COMMANDS
from services.access.tokens import Token
from services.api.body import FacilityId
from services.web.operations_sections import KIOSKS, opened
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader

SCOPES = [action for row in COMMANDS if Role.KIOSK in row.may for action in row.actions]
"""What a tablet at the door is good for."""

DAYS = 180
"""For how many days a new token is good, unless somebody says otherwise."""


def kiosk_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter(route_class=PageRoute, prefix="/facilities/{facility_id}/operations")
    views = ("schedule",)

    @routes.get("/kiosks")
    async def kiosks(http: Request, facility_id: FacilityId) -> Response:
        return await reader.show(http, facility_id, "operations_kiosks.html", _kiosks, views=views)

    @routes.get("/add-kiosk")
    async def add_kiosk(http: Request, facility_id: FacilityId) -> Response:
        template = "operations_add_kiosk.html"
        return await reader.show(http, facility_id, template, _new_kiosk, views=views)

    return routes


def _kiosks(page: Page) -> dict[str, Any]:
    shown = opened(page, KIOSKS)
    tokens = [
        each for each in page.context.access.tokens.all() if each.facility_id == page.facility_id
    ]
    return {
        **shown,
        "kiosks": [each for each in tokens if each.role is Role.KIOSK],
        "programs": [each for each in tokens if each.role is Role.SERVICE],
        "state_of": lambda token: _state(page, token),
    }


def _new_kiosk(page: Page) -> dict[str, Any]:
    given = {"role": Role.KIOSK.value, "facility_id": page.facility_id, "scopes": SCOPES}
    return {**opened(page, KIOSKS), "given": given, "days": DAYS}


def _state(page: Page, token: Token) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at <= page.now else "good"
