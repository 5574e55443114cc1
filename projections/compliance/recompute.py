"""Working findings out again from events alone, as an auditor does: the same code, no tables."""

from collections.abc import Iterable
from datetime import datetime

from domain.aggregate import Event
from domain.compliance.finding import Finding
from projections.compliance.case_files import Answer, Asking, answered
from projections.compliance.intake import Docket


def worked_out(events: Iterable[Event], now: datetime) -> dict[str, Finding]:
    """Return what rules say of these events, in the order of the record, by now; by their names."""
    docket = Docket()
    _alone(docket.take(list(events)))
    while _alone(docket.pass_time(now)):
        pass
    return docket.bench.verdicts.findings


def _alone(steps: Asking[Answer]) -> Answer:
    """Take steps where there are no tables: every answer is empty."""
    return answered(steps, lambda _: ())
