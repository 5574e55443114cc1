import pytest

from domain.errors import (
    AlreadyMadeUp,
    HasAttended,
    NotOnRoster,
    NotTakingPlace,
    OnRosterAnyway,
    SessionFull,
)
from domain.session import (
    AbsenceAnnounced,
    AbsenceExcused,
    ExcuseWithdrawn,
    PatientReleased,
    PatientRostered,
)
from tests.support.domain_examples import (
    CAUSE,
    absence,
    announced,
    at,
    called_off,
    came_for,
    later,
    made_up,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def test_a_patient_is_expected() -> None:
    given(session()).when(rostered("p-1")).then(fact(PatientRostered, patient_id="p-1"))


def test_a_patient_who_is_expected_is_expected_once() -> None:
    given(session(), rostered("p-1")).when(rostered("p-1")).then_nothing()


@pytest.mark.parametrize("taken", [1, 2])
def test_the_last_place_may_be_taken(taken: int) -> None:
    patients = [f"p-{number}" for number in range(taken)]
    given(session(), rostered(*patients)).when(rostered("p-9")).then(
        fact(PatientRostered, patient_id="p-9")
    )


def test_nobody_is_expected_beyond_the_last_place() -> None:
    given(session(), rostered("p-1", "p-2", "p-3")).when(rostered("p-4")).then_refused(
        SessionFull, places=3
    )


def test_who_is_expected_is_so_in_a_full_session_too() -> None:
    given(session(), rostered("p-1", "p-2", "p-3")).when(rostered("p-3")).then_nothing()


def test_who_came_to_make_up_takes_a_place_too() -> None:
    given(session(), rostered("p-1", "p-2"), came_for("missed", "p-3", "17:00")).when(
        rostered("p-4")
    ).then_refused(SessionFull)


def test_who_came_to_make_up_cannot_be_expected_there() -> None:
    given(session(), came_for("missed", "p-1", "17:00")).when(rostered("p-1")).then_refused(
        OnRosterAnyway
    )


def test_who_would_have_come_to_a_session_that_was_called_off_may_be_recorded_late() -> None:
    given(session(), called_off).when(rostered("p-1")).then(fact(PatientRostered, patient_id="p-1"))


def test_a_patient_is_expected_no_longer() -> None:
    given(session(), rostered("p-1")).when(lambda s: s.release(CAUSE, "p-1")).then(
        fact(PatientReleased, patient_id="p-1")
    )


def test_a_patient_who_was_not_expected_needs_no_release() -> None:
    given(session()).when(lambda s: s.release(CAUSE, "p-1")).then_nothing()


def test_a_patient_who_came_stays_on_the_roster() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(
        lambda s: s.release(CAUSE, "p-1")
    ).then_refused(HasAttended)


def test_a_patient_who_made_the_visit_up_stays_on_the_roster() -> None:
    given(session(), rostered("p-1"), made_up("p-1", session(later(2)))).when(
        lambda s: s.release(CAUSE, "p-1")
    ).then_refused(AlreadyMadeUp)


def test_a_patient_says_that_they_will_not_come() -> None:
    given(session(), rostered("p-1")).when(announced("p-1")).then(
        fact(AbsenceAnnounced, patient_id="p-1", reason="fever", notified_at=at("08:00"))
    )


def test_an_absence_is_announced_and_excused() -> None:
    given(session(), rostered("p-1")).when(announced("p-1", excused=True)).then(
        fact(AbsenceAnnounced, patient_id="p-1"), fact(AbsenceExcused, patient_id="p-1")
    )


@pytest.mark.parametrize("excused", [False, True])
def test_an_absence_that_is_as_noted_records_nothing(excused: bool) -> None:
    noted = announced("p-1", excused=excused)
    given(session(), rostered("p-1"), noted).when(noted).then_nothing()


def test_an_announced_absence_is_excused_later() -> None:
    given(session(), rostered("p-1"), announced("p-1")).when(announced("p-1", excused=True)).then(
        fact(AbsenceExcused, patient_id="p-1")
    )


def test_an_excuse_is_taken_back() -> None:
    given(session(), rostered("p-1"), announced("p-1", excused=True)).when(announced("p-1")).then(
        fact(ExcuseWithdrawn, patient_id="p-1")
    )


def test_another_reason_keeps_the_excuse() -> None:
    spec = given(session(), rostered("p-1"), announced("p-1", excused=True)).when(
        lambda s: s.note_absence(CAUSE, "p-1", absence(excused=True, reason="flu"))
    )
    spec.then(fact(AbsenceAnnounced, patient_id="p-1", reason="flu"))
    assert spec.aggregate.visits["p-1"].absence.excused


def test_another_reason_is_no_excuse() -> None:
    spec = given(session(), rostered("p-1"), announced("p-1")).when(
        lambda s: s.note_absence(CAUSE, "p-1", absence(reason="flu"))
    )
    spec.then(fact(AbsenceAnnounced, patient_id="p-1", reason="flu"))
    assert not spec.aggregate.visits["p-1"].absence.excused


def test_nobody_is_absent_who_was_not_expected() -> None:
    given(session()).when(announced("p-1")).then_refused(NotOnRoster)


def test_who_came_to_make_up_was_not_expected_and_cannot_be_absent() -> None:
    given(session(), came_for("missed", "p-1", "17:00")).when(announced("p-1")).then_refused(
        NotOnRoster
    )


def test_nobody_is_expected_at_a_session_that_left_the_schedule() -> None:
    given(session(), withdrawn).when(rostered("p-1")).then_refused(NotTakingPlace)
