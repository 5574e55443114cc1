"""The incidents of a patient: what was learned, and taken back where it was recorded wrongly."""

from dataclasses import field
from datetime import date
from typing import Self

from domain.aggregate import Aggregate, CommandContext, Event
from domain.errors import NotOnRecord, ReasonMissing
from domain.monitoring import events as on
from domain.monitoring.incident import IncidentKind


class Incidents(Aggregate):
    """Guards that an incident is recorded once, and taken back with a reason alone.

    It stands beside the patient, for whoever may read what happens in care may not read this.
    """

    TOPIC = "incidents"

    patient_id: str
    known: dict[str, tuple[date, ...]] = field(default_factory=dict)
    """By their kind the days on which the program learned of them."""

    @staticmethod
    def id_of(patient_id: str) -> str:
        """Return the aggregate's id."""
        return f"incidents-{patient_id}"

    # Commands

    @classmethod
    def start(cls, context: CommandContext, *, facility_id: str, patient_id: str) -> Self:
        """Open the record of a patient's incidents."""
        return cls.open(
            on.IncidentsOpened,
            context,
            id=cls.id_of(patient_id),
            facility_id=facility_id,
            patient_id=patient_id,
        )

    def learn(self, context: CommandContext, kind: IncidentKind, learned_on: date) -> None:
        """Record what the program learned on a day; each kind once a day."""
        if learned_on not in self.known.get(kind, ()):
            facts = {"patient_id": self.patient_id, "kind": kind, "learned_on": learned_on}
            self.record(on.IncidentRecorded, context, **facts)

    def withdraw(
        self, context: CommandContext, kind: IncidentKind, learned_on: date, reason: str
    ) -> None:
        """Take back what was recorded wrongly: it never was."""
        if not reason.strip():
            raise ReasonMissing
        if learned_on not in self.known.get(kind, ()):
            raise NotOnRecord(what="incident")
        facts = {"patient_id": self.patient_id, "kind": kind, "learned_on": learned_on}
        self.record(on.IncidentWithdrawn, context, **facts, reason=reason)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case on.IncidentRecorded():
                self.known[event.kind] = (*self.known.get(event.kind, ()), event.learned_on)
            case on.IncidentWithdrawn():
                others = (each for each in self.known[event.kind] if each != event.learned_on)
                self.known[event.kind] = tuple(others)
