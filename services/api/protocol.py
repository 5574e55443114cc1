"""HTTP on a connection, with bounds on what a client may take its time for, and on how many come.

uvicorn itself waits for ever for a request's headers and for an answer to be read, and says in
plain text that it is asked by too many, or by somebody who does not speak HTTP.
"""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from services.api import problems, security
from services.api.problems import problem_response
from services.command_endpoint.problems import Problem

HEADERS_WITHIN = 15.0
"""Seconds in which a request's headers have to be there."""

READ_WITHIN = 60.0
"""Seconds in which a client has to read on, once more waits for it than a connection holds."""

MOST_CONNECTIONS = 1000
"""Connections whose requests are answered, at most; the others are told that there are as many."""

MOST_OPEN = MOST_CONNECTIONS + 100
"""Connections that are open, at most; what comes then is closed at once."""

AGAIN_AFTER = 1
"""Seconds after which who was told so may ask again."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as the server speaks it."""

    _deadline: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin with a connection."""
        super().connection_made(transport)
        if len(self.connections) > MOST_OPEN:
            transport.abort()
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """End with a connection."""
        self._relax()
        self._has_read()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the headers of a request."""
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        """Have a request answered, or say that there are too many."""
        self._relax()
        crowded = len(self.connections) > MOST_CONNECTIONS
        self.app = _crowded if crowded else self.config.loaded_app
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as uvicorn calls it
        """Answer what is no HTTP."""
        answer = _closing(problems.bad_request("it is not as HTTP has it"))
        head = [STATUS_LINE[400]]
        head += [name + b": " + value + b"\r\n" for name, value in answer.raw_headers]
        self.transport.write(b"".join(head) + b"\r\n" + bytes(answer.body))
        self.transport.close()

    def pause_writing(self) -> None:
        """Wait until the client has read some of what waits for it."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(READ_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with what waits for the client."""
        self._has_read()
        super().resume_writing()

    def _expect(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_WITHIN, self.transport.close)

    def _relax(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _has_read(self) -> None:
        if self._reading:
            self._reading.cancel()
            self._reading = None


async def _crowded(scope: Scope, receive: Receive, send: Send) -> None:
    answer = _closing(problems.crowded(MOST_CONNECTIONS))
    answer.headers["retry-after"] = str(AGAIN_AFTER)
    await answer(scope, receive, send)


def _closing(problem: Problem) -> Response:
    """Return an answer after which the connection is closed, with what each answer has."""
    answer = problem_response(problem)
    answer.raw_headers += [*security.HEADERS, security.NOT_KEPT, (b"connection", b"close")]
    return answer
