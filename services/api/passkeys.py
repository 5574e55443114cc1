"""Passkeys over HTTP: to sign in with, and to keep one's own."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field

from services.access.passkey_refusals import (
    PasskeyMissing,
    PasskeyRefused,
    PasskeysNeedName,
    PasskeyThere,
    SignInTooOld,
)
from services.access.passkeys import LONGEST_NAME, Passkey, Passkeys, needs_passkey
from services.access.public_url import PUBLIC_URL, BadPublicUrl, PublicUrl, public_url
from services.access.refusals import NoSuchAccount
from services.access.sign_in_sessions import Purpose
from services.api import problems
from services.api.accounts import Changed
from services.api.asker import Asker, AskerOf, address_of, token_of
from services.api.beginnings import Beginnings
from services.api.body import Body
from services.api.context import Context
from services.api.openapi import SETS_COOKIE, problem_responses
from services.api.problems import Refused
from services.api.sign_in import Me, begin_session

RECENT = timedelta(minutes=15)
"""How old a sign-in may be by which passkeys are changed: an open browser is not enough."""

Json = dict[str, Any]
Returned = TypeVar("Returned")

_SIGNS_IN = problem_responses(400, 401, 415, 422)
_KEEPS = problem_responses(400, 401, 403, 404, 409, 415, 422)

_CREDENTIAL = "What the browser answered: `PublicKeyCredential.toJSON()`."


class PasskeySignIn(Body):
    """What a passkey answered, and for what purpose its owner will look at records."""

    credential: Json = Field(description=_CREDENTIAL)
    purpose: Purpose = Field("treatment", examples=["treatment"])


class NewPasskey(Body):
    """A passkey that the browser has made, and what its owner calls it."""

    name: str = Field(max_length=LONGEST_NAME, examples=["The phone"])
    credential: Json = Field(description=_CREDENTIAL)


class PasskeyNeed(Body):
    """Whether a password alone is not enough."""

    required: bool


class PasskeyShown(BaseModel):
    """A passkey, as its owner knows it."""

    passkey_id: str
    name: str
    made_at: datetime
    last_used_at: datetime | None


class PasskeysShown(BaseModel):
    """Somebody's passkeys, and whether a password alone is not enough for them."""

    passkeys: list[PasskeyShown]
    required: bool


def passkey_sign_in_routes(context: Context, named: PublicUrl | None) -> APIRouter:
    """Return the routes of signing in; `named` is the address of the server, where it has one."""
    routes = APIRouter(prefix="/v1/passkeys", tags=["Sign-in"])
    access = context.access

    @routes.post(
        "/sign-in/options",
        summary="Begin to sign in with a passkey.",
        responses=problem_responses(422, 429),
        openapi_extra={"security": []},
        dependencies=[Depends(Beginnings())],
    )
    async def passkey_sign_in_options(http: Request) -> Json:
        """The options for `navigator.credentials.get`; answer them within five minutes."""
        return await _done(lambda: passkeys_at(context, http, named).sign_in_options())

    @routes.post(
        "/sign-in",
        summary="Sign in with a passkey.",
        responses={200: SETS_COOKIE, **_SIGNS_IN},
        openapi_extra={"security": []},
    )
    async def sign_in_with_passkey(said: PasskeySignIn, http: Request, response: Response) -> Me:
        """Instead of a password, or after it. The answer sets a cookie, as `/v1/sign-in` does."""

        def act() -> str:
            account = passkeys_at(context, http, named).sign_in(said.credential)
            return access.sessions.begin(account, "passkey", said.purpose, address_of(http))

        try:
            token = await asyncio.to_thread(act)
        except PasskeysNeedName as why:
            raise Refused(problems.refused(why, 422)) from None
        except PasskeyRefused as why:
            raise Refused(problems.refused(why, 401)) from None
        except NoSuchAccount:
            raise Refused(problems.wrong_sign_in()) from None
        return await begin_session(context, http, response, token)

    return routes


def passkey_routes(context: Context, asker_of: AskerOf, named: PublicUrl | None) -> APIRouter:
    """Return the routes by which people keep passkeys."""
    routes = APIRouter(prefix="/v1/passkeys", tags=["Sign-in"])
    access = context.access
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    @routes.get("", summary="List your passkeys.", responses=problem_responses(401, 403, 422))
    async def passkeys(asker: Who, http: Request) -> PasskeysShown:
        """Those of whoever asks; nobody sees those of others."""

        def act() -> PasskeysShown:
            account = _account(asker)
            found = passkeys_at(context, http, named)
            shown = [_shown(each) for each in found.all(account)]
            return PasskeysShown(passkeys=shown, required=needs_passkey(access.database, account))

        return await _done(act)

    @routes.post("/options", summary="Begin to add a passkey.", responses=_KEEPS)
    async def passkey_options(asker: Who, http: Request) -> Json:
        """The options for `navigator.credentials.create`; answer them within five minutes."""

        def act() -> Json:
            check_recent(asker, http)
            return passkeys_at(context, http, named).registration_options(_account(asker))

        return await _done(act)

    @routes.post("", status_code=201, summary="Add a passkey.", responses=_KEEPS)
    async def add_passkey(asker: Who, said: NewPasskey, http: Request) -> PasskeyShown:
        """It signs in whoever adds it."""

        def act() -> PasskeyShown:
            check_recent(asker, http)
            found = passkeys_at(context, http, named)
            return _shown(found.register(_account(asker), said.name, said.credential))

        return await _done(act)

    @routes.put("/required", summary="Have a password alone be enough, or not.", responses=_KEEPS)
    async def require_passkey(asker: Who, said: PasskeyNeed, http: Request) -> Changed:
        """Where it is not, a password is followed by a passkey of the account."""

        def act() -> bool:
            check_recent(asker, http)
            found = passkeys_at(context, http, named)
            return found.require(_account(asker), required=said.required)

        return Changed(changed=await _done(act))

    @routes.delete("/{passkey_id}", status_code=204, summary="Remove a passkey.", responses=_KEEPS)
    async def remove_passkey(
        asker: Who, http: Request, passkey_id: Annotated[str, Path(max_length=1500)]
    ) -> None:
        """It signs nobody in any longer."""

        def act() -> None:
            check_recent(asker, http)
            passkeys_at(context, http, named).remove(_account(asker), passkey_id)

        await _done(act)

    def check_recent(asker: Asker, http: Request) -> None:
        _account(asker)
        found = access.sessions.find(token_of(http)[0] or "")
        if found is None:
            raise Refused(problems.not_signed_in())
        if access.database.now() - found.begun_at > RECENT:
            raise SignInTooOld(minutes=int(RECENT.total_seconds() / 60))

    return routes


def passkey_for(context: Context, named: PublicUrl | None) -> Callable[[str, Request], Json | None]:
    """Return what asks for a passkey after the password of an account that needs one, too."""

    def asked(account: str, http: Request) -> Json | None:
        if not needs_passkey(context.access.database, account):
            return None
        try:
            return passkeys_at(context, http, named).sign_in_options(account)
        except PasskeysNeedName as why:
            raise Refused(problems.refused(why, 422)) from None

    return asked


def passkeys_at(context: Context, http: Request, named: PublicUrl | None) -> Passkeys:
    """Return the passkeys at the address by which a request comes. Raises PasskeysNeedName."""
    try:
        reached = named or public_url(f"{http.url.scheme}://{http.url.netloc}")
    except BadPublicUrl:
        raise PasskeysNeedName(setting=PUBLIC_URL) from None
    return Passkeys(context.access.database, context.access.accounts, reached)


def _account(asker: Asker) -> str:
    """Return whose passkeys are asked about: a token, which is a program's, has none."""
    if asker.session_id is None:
        raise Refused(problems.not_allowed("passkeys are for people who sign in"))
    return asker.principal.account


async def _done(act: Callable[[], Returned]) -> Returned:
    try:
        return await asyncio.to_thread(act)
    except PasskeyRefused as why:
        raise Refused(problems.refused(why, _status_of(why))) from None


def _status_of(why: PasskeyRefused) -> int:
    match why:
        case SignInTooOld():
            return 403
        case PasskeyMissing():
            return 404
        case PasskeyThere():
            return 409
        case _:
            return 422


def _shown(found: Passkey) -> PasskeyShown:
    return PasskeyShown(
        passkey_id=found.passkey_id,
        name=found.name,
        made_at=found.made_at,
        last_used_at=found.last_used_at,
    )
