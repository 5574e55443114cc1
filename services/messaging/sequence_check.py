"""What a gap is: whether messages of a stream follow one another, and whether one is missing.

`daybook-previous` names the position of the message before one of the same facility and class. Who
has not seen that one has missed something.
"""

from collections.abc import Sequence

from services.messaging.stream import Message


class SequenceCheck:
    """Checks that messages follow one another without a gap, from where a reader stands.

    The reader stands at a position of a journal; without a journal, any is taken that the first
    message is of. Who reads every message of the stream gives the sequence of the last one, too;
    without it some may be passed over, and some may come again. Who begins in the middle cannot
    know what came before the first message of each facility and class.
    """

    def __init__(
        self,
        journal: str | None,
        position: int,
        sequence: int | None = None,
        *,
        from_the_middle: bool = False,
    ) -> None:
        self._journal = journal
        self._start = self._position = position
        self._sequence = sequence
        self._from_the_middle = from_the_middle
        self._last: dict[str, int] = {}

    def is_new(self, message: Message) -> bool:
        """Tell whether a message was not read before, by its position."""
        return message.position > max(self._start, self._last.get(message.chain, 0))

    def check(self, message: Message) -> str | None:
        """Take a message for the next one; return what is wrong with it, if anything is."""
        wrong = self.foreign(message) or self._out_of_order(message) or self._missing(message)
        if wrong is None:
            self._journal = message.journal
            self._position = self._last[message.chain] = message.position
            if self._sequence is not None:
                self._sequence = message.sequence
        return wrong

    def sound(self, messages: Sequence[Message]) -> tuple[Sequence[Message], str | None]:
        """Return the messages up to the first that does not follow, and what is wrong with it."""
        for number, message in enumerate(messages):
            if wrong := self.check(message):
                return messages[:number], wrong
        return messages, None

    def foreign(self, message: Message) -> str | None:
        """Say that a message is of another journal, where it is."""
        if self._journal is None or message.journal == self._journal:
            return None
        return f"it is of {message.journal or 'no journal'}, not of {self._journal}"

    def _out_of_order(self, message: Message) -> str | None:
        if self._sequence is None:
            return None
        if message.sequence != self._sequence + 1:
            return f"sequence {message.sequence} comes after {self._sequence}"
        if message.position <= self._position:
            return f"position {message.position} comes after {self._position}"
        return None

    def _missing(self, message: Message) -> str | None:
        last = self._last.get(message.chain)
        # Of a chain not seen since the start, the last message is one that was taken in before.
        if last is None and (self._from_the_middle or message.previous <= self._start):
            return None
        if message.previous == last:
            return None
        seen = f"not {last}" if last is not None else "which was not seen"
        return f"{message.chain} was at position {message.previous} before it, {seen}"
