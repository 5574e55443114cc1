"""The library's client of NATS, with what it lacks for a server that does not answer."""

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.protocol.command import hpub_cmd

from services.failures import where_it_failed

logger = logging.getLogger("daybook.messaging")

CONNECT_WITHIN = 3
"""Seconds for each step of a connection: TCP, the TLS handshake, the server's first words."""

Taker = Callable[[bytes, bytes, bytes, bytes], None]
"""Takes a message as it was read: its subject, its reply subject, its payload and its headers."""

_OF_THE_SERVER = b"NATS/1.0 "
"""How headers begin where the server says something of itself: its status follows."""


class EndingClient(Client):
    """Gives a connection up that could not be begun.

    The library waits for its end, which is never told once a TLS handshake was tried and failed:
    a server that says nothing would hold up whoever connects, and whoever is ended meanwhile.
    """

    async def _process_connect_init(self) -> None:
        try:
            await super()._process_connect_init()
        except BaseException:
            given_up, self._transport = self._transport, None
            if given_up:
                given_up.close()  # type: ignore[no-untyped-call]
            raise


class PlainClient(EndingClient):
    """Reads what arrives, and writes headers, more plainly.

    The library looks at each character of each header, and hands each message over through a queue
    and a task: together more than half of a view's time, and of a relay's.
    """

    def __init__(self) -> None:
        super().__init__()
        self._takers: dict[int, Taker] = {}

    def hand_over(self, subscription: Subscription, take: Taker) -> None:
        """Give a subscription's messages to a function as they are read from the connection.

        What the server says of itself, such as that a pull is over, still goes to the callback of
        the subscription.
        """
        self._takers[subscription._id] = take

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        super()._remove_sub(sid, max_msgs)
        self._takers.pop(sid, None)

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None
    ) -> None:
        take = self._takers.get(sid)
        # Whatever is raised here ends the reading of the connection.
        try:
            if take is None or (headers or b"").startswith(_OF_THE_SERVER):
                await super()._process_msg(sid, subject, reply, data, headers or b"")
            else:
                take(subject, reply, data, headers or b"")
        except Exception as fault:
            logger.warning("A message was passed over: %s.", where_it_failed(fault))

    async def _send_publish(
        self,
        subject: str,
        reply: str,
        payload: bytes,
        payload_size: int,
        headers: dict[str, Any] | None,
    ) -> None:
        lines = [name + ": " + value + "\r\n" for name, value in (headers or {}).items()]
        written = "".join(lines)
        as_many = len(lines) == written.count("\r") == written.count("\n")
        if not (headers and as_many and all(map(_is_plain, headers))):
            await super()._send_publish(subject, reply, payload, payload_size, headers)
            return
        head = f"NATS/1.0\r\n{written}\r\n".encode()
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += payload_size
        await self._send_command(hpub_cmd(subject, reply, head, payload))
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        return headers_in(raw)


@cache
def _is_plain(name: str) -> bool:
    """Tell whether a header's name needs no look of the library's."""
    return re.fullmatch(r"[A-Za-z-]+", name) is not None


def headers_in(raw: bytes) -> dict[str, str]:
    """Return the headers of a message by their names; what has no colon is none."""
    text = raw.decode("utf-8", "replace")
    lines = [line for line in text.split("\r\n") if line]
    if ":  " not in text and " \r\n" not in text:
        # As nearly all are, and quicker read so; what is not is no pair, and refused. The first
        # line is the protocol's.
        pairs = lines[1:] if lines[:1] == ["NATS/1.0"] else lines
        with suppress(ValueError):
            return dict([line.split(": ", 1) for line in pairs])
    parts = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, colon, value in parts if colon}
