"""Signing in and out on pages; both work without a script."""

from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from projections import schedule
from services.access.rights import NONE, reach
from services.access.sign_in_sessions import PURPOSES
from services.api.asker import AskerOf
from services.api.context import Context
from services.api.permission import EVERYWHERE
from services.api.problems import Refused
from services.api.reading import Reads
from services.api.sign_in import (
    PasskeyAsked,
    PasskeyFor,
    PasswordSignIn,
    SignIn,
    end_session,
    keep_session,
)
from services.web.problem_pages import PageRoute, problem_page
from services.web.rendering import render

MOST_FIELDS = 10


def sign_in_pages(
    context: Context,
    asker_of: AskerOf,
    reads: Reads,
    passkey_for: PasskeyFor,
    *,
    openid: bool,
) -> APIRouter:
    """Return the page of signing in, and what its form is sent to."""
    routes = APIRouter(route_class=PageRoute, include_in_schema=False)
    passwords = PasswordSignIn(context.access, passkey_for)

    def page(status: int = 200, **shown: Any) -> Response:
        defaults = {"wrong": "", "next": "", "account": "", "purpose": PURPOSES[0], "asked": None}
        html = render("sign_in.html", **{**defaults, **shown}, purposes=PURPOSES, openid=openid)
        return HTMLResponse(html, status)

    @routes.get("/sign-in")
    async def sign_in_page(next: str = "") -> Response:
        return page(next=inside(next))

    @routes.post("/sign-in")
    async def sign_in(http: Request) -> Response:
        said = dict(
            parse_qsl((await http.body()).decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
        )
        where = inside(said.pop("next", ""))
        try:
            given = SignIn.model_validate(said)
        except ValidationError:
            return page(422, wrong="give a user name and a password", next=where)
        try:
            begun = await passwords.begin(given, http)
        except Refused as why:
            shown = {"next": where, "account": given.account, "purpose": given.purpose}
            return page(why.problem.status, wrong=why.problem.detail, **shown)
        if isinstance(begun, PasskeyAsked):
            asked = orjson.dumps(begun.passkey).decode()
            return page(next=where, account=given.account, purpose=given.purpose, asked=asked)
        response = RedirectResponse(where or "/", 303)
        keep_session(http, response, begun)
        return response

    @routes.post("/sign-out")
    async def sign_out(http: Request) -> Response:
        response = RedirectResponse("/sign-in", 303)
        await end_session(context.access, asker_of, http, response)
        return response

    @routes.get("/password")
    async def password_page() -> Response:
        return HTMLResponse(render("password.html"))

    @routes.get("/")
    async def start(http: Request) -> Response:
        asker = await asker_of(http)
        granted = {each.facility_id for each in asker.principal.grants}

        def first() -> str | None:
            with reads.models.at_one_moment(("schedule",)) as (conn, _):
                ids = [row.facility_id for row in conn.execute(schedule.FACILITIES)]
            return next((each for each in ids if each in granted or None in granted), None)

        found = await reads.models.in_thread(first)
        if found is None:
            if reach(asker.principal, "imports", EVERYWHERE) is not NONE:
                return RedirectResponse("/begin", 303)
            return problem_page(404, "there is no facility yet that your account has a role at")
        return RedirectResponse(f"/facilities/{found}", 303)

    return routes


def inside(where: str) -> str:
    """Return an address of this server; none where it leads elsewhere."""
    return where if where.startswith("/") and not where.startswith(("//", "/\\")) else ""
