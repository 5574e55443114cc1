"""Which events a view is given: no other would change a row of it."""

from typing import cast

import pytest

from domain.aggregate import Event
from projections.view import View
from services.hosting.bootstrap import VIEWS
from tests.contracts.story import told

CHOOSY = [view for view in VIEWS if view.takes is not None]
EXAMPLES = [cast("Event", each) for aggregate in told() for each in aggregate.collect_events()]


@pytest.mark.parametrize("view", CHOOSY, ids=lambda view: view.name)
def test_an_event_that_a_view_is_not_given_would_change_nothing(view: View) -> None:
    assert view.takes is not None
    passed_over = [each for each in EXAMPLES if type(each) not in view.takes]
    assert passed_over
    assert [each.TOPIC for each in passed_over if next(view.take([each]), None)] == []


@pytest.mark.parametrize("view", CHOOSY, ids=lambda view: view.name)
def test_a_view_is_given_the_events_that_change_it(view: View) -> None:
    assert view.takes is not None
    changing = {type(each) for each in EXAMPLES if next(view.take([each]), None)}
    assert changing
    assert changing <= view.takes
