"""Who asks over HTTP: found by the cookie of a sign-in, or by a token; and for what purpose."""

import asyncio
import time
from dataclasses import dataclass, replace

from starlette.requests import HTTPConnection

from domain import bounds
from services.access.principal import Principal
from services.access.sign_in_sessions import PURPOSES, Purpose
from services.access.store import AccessStore
from services.api import problems
from services.api.problems import Refused
from services.command_endpoint.problems import bad_header

COOKIE = "daybook_session"
SECURE_COOKIE = "__Host-daybook_session"
"""What the cookie is called over TLS: a browser takes it from this very server alone."""

EMERGENCY = "emergency"
"""The purpose that opens what a role does not include, with a reason."""

PURPOSE, REASON = "daybook-purpose", "daybook-reason"

LONGEST_REASON = 500

REMEMBERED = 1.0
"""Seconds for which it is remembered who has a cookie or a token: so long may a revocation take."""

MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, what for, and from where.

    `session_id` is the sign-in by which they are known, None for a token. With a `reason` they
    ask in an emergency for what their role does not include. Who `must_change` the password that
    somebody else knows may do nothing else.
    """

    principal: Principal
    purpose: Purpose
    address: str
    session_id: str | None = None
    reason: str | None = None
    must_change: bool = False

    @property
    def is_emergency(self) -> bool:
        """Tell whether what the role does not include is asked for, in an emergency."""
        return self.reason is not None


class AskerOf:
    """Says who sends a request. Raises Refused where nobody is signed in."""

    def __init__(self, access: AccessStore) -> None:
        self._access = access
        self._known: dict[tuple[str, bool], tuple[float, Asker]] = {}

    async def __call__(self, http: HTTPConnection) -> Asker:
        """Return who asks, and for what purpose."""
        found = await self.signed_in(http)
        if found.must_change:
            raise Refused(problems.must_change_password())
        return found

    async def signed_in(self, http: HTTPConnection) -> Asker:
        """Return who asks, also where they have to choose a password first."""
        token, by_session = token_of(http)
        found = await self._asker(token, by_session=by_session) if token else None
        if found is None:
            raise Refused(problems.not_signed_in(), {"www-authenticate": "Bearer"})
        return _for_purpose(replace(found, address=address_of(http)), http)

    async def still(self, http: HTTPConnection) -> Asker | None:
        """Return who sent a request that is not over yet; None where they are signed out by now.

        That is no use of the sign-in: it ends by itself all the same.
        """
        token, by_session = token_of(http)
        if not token:
            return None
        look = self._by_session_unused if by_session else self._by_token
        return await asyncio.to_thread(look, token)

    def forget(self) -> None:
        """Ask anew who somebody is, each time from now on."""
        self._known.clear()

    async def _asker(self, token: str, *, by_session: bool) -> Asker | None:
        key, now = (token, by_session), time.monotonic()
        known = self._known.get(key)
        if known and now - known[0] < REMEMBERED:
            return known[1]
        find = self._by_session if by_session else self._by_token
        found = await asyncio.to_thread(find, token)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known.pop(key, None)
        if found:
            self._known[key] = (now, found)
        return found

    def _by_session(self, token: str, *, is_used: bool = True) -> Asker | None:
        found = self._access.sessions.find(token, is_used=is_used)
        if found is None:
            return None
        return Asker(
            *(found.principal, found.purpose, "", found.session_id), must_change=found.must_change
        )

    def _by_session_unused(self, token: str) -> Asker | None:
        return self._by_session(token, is_used=False)

    def _by_token(self, token: str) -> Asker | None:
        found = self._access.tokens.find(token)
        return Asker(found, "operations", "") if found else None


def address_of(http: HTTPConnection) -> str:
    """Return from where a request comes."""
    return http.client.host if http.client else ""


def cookie_name(http: HTTPConnection) -> str:
    """Return what the cookie of a sign-in is called on this connection."""
    return SECURE_COOKIE if http.scope["scheme"] == "https" else COOKIE


def token_of(http: HTTPConnection) -> tuple[str | None, bool]:
    """Return the token of a request, and whether it is that of a sign-in."""
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip(), False
    return http.cookies.get(cookie_name(http)), True


def _for_purpose(asker: Asker, http: HTTPConnection) -> Asker:
    purpose = http.headers.get(PURPOSE)
    if purpose is None:
        return asker
    if purpose != EMERGENCY:
        if purpose not in PURPOSES:
            allowed = ", ".join((*PURPOSES, EMERGENCY))
            raise Refused(bad_header("Daybook-Purpose", f"one of {allowed}"))
        return replace(asker, purpose=purpose)
    reason = http.headers.get(REASON, "").strip()
    if not 3 <= len(reason) <= LONGEST_REASON or bounds.text_problem(reason):
        expected = f"3 to {LONGEST_REASON} characters of text that say what the emergency is"
        raise Refused(bad_header("Daybook-Reason", expected))
    return replace(asker, reason=reason)
