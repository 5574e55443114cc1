import dataclasses
import re
from collections import defaultdict, deque
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from eventsourcing.utils import resolve_topic

import domain
from domain.aggregate import (
    Aggregate,
    CommandContext,
    Event,
    Opening,
    Snapshot,
    derived_id,
    event_classes,
)
from domain.errors import ClockNotGiven
from domain.facility import FacilityRevised, Room
from tests.domain.program.test_policies import FIRST, JANUARY, MARCH
from tests.domain.test_facility import facility
from tests.domain.test_facility_policies import adopt
from tests.support.domain_examples import CAUSE, at
from tests.support.given_when_then import stored

for module in walk_packages(domain.__path__, "domain."):
    import_module(module.name)

EVENTS = [each for each in event_classes() if each.__module__.startswith("domain.")]


def aggregates(base: type[Aggregate] = Aggregate) -> Iterator[type[Aggregate]]:
    for each in base.__subclasses__():
        if "TOPIC" in each.__dict__ and each.__module__.startswith("domain."):
            yield each
        yield from aggregates(each)


AGGREGATES = list(dict.fromkeys(aggregates()))


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


# Time and cause


def test_an_event_never_makes_its_own_time() -> None:
    with pytest.raises(ClockNotGiven):
        FacilityRevised.create_timestamp()


def test_an_event_triggered_without_its_time_is_refused() -> None:
    opened = facility()
    with pytest.raises(ClockNotGiven):
        opened.trigger_event(
            FacilityRevised,
            facility_id=opened.facility_id,
            command_id="command-1",
            author="staff-7",
            name="Oak Street",
            week_starts_on="monday",
            late_after_minutes=10,
        )
    assert opened.version == 1


def test_an_event_says_when_it_was_recorded_by_whom_and_because_of_which_command() -> None:
    opened = facility()
    opened.keep_room(
        CommandContext("command-2", at("10:00"), "staff-3"), Room("room-1", "Maple", 12)
    )
    for event, at_wall, command_id, author in zip(
        opened.pending_events,
        ("09:00", "10:00"),
        ("command-1", "command-2"),
        ("staff-7", "staff-3"),
        strict=True,
    ):
        assert isinstance(event, Event)
        assert event.timestamp == at(at_wall)
        assert (event.command_id, event.author) == (command_id, author)
        assert (event.facility_id, event.originator_id) == (opened.facility_id, opened.id)


def test_an_aggregate_that_was_decided_on_is_pending_until_it_is_saved() -> None:
    opened = facility()
    assert opened.pending
    opened.collect_events()
    assert not opened.pending


def test_a_cause_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CAUSE.author = "somebody else"


# Names in storage


def test_topics_are_unique_among_events_aggregates_and_the_snapshot() -> None:
    named: list[Any] = [*EVENTS, *AGGREGATES, Snapshot]
    topics = [each.TOPIC for each in named]
    assert sorted(topics) == sorted(set(topics))


@pytest.mark.parametrize("cls", EVENTS, ids=lambda cls: cls.TOPIC)
def test_a_topic_is_the_aggregate_and_the_event_by_its_name(cls: type[Event]) -> None:
    aggregate, event = cls.TOPIC.split(".")
    assert aggregate in {each.TOPIC for each in AGGREGATES}
    assert event == kebab(cls.__name__).removeprefix(f"{aggregate}-")


@pytest.mark.parametrize("cls", AGGREGATES, ids=lambda cls: cls.TOPIC)
def test_an_aggregate_is_stored_by_its_name(cls: type[Aggregate]) -> None:
    assert kebab(cls.__name__) == cls.TOPIC
    first = {each.TOPIC for each in openings() if each.TOPIC.split(".")[0] == cls.TOPIC}
    # A patient is first heard of by a referral, or by an admission that nothing preceded.
    assert len(first) == 1 or first == {"patient.referred", "patient.admitted"}


def openings() -> list[type[Event]]:
    return [each for each in EVENTS if issubclass(each, Opening)]


@pytest.mark.parametrize("cls", [*EVENTS, *AGGREGATES], ids=lambda cls: cls.TOPIC)
def test_a_topic_leads_to_its_class(cls: type[Event]) -> None:
    assert resolve_topic(cls.TOPIC) is cls


@pytest.mark.parametrize("cls", [*EVENTS, *AGGREGATES], ids=lambda cls: cls.TOPIC)
def test_a_class_says_what_it_is_for(cls: type[Event]) -> None:
    doc = cls.__dict__.get("__doc__") or ""
    assert doc.endswith((".", ".\n    "))
    assert not doc.startswith(f"{cls.__name__}(")


@pytest.mark.parametrize("cls", EVENTS, ids=lambda cls: cls.TOPIC)
def test_an_event_cannot_be_changed(cls: Any) -> None:
    assert cls.__dataclass_params__.frozen
    assert all(field.default is dataclasses.MISSING for field in dataclasses.fields(cls))


# Ids


def test_a_derived_id_is_the_same_for_the_same_key_and_begins_with_its_kind() -> None:
    assert derived_id("room", "a", "b") == derived_id("room", "a", "b")
    assert derived_id("room", "a", "b").startswith("room-")


def test_a_derived_id_keeps_the_parts_of_its_key_apart() -> None:
    keys = [("a", "b"), ("ab",), ("a", "b", ""), ("", "ab"), ("b", "a")]
    assert len({derived_id("room", *key) for key in keys}) == len(keys)
    assert derived_id("room", "a")[5:] != derived_id("hall", "a")[5:]


# Snapshots


def test_a_snapshot_has_the_time_of_the_last_event() -> None:
    opened = facility()
    opened.keep_room(
        CommandContext("command-2", at("10:00"), "staff-3"), Room("room-1", "Maple", 12)
    )
    snapshot = stored(Snapshot.take(opened))
    assert snapshot.timestamp == at("10:00")
    assert (snapshot.originator_id, snapshot.originator_version) == (opened.id, 2)
    assert snapshot.state["rooms"] == {"room-1": Room("room-1", "Maple", 12)}


def mutable(hint: Any) -> bool:
    """Tell whether what a type says could be changed in place, but for dicts, which forks copy."""
    of_its_own = (get_origin(hint) or hint) in {list, set, deque, defaultdict}
    return of_its_own or any(mutable(each) for each in get_args(hint))


def test_whatever_an_aggregate_has_besides_dicts_is_never_changed() -> None:
    hints = [
        (cls.TOPIC, name, hint)
        for cls in AGGREGATES
        for name, hint in get_type_hints(cls).items()
        if not name.startswith("_")
    ]
    assert [(topic, name) for topic, name, hint in hints if mutable(hint)] == []
    assert len(hints) > 100


def test_what_is_decided_on_a_fork_leaves_the_aggregate_as_it_is() -> None:
    site = facility()
    adopt(FIRST, MARCH)(site)
    site.collect_events()
    before = deepcopy(site)
    fork = site.fork()
    assert fork == site
    assert not fork.pending
    fork.keep_room(CAUSE, Room("room-1", "Room 1", 12))
    adopt(FIRST, JANUARY)(fork)
    assert fork != site
    assert site == before
