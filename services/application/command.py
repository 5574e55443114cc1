"""What a command is: a function of a unit of work, registered under its name.

The function loads from the unit of work what it asks for, calls the aggregates' methods, and
saves nothing: the handler does, all of it or nothing. So one command can be part of another.
"""

import inspect
from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from services.application.unit_of_work import UnitOfWork

Given = ParamSpec("Given")
Returned = TypeVar("Returned")

COMMANDS: dict[str, "Command[..., Any]"] = {}
"""Each command that others may send, by its name, `<aggregate>.<command>`."""


class Command(Generic[Given, Returned]):
    """A function of a unit of work, to be run by a handler, or within another command.

    Without a `name` nobody from outside can send it. With `exclusive`, the name of an argument,
    commands about what that argument names take turns.
    """

    def __init__(
        self,
        function: Callable[Concatenate[UnitOfWork, Given], Returned],
        name: str | None,
        exclusive: str | None,
    ) -> None:
        self.function = function
        self.name = name
        self._signature = inspect.signature(function)
        self._exclusive = exclusive
        self.__doc__ = function.__doc__

    def __call__(self, work: UnitOfWork, *args: Given.args, **kwargs: Given.kwargs) -> Returned:
        """Decide within a unit of work; nothing is saved."""
        return self.function(work, *args, **kwargs)

    def turn(self, *args: Given.args, **kwargs: Given.kwargs) -> str | None:
        """Return the id about which commands with these arguments take turns; None for none."""
        if self._exclusive is None:
            return None
        # In the place of the unit of work, which is none yet.
        bound = self._signature.bind(None, *args, **kwargs)
        return str(bound.arguments[self._exclusive])


def command(
    name: str | None = None, *, exclusive: str | None = None
) -> Callable[
    [Callable[Concatenate[UnitOfWork, Given], Returned]],
    Command[Given, Returned],
]:
    """Return what makes a command of a function, under a name that nobody else has."""

    def register(
        function: Callable[Concatenate[UnitOfWork, Given], Returned],
    ) -> Command[Given, Returned]:
        made = Command(function, name, exclusive)
        if name is not None:
            if name in COMMANDS:
                raise ValueError(f"two commands are called {name}")
            COMMANDS[name] = made
        return made

    return register
