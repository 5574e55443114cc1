"""FastStream's broker, as each of Daybook's services on NATS uses it."""

from typing import cast

from faststream.nats import NatsBroker
from nats.aio.client import Client

from services.messaging.client import CONNECT_WITHIN, PlainClient
from services.messaging.credentials import Login


class EndingBroker(NatsBroker):
    """FastStream's broker, with a client that gives up a server that does not answer."""

    async def _connect(self) -> Client:
        client = PlainClient()
        await client.connect(**self._connection_kwargs)
        self.config.connect(client)
        return client


def new_broker(nats_url: str, name: str) -> NatsBroker:
    """Return a broker for one or several URLs (by commas), to be connected."""
    return EndingBroker(
        [url.strip() for url in nats_url.split(",")],
        name=name,
        logger=None,
        # Holds for the first connection too, which would be tried for two minutes.
        max_reconnect_attempts=1,
        reconnect_time_wait=1,
        connect_timeout=CONNECT_WITHIN,
        ping_interval=10,
        **Login.from_environment().broker_options(),
    )


async def connect(broker: NatsBroker) -> PlainClient:
    """Connect a broker, or raise what NATS raises; from then on it comes back after any outage."""
    client = cast("PlainClient", await broker.connect())
    client.options["max_reconnect_attempts"] = -1
    return client
