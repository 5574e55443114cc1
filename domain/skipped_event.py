"""An event that an operator let one read model pass over, since it could not take it in.

The event itself stays as it is, and so does every other reader of it. What a read model shows is
then a function of the events and of these decisions, which are on record like everything else.
"""

from typing import Self

from domain.aggregate import Aggregate, CommandContext, Event, Opening, derived_id
from domain.errors import NotSkipped, ReasonMissing, SkippedAlready

# Events


class SkippedEventDeclared(Opening):
    """A read model passes over an event of this facility; `position` is the event's."""

    TOPIC = "skipped-event.declared"

    view: str
    skipped_event_id: str
    position: int
    reason: str


class SkippedEventWithdrawn(Event):
    """The read model is to take the event in after all."""

    TOPIC = "skipped-event.withdrawn"

    reason: str


class SkippedEventDeclaredAgain(Event):
    """After all, the read model passes over the event again."""

    TOPIC = "skipped-event.declared-again"

    reason: str


class SkippedEvent(Aggregate):
    """Guards that it is known who let which read model pass over which event, and why."""

    TOPIC = "skipped-event"

    view: str
    skipped_event_id: str
    position: int
    reason: str
    author: str
    in_force: bool = True

    @staticmethod
    def id_of(view: str, event_id: str) -> str:
        """Return the aggregate's id."""
        return derived_id("skipped-event", view, event_id)

    # Commands

    @classmethod
    def declare(
        cls,
        context: CommandContext,
        *,
        facility_id: str,
        view: str,
        event_id: str,
        position: int,
        reason: str,
    ) -> Self:
        """Let a read model pass over an event."""
        if not reason.strip():
            raise ReasonMissing
        return cls.open(
            SkippedEventDeclared,
            context,
            id=cls.id_of(view, event_id),
            facility_id=facility_id,
            view=view,
            skipped_event_id=event_id,
            position=position,
            reason=reason,
        )

    def declare_again(self, context: CommandContext, reason: str) -> None:
        """Let the read model pass over the event again."""
        if not reason.strip():
            raise ReasonMissing
        if self.in_force:
            raise SkippedAlready(view=self.view)
        self.record(SkippedEventDeclaredAgain, context, reason=reason)

    def withdraw(self, context: CommandContext, reason: str) -> None:
        """Let the read model take the event in after all."""
        if not reason.strip():
            raise ReasonMissing
        if not self.in_force:
            raise NotSkipped(view=self.view)
        self.record(SkippedEventWithdrawn, context, reason=reason)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        self.author = event.author
        match event:
            case SkippedEventWithdrawn():
                self.in_force = False
            case SkippedEventDeclaredAgain():
                self.in_force, self.reason = True, event.reason
