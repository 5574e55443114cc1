"""Where Daybook stands, over HTTP: for whoever runs it."""

from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import APIRouter, Depends

from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.permission import require
from services.api.problems import Refused
from services.failures import BROKER_AWAY
from services.hosting.attention import Attention, attention
from services.hosting.status import Status


@dataclass(frozen=True, slots=True)
class StatusShown(Status):
    """Where all stands, and what somebody has to see to."""

    attention: tuple[Attention, ...] = ()


def operation_routes(context: Context, asker_of: AskerOf) -> APIRouter:
    """Return the routes of operations."""
    routes = APIRouter(prefix="/v1", tags=["Operations"])

    @routes.get(
        "/health",
        summary="Whether the server answers.",
        openapi_extra={"security": []},
    )
    async def health() -> dict[str, bool]:
        """It answers; `/v1/status` says how it stands."""
        return {"answers": True}

    @routes.get(
        "/status",
        summary="Where journal, streams, read models and managers stand.",
        responses=problem_responses(401, 403, 503),
    )
    async def status(asker: Annotated[Asker, Depends(asker_of)]) -> StatusShown:
        """As `daybook status` prints it, with what to do. It says nothing of patients."""
        require(asker, "status")
        return await status_shown(context)

    return routes


async def status_shown(context: Context) -> StatusShown:
    """Return where all stands. Raises Refused where NATS does not answer."""
    try:
        found = await context.status_of()
    except BROKER_AWAY:
        raise Refused(problems.broker_away()) from None
    same = {each.name: getattr(found, each.name) for each in fields(found)}
    return StatusShown(**same, attention=attention(found, context.clock()))
