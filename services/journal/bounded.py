"""The journal's last check: no event is stored with a value beyond the bounds, whoever writes it.

Commands, files and options refuse such values where they are read, with their place. This is the
last line behind them, by what an event would be as JSON: what is recorded once stays, and has to
fit the tables of every read model.
"""

import dataclasses
import re
from functools import cache
from typing import Any, NoReturn, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, SchemaValidator
from typing_extensions import TypedDict

from domain import bounds
from domain.aggregate import Event
from domain.errors import OutOfBounds

CIPHERTEXTS = frozenset({"sealed", "sealed_seed"})
"""The fields that hold what is encrypted: longer than a text, and in no index."""

_PLAIN_ID = re.compile(r"[\w.:-]{1,500}", re.ASCII)
_LONG_NUMBER_OR_OTHER_CENTURY = re.compile(rb':(?:-?\d{10}|"(?!19|20|21)\d{4}-)')


def check_event(event: Event, state: bytes) -> None:
    """Raise OutOfBounds for a value of an event that cannot be kept; `state` is its JSON."""
    if not _PLAIN_ID.fullmatch(event.originator_id):
        bounds.check("the aggregate's id", bounds.text_problem(event.originator_id))
    if not (_suspect(state) or _lists_values(type(event))):
        return
    try:
        _validator(type(event)).validate_json(state)
    except ValidationError as error:
        _refuse(error)


def _suspect(state: bytes) -> bool:
    """Tell whether JSON has anything that could be out of bounds.

    That is an escaped character, a text that is long or not in ASCII, or a field with a long number
    or a day of another century. To look costs a tenth of reading the JSON.
    """
    if not state.isascii() or b"\\" in state or b"\x7f" in state:
        return True
    if _LONG_NUMBER_OR_OTHER_CENTURY.search(state):
        return True
    if len(state) <= bounds.LONGEST_TEXT:
        return False
    return len(max(state.split(b'"'), key=len)) > bounds.LONGEST_TEXT


@cache
def _lists_values(cls: type[Event]) -> bool:
    """Tell whether an event has numbers or days that are no fields of their own, but in a list."""
    return _has_list_of_values(_schema(cls))


def _has_list_of_values(node: Any) -> bool:
    if isinstance(node, list):
        return any(_has_list_of_values(each) for each in node)
    if not isinstance(node, dict):
        return False
    items = [node.get(name) for name in ("items_schema", "keys_schema", "values_schema")]
    items = [inner for each in items for inner in (each if isinstance(each, list) else [each])]
    if any(each and each.get("type") in {"int", "date", "datetime"} for each in items):
        return True
    return any(_has_list_of_values(each) for each in node.values())


def _refuse(error: ValidationError) -> NoReturn:
    wrong = error.errors(include_url=False)[0]
    found = wrong["input"]
    problem = bounds.text_problem(found) if isinstance(found, str) else None
    where = ".".join(str(step) for step in wrong["loc"])
    message = wrong["msg"][:1].lower() + wrong["msg"][1:]
    raise OutOfBounds(what=f"the value {where}", problem=problem or f"out of bounds: {message}")


@cache
def _validator(cls: type[Event]) -> SchemaValidator:
    return SchemaValidator(_bounded(_schema(cls)))


def _schema(cls: type[Event]) -> Any:
    """Return the schema of an event as it is stored, without its aggregate's id and version."""
    hints = get_type_hints(cls)
    names = {each.name for each in dataclasses.fields(cls)}  # type: ignore[arg-type]
    shape = {name: hints[name] for name in names - {"originator_id", "originator_version"}}
    return TypeAdapter(TypedDict(cls.__name__, shape)).core_schema  # type: ignore[operator]


def _bounded(node: Any, *, ciphertext: bool = False) -> Any:
    """Return a schema of pydantic's core that holds each value to the bounds."""
    if isinstance(node, list):
        return [_bounded(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {
        name: _bounded(value, ciphertext=ciphertext or name in CIPHERTEXTS)
        for name, value in node.items()
    }
    match node.get("type"):
        case "str" if ciphertext:
            node["max_length"] = bounds.LONGEST_CIPHERTEXT
        case "str":
            step = {"type": "no-info", "function": _plain}
            return {"type": "function-after", "function": step, "schema": node}
        case "int":
            node |= {"ge": -bounds.WIDEST, "le": bounds.WIDEST}
        case "date":
            node |= {"ge": bounds.EARLIEST, "le": bounds.LATEST}
        case "datetime":
            node |= {"ge": bounds.FIRST_INSTANT, "le": bounds.LAST_INSTANT}
    return node


def _plain(text: str) -> str:
    if problem := bounds.text_problem(text):
        raise PydanticCustomError("text", "{problem}", {"problem": problem})
    return text
