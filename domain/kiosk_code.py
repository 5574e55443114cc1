"""The codes with which patients sign themselves in at a kiosk: six digits, one patient each."""

import re
from typing import ClassVar, Self

from domain.aggregate import Aggregate, CommandContext, Event, Opening, Privacy
from domain.errors import KioskCodeTaken, KioskCodeUnsound

DIGITS = 6
"""How many digits a code has."""

_GUESSED_FIRST = frozenset(
    {
        *(digit * DIGITS for digit in "0123456789"),
        *(("0123456789" * 2)[start : start + DIGITS] for start in range(10)),
        *(("9876543210" * 2)[start : start + DIGITS] for start in range(10)),
    }
)


def check_code(code: str) -> None:
    """Raise KioskCodeUnsound for what is no code, or one that anybody would try first."""
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", code) or code in _GUESSED_FIRST:
        raise KioskCodeUnsound(digits=DIGITS)


# Events


class KioskCodeGiven(Opening):
    """A kiosk code, known by its keyed hash alone, is this patient's."""

    TOPIC = "kiosk-code.given"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str


class KioskCodeWithdrawn(Event):
    """A kiosk code is this patient's no longer: another one took its place, or nobody has one."""

    TOPIC = "kiosk-code.withdrawn"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str


class KioskCodeGivenAgain(Event):
    """A kiosk code that had been withdrawn is this patient's."""

    TOPIC = "kiosk-code.given-again"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str


class KioskCode(Aggregate):
    """Guards that a code is one patient's at a facility."""

    TOPIC = "kiosk-code"

    patient_id: str | None
    """Whose it is; None once it was withdrawn."""

    @staticmethod
    def id_of(keyed_hash: str) -> str:
        """Return the aggregate's id."""
        return f"kiosk-code-{keyed_hash}"

    @classmethod
    def give(
        cls, context: CommandContext, *, facility_id: str, keyed_hash: str, patient_id: str
    ) -> Self:
        """Give a code that nobody ever had to a patient."""
        return cls.open(
            KioskCodeGiven,
            context,
            id=cls.id_of(keyed_hash),
            facility_id=facility_id,
            patient_id=patient_id,
        )

    def give_again(self, context: CommandContext, patient_id: str) -> None:
        """Give a code that was withdrawn to a patient. Raises KioskCodeTaken."""
        if self.patient_id == patient_id:
            return
        if self.patient_id is not None:
            raise KioskCodeTaken
        self.record(KioskCodeGivenAgain, context, patient_id=patient_id)

    def withdraw(self, context: CommandContext) -> None:
        """Take the code from whoever has it."""
        if self.patient_id is not None:
            self.record(KioskCodeWithdrawn, context, patient_id=self.patient_id)

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case KioskCodeWithdrawn():
                self.patient_id = None
            case KioskCodeGivenAgain():
                self.patient_id = event.patient_id
