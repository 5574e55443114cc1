"""Refusals about a treatment: referral, screening, admission, plan of care, leaves, discharge."""

from domain.errors.kinds import AlreadyThere, NotThere, Overlapping, Refusal, WrongState


class AlreadyAdmitted(AlreadyThere):
    """The patient is in treatment already."""

    says = "the patient is in treatment already"


class NotAdmitted(NotThere):
    """The patient is not admitted on that day."""

    says = "the patient is not admitted on that day"


class NotReferred(NotThere):
    """The patient has no open referral: nobody has referred them, or that has ended."""

    says = "the patient has no open referral: record the referral first"


class NotScreened(WrongState):
    """Nobody has screened the candidate since they were referred."""

    says = (
        "the patient has not been screened since the referral: admitting them anyway needs a reason"
    )


class NotRecommended(WrongState):
    """The screening recommends another level of care."""

    says = (
        "the screening recommends level {level}: admitting the patient here anyway needs a reason"
    )


class Contraindicated(WrongState):
    """A screening recommends a level that its own findings stand against."""

    says = "the findings speak against level {level}: {because}"


class EditionForAdults(WrongState):
    """The edition by which an adolescent is screened is about adults."""

    says = "edition {edition} of the criteria is for adults, and this program treats adolescents"


class NoSuchLevel(Refusal):
    """A level of care is none of those that are possible there."""

    says = "the level of care is {level}, expected one of {levels}"


class PayerMissing(Refusal):
    """A payer is known by its name."""

    says = "this needs the name of the payer"


class NoPlan(NotThere):
    """There is no plan of care yet."""

    says = "the patient has no plan of care: set one first"


class NotLess(Refusal):
    """A taper asks for no less than the plan before it."""

    says = (
        "a taper has to ask for fewer minutes or fewer days a week than the plan before it, and"
        " for more of neither"
    )


class NotAPhysician(Refusal):
    """Care is certified by a physician."""

    says = "only a physician can certify care, and {credential} is not a physician's credential"


class StaysOverlap(Overlapping):
    """A treatment would begin before the one before it has ended."""

    says = "the patient's earlier treatment lasts until {day}"


class LeavesOverlap(Overlapping):
    """Two leaves of one treatment share days."""

    says = "the patient has a leave from {first_day} to {last_day} already"


class LeaveTooLong(Refusal):
    """A leave would be so long that it is a discharge."""

    says = "a leave is at most {days} days: discharge a patient who is away for longer"


class CandidateAgain(WrongState):
    """The patient was referred again since they were discharged."""

    says = "the patient has been referred again since the discharge: close that referral first"
