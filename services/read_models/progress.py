"""How far a view has read, which may be a little further than what is written of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg

from services.advisory_lock import Connection
from services.read_models.checkpoint import Checkpoint, ViewChanged, advance

WRITE_AGAIN = 0.2
"""Seconds between two writings of a checkpoint with which no row changes."""


class Progress:
    """The checkpoint of a view as it is written, and as it is by now.

    They differ only while no row has changed in between: who begins again at the one that is
    written reads over the same events, and again no row changes.
    """

    def __init__(self, conn: Connection, written: Checkpoint) -> None:
        self.conn = conn
        self.written = written
        self.reached = written
        self._written_at = 0.0

    @property
    def is_written(self) -> bool:
        """Tell whether everything is written."""
        return self.reached == self.written

    @property
    def due_in(self) -> float:
        """Seconds until what is not written is to be."""
        return self._written_at + WRITE_AGAIN - asyncio.get_running_loop().time()

    def wrote(self, checkpoint: Checkpoint) -> None:
        """Note what was written."""
        self.written = self.reached = checkpoint
        self._written_at = asyncio.get_running_loop().time()

    async def write(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint; ViewChanged where the one before it is not there any more."""
        self.wrote(await advance(self.conn, self.written, checkpoint))

    async def write_rest(self) -> None:
        """Write what is not written, if anything."""
        if not self.is_written:
            await self.write(self.reached)

    @asynccontextmanager
    async def written_if_cancelled(self) -> AsyncIterator[None]:
        """Write what is not written where this is cancelled: nobody has to read it again."""
        try:
            yield
        except asyncio.CancelledError:
            with suppress(psycopg.Error, ViewChanged):
                await self.write_rest()
            raise

    async def check(self) -> None:
        """Raise ViewChanged where the view's tables are not as they were left."""
        if await Checkpoint.read(self.conn, self.written.schema) != self.written:
            raise ViewChanged
