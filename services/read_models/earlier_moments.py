"""Earlier moments that people look at: kept for some minutes, since they look again and again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Timer
from time import monotonic
from types import TracebackType
from typing import Self

import psycopg

from projections.view import View
from services.read_models.as_of import Prefix, TooMany, shown_as_of

KEPT_FOR = 300.0
"""Seconds for which a moment is kept after somebody looked at it."""

MOST_KEPT = 12
"""Moments that are kept at once: each is a database of some 15 MB."""

Key = tuple[str | None, str | None, int, datetime, tuple[str, ...]]


@dataclass(slots=True)
class _Kept:
    """A moment: its database once it is filled, how many look at it, and since when nobody does."""

    opened: ExitStack = field(default_factory=ExitStack)
    filling: Lock = field(default_factory=Lock)
    url: str | None = None
    looking: int = 0
    left_at: float = 0.0


class EarlierMoments:
    """Makes earlier moments and keeps them a while; usable from any thread."""

    def __init__(
        self,
        database_url: str,
        views: Callable[[], Sequence[View]],
        *,
        kept_for: float = KEPT_FOR,
    ) -> None:
        """Take what returns new views: what one keeps in memory is of one database."""
        self._database_url = database_url
        self._views = views
        self._kept_for = kept_for
        self._lock = Lock()
        self._kept: dict[Key, _Kept] = {}
        self._timer: Timer | None = None

    def __enter__(self) -> Self:
        """Begin; makes nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop all that is kept."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            kept = list(self._kept.values())
            self._kept.clear()
        for each in kept:
            _drop(each)

    @contextmanager
    def at(self, prefix: Prefix, reads: Sequence[str]) -> Iterator[str]:
        """Yield the URL of a database in which some views are as they were.

        Raises what `shown_as_of` raises, and TooMany where as many are looked at as are kept.
        """
        names = tuple(sorted(reads))
        key = (prefix.facility_id, prefix.patient_id, prefix.position, prefix.now, names)
        kept = self._look_at(key)
        try:
            with kept.filling:
                if kept.url is None:
                    views = [each for each in self._views() if each.name in names]
                    shown = shown_as_of(self._database_url, views, prefix)
                    kept.url = kept.opened.enter_context(shown)
            yield kept.url
        except psycopg.OperationalError:
            # PostgreSQL was away, and whoever came first has dropped what nobody held any longer.
            self._forget(key)
            raise
        finally:
            self._leave(key, kept)

    def _look_at(self, key: Key) -> _Kept:
        with self._lock:
            if key not in self._kept and len(self._kept) >= MOST_KEPT:
                self._drop_longest_left()
            kept = self._kept.setdefault(key, _Kept())
            kept.looking += 1
            return kept

    def _drop_longest_left(self) -> None:
        left = [(each.left_at, key) for key, each in self._kept.items() if not each.looking]
        if not left:
            raise TooMany(f"{MOST_KEPT} earlier moments are looked at already: ask again later")
        _drop(self._kept.pop(min(left)[1]))

    def _forget(self, key: Key) -> None:
        with self._lock:
            if forgotten := self._kept.pop(key, None):
                _drop(forgotten)

    def _leave(self, key: Key, kept: _Kept) -> None:
        with self._lock:
            kept.looking -= 1
            kept.left_at = monotonic()
            if kept.url is None and not kept.looking:
                # It could not be filled: whoever asks next tries anew.
                self._kept.pop(key, None)
            self._come_back()

    def _come_back(self) -> None:
        if self._kept and self._timer is None:
            self._timer = Timer(self._kept_for, self._drop_old)
            self._timer.daemon = True
            self._timer.start()

    def _drop_old(self) -> None:
        """Drop what nobody has looked at for long, and come back where something is left."""
        with self._lock:
            self._timer = None
            too_old = monotonic() - self._kept_for
            old = [
                key
                for key, each in self._kept.items()
                if not each.looking and each.left_at <= too_old
            ]
            dropped = [self._kept.pop(key) for key in old]
            self._come_back()
        for each in dropped:
            _drop(each)


def _drop(kept: _Kept) -> None:
    """Drop a moment; where PostgreSQL is away, whoever looks back next does."""
    with suppress(psycopg.Error):
        kept.opened.close()
