"""Who looked at whose record, over HTTP; and emergencies, which somebody looks into."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from domain import bounds
from services.access.access_log import Logged
from services.access.emergencies import Emergency, NoSuchEmergency, OwnEmergency
from services.access.principal import Principal
from services.access.rights import NONE, reach
from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.body import Body, FacilityId, Text
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.permission import EVERYWHERE, require
from services.api.problems import Refused

READS = problem_responses(400, 401, 403, 404, 503)

WAITING = "emergency-reviews"

Word = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]
"""What entries are found by: without what PostgreSQL takes for no text."""


class EntryShown(BaseModel):
    """One page that was shown, or refused: who looked, at whom, why, and from where."""

    entry_id: int
    at: datetime
    account: str
    name: str
    roles: list[str]
    what: str = Field(examples=["roster"])
    patient_ids: list[str]
    purpose: str
    emergency: bool
    reason: str | None
    outcome: str = Field(examples=["shown"])
    address: str
    via: str


class LogShown(BaseModel):
    """Entries, the latest first; `next` is what to ask for as `before` to go on."""

    items: list[EntryShown]
    next: int | None


class EmergencyShown(EntryShown):
    """An emergency, and what was found of it."""

    reviewed_by: str | None
    reviewed_at: datetime | None
    found: str | None


class Found(Body):
    """What somebody found of an emergency."""

    found: Text = Field(
        min_length=3, max_length=bounds.LONGEST_TEXT, examples=["A seizure; an ambulance came"]
    )


def access_log_routes(context: Context, asker_of: AskerOf) -> APIRouter:
    """Return the routes of the access log."""
    routes = APIRouter(prefix="/v1/facilities/{facility_id}", tags=["Who looked"])
    access = context.access
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    @routes.get("/access-log", summary="Who looked at whose record.", responses=READS)
    async def access_log(
        asker: Who,
        facility_id: FacilityId,
        *,
        patient_id: Word = None,
        account: Word = None,
        before: Annotated[int | None, Query(ge=1, le=bounds.WIDEST)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> LogShown:
        """To look at it is an entry of its own."""
        await _check_allowed(asker, facility_id, "access-log")
        found = await asyncio.to_thread(
            access.log.find,
            patient_ids=None if patient_id is None else [patient_id],
            account=account,
            facility_id=facility_id,
            before=before,
            limit=limit + 1,
        )
        shown, more = found[:limit], found[limit:]
        await _note(asker, facility_id, "access-log", shown)
        return LogShown(
            items=[EntryShown.model_validate(_entry(each)) for each in shown],
            next=shown[-1].entry_id if more else None,
        )

    @routes.get("/emergencies", summary="What was opened in emergencies.", responses=READS)
    async def emergencies(
        asker: Who,
        facility_id: FacilityId,
        waiting: bool = True,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[EmergencyShown]:
        """Those that nobody has looked into yet; with `waiting=false` the others, too."""
        await _check_allowed(asker, facility_id, WAITING)
        found = await asyncio.to_thread(
            access.emergencies.all, facility_id, waiting=waiting, limit=limit
        )
        await _note(asker, facility_id, WAITING, [each.logged for each in found])
        return [_emergency(each) for each in found]

    @routes.post(
        "/emergencies/{entry_id}/review",
        status_code=204,
        summary="Say what was found of an emergency.",
        responses=problem_responses(400, 401, 403, 404, 409, 415, 503),
    )
    async def review_emergency(
        asker: Who, facility_id: FacilityId, entry_id: int, said: Found
    ) -> None:
        """It waits no longer. Whoever opened it does not look into it themselves."""
        await _check_allowed(asker, facility_id, WAITING)
        account = asker.principal.account
        try:
            is_new = await asyncio.to_thread(
                access.emergencies.review, facility_id, entry_id, account, said.found
            )
        except NoSuchEmergency as why:
            raise Refused(problems.not_there(str(why))) from None
        except OwnEmergency as why:
            raise Refused(problems.not_allowed(str(why))) from None
        if not is_new:
            raise Refused(problems.already_reviewed())

    async def _check_allowed(asker: Asker, facility_id: str, what: str) -> None:
        try:
            require(asker, what, facility_id)
        except Refused:
            await context.looked(asker, facility_id, what, (), outcome="refused")
            raise

    async def _note(asker: Asker, facility_id: str, what: str, shown: list[Logged]) -> None:
        patient_ids = {each for logged in shown for each in logged.entry.patient_ids}
        await context.looked(asker, facility_id, what, sorted(patient_ids))

    return routes


def emergencies_waiting(context: Context, principal: Principal) -> int:
    """Return how many emergencies wait for somebody to look into them. Blocks."""
    emergencies = context.access.emergencies
    if reach(principal, WAITING, EVERYWHERE) is not NONE:
        return emergencies.waiting(None)
    return sum(
        emergencies.waiting(facility_id)
        for facility_id in {each.facility_id for each in principal.grants}
        if facility_id and reach(principal, WAITING, facility_id) is not NONE
    )


def _entry(logged: Logged) -> dict[str, object]:
    entry = logged.entry
    return {
        "entry_id": logged.entry_id,
        "at": logged.at,
        "account": entry.account,
        "name": entry.name,
        "roles": list(entry.roles),
        "what": entry.what,
        "patient_ids": list(entry.patient_ids),
        "purpose": entry.purpose,
        "emergency": entry.emergency,
        "reason": entry.reason,
        "outcome": entry.outcome,
        "address": entry.address,
        "via": entry.via,
    }


def _emergency(found: Emergency) -> EmergencyShown:
    review = found.review
    return EmergencyShown.model_validate(
        _entry(found.logged)
        | {
            "reviewed_by": review and review.account,
            "reviewed_at": review and review.at,
            "found": review and review.found,
        }
    )
