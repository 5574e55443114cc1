"""Every message of the contract: its subject, its schema, and an example as it is on the wire."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from eventsourcing.persistence import Notification

from domain.aggregate import Event
from services.command_endpoint.payload import Command
from services.command_endpoint.registry import COMMANDS
from services.contract import archive
from services.contract.schemas import Schema, command_schema, derived_schema, event_schema, events
from services.messaging.derived_messages import DERIVED, Derived, EventDisclosed, FindingTurned
from services.messaging.stream import facts_of, subject_of

FACILITY, CLIENT, JOURNAL = "oak-street", "front-desk", "journal-of-the-examples"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it is on the wire."""

    subject: str
    headers: Mapping[str, str]
    payload: object


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of message in one version; a command has version 0, for it has none."""

    topic: str
    version: int
    kind: str
    address: str
    schema: Schema
    example: Sent

    @property
    def name(self) -> str:
        """What the message is called in the contract: `session.closed.v1`."""
        return f"{self.topic}.v{self.version}" if self.version else f"command.{self.topic}"


def event_messages() -> Iterator[Message]:
    """Yield each version of each event: earlier ones stand in the journal, and so on the stream."""
    for cls in events():
        for version in range(1, cls.class_version + 1):
            present = version == cls.class_version
            earlier = archive.schema_of_event(cls.TOPIC, version)
            yield Message(
                topic=cls.TOPIC,
                version=version,
                kind=cls.PRIVACY,
                address=subject_of(cls.TOPIC, "{facility}"),
                schema=event_schema(cls) if present else archive.read(earlier),
                example=_event_sent(cls, version),
            )


def derived_messages() -> Iterator[Message]:
    """Yield each version of each message that is derived."""
    for cls in DERIVED:
        for version in range(1, cls.class_version + 1):
            present = version == cls.class_version
            earlier = archive.schema_of_derived(cls.TOPIC, version)
            yield Message(
                topic=cls.TOPIC,
                version=version,
                kind=cls.CLASS,
                address=address_of(cls),
                schema=derived_schema(cls) if present else archive.read(earlier),
                example=_derived_sent(cls, version),
            )


def command_messages() -> Iterator[Message]:
    """Yield each command."""
    for name, command in sorted(COMMANDS.items()):
        yield Message(
            topic=name,
            version=0,
            kind="command",
            address=f"daybook.{{facility}}.command.{{client}}.{name}",
            schema=command_schema(command),
            example=_command_sent(command),
        )


def address_of(cls: type[Derived]) -> str:
    """Return the subject of a derived message, with its parameters in braces."""
    if cls is FindingTurned:
        return f"daybook.{{facility}}.{cls.CLASS}.{{rule}}.{{state}}"
    if cls is EventDisclosed:
        return f"daybook.{{facility}}.{cls.CLASS}.{{recipient}}.{{event}}"
    return subject_of(cls.TOPIC, "{facility}")


def _event_sent(cls: type[Event], version: int) -> Sent:
    return _relayed(archive.read(archive.example_of_event(cls.TOPIC, version)), "example-1")


def _derived_sent(cls: type[Derived], version: int) -> Sent:
    example = archive.read(archive.example_of_derived(cls.TOPIC, version))
    state = example["state"]
    if cls is FindingTurned:
        return _relayed(example, state["finding_id"])
    if cls is EventDisclosed:
        return _relayed(example, f"{state['recipient_id']}:{state['patient_id']}")
    return _relayed(example, f"{state['patient_id']}:{state['day']}")


def _relayed(example: Mapping[str, Any], about: str) -> Sent:
    """Return an example with the headers that the relay would give it."""
    state = {**example["state"], "class_version": example["class_version"]}
    told = Notification(about, 1, example["topic"], orjson.dumps(state), id=1042)
    subject, headers = facts_of(told)
    in_order = {
        "daybook-journal": JOURNAL,
        "daybook-previous": "1037",
        "Nats-Expected-Last-Sequence": "1041",
    }
    return Sent(subject, headers | in_order, state)


def _command_sent(command: Command) -> Sent:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "0192f0c4-7d1e-7a55-b1a9-2f6f3c1e8d40",
        "ce-type": command.name,
        "ce-source": CLIENT,
        "content-type": "application/json",
    }
    payload = archive.read(archive.example_of_command(command.name))
    return Sent(f"daybook.{FACILITY}.command.{CLIENT}.{command.name}", headers, payload)
