"""Decoding: which events a view takes, and each of them decoded once for all views of a process."""

from functools import cache
from typing import cast

from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import TopicError, resolve_topic

from domain.aggregate import Event
from projections.view import View

KEPT = 5000
"""Events that are kept for the next view that comes to them."""


def matters(view: View, topic: str) -> bool:
    """Tell whether a view takes events of a topic; what is not known, it does, and stops at it."""
    return view.takes is None or _is_one_of(view.takes, topic)


@cache
def _is_one_of(classes: frozenset[type[Event]], topic: str) -> bool:
    try:
        return resolve_topic(topic) in classes
    except TopicError:
        return True


class EventDecoder:
    """Decodes stored events, and keeps the latest: views that read side by side share them."""

    def __init__(self, mapper: Mapper[str]) -> None:
        self._mapper = mapper
        self._kept: dict[tuple[str, int], tuple[StoredEvent, Event]] = {}

    def event(self, stored: StoredEvent) -> Event:
        """Return the typed event; raises what the codec raises."""
        key = (cast("str", stored.originator_id), stored.originator_version)
        found = self._kept.get(key)
        # A stream of another journal may have something else under the same name.
        if found is not None and found[0] == stored:
            return found[1]
        event = cast("Event", self._mapper.to_domain_event(stored))
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (stored, event)
        return event
