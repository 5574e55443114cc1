"""The streams of all that is told besides the journal, and who writes for each."""

from dataclasses import dataclass

from nats.js.api import StreamConfig

from services.publishing import billable_days, disclosures, findings
from services.publishing.publisher import Publisher


@dataclass(frozen=True, slots=True)
class ToldStream:
    """A stream: of what it tells, how it is kept, and whose publisher writes for it.

    `goes_on`: it was told without positions before it had a log.
    """

    what: str
    config: StreamConfig
    publisher: type[Publisher]
    goes_on: bool = False

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.publisher.stream


TOLD_STREAMS = (
    ToldStream("findings", findings.CONFIG, findings.FindingsPublisher, goes_on=True),
    ToldStream("billable days", billable_days.CONFIG, billable_days.BillableDaysPublisher),
    ToldStream("disclosures", disclosures.CONFIG, disclosures.DisclosuresPublisher),
)
