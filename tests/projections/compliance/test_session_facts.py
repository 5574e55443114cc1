"""What `compliance` knows of a session, event by event."""

from functools import reduce
from typing import Any

from projections.compliance.session_facts import TAKEN, take
from tests.support.domain_examples import called_off, restored, rostered, session


def test_a_session_that_is_restored_counts_as_one_that_was_never_called_off() -> None:
    found = session()
    for command in (rostered("ann"), called_off, restored):
        command(found)
    events: list[Any] = [*found.collect_events()]
    assert all(isinstance(event, TAKEN) for event in events)
    off = reduce(take, events[:-1], None)
    after = reduce(take, events, None)
    assert off
    assert after
    assert off.called_off == events[-2].event_id
    assert after.called_off is None
    assert set(after.places) == {"ann"}
