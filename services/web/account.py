"""One's own account: where one is signed in, passkeys, the password, and a calendar."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.access.passkeys import needs_passkey, passkeys_of
from services.api.body import FacilityId
from services.api.calendar_feeds import holder_of
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader


def account_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/account")
    async def account(http: Request, facility_id: FacilityId) -> Response:
        return await reader.show(http, facility_id, "account.html", _account, views=("schedule",))

    return routes


def _account(page: Page) -> dict[str, Any]:
    access, account = page.context.access, page.asker.principal.account
    holder = holder_of(page.asker, page.facility_id)
    return {
        "may_have_calendar": holder is not None,
        "calendar": access.feeds.of(holder) if holder else None,
        "passkeys": passkeys_of(access.database, account),
        "needs_passkey": needs_passkey(access.database, account),
        "sign_ins": access.sessions.all(account),
        "current": page.asker.session_id,
    }
