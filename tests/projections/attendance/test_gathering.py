"""What is told in batches, and gathered there, leaves the same rows as told one by one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, LiteralString

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.aggregate import Event
from domain.session import (
    AbsenceAnnounced,
    AttendanceCorrected,
    AttendanceRecorded,
    AttendanceWithdrawn,
    CheckInUndone,
    CheckOutCorrected,
    LateSignInEntered,
    PatientCheckedIn,
    PatientCheckedOut,
    PatientReleased,
    PatientRostered,
    SessionCalledOff,
    SessionRestored,
    SessionScheduled,
    SessionWithdrawn,
)
from projections.attendance import Attendance
from tests.contracts.story import examples
from tests.support.domain_examples import at
from tests.support.read_models import ReadModels

SESSIONS, PATIENTS, TIMES = ("session-1",), ("ann", "ben"), (at("17:00"),)
TABLES: tuple[LiteralString, ...] = ("visits", "sign_ins", "absences", "sessions", "corrections")
TOLD: dict[type[Event], Any] = dict(examples())

OF_A_SESSION = (SessionCalledOff, SessionRestored, SessionWithdrawn)
OF_A_VISIT = (
    *(PatientRostered, PatientReleased, AttendanceRecorded, AttendanceCorrected),
    *(AttendanceWithdrawn, AbsenceAnnounced),
)
OF_A_LINE = (
    *(PatientCheckedIn, PatientCheckedOut, CheckInUndone),
    *(LateSignInEntered, CheckOutCorrected),
)
FREQUENT = (PatientRostered, AttendanceRecorded, PatientCheckedIn, PatientCheckedOut)


@st.composite
def told(draw: st.DrawFn) -> list[list[Event]]:
    """Batches of events in any order, of which no patient is expected at a session twice."""
    kinds = st.sampled_from((*8 * FREQUENT, *OF_A_SESSION, *OF_A_VISIT, *OF_A_LINE))
    events: list[Any] = [
        replace(TOLD[SessionScheduled], originator_id=each, originator_version=1)
        for each in SESSIONS
    ]
    there: set[tuple[str, str]] = set()
    for number in range(draw(st.integers(1, 30))):
        kind = draw(kinds)
        session_id, patient_id = draw(st.sampled_from(SESSIONS)), draw(st.sampled_from(PATIENTS))
        new: dict[str, Any] = {"originator_id": session_id, "originator_version": number + 2}
        if kind not in OF_A_SESSION:
            new["patient_id"] = patient_id
        if kind in OF_A_LINE:
            new["arrived_at"] = draw(st.sampled_from(TIMES))
        if kind in {PatientCheckedOut, LateSignInEntered, CheckOutCorrected}:
            new["left_at"] = at(draw(st.sampled_from(("19:00", "20:00"))))
        if kind in {PatientCheckedIn, LateSignInEntered}:
            new["makes_up"] = None
        if kind is PatientRostered:
            if (session_id, patient_id) in there:
                continue
            there.add((session_id, patient_id))
        if kind is PatientReleased:
            there.discard((session_id, patient_id))
        if kind is SessionWithdrawn:
            there -= {each for each in there if each[0] == session_id}
        events.append(replace(TOLD[kind], **new))
    batches: list[list[Event]] = [[]]
    for event in events:
        if draw(st.integers(0, 9)) == 9:
            batches.append([])
        batches[-1].append(event)
    return batches


def left_by(read_models: ReadModels, batches: Sequence[Sequence[Event]]) -> list[Any]:
    """Return all rows after these batches."""
    with read_models.again():
        for batch in batches:
            read_models.take_into(Attendance(), batch)
        return [
            read_models.rows(f"SELECT * FROM attendance.{table} ORDER BY 1, 2, 3")  # noqa: S608
            for table in TABLES
        ]


@given(told())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_do_not_depend_on_where_batches_end(
    read_models: ReadModels, batches: list[list[Event]]
) -> None:
    one_by_one = [[event] for batch in batches for event in batch]
    assert left_by(read_models, batches) == left_by(read_models, one_by_one)
