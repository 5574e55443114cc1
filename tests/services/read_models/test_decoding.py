"""Which events a view is given, and that each is decoded once for all views."""

from dataclasses import replace
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from domain.aggregate import Event
from services.journal.codec import TypedMapper
from services.read_models import decoding
from services.read_models.decoding import EventDecoder, matters
from tests.support.backend import Counts, ThingCounted, ThingNamed, thing


class OnlyCounts(Counts):
    takes = frozenset({ThingCounted})


class CountingMapper(TypedMapper):
    decoded = 0

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        self.decoded += 1
        return super().to_domain_event(stored_event)


def stored(*numbers: int) -> tuple[list[Event], list[StoredEvent]]:
    found = thing()
    for number in numbers:
        found.count(number)
    events = list(found.collect_events())
    return events, [TypedMapper().to_stored_event(each) for each in events]


def test_a_view_is_given_what_it_takes_and_what_nobody_knows() -> None:
    topics = (ThingCounted.TOPIC, ThingNamed.TOPIC, "thing.of-a-later-version")
    assert [matters(OnlyCounts(), each) for each in topics] == [True, False, True]
    assert [matters(Counts(), each) for each in topics] == [True, True, True]


def test_an_event_is_decoded_once() -> None:
    events, all_stored = stored(1, 2)
    mapper = CountingMapper()
    decoder = EventDecoder(mapper)
    for _ in range(3):
        assert [decoder.event(replace(each)) for each in all_stored] == events
    assert mapper.decoded == len(events)


def test_another_event_of_the_same_name_is_not_taken_for_it() -> None:
    (_, [_, before]), (after, [_, other]) = stored(1), stored(2)
    decoder = EventDecoder(TypedMapper())
    decoder.event(before)
    assert decoder.event(other) == after[1]


def test_only_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "KEPT", 2)
    _, all_stored = stored(1, 2, 3)
    mapper = CountingMapper()
    decoder = EventDecoder(mapper)
    for each in (*all_stored, all_stored[-1], all_stored[-2], all_stored[0]):
        decoder.event(each)
    assert mapper.decoded == len(all_stored) + 1
