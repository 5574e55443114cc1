"""What was entered late or put right, as one row of `corrections`."""

from typing import Literal

from domain.session import (
    AttendanceCorrected,
    AttendanceWithdrawn,
    CheckInUndone,
    CheckOutCorrected,
    LateCheckOutEntered,
    LateSignInEntered,
    SignInReassigned,
)
from projections.view import Change

Amending = (
    AttendanceCorrected
    | AttendanceWithdrawn
    | CheckInUndone
    | CheckOutCorrected
    | LateCheckOutEntered
    | LateSignInEntered
    | SignInReassigned
)

Kind = Literal[
    "late_sign_in",
    "late_check_out",
    "check_out_corrected",
    "undone",
    "reassigned",
    "attendance_corrected",
    "attendance_withdrawn",
]


def correction(
    event: Amending, kind: Kind, recorded_as: str, corrects: int | None = None
) -> Change:
    """Return the row of an event that tells its reason and its author's credential."""
    return (
        "INSERT INTO corrections VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            event.event_id,
            event.originator_id,
            recorded_as,
            kind,
            corrects,
            event.author,
            event.credential,
            event.timestamp,
            event.reason,
        ),
    )
