"""What a command is: a function of a unit of work, registered under its name.

The function loads from the unit of work what it asks for, calls the aggregates' methods, and
saves nothing: the handler does, all of it or nothing. So one command can be part of another.
"""

from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from domain.aggregate import CommandContext
from services.application.unit_of_work import UnitOfWork
from services.journal import Journal

Given = ParamSpec("Given")
Returned = TypeVar("Returned")

COMMANDS: dict[str, "Command[..., Any]"] = {}
"""Each command that others may send, by its name, `<aggregate>.<command>`."""


class Command(Generic[Given, Returned]):
    """A function of a unit of work, to be run by a handler, or within another command.

    Without a `name` nobody from outside can send it. What is about `many_sessions` may take
    seconds.
    """

    def __init__(
        self,
        function: Callable[Concatenate[UnitOfWork, Given], Returned],
        name: str | None,
        *,
        many_sessions: bool,
    ) -> None:
        self.function = function
        self.name = name
        self.many_sessions = many_sessions
        self.__doc__ = function.__doc__

    def __call__(self, work: UnitOfWork, *args: Given.args, **kwargs: Given.kwargs) -> Returned:
        """Decide within a unit of work; nothing is saved."""
        return self.function(work, *args, **kwargs)


class CommandRunner(Protocol):
    """Whatever runs commands: one by one, or those of many clients in their turns."""

    journal: Journal

    def handle(
        self,
        context: CommandContext,
        command: Command[Given, Returned],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Returned:
        """Run a command with its arguments; return what it returns. Raises Refusal."""


def command(
    name: str | None = None, *, many_sessions: bool = False
) -> Callable[
    [Callable[Concatenate[UnitOfWork, Given], Returned]],
    Command[Given, Returned],
]:
    """Return what makes a command of a function, under a name that nobody else has."""

    def register(
        function: Callable[Concatenate[UnitOfWork, Given], Returned],
    ) -> Command[Given, Returned]:
        made = Command(function, name, many_sessions=many_sessions)
        if name is not None:
            if name in COMMANDS:
                raise ValueError(f"two commands are called {name}")
            COMMANDS[name] = made
        return made

    return register
