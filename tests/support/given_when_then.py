"""given / when / then for aggregates; events are compared by class and by the facts named.

After each command, what is stored (the events; a snapshot) has to bring back the same state.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, Self

from domain.aggregate import Aggregate, Event, Snapshot
from domain.errors import Refusal
from services.journal.codec import TypedMapper


def fact(event: type[Event], **facts: Any) -> tuple[type[Event], dict[str, Any]]:
    return event, facts


def stored(event: Any) -> Any:
    return TypedMapper().to_domain_event(TypedMapper().to_stored_event(event))


class given:  # noqa: N801
    def __init__(self, aggregate: Any = None, *earlier: Callable[[Any], object]) -> None:
        self.aggregate = aggregate
        for command in earlier:
            command(aggregate)
        self.history: list[Any] = aggregate.collect_events() if aggregate else []

    def when(self, command: Callable[[Any], object]) -> Self:
        self.refusal: Refusal | None = None
        try:
            made = command(self.aggregate)
            self.aggregate = made if isinstance(made, Aggregate) else self.aggregate
        except Refusal as refusal:
            self.refusal = refusal
        if self.aggregate:
            self.decided = self.aggregate.collect_events()
            self.history += self.decided
            loaded = [stored(event) for event in self.history]
            assert loaded == self.history
            assert reduce(lambda state, each: each.mutate(state), loaded, None) == self.aggregate
            assert stored(Snapshot.take(self.aggregate)).mutate(None) == self.aggregate
        return self

    def then(self, *facts: tuple[type[Event], dict[str, Any]]) -> None:
        assert self.refusal is None, repr(self.refusal)
        assert [type(event) for event in self.decided] == [event for event, _ in facts]
        for event, (_, named) in zip(self.decided, facts, strict=True):
            assert {name: getattr(event, name) for name in named} == named

    def then_nothing(self) -> None:
        self.then()

    def then_refused(self, refusal: type[Refusal], **facts: object) -> None:
        assert type(self.refusal) is refusal, repr(self.refusal)
        assert self.aggregate is None or not self.decided
        assert facts.items() <= self.refusal.facts.items()
