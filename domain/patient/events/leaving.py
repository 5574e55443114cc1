"""What can happen at the end of a treatment, and to its record."""

from datetime import date
from typing import Any

from domain.aggregate import Event
from domain.patient.treatment import Discharge


class PatientDischarged(Event):
    """The treatment ended."""

    TOPIC = "patient.discharged"
    class_version = 2

    discharge: Discharge

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 told no reasons."""
        _upcast_discharge(state["discharge"])


class DischargeCorrected(Event):
    """The treatment ended otherwise, or (None) it has not ended."""

    TOPIC = "patient.discharge-corrected"
    class_version = 2

    discharge: Discharge | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 told no reasons."""
        if state["discharge"]:
            _upcast_discharge(state["discharge"])


class DischargeSummarySigned(Event):
    """The author signed the summary of the treatment that ended on `discharged_on`.

    The text itself is not here.
    """

    TOPIC = "patient.discharge-summary-signed"

    signed_on: date
    discharged_on: date
    credential: str


def _upcast_discharge(discharge: dict[str, Any]) -> None:
    discharge |= {"reasons": [], "to_level": None}
