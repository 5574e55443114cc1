"""A witness over HTTP: `POST /add-checkpoint`, and `GET /<SHA-256 of the origin>/checkpoint`."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from services.audit.witnesses.add_checkpoint import MOST_BODY_BYTES
from services.audit.witnesses.witness import Answer, Witness


def witness_app(witness: Witness) -> Starlette:
    """Return the app; whoever may reach it may ask, since heads carry their logs' signatures."""

    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _response(Answer(413, f"a request has at most {MOST_BODY_BYTES} bytes\n"))
        return _response(await run_in_threadpool(witness.add_checkpoint, body))

    async def checkpoint(request: Request) -> Response:
        return _response(witness.head_of(request.path_params["origin_hash"]))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes | None:
    """Return the body; None where it is longer than a request may be."""
    found = bytearray()
    try:
        async for part in request.stream():
            found += part
            if len(found) > MOST_BODY_BYTES:
                return None
    except ClientDisconnect:
        return None
    return bytes(found)


def _response(answer: Answer) -> Response:
    # Starlette adds a charset to a text type that has none, which 409's does not have.
    return Response(answer.body, answer.status, headers={"content-type": answer.content_type})
