"""An *ok* that recorded nothing means that what was asked for is so already: each command."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.errors import Refusal
from services.command_endpoint.payload import Malformed
from services.command_endpoint.registry import COMMANDS
from tests.support.catalog_walk import STEPS, Step, Walk

SO_ALREADY = {
    "a preview records nothing": ("program.declare-closure /dry_run",),
    "it is so on that day, too": (
        "drug-testing.set-phase /from_day",
        "facility.adopt-payer-policy /from_day",
        "facility.drop-payer-policy /from_day",
        "facility.supervise-credential /from_day",
        "facility.unsupervise-credential /from_day",
        "patient.assign-counselor /from_day",
        "patient.change-payer /from_day",
        "patient.correct-enrolment /first_day",
        "patient.revoke-consent /day",
        "program.adopt-policy /from_day",
        "program.change-following /from_day",
        "program.drop-policy /from_day",
        "program.lift-closure /day",
    ),
    "nobody of that id is expected, or is a supporter": (
        "patient.remove-supporter /supporter_id",
        "session.release-supporter /supporter_id",
    ),
    "all of no sessions are booked": ("patient.book-repair /session_ids",),
    "it is so already, and the reason for it is on record": (
        "drug-testing.call-off /reason",
        "drug-testing.correct-result /reason",
        "drug-testing.end-draws /reason",
        "identity.forget /because",
        "patient.accept-collisions /reason",
        "patient.grant-leave /reason",
        "patient.refer-up /reasons",
        "patient.revise-leave /reason",
        "patient.set-plan /prompt/reference",
        "patient.stop-waiting-for-track /reason",
        "program.change-following /reason",
        "program.change-meeting /deviation/reason",
        "session.reassign-sign-in /amendment/credential",
        "session.reassign-sign-in /amendment/reason",
        "session.release-patient /reason",
        "session.restore /reason",
        "session.stop-waiting /reason",
        "session.substitute-room /reason",
        "session.substitute-staff /reason",
        "session.undo-check-in /amendment/credential",
        "session.undo-check-in /amendment/reason",
    ),
}
"""Where another payload is answered ok and records nothing, and why that is right."""


@pytest.fixture(scope="module")
def walked() -> list[tuple[Step, Walk, list[str]]]:
    """Each step, the clinic after it, and what it recorded."""
    clinic, found = Walk(), []
    for step in STEPS:
        topics = clinic.give(step)
        found.append((step, clinic.fork(), topics))
    return found


Walked = list[tuple[Step, Walk, list[str]]]


def test_each_command_of_the_catalog_is_walked() -> None:
    assert {step.name for step in STEPS} == set(COMMANDS)


def test_each_command_records_what_is_asked_for(walked: Walked) -> None:
    assert [step.name for step, _, topics in walked if not topics] == []


def test_a_command_that_is_given_again_is_ok_or_refused_and_records_nothing(
    walked: Walked,
) -> None:
    again = {step.name: topics for step, clinic, _ in walked if (topics := recorded(clinic, step))}
    assert again == {}


def test_a_command_that_asks_for_something_else_does_it_or_refuses(walked: Walked) -> None:
    idle = {
        f"{step.name} {pointer}"
        for step, clinic, _ in walked
        for pointer, payload in otherwise(step.payload)
        if recorded(clinic, step, payload) == []
    }
    assert idle == {each for so_already in SO_ALREADY.values() for each in so_already}


def recorded(clinic: Walk, step: Step, payload: dict[str, Any] | None = None) -> list[str] | None:
    """Give a command; return what it recorded, None where it was refused."""
    try:
        return clinic.fork().give(step, payload)
    except (Refusal, Malformed):
        return None


def otherwise(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a payload with one place of it otherwise, and the pointer to that place, for each."""
    match value:
        case dict():
            for name, inner in value.items():
                for place, changed in otherwise(inner, f"{pointer}/{name}"):
                    yield place, value | {name: changed}
        case list():
            if value:
                yield pointer, value[:-1]
            for index, inner in enumerate(value):
                for place, changed in otherwise(inner, f"{pointer}/{index}"):
                    yield place, [*value[:index], changed, *value[index + 1 :]]
        case bool():
            yield pointer, not value
        case int() | float():
            yield pointer, value + 1
            yield pointer, value - 1
        case str():
            for changed in other_texts(value):
                yield pointer, changed
        case None:
            pass


def other_texts(text: str) -> list[str]:
    """Return the days around a day, five minutes around an instant, or other words."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return [f"{text}x"]
    if len(text) == len("2025-03-03"):
        days = (moment + timedelta(days=by) for by in (-1, 1))
        return [each.date().isoformat() for each in days]
    return [(moment + timedelta(minutes=by)).isoformat() for by in (-5, 5)]
