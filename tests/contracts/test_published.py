"""Each version of each message has a schema and an example; what is published holds for good."""

import json
from pathlib import Path

import pytest

from domain.aggregate import Event
from services.command_endpoint.registry import COMMANDS
from services.contract import archive
from services.contract.archive import (
    example_of_command,
    example_of_derived,
    example_of_event,
    read,
    schema_of_derived,
    schema_of_event,
)
from services.contract.schemas import command_schema, derived_schema, event_schema, events
from services.messaging.derived_messages import DERIVED, Derived
from tests.contracts.compatibility import breaks, refuses_more
from tests.contracts.publishing import editions_of_command
from tests.contracts.schema_checks import faults_by_file

EVENTS = events()
VERSIONS = [(cls.TOPIC, number) for cls in EVENTS for number in range(1, cls.class_version + 1)]
TOLD = [(cls.TOPIC, number) for cls in DERIVED for number in range(1, cls.class_version + 1)]
HOW = "run: python -m tests.contracts"


def wire(example: Path) -> dict[str, object]:
    golden = read(example)
    return {**golden["state"], "class_version": golden["class_version"]}


@pytest.mark.parametrize(("topic", "version"), VERSIONS)
def test_each_version_of_an_event_has_a_schema_that_its_example_fits(
    topic: str, version: int
) -> None:
    schema, example = schema_of_event(topic, version), example_of_event(topic, version)
    assert schema.exists(), HOW
    assert example.exists(), HOW
    assert read(schema)["$id"] == f"daybook:{topic}:{version}"
    assert read(schema)["properties"]["class_version"]["const"] == version
    assert faults_by_file(schema, wire(example)) == []


@pytest.mark.parametrize(("topic", "version"), TOLD)
def test_each_version_of_what_is_derived_has_a_schema_that_its_example_fits(
    topic: str, version: int
) -> None:
    schema, example = schema_of_derived(topic, version), example_of_derived(topic, version)
    assert schema.exists(), HOW
    assert example.exists(), HOW
    assert read(schema)["$id"] == f"daybook:{topic}:{version}"
    assert faults_by_file(schema, wire(example)) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_schema_that_its_example_fits(name: str) -> None:
    editions, example = editions_of_command(name), example_of_command(name)
    assert editions, HOW
    assert example.exists(), HOW
    assert faults_by_file(editions[0], read(example)) == []
    COMMANDS[name].read(example.read_bytes())


def test_nothing_is_published_of_which_there_is_no_class() -> None:
    known = {
        *(file(*each) for each in VERSIONS for file in (schema_of_event, example_of_event)),
        *(file(*each) for each in TOLD for file in (schema_of_derived, example_of_derived)),
        *(path for each in COMMANDS for path in editions_of_command(each)),
        *(example_of_command(each) for each in COMMANDS),
    }
    assert {path for path in archive.FOLDER.rglob("*") if path.is_file()} == known


@pytest.mark.parametrize("cls", EVENTS, ids=lambda cls: cls.TOPIC)
def test_an_event_is_written_as_the_schema_says_that_was_published(cls: type[Event]) -> None:
    before = read(schema_of_event(cls.TOPIC, cls.class_version))
    assert breaks(before, event_schema(cls)) == []


@pytest.mark.parametrize("cls", DERIVED, ids=lambda cls: cls.TOPIC)
def test_what_is_derived_is_written_as_the_schema_says_that_was_published(
    cls: type[Derived],
) -> None:
    before = read(schema_of_derived(cls.TOPIC, cls.class_version))
    assert breaks(before, derived_schema(cls)) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_was_valid_stays_so(name: str) -> None:
    now = command_schema(COMMANDS[name])
    for before in editions_of_command(name):
        assert refuses_more(read(before), now) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_takes_besides_is_published_too(name: str) -> None:
    latest = editions_of_command(name)[-1]
    assert refuses_more(command_schema(COMMANDS[name]), read(latest)) == [], HOW


@pytest.mark.parametrize("cls", EVENTS, ids=lambda cls: cls.TOPIC)
def test_an_example_that_lacks_a_field_does_not_fit(cls: type[Event]) -> None:
    example = wire(example_of_event(cls.TOPIC, cls.class_version))
    schema = schema_of_event(cls.TOPIC, cls.class_version)
    for name in example:
        less = {key: value for key, value in example.items() if key != name}
        assert faults_by_file(schema, less) != []
    assert faults_by_file(schema, example | {"unheard-of": 1}) == []


@pytest.mark.parametrize("cls", [each for each in EVENTS if each.class_version > 1])
def test_a_new_version_differs_from_the_one_before(cls: type[Event]) -> None:
    for version in range(1, cls.class_version):
        before = read(schema_of_event(cls.TOPIC, version))
        found = breaks(before, read(schema_of_event(cls.TOPIC, version + 1)))
        assert len(found) > 1, "the number alone needs no new version"


def test_published_files_are_plain_json() -> None:
    for path in archive.FOLDER.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
