"""Refusals about the schedule: tracks and sessions."""

from domain.errors.kinds import NotThere, OutOfOrder, Overlapping, Refusal, WrongState


class ResourceTaken(Overlapping):
    """A room or a staff member is booked at that time."""

    says = "{kind} {resource_id} is booked for another session at that time"


class NoSuchTrack(NotThere):
    """The program has no such track."""

    says = "there is no track {track_id}"


class NoSuchMeeting(NotThere):
    """A series has no meeting on that day."""

    says = "the track has no meeting on {day}"


class NotMeeting(NotThere):
    """A track does not meet on that day."""

    says = "the track does not meet on {weekdays}"


class NotARule(Refusal):
    """A recurrence rule is not one of days, or cannot be read."""

    says = "{rule} is not a recurrence rule that a track can follow: {because}"


class SegmentsOverlap(Overlapping):
    """Two segments of a meeting share time."""

    says = "the segment overlaps another segment of its track"


class OutsideMeeting(OutOfOrder):
    """A segment lies outside its meeting."""

    says = "the segment lies outside the hours of its track"


class UnknownPractice(Refusal):
    """A holistic session is of no kind that is known."""

    says = "the topic of a holistic session has to be one of {practices}"


class MeetingUnsound(Refusal):
    """A session could not take place so: its day, times, parts or places do not go together."""

    says = "the session {problem}"


class NotTakingPlace(WrongState):
    """The session was called off, or is not on the schedule."""

    says = "the session was called off or taken off the schedule"


class CalledOff(NotTakingPlace):
    """The session was called off, and has to be restored before it can be what is asked for."""

    says = "the session of {day} was called off: restore it first"


class TooEarly(WrongState):
    """A session is started on its day, no earlier than shortly before its time."""

    says = "it is too early to start the session"


class NoFacilitator(WrongState):
    """Nobody leads the session."""

    says = "nobody leads the session: assign a facilitator first"


class SessionNotOver(WrongState):
    """The session has not ended."""

    says = "the session has not ended yet"
