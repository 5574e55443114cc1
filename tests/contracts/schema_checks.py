"""Checks values against schemas: those published, and those within the AsyncAPI document."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from services.contract.archive import read
from services.contract.asyncapi import document

FORMATS = FormatChecker(formats=())

DOCUMENT = document()
ADDRESSES = {
    name: re.compile(re.sub(r"\\\{\w+\\\}", "[^.]+", re.escape(channel["address"])))
    for name, channel in DOCUMENT["channels"].items()
    if channel["address"]
}


@FORMATS.checks("date", raises=ValueError)  # type: ignore[untyped-decorator]
def is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]
def is_instant(value: object) -> bool:
    """An instant has an offset, which RFC 3339 asks for."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def faults_by_file(path: Path, value: object) -> list[str]:
    """What of a value is not as a published schema wants it."""
    return _told(_validator(path).iter_errors(value))


@cache
def _validator(path: Path) -> Draft202012Validator:
    schema = read(path)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)


def faults_within(document: dict[str, Any], part: dict[str, Any], value: object) -> list[str]:
    """What of a value is not as a part of an AsyncAPI document wants it (draft 7)."""
    whole = {"allOf": [part], "components": document["components"]}
    return _told(Draft7Validator(whole, format_checker=FORMATS).iter_errors(value))


def faults_of_message(subject: str, headers: Mapping[str, str], payload: object) -> list[str]:
    """What of a message is not as the AsyncAPI document has it."""
    topic, version = headers["ce-dataschema"].split(":")[1:]
    said = DOCUMENT["components"]["messages"][f"{topic}.v{version}"]
    found = [name for name, address in ADDRESSES.items() if address.fullmatch(subject)]
    return [
        *([] if found == [topic] else [f"{subject} is the address of {found}"]),
        *faults_within(DOCUMENT, said["headers"], dict(headers)),
        *faults_within(DOCUMENT, said["payload"], payload),
    ]


def _told(errors: Iterator[Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in errors]
