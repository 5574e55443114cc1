"""One command over NATS, and its answer."""

import asyncio

import orjson

from services.cancellation import cancel_and_wait
from services.messaging.stream import connected

PATIENCE = 30.0
"""Seconds in which a command has to be answered."""


class NotAllowed(Exception):
    """The server does not let the command through."""


async def ask(
    nats_url: str, subject: str, payload: bytes, headers: dict[str, str]
) -> dict[str, object]:
    """Return the answer. Raises NoRespondersError where nobody gives one, and NotAllowed."""
    refused = asyncio.Event()

    def note(error: Exception) -> None:
        if "permissions violation for publish" in str(error).lower():
            refused.set()

    async with connected(nats_url, "daybook send", note) as client:
        asking = asyncio.create_task(client.request(subject, payload, PATIENCE, headers=headers))
        refusal = asyncio.create_task(refused.wait())
        try:
            await asyncio.wait([asking, refusal], return_when=asyncio.FIRST_COMPLETED)
            if refused.is_set():
                raise NotAllowed
            said: dict[str, object] = orjson.loads((await asking).data)
        finally:
            await cancel_and_wait([asking, refusal])
    return said
