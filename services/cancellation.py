"""Ending tasks for certain: in Python 3.11 a cancellation can get lost.

`asyncio.wait_for`, which psycopg and nats-py use, swallows it when what it waits for comes at the
same moment (python/cpython#86296, mended in 3.12).
"""

import asyncio
import signal
from collections.abc import Iterable
from typing import Any


def raise_if_cancelled() -> None:
    """Raise CancelledError where this task was cancelled, though nothing has come of it."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, again and again if need be, and return when they have ended."""
    left = set(tasks)
    patience = 0.5
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=patience)
        patience *= 2


def shutdown_requested() -> asyncio.Event:
    """Return what is set once somebody asks the process to end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return ended
