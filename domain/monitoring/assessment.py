"""A filled-in questionnaire: its answers, what they come to, and the concern they may raise."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from domain.aggregate import Aggregate, CommandContext, Event, derived_id
from domain.errors import NotOnRecord, NotYet, ReasonMissing
from domain.monitoring.events import (
    AssessmentCorrected,
    AssessmentTaken,
    ConcernAcknowledged,
    ConcernRaised,
    Response,
)
from domain.monitoring.instruments import Concern, Instrument, Scale, concern_of, scored


class Assessment(Aggregate):
    """Guards that answers are whole, and that a safety concern does not go unseen."""

    TOPIC = "assessment"

    patient_id: str
    instrument: Instrument
    taken_at: datetime
    answers: Mapping[str, int]
    scales: tuple[Scale, ...]
    concern: Concern | None = None
    response: Response | None = None

    @staticmethod
    def id_of(patient_id: str, instrument: Instrument, taken_at: datetime) -> str:
        """Return the aggregate's id: nobody answers one questionnaire twice at one instant."""
        return derived_id("assessment", patient_id, instrument, taken_at.isoformat())

    # Commands

    @classmethod
    def take(
        cls,
        context: CommandContext,
        *,
        facility_id: str,
        patient_id: str,
        instrument: Instrument,
        taken_at: datetime,
        answers: Mapping[str, int],
    ) -> Self:
        """Record the answers and what they come to. Raises WrongAnswers, or NotYet."""
        if taken_at > context.at:
            raise NotYet
        assessment = cls.open(
            AssessmentTaken,
            context,
            id=cls.id_of(patient_id, instrument, taken_at),
            facility_id=facility_id,
            patient_id=patient_id,
            instrument=instrument,
            taken_at=taken_at,
            answers=answers,
            scales=scored(instrument, answers),
        )
        assessment._raise_concern(context)
        return assessment

    def correct(self, context: CommandContext, answers: Mapping[str, int], reason: str) -> None:
        """Put the answers right. A concern that was raised stays until it is acknowledged."""
        if self.answers == answers:
            return
        scales = scored(self.instrument, answers)
        if not reason:
            raise ReasonMissing
        self.record(AssessmentCorrected, context, answers=answers, scales=scales, reason=reason)
        self._raise_concern(context)

    def acknowledge(self, context: CommandContext, response: Response, *, credential: str) -> None:
        """Say that the concern was seen and what was done about it."""
        if self.concern is None:
            raise NotOnRecord(what="safety concern")
        if self.response != response:
            self.record(ConcernAcknowledged, context, response=response, credential=credential)

    def _raise_concern(self, context: CommandContext) -> None:
        concern = concern_of(self.instrument, self.answers)
        if concern and self.concern is None:
            self.record(ConcernRaised, context, concern=concern)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case AssessmentCorrected():
                self.answers, self.scales = event.answers, event.scales
            case ConcernRaised():
                self.concern = event.concern
            case ConcernAcknowledged():
                self.response = event.response
