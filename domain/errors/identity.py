"""Refusals about who a patient is."""

from domain.errors.kinds import AlreadyThere, NotThere, Refusal, WrongState


class PersonUnnamed(Refusal):
    """A patient is known by a record number and a name."""

    says = "a patient needs a record number, a given name and a family name"


class RecordNumberSpaced(Refusal):
    """A medical record number has a space in it."""

    says = "a record number has no spaces: leave them out, also before and after it"


class NumberTaken(AlreadyThere):
    """A medical record number belongs to somebody else."""

    says = "this record number belongs to another patient"


class IdentityDiffers(AlreadyThere):
    """The patient with this record number is on record under another name or birth date."""

    says = (
        "the patient with this record number is on record under another name or birth date:"
        " check the number, and if it is this patient's, correct the name and birth date first"
        " (patient.correct-identity)"
    )


class IdentityUnreadable(WrongState):
    """Who the patient is cannot be read, since their key is gone or is another patient's."""

    says = (
        "the name of this patient cannot be read: their key is missing from the vault, or"
        " belongs to another patient. Restore the table vault.patient_keys from a backup"
    )


class PersonForgotten(WrongState):
    """Who the patient was has been forgotten on purpose, and is not recorded again."""

    says = (
        "this patient was forgotten: who they were is not recorded again under their record."
        " Somebody who comes back is a new patient, with a new record number"
    )


class ReasonNamesPatient(Refusal):
    """The reason for which a patient is forgotten has their name, birth date or number in it."""

    says = (
        "the reason stays on record, and has the patient's name, birth date or record number in"
        " it: say it without"
    )


class RecordMerged(WrongState):
    """The record is part of another one now."""

    says = "this patient's record was merged into another one: use that one"


class OtherWayRound(WrongState):
    """A record with a treatment would be merged into one without."""

    says = "only the other record has a treatment: merge this record into that one"


class KioskCodeUnsound(Refusal):
    """What was given is no kiosk code, or one that is too easily guessed."""

    says = (
        "a kiosk code has {digits} digits, which are not all the same and do not count up or down"
    )


class KioskCodeTaken(AlreadyThere):
    """A kiosk code belongs to somebody else."""

    says = "this kiosk code belongs to another patient: give another one"


class KioskCodeUnknown(NotThere):
    """Nobody at the facility has this kiosk code."""

    says = "nobody has this kiosk code"


class NotForKiosk(WrongState):
    """Whoever comes or goes is to be seen to by the staff, not by a kiosk."""

    says = "no session is found for this arrival or departure: the desk sees to it"
