"""What went wrong, as a page: for a browser that asks for one."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.api.problems import Refused, must_change_password
from services.api.reading import NotMadeYet
from services.command_endpoint.problems import Problem
from services.failures import DATABASE_AWAY, where_it_failed
from services.web.rendering import render

logger = logging.getLogger("daybook.web")

TITLES = {
    403: "This is not for your role",
    404: "Nothing is here",
    422: "This address is not right",
    429: "Too much at once",
    500: "This did not work",
    503: "Daybook is not ready",
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route that answers with pages, also where it refuses."""

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_in_pages(http: Request) -> Response:
            try:
                return await answer(http)
            except Refused as why:
                return refusal(http, why)
            except RequestValidationError:
                return problem_page(422, "check the address, or begin anew from Today")
            except NotMadeYet:
                return problem_page(503, "Daybook is being set up; try again in a moment")
            except DATABASE_AWAY:
                return problem_page(503, "the database is not reached; try again in a moment")
            except (HTTPException, ClientDisconnect):
                raise
            except Exception as why:
                logger.error("A page failed: %s.", where_it_failed(why))
                return problem_page(500, "the page could not be made; the log says where it failed")

        return answer_in_pages


def refusal(http: Request, why: Refused) -> Response:
    """Return the page that says why, or lead to where somebody signs in."""
    problem: Problem = why.problem
    if problem.status == 401:
        if http.headers.get("sec-fetch-mode", "navigate") == "navigate":
            where = http.url.path + (f"?{http.url.query}" if http.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(where, safe='')}", 303)
        return problem_page(401, problem.detail)
    if problem.type == must_change_password().type:
        return RedirectResponse("/password", 303)
    return problem_page(problem.status, problem.detail, headers=why.headers)


def problem_page(
    status: int,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    link: str = "/",
    link_text: str = "Go to Today",
) -> Response:
    """Return a page that says what is wrong, and where to go on."""
    html = render(
        "problem.html",
        title=TITLES.get(status, "This did not work"),
        detail=detail,
        link=link,
        link_text=link_text,
    )
    return HTMLResponse(html, status, headers)
