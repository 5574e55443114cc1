"""Refusals about who was there: sign-ins, make-ups, notes."""

from domain.errors.kinds import NotThere, OutOfOrder, Overlapping, WrongState


class SignedInElsewhere(Overlapping):
    """The patient is signed in to another session at that time."""

    says = "the patient is signed in to another session at that time"


class SignedInTwice(Overlapping):
    """The patient is signed in to this session already at that time."""

    says = "the patient is signed in to this session already at that time"


class OutsideSession(OutOfOrder):
    """An arrival or a departure lies hours before or after its session."""

    says = "the session does not take place at that time: check the day and the time"


class NotSignedIn(NotThere):
    """The sign-in sheet has no such line."""

    says = "the sign-in sheet has no such line"


class NotAttended(NotThere):
    """The patient was not at the session."""

    says = "the patient was not at this session"


class HasAttended(WrongState):
    """Presence was recorded that this would contradict."""

    says = "a patient has signed in to this session"


class RecordClosed(WrongState):
    """The session is over and its attendance recorded."""

    says = "the session is closed: its attendance is recorded"


class MakeUpTooEarly(OutOfOrder):
    """A make-up takes place before the visit that it makes up."""

    says = "a make-up session has to start after the missed session that it makes up"


class NotMissed(NotThere):
    """A visit was not missed, so there is nothing to make up."""

    says = "the patient did not miss the session that this would make up"


class ServiceNotHeld(NotThere):
    """A note is about a service that the session does not have."""

    says = "the session has no {service}: a note is about {held}, or the whole visit"


class NoNoteWaits(NotThere):
    """No note about the patient needs a co-signature."""

    says = "no note about this patient asks for a co-signature"


class CosignsOwnNote(WrongState):
    """Who would co-sign a note is its author."""

    says = "a note is co-signed by somebody else than its author"


class CosignerSupervised(WrongState):
    """Who would co-sign a note has a credential that asks for a co-signature itself."""

    says = (
        "a note that is signed as {credential} is co-signed itself: somebody else has to co-sign"
        " this one"
    )


class AlreadyMadeUp(WrongState):
    """A visit is made up by another one."""

    says = "the missed session has been made up already"


class MakesUpAnother(WrongState):
    """A visit makes up another missed session than is said now."""

    says = "this visit makes up another missed session: undo that check-in first"


class OnRosterAnyway(WrongState):
    """A patient who is on the roster cannot make up something there."""

    says = "a patient cannot be on the roster of a session and make up a missed session there"
