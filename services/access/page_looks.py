"""Looks at a page that stays open: on record at once, and again while it does, but not each time.

A page is fetched anew with whatever happens at the clinic, which says nothing of who looked that is
not on record already.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from services.access.access_log import Entry, GatheredLog

WITHIN = 300.0
"""Seconds from an entry in which the same people on the same page need no other one."""

MOST_PAGES = 10_000

Looked = tuple[str, str, Entry]
"""The sign-in, the address of the page, and what an entry says besides whose records are on it."""


class PageLooks:
    """Puts looks at pages on record: each patient when they are first shown, then as time passes.

    It is remembered by each process for itself; one that has begun anew records more, never less.
    """

    def __init__(self, log: GatheredLog, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._recorded: dict[Looked, dict[str, float]] = {}

    async def record(self, entry: Entry, *, sign_in: str, address: str) -> None:
        """Put on record who of an entry is not, by the same sign-in on the page at an address.

        Once this returns all of them are. What was refused, or is an emergency, always is.
        """
        if entry.outcome == "refused" or entry.emergency:
            await self._log.record(entry)
            return
        now = self._clock()
        looked: Looked = (sign_in, address, replace(entry, patient_ids=()))
        recent = self._recent(looked, now)
        new = tuple(each for each in entry.patient_ids if each not in recent)
        if entry.patient_ids and not new:
            return
        await self._log.record(replace(entry, patient_ids=new))
        if len(self._recorded) >= MOST_PAGES:
            self._recorded.clear()
        self._recorded[looked] = self._recent(looked, now) | dict.fromkeys(new, now)

    def _recent(self, looked: Looked, now: float) -> dict[str, float]:
        recorded = self._recorded.get(looked, {})
        return {each: at for each, at in recorded.items() if now - at < WITHIN}
