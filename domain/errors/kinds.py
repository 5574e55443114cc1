"""The kinds of refusals: wrong as it is, of something that is not there, or at a wrong time."""


class DaybookError(Exception):
    """The root of what Daybook raises."""


class ClockNotGiven(DaybookError):
    """An event was made without the time at which it is recorded."""


class Refusal(DaybookError):
    """A command was refused; nothing changed. It says why, and never who a patient is."""

    says = "this cannot be done"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.says.format(**facts))


class Overlapping(Refusal):
    """Somebody or something would be in two places at once."""


class OutOfOrder(Refusal):
    """Something would end before it starts."""


class AlreadyThere(Refusal):
    """The same thing would be there twice."""


class NotThere(Refusal):
    """What the command is about does not exist."""


class WrongState(Refusal):
    """Possible at another time, but not now."""
