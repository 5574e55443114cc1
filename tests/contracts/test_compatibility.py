"""Each kind of change that breaks a reader, or refuses a sender, is found; others are let pass."""

from copy import deepcopy
from typing import Any

import pytest

from tests.contracts.compatibility import breaks, refuses_more

Schema = dict[str, Any]

PUBLISHED: Schema = {
    "$id": "daybook:thing.counted:1",
    "description": "Something was counted.",
    "type": "object",
    "properties": {
        "number": {"type": "integer"},
        "day": {"type": "string", "format": "date"},
        "at": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
        "kind": {"type": "string", "enum": ["red", "green"]},
        "text": {"anyOf": [{"type": "string", "maxLength": 500}, {"type": "null"}]},
        "mode": {"type": "string", "default": "plain"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "class_version": {"const": 1, "type": "integer"},
    },
    "required": ["number", "day", "at", "kind", "text", "parts", "counts", "class_version"],
    "$defs": {
        "Part": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "size": {"$ref": "#/$defs/Size"}},
            "required": ["name"],
        },
        "Size": {"type": "string", "enum": ["small", "large"]},
    },
}

TEXT = {"type": "string"}
Change = tuple[str, object]


def changed(*changes: Change) -> Schema:
    """The schema with other values at some places (dots apart); None takes a place away."""
    schema = deepcopy(PUBLISHED)
    for place, value in changes:
        *way, last = place.split(".")
        found: Any = schema
        for step in way:
            found = found[step]
        if value is None:
            del found[last]
        else:
            found[last] = value
    return schema


def without(name: str) -> list[str]:
    return [each for each in PUBLISHED["required"] if each != name]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [("properties.number", None), ("required", without("number"))],
            ["number is gone"],
        ),
        ([("properties.mode", None)], ["mode is gone"]),
        ([("required", without("number"))], ["number may be missing now"]),
        ([("properties.more", TEXT)], ["more is new, which needs a new class_version"]),
        (
            [("properties.more", TEXT), ("required", [*PUBLISHED["required"], "more"])],
            ["more is new, which needs a new class_version"],
        ),
        ([("properties.number", TEXT)], ["number can be string now"]),
        ([("properties.number.type", "number")], ["number can be number now"]),
        (
            [("properties.number", {"anyOf": [{"type": "integer"}, {"type": "null"}]})],
            ["number can be null now"],
        ),
        (
            [("properties.day.format", "date-time")],
            ['day has another format: "date", now "date-time"'],
        ),
        ([("properties.day.format", None)], ['day has another format: "date", now null']),
        (
            [("properties.at.pattern", ".*")],
            ['at has another pattern: "^[0-2][0-9]:[0-5][0-9]$", now ".*"'],
        ),
        ([("properties.kind.enum", ["red", "green", "blue"])], ['kind can be "blue" now']),
        ([("properties.kind.enum", None)], ["kind can be any other value now"]),
        ([("properties.class_version.const", 2)], ["class_version can be 2 now"]),
        ([("properties.text.anyOf", [TEXT])], ["text has another maxLength: 500, now null"]),
        (
            [("properties.mode.default", "fancy")],
            ['mode means "fancy" to one side where it is missing, and "plain" to the other'],
        ),
        ([("properties.parts.items", TEXT)], ["parts[] can be string now"]),
        (
            [("$defs.Part.properties.name", {"type": "integer"})],
            ["parts[].name can be integer now"],
        ),
        ([("$defs.Part.required", [])], ["parts[].name may be missing now"]),
        ([("$defs.Size.enum", ["small", "huge"])], ['parts[].size can be "huge" now']),
        ([("properties.counts.additionalProperties", TEXT)], ["counts{} can be string now"]),
        ([("properties.counts.additionalProperties", None)], ["counts{} can be anything now"]),
    ],
)
def test_what_breaks_a_reader_is_found(changes: list[Change], said: list[str]) -> None:
    assert breaks(PUBLISHED, changed(*changes)) == said


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("description", "Otherwise said."), ("$defs.Part.description", "A part.")],
        [("properties.kind.enum", ["green"])],
        [("properties.text", {"type": "string", "maxLength": 500})],
        [("required", [*PUBLISHED["required"], "mode"])],
        [("$defs.Part.required", ["name", "size"])],
        [("properties.parts.items", PUBLISHED["$defs"]["Part"])],
        [("properties.number.minimum", 0)],
    ],
)
def test_what_breaks_no_reader_is_let_pass(changes: list[Change]) -> None:
    assert breaks(PUBLISHED, changed(*changes)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [("properties.number", None), ("required", without("number"))],
            ["number is no longer taken"],
        ),
        ([("required", [*PUBLISHED["required"], "mode"])], ["mode is required now"]),
        (
            [("properties.more", TEXT), ("required", [*PUBLISHED["required"], "more"])],
            ["more is required now"],
        ),
        ([("properties.number", TEXT)], ["number can no longer be integer"]),
        ([("properties.text", TEXT | {"maxLength": 500})], ["text can no longer be null"]),
        ([("properties.kind.enum", ["red"])], ['kind can no longer be "green"']),
        ([("properties.mode.enum", ["plain"])], ["mode can no longer be any other value"]),
        (
            [("properties.text.anyOf", [TEXT | {"maxLength": 100}, {"type": "null"}])],
            ["text has another maxLength: 500, now 100"],
        ),
        ([("properties.number.minimum", 0)], ["number has another minimum: null, now 0"]),
        (
            [("properties.day.format", "date-time")],
            ['day has another format: "date", now "date-time"'],
        ),
        (
            [("properties.mode.default", "fancy")],
            ['mode means "plain" to one side where it is missing, and "fancy" to the other'],
        ),
        ([("$defs.Part.required", ["name", "size"])], ["parts[].size is required now"]),
        (
            [("$defs.Part.additionalProperties", False)],
            ["parts[] can no longer be with other fields"],
        ),
    ],
)
def test_what_refuses_a_sender_is_found(changes: list[Change], said: list[str]) -> None:
    assert refuses_more(PUBLISHED, changed(*changes)) == said


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("properties.more", TEXT)],
        [("required", without("number"))],
        [("properties.kind.enum", ["red", "green", "blue"])],
        [("properties.kind.enum", None)],
        [("properties.number", {"anyOf": [{"type": "integer"}, {"type": "null"}]})],
        [("properties.text.anyOf", [TEXT | {"maxLength": 600}, {"type": "null"}])],
        [("properties.day.format", None)],
        [("properties.number.type", "number")],
    ],
)
def test_what_refuses_no_sender_is_let_pass(changes: list[Change]) -> None:
    assert refuses_more(PUBLISHED, changed(*changes)) == []
