"""What the relay publishes: the journal, above all, or another log whose events never change."""

from collections.abc import Sequence
from typing import Protocol

from eventsourcing.persistence import Notification


class Log(Protocol):
    """What can be published: events in the order of their positions, none of which ever changes.

    `id` is the journal's of which it is, or from which it was drawn; `channel` is that on which
    PostgreSQL notifies of news.
    """

    @property
    def id(self) -> str:
        """The journal's id."""

    @property
    def channel(self) -> str:
        """The channel of notifications."""

    def position(self) -> int:
        """Return the position of the last event; 0 where there is none."""

    def after(self, position: int, limit: int) -> Sequence[Notification]:
        """Return the next events after a position, in order, at most `limit` of them."""

    def at(self, position: int) -> Notification | None:
        """Return the event at a position; None where there is none."""
