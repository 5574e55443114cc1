"""Whoever writes: no event with a value beyond the bounds gets to the journal."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.aggregate import Aggregate, CommandContext
from domain.errors import OutOfBounds
from domain.facility import ClosingDelaySet, RoomOpened
from domain.identity import Identity
from domain.monitoring.events import AssessmentCorrected
from domain.patient import Patient
from domain.program import ClosureDeclared
from services.journal.codec import TypedMapper
from tests.contracts.story import assessments, told
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY
from tests.support.read_models import facility, program


def refused(aggregate: Aggregate) -> str:
    *_, event = aggregate.pending_events
    with pytest.raises(OutOfBounds) as refusal:
        TypedMapper().to_stored_event(event)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"name": "Hall\0"}, "the value name is not plain text: it has the character NUL"),
        ({"name": "Hall\x7f"}, "U+007F"),
        ({"name": "Hall\x9b"}, "U+009B"),
        ({"name": "\u202ellaH"}, "U+202E"),
        ({"name": "x" * 501}, "the value name is longer than 500 characters"),
        ({"name": "家" * 167}, "longer than 500 characters"),
        ({"capacity": 2**31}, "the value capacity is out of bounds: input should be less than"),
        ({"capacity": -(2**31)}, "the value capacity is out of bounds"),
    ],
)
def test_a_value_that_a_read_model_could_not_hold_is_not_stored(
    facts: dict[str, Any], says: str
) -> None:
    site = facility()
    site.record(RoomOpened, CAUSE, **({"room_id": "r9", "name": "Hall", "capacity": 4} | facts))
    assert says in refused(site)


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_a_day_beyond_the_bounds_is_not_stored(day: date) -> None:
    closed = program()
    closed.record(ClosureDeclared, CAUSE, day=day, reason="snow")
    assert "the value day is out of bounds" in refused(closed)


@pytest.mark.parametrize("year", [1, 1899, 2200, 9999])
def test_a_record_time_beyond_the_bounds_is_not_stored(year: int) -> None:
    site = facility()
    now = CommandContext("command-9", datetime(year, 1, 2, tzinfo=UTC), "staff-7")
    site.record(ClosingDelaySet, now, minutes=30)
    assert "the value timestamp is out of bounds" in refused(site)


def test_the_id_of_an_aggregate_and_an_author_are_texts_like_others() -> None:
    open_to: dict[str, Any] = {
        "facility_id": FACILITY,
        "program_id": "iop",
        "payer": "self",
        "override": "known",
    }
    strange = Patient.admit(CAUSE, id="patient-\0", admitted_on=MONDAY, **open_to)
    assert "the aggregate's id" in refused(strange)
    by = replace(CAUSE, author="\x1b[2J")
    assert "the value author" in refused(
        Patient.admit(by, id="patient-1", admitted_on=MONDAY, **open_to)
    )


def test_what_is_encrypted_may_be_longer_than_a_text() -> None:
    known = {"facility_id": FACILITY, "patient_id": "patient-1"}
    long = Identity.start(CAUSE, sealed="A" * 12_000, **known)
    TypedMapper().to_stored_event(long.pending_events[0])
    assert "sealed" in refused(Identity.start(CAUSE, sealed="A" * 20_000, **known))


def test_a_number_in_a_list_is_held_to_the_bounds_too() -> None:
    taken = next(iter(assessments()))
    facts = {"answers": {"q1": 2**31}, "scales": (), "reason": "misread"}
    taken.record(AssessmentCorrected, CAUSE, **facts)
    assert "the value answers.q1 is out of bounds" in refused(taken)


def test_what_is_told_of_every_day_is_within_bounds() -> None:
    for aggregate in told():
        for event in aggregate.pending_events:
            TypedMapper().to_stored_event(event)
