"""What a command takes, as a tree of arguments: read from the function that decides it."""

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from services.command_endpoint.payload import NOT_OF_THE_PAYLOAD
from services.command_endpoint.registry import COMMANDS

Kind = Literal[
    "text", "integer", "number", "boolean", "date", "time", "instant", "choice", "choices",
    "texts", "group", "list", "mapping",
]  # fmt: skip

PLAIN: Mapping[Any, Kind] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    date: "date",
    time: "time",
    datetime: "instant",
}


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands at one place of a payload: `pointer`, with # for the number of a list's item.

    `of` is the class whose field it is, None for what the command itself takes; `values` are those
    of a choice, `usual` what it has where nothing is said, and `parts` the fields of a group or of
    a list's items. What is left empty is sent as
    null where the command asks for it all the same (`is_null_if_empty`), and else not at all.
    """

    pointer: str
    kind: Kind
    is_required: bool
    is_null_if_empty: bool = False
    of: type | None = None
    values: tuple[str, ...] = ()
    usual: str | int | None = None
    parts: tuple["Argument", ...] = ()

    @property
    def name(self) -> str:
        """What it is called in the payload."""
        return self.pointer.rpartition("/")[2]


@cache
def arguments_of(command: str) -> tuple[Argument, ...]:
    """Return what a command takes, in the order in which its function has it."""
    function = COMMANDS[command].decide.function
    hints = get_type_hints(function)
    return tuple(
        _argument(f"/{name}", hints[name], is_required=each.default is each.empty)
        for name, each in inspect.signature(function).parameters.items()
        if name not in NOT_OF_THE_PAYLOAD
    )


def leaves(arguments: Sequence[Argument]) -> list[Argument]:
    """Return the arguments that somebody gives a value for, those of groups and lists too."""
    found = []
    for each in arguments:
        found += leaves(each.parts) if each.parts else [each]
    return found


def _argument(
    pointer: str, hint: Any, *, is_required: bool, of: type | None = None, usual: Any = None
) -> Argument:
    is_optional = get_origin(hint) in {Union, UnionType}
    if is_optional:
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    kind, values, parts = _kind(pointer, hint)
    return Argument(
        pointer,
        kind,
        is_required=is_required and not is_optional,
        is_null_if_empty=is_required and is_optional,
        of=of,
        values=values,
        usual=usual if isinstance(usual, str | int) and not isinstance(usual, bool) else None,
        parts=parts,
    )


def _kind(pointer: str, hint: Any) -> tuple[Kind, tuple[str, ...], tuple[Argument, ...]]:
    """Return what kind of argument a type makes, with its values or its parts."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return "group", (), _fields(pointer, hint)
    if get_origin(hint) is Literal:
        return "choice", get_args(hint), ()
    if get_origin(hint) is Mapping:
        return "mapping", (), ()
    if get_origin(hint) not in {tuple, Sequence}:
        return PLAIN[hint], (), ()
    item = get_args(hint)[0]
    if dataclasses.is_dataclass(item) and isinstance(item, type):
        return "list", (), _fields(f"{pointer}/#", item)
    if get_origin(item) is Literal:
        return "choices", get_args(item), ()
    return "texts", (), ()


def _fields(pointer: str, shape: type) -> tuple[Argument, ...]:
    hints = get_type_hints(shape)
    missing = dataclasses.MISSING
    return tuple(
        _argument(
            f"{pointer}/{each.name}",
            hints[each.name],
            is_required=each.default is missing and each.default_factory is missing,
            of=shape,
            usual=each.default,
        )
        for each in dataclasses.fields(shape)
    )
