"""`domain/EVENTS.md` names every event and each of its fields, and nothing else."""

import dataclasses
import re
import typing
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, cast

import pytest

import domain
from domain.aggregate import Event, event_classes
from services.messaging.derived_messages import DayJudged, EventDisclosed, FindingTurned

for module in walk_packages(domain.__path__, "domain."):
    import_module(module.name)

WHOLE = (Path(domain.__file__).parent / "EVENTS.md").read_text(encoding="utf-8")
DOCUMENT, _, DERIVED = WHOLE.partition("\n## Derived")
"""The events of the journal; what is told besides is drawn from them."""
ROWS = {
    row[1]: row[0]
    for row in re.finditer(r"^\| `?([\w.-]+)`? \| .*$", DOCUMENT, re.MULTILINE)
    if row[1] not in {"event", "field", "value", "---"}
}
EVENTS: list[Any] = [each for each in event_classes() if each.__module__.startswith("domain.")]
COMMON = {field.name for field in dataclasses.fields(cast(Any, Event))} | {"originator_topic"}


def values_in(hint: object) -> set[type]:
    """The dataclasses of which a field's type is made, and those within them."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        within = typing.get_type_hints(hint).values()
        return {hint}.union(*(values_in(each) for each in within))
    return set().union(*(values_in(each) for each in typing.get_args(hint)))


VALUES: set[Any] = set().union(
    *(values_in(hint) for event in EVENTS for hint in typing.get_type_hints(event).values())
)


def name_of(value: Any) -> str:
    return str(value.__name__)


def words_of(row: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", row))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_an_event_is_listed_with_each_of_its_fields(event: Any) -> None:
    own = {field.name for field in dataclasses.fields(event)} - COMMON
    named = re.findall(r"`(\w+)`: ", ROWS[event.TOPIC])
    assert sorted(named) == sorted(own)
    first_line = (event.__doc__ or "").split("\n")[0]
    assert first_line.replace("None", "null") in ROWS[event.TOPIC]


@pytest.mark.parametrize("value", sorted(VALUES, key=name_of))
def test_a_value_is_listed_with_each_of_its_fields(value: type) -> None:
    assert {field.name for field in dataclasses.fields(value)} <= words_of(ROWS[value.__name__])


def test_nothing_else_is_listed() -> None:
    known = {event.TOPIC for event in EVENTS} | {value.__name__ for value in VALUES}
    in_every_event = (COMMON - {"originator_id", "originator_version"}) | {"class_version"}
    assert set(ROWS) == known | in_every_event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_an_events_class_of_privacy_is_told(event: type[Event]) -> None:
    section = next(part for part in DOCUMENT.split("\n## ") if f"| `{event.TOPIC}`" in part)
    told = re.search(r"class `(\w+)`", section)
    assert (told[1] if told else "care") == event.PRIVACY


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_since_when_an_event_has_its_shape_is_told(event: type[Event]) -> None:
    since = ROWS[event.TOPIC].split(" | ")[1]
    release = r"\d+\.\d+\.\d+"
    later = "".join(f", v{each} {release}" for each in range(2, event.class_version + 1))
    assert re.fullmatch(release + later, since)


@pytest.mark.parametrize(
    ("kind", "part"), [(FindingTurned, 1), (DayJudged, 2), (EventDisclosed, 3)]
)
def test_what_is_derived_is_told_field_by_field(kind: type, part: int) -> None:
    rows = re.findall(r"^\| (`.+?`) \|", WHOLE.split("\n## Derived")[part], re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert told == [*(field.name for field in dataclasses.fields(kind)), "class_version"]
