"""Where Daybook stands, over HTTP: for whoever runs it."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.api.asker import Asker, AskerOf
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.permission import require
from services.hosting.status import Status


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
    async def status(asker: Annotated[Asker, Depends(asker_of)]) -> Status:
        """As `daybook status` prints it. It says nothing of patients."""
        require(asker, "status")
        return await context.status_of()

    return routes
