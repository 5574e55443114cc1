"""Kiosks: the tablets at the door, and the programs of others, each with a token of its own."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.access.kiosks import ACTION, Kiosk
from services.access.principal import Role
from services.access.tokens import Token
from services.api.body import FacilityId
from services.web.operations_sections import KIOSKS, opened
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader

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


@dataclass(frozen=True, slots=True)
class Tablet:
    """A token, and how the kiosk stands that has it; None for a program that shows its own page."""

    token: Token
    kiosk: Kiosk | None
    state: str


def _kiosks(page: Page) -> dict[str, Any]:
    shown = opened(page, KIOSKS)
    access = page.context.access
    tokens = [each for each in access.tokens.all() if each.facility_id == page.facility_id]
    kiosks = {each.name: each for each in access.kiosks.all()}
    return {
        **shown,
        "kiosks": [_tablet(page, each, kiosks) for each in tokens if each.role is Role.KIOSK],
        "programs": [each for each in tokens if each.role is Role.SERVICE],
        "state_of": lambda token: _state(page, token),
    }


def _tablet(page: Page, token: Token, kiosks: dict[str, Kiosk]) -> Tablet:
    state = _state(page, token)
    kiosk = kiosks.get(token.name) if state == "good" and ACTION in token.scopes else None
    if kiosk and kiosk.set_up_at is None:
        state = "not set up"
    elif kiosk and kiosk.locked_until and kiosk.locked_until > page.now:
        state = "locked"
    return Tablet(token, kiosk, state)


def _new_kiosk(page: Page) -> dict[str, Any]:
    return {**opened(page, KIOSKS), "given": {"facility_id": page.facility_id}, "days": DAYS}


def _state(page: Page, token: Token) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at <= page.now else "good"
