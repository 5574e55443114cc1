"""Documents over HTTP: a route for each kind of what is handed out of a record.

What tells somebody outside the program of a patient is asked for by POST, under a name of its own.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query
from starlette.responses import Response

from services.api.answers import CommandAnswers
from services.api.asker import Asker, AskerOf
from services.api.body import FacilityId
from services.api.context import Context
from services.api.document_maker import DocumentMaker, Wanted
from services.api.document_requests import SPECIMEN, parameters_of
from services.api.openapi import problem_responses
from services.api.problems import Refused
from services.api.question_answers import HEADERS
from services.api.question_models import AFTER, LAST_POSITION
from services.api.reading import Reads
from services.api.turns import Turns
from services.command_endpoint.handler import COMMAND_ID, COMMAND_ID_FORM
from services.command_endpoint.problems import bad_header
from services.documents.kind import Kind
from services.documents.kinds import KINDS

PATH = "/facilities/{{facility_id}}/documents/{name}"

ANSWERED: dict[str, Any] = {
    "description": "The document.",
    "headers": {
        "Daybook-Document": {
            "description": "Its number: of the same facts the same.",
            "schema": {"type": "string"},
            "example": SPECIMEN["number"],
        },
        **{name: HEADERS[name] for name in ("Daybook-Position", "Daybook-Behind")},
    },
    "content": {
        "application/pdf": {"schema": {"type": "string", "contentEncoding": "binary"}},
        "text/csv": {"schema": {"type": "string"}},
        "application/json": {"schema": {"type": "object"}, "example": SPECIMEN},
    },
}

STATUSES = (400, 401, 403, 404, 422, 429, 503)


def document_routes(
    context: Context, asker_of: AskerOf, reads: Reads, answers: CommandAnswers
) -> APIRouter:
    """Return a route for each kind of document."""
    routes = APIRouter(prefix="/v1", tags=["Documents"])
    maker = DocumentMaker(context, reads, answers, Turns())
    for kind in KINDS.values():
        _add(routes, maker, asker_of, kind)
    return routes


def _add(routes: APIRouter, maker: DocumentMaker, asker_of: AskerOf, kind: Kind) -> None:
    Asks = parameters_of(kind)  # noqa: N806 - a type
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type
    After = Annotated[  # noqa: N806 - a type
        int | None,
        Header(alias="Daybook-After", description=AFTER.description, ge=0, le=LAST_POSITION),
    ]
    Key = Annotated[  # noqa: N806 - a type
        str,
        Depends(_key) if kind.tells else Depends(lambda: ""),
    ]
    place = Body() if kind.tells else Query()

    async def answer(
        *,
        asker: Who,
        facility_id: FacilityId,
        key: Key,
        said: Annotated[Asks, place],  # type: ignore[valid-type]
        daybook_after: After = None,
    ) -> Response:
        given = said.model_dump()  # type: ignore[attr-defined]
        after = daybook_after if given["after"] is None else given["after"]
        return await maker.answer(Wanted(kind, facility_id, given, after, asker, key))

    conflicts = (409,) if kind.tells else ()
    routes.add_api_route(
        PATH.format(name=kind.name),
        answer,
        methods=["POST" if kind.tells else "GET"],
        operation_id=f"document_{kind.name.replace('-', '_')}",
        summary=kind.title + ".",
        description=kind.says,
        response_class=Response,
        responses={200: ANSWERED, **problem_responses(*STATUSES, *conflicts)},
    )


def _key(
    idempotency_key: Annotated[
        str,
        Header(
            description="Your own name for what is told: the same one again tells it once.",
            examples=["4b8e6a52-0f61-4c9d-9d9e-2f4a1f1c7c11"],
        ),
    ] = "",
) -> str:
    """Return under which name a disclosure is asked for. Raises Refused."""
    key = idempotency_key.strip('"')
    if not COMMAND_ID.fullmatch(key):
        raise Refused(bad_header("Idempotency-Key", COMMAND_ID_FORM))
    return key
