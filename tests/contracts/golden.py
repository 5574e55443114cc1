"""Golden files: an event of each class as it is stored, in `events/`.

What is stored once has to load for ever, so a file never changes. `<topic>.json` is version 1 of
an event; when its class becomes version 2 and upcasts, `<topic>.v2.json` comes beside it.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from eventsourcing.persistence import StoredEvent

import domain
from domain.aggregate import Event, event_classes
from services.codec import TypedMapper
from tests.contracts.story import examples

FOLDER = Path(__file__).parent / "events"

for module in walk_packages(domain.__path__, "domain."):
    import_module(module.name)

CLASSES = [each for each in event_classes() if each.__module__.startswith("domain.")]


def path_of(cls: type[Event]) -> Path:
    """Where the golden file of a class's present version is."""
    version = "" if cls.class_version == 1 else f".v{cls.class_version}"
    return FOLDER / f"{cls.TOPIC}{version}.json"


def load(golden: dict[str, Any]) -> Event:
    """Read an event from a golden file's content, as the journal would."""
    state = golden["state"] | {"class_version": golden["class_version"]}
    stored = StoredEvent("example-1", 1, golden["topic"], json.dumps(state).encode())
    event = TypedMapper().to_domain_event(stored)
    assert isinstance(event, Event)
    return event


def dump(event: Event) -> str:
    """Write an event as the content of its golden file."""
    stored = TypedMapper().to_stored_event(event)
    state = json.loads(stored.state)
    version = state.pop("class_version")
    golden = {"topic": stored.topic, "class_version": version, "state": state}
    return json.dumps(golden, indent=2, ensure_ascii=False) + "\n"


def write_missing() -> Iterator[Path]:
    """Write the golden files that are not there; yield each. One that is there stays as it is."""
    for cls, event in examples().items():
        if not path_of(cls).exists():
            path_of(cls).write_text(dump(event), encoding="utf-8")
            yield path_of(cls)
