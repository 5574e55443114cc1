"""Signing in and out over HTTP, and who one is then."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.access.principal import Principal, Via
from services.access.refusals import NoSuchAccount, PasswordUnfit, SignInRefused, TooManyAttempts
from services.access.rights import actions_of
from services.access.sign_in_sessions import LONGEST, Purpose
from services.access.store import AccessStore
from services.api import problems
from services.api.access_log import emergencies_waiting
from services.api.asker import Asker, AskerOf, address_of, cookie_name, token_of
from services.api.body import Body
from services.api.context import Context
from services.api.openapi import SETS_COOKIE, problem_responses
from services.api.permission import EVERYWHERE
from services.api.problems import Refused

LONGEST_SECRET = 200
"""Characters of what is compared with a password, at most."""


class SignIn(Body):
    """Who signs in, and for what purpose they will look at records."""

    account: str = Field(max_length=100, examples=["s-diaz"])
    password: str = Field(max_length=LONGEST_SECRET, examples=["four random words or more"])
    purpose: Purpose = Field("treatment", examples=["treatment"])


class NewPassword(Body):
    """The password that somebody has, and the one that they choose."""

    password: str = Field(max_length=LONGEST_SECRET)
    new_password: str = Field(max_length=LONGEST_SECRET)


class GrantShown(BaseModel):
    """A role, where, and as whom."""

    role: str = Field(examples=["counselor"])
    facility_id: str | None = Field(examples=["oak-street"])
    staff_id: str | None = Field(examples=["s-diaz"])


class Me(BaseModel):
    """Who is signed in. Who `must_change_password` can do nothing else first."""

    account: str = Field(examples=["s-diaz"])
    name: str = Field(examples=["Ana Diaz"])
    grants: list[GrantShown]
    purpose: Purpose
    via: Via
    must_change_password: bool
    may: dict[str, dict[str, str]] = Field(
        description="By facility (`*`: everywhere) each command and question that you may use:"
        " about `all` of it, or about what is your `own`.",
        examples=[{"oak-street": {"session.check-in": "all"}}],
    )
    emergencies_waiting: int = Field(
        description="Records that were opened in an emergency, and that you have to look into."
    )


class PasskeyAsked(BaseModel):
    """The options for `navigator.credentials.get`; answer them at `/v1/passkeys/sign-in`."""

    passkey: dict[str, Any]


PasskeyFor = Callable[[str, Request], dict[str, Any] | None]
"""Asks for a passkey where the password of an account is not enough."""


@dataclass(frozen=True, slots=True)
class PasswordSignIn:
    """Signs people in with their password, for programs and for pages."""

    access: AccessStore
    passkey_for: PasskeyFor

    async def begin(self, said: SignIn, http: Request) -> str | PasskeyAsked:
        """Return the token of a session, or what a passkey is asked. Raises Refused."""
        address = address_of(http)
        await self.checked(said.account, said.password, address)
        try:
            if asked := await asyncio.to_thread(self.passkey_for, said.account, http):
                return PasskeyAsked(passkey=asked)
            return await asyncio.to_thread(
                self.access.sessions.begin, said.account, "password", said.purpose, address
            )
        except NoSuchAccount:
            raise Refused(problems.wrong_sign_in()) from None

    async def checked(self, account: str, password: str, address: str) -> None:
        """Raise Refused where name and password do not go together."""
        try:
            await self.access.passwords.checked(account, password, address)
        except SignInRefused:
            raise Refused(problems.wrong_sign_in()) from None
        except TooManyAttempts as wait:
            seconds = wait.retry_after_seconds
            again = {"retry-after": str(seconds)}
            raise Refused(problems.too_many_attempts(seconds), again) from None


def sign_in_routes(
    context: Context,
    asker_of: AskerOf,
    passkey_for: PasskeyFor = lambda *_: None,
) -> APIRouter:
    """Return the routes of signing in with a password, signing out, and who one is."""
    routes = APIRouter(prefix="/v1", tags=["Sign-in"])
    access, passwords = context.access, PasswordSignIn(context.access, passkey_for)
    Signed = Annotated[Asker, Depends(asker_of.signed_in)]  # noqa: N806 - a type

    @routes.post(
        "/sign-in",
        summary="Sign in with a password.",
        response_model=Me,
        responses={
            200: SETS_COOKIE,
            202: {
                "model": PasskeyAsked,
                "description": "The password is right; a passkey follows.",
            },
            **problem_responses(400, 401, 415, 422, 429, 503),
        },
        openapi_extra={"security": []},
    )
    async def sign_in(said: SignIn, http: Request, response: Response) -> Me | Response:
        """The answer sets a cookie that is good for half an hour after its last use.

        For an account that asks for a passkey, too, it is 202, sets none, and has the options for
        `navigator.credentials.get`: answer them at `/v1/passkeys/sign-in`.
        """
        begun = await passwords.begin(said, http)
        if isinstance(begun, PasskeyAsked):
            return JSONResponse(begun.model_dump(), 202)
        return await begin_session(context, http, response, begun)

    @routes.post(
        "/sign-out",
        status_code=204,
        summary="Sign out.",
        responses={204: SETS_COOKIE, **problem_responses(401)},
    )
    async def sign_out(_: Signed, http: Request, response: Response) -> None:
        """The cookie is good for nothing any longer."""
        await end_session(access, asker_of, http, response)

    @routes.get("/me", summary="Who is signed in.", responses=problem_responses(401))
    async def me(asker: Signed) -> Me:
        """Who one is, what one may, and for what purpose one looks at records."""
        return await _me(context, asker)

    @routes.post(
        "/password",
        status_code=204,
        summary="Choose another password.",
        responses={204: SETS_COOKIE, **problem_responses(400, 401, 415, 422, 429)},
    )
    async def change_password(
        asker: Signed, said: NewPassword, response: Response, http: Request
    ) -> None:
        """All sign-ins of the account end: sign in again with the new one."""
        account = asker.principal.account
        if said.new_password == said.password:
            raise Refused(problems.unfit("the new password is the one that you have"))
        await passwords.checked(account, said.password, asker.address)
        try:
            await asyncio.to_thread(access.accounts.change_password, account, said.new_password)
        except PasswordUnfit as why:
            raise Refused(problems.unfit(str(why))) from None
        asker_of.forget()
        response.delete_cookie(cookie_name(http), path="/")

    return routes


async def begin_session(context: Context, http: Request, response: Response, token: str) -> Me:
    """Set the cookie of a sign-in; return who it is."""
    keep_session(http, response, token)
    found = await asyncio.to_thread(context.access.sessions.find, token)
    if found is None:
        raise Refused(problems.not_signed_in())
    asker = Asker(found.principal, found.purpose, found.address, must_change=found.must_change)
    return await _me(context, asker)


def keep_session(http: Request, response: Response, token: str) -> None:
    """Set the cookie of a sign-in."""
    response.set_cookie(
        cookie_name(http),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=http.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


async def end_session(
    access: AccessStore, asker_of: AskerOf, http: Request, response: Response
) -> None:
    """End the sign-in of a request, and take its cookie back."""
    token, by_session = token_of(http)
    if token and by_session:
        await asyncio.to_thread(access.sessions.end, token)
    asker_of.forget()
    response.delete_cookie(cookie_name(http), path="/")


async def _me(context: Context, asker: Asker) -> Me:
    principal = asker.principal
    facilities = sorted({each.facility_id or EVERYWHERE for each in principal.grants})
    return Me(
        account=principal.account,
        name=principal.name,
        grants=grants_shown(principal),
        purpose=asker.purpose,
        via=principal.via,
        must_change_password=asker.must_change,
        may={
            each: {action: far.name.lower() for action, far in actions_of(principal, each).items()}
            for each in facilities
        },
        emergencies_waiting=await asyncio.to_thread(emergencies_waiting, context, principal),
    )


def grants_shown(principal: Principal) -> list[GrantShown]:
    """Return what is granted to somebody."""
    return [
        GrantShown(role=each.role, facility_id=each.facility_id, staff_id=each.staff_id)
        for each in principal.grants
    ]
