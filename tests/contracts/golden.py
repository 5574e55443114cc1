"""Golden files: an event of each class as it is stored, beside the contract's schemas.

What is stored once has to load for ever, so a file never changes. `<topic>.json` is version 1 of
an event; when its class becomes version 2 and upcasts, `<topic>.v2.json` comes beside it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eventsourcing.persistence import StoredEvent

from domain.aggregate import Event
from services.contract import archive
from services.contract.schemas import events
from services.journal.codec import TypedMapper
from tests.contracts.story import examples

FOLDER = archive.FOLDER / "examples" / "events"

CLASSES = events()


def path_of(cls: type[Event]) -> Path:
    """Where the golden file of a class's present version is."""
    return archive.example_of_event(cls.TOPIC, cls.class_version)


def load(golden: dict[str, Any]) -> Event:
    """Read an event from a golden file's content, as the journal would."""
    state = golden["state"] | {"class_version": golden["class_version"]}
    stored = StoredEvent("example-1", 1, golden["topic"], json.dumps(state).encode())
    event = TypedMapper().to_domain_event(stored)
    assert isinstance(event, Event)
    return event


def golden_of(event: Event) -> dict[str, Any]:
    """Write an event as the content of its golden file."""
    stored = TypedMapper().to_stored_event(event)
    state = json.loads(stored.state)
    version = state.pop("class_version")
    return {"topic": stored.topic, "class_version": version, "state": state}


def dump(event: Event) -> str:
    """Write an event as its golden file."""
    return json.dumps(golden_of(event), indent=2, ensure_ascii=False) + "\n"


def write_missing() -> Iterator[Path]:
    """Write the golden files that are not there; yield each. One that is there stays as it is."""
    for cls, event in examples().items():
        if not path_of(cls).exists():
            yield archive.write(path_of(cls), golden_of(event))
