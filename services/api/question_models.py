"""What a question takes and answers, as models: made from its parameters and columns."""

import re
import types
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
)
from pydantic_core import to_jsonable_python

from domain import bounds
from services.access.hidden_parts import HIDDEN
from services.api.paging import DEFAULT_LIMIT, LONGEST_CURSOR, MOST_ROWS
from services.reports.page_examples import PAGE_EXAMPLES
from services.reports.pages import PAGES
from services.reports.questions import QUESTIONS, Column, Parameter, Question

LAST_POSITION = 2**63 - 1

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


def _is_a_day(raw: object) -> object:
    if isinstance(raw, str) and not _DAY.fullmatch(raw):
        raise ValueError("this has to be a day, like 2026-11-22")
    return raw


def _day_within_bounds(day: date) -> date:
    if problem := bounds.day_problem(day):
        raise ValueError(f"this is {problem}")
    return day


def _is_an_instant(raw: object) -> object:
    if isinstance(raw, str) and not _INSTANT.fullmatch(raw):
        raise ValueError("this has to be an instant with its offset, like 2026-11-12T15:00:00Z")
    return raw


def _instant_within_bounds(at: datetime) -> datetime:
    if problem := bounds.day_problem(at.date()):
        raise ValueError(f"this is {problem}")
    return at


def _line(text: str) -> str:
    if problem := bounds.line_problem(text):
        raise ValueError(f"this is {problem}")
    return text


Day = Annotated[date, BeforeValidator(_is_a_day), AfterValidator(_day_within_bounds)]
Instant = Annotated[
    datetime, BeforeValidator(_is_an_instant), AfterValidator(_instant_within_bounds)
]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=bounds.LONGEST_TEXT),
    AfterValidator(_line),
]

Position = Annotated[int, Field(ge=0, le=LAST_POSITION)]

Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=LONGEST_CURSOR)]

PATIENT_ID = "patient-3f0c8a52c1f94b0b9d0f6a0e3a1c7d55"

CURSOR = Field(
    None,
    description="Where the page before ended, as it said in `next`.",
    examples=["4Znp9dfw3sRLwDA1ZXArNH3IVXF8tlO2NJdP27XXXmla"],
)
LIMIT = Field(
    DEFAULT_LIMIT, description="Rows of a page, at most.", ge=1, le=MOST_ROWS, examples=[50]
)
AFTER = Field(
    None,
    description="A position, such as a command's answer has: wait until the answer reflects it.",
    ge=0,
    le=LAST_POSITION,
    examples=[4593],
)


AS_OF = Field(
    None,
    description="An instant: what was known of a patient then. Who may see it is decided by what is"
    " so today.",
    examples=["2026-11-12T15:00:00Z"],
)


EXAMPLES = {
    "finding": "923c7c437035fe28",
    "from_day": "2026-11-02",
    "mrn": "OA1008",
    "name": "us ot",
    "patient_id": PATIENT_ID,
    "payer": "medicaid",
    "policy": "ny-oasas-ios",
    "program_id": "adult-sud",
    "room_id": "room-1",
    "session_id": "session-d15ae9a145bb595aaa6ef03cdc570df8",
    "staff_id": "s-rivera",
}
"""What parameters look like that are texts."""


@cache
def parameters_of(question: Question[..., Any]) -> type[BaseModel]:
    """Return the model of what a question takes, in an address or in a body."""
    fields: dict[str, Any] = {
        each.name: (_bounded(each), _parameter(each)) for each in question.parameters
    }
    if question.columns:
        fields |= {"limit": (int, LIMIT), "cursor": (Cursor | None, CURSOR)}
    fields["after"] = (int | None, AFTER)
    if question.looks_back:
        fields["as_of"] = (Instant | None, AS_OF)
    # A body is shown whole: what it is asked by, one of several, and no more.
    example: Any = {"examples": [{"name": EXAMPLES["name"], "limit": 20}]}
    made: type[BaseModel] = create_model(
        f"{_camel(question.name)}Question",
        __config__=ConfigDict(
            extra="forbid",
            json_schema_extra=example if question.scope == "search" else None,
        ),
        __doc__=question.says,
        **fields,
    )
    return made


@cache
def answer_of(question: Question[..., Any]) -> type[BaseModel]:
    """Return the model of an answer: rows of columns, or a page."""
    fields: dict[str, Any] = {
        "position": (int, Field(description="The position of the journal that it reflects."))
    }
    if question.columns:
        row = _row_of(question)
        fields["items"] = (
            list[row],  # type: ignore[valid-type]
            Field(description=question.says),
        )
        says = "The `cursor` of the next page; none where nothing follows."
        fields["next"] = (str | None, Field(description=says))
    else:
        fields["page"] = (PAGES[question.name], Field(description=question.says))
    notes = Field(description="What the answer lacks, in sentences.")
    made: type[BaseModel] = create_model(_answer_name(question), **fields, notes=(list[str], notes))
    return made


def answer_examples() -> dict[str, Any]:
    """Return an example of each answer, as JSON has it, by the name of its model.

    FastAPI leaves out of the examples in a model what is null.
    """
    return {
        _answer_name(each): to_jsonable_python(_answer_example(each)) for each in QUESTIONS.values()
    }


def _answer_example(question: Question[..., Any]) -> dict[str, Any]:
    if not question.columns:
        return {"position": 4593, "page": PAGE_EXAMPLES[question.name], "notes": []}
    row = {
        name: (each.examples or [None])[0] for name, each in _row_of(question).model_fields.items()
    }
    return {"position": 4593, "items": [row], "next": None, "notes": []}


def _answer_name(question: Question[..., Any]) -> str:
    return f"{_camel(question.name)}Answer"


def _parameter(parameter: Parameter) -> Any:
    examples = [EXAMPLES[parameter.name]] if parameter.name in EXAMPLES else None
    default = ... if parameter.is_required else parameter.default
    return Field(default, description=parameter.says, examples=examples)


@cache
def _row_of(question: Question[..., Any]) -> type[BaseModel]:
    """Return the model of a row; a column that is hidden from some role may not be there."""
    of_roles = [each for (_, asked), each in HIDDEN.items() if asked == question.name]
    hidden: frozenset[str] = frozenset().union(*of_roles)
    fields: dict[str, Any] = {}
    number = next((each for each in question.columns if each.name == "mrn"), None)
    if number:
        says = "The patient's random id, by which other questions and commands know them."
        fields["patient_id"] = (number.type, Field(description=says, examples=[PATIENT_ID]))
    for each in (*question.columns, *question.about):
        fields.setdefault(each.name, _field(each, is_optional=each.name in hidden))
    return create_model(f"{_camel(question.name)}Row", **fields)


def _field(column: Column, *, is_optional: bool) -> tuple[Any, Any]:
    default = None if is_optional else ...
    return (column.type, Field(default, description=column.says, examples=[column.example]))


def _bounded(parameter: Parameter) -> Any:
    """Return the type of a parameter, with the bounds of values that come from outside."""
    kinds = get_args(parameter.type) if _is_union(parameter.type) else (parameter.type,)
    is_id = parameter.name.endswith("_id") or parameter.name == "finding"
    bounded = {date: Day, str: Id if is_id else Line, int: Position}
    found = [bounded.get(each, each) for each in kinds]
    return Union[tuple(found)]  # noqa: UP007 - made of what is given


def _is_union(type_: Any) -> bool:
    return get_origin(type_) in {Union, types.UnionType}


def _camel(name: str) -> str:
    return "".join(each.capitalize() for each in re.split(r"[-_]", name))
