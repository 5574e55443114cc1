"""What every aggregate and every event has in common.

An event says what was decided, by whom, for which facility and because of which command. Its
`TOPIC` is its name in storage (`session.patient-checked-in`) and never changes.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, Literal, Self, cast, get_args, get_origin, get_type_hints

from eventsourcing.domain import (
    BaseAggregate,
    CanInitAggregate,
    CanMutateAggregate,
    CanSnapshotAggregate,
    MetaDomainEvent,
)
from eventsourcing.utils import register_topic

from domain.author import staff_id_of
from domain.errors import ClockNotGiven

Privacy = Literal["care", "identity", "clinical"]
"""Who may read an event: what happened, who somebody is, or answers and test results."""

_NAMESPACE = uuid.UUID("6f9c1f0e-5f43-4d0c-9a8e-1d5a4b6f2c11")


@lru_cache(maxsize=4096)
def derived_id(kind: str, *parts: str) -> str:
    """Return the id of something that has a natural key, so that it cannot be opened twice."""
    return f"{kind}-{uuid.uuid5(_NAMESPACE, chr(31).join((kind, *parts))).hex}"


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The command behind a change: its id, the server's time (aware, UTC) and its author.

    `staff_id` says who on the staff the author is; nobody else signs.
    """

    command_id: str
    at: datetime
    author: str
    staff_id: str | None = None

    @property
    def signer(self) -> str:
        """What tells one author from another: who has another credential now is the same one."""
        return self.staff_id or staff_id_of(self.author)


class EventType(MetaDomainEvent):
    """Makes a class of events a frozen dataclass.

    How events are compared and shown, `Event` says for all of them: to make such methods for each
    of 200 classes takes a third of the time of their import.
    """

    def __new__(cls, name: str, bases: tuple[Any, ...], namespace: dict[str, Any]) -> Any:
        """Make the class."""
        made = super(MetaDomainEvent, cls).__new__(cls, name, bases, namespace)
        return dataclass(frozen=True, eq=False, repr=False)(made)


class Event(CanMutateAggregate[str], metaclass=EventType):
    """A fact: `timestamp` is when it was recorded, in UTC; other times are the domain's own."""

    TOPIC: ClassVar[str]
    PRIVACY: ClassVar[Privacy] = "care"
    class_version: ClassVar[int] = 1

    originator_id: str
    originator_version: int
    timestamp: datetime
    facility_id: str
    command_id: str
    author: str

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "TOPIC" in cls.__dict__:
            register_topic(cls.TOPIC, cls)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.originator_id, self.originator_version))

    def __repr__(self) -> str:
        said = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(cast(Any, self)))
        return f"{type(self).__name__}({', '.join(said)})"

    @property
    def event_id(self) -> str:
        """What the event is called everywhere: its aggregate's id and its version there."""
        return f"{self.originator_id}:{self.originator_version}"

    @property
    def signer(self) -> str:
        """Who signed: the staff id in the author."""
        return staff_id_of(self.author)

    @staticmethod
    def create_timestamp() -> datetime:
        """Refuse: a forgotten time would silently be the wall clock's."""
        raise ClockNotGiven

    def apply(self, aggregate: Any) -> None:
        """Apply the event to the aggregate."""
        aggregate.apply(self)


class Opening(CanInitAggregate[str], Event):
    """The first event of an aggregate."""

    originator_topic: str


@dataclass(frozen=True)
class Snapshot(CanSnapshotAggregate[str], metaclass=MetaDomainEvent):
    """The state of an aggregate at one of its versions; can be thrown away."""

    TOPIC: ClassVar[str] = "snapshot"

    originator_id: str
    originator_version: int
    timestamp: datetime
    topic: str
    state: dict[str, Any]

    @classmethod
    def take(cls, aggregate: Any) -> Self:
        """Copy an aggregate's state; its time is that of the aggregate's last event."""
        state = dict(vars(aggregate))
        for name in ("_id", "_version", "_pending_events"):
            state.pop(name)
        state["class_version"] = getattr(type(aggregate), "class_version", 1)
        return cls(
            originator_id=aggregate.id,
            originator_version=aggregate.version,
            timestamp=aggregate.modified_on,
            topic=type(aggregate).TOPIC,
            state=state,
        )


register_topic(Snapshot.TOPIC, Snapshot)


class Aggregate(BaseAggregate[str]):
    """Guards what has to be true at once, and says what it decided in events."""

    TOPIC: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "TOPIC" in cls.__dict__:
            register_topic(cls.TOPIC, cls)

    @classmethod
    def open(cls, event: type[Opening], context: CommandContext, *, id: str, **facts: Any) -> Self:
        """Make a new aggregate by its first event."""
        return cls._create(
            event_class=event,
            id=id,
            timestamp=context.at,
            command_id=context.command_id,
            author=context.author,
            **facts,
        )

    def record(self, event: type[Event], context: CommandContext, **facts: Any) -> None:
        """Decide: trigger the event, with what every event carries."""
        self.trigger_event(
            event,
            timestamp=context.at,
            facility_id=self.facility_id,
            command_id=context.command_id,
            author=context.author,
            **facts,
        )

    def fork(self) -> Self:
        """Return a copy on which something can be decided, while this one stays as it is.

        Its dicts are copied, whatever else it holds is never changed.
        """
        copy = object.__new__(type(self))
        state = vars(copy)
        state.update(vars(self))
        for name, depth in _dicts_of(type(self)):
            state[name] = _copied(state[name], depth)
        copy._pending_events = []
        return copy

    @property
    def pending(self) -> bool:
        """Tell whether there are decisions that have not been saved."""
        return bool(self._pending_events)

    def decided_events(self) -> list[Event]:
        """Return the decisions that have not been saved, to be saved now."""
        return cast("list[Event]", list(self.collect_events()))

    facility_id: str

    def apply(self, event: Event) -> None:
        """Take in an event; never refuses, since history must load after the rules change."""
        raise NotImplementedError


@cache
def _dicts_of(cls: type) -> tuple[tuple[str, int], ...]:
    """Return the names of an aggregate's dicts, each with how many dicts it has in one another."""
    depths = ((name, _depth(hint)) for name, hint in get_type_hints(cls).items())
    return tuple((name, depth) for name, depth in depths if depth)


def _depth(hint: Any) -> int:
    return 1 + _depth(get_args(hint)[1]) if get_origin(hint) is dict else 0


def _copied(known: dict[Any, Any], depth: int) -> dict[Any, Any]:
    if depth == 1:
        return known.copy()
    return {key: _copied(each, depth - 1) for key, each in known.items()}


def event_classes(base: type[Event] = Event) -> Iterator[type[Event]]:
    """Yield each event class that has a topic, once."""
    for cls in base.__subclasses__():
        if "TOPIC" in cls.__dict__:
            yield cls
        yield from event_classes(cls)
