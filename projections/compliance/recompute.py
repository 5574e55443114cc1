"""Working findings out again from events alone, as an auditor does: the same code, no tables."""

from collections.abc import Iterable
from datetime import datetime

from domain.aggregate import Event
from domain.compliance.finding import Finding
from projections.compliance.case_files import Answer, Asking, answered
from projections.compliance.intake import EventIntake


def recompute(events: Iterable[Event], now: datetime) -> dict[str, Finding]:
    """Return what rules say of these events, in the order of the record, by now; by their names."""
    intake = EventIntake()
    _alone(intake.take(list(events)))
    while _alone(intake.pass_time(now)):
        pass
    return intake.evaluator.verdicts.findings


def _alone(steps: Asking[Answer]) -> Answer:
    """Take steps where there are no tables: every answer is empty."""
    return answered(steps, lambda _: ())
