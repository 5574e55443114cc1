"""The library's client of NATS, with what it lacks for a server that does not answer."""

from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.subscription import Subscription

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
    """Reads what arrives more plainly.

    The library looks at each character of each header's name, and hands each message over through
    a queue and a task: together more than half of a view's time.
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

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        take = self._takers.get(sid)
        if take is None or headers.startswith(_OF_THE_SERVER):
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            take(subject, reply, data, headers)

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        return headers_in(raw)


def headers_in(raw: bytes) -> dict[str, str]:
    """Return the headers of a message by their names; what has no colon is none."""
    lines = (line.partition(":") for line in raw.decode("utf-8", "replace").split("\r\n"))
    return {name.strip(): value.strip() for name, colon, value in lines if colon}
