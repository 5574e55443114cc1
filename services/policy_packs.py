"""Reading policies: the packs that come with Daybook, and a facility's own files.

A pack is a TOML file of `domain/policies`; whoever needs other numbers copies one, gives
it a name or a version of its own, and has it adopted. Each number is a table with `value`,
`citation` and `verified`, and may say when it was read and since and until when it is in force; one
that was superseded stays beside the new one, as several tables of one name (`[[key]]`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.care import Population, Service
from domain.errors import DaybookError
from domain.policy import Parameter, Policy, Regime, faults_of
from services.toml_lines import NotToml, Place, parse


@dataclass(frozen=True, slots=True)
class PolicyFileError:
    """What is wrong with a policy's file, and in which line."""

    line: int
    place: str
    problem: str


class PolicyFaulty(DaybookError):
    """A policy's file cannot be used; nothing was adopted."""

    def __init__(self, file: str, faults: tuple[PolicyFileError, ...]) -> None:
        lines = [f"{file}:{each.line}: {each.place}: {each.problem}" for each in faults]
        super().__init__("\n".join(lines))
        self.faults = faults


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Head(_Strict):
    policy: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    version: int
    name: str = Field(min_length=1)
    regime: Regime
    population: Population | None = None
    dated: date
    counts: list[Service]


class _Number(_Strict):
    value: int
    citation: str
    verified: bool
    read_on: date | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None


@cache
def packs() -> Mapping[str, Policy]:
    """Return the policies that come with Daybook, by their ids."""
    folder = resources.files("domain") / "policies"
    files = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    files.sort(key=lambda each: each.name.removesuffix(".toml"))
    found = [read(each.name, each.read_bytes()) for each in files]
    return {policy.policy_id: policy for policy in found}


def read_policy(path: Path) -> Policy:
    """Return the policy of a file. Raises PolicyFaulty, with each fault and its line."""
    try:
        return read(path.name, path.read_bytes())
    except OSError:
        fault = PolicyFileError(1, "file", "is missing or cannot be read")
    raise PolicyFaulty(path.name, (fault,))


def read(file: str, raw: bytes) -> Policy:
    """Return the policy that a file's content says. Raises PolicyFaulty."""
    try:
        document, lines = parse(raw)
    except NotToml as wrong:
        raise PolicyFaulty(file, (PolicyFileError(wrong.line, "file", wrong.problem),)) from None
    numbers = {key: found for key, each in document.items() if (found := _numbers(each))}
    top = {key: each for key, each in document.items() if key not in numbers}
    faults = [*_shape_faults("", 0, _Head, top, lines)]
    for key, tables in numbers.items():
        for index, table in enumerate(tables):
            faults += _shape_faults(key, index, _Number, table, lines)
    if not faults:
        policy = _policy(top, numbers)
        for place, problem in faults_of(policy):
            where = ("", 0, place) if place in top else (place, 0, "value")
            faults.append(PolicyFileError(lines.get(where, 1), place, problem))
    if faults:
        raise PolicyFaulty(file, tuple(sorted(faults, key=lambda each: each.line)))
    return policy


def _numbers(found: object) -> list[dict[str, Any]]:
    """Return the tables of one name; none where the key is no table."""
    tables: list[Any] = found if isinstance(found, list) else [found]
    return tables if all(isinstance(each, dict) for each in tables) else []


def _policy(top: dict[str, Any], numbers: dict[str, list[dict[str, Any]]]) -> Policy:
    return Policy(
        policy_id=top["policy"],
        version=top["version"],
        name=top["name"],
        regime=top["regime"],
        population=top.get("population"),
        dated=top["dated"],
        counts=tuple(top["counts"]),
        parameters=tuple(
            Parameter(key, **table) for key, tables in numbers.items() for table in tables
        ),
    )


def _shape_faults(
    table: str, index: int, shape: type[_Strict], found: dict[str, Any], lines: dict[Place, int]
) -> Iterator[PolicyFileError]:
    """Yield what is missing, unknown or of the wrong kind in a table."""
    try:
        shape.model_validate(found)
    except ValidationError as error:
        for each in error.errors():
            key = str(each["loc"][0])
            line = lines.get((table, index, key), lines.get((table, index, ""), 1))
            yield PolicyFileError(line, f"{table}.{key}" if table else key, _problem(each["msg"]))


def _problem(message: str) -> str:
    return message[0].lower() + message[1:]
