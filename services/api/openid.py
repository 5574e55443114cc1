"""Signing in through the site's OpenID provider, in a browser.

The provider sends the browser back from its own site, so that the cookie of a sign-in under way is
`Lax`; and the answer to that is a page that leads on, since on a redirect the browser would not
send the session's cookie, which is `Strict`.
"""

import asyncio
from html import escape
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.access.openid import OpenId
from services.access.openid_refusals import (
    AccountDisabled,
    AccountMissing,
    AnotherPerson,
    OpenIdRefused,
    ProviderAway,
    ProviderUnsound,
)
from services.access.openid_store import PENDING_FOR, OpenIdSubjects
from services.access.refusals import NoSuchAccount
from services.access.sign_in_sessions import Purpose
from services.api import problems
from services.api.accounts import Changed
from services.api.asker import Asker, AskerOf, address_of
from services.api.beginnings import Beginnings
from services.api.context import Context
from services.api.openapi import SETS_COOKIE, problem_responses
from services.api.permission import TAKES, changer
from services.api.problems import Refused, problem_response
from services.api.sign_in import begin_session
from services.command_endpoint.problems import Problem

COOKIE = "daybook_openid"
SECURE_COOKIE = "__Host-daybook_openid"

BEGIN = "/v1/sign-in/openid"

LEADS_TO = "/"
"""Where somebody goes who has signed in."""

_STATUSES: tuple[tuple[type[OpenIdRefused], int], ...] = (
    (ProviderAway, 503),
    (ProviderUnsound, 503),
    (AccountMissing, 403),
    (AccountDisabled, 403),
    (AnotherPerson, 403),
    (OpenIdRefused, 401),
)
"""The first that fits counts."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} - Daybook</title>{head}
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="{link}">{link_text}</a></p></main></body>
</html>
"""

Code = Annotated[str | None, Query(max_length=4096)]
"""Providers that keep nothing write all that they know into it."""
Said = Annotated[str | None, Query(max_length=500)]


def openid_routes(context: Context, asker_of: AskerOf, openid: OpenId | None) -> APIRouter:
    """Return the routes of signing in through a provider; without one they say that."""
    routes = APIRouter(prefix="/v1", tags=["Sign-in"])
    subjects, change = OpenIdSubjects(context.access.database), changer(asker_of)

    @routes.get(
        "/sign-in/openid",
        status_code=303,
        response_class=RedirectResponse,
        summary="Sign in through the site's OpenID provider.",
        responses={303: SETS_COOKIE, **problem_responses(404, 429, 503)},
        openapi_extra={"security": []},
        dependencies=[Depends(Beginnings())],
    )
    async def begin_openid_sign_in(http: Request, purpose: Purpose = "treatment") -> Response:
        """For a browser: it is sent to the provider, and comes back signed in."""
        try:
            begun = await _configured(openid).begin(purpose)
        except OpenIdRefused as why:
            return _refused(http, _problem(why))
        response = RedirectResponse(begun.url, 303)
        response.set_cookie(
            _cookie_name(http),
            begun.cookie,
            max_age=int(PENDING_FOR.total_seconds()),
            path="/",
            secure=http.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return response

    @routes.get(
        "/sign-in/openid/callback",
        response_class=HTMLResponse,
        summary="Come back from the provider.",
        responses={200: SETS_COOKIE, **problem_responses(401, 403, 404, 503)},
        openapi_extra={"security": []},
    )
    async def finish_openid_sign_in(
        http: Request, state: Said = None, code: Code = None, iss: Said = None, error: Said = None
    ) -> Response:
        """For a browser that the provider sends; it leads on to what needs somebody signed in."""
        said = {"state": state, "code": code, "iss": iss, "error": error}
        params = {name: value for name, value in said.items() if value is not None}
        site = _configured(openid)
        try:
            finished = await site.finish(http.cookies.get(_cookie_name(http)), params)
            token = await asyncio.to_thread(
                context.access.sessions.begin,
                *(finished.account, "oidc", cast(Purpose, finished.purpose), address_of(http)),
            )
        except OpenIdRefused as why:
            return _refused(http, _problem(why))
        except NoSuchAccount:
            return _refused(http, _problem(AccountDisabled()))
        response = HTMLResponse(
            _page(
                "You are signed in",
                "Daybook opens by itself.",
                LEADS_TO,
                "Open Daybook",
                head=f'<meta http-equiv="refresh" content="0; url={LEADS_TO}">',
            )
        )
        await begin_session(context, http, response, token)
        response.delete_cookie(_cookie_name(http), path="/")
        return response

    @routes.post(
        "/accounts/{account}/release",
        tags=["Accounts"],
        summary="Release an account from who it is at the provider.",
        responses=TAKES,
    )
    async def release_account(asker: Annotated[Asker, Depends(asker_of)], account: str) -> Changed:
        """It was bound to the first who signed in there; now it is to who does next."""
        act = lambda: subjects.release(account)  # noqa: E731
        return Changed(changed=await change(asker, "accounts", act))

    return routes


def _configured(openid: OpenId | None) -> OpenId:
    if openid is None:
        raise Refused(problems.no_provider())
    return openid


def _problem(why: OpenIdRefused) -> Problem:
    status = next(status for kind, status in _STATUSES if isinstance(why, kind))
    return problems.refused(why, status)


def _refused(http: Request, problem: Problem) -> Response:
    """Return why somebody is not signed in: a page for browsers, a problem for programs."""
    if "text/html" not in http.headers.get("accept", ""):
        return problem_response(problem)
    page = _page("You are not signed in", problem.detail, BEGIN, "Begin again")
    return HTMLResponse(page, problem.status)


def _page(title: str, text: str, link: str, link_text: str, *, head: str = "") -> str:
    said = text[:1].upper() + text[1:].rstrip(".") + "."
    return _PAGE.format(
        title=escape(title), text=escape(said), link=link, link_text=link_text, head=head
    )


def _cookie_name(http: Request) -> str:
    return SECURE_COOKIE if http.url.scheme == "https" else COOKIE
