"""Whether messages are the journal's events: asked before a view takes them in.

The stream is an image, which whoever administers NATS can change. A view must not show what is not
on record, so the journal itself is asked, once for all views of a process.
"""

import asyncio
from collections.abc import Sequence

from eventsourcing.persistence import Notification

from services.journal import Journal
from services.messaging.stream import Message
from services.messaging.stream_comparison import is_the_same

KEPT = 8000
"""Messages that are known to be the journal's events, for the next view that comes to them."""


class JournalCheck:
    """Holds messages against the journal's events of the same positions."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._asking = asyncio.Lock()
        self._known: dict[int, tuple[Message, int]] = {}

    async def sound(
        self, messages: Sequence[Message], position: int
    ) -> tuple[Sequence[Message], str | None]:
        """Return the messages up to the first that is not the next event after a position.

        And what is wrong with that one; the messages come in the order of their positions.
        """
        async with self._asking:
            known = self._passed_over(messages, position)
            rest = messages[known:]
            if not rest:
                return messages, None
            after = messages[known - 1].position if known else position
            events = await asyncio.to_thread(self._events, after, rest[-1].position, len(rest))
            for number, message in enumerate(rest, known):
                event = events[number - known] if number - known < len(events) else None
                if wrong := _wrong_with(message, event):
                    return messages[:number], wrong
                self._keep(message, after)
                after = message.position
            return messages, None

    def _passed_over(self, messages: Sequence[Message], position: int) -> int:
        """Return how many messages, from the first on, were found to be the next events before."""
        for number, message in enumerate(messages):
            found = self._known.get(message.sequence)
            if found is None or found[0] is not message or found[1] != position:
                return number
            position = message.position
        return len(messages)

    def _keep(self, message: Message, after: int) -> None:
        self._known.pop(message.sequence, None)
        if len(self._known) >= KEPT:
            del self._known[next(iter(self._known))]
        self._known[message.sequence] = (message, after)

    def _events(self, after: int, until: int, many: int) -> Sequence[Notification]:
        """Return the events after a position and up to another; one more than `many`, at most."""
        return [each for each in self._journal.after(after, many + 1) if each.id <= until]


def _wrong_with(message: Message, event: Notification | None) -> str | None:
    """Say what is wrong with a message that is to be this event, the journal's next one."""
    if event is None:
        return f"the journal has no event at position {message.position}"
    if event.id < message.position:
        return f"the journal has position {event.id} before it, which the stream has not"
    if event.id > message.position:
        return f"the journal has no event at position {message.position}"
    if not is_the_same(message, event):
        return f"the journal has another event at position {message.position}"
    return None
