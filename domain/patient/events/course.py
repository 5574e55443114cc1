"""What can happen in the course of a treatment."""

from datetime import date

from domain.aggregate import Event


class PayerChanged(Event):
    """From `from_day` on somebody else pays."""

    TOPIC = "patient.payer-changed"

    payer: str
    from_day: date


class CounselorAssigned(Event):
    """From `from_day` on this person of staff is the patient's counselor."""

    TOPIC = "patient.counselor-assigned"

    staff_id: str
    from_day: date


class StayJustified(Event):
    """Somebody wrote down why the treatment goes on at this level. The text itself is not here."""

    TOPIC = "patient.stay-justified"

    justified_on: date
    credential: str


class LeaveGranted(Event):
    """The patient is away on these days with the program's agreement: what is due waits."""

    TOPIC = "patient.leave-granted"

    first_day: date
    last_day: date
    reason: str


class LeaveRevised(Event):
    """The leave that begins on `first_day` ends on another day, or (None) it never was."""

    TOPIC = "patient.leave-revised"

    first_day: date
    last_day: date | None
    reason: str


class PartialHospitalizationRecorded(Event):
    """The patient was in partial hospitalization, here or elsewhere; (None) it goes on."""

    TOPIC = "patient.partial-hospitalization-recorded"

    first_day: date
    last_day: date | None


class PartialHospitalizationWithdrawn(Event):
    """The partial hospitalization that is said to begin on `first_day` never was."""

    TOPIC = "patient.partial-hospitalization-withdrawn"

    first_day: date
    reason: str
