"""Sign-in through a site's OpenID provider: authorization code flow with PKCE.

The provider says who somebody is, and nothing of what they may: accounts and roles are given by
an administrator of Daybook. Whoever is the first to come with an account's name is bound to it.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from services.access.accounts import Accounts
from services.access.database import AccessDatabase
from services.access.openid_provider import Claims, OpenIdProvider
from services.access.openid_refusals import (
    AccountDisabled,
    AccountMissing,
    AnotherPerson,
    SignInReplayed,
    SignInUnknown,
)
from services.access.openid_settings import OpenIdSettings
from services.access.openid_store import (
    PENDING_FOR,
    OpenIdSubjects,
    PendingSignIn,
    PendingSignIns,
)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the secret that it has to come back with, in a cookie."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Who has signed in, and for what purpose they asked to."""

    account: str
    purpose: str


class OpenId:
    """Signs people in through the provider. To be used by one event loop."""

    def __init__(
        self,
        settings: OpenIdSettings,
        database: AccessDatabase,
        accounts: Accounts,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._provider = OpenIdProvider(settings, database.now, transport)
        self._pending = PendingSignIns(database)
        self._subjects = OpenIdSubjects(database)
        self._accounts = accounts

    async def begin(self, purpose: str) -> Begun:
        """Begin a sign-in. Raises OpenIdRefused where the provider is away."""
        cookie, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        pending = PendingSignIn(nonce, verifier, purpose)
        url = await self._provider.address(pending, state)
        await asyncio.to_thread(self._pending.keep, pending, cookie, state)
        return Begun(url, cookie)

    async def finish(self, cookie: str | None, params: Mapping[str, str]) -> Finished:
        """Finish a sign-in with what the provider sent the browser back with.

        Raises OpenIdRefused; each sign-in can be finished once, whatever comes of it.
        """
        pending = await self._taken(cookie or "", params.get("state", ""))
        claims = await self._provider.claims(pending, params)
        account = self._account(claims)
        await asyncio.to_thread(self._check, account, claims["sub"])
        return Finished(account, pending.purpose)

    async def _taken(self, cookie: str, state: str) -> PendingSignIn:
        taken = await asyncio.to_thread(self._pending.take, cookie, state)
        if taken:
            return taken
        if await asyncio.to_thread(self._pending.was_used, cookie, state):
            raise SignInReplayed
        raise SignInUnknown(minutes=int(PENDING_FOR.total_seconds() / 60))

    def _account(self, claims: Claims) -> str:
        """Return the name that the provider gives, or an empty one."""
        claim, domain = self._settings.account_claim, self._settings.account_domain
        told = claims.get(claim)
        name = told.lower() if isinstance(told, str) and told.isascii() else ""
        if domain is not None:
            name, _, of = name.rpartition("@")
            name = name if of == domain else ""
        if claim == "email" and claims.get("email_verified") is not True:
            name = ""
        return name

    def _check(self, account: str, subject: str) -> None:
        found = self._accounts.find(account)
        if found is None:
            raise AccountMissing
        if found.disabled_at:
            raise AccountDisabled
        if not self._subjects.bind(account, self._settings.issuer, subject):
            raise AnotherPerson(host=self._settings.host)
