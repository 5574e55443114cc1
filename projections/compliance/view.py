"""The view itself: a batch of events, or the passing of time, and what is judged anew by it."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, LiteralString

from domain.aggregate import Event
from projections.compliance import tables
from projections.compliance.questions import UNJUDGED
from projections.view import Change, Steps, View

_PLAN_ANEW: Change = ("SET LOCAL plan_cache_mode TO force_custom_plan", ())
"""Of a view that is being filled, plans made while its tables were empty would be kept."""


class Compliance(View):
    """What each rule says of whom, with the events that prove it; weeks, days, authorizations."""

    name: ClassVar[str] = "compliance"
    version: ClassVar[int] = 4
    tables: ClassVar[LiteralString] = tables.TABLES
    warnings: ClassVar[LiteralString | None] = UNJUDGED
    keeps_time: ClassVar[bool] = True

    def take(self, events: Sequence[Event]) -> Steps:
        """Take events in, one command after the other, and judge whom each of them touches."""
        yield _PLAN_ANEW
        # The rules are not asked, nor imported, by who only has to know where the view stands.
        from projections.compliance.intake import EventIntake  # noqa: PLC0415

        intake = EventIntake()
        yield from intake.take(events)
        yield from intake.changes()

    def tick(self, now: datetime) -> Steps:
        """Judge those of whom there is more to say by now."""
        yield _PLAN_ANEW
        from projections.compliance.intake import EventIntake  # noqa: PLC0415

        while True:
            intake = EventIntake()
            if not (yield from intake.pass_time(now)):
                return
            yield from intake.changes()
