"""The page of a tablet at the door, and what keeps it there without a connection."""

import asyncio
import base64

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from domain.facility import Facility
from services.api.context import Context
from services.api.kiosk import kiosk_of
from services.api.kiosk_sealing import KioskSealing
from services.web.kiosk_texts import LANGUAGES, kiosk_texts
from services.web.problem_pages import PageRoute
from services.web.rendering import STATIC, render, static, static_version

WORKER = "/kiosk-worker.js"
"""Where the worker stands: it answers for addresses beside it, and is given `/kiosk` alone."""

FILES = (
    *("daybook.css", "kiosk.css", "icon.svg", "html.js"),
    *("kiosk.js", "kiosk_queue.js", "kiosk_sealing.js", "kiosk_set_up.js"),
    *("fonts/source-sans-3.woff2", "fonts/source-serif-4.woff2"),
)
"""What the page loads."""


def kiosk_page(context: Context) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)
    key = base64.b64encode(KioskSealing(context.vault).public_key).decode()

    @routes.get("/kiosk")
    async def kiosk(http: Request) -> Response:
        found = await kiosk_of(context, http)
        facility_id = found.grants[0].facility_id if found else None
        site = facility_id and await asyncio.to_thread(
            context.journal.load, Facility.id_of(facility_id)
        )
        if not isinstance(site, Facility):
            return HTMLResponse(render("kiosk_set_up.html"))
        texts = kiosk_texts()
        html = render(
            "kiosk.html", site=site, key=key, worker=WORKER, texts=texts, says=texts[LANGUAGES[0]]
        )
        return HTMLResponse(html)

    @routes.get(WORKER)
    async def worker() -> Response:
        source = (STATIC / "kiosk_worker.js").read_text("utf-8")
        said = {"VERSION": static_version(), "FILES": [static(each) for each in FILES]}
        lines = [f"const {name} = {orjson.dumps(each).decode()};\n" for name, each in said.items()]
        return Response("".join((*lines, source)), media_type="text/javascript")

    return routes
