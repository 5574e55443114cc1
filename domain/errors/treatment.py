"""Refusals about a treatment: referral, screening, admission, plan of care, leaves, discharge."""

from domain.errors.kinds import AlreadyThere, NotThere, Overlapping, Refusal, WrongState


class AlreadyAdmitted(AlreadyThere):
    """The patient is in treatment already."""

    says = "the patient is in treatment already"


class NotAdmitted(NotThere):
    """The patient is not admitted on that day."""

    says = "the patient is not admitted on that day"


class NotReferred(NotThere):
    """The patient is no candidate: nobody has referred them, or that has ended."""

    says = "the patient is no candidate: there is no referral"


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


class NoSuchLevel(Refusal):
    """A level of care is none of those that are possible there."""

    says = "{level} is none of the levels {levels}"


class PayerMissing(Refusal):
    """A payer is known by its name."""

    says = "this needs the name of the payer"


class NoPlan(NotThere):
    """There is no plan of care yet."""

    says = "the patient has no plan of care"


class NotLess(Refusal):
    """A taper asks for no less than the plan before it."""

    says = "a taper asks for fewer minutes or days a week than the plan before it, and no more"


class NotAPhysician(Refusal):
    """Care is certified by a physician."""

    says = "a physician certifies, and {credential} is not the credential of one"


class StaysOverlap(Overlapping):
    """A treatment would begin before the one before it has ended."""

    says = "the treatment before it lasts until {day}"


class LeavesOverlap(Overlapping):
    """Two leaves of one treatment share days."""

    says = "there is a leave from {first_day} to {last_day}"


class LeaveTooLong(Refusal):
    """A leave would be so long that it is a discharge."""

    says = "a leave has at most {days} days: who is away for longer is discharged"


class CandidateAgain(WrongState):
    """The patient was referred again since they were discharged."""

    says = "the patient was referred again since: close that referral first"
