"""What can happen to the record of a session: closing it, and what is entered afterwards.

A change after closing tells when it was made, by whom, with which credential and why, and the
first record stays (Medicare Program Integrity Manual, chapter 3, section 3.3.2.5).
"""

from datetime import datetime
from typing import Any

from domain.aggregate import Event
from domain.care import Service
from domain.session.attendance import Attendance


class SessionClosed(Event):
    """The session is over and its attendance recorded; what follows is a correction."""

    TOPIC = "session.closed"


class AttendanceRecorded(Event):
    """What a patient's visit came to, for good: compliance and billing read this."""

    TOPIC = "session.attendance-recorded"
    class_version = 3

    patient_id: str
    attendance: Attendance
    makes_up: str | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 knew no topics."""
        _upcast_attendance(state["attendance"])

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Keep what was said: there are more services since."""


class AttendanceCorrected(Event):
    """The attendance recorded by event `corrects` (its version) was wrong; that record stays."""

    TOPIC = "session.attendance-corrected"
    class_version = 3

    patient_id: str
    attendance: Attendance
    makes_up: str | None
    corrects: int
    reason: str
    credential: str | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 knew no topics and asked for no credential."""
        _upcast_attendance(state["attendance"])
        state["credential"] = None

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Keep what was said: there are more services since."""


class AttendanceWithdrawn(Event):
    """The attendance recorded by event `corrects` (its version) belongs to nobody's visit."""

    TOPIC = "session.attendance-withdrawn"

    patient_id: str
    corrects: int
    reason: str
    credential: str | None


class GroupNoteSigned(Event):
    """The author signed the group's note; `credential` is theirs. The note itself is not here."""

    TOPIC = "session.group-note-signed"

    credential: str


class IndividualNoteSigned(Event):
    """The author signed this patient's note: of these services, or (none) of the whole visit."""

    TOPIC = "session.individual-note-signed"
    class_version = 2

    patient_id: str
    credential: str
    services: tuple[Service, ...]

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that a note of version 1 is about the whole visit."""
        state["services"] = []


class NoteCosigned(Event):
    """Somebody signed a patient's note, too, since its author's credential asks for it."""

    TOPIC = "session.note-cosigned"

    patient_id: str
    note: int
    credential: str


class SheetSigned(Event):
    """The author vouched for the sign-in sheet (9 CCR 9854); `credential` is theirs."""

    TOPIC = "session.sheet-signed"

    credential: str


# Late entries


class LateSignInEntered(Event):
    """A line of the sign-in sheet reached the record after the session was closed."""

    TOPIC = "session.late-sign-in-entered"
    class_version = 2

    patient_id: str
    arrived_at: datetime
    left_at: datetime | None
    makes_up: str | None
    reason: str
    credential: str | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 asked for no reason."""
        state |= {"reason": "", "credential": None}


class LateCheckOutEntered(Event):
    """A forgotten departure reached the record after the session was closed."""

    TOPIC = "session.late-check-out-entered"
    class_version = 2

    patient_id: str
    arrived_at: datetime
    left_at: datetime
    reason: str
    credential: str | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 asked for no reason."""
        state |= {"reason": "", "credential": None}


class CheckOutCorrected(Event):
    """The recorded departure was wrong; `left_at` is None where it is unknown after all."""

    TOPIC = "session.check-out-corrected"
    class_version = 2

    patient_id: str
    arrived_at: datetime
    left_at: datetime | None
    recorded_as: datetime
    reason: str
    credential: str | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 asked for no reason."""
        state |= {"reason": "", "credential": None}


# Earlier versions


def _upcast_attendance(attendance: dict[str, Any]) -> None:
    for credit in attendance["credits"]:
        credit["topic"] = None
