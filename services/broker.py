"""FastStream's broker, as each of Daybook's services on NATS uses it."""

from faststream.nats import NatsBroker

from services.nats_login import Login


def new_broker(nats_url: str, name: str) -> NatsBroker:
    """Return a broker for one or several URLs (by commas), which comes back after any outage."""
    return NatsBroker(
        [url.strip() for url in nats_url.split(",")],
        name=name,
        logger=None,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=3,
        ping_interval=10,
        **Login.from_environment().broker_options(),
    )
