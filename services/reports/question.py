"""What a question is: a function of the reports, registered under its name.

Its name, what it says and its parameters are those of the function, so that there is no second list
of them: the command line and HTTP ask the same functions.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import (
    Annotated,
    Any,
    Concatenate,
    Generic,
    Literal,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
)

from domain.compliance.finding import State
from domain.policy import RuleName
from services.reports.queries import ReportQueries

Given = ParamSpec("Given")


class Answer(Protocol):
    """What a question is answered with: a report, a page, an explanation."""

    @property
    def patients(self) -> frozenset[str]:
        """The random ids of the patients of whom anything is shown."""

    def without(self, hidden: frozenset[str]) -> "Answer":
        """Return the answer without these columns or sections."""


Answered = TypeVar("Answered", bound=Answer)

QUESTIONS: dict[str, "Question[..., Any]"] = {}
"""Each question by its name; `services.reports.questions` has all of them."""

Scope = Literal["facility", "search", "everywhere"]
"""Whom a question is about: a facility; somebody at it who is searched, so that what is asked says
who they are and never stands in an address; or all facilities of whoever asks."""

TELLS_OF_PATIENTS = ("directory", "attendance")
"""The read models that tell whether there is a patient."""


JUDGED = (*TELLS_OF_PATIENTS, "compliance")
"""Those that tell what it comes to by each rule."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: its name, the type of its values, what it says, and an example."""

    name: str
    type: Any
    says: str
    example: Any


def names(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Return the names of columns."""
    return tuple(each.name for each in columns)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a question can be asked with; `default` is `inspect.Parameter.empty` where it must."""

    name: str
    type: Any
    default: Any
    says: str

    @property
    def is_required(self) -> bool:
        """Tell whether nothing can be asked without it."""
        return self.default is inspect.Parameter.empty


class Question(Generic[Given, Answered]):
    """A function of the reports, and the read models that it `reads`.

    `columns` are those of a report's rows, `about` what its JSON has beside them; a page has
    neither. One that `looks_back` can be asked of one patient as they were known earlier: it is
    answered by their record alone.
    """

    def __init__(
        self,
        name: str,
        function: Callable[Concatenate[ReportQueries, Given], Answered],
        reads: tuple[str, ...],
        columns: tuple[Column, ...],
        about: tuple[Column, ...],
        *,
        scope: Scope,
        looks_back: bool,
    ) -> None:
        self.name = name
        self.function = function
        self.reads = reads
        self.columns = columns
        self.about = about
        self.scope = scope
        self.looks_back = looks_back
        self.__doc__ = function.__doc__

    def __call__(
        self, reports: ReportQueries, *args: Given.args, **kwargs: Given.kwargs
    ) -> Answered:
        """Return the answer, without what the viewer may not see of it."""
        answer = self.function(reports, *args, **kwargs)
        hidden = reports.viewer.hidden
        return cast("Answered", answer.without(hidden)) if hidden else answer

    @property
    def says(self) -> str:
        """What is answered, in a sentence."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def explains(self) -> str:
        """What is answered, in full."""
        return inspect.getdoc(self.function) or ""

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it can be asked with, in order."""
        hints = get_type_hints(self.function, include_extras=True)
        signature = inspect.signature(self.function).parameters
        found = []
        for name, each in list(signature.items())[1:]:
            type_, says, *_ = get_args(hints[name])
            found.append(Parameter(name, type_, each.default, says))
        return tuple(found)

    def taken(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return those of some arguments with which it can be asked."""
        known = {each.name for each in self.parameters}
        return {name: each for name, each in arguments.items() if name in known}

    def views(self, arguments: dict[str, Any]) -> tuple[str, ...]:
        """Return the read models that answer it, asked so."""
        more = TELLS_OF_PATIENTS if arguments.get("patient_id") is not None else ()
        return tuple(dict.fromkeys((*self.reads, *more)))


def question(
    name: str,
    *,
    reads: tuple[str, ...],
    columns: tuple[Column, ...] = (),
    about: tuple[Column, ...] = (),
    scope: Scope = "facility",
    looks_back: bool = False,
) -> Callable[[Callable[Concatenate[ReportQueries, Given], Answered]], Question[Given, Answered]]:
    """Return what makes a question of a function, under a name that no other has."""

    def register(
        function: Callable[Concatenate[ReportQueries, Given], Answered],
    ) -> Question[Given, Answered]:
        if name in QUESTIONS:
            raise ValueError(f"two questions are called {name}")
        made = Question(name, function, reads, columns, about, scope=scope, looks_back=looks_back)
        QUESTIONS[name] = made
        return made

    return register


Through = Annotated[date | None, "The last day; yesterday unless given."]
OfPatient = Annotated[str | None, "Of one patient alone, by their random id."]
OfRule = Annotated[RuleName | None, "Of one rule alone."]
InState = Annotated[State | None, "In one state alone."]
WithinWeek = Annotated[date | None, "Of the week alone in which this day lies."]
