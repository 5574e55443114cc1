"""A command as others send it: a function of the application whose arguments come as strict JSON.

The arguments and their types are those of the function, so that there is no second list of them.
What is taken is stricter than what the types say, since it comes from outside and is kept for
ever: no unknown names, no word for a number, and only what every reader of the events can hold.
"""

import inspect
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NotRequired, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError, SchemaValidator
from typing_extensions import TypedDict

from domain import bounds
from services import application
from services.text_output import one_line

MOST_FAULTS = 20
"""Wrong places of a payload that are told of, at most."""

LONGEST_POINTER = 200
"""Characters of a place that are repeated, at most: an unknown field has any name."""

NOT_OF_THE_PAYLOAD = ("work", "facility_id")


@dataclass(frozen=True, slots=True)
class PayloadError:
    """What is wrong at a place of a payload (a JSON pointer); names no value."""

    pointer: str
    detail: str


class Malformed(Exception):
    """A payload is not what its command takes."""

    def __init__(self, faults: Sequence[PayloadError]) -> None:
        super().__init__(
            "; ".join(f"{each.pointer or 'the whole'}: {each.detail}" for each in faults)
        )
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Command:
    """A command by its name, `<aggregate>.<command>`, and what decides it."""

    name: str
    decide: application.Command[..., Any]

    @property
    def says(self) -> str:
        """What the command does, in a sentence."""
        return (inspect.getdoc(self.decide.function) or "").partition("\n")[0]

    @cached_property
    def with_facility(self) -> bool:
        """Tell whether the method is given the facility, too."""
        return "facility_id" in inspect.signature(self.decide.function).parameters

    def read(self, body: bytes) -> dict[str, Any]:
        """Return the arguments in a payload. Raises Malformed."""
        try:
            found: dict[str, Any] = self._validator.validate_json(body)
        except ValidationError as wrong:
            errors = wrong.errors(include_input=False, include_url=False)
            raise Malformed([_fault(each) for each in errors[:MOST_FAULTS]]) from None
        return found

    def schema(self, written_by: type[GenerateJsonSchema]) -> dict[str, Any]:
        """Return the JSON Schema of the payload."""
        found = written_by().generate(self._strict, mode="validation")
        for each in found.get("$defs", {}).values():
            if "properties" in each:
                each["additionalProperties"] = False
        return found

    def result(self, returned: object) -> object:
        """Return what the method returned, as JSON has it."""
        return self._returns.dump_python(returned, mode="json")

    @cached_property
    def _strict(self) -> Any:
        hints = get_type_hints(self.decide.function)
        fields = {
            name: hints[name] if each.default is each.empty else NotRequired[hints[name]]
            for name, each in inspect.signature(self.decide.function).parameters.items()
            if name not in NOT_OF_THE_PAYLOAD
        }
        payload = TypedDict("payload", fields)  # type: ignore[misc]
        return _tightened(deepcopy(TypeAdapter(payload).core_schema))

    @cached_property
    def _validator(self) -> SchemaValidator:
        return SchemaValidator(self._strict)

    @cached_property
    def _returns(self) -> TypeAdapter[Any]:
        return TypeAdapter(get_type_hints(self.decide.function)["return"])


def _tightened(node: Any) -> Any:
    """Return a schema of pydantic's core as strict as what comes from outside has to be."""
    if isinstance(node, list):
        return [_tightened(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {name: _tightened(value) for name, value in node.items()}
    match node.get("type"):
        case "typed-dict" | "dataclass-args":
            node["extra_behavior"] = "forbid"
        case "bool":
            node["strict"] = True
        case "str":
            node |= {"max_length": bounds.LONGEST_TEXT, "strict": True}
            return _after(_storable, node)
        case "int":
            node |= {"ge": -bounds.WIDEST, "le": bounds.WIDEST, "strict": True}
        case "float":
            node |= {"allow_inf_nan": False, "strict": True}
        case "time":
            node["tz_constraint"] = "naive"
            return _before(_written_out, node)
        case "date":
            node |= {"ge": bounds.EARLIEST, "le": bounds.LATEST}
            return _before(_written_out, node)
        case "datetime":
            node |= {"tz_constraint": "aware"}
            node |= {"ge": bounds.FIRST_INSTANT, "le": bounds.LAST_INSTANT}
            return _before(_written_out, _after(_in_utc, node))
    return node


def _after(function: Callable[[Any], Any], node: dict[str, Any]) -> dict[str, Any]:
    step = {"type": "no-info", "function": function}
    return {"type": "function-after", "function": step, "schema": node}


def _before(function: Callable[[Any], Any], node: dict[str, Any]) -> dict[str, Any]:
    step = {"type": "no-info", "function": function}
    return {"type": "function-before", "function": step, "schema": node}


def _storable(text: str) -> str:
    """Refuse what a table cannot hold, or a terminal would obey."""
    if problem := bounds.text_problem(text):
        raise PydanticCustomError("text", "The text is {problem}", {"problem": problem})
    return text


def _written_out(found: object) -> object:
    """Refuse a number of seconds, which pydantic takes for a day or a time."""
    if not (isinstance(found, str) and ("-" in found[1:] or ":" in found)):
        expected = "A date, time or instant is written as 2025-03-03, 17:00 or 2025-03-03T17:00:00Z"
        raise PydanticCustomError("written_out", expected)
    return found


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _fault(error: Any) -> PayloadError:
    """Return an error of pydantic's without the value."""
    steps = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error["loc"])
    if len(steps) > LONGEST_POINTER:
        steps = f"{steps[:LONGEST_POINTER]}..."
    return PayloadError(one_line(steps), error["msg"])
