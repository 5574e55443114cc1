from typing import Any

import pytest

from domain.errors import NotNamed, RecordMerged
from domain.patient import (
    BookingsReleased,
    Discharge,
    Patient,
    PatientAbsorbed,
    PatientMerged,
    Plan,
    SupporterNamed,
    SupporterRemoved,
)
from tests.domain.patient.test_patient import (
    PLAN,
    UTC_ZONE,
    WORK,
    booked,
    booking,
    committed,
    enrolled,
    enrolment,
    patient,
    planned,
)
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY, Command
from tests.support.given_when_then import fact, given


def record_of(id: str) -> Patient:
    return Patient.admit(
        CAUSE,
        id=id,
        facility_id=FACILITY,
        program_id="adult-iop",
        admitted_on=MONDAY,
        payer="medicaid",
        override="as it was before",
    )


def absorbs(duplicate: Patient) -> Command:
    return lambda p: p.absorb(CAUSE, duplicate)


def absorbed_by(other: Patient) -> Command:
    return lambda p: other.absorb(CAUSE, p)


def named(supporter_id: str, relation: str = "mother") -> Command:
    return lambda p: p.name_supporter(CAUSE, supporter_id, relation)


def removed(supporter_id: str) -> Command:
    return lambda p: p.remove_supporter(CAUSE, supporter_id)


# Supporters


def test_a_patient_names_somebody_close_to_them() -> None:
    spec = given(patient()).when(named("s-1"))
    spec.then(fact(SupporterNamed, supporter_id="s-1", relation="mother"))
    assert spec.aggregate.relation_of("s-1") == "mother"


def test_a_supporter_is_named_once_and_may_become_something_else() -> None:
    spec = given(patient(), named("s-1"))
    spec.when(named("s-1")).then_nothing()
    spec.when(named("s-1", "guardian")).then(fact(SupporterNamed, relation="guardian"))
    assert spec.aggregate.relation_of("s-1") == "guardian"


def test_a_supporter_is_removed_once() -> None:
    spec = given(patient(), named("s-1"), named("s-2"))
    spec.when(removed("s-1")).then(fact(SupporterRemoved, supporter_id="s-1"))
    spec.when(removed("s-1")).then_nothing()
    assert list(spec.aggregate.supporters) == ["s-2"]
    spec.when(named("s-1")).then(fact(SupporterNamed))


def test_who_was_never_named_is_not_removed() -> None:
    given(patient()).when(removed("s-1")).then_nothing()


@pytest.mark.parametrize("earlier", [[], [named("s-2")], [named("s-1"), removed("s-1")]])
def test_who_is_not_named_is_nothing_to_the_patient(earlier: list[Command]) -> None:
    given(patient(), *earlier).when(lambda p: p.relation_of("s-1")).then_refused(NotNamed)


# One person, two records


def test_a_record_takes_the_history_of_another_over() -> None:
    duplicate = record_of("patient-2")
    duplicate.collect_events()
    spec = given(patient()).when(absorbs(duplicate))
    spec.then(fact(PatientAbsorbed, patient_id="patient-2"))
    assert spec.aggregate.absorbed == ("patient-2",)
    assert duplicate.merged_into == "patient-1"
    assert [type(event) for event in duplicate.collect_events()] == [PatientMerged]


def test_the_record_that_is_closed_says_where_it_went() -> None:
    given(record_of("patient-2")).when(absorbed_by(patient())).then(
        fact(PatientMerged, into="patient-1")
    )


def test_a_record_is_taken_over_once() -> None:
    duplicate = record_of("patient-2")
    given(patient(), absorbs(duplicate)).when(absorbs(duplicate)).then_nothing()


def test_a_record_takes_several_over() -> None:
    one, other = record_of("patient-2"), record_of("patient-3")
    spec = given(patient(), absorbs(one)).when(absorbs(other))
    spec.then(fact(PatientAbsorbed, patient_id="patient-3"))
    assert spec.aggregate.absorbed == ("patient-2", "patient-3")


def test_a_record_that_took_another_over_is_taken_over_itself() -> None:
    middle = record_of("patient-2")
    middle.absorb(CAUSE, record_of("patient-3"))
    given(patient()).when(absorbs(middle)).then(fact(PatientAbsorbed, patient_id="patient-2"))


def test_a_record_does_not_take_itself_over() -> None:
    found = patient()
    given(found).when(absorbs(found)).then_refused(RecordMerged)


def test_a_record_does_not_take_over_what_is_part_of_a_third() -> None:
    duplicate = record_of("patient-2")
    record_of("patient-3").absorb(CAUSE, duplicate)
    given(patient()).when(absorbs(duplicate)).then_refused(RecordMerged)
    assert duplicate.merged_into == "patient-3"


def test_a_closed_record_takes_nothing_over() -> None:
    spec = given(patient(), absorbed_by(record_of("patient-2")))
    spec.when(absorbs(record_of("patient-3"))).then_refused(RecordMerged)


def test_two_records_do_not_take_each_other_over() -> None:
    other = record_of("patient-2")
    given(patient(), absorbed_by(other)).when(absorbs(other)).then_refused(RecordMerged)


EVENING = booking("s-1", "17:00", "20:00")

REFUSED: list[Command] = [
    planned(PLAN),
    planned(Plan(360, 2)),
    enrolled(enrolment("MO")),
    booked(booking("s-2", "09:00", "10:00")),
    committed(WORK),
    named("s-1"),
    removed("s-9"),
    lambda p: p.correct_admission(
        CAUSE, program_id="adult-iop", admitted_on=MONDAY, payer="self-pay"
    ),
    lambda p: p.end(CAUSE, Discharge(MONDAY, "completed")),
    lambda p: p.block(CAUSE, "s-3", "full"),
]


def merged(*earlier: Command) -> given:
    into = absorbed_by(record_of("patient-2"))
    return given(patient(), named("s-9"), booked(EVENING), *earlier, into)


@pytest.mark.parametrize("command", REFUSED)
def test_a_record_that_is_part_of_another_changes_no_more(command: Command) -> None:
    merged().when(command).then_refused(RecordMerged)


@pytest.mark.parametrize(
    "decides",
    [
        lambda p: p.accept_collisions(CAUSE, UTC_ZONE, "asked"),
        lambda p: p.find_collisions(CAUSE, UTC_ZONE),
    ],
)
def test_nothing_is_decided_on_a_record_that_is_part_of_another(decides: Any) -> None:
    merged(committed(WORK)).when(decides).then_refused(RecordMerged)


def test_a_record_that_is_part_of_another_gives_its_time_back_once() -> None:
    given_back: Command = lambda p: p.release(CAUSE, ["s-1"], "merged")  # noqa: E731
    spec = merged()
    spec.when(given_back).then(fact(BookingsReleased, session_ids=("s-1",), reason="merged"))
    spec.when(given_back).then_nothing()


def test_what_a_closed_record_says_already_may_be_said_again() -> None:
    merged(planned(PLAN)).when(planned(PLAN)).then_nothing()
    merged().when(named("s-9")).then_nothing()
