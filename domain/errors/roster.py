"""Refusals about who is expected: enrollments, bookings, waiting lists."""

from domain.errors.kinds import AlreadyThere, NotThere, Overlapping, WrongState


class PatientTaken(Overlapping):
    """The patient is booked for another session at that time."""

    says = "the patient is booked for another session at that time"


class CommitmentInTheWay(Overlapping):
    """The patient has an outside commitment at that time; a reason may override it."""

    says = "the session on {day} overlaps an outside commitment of the patient ({commitment})"


class EnrolledTwice(AlreadyThere):
    """The patient is enrolled in the track on some of these days already."""

    says = "the patient is enrolled in this track on some of these days already"


class AlreadyExpected(AlreadyThere):
    """A patient would wait for a place that they have."""

    says = "the patient has a place already: nobody waits for a place that they have"


class AlreadyWaiting(AlreadyThere):
    """A patient waits for a track on some days already, and asks for others."""

    says = "the patient is on the waiting list of this track for {weekdays}: take them off it first"


class NotOnRoster(NotThere):
    """The patient is not expected at this session."""

    says = "the patient is not on this roster and is not making up a missed session"


class SessionFull(WrongState):
    """No place is left."""

    says = "the session is full (capacity {places})"


class PlacesFree(WrongState):
    """Nobody has to wait where places are free."""

    says = "there are free places: book or enroll the patient instead"


class AlreadyBegun(WrongState):
    """The session has begun: nobody waits for it any more, or is booked for it to mend a week."""

    says = "the session has begun already"
