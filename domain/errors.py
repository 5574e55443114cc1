"""Everything that the domain can refuse, as one tree.

DaybookError
├── ClockNotGiven               an event without the time of its record
└── Refusal                     a command that may not be; nothing changed
    ├── Overlapping             somebody or something in two places at once
    │   ├── ResourceTaken       a room or a staff member
    │   ├── PatientTaken        a patient's bookings
    │   ├── SignedInElsewhere   a patient signed in to two sessions
    │   ├── SignedInTwice       a patient signed in twice to one
    │   ├── CommitmentInTheWay  a booking against work, school or family
    │   ├── ConflictsMet        all that a series, or an enrolment, met
    │   ├── StaysOverlap        a treatment that begins in the one before it
    │   ├── LeavesOverlap       two leaves of one treatment
    │   └── SegmentsOverlap     two parts of one meeting
    ├── OutOfOrder              something that ends before it starts
    │   ├── EndsBeforeStart
    │   ├── OutsideMeeting      a segment outside its meeting
    │   ├── NotYet              told before it happens
    │   ├── OutsideSession      at the door at another time
    │   ├── MakeUpTooEarly      a make-up before the visit that it makes up
    │   ├── GapsReversed        a longest gap that is shorter than the shortest
    │   └── GapTooLong          tests so far apart that nobody is tested
    ├── AlreadyThere            the same thing twice
    │   ├── EnrolledTwice
    │   ├── AlreadyExpected     waits for what the patient has
    │   ├── AlreadyWaiting      waits for the track on other days
    │   ├── AlreadyAdmitted     referred, or admitted, while in treatment
    │   ├── SaidOtherwise       a consent or disclosure that is on record with other words
    │   ├── OpenAlready         a facility or program that is open with other particulars
    │   ├── NumberTaken         a record number that is somebody else's
    │   ├── IdentityDiffers     a record number whose patient is on record under another name
    │   └── SkippedAlready      an event that a view passes over already
    ├── NotThere                what the command is about does not exist
    │   ├── NotOnRoster
    │   ├── NotAdmitted
    │   ├── NotReferred         a candidate whom nobody has referred
    │   ├── NoPlan              a plan of care that was never set
    │   ├── NotOnRecord         an authorization, a test, a consent that is not there
    │   ├── NotMeeting          a day on which a track does not meet
    │   ├── NotMissed           a visit that needs no make-up
    │   ├── NotSignedIn         no such line of the sign-in sheet
    │   ├── NotAttended         a note about somebody who was not there
    │   ├── NotNamed            a supporter whom the patient has not named
    │   ├── NoSuchRoom
    │   ├── NoSuchTrack
    │   ├── NoSuchMeeting       a day on which the series has no meeting
    │   ├── NoSuchZone          a time zone that is not in the IANA database
    │   ├── NoCredential        staff without one on that day
    │   └── NotSkipped          an event that the view does not pass over
    ├── NotPositive             an amount that has to be more than nothing
    ├── OutOfBounds             a value beyond what can be recorded
    ├── TooMuchAtOnce           a decision about more than one decision can be about
    ├── NotARule                a recurrence rule that cannot be followed
    ├── UnknownPractice         a holistic session of no known kind
    ├── MeetingUnsound          a session that could not take place so
    ├── NameMissing             a facility, program, room or staff member without a name
    ├── PersonUnnamed           a patient without a record number or a name
    ├── RecordNumberSpaced      a record number with a space in it
    ├── ReasonMissing           a change to the record without a word why
    ├── PayerMissing            a payer without a name
    ├── WrongAnswers            a questionnaire with items or values that it does not have
    ├── NoSuchLevel             a level of care that is not known, or not above or below this one
    ├── NotAPhysician           a certification by somebody else
    ├── NotLess                 a taper that does not ask for less
    ├── EndMissing              a consent that has to have an end
    ├── LeaveTooLong            a leave so long that it is a discharge
    ├── PolicyUnsound           a policy by which nobody could be judged
    └── WrongState              possible at another time
        ├── SessionFull
        ├── NotTakingPlace      the session was called off
        │   └── CalledOff       it has to be restored first
        ├── SessionNotOver
        ├── TooEarly            a session that is started before its time
        ├── NoFacilitator       nobody leads the session
        ├── AlreadyBegun        booked too late to mend a week, or waits too late
        ├── RecordClosed        the session is over and its attendance recorded
        ├── PlacesFree          waits where nobody has to
        ├── RecordMerged        the record is part of another one now
        ├── OtherWayRound       the record with the treatments has to be the one that goes on
        ├── HasAttended         presence stands against it
        ├── AlreadyMadeUp
        ├── MakesUpAnother      a make-up that is one of another missed visit
        ├── OnRosterAnyway      a make-up by somebody who is expected there
        ├── NotScreened         an admission without a screening
        ├── NotRecommended      an admission against the screening
        ├── Contraindicated     a screening that recommends what it speaks against
        ├── EditionForAdults    a screening of adolescents by a book about adults
        ├── CandidateAgain      a discharge that is taken back after another referral
        ├── ConsentNotInForce   a disclosure that no consent covers
        ├── StepOutOfTurn       a step of a drug test at another time than its own
        └── IdentityUnreadable  a patient whose key is gone, or is not theirs
"""

from collections.abc import Sequence
from typing import Self


class DaybookError(Exception):
    """The root of what Daybook raises."""


class ClockNotGiven(DaybookError):
    """An event was made without the time at which it is recorded."""


class Refusal(DaybookError):
    """A command was refused; nothing changed. It says why, and never who a patient is."""

    says = "this cannot be done"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.says.format(**facts))


class Overlapping(Refusal):
    """Somebody or something would be in two places at once."""


class ResourceTaken(Overlapping):
    """A room or a staff member is booked at that time."""

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


class CommitmentInTheWay(Overlapping):
    """The patient has an outside commitment at that time; a reason may override it."""

    says = "the session on {day} collides with {commitment} of the patient"


class ConflictsMet(Overlapping):
    """Everything that a change of several sessions met; none of them was made."""

    says = "nothing was changed: {conflicts}"

    @classmethod
    def all_of(cls, conflicts: Sequence[str]) -> Self:
        """Return the refusal that names each conflict, a sentence with its day."""
        return cls(conflicts="; ".join(conflicts))


class StaysOverlap(Overlapping):
    """A treatment would begin before the one before it has ended."""

    says = "the treatment before it lasts until {day}"


class LeavesOverlap(Overlapping):
    """Two leaves of one treatment share days."""

    says = "there is a leave from {first_day} to {last_day}"


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


class NotYet(OutOfOrder):
    """Something is told before it happens."""

    says = "nothing can be recorded before it happens"


class OutsideSession(OutOfOrder):
    """An arrival or a departure lies hours before or after its session."""

    says = "the session does not take place at that time"


class MakeUpTooEarly(OutOfOrder):
    """A make-up takes place before the visit that it makes up."""

    says = "the visit to make up starts no earlier than the make-up"


class GapsReversed(OutOfOrder):
    """The longest gap between two drug tests is shorter than the shortest."""

    says = "the longest gap of {longest} days is shorter than the shortest of {shortest}"


class GapTooLong(OutOfOrder):
    """Two drug tests would lie further apart than a year."""

    says = "the longest gap of {longest} days is longer than {most}"


class AlreadyThere(Refusal):
    """The same thing would be there twice."""


class EnrolledTwice(AlreadyThere):
    """The patient is enrolled in the track on some of these days already."""

    says = "the patient is enrolled in this track on the same days already"


class AlreadyExpected(AlreadyThere):
    """A patient would wait for a place that they have."""

    says = "the patient has a place already"


class AlreadyWaiting(AlreadyThere):
    """A patient waits for a track on some days already, and asks for others."""

    says = "the patient waits for this track on {weekdays}: let them stop waiting first"


class AlreadyAdmitted(AlreadyThere):
    """The patient is in treatment already."""

    says = "the patient is in treatment already"


class SaidOtherwise(AlreadyThere):
    """Something that says the same for ever is on record, and says something else."""

    says = "this {what} is on record already and says something else"


class OpenAlready(AlreadyThere):
    """A facility or program is open, with other particulars than those that were said."""

    says = "the {what} is open already with other particulars: revise it instead"


class NumberTaken(AlreadyThere):
    """A medical record number belongs to somebody else."""

    says = "this record number belongs to another patient"


class IdentityDiffers(AlreadyThere):
    """The patient with this record number is on record under another name or birth date."""

    says = (
        "the patient with this record number is on record under another name or birth date: check"
        " the number, and if it is this patient's, put name and birth date right first"
        " (patient.correct-identity)"
    )


class SkippedAlready(AlreadyThere):
    """A read model passes over an event already."""

    says = "the view {view} passes over this event already"


class NotThere(Refusal):
    """What the command is about does not exist."""


class NotOnRoster(NotThere):
    """The patient is not expected at this session."""

    says = "the patient is not on this roster and is not making up a missed session"


class NotAdmitted(NotThere):
    """The patient is not admitted on that day."""

    says = "the patient is not admitted on that day"


class NotReferred(NotThere):
    """The patient is no candidate: nobody has referred them, or that has ended."""

    says = "the patient is no candidate: there is no referral"


class NoPlan(NotThere):
    """There is no plan of care yet."""

    says = "the patient has no plan of care"


class NotOnRecord(NotThere):
    """Something that the command names was never recorded."""

    says = "there is no such {what} on record"


class NotMeeting(NotThere):
    """A track does not meet on that day."""

    says = "the track does not meet on {weekdays}"


class NotMissed(NotThere):
    """A visit was not missed, so there is nothing to make up."""

    says = "the visit to make up was not missed"


class NotSignedIn(NotThere):
    """The sign-in sheet has no such line."""

    says = "the sign-in sheet has no such line"


class NotAttended(NotThere):
    """The patient was not at the session."""

    says = "the patient was not at this session"


class NotNamed(NotThere):
    """The patient has named no such supporter."""

    says = "the patient has named no such supporter"


class NoSuchRoom(NotThere):
    """The facility has no such room."""

    says = "there is no room {room_id}"


class NoSuchTrack(NotThere):
    """The program has no such track."""

    says = "there is no track {track_id}"


class NoSuchMeeting(NotThere):
    """A series has no meeting on that day."""

    says = "the track has no meeting on {day}"


class NoSuchZone(NotThere):
    """The IANA database has no such time zone."""

    says = "there is no time zone {timezone}: the IANA name is needed, such as America/New_York"


class NoCredential(NotThere):
    """A staff member has no credential on that day, or is not there."""

    says = "{staff_id} has no credential on {day}"


class NotSkipped(NotThere):
    """A read model does not pass over an event."""

    says = "the view {view} does not pass over this event"


class NotPositive(Refusal):
    """An amount has to be more than nothing."""

    says = "{what} must be more than 0"


class OutOfBounds(Refusal):
    """A text, a number or a day lies beyond what can be recorded."""

    says = "{what} is {problem}"


class TooMuchAtOnce(Refusal):
    """One decision would be about more than one decision can be about."""

    says = "this would be {number} {what}, and {most} is the most"


class NotARule(Refusal):
    """A recurrence rule is not one of days, or cannot be read."""

    says = "{rule} is no rule of days: {because}"


class UnknownPractice(Refusal):
    """A holistic session is of no kind that is known."""

    says = "a holistic session is one of {practices}"


class MeetingUnsound(Refusal):
    """A session could not take place so: its day, times, parts or places do not go together."""

    says = "the session {problem}"


class NameMissing(Refusal):
    """A facility, program, room or staff member would have no name."""

    says = "a {what} needs a name"


class PersonUnnamed(Refusal):
    """A patient is known by a record number and a name."""

    says = "this needs a record number, a given and a family name"


class RecordNumberSpaced(Refusal):
    """A medical record number has a space in it."""

    says = "a record number has no spaces: leave them out, also before and after it"


class ReasonMissing(Refusal):
    """A closed record, or one that is put right, is changed only with a reason."""

    says = "this needs a reason, in words"


class PayerMissing(Refusal):
    """A payer is known by its name."""

    says = "this needs the name of the payer"


class WrongAnswers(Refusal):
    """An instrument's items are missing, unknown or out of their range."""

    says = "{instrument}: {because}"


class NoSuchLevel(Refusal):
    """A level of care is none of those that are possible there."""

    says = "{level} is none of the levels {levels}"


class NotAPhysician(Refusal):
    """Care is certified by a physician."""

    says = "a physician certifies, and {credential} is not the credential of one"


class NotLess(Refusal):
    """A taper asks for no less than the plan before it."""

    says = "a taper asks for fewer minutes or days a week than the plan before it, and no more"


class EndMissing(Refusal):
    """A consent for this purpose has to say when it ends."""

    says = "a consent for {purpose} needs a last day"


class LeaveTooLong(Refusal):
    """A leave would be so long that it is a discharge."""

    says = "a leave has at most {days} days: who is away for longer is discharged"


class PolicyUnsound(Refusal):
    """A policy has a number that is unknown, out of bounds, or has no source."""

    says = "{place}: {problem}"


class WrongState(Refusal):
    """Possible at another time, but not now."""


class SessionFull(WrongState):
    """No place is left."""

    says = "the session's {places} places are taken"


class NotTakingPlace(WrongState):
    """The session was called off, or is not on the schedule."""

    says = "the session was called off"


class CalledOff(NotTakingPlace):
    """The session was called off, and has to be restored before it can be what is asked for."""

    says = "the session of {day} was called off: restore it first"


class SessionNotOver(WrongState):
    """The session has not ended."""

    says = "the session has not ended"


class TooEarly(WrongState):
    """A session is started on its day, no earlier than shortly before its time."""

    says = "it is too early to start the session"


class NoFacilitator(WrongState):
    """Nobody leads the session."""

    says = "the session has no facilitator"


class AlreadyBegun(WrongState):
    """The session has begun: nobody waits for it any more, or is booked for it to mend a week."""

    says = "the session has begun"


class RecordClosed(WrongState):
    """The session is over and its attendance recorded."""

    says = "the session is closed"


class PlacesFree(WrongState):
    """Nobody has to wait where places are free."""

    says = "there are free places: book one"


class RecordMerged(WrongState):
    """The record is part of another one now."""

    says = "this record was merged into another one"


class OtherWayRound(WrongState):
    """A record with a treatment would be merged into one without."""

    says = "the other record has a treatment and this one none: merge this one into that"


class HasAttended(WrongState):
    """Presence was recorded that this would contradict."""

    says = "a patient has signed in to this session"


class AlreadyMadeUp(WrongState):
    """A visit is made up by another one."""

    says = "the missed visit is made up already"


class MakesUpAnother(WrongState):
    """A visit makes up another missed session than is said now."""

    says = "the visit makes up another missed session: undo that check-in first"


class OnRosterAnyway(WrongState):
    """A patient who is on the roster cannot make up something there."""

    says = "the patient is on this session's roster anyway"


class NotScreened(WrongState):
    """Nobody has screened the candidate since they were referred."""

    says = "nobody has screened the candidate: to admit them all the same needs a reason"


class NotRecommended(WrongState):
    """The screening recommends another level of care."""

    says = "the screening recommends level {level}: to admit the candidate here needs a reason"


class Contraindicated(WrongState):
    """A screening recommends a level that its own findings stand against."""

    says = "against level {level} stands: {because}"


class EditionForAdults(WrongState):
    """The edition by which an adolescent is screened is about adults."""

    says = "edition {edition} of the criteria is for adults"


class CandidateAgain(WrongState):
    """The patient was referred again since they were discharged."""

    says = "the patient was referred again since: close that referral first"


class ConsentNotInForce(WrongState):
    """A disclosure relies on a consent that does not cover it."""

    says = "the consent {because}"


class StepOutOfTurn(WrongState):
    """A drug test is not where this step of it would be."""

    says = "a test that is {state} cannot be {step}"


class IdentityUnreadable(WrongState):
    """Who the patient is cannot be read, since their key is gone or is another patient's."""

    says = (
        "who this patient is cannot be read: their key is missing from the vault, or is another"
        " patient's. Put the table vault.patient_keys back from a back-up; whoever was forgotten on"
        " purpose needs another record number"
    )
