"""Incidents: what was learned of a patient, and taken back where it was recorded wrongly."""

from dataclasses import field
from datetime import date

from domain.aggregate import CommandContext, Event
from domain.errors import NotOnRecord, ReasonMissing
from domain.patient import events as on
from domain.patient.incident import IncidentKind
from domain.patient.state import PatientState


class Incidents(PatientState):
    """Guards that an incident is of a treatment, and is taken back with a reason alone."""

    incidents: dict[str, tuple[date, ...]] = field(default_factory=dict)
    """By their kind the days on which the program learned of them."""

    # Commands

    def record_incident(
        self, context: CommandContext, kind: IncidentKind, learned_on: date
    ) -> None:
        """Record what the program learned on a day of the treatment; each kind once a day."""
        self.check_admitted(learned_on)
        if learned_on not in self.incidents.get(kind, ()):
            self.record(on.IncidentRecorded, context, kind=kind, learned_on=learned_on)

    def withdraw_incident(
        self, context: CommandContext, kind: IncidentKind, learned_on: date, reason: str
    ) -> None:
        """Take back what was recorded wrongly: it never was."""
        if not reason.strip():
            raise ReasonMissing
        if learned_on not in self.incidents.get(kind, ()):
            raise NotOnRecord(what="incident")
        facts = {"kind": kind, "learned_on": learned_on, "reason": reason}
        self.record(on.IncidentWithdrawn, context, **facts)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case on.IncidentRecorded():
                known = self.incidents.get(event.kind, ())
                self.incidents[event.kind] = (*known, event.learned_on)
            case on.IncidentWithdrawn():
                known = self.incidents.get(event.kind, ())
                others = tuple(each for each in known if each != event.learned_on)
                self.incidents[event.kind] = others
            case _:
                super().apply(event)
