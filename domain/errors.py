"""Everything that the domain can refuse, as one tree.

DaybookError
├── ClockNotGiven               an event without the time of its record
└── Refusal                     a command that may not be; nothing changed
    ├── Overlapping             somebody or something in two places at once
    │   ├── ResourceTaken       a room or a person of staff
    │   ├── PatientTaken        a patient's bookings
    │   ├── SignedInElsewhere   a patient signed in to two sessions
    │   ├── SignedInTwice       a patient signed in twice to one
    │   └── SegmentsOverlap     two parts of one meeting
    ├── OutOfOrder              something that ends before it starts
    │   ├── EndsBeforeStart
    │   ├── OutsideMeeting      a segment outside its meeting
    │   └── MakeUpTooEarly      a make-up before the visit that it makes up
    ├── AlreadyThere            the same thing twice
    │   ├── EnrolledTwice
    │   └── NumberTaken         a record number that is somebody else's
    ├── NotThere                what the command is about does not exist
    │   ├── NotOnRoster
    │   ├── NotAdmitted
    │   ├── NotMeeting          a day on which a track does not meet
    │   └── NotMissed           a visit that needs no make-up
    ├── NotPositive             an amount that has to be more than nothing
    └── WrongState              possible at another time
        ├── SessionFull
        ├── NotTakingPlace      the session was called off
        ├── SessionNotOver
        ├── HasAttended         presence stands against it
        ├── AlreadyMadeUp
        └── OnRosterAnyway      a make-up by somebody who is expected there

A refusal explains itself in one sentence and never says who a patient is.
"""


class DaybookError(Exception):
    """The root of what Daybook raises."""


class ClockNotGiven(DaybookError):
    """An event was made without the time at which it is recorded."""


class Refusal(DaybookError):
    """A command was refused; nothing changed."""

    says = "this may not be"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.says.format(**facts))


class Overlapping(Refusal):
    """Somebody or something would be in two places at once."""


class ResourceTaken(Overlapping):
    """A room or a person of staff is booked at that time."""

    says = "{kind} {resource_id} is booked for another session at that time"


class PatientTaken(Overlapping):
    """The patient is booked for another session at that time."""

    says = "the patient is booked for another session at that time"


class SignedInElsewhere(Overlapping):
    """The patient is signed in to another session at that time."""

    says = "the patient is signed in to another session at that time"


class SignedInTwice(Overlapping):
    """The patient is signed in to this session already at that time."""

    says = "the patient is signed in to this session already at that time"


class SegmentsOverlap(Overlapping):
    """Two segments of a meeting share time."""

    says = "the segment overlaps another one of its track"


class OutOfOrder(Refusal):
    """Something would end before it starts."""


class EndsBeforeStart(OutOfOrder):
    """An end lies before its start."""

    says = "{end} is before {start}"


class OutsideMeeting(OutOfOrder):
    """A segment lies outside its meeting."""

    says = "the segment lies outside the times of its track"


class MakeUpTooEarly(OutOfOrder):
    """A make-up takes place before the visit that it makes up."""

    says = "the visit to make up starts no earlier than the make-up"


class AlreadyThere(Refusal):
    """The same thing would be there twice."""


class EnrolledTwice(AlreadyThere):
    """The patient is enrolled in the track on some of these days already."""

    says = "the patient is enrolled in this track on the same days already"


class NumberTaken(AlreadyThere):
    """A medical record number belongs to somebody else."""

    says = "this record number belongs to another patient"


class NotThere(Refusal):
    """What the command is about does not exist."""


class NotOnRoster(NotThere):
    """The patient is not expected at this session."""

    says = "not on the roster, and makes up nothing"


class NotAdmitted(NotThere):
    """The patient is not admitted on that day."""

    says = "the patient is not admitted on that day"


class NotMeeting(NotThere):
    """A track does not meet on that day."""

    says = "the track does not meet on {weekdays}"


class NotMissed(NotThere):
    """A visit was not missed, so there is nothing to make up."""

    says = "the visit to make up was not missed"


class NotPositive(Refusal):
    """An amount has to be more than nothing."""

    says = "{what} must be more than 0"


class WrongState(Refusal):
    """Possible at another time, but not now."""


class SessionFull(WrongState):
    """No place is left."""

    says = "the session's {places} places are taken"


class NotTakingPlace(WrongState):
    """The session was called off, or is not on the schedule."""

    says = "the session was called off"


class SessionNotOver(WrongState):
    """The session has not ended."""

    says = "the session has not ended"


class HasAttended(WrongState):
    """Presence was recorded that this would contradict."""

    says = "a patient has signed in to this session"


class AlreadyMadeUp(WrongState):
    """A visit is made up by another one."""

    says = "the missed visit is made up already"


class OnRosterAnyway(WrongState):
    """A patient who is on the roster cannot make up something there."""

    says = "the patient is on this session's roster anyway"
