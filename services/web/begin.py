"""Where a site begins that has no facility yet: its folder is taken in."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from services.api.permission import require
from services.web.operations_imports import OFFERED
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader
from services.web.rendering import render


def begin_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/begin")
    async def begin(http: Request) -> Response:
        require(await reader.asker_of(http), "imports")
        return HTMLResponse(render("begin.html", **OFFERED))

    return routes
