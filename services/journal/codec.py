"""Events and snapshots to JSON and back, typed on the way in.

Out: orjson. In: orjson, upcast to the class's version, then pydantic, which restores dates,
tuples and enums and refuses what is missing.
"""

import dataclasses
from functools import cache
from typing import Any, cast, get_type_hints

import orjson
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import resolve_topic
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from domain.aggregate import Aggregate, Event, Snapshot
from services.journal.bounded import check_event


class TypedMapper(Mapper[str]):
    """The one codec of the journal, the stream and the snapshots."""

    def __init__(self) -> None:
        """Take no transcoder: the types say how each value is written."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Write an event or a snapshot as JSON, with the version of its class.

        Raises OutOfBounds for an event with a value that cannot be kept.
        """
        if isinstance(domain_event, Snapshot):
            return _write_snapshot(domain_event)
        event = cast("Event", domain_event)
        stored = write_event(event)
        check_event(event, stored.state)
        return stored

    def to_domain_event(self, stored_event: StoredEvent) -> Event | Snapshot:
        """Read an event or a snapshot; a missing or mistyped field is refused by pydantic."""
        cls = resolve_topic(stored_event.topic)
        state = orjson.loads(stored_event.state)
        if cls is Snapshot:
            return _read_snapshot(stored_event, state)
        _upcast(cls, state)
        state["originator_id"] = stored_event.originator_id
        state["originator_version"] = stored_event.originator_version
        event: Event = _adapter(cls).validate_python(state)
        return event


def write_event(event: Event) -> StoredEvent:
    """Write an event as JSON, with the version of its class."""
    state = {**vars(event), "class_version": event.class_version}
    del state["originator_id"], state["originator_version"]
    return StoredEvent(
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        topic=event.TOPIC,
        state=orjson.dumps(state),
    )


def _upcast(cls: type, state: dict[str, Any]) -> None:
    """Bring a state of an earlier version of its class to the present one, step by step."""
    for version in range(state.pop("class_version", 1), getattr(cls, "class_version", 1)):
        getattr(cls, f"upcast_v{version}_v{version + 1}")(state)


def _write_snapshot(snapshot: Snapshot) -> StoredEvent:
    aggregate = resolve_topic(snapshot.topic)
    state = dict(snapshot.state)
    version = state.pop("class_version")
    body = {
        "timestamp": snapshot.timestamp,
        "topic": snapshot.topic,
        "class_version": version,
        "state": _state_adapter(aggregate).dump_python(state, mode="json"),
    }
    return StoredEvent(
        originator_id=snapshot.originator_id,
        originator_version=snapshot.originator_version,
        topic=Snapshot.TOPIC,
        state=orjson.dumps(body),
    )


def _read_snapshot(stored: StoredEvent, body: dict[str, Any]) -> Snapshot:
    aggregate = resolve_topic(body["topic"])
    state = {**body["state"], "class_version": body["class_version"]}
    _upcast(aggregate, state)
    typed = _state_adapter(aggregate).validate_python(state)
    # The library upcasts too, from the version that it finds: there is nothing left to do.
    typed["class_version"] = getattr(aggregate, "class_version", 1)
    return Snapshot(
        originator_id=cast("str", stored.originator_id),
        originator_version=stored.originator_version,
        timestamp=typed["_modified_on"],
        topic=body["topic"],
        state=typed,
    )


@cache
def _adapter(cls: type[Event]) -> TypeAdapter[Event]:
    return TypeAdapter(cls)


@cache
def _state_adapter(cls: type[Aggregate]) -> TypeAdapter[dict[str, Any]]:
    """Return an adapter for an aggregate's attributes: its fields and the two times."""
    hints = get_type_hints(cls)
    shape = {field.name: hints[field.name] for field in dataclasses.fields(cast("Any", cls))}
    times = get_type_hints(Event)["timestamp"]
    shape |= {"_created_on": times, "_modified_on": times}
    return TypeAdapter(TypedDict(f"{cls.__name__}State", shape))  # type: ignore[operator]
