"""Keeping a task going: whatever it fails of, it is begun again after a pause."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from services.audit.sealing.seal_refusals import SealRefused
from services.cancellation import raise_if_cancelled
from services.failures import reason
from services.messaging.stream import Unpublishable
from services.messaging.stream_reader import StreamGone
from services.messaging.stream_refusals import StreamRefused

logger = logging.getLogger("daybook.supervisor")

LONGEST_PAUSE = 5.0
"""Seconds until a task whose engine failed is started again, at most."""


async def keep_going(
    name: str,
    run: Callable[[], Awaitable[None]],
    on_trouble: Callable[[Exception], object] = lambda _: None,
) -> None:
    """Run a task again and again, after a pause that grows while it fails at once."""
    clock = asyncio.get_running_loop().time
    pause = 0.2
    while True:
        started = clock()
        try:
            await run()
        except Exception as trouble:  # an engine's, or a refusal: it may be over next time
            # psycopg answers a cancellation within a pipeline with an AssertionError.
            raise_if_cancelled()
            on_trouble(trouble)
            if clock() - started > LONGEST_PAUSE:
                pause = 0.2
            logger.warning("The %s starts again in %.1f s: %s", name, pause, plainly(trouble))
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def plainly(trouble: Exception) -> str:
    """Say what went wrong in one line that has no address, secret or patient's data in it."""
    if isinstance(trouble, (StreamRefused, Unpublishable, StreamGone, SealRefused)):
        return str(trouble)
    return reason(trouble)
