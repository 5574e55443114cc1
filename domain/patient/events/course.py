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
