"""How often somebody whom nobody knows yet may begin to sign in: each time keeps something."""

import time
from collections import Counter
from collections.abc import Callable

from fastapi import Request

from services.access.attempts import network_of
from services.api import problems
from services.api.asker import address_of
from services.api.problems import Refused

WINDOW = 60.0
"""Seconds over which they are counted."""

MOST = 60
"""So many in a window from one address: a clinic's may be one."""

MOST_OF_ALL = 3_000
"""So many in a window from all addresses together."""


class Beginnings:
    """Counts how often a sign-in is begun. Raises Refused where that is too often."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._counted: Counter[str] = Counter()

    async def __call__(self, http: Request) -> None:
        """Count one, from the address of a request."""
        now = self._clock()
        if now - self._since >= WINDOW:
            self._since = now
            self._counted.clear()
        where = network_of(address_of(http))
        if self._counted[where] >= MOST or self._counted.total() >= MOST_OF_ALL:
            seconds = max(1, round(self._since + WINDOW - now))
            told = {"retry-after": str(seconds)}
            raise Refused(problems.too_many_attempts(seconds), told)
        self._counted[where] += 1
