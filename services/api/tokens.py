"""Tokens for services and kiosks, over HTTP: for administrators."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StrictInt

from services.access.grants import check_known
from services.access.principal import Grant, Role
from services.access.tokens import Token
from services.api.accounts import Changed
from services.api.asker import Asker, AskerOf
from services.api.body import Body
from services.api.context import Context
from services.api.permission import LISTS, TAKES, changer, require


class NewToken(Body):
    """A token: its name, what it is good for, and how long."""

    name: str = Field(max_length=100, examples=["front-door"])
    role: Role = Field(Role.SERVICE, examples=["kiosk"])
    facility_id: str = Field(max_length=100, examples=["oak-street"])
    scopes: list[str] = Field(max_length=500, examples=[["session.check-in", "session.check-out"]])
    days: StrictInt = Field(examples=[90])


class TokenShown(BaseModel):
    """A token as it is known, which opens nothing."""

    name: str
    role: Role
    facility_id: str
    scopes: list[str]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class SecretShown(BaseModel):
    """A token, which is shown this once."""

    token: str


def token_routes(context: Context, asker_of: AskerOf) -> APIRouter:
    """Return the routes of tokens."""
    routes = APIRouter(prefix="/v1", tags=["Accounts"])
    access = context.access
    change = changer(asker_of)
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    @routes.get("/tokens", summary="List the tokens.", responses=LISTS)
    async def tokens(asker: Who) -> list[TokenShown]:
        """All tokens that ever were, without what opens anything."""
        require(asker, "tokens")
        return [_token(each) for each in await asyncio.to_thread(access.tokens.all)]

    @routes.post("/tokens", status_code=201, summary="Make a token.", responses=TAKES)
    async def make_token(asker: Who, said: NewToken) -> SecretShown:
        """The answer has it, once; nobody can show it again."""

        def act() -> str:
            check_known(context.journal, [Grant(said.role, said.facility_id)])
            return access.tokens.make(
                said.name,
                facility_id=said.facility_id,
                scopes=said.scopes,
                days=said.days,
                role=said.role,
            )

        return SecretShown(token=await change(asker, "tokens", act))

    @routes.delete("/tokens/{name}", summary="Revoke a token.", responses=TAKES)
    async def revoke_token(asker: Who, name: str) -> Changed:
        """It is good for nothing any longer."""
        act = lambda: access.tokens.revoke(name)  # noqa: E731
        return Changed(changed=await change(asker, "tokens", act))

    return routes


def _token(found: Token) -> TokenShown:
    return TokenShown(
        name=found.name,
        role=found.role,
        facility_id=found.facility_id,
        scopes=sorted(found.scopes),
        made_at=found.made_at,
        expires_at=found.expires_at,
        used_at=found.used_at,
        revoked_at=found.revoked_at,
    )
