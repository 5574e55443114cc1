"""What a change of a schema breaks: for who reads the events, and for who sends the commands.

Both questions are one: is all that was written by one schema still understood by the other? An
event is written by the present one and read by who knows the published one; a command is written
by who knows the published one and read by the present one. Pure.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from services.contract.schemas import Schema


@dataclass(frozen=True, slots=True)
class _Telling:
    """How what does not fit is put into words, on either side."""

    missing: str
    other: str
    unnamed: str
    extra: str


_READING = _Telling(
    missing="may be missing now",
    other="can be {} now",
    unnamed="is gone",
    # A version names one shape: who asks for version 2 may rely on all that its schema lists.
    extra="is new, which needs a new class_version",
)
_SENDING = _Telling(
    missing="is required now",
    other="can no longer be {}",
    unnamed="",
    extra="is no longer taken",
)

_SAYS_NOTHING = {"$schema", "$id", "$defs", "title", "description", "examples", "deprecated"}
_TOLD = {"$ref", "anyOf", "oneOf", "type", "const", "enum", "properties", "required"}
_TOLD |= {"items", "prefixItems", "additionalProperties", "default"}
_UPPER = {"maxLength", "maxItems", "maximum", "exclusiveMaximum"}
_LOWER = {"minLength", "minItems", "minimum", "exclusiveMinimum"}


def breaks(published: Schema, now: Schema) -> list[str]:
    """Return what makes a present event unreadable for who knows the published schema."""
    return list(_Comparison(now, published, _READING).misfits(now, published, ""))


def refuses_more(published: Schema, now: Schema) -> list[str]:
    """Return what makes a command invalid that was valid by the published schema."""
    return list(_Comparison(published, now, _SENDING).misfits(published, now, ""))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Finds what is valid by the schema `written` and not by the schema `read`."""

    written: Schema
    read: Schema
    telling: _Telling

    def misfits(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        """Say, place by place, what does not fit: each way of writing needs one of reading."""
        ways = [_resolved(each, self.written) for each in _ways(_resolved(written, self.written))]
        known = [_resolved(each, self.read) for each in _ways(_resolved(read, self.read))]
        yield from self._default(written, read, place)
        for way in ways:
            alike = [each for each in known if _alike(way, each)]
            found = [list(self._within(way, each, place)) for each in alike]
            if not found:
                yield _at(place, self.telling.other.format(_kind(way)))
            elif all(found):
                yield from min(found, key=len)

    def _within(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        """Compare two schemas of one type."""
        yield from self._words(written, read, place)
        yield from self._limits(written, read, place)
        if written.get("type") == "object":
            yield from self._fields(written, read, place)
        if written.get("type") == "array":
            yield from self._items(written, read, place)

    def _words(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        """Compare lists of words: whoever knows one has no answer to a word that is not in it."""
        known = _listed(read)
        if known is None:
            return
        words = _listed(written)
        if words is None:
            yield _at(place, self.telling.other.format("any other value"))
            return
        for word in words:
            if word not in known:
                yield _at(place, self.telling.other.format(json.dumps(word)))

    def _limits(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        """Compare what else is said of a value: formats, patterns, and how much at most."""
        for key in sorted({*written, *read} - _SAYS_NOTHING - _TOLD):
            before, after = written.get(key), read.get(key)
            wider = after is None or (
                before is not None
                and ((key in _UPPER and before <= after) or (key in _LOWER and before >= after))
            )
            # A format that is gone tells who reads less than it did; who sends is free of it.
            named = key in {"format", "pattern"} and self.telling is _READING
            if before != after and (named or not wider):
                first, then = (after, before) if self.telling is _READING else (before, after)
                yield _at(place, f"has another {key}: {json.dumps(first)}, now {json.dumps(then)}")

    def _fields(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        fields, known = written.get("properties", {}), read.get("properties", {})
        for name, field in fields.items():
            if name in known:
                yield from self.misfits(field, known[name], _below(place, name))
            else:
                yield _at(_below(place, name), self.telling.extra)
        always, expected = set(written.get("required", ())), set(read.get("required", ()))
        for name in known:
            if name not in fields and (self.telling.unnamed or name in expected):
                yield _at(_below(place, name), self.telling.unnamed or self.telling.missing)
            elif name in fields and name in expected - always:
                yield _at(_below(place, name), self.telling.missing)
        yield from self._others(written, read, place)

    def _others(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        """Compare what fields may come that are not named."""
        rest = written.get("additionalProperties", True)
        known = read.get("additionalProperties", True)
        if isinstance(known, dict):
            if isinstance(rest, dict):
                yield from self.misfits(rest, known, f"{place}{{}}")
            elif rest:
                yield _at(f"{place}{{}}", self.telling.other.format("anything"))
        elif not known and rest:
            yield _at(place, self.telling.other.format("with other fields"))

    def _items(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        first, known = written.get("prefixItems", []), read.get("prefixItems", [])
        if len(first) != len(known):
            yield _at(place, f"has a list of {len(first)} against one of {len(known)}")
        for number, (each, other) in enumerate(zip(first, known, strict=False)):
            yield from self.misfits(each, other, f"{place}[{number}]")
        items, others = written.get("items", {}), read.get("items", {})
        if isinstance(items, dict) and isinstance(others, dict):
            yield from self.misfits(items, others, f"{place}[]")
        elif items != others:
            yield _at(f"{place}[]", self.telling.other.format("of another kind"))

    def _default(self, written: Schema, read: Schema, place: str) -> Iterator[str]:
        """Compare defaults: what is missing means that, and another one is another meaning."""
        if "default" in written and "default" in read and written["default"] != read["default"]:
            words = f"means {json.dumps(written['default'])} to one side where it is missing,"
            yield _at(place, f"{words} and {json.dumps(read['default'])} to the other")


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """Return the definition that a schema refers to, with what is said beside the reference."""
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    return {**_resolved(whole["$defs"][name], whole), **_without(schema, "$ref")}


def _ways(schema: Schema) -> list[Schema]:
    """Return the schemas any of which a value may fit."""
    ways: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return ways


def _alike(written: Schema, read: Schema) -> bool:
    """Tell whether two schemas are of one type; a whole number is a number, too."""
    types = (written.get("type"), read.get("type"))
    return types[0] == types[1] or types == ("integer", "number")


def _listed(schema: Schema) -> list[object] | None:
    """Return the values that a schema lists; None where it lists none."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _kind(schema: Schema) -> str:
    return str(schema.get("type", "anything"))


def _without(schema: Schema, key: str) -> Schema:
    return {name: value for name, value in schema.items() if name != key}


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _at(place: str, what: str) -> str:
    return f"{place or 'the message'} {what}"
