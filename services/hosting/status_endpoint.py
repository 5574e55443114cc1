"""What a running Daybook answers over NATS: `daybook.status` tells monitors where all stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from services.hosting.supervisor import Supervisor
from services.messaging.broker import connect, new_broker

STATUS = "daybook.status"
"""Ask here, with any payload; the answer is the status as JSON. It says nothing of patients."""


@asynccontextmanager
async def serve_status(nats_url: str, supervisor: Supervisor) -> AsyncIterator[None]:
    """Answer while the context lasts; of several processes, one answers each question."""
    broker = new_broker(nats_url, "daybook answers")

    @broker.subscriber(STATUS, queue="daybook")
    async def status(_: Any) -> dict[str, Any]:
        return asdict(await supervisor.status())

    async with broker:
        await connect(broker)
        await broker.start()
        yield
