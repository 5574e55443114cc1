"""Events and snapshots to JSON and back, typed on the way in.

Out: orjson. In: orjson, upcast to the class's version, then pydantic, which restores dates,
tuples and enums and refuses what is missing.
"""

import dataclasses
import hmac
import logging
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from typing import Any, cast, get_type_hints

import orjson
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import resolve_topic
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from domain.aggregate import Aggregate, Event, Snapshot
from services.journal.bounded import check_event

logger = logging.getLogger("daybook.journal")

_CODE = b'{"code":"'
_CODE_DIGITS = 64
_BEHIND = len(_CODE) + _CODE_DIGITS


class SnapshotUntrusted(Exception):
    """A snapshot was not written by a process of this site, or was changed since."""


UNUSABLE = (SnapshotUntrusted, ValueError, TypeError, AttributeError, KeyError)
"""What is raised by a snapshot that cannot be used: it is passed over, for the events are there."""


class TypedMapper(Mapper[str]):
    """The one codec of the journal, the stream and the snapshots."""

    def __init__(self) -> None:
        """Take no transcoder: the types say how each value is written.

        With a `snapshot_key` (up to 64 bytes) snapshots are authenticated: one that was not written
        with it, for this aggregate at this version, is not read.
        """
        self.snapshot_key: bytes | None = None

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Write an event or a snapshot as JSON, with the version of its class.

        Raises OutOfBounds for an event with a value that cannot be kept.
        """
        if isinstance(domain_event, Snapshot):
            return self._authenticated(_write_snapshot(domain_event))
        event = cast("Event", domain_event)
        stored = write_event(event)
        check_event(event, stored.state)
        return stored

    def to_domain_event(self, stored_event: StoredEvent) -> Event | Snapshot:
        """Read an event or a snapshot; a missing or mistyped field is refused by pydantic.

        Raises SnapshotUntrusted, too.
        """
        cls = resolve_topic(stored_event.topic)
        if cls is Snapshot:
            self._check(stored_event)
        state = orjson.loads(stored_event.state)
        if cls is Snapshot:
            return _read_snapshot(stored_event, state)
        _upcast(cls, state)
        state["originator_id"] = stored_event.originator_id
        state["originator_version"] = stored_event.originator_version
        event: Event = _adapter(cls).validate_python(state)
        return event

    def _authenticated(self, stored: StoredEvent) -> StoredEvent:
        if self.snapshot_key is None:
            return stored
        code = _code(self.snapshot_key, stored, stored.state)
        return replace(stored, state=_CODE + code + b'",' + stored.state[1:])

    def _check(self, stored: StoredEvent) -> None:
        """Raise SnapshotUntrusted for a snapshot that was not written with the key."""
        if self.snapshot_key is None:
            return
        code, rest = stored.state[len(_CODE) : _BEHIND], stored.state[_BEHIND + len(b'",') :]
        if not stored.state.startswith(_CODE):
            raise SnapshotUntrusted  # it was written before snapshots were authenticated
        if not hmac.compare_digest(code, _code(self.snapshot_key, stored, b"{" + rest)):
            logger.warning(
                "The snapshot of %s at version %d was changed: it is not used, and its events are"
                " read instead.",
                *(stored.originator_id, stored.originator_version),
            )
            raise SnapshotUntrusted


def _code(key: bytes, stored: StoredEvent, state: bytes) -> bytes:
    """Return the message authentication code of a snapshot: keyed BLAKE2b (RFC 7693), in hex."""
    of = f"{stored.originator_id}:{stored.originator_version} ".encode()
    code = blake2b(of, key=key, digest_size=_CODE_DIGITS // 2)
    code.update(state)
    return code.hexdigest().encode()


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
