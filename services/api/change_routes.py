"""The stream of what changes, over HTTP: for whoever may see it, as long as they may."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from projections import schedule
from services.access.hidden_parts import CLINICAL
from services.access.rights import NONE, columns, reach
from services.access.viewing import viewer_of
from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.body import FacilityId
from services.api.changes import Visible, changes, visible_to
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.permission import require
from services.api.problems import Refused
from services.api.reading import NotMadeYet, Reads, day_at
from services.failures import DATABASE_AWAY
from services.reports.viewer import OWN_READS

QUESTION = "changes"

MOST_OF_ONE, MOST_OF_ALL = 50, 500
"""Streams of one account, and of all, at most: what each may be told is asked every few seconds."""


def change_routes(context: Context, asker_of: AskerOf, reads: Reads) -> APIRouter:
    """Return the route of what changes at a facility."""
    routes = APIRouter(prefix="/v1/facilities/{facility_id}", tags=["Changes"])

    streams: Counter[str] = Counter()

    async def allowed(
        facility_id: FacilityId, asker: Annotated[Asker, Depends(asker_of)]
    ) -> AsyncIterator[None]:
        """Refuse who may not follow a facility, before anything is sent; count who does."""
        account = asker.principal.account
        try:
            require(asker, QUESTION, facility_id)
        except Refused:
            await context.looked(asker, facility_id, QUESTION, (), outcome="refused")
            raise
        if streams[account] >= MOST_OF_ONE or streams.total() >= MOST_OF_ALL:
            raise Refused(problems.too_many_streams(), {"retry-after": "10"})
        streams[account] += 1
        try:
            await context.looked(asker, facility_id, QUESTION, ())
            yield
        finally:
            streams[account] -= 1
            if not streams[account]:
                del streams[account]

    def visible(asker: Asker, facility_id: str) -> Visible | None:
        principal = asker.principal
        if reach(principal, QUESTION, facility_id) is NONE:
            return None
        may_see_patients = reach(principal, "patient", facility_id) is not NONE
        hidden = columns(principal, "patient", facility_id) or () if may_see_patients else CLINICAL
        with reads.models.at_one_moment(OWN_READS) as (conn, _):
            day = day_at(conn, schedule.FACILITIES, facility_id, context.clock())
            if day is None:
                return None
            viewer = viewer_of(conn, principal, QUESTION, facility_id, day)
        return visible_to(
            viewer,
            hidden=hidden,
            findings=reach(principal, "findings", facility_id) is not NONE,
        )

    @routes.get(
        "/changes",
        summary="What changes at a facility, as it changes.",
        response_class=EventSourceResponse,
        responses=problem_responses(400, 401, 403, 404, 429, 503),
        dependencies=[Depends(allowed)],
    )
    async def follow_changes(
        http: Request,
        facility_id: FacilityId,
        after: Annotated[
            str | None,
            Query(max_length=50, description="A position: what changed since comes first."),
        ] = None,
        last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=50)] = None,
    ) -> AsyncIterable[ServerSentEvent]:
        """Server-sent events: `session`, `roster`, `patient`, `finding`, `facility`, and `resync`.

        Each has ids and a position, and never a name. It is sent once the read models show it. A
        browser that was cut off goes on by itself, where it was (`Last-Event-ID`); `resync` says
        that more may have changed than is told: ask anew for what you show.
        """

        async def may_see() -> Visible | None:
            try:
                now = await asker_of.still(http)
                return await asyncio.to_thread(visible, now, facility_id) if now else None
            except (NotMadeYet, *DATABASE_AWAY):
                return None

        async for each in changes(
            reads.feed, facility_id, may_see=may_see, after=last_event_id or after
        ):
            yield each

    return routes
