"""What can happen to a session's place on the schedule."""

from typing import Any

from domain.aggregate import Event, Opening
from domain.session.meeting import Meeting


class SessionScheduled(Opening):
    """A session was put on the schedule; `label` is what the clinic calls it."""

    TOPIC = "session.scheduled"
    class_version = 3

    label: str
    meeting: Meeting

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Add what a meeting of version 1 did not say."""
        _upcast_meeting(state["meeting"])

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Say that version 2 knew no formats of parts."""
        for part in state["meeting"]["parts"]:
            part["format"] = None


class SessionRescheduled(Event):
    """A session has another time, room, facilitator, content or number of places."""

    TOPIC = "session.rescheduled"
    class_version = 3

    meeting: Meeting

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Add what a meeting of version 1 did not say."""
        _upcast_meeting(state["meeting"])

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Say that version 2 knew no formats of parts."""
        for part in state["meeting"]["parts"]:
            part["format"] = None


class RoomSubstituted(Event):
    """The session takes place in another room, which leaves it so many places."""

    TOPIC = "session.room-substituted"

    room_id: str
    places: int
    reason: str


class StaffSubstituted(Event):
    """Somebody else leads the session, or (None) nobody for now; `credential` is that day's."""

    TOPIC = "session.staff-substituted"

    staff_id: str | None
    credential: str | None
    reason: str


class SessionStarted(Event):
    """The facilitator began the session; `credential` is theirs that day."""

    TOPIC = "session.started"

    staff_id: str
    credential: str


class SessionCalledOff(Event):
    """The program called the session off: nobody is booked for it any longer."""

    TOPIC = "session.called-off"

    reason: str


class SessionRestored(Event):
    """The session takes place after all: it was called off by mistake, and keeps its roster."""

    TOPIC = "session.restored"

    reason: str


class SessionWithdrawn(Event):
    """The session left the schedule, as if it had never been on it."""

    TOPIC = "session.withdrawn"

    reason: str


# Earlier versions


def _upcast_meeting(meeting: dict[str, Any]) -> None:
    meeting["occurrence"] = meeting["day"] if meeting["track_id"] else None
    meeting["modality"] = "in-person"
    for part in meeting["parts"]:
        part["topic"] = None
