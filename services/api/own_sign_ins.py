"""Where one is signed in, over HTTP: for whoever signs in, of their own."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from services.access.sign_in_sessions import Session
from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.problems import Refused


class OwnSignInShown(BaseModel):
    """A sign-in of one's own; `current` is the one by which it is asked for."""

    session_id: str
    purpose: str
    address: str
    begun_at: datetime
    used_at: datetime
    current: bool


def own_sign_in_routes(context: Context, asker_of: AskerOf) -> APIRouter:
    """Return the routes of one's own sign-ins."""
    routes = APIRouter(prefix="/v1/me/signed-in", tags=["Sign-in"])
    sessions = context.access.sessions
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    @routes.get("", summary="Where you are signed in.", responses=problem_responses(401, 403))
    async def own_sign_ins(asker: Who) -> list[OwnSignInShown]:
        """What was begun last comes first."""
        found = await asyncio.to_thread(sessions.all, _account(asker))
        return [_shown(each, asker) for each in found]

    @routes.delete(
        "/{session_id}",
        status_code=204,
        summary="Sign out somewhere else.",
        responses=problem_responses(401, 403, 404),
    )
    async def end_own_sign_in(asker: Who, session_id: str) -> None:
        """Whoever has that browser is signed out."""
        theirs = await asyncio.to_thread(sessions.all, _account(asker))
        if session_id not in {each.session_id for each in theirs}:
            raise Refused(problems.not_there("you have no such sign-in"))
        await asyncio.to_thread(sessions.revoke, session_id)
        asker_of.forget()

    return routes


def _account(asker: Asker) -> str:
    """Return whose sign-ins are asked about: a token, which is a program's, has none."""
    if asker.session_id is None:
        raise Refused(problems.not_allowed("sign-ins are of people"))
    return asker.principal.account


def _shown(found: Session, asker: Asker) -> OwnSignInShown:
    return OwnSignInShown(
        session_id=found.session_id,
        purpose=found.purpose,
        address=found.address,
        begun_at=found.begun_at,
        used_at=found.used_at,
        current=found.session_id == asker.session_id,
    )
