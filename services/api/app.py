"""The app: what stands at which address."""

import asyncio
import logging
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp

from services.api import openapi, problems, reference
from services.api.problems import Refused, problem_response
from services.api.security import NO_OTHER, BodyBounds, BodyRefused, Security
from services.command_endpoint.payload import PayloadError
from services.command_endpoint.problems import failed, malformed, unavailable
from services.failures import DATABASE_AWAY, where_it_failed
from services.text_output import one_line

logger = logging.getLogger("daybook.api")

TAGS = [
    {"name": "Sign-in", "description": "Who asks, and for what purpose."},
    {"name": "Questions", "description": "What the read models say."},
    {"name": "Documents", "description": "What is handed out of a record."},
    {"name": "Commands", "description": "What changes something."},
    {"name": "Calendars", "description": "When somebody is expected, for their calendar program."},
    {"name": "Changes", "description": "What changed, as it changes."},
    {"name": "Operations", "description": "Where Daybook stands."},
    {"name": "Who looked", "description": "Who looked at whose record, and why."},
    {"name": "Accounts", "description": "Who may do what."},
]


TELLS_NOBODY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""What FastAPI would send to a collector, texts of exceptions among it, tells of patients."""


def bare_app() -> FastAPI:
    """Return an app without routes, which says in problems what goes wrong."""
    app = FastAPI(
        title="Daybook",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=TAGS,
        separate_input_output_schemas=False,
        telemetry=TELLS_NOBODY,
        generate_unique_id_function=lambda route: route.name,
    )
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(BodyRefused, _body_refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _failed)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _away)
    return app


def add_reference(app: FastAPI) -> None:
    """Add the OpenAPI document of all that the app has, and the page that shows it.

    Both are made once, when somebody first asks: few do, and it takes a fifth of a second.
    """

    @cache
    def made() -> tuple[bytes, str]:
        document = openapi.document(app)
        return orjson.dumps(document), reference.page(document)

    style = files(__package__).joinpath("reference.css").read_text("utf-8")

    @app.get("/v1/openapi.json", include_in_schema=False)
    async def document_of_the_api() -> Response:
        document, _ = await asyncio.to_thread(made)
        return Response(document, media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    async def page_of_the_api() -> HTMLResponse:
        _, page = await asyncio.to_thread(made)
        return HTMLResponse(page)

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> Response:
        return Response(status_code=204)

    @app.get("/docs/reference.css", include_in_schema=False)
    async def style_of_the_page() -> Response:
        return Response(style, media_type="text/css")


def secured(
    app: FastAPI, origins: tuple[str, ...], bodies: Mapping[str, BodyBounds] = NO_OTHER
) -> ASGIApp:
    """Return the app behind what every request has to keep to."""
    return Security(app, origins, bodies)


async def _refused(_: Request, why: Exception) -> Response:
    assert isinstance(why, Refused)  # noqa: S101 - for the type
    return problem_response(why.problem, why.headers)


async def _body_refused(_: Request, why: Exception) -> Response:
    assert isinstance(why, BodyRefused)  # noqa: S101 - for the type
    return problem_response(why.problem, dict(why.headers or {}))


async def _http(http: Request, why: Exception) -> Response:
    assert isinstance(why, HTTPException)  # noqa: S101 - for the type
    match why.status_code:
        case 404:
            return problem_response(problems.no_such_page())
        case 405:
            allowed = ", ".join(_methods_at(http))
            return problem_response(problems.method_not_allowed(allowed), {"allow": allowed})
    return problem_response(problems.bad_request("it is not as HTTP has it"))


def _methods_at(http: Request) -> list[str]:
    """Return the methods that an address takes, of whichever routes stand there."""
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(
            each.matches({**http.scope, "method": method})[0] is Match.FULL
            for each in http.app.routes
        )
    ]


async def _malformed(_: Request, why: Exception) -> Response:
    assert isinstance(why, RequestValidationError)  # noqa: S101 - for the type
    faults = [_fault(each) for each in why.errors()]
    return problem_response(malformed(faults))


async def _gone(_: Request, __: Exception) -> Response:
    """Answer nobody: who sent half a request has gone, and nothing of it was done."""
    return problem_response(problems.bad_request("it ends before its body does"))


async def _away(_: Request, why: Exception) -> Response:
    logger.warning("A request could not be answered: %s.", type(why).__name__)
    return problem_response(unavailable())


async def _failed(_: Request, why: Exception) -> Response:
    where = where_it_failed(why)
    logger.error("A request failed: %s.", where)
    return problem_response(failed(where))


def _fault(error: dict[str, object]) -> PayloadError:
    """Return an error of pydantic's without the value."""
    steps = error["loc"] if isinstance(error["loc"], tuple) else ()
    pointer = "".join(f"/{one_line(str(step))[:100]}" for step in steps if step != "body")
    return PayloadError(pointer, str(error["msg"]))
