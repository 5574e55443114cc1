"""What every request has to keep to, and what every answer says to browsers.

Plain ASGI, before anything is routed: no page of another site can send or read anything, whatever
a route does.
"""

import asyncio
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api import problems
from services.api.problems import problem_response
from services.command_endpoint.handler import LARGEST
from services.command_endpoint.problems import Problem

BODY_WITHIN = 30.0
"""Seconds in which a request's body has to be there, where its address says no other bounds."""

JSON = "application/json"
"""The only type of body that is taken, but of forms that a browser sends without a script."""

FORM = "application/x-www-form-urlencoded"
FORMS = frozenset({"/sign-in", "/sign-out"})
FORM_ENDINGS = ("/emergency", "/document")
"""What takes a form, from pages of this server alone, as everything else does: some addresses,
those of an emergency, in which nobody waits for a script, and of documents, which a browser opens
in a tab of their own."""

LONGEST_HEADERS = 32 * 1024
"""Bytes of all headers, with the address, at most."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types daybook",
    )
)

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What each answer has, whatever it is."""

NOT_KEPT = (b"cache-control", b"no-store")
"""What each answer has that says nothing else of how long it may be kept."""

TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
"""What each answer over TLS has."""

ONCE = frozenset(
    {
        *(b"host", b"origin", b"authorization", b"content-type"),
        *(b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest"),
    }
)
"""The headers that say from where and from whom a request comes: of two, another might be read."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class BodyBounds:
    """How large a body may be, in bytes, and in how many seconds it has to be there."""

    size: int
    within: float


NO_OTHER: Mapping[str, BodyBounds] = {}


class BodyRefused(HTTPException):
    """A body is too large, or comes too slowly."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, headers={"connection": "close"})
        self.problem = problem


class Security:
    """Refuses what a browser sends for another site, and what is too much or too slow."""

    def __init__(
        self,
        app: ASGIApp,
        origins: Collection[str],
        bodies: Mapping[str, BodyBounds] = NO_OTHER,
    ) -> None:
        """Take the origins, as `https://daybook.example.org`, at which browsers reach the server.

        Loopback is reached without being named. `bodies` are bounds of their own by the path. What
        stands there has to know who asks before it reads a body.
        """
        self._app = app
        self._bodies = bodies
        self._origins = {each.lower().encode() for each in origins}
        self._hosts = {urlsplit(each).netloc for each in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        over_tls = scope["scheme"] == "https"

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = list(message.get("headers", ()))
                headers.extend(HEADERS)
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append(NOT_KEPT)
                if over_tls:
                    headers.append(TRANSPORT)
            await send(message)

        if wrong := self._wrong_with(scope):
            await problem_response(wrong)(scope, receive, send_guarded)
            return
        # What fails was answered and logged by the app, without its values; uvicorn logs them.
        with suppress(Exception):
            bounds = self._bodies.get(scope["path"]) or BodyBounds(LARGEST, BODY_WITHIN)
            await self._app(scope, _Body(receive, bounds).receive, send_guarded)

    def _wrong_with(self, scope: Scope) -> Problem | None:
        headers: dict[bytes, bytes] = {}
        size = len(scope.get("raw_path", b"")) + len(scope["query_string"])
        for name, value in scope["headers"]:
            if name in ONCE and name in headers:
                return problems.bad_request(f"it has the header {name.decode()} twice")
            headers[name] = value
            size += len(name) + len(value)
        if size > LONGEST_HEADERS:
            most = f"address and headers have more than {LONGEST_HEADERS} bytes"
            return problems.bad_request(most)
        if "\0" in scope["path"]:
            return problems.bad_request("its address has a character that no address has")
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if not (_LOOPBACK.fullmatch(host) or host in self._hosts):
            return problems.wrong_host()
        site = headers.get(b"sec-fetch-site", b"none")
        if site not in {b"same-origin", b"none"} and not _is_link(scope, headers):
            return problems.cross_site()
        origin = headers.get(b"origin")
        own = f"{scope['scheme']}://{host}".encode()
        if origin is not None and origin.lower() not in {own, *self._origins}:
            return problems.cross_site()
        path = scope["path"]
        taken = FORM if path in FORMS or path.endswith(FORM_ENDINGS) else JSON
        if _has_body(headers) and _type_of(headers) != taken:
            return problems.wrong_content_type(taken)
        return None


class _Body:
    """The body of a request, which has to come in time and may not be too large."""

    def __init__(self, receive: Receive, bounds: BodyBounds) -> None:
        self._receive = receive
        self._bounds = bounds
        self._until = asyncio.get_running_loop().time() + bounds.within
        self._size = 0
        self._is_read = False

    async def receive(self) -> Message:
        if self._is_read:  # what comes now is that the client has gone
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise BodyRefused(problems.too_slow(self._bounds.within)) from None
        self._size += len(message.get("body", b""))
        if self._size > self._bounds.size:
            raise BodyRefused(problems.too_large(self._bounds.size))
        self._is_read = not message.get("more_body", False)
        return message


def _has_body(headers: dict[bytes, bytes]) -> bool:
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _type_of(headers: dict[bytes, bytes]) -> str:
    kind = headers.get(b"content-type", b"").decode("latin-1")
    return kind.partition(";")[0].strip().lower()


def _is_link(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Tell whether somebody follows a link to a page, which sends nothing and shows it no one."""
    return (
        scope["method"] in _SAFE
        and headers.get(b"sec-fetch-mode") == b"navigate"
        and headers.get(b"sec-fetch-dest") == b"document"
    )
