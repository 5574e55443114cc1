"""What happens at the door: the sign-in sheet, and what is put right on it."""

from collections.abc import Iterator
from datetime import datetime

from domain.aggregate import Event
from domain.author import is_kiosk
from domain.session import (
    CheckInUndone,
    CheckOutCorrected,
    DepartureHeld,
    LateCheckOutEntered,
    LateSignInEntered,
    MakeUpRedirected,
    PatientCheckedIn,
    PatientTurnedAway,
    SignInReassigned,
    SupporterCheckedIn,
    SupporterCheckedOut,
)
from projections.attendance.corrections import correction
from projections.view import Change

AT_THE_DOOR = (
    PatientCheckedIn,
    LateSignInEntered,
    LateCheckOutEntered,
    CheckOutCorrected,
    CheckInUndone,
    SignInReassigned,
    MakeUpRedirected,
    DepartureHeld,
    PatientTurnedAway,
    SupporterCheckedIn,
    SupporterCheckedOut,
)


def changes(event: Event) -> Iterator[Change]:
    """Keep the lines of the sheet as they are told, and note what is told late."""
    match event:
        case PatientCheckedIn():
            yield from _arrived(event, None)
        case LateSignInEntered():
            yield from _arrived(event, event.left_at)
            yield correction(event, "late_sign_in", event.patient_id)
        case LateCheckOutEntered() | CheckOutCorrected():
            yield _left(event)
            late = isinstance(event, LateCheckOutEntered)
            yield correction(
                event, "late_check_out" if late else "check_out_corrected", event.patient_id
            )
        case CheckInUndone():
            yield (
                "DELETE FROM sign_ins WHERE (session_id, recorded_as, arrived_at) = (%s, %s, %s)",
                (event.originator_id, event.patient_id, event.arrived_at),
            )
            yield _nobody_came(event.originator_id, event.patient_id)
            yield correction(event, "undone", event.patient_id)
        case SignInReassigned():
            yield (
                "UPDATE sign_ins SET recorded_as = %s"
                " WHERE (session_id, recorded_as, arrived_at) = (%s, %s, %s)",
                (event.to_patient_id, event.originator_id, event.patient_id, event.arrived_at),
            )
            yield _nobody_came(event.originator_id, event.patient_id)
            yield correction(event, "reassigned", event.patient_id)
        case MakeUpRedirected():
            yield (
                "UPDATE visits SET makes_up = %s WHERE session_id = %s AND recorded_as = %s",
                (event.makes_up, event.originator_id, event.patient_id),
            )
        case _:
            yield from _rarely(event)


def _rarely(event: Event) -> Iterator[Change]:
    match event:
        case DepartureHeld():
            yield (
                "INSERT INTO held_departures VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (event.originator_id, event.patient_id, event.left_at),
            )
        case PatientTurnedAway():
            yield (
                "INSERT INTO turned_away VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (event.originator_id, event.patient_id, event.came_at, event.reason),
            )
        case SupporterCheckedIn():
            yield (
                "INSERT INTO supporter_sign_ins VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (event.originator_id, event.supporter_id, event.arrived_at),
            )
        case SupporterCheckedOut():
            yield (
                "UPDATE supporter_sign_ins SET left_at = %s"
                " WHERE session_id = %s AND supporter_id = %s AND arrived_at = %s",
                (event.left_at, event.originator_id, event.supporter_id, event.arrived_at),
            )


def _arrived(
    event: PatientCheckedIn | LateSignInEntered, left_at: datetime | None
) -> Iterator[Change]:
    if event.makes_up:
        yield (
            "INSERT INTO visits (session_id, recorded_as, patient_id, role, makes_up, status)"
            " VALUES (%(session_id)s, %(patient_id)s, coalesce((SELECT merged_into FROM merges"
            " WHERE patient_id = %(patient_id)s), %(patient_id)s), 'make_up', %(makes_up)s,"
            " 'scheduled') ON CONFLICT DO NOTHING",
            {
                "session_id": event.originator_id,
                "patient_id": event.patient_id,
                "makes_up": event.makes_up,
            },
        )
    yield (
        "INSERT INTO sign_ins VALUES (%s, %s, %s, %s, %s, false) ON CONFLICT DO NOTHING",
        (*_line(event), left_at, is_kiosk(event.author)),
    )


def _left(event: LateCheckOutEntered | CheckOutCorrected) -> Change:
    return (
        "UPDATE sign_ins SET (left_at, out_by_kiosk) = (%s, false)"
        " WHERE session_id = %s AND recorded_as = %s AND arrived_at = %s",
        (event.left_at, *_line(event)),
    )


def _line(
    event: PatientCheckedIn | LateSignInEntered | LateCheckOutEntered | CheckOutCorrected,
) -> tuple[str, str, datetime]:
    return event.originator_id, event.patient_id, event.arrived_at


def _nobody_came(session_id: str, patient_id: str) -> Change:
    """Take a make-up visit away with its last line."""
    return (
        "DELETE FROM visits WHERE session_id = %(session_id)s AND recorded_as = %(patient_id)s"
        " AND role = 'make_up' AND NOT EXISTS (SELECT FROM sign_ins"
        " WHERE session_id = %(session_id)s AND recorded_as = %(patient_id)s)",
        {"session_id": session_id, "patient_id": patient_id},
    )
