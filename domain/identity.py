"""Who a patient is: encrypted, in aggregates and events of their own."""

from dataclasses import field
from typing import ClassVar, Self

from domain.aggregate import Aggregate, CommandContext, Event, Opening, Privacy
from domain.errors import NumberTaken, PersonForgotten

# Events


class IdentityRecorded(Opening):
    """Who a patient is, sealed under the patient's own key (`sealed` is base64)."""

    TOPIC = "identity.recorded"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str
    sealed: str


class IdentityCorrected(Event):
    """A patient's name, birth date or number was put right."""

    TOPIC = "identity.corrected"
    PRIVACY: ClassVar[Privacy] = "identity"

    sealed: str


class ContactRecorded(Event):
    """Who somebody close to the patient is, sealed under the patient's own key."""

    TOPIC = "identity.contact-recorded"
    PRIVACY: ClassVar[Privacy] = "identity"

    contact_id: str
    sealed: str


class IdentityForgotten(Event):
    """A patient was forgotten on purpose: the key that says who they are was destroyed."""

    TOPIC = "identity.forgotten"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str
    because: str


class KioskCodeReplaced(Event):
    """The code with which a patient signs themselves in at a kiosk is another one.

    `kiosk_code_id` is the id of the code's aggregate, a keyed hash; None: they have none any more.
    """

    TOPIC = "identity.kiosk-code-replaced"
    PRIVACY: ClassVar[Privacy] = "identity"

    kiosk_code_id: str | None


class RecordNumberAssigned(Opening):
    """A medical record number, known by its keyed hash alone, is this patient's."""

    TOPIC = "record-number.assigned"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str


class RecordNumberWithdrawn(Event):
    """A medical record number was mistyped: it is this patient's no longer, and anybody's."""

    TOPIC = "record-number.withdrawn"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str


class RecordNumberReassigned(Event):
    """A medical record number that had been withdrawn is this patient's."""

    TOPIC = "record-number.reassigned"
    PRIVACY: ClassVar[Privacy] = "identity"

    patient_id: str


class Identity(Aggregate):
    """Guards what is known of who a patient is. It never sees it in clear."""

    TOPIC = "identity"

    patient_id: str
    sealed: str
    contacts: dict[str, str] = field(default_factory=dict)
    """Who each contact is, sealed, by the id under which the patient named them."""
    kiosk_code_id: str | None = None
    """The id of their kiosk code, a keyed hash; None where they have none."""
    forgotten: bool = False
    """Tells that the key is gone on purpose; what is sealed can never be read again."""

    @staticmethod
    def id_of(patient_id: str) -> str:
        """Return the aggregate's id."""
        return f"identity-{patient_id}"

    @classmethod
    def start(
        cls, context: CommandContext, *, facility_id: str, patient_id: str, sealed: str
    ) -> Self:
        """Record who a patient is."""
        return cls.open(
            IdentityRecorded,
            context,
            id=cls.id_of(patient_id),
            facility_id=facility_id,
            patient_id=patient_id,
            sealed=sealed,
        )

    def correct(self, context: CommandContext, sealed: str) -> None:
        """Put it right. Whoever holds the key has seen that it is different."""
        self.check_known()
        self.record(IdentityCorrected, context, sealed=sealed)

    def keep_contact(self, context: CommandContext, contact_id: str, sealed: str) -> None:
        """Record who a contact is. Whoever holds the key has seen that it is new."""
        self.check_known()
        self.record(ContactRecorded, context, contact_id=contact_id, sealed=sealed)

    def keep_kiosk_code(self, context: CommandContext, kiosk_code_id: str | None) -> None:
        """Record which kiosk code is theirs; None where they have none any more."""
        if kiosk_code_id:
            self.check_known()
        if kiosk_code_id != self.kiosk_code_id:
            self.record(KioskCodeReplaced, context, kiosk_code_id=kiosk_code_id)

    def forget(self, context: CommandContext, because: str) -> None:
        """Forget who the patient is; whoever saves this destroys their key with it."""
        if not self.forgotten:
            self.record(IdentityForgotten, context, patient_id=self.patient_id, because=because)

    def check_known(self) -> None:
        """Raise PersonForgotten where the patient was forgotten."""
        if self.forgotten:
            raise PersonForgotten

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case IdentityForgotten():
                self.forgotten = True
            case IdentityCorrected():
                self.sealed = event.sealed
            case ContactRecorded():
                self.contacts[event.contact_id] = event.sealed
            case KioskCodeReplaced():
                self.kiosk_code_id = event.kiosk_code_id


class RecordNumber(Aggregate):
    """Guards that nobody is in twice: one number, one patient."""

    TOPIC = "record-number"

    patient_id: str | None
    """Whose it is; None once it was withdrawn."""
    withdrawn_from: str | None = None
    """Who had it last, where it was withdrawn as mistyped."""

    @staticmethod
    def id_of(keyed_hash: str) -> str:
        """Return the aggregate's id."""
        return f"record-number-{keyed_hash}"

    @classmethod
    def assign(
        cls, context: CommandContext, *, facility_id: str, keyed_hash: str, patient_id: str
    ) -> Self:
        """Give a number that nobody has to a patient."""
        return cls.open(
            RecordNumberAssigned,
            context,
            id=cls.id_of(keyed_hash),
            facility_id=facility_id,
            patient_id=patient_id,
        )

    def reassign(self, context: CommandContext, patient_id: str) -> None:
        """Give a number that was withdrawn to a patient. Raises NumberTaken."""
        if self.patient_id == patient_id:
            return
        if self.patient_id is not None:
            raise NumberTaken
        self.record(RecordNumberReassigned, context, patient_id=patient_id)

    def withdraw(self, context: CommandContext, patient_id: str) -> None:
        """Take a mistyped number from the patient who has it."""
        if self.patient_id == patient_id:
            self.record(RecordNumberWithdrawn, context, patient_id=patient_id)

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case RecordNumberWithdrawn():
                self.patient_id, self.withdrawn_from = None, event.patient_id
            case RecordNumberReassigned():
                self.patient_id, self.withdrawn_from = event.patient_id, None
