"""The API of a running Daybook: all of its parts, opened and closed together."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from domain.errors import DaybookError
from services.access.access_log import GatheredLog
from services.access.openid import OpenId
from services.access.openid_settings import OpenIdSettings, openid_settings
from services.access.public_url import PublicUrl, named_public_url
from services.access.store import AccessStore
from services.api.access_log import access_log_routes
from services.api.accounts import account_routes
from services.api.answers import CommandAnswers
from services.api.app import add_reference, bare_app, secured
from services.api.asker import AskerOf
from services.api.calendar_feeds import calendar_routes
from services.api.change_feed import ChangeFeed
from services.api.change_routes import change_routes
from services.api.commands import PATH, CommandRoute
from services.api.context import Context
from services.api.documents import document_routes
from services.api.imports import BODY, import_routes
from services.api.imports import PATH as IMPORTS
from services.api.kiosk import kiosk_routes
from services.api.kiosks import kiosk_keeping_routes
from services.api.openid import openid_routes
from services.api.operations import operation_routes
from services.api.own_sign_ins import own_sign_in_routes
from services.api.passkeys import passkey_for, passkey_routes, passkey_sign_in_routes
from services.api.positions import Positions
from services.api.previews import PATH as PREVIEW_PATH
from services.api.previews import Previewer, PreviewRoute
from services.api.questions import question_routes
from services.api.reading import ReadModels, Reads
from services.api.server import LOOPBACK, Listen, serving
from services.api.sign_in import PasskeyFor, sign_in_routes
from services.api.tls import local_certificate, own_certificate
from services.api.tokens import token_routes
from services.cancellation import cancel_and_wait
from services.hosting.bootstrap import VIEWS, Runtime, new_views
from services.read_models.earlier_moments import EarlierMoments

EXPIRE_EVERY = 1.0
"""Seconds between two looks at commands that have waited too long."""


class Pages(Protocol):
    """Makes the routes of the pages, which stand above the API."""

    def __call__(
        self,
        context: Context,
        asker_of: AskerOf,
        reads: Reads,
        passkey_for: PasskeyFor,
        *,
        openid: bool,
    ) -> APIRouter:
        """Return the routes; `openid` says whether a provider signs people in."""


class NotSafe(DaybookError):
    """The server would be reached from other machines without TLS."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the API listens, and how browsers reach it."""

    listen: Listen
    tls: ssl.SSLContext | None
    public_url: PublicUrl | None
    openid: OpenIdSettings | None = None

    @classmethod
    def read(
        cls,
        data: Path,
        listen: Listen,
        *,
        local_tls: bool,
        environment: Mapping[str, str] = os.environ,
    ) -> "Reach":
        """Return what options and environment say; loopback alone goes without TLS.

        Raises NotSafe, CertificateUnsound, BadPublicUrl and BadOpenIdSetting.
        """
        public_url, openid = named_public_url(environment), openid_settings(environment)
        tls = own_certificate(environment)
        if tls is None and local_tls:
            hosts = [*sorted(LOOPBACK - {"::1"}), "::1"]
            named = public_url.host if public_url else None
            more = {each for each in (named, listen.host) if each and each not in hosts}
            tls = local_certificate(data, [*hosts, *sorted(more)])
        if tls is None and not listen.on_loopback:
            raise NotSafe(
                f"{listen.host} is reached from other machines, and without TLS everybody on the"
                " way reads along: add --local-tls, or name a certificate (see deploy/README.md)"
            )
        return cls(listen, tls, public_url, openid)


@asynccontextmanager
async def serving_api(
    runtime: Runtime, access: AccessStore, reach: Reach, pages: Pages | None = None
) -> AsyncIterator[str]:
    """Serve the API of a runtime, and its pages, while the context lasts; yield its URL.

    Raises CannotListen.
    """
    context = Context(
        database_url=runtime.engines.database_url,
        journal=runtime.journal,
        vault=runtime.vault,
        commands=runtime.commands,
        access=access,
        log=GatheredLog(access.log),
        status_of=runtime.supervisor().status,
    )
    async with serving_context(context, reach, pages) as url:
        yield url


@asynccontextmanager
async def serving_context(
    context: Context, reach: Reach, pages: Pages | None = None
) -> AsyncIterator[str]:
    """Serve the API on what a context has."""
    url = context.database_url
    async with AsyncExitStack() as opened:
        # What is being filled when all ends is done before what is kept is dropped.
        moments = opened.enter_context(EarlierMoments(url, new_views))
        models = opened.enter_context(ReadModels(url))
        positions = await opened.enter_async_context(Positions(context.journal, url, VIEWS))
        feed = ChangeFeed(context.journal, url, positions, VIEWS)
        reads = Reads(positions, models, await opened.enter_async_context(feed), moments)
        app = whole_app(context, CommandAnswers(context.commands), reach, reads, pages)
        expiring = asyncio.create_task(_expire(context), name="expiring commands")
        try:
            async with serving(app, reach.listen, tls=reach.tls, ending=feed.end) as found:
                yield reach.public_url.origin if reach.public_url else found
        finally:
            await cancel_and_wait([expiring])


def whole_app(
    context: Context,
    answers: CommandAnswers,
    reach: Reach,
    reads: Reads,
    pages: Pages | None = None,
) -> ASGIApp:
    """Return all that stands at an address, behind what every request has to keep to."""
    app = routed_app(context, answers, reach, reads, pages)
    add_reference(app)
    origins = (reach.public_url.origin,) if reach.public_url else ()
    return secured(app, origins, {IMPORTS: BODY})


def routed_app(
    context: Context,
    answers: CommandAnswers,
    reach: Reach,
    reads: Reads,
    pages: Pages | None = None,
) -> FastAPI:
    """Return the app with its routes."""
    app = bare_app()
    asker_of, access, named = AskerOf(context.access), context.access, reach.public_url
    openid = OpenId(reach.openid, access.database, access.accounts) if reach.openid else None
    # First, as what comes most: a request is compared with one route after the other.
    command = CommandRoute(context, answers, asker_of)
    app.add_route(PATH, command.answer, methods=["POST"])
    preview = PreviewRoute(Previewer(context, answers), asker_of)
    app.add_route(PREVIEW_PATH, preview.answer, methods=["POST"])
    app.include_router(question_routes(context, asker_of, reads))
    app.include_router(document_routes(context, asker_of, reads, answers))
    app.include_router(change_routes(context, asker_of, reads))
    ask_passkey = passkey_for(context, named)
    app.include_router(sign_in_routes(context, asker_of, ask_passkey))
    app.include_router(openid_routes(context, asker_of, openid))
    app.include_router(passkey_sign_in_routes(context, named))
    app.include_router(passkey_routes(context, asker_of, named))
    app.include_router(own_sign_in_routes(context, asker_of))
    app.include_router(access_log_routes(context, asker_of))
    app.include_router(account_routes(context, asker_of))
    app.include_router(token_routes(context, asker_of))
    origin = named.origin if named else None
    app.include_router(kiosk_keeping_routes(context, answers, asker_of, origin))
    app.include_router(kiosk_routes(context, answers))
    app.include_router(calendar_routes(context, asker_of, reads))
    app.include_router(operation_routes(context, asker_of))
    app.include_router(import_routes(context, asker_of))
    if pages:
        app.include_router(
            pages(context, asker_of, reads, ask_passkey, openid=reach.openid is not None)
        )
    return app


async def _expire(context: Context) -> None:
    while True:
        await asyncio.sleep(EXPIRE_EVERY)
        context.commands.expire()
