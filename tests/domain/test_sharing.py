"""What of each event may be told outside the program, topic by topic."""

from importlib import import_module
from pkgutil import walk_packages
from typing import Any, get_args, get_type_hints

import pytest

import domain
from domain.aggregate import Event, event_classes
from domain.patient.consent import Scope
from domain.sharing import NOT_OF_A_PATIENT, NOT_TOLD, TOLD, picked
from tests.contracts.golden import golden_of
from tests.contracts.story import examples

for module in walk_packages(domain.__path__, "domain."):
    import_module(module.name)

EVENTS: list[Any] = [each for each in event_classes() if each.__module__.startswith("domain.")]
BY_TOPIC: dict[str, type[Event]] = {each.TOPIC: each for each in EVENTS}

FREE_TEXTS = (
    *("reason", "override", "because", "author", "label", "title", "answers", "sealed"),
    *("goals", "topic", "resource", "comment"),
)
"""Fields that can say anything, or who somebody is."""


@pytest.mark.parametrize("topic", sorted(BY_TOPIC))
def test_of_each_event_it_is_said_once_whether_it_is_told_and_why(topic: str) -> None:
    aggregate = topic.partition(".")[0]
    said = [topic in TOLD, topic in NOT_TOLD, aggregate in NOT_OF_A_PATIENT]
    assert said.count(True) == 1, "domain/sharing.py has to say what of it is told, or why nothing"


def test_the_table_names_no_event_that_there_is_not() -> None:
    assert {*TOLD, *NOT_TOLD} <= set(BY_TOPIC)
    aggregates = {topic.partition(".")[0] for topic in BY_TOPIC}
    assert set(NOT_OF_A_PATIENT) <= aggregates
    assert all((*(each.because for each in TOLD.values()), *NOT_TOLD.values()))


def test_each_scope_of_a_consent_lets_something_be_told() -> None:
    own = {each.scopes[0] for each in TOLD.values() if len(each.scopes) == 1}
    assert own == set(get_args(Scope))


@pytest.mark.parametrize("topic", sorted(TOLD))
def test_of_an_event_the_fields_are_told_that_it_has_and_no_free_text(topic: str) -> None:
    told = TOLD[topic]
    assert {each.partition(".")[0] for each in told.fields} <= set(get_type_hints(BY_TOPIC[topic]))
    said = golden_of(examples()[BY_TOPIC[topic]])["state"]
    found = picked(said, told.fields)
    assert set(found) == {each.partition(".")[0] for each in told.fields}
    assert not {name for name in _names(found) if name in FREE_TEXTS}


def _names(said: Any) -> set[str]:
    if isinstance(said, dict):
        return {*said}.union(*(_names(each) for each in said.values()))
    return set().union(*(_names(each) for each in said)) if isinstance(said, list) else set()


def test_fields_are_taken_of_what_is_within_and_of_each_item_of_a_list() -> None:
    said = {"a": {"b": 1, "c": 2}, "d": [{"e": 3, "f": 4}, {"e": 5, "f": 6}], "g": None, "h": 7}
    assert picked(said, ("a.b", "d.e", "g.i", "h")) == {
        "a": {"b": 1},
        "d": [{"e": 3}, {"e": 5}],
        "g": None,
        "h": 7,
    }
