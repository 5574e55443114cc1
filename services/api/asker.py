"""Who asks over HTTP: found by the cookie of a sign-in, or by a token; and for what purpose."""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

from starlette.requests import HTTPConnection

from services.access.principal import Principal
from services.api import problems
from services.api.problems import Refused
from services.command_endpoint.problems import bad_header

COOKIE = "daybook_session"
SECURE_COOKIE = "__Host-daybook_session"
"""What the cookie is called over TLS: a browser takes it from this very server alone."""

Purpose = Literal["treatment", "payment", "operations", "audit"]
"""What somebody looks at records for (45 CFR 164.506)."""

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

    `session_id` is the sign-in by which they are known, None for a token. An emergency has a
    `reason`.
    """

    principal: Principal
    purpose: str
    address: str
    session_id: str | None = None
    reason: str | None = None

    @property
    def is_emergency(self) -> bool:
        """Tell whether what the role does not include is asked for, in an emergency."""
        return self.purpose == EMERGENCY


class Credentials(Protocol):
    """Knows who has a cookie or a token; may take a while."""

    def by_session(self, token: str, address: str) -> Asker | None:
        """Return who signed in; None where nobody did, or it has ended."""

    def by_token(self, token: str, address: str) -> Asker | None:
        """Return whose token it is; None where there is none such, or it has ended."""


class AskerOf:
    """Says who sends a request. Raises Refused where nobody is signed in."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._known: dict[tuple[str, str], tuple[float, Asker]] = {}

    async def __call__(self, http: HTTPConnection) -> Asker:
        """Return who asks, and for what purpose."""
        token, by_session = _token_of(http)
        address = http.client.host if http.client else ""
        found = await self._asker(token, address, by_session=by_session) if token else None
        if found is None:
            raise Refused(problems.not_signed_in(), {"www-authenticate": "Bearer"})
        return _for_purpose(found, http)

    def forget(self) -> None:
        """Ask anew who somebody is, each time from now on."""
        self._known.clear()

    async def _asker(self, token: str, address: str, *, by_session: bool) -> Asker | None:
        key = (token, address)
        now = time.monotonic()
        known = self._known.get(key)
        if known and now - known[0] < REMEMBERED:
            return known[1]
        find = self._credentials.by_session if by_session else self._credentials.by_token
        found = await asyncio.to_thread(find, token, address)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        if found:
            self._known[key] = (now, found)
        else:
            self._known.pop(key, None)
        return found


def cookie_name(http: HTTPConnection) -> str:
    """Return what the cookie of a sign-in is called on this connection."""
    return SECURE_COOKIE if http.url.scheme == "https" else COOKIE


def _token_of(http: HTTPConnection) -> tuple[str | None, bool]:
    """Return the token of a request, and whether it is that of a sign-in."""
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip(), False
    return http.cookies.get(cookie_name(http)), True


def _for_purpose(asker: Asker, http: HTTPConnection) -> Asker:
    purpose = http.headers.get(PURPOSE)
    if purpose is None:
        return asker
    if purpose not in {*get_args(Purpose), EMERGENCY}:
        allowed = ", ".join((*get_args(Purpose), EMERGENCY))
        raise Refused(bad_header("Daybook-Purpose", f"one of {allowed}"))
    reason = http.headers.get(REASON, "").strip()
    if purpose == EMERGENCY and not 3 <= len(reason) <= LONGEST_REASON:
        raise Refused(
            bad_header("Daybook-Reason", f"3 to {LONGEST_REASON} characters that say what for")
        )
    return replace(asker, purpose=purpose, reason=reason or None)
