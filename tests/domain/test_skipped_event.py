"""An operator's decision that a read model passes over an event: it is on record, with a reason."""

from collections.abc import Callable

import pytest

from domain.errors import NotSkipped, ReasonMissing, SkippedAlready
from domain.skipped_event import (
    SkippedEvent,
    SkippedEventDeclared,
    SkippedEventDeclaredAgain,
    SkippedEventWithdrawn,
)
from tests.support.domain_examples import AFTERWARDS, CAUSE, FACILITY
from tests.support.given_when_then import fact, given

WHY = "it has a character that no table can hold"


def declared(reason: str = WHY) -> SkippedEvent:
    return SkippedEvent.declare(
        CAUSE,
        facility_id=FACILITY,
        view="attendance",
        event_id="session-1:4",
        position=17,
        reason=reason,
    )


def test_a_skip_is_declared_with_its_event_and_reason() -> None:
    given().when(lambda _: declared()).then(
        fact(
            SkippedEventDeclared,
            view="attendance",
            skipped_event_id="session-1:4",
            position=17,
            reason=WHY,
            author=CAUSE.author,
        )
    )


def test_a_skip_is_withdrawn_and_declared_again() -> None:
    spec = given(declared())
    spec.when(lambda s: s.withdraw(AFTERWARDS, "mended")).then(fact(SkippedEventWithdrawn))
    assert not spec.aggregate.in_force
    spec.when(lambda s: s.declare_again(CAUSE, "not mended")).then(fact(SkippedEventDeclaredAgain))
    assert (spec.aggregate.in_force, spec.aggregate.reason) == (True, "not mended")


def test_what_is_so_already_is_refused() -> None:
    spec = given(declared())
    spec.when(lambda s: s.declare_again(AFTERWARDS, WHY)).then_refused(SkippedAlready)
    spec.when(lambda s: s.withdraw(AFTERWARDS, "mended"))
    spec.when(lambda s: s.withdraw(AFTERWARDS, "mended")).then_refused(NotSkipped)


@pytest.mark.parametrize(
    "command", [lambda s: s.withdraw(CAUSE, " "), lambda s: s.declare_again(CAUSE, "")]
)
def test_each_change_says_why(command: Callable[[SkippedEvent], None]) -> None:
    given(declared()).when(command).then_refused(ReasonMissing)
    given().when(lambda _: declared(" ")).then_refused(ReasonMissing)
