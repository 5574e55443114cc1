"""Aggregates that are kept in memory from one batch of commands to the next."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from domain.aggregate import Aggregate
from services.journal.appender import RecordedElsewhere

MOST_KEPT = 8_192
"""Aggregates that are kept in memory, at most; one takes some 8 KiB."""


class KeptAggregates:
    """Aggregates as they are at the journal's `position` or later; None where there is none.

    Nobody changes one that is kept: decisions are made on forks.
    """

    def __init__(self, most: int) -> None:
        self.position: int | None = None
        self._most = most
        # Those that were used last stand last.
        self._kept: OrderedDict[str, Aggregate | None] = OrderedDict()

    def __contains__(self, aggregate_id: str) -> bool:
        return aggregate_id in self._kept

    def get(self, aggregate_id: str) -> Aggregate | None:
        """Return one that is kept."""
        self._kept.move_to_end(aggregate_id)
        return self._kept[aggregate_id]

    def keep(self, aggregates: Mapping[str, Aggregate | None]) -> None:
        """Keep these, in place of those that were used longest ago."""
        for aggregate_id, each in aggregates.items():
            self._kept[aggregate_id] = each
            self._kept.move_to_end(aggregate_id)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def take_in(self, news: Iterable[RecordedElsewhere]) -> None:
        """Forget those of which others recorded something that is not in them."""
        for each in news:
            found = self._kept.get(each.aggregate_id)
            if (found.version if found else 0) < each.version:
                self._kept.pop(each.aggregate_id, None)

    def items(self) -> Iterable[tuple[str, Aggregate | None]]:
        """Return all that are kept."""
        return self._kept.items()

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self.position = None
