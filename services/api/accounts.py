"""Accounts and who is signed in, over HTTP: for administrators."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, StrictBool

from services.access.accounts import Account
from services.access.grants import check_grants, check_known
from services.access.principal import Grant, Role
from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.body import Body
from services.api.context import Context
from services.api.permission import LISTS, TAKES, changer, require
from services.api.problems import Refused


class GrantSaid(Body):
    """A role, where (without a facility: at every one), and as whom."""

    role: Role = Field(examples=["counselor"])
    facility_id: str | None = Field(None, examples=["oak-street"])
    staff_id: str | None = Field(None, examples=["s-diaz"])
    patient_id: str | None = Field(None)


class NewAccount(Body):
    """An account, what people call whom it is of, and what is granted to them."""

    account: str = Field(max_length=100, examples=["ana"])
    name: str = Field(max_length=200, examples=["Ana Diaz"])
    grants: list[GrantSaid] = Field(max_length=100)
    with_password: StrictBool = Field(
        True, description="False for who signs in otherwise, or a client."
    )


class Granted(Body):
    """All that is granted to an account from now on."""

    grants: list[GrantSaid] = Field(max_length=100)


class AccountShown(BaseModel):
    """An account as it is known; its password is known to nobody."""

    account: str
    name: str
    grants: list[GrantSaid]
    has_password: bool
    made_at: datetime
    disabled_at: datetime | None


class PasswordShown(BaseModel):
    """A random password, which is shown this once; None where the account has none."""

    password: str | None


class SignInShown(BaseModel):
    """Somebody who is signed in."""

    session_id: str
    account: str
    purpose: str
    address: str
    begun_at: datetime
    used_at: datetime


class Changed(BaseModel):
    """Whether anything is otherwise than it was before."""

    changed: bool


def account_routes(context: Context, asker_of: AskerOf) -> APIRouter:
    """Return the routes of accounts and sign-ins."""
    routes = APIRouter(prefix="/v1", tags=["Accounts"])
    access = context.access
    change = changer(asker_of)
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    @routes.get("/accounts", summary="List the accounts.", responses=LISTS)
    async def accounts(asker: Who) -> list[AccountShown]:
        """All accounts by their names."""
        require(asker, "accounts")
        return [_account(each) for each in await asyncio.to_thread(access.accounts.all)]

    @routes.post("/accounts", status_code=201, summary="Add an account.", responses=TAKES)
    async def add_account(asker: Who, said: NewAccount) -> PasswordShown:
        """The answer has its random password, which is shown once."""
        grants = [_grant(each) for each in said.grants]

        def act() -> str | None:
            check_grants(grants)
            check_known(context.journal, grants)
            return access.accounts.add(
                said.account, said.name, grants, with_password=said.with_password
            )

        return PasswordShown(password=await change(asker, "accounts", act))

    @routes.put("/accounts/{account}/grants", summary="Grant other roles.", responses=TAKES)
    async def grant_roles(asker: Who, account: str, said: Granted) -> Changed:
        """From now on these and no others."""
        grants = [_grant(each) for each in said.grants]

        def act() -> bool:
            check_grants(grants)
            check_known(context.journal, grants)
            return access.accounts.set_grants(account, grants)

        return Changed(changed=await change(asker, "accounts", act))

    @routes.post("/accounts/{account}/disable", summary="Disable an account.", responses=TAKES)
    async def disable_account(asker: Who, account: str) -> Changed:
        """It can do nothing any longer; its sign-ins end."""
        act = lambda: access.accounts.disable(account)  # noqa: E731
        return Changed(changed=await change(asker, "accounts", act))

    @routes.post("/accounts/{account}/enable", summary="Enable an account.", responses=TAKES)
    async def enable_account(asker: Who, account: str) -> Changed:
        """It can do again what is granted to it."""
        act = lambda: access.accounts.enable(account)  # noqa: E731
        return Changed(changed=await change(asker, "accounts", act))

    @routes.post("/accounts/{account}/reset", summary="Give another password.", responses=TAKES)
    async def reset_password(asker: Who, account: str) -> PasswordShown:
        """A random one, which is shown once; the account's sign-ins end."""
        act = lambda: access.accounts.reset(account)  # noqa: E731
        return PasswordShown(password=await change(asker, "accounts", act))

    @routes.get("/sign-ins", summary="List who is signed in.", responses=LISTS)
    async def sign_ins(asker: Who) -> list[SignInShown]:
        """What was begun last comes first."""
        require(asker, "accounts")
        found = await asyncio.to_thread(access.sessions.all)
        return [
            SignInShown(
                session_id=each.session_id,
                account=each.principal.account,
                purpose=each.purpose,
                address=each.address,
                begun_at=each.begun_at,
                used_at=each.used_at,
            )
            for each in found
        ]

    @routes.delete(
        "/sign-ins/{session_id}", status_code=204, summary="End a sign-in.", responses=TAKES
    )
    async def end_sign_in(asker: Who, session_id: str) -> Response:
        """Whoever is signed in so is signed out."""
        act = lambda: access.sessions.revoke(session_id)  # noqa: E731
        if not await change(asker, "accounts", act):
            raise Refused(problems.no_such_account("there is no such sign-in"))
        return Response(status_code=204)

    return routes


def _account(found: Account) -> AccountShown:
    return AccountShown(
        account=found.account,
        name=found.name,
        grants=[_said(each) for each in found.grants],
        has_password=found.has_password,
        made_at=found.made_at,
        disabled_at=found.disabled_at,
    )


def _grant(said: GrantSaid) -> Grant:
    return Grant(said.role, said.facility_id, said.staff_id, said.patient_id)


def _said(grant: Grant) -> GrantSaid:
    return GrantSaid(
        role=grant.role,
        facility_id=grant.facility_id,
        staff_id=grant.staff_id,
        patient_id=grant.patient_id,
    )
