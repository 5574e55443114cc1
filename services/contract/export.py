"""Writes the contract into a folder: the document, each schema, and each example."""

from collections.abc import Iterator
from pathlib import Path

from services.contract.archive import write
from services.contract.asyncapi import document
from services.contract.message_catalog import (
    Message,
    command_messages,
    derived_messages,
    event_messages,
)


def write_contract(folder: Path) -> list[Path]:
    """Write all of it, and return the files. What is in the folder under other names stays."""
    return list(_written(folder))


def _written(folder: Path) -> Iterator[Path]:
    yield write(folder / "asyncapi.json", document())
    for message in (*event_messages(), *derived_messages(), *command_messages()):
        yield write(folder / "schemas" / f"{message.name}.schema.json", message.schema)
        yield write(folder / "examples" / f"{message.name}.json", _example(message))


def _example(message: Message) -> dict[str, object]:
    """Return an example as it is on the wire."""
    sent = message.example
    return {"subject": sent.subject, "headers": dict(sent.headers), "payload": sent.payload}
