"""Waiting until views have got to a position and a time, or something keeps them from it."""

import asyncio
import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.advisory_lock import connect
from services.cancellation import raise_if_cancelled
from services.failures import BROKER_AWAY, DATABASE_AWAY
from services.hosting.status import ViewStatus
from services.read_models.execution import ViewStopped

if TYPE_CHECKING:
    from services.hosting.supervisor import Supervisor

PATIENCE = 15.0
"""Seconds that an engine may be away before `caught_up` gives up."""

GRACE = 10.0
"""Seconds in which a view that was stopped before may get going again before it counts."""

PUNCTUAL = timedelta(seconds=60)
"""How old the time of a view that keeps time may be, at most, for `caught_up`."""


class CatchUpWait:
    """Waits until views have got to a position and a time, and notices when they cannot."""

    def __init__(
        self,
        supervisor: "Supervisor",
        position: int,
        timeout: float | None,
        on_progress: Callable[[dict[str, int]], None] | None,
    ) -> None:
        self._supervisor = supervisor
        self._position = position
        self._told_since = supervisor.clock() - PUNCTUAL
        self._on_progress = on_progress
        self._started = asyncio.get_running_loop().time()
        self._until = math.inf if timeout is None else self._started + timeout
        self._stopped_before: dict[str, datetime | None] | None = None
        self._away_since: float | None = None

    async def a_while(self) -> bool:
        """Watch for about a second; tell whether every view has got there."""
        if asyncio.get_running_loop().time() >= self._until:
            message = f"The views have not got to position {self._position} in time."
            raise TimeoutError(message)
        try:
            try:
                if await self._views_got_there():
                    return True
            except ViewStopped:
                # What is wrong with the stream itself says more, if anything is.
                await self._supervisor.look_for_trouble(self._started)
                raise
            await self._supervisor.look_for_trouble(self._started)
            self._away_since = None
        except (*DATABASE_AWAY, *BROKER_AWAY):
            now = asyncio.get_running_loop().time()
            self._away_since = self._away_since or now
            if now - self._away_since > PATIENCE:
                raise
            await asyncio.sleep(0.2)
        return False

    async def _views_got_there(self) -> bool:
        async with await connect(self._supervisor.database_url) as conn:
            for _ in range(20):
                raise_if_cancelled()
                views = await self._supervisor.view_statuses(conn)
                if self._on_progress:
                    self._on_progress({view.name: view.position for view in views})
                behind = [view for view in views if not self._got_there(view)]
                if not behind:
                    return True
                self._refuse_stopped(behind)
                if asyncio.get_running_loop().time() >= self._until:
                    break
                # What takes long need not be noticed so soon.
                took = asyncio.get_running_loop().time() - self._started
                await asyncio.sleep(min(max(0.05, took / 50), 0.2))
        return False

    def _got_there(self, view: ViewStatus) -> bool:
        # A view ahead of its journal knows what was lost, as after a restore.
        if not view.serves or view.position < self._position or view.lag < 0:
            return False
        if view.name not in self._supervisor.keeping_time:
            return True
        return view.looked_at is not None and view.looked_at >= self._told_since

    def _refuse_stopped(self, behind: Sequence[ViewStatus]) -> None:
        """Raise ViewStopped, unless it is an old stop that may be over on the next attempt.

        The others are waited for before that.
        """
        stopped = {view.name: view.updated_at for view in behind if view.stopped_at}
        if self._stopped_before is None:
            self._stopped_before = stopped
        graceful = asyncio.get_running_loop().time() - self._started < GRACE
        if any(view.stopped_at is None for view in behind):
            return
        for view in behind:
            known = self._stopped_before.get(view.name) == view.updated_at
            if view.stopped_at is not None and not (graceful and known):
                raise ViewStopped(view.name, view.stopped_at, view.stopped_because or "")
