"""The JSON Schemas of what Daybook sends and takes, made from the classes of which that is.

They say what is on the wire: an event as the journal keeps it, in the version in which it was
recorded. A field that is not named may come all the same; whoever reads passes over it.
"""

import re
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

import domain
from domain.aggregate import Event, event_classes
from services.command_endpoint.payload import Command
from services.messaging.derived_messages import Derived
from services.messaging.stream import schema_id

Schema = dict[str, Any]
"""A JSON Schema, as Python reads it."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$"
"""A time by the facility's clocks. The format `time` would ask for an offset from UTC."""


_JSONS = {"None": "null", "True": "true", "False": "false"}
_PYTHONS = re.compile(rf"\b({'|'.join(_JSONS)})\b")


class Wire(GenerateJsonSchema):
    """Pydantic's schemas: times of day as they are written, and no title that repeats a name."""

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:  # noqa: ARG002
        """Return the schema of a time of day."""
        return {"type": "string", "pattern": TIME_OF_DAY}

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        """Return False: a field's name is its title."""
        return False


def events() -> list[type[Event]]:
    """Return the class of each event, in the order of their topics."""
    for module in walk_packages(domain.__path__, "domain."):
        import_module(module.name)
    found = (cls for cls in event_classes() if cls.__module__.startswith("domain."))
    return sorted(found, key=lambda cls: cls.TOPIC)


def event_schema(cls: type[Event]) -> Schema:
    """Return the schema of an event's payload in the present version of its class."""
    body = _body(cls)
    for in_headers in ("originator_id", "originator_version"):
        del body["properties"][in_headers]
        body["required"].remove(in_headers)
    return _of_version(body, cls)


def derived_schema(cls: type[Derived]) -> Schema:
    """Return the schema of a derived message's payload in the present version of its class."""
    return _of_version(_body(cls), cls)


def command_schema(command: Command) -> Schema:
    """Return the schema of a command's payload; it has no version, and only ever takes more."""
    return _named(
        command.schema(Wire), f"daybook:command:{command.name}", command.name, command.says
    )


def _body(cls: type) -> Schema:
    adapter: TypeAdapter[object] = TypeAdapter(cls)
    return adapter.json_schema(mode="serialization", schema_generator=Wire)


def _of_version(body: Schema, cls: type[Event] | type[Derived]) -> Schema:
    body["properties"]["class_version"] = {"const": cls.class_version, "type": "integer"}
    body["required"].append("class_version")
    says = (cls.__doc__ or "").split("\n")[0]
    return _named(body, schema_id(cls.TOPIC, cls.class_version), cls.__name__, says)


def _named(body: Schema, name: str, title: str, says: str) -> Schema:
    """Return a schema that begins with what it is."""
    head = {"$schema": DIALECT, "$id": name, "title": title, "description": says}
    found: Schema = in_words_of_json(head | {k: v for k, v in body.items() if k not in head})
    return found


def in_words_of_json(node: Any) -> Any:
    """Return a schema whose descriptions say `null` where Python's say `None`."""
    if isinstance(node, list):
        return [in_words_of_json(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {name: in_words_of_json(each) for name, each in node.items()}
    if isinstance(found.get("description"), str):
        found["description"] = _PYTHONS.sub(lambda word: _JSONS[word[0]], found["description"])
    return found


def referring(node: Any, place: str) -> Any:
    """Return a schema whose references lead to `place`."""
    if isinstance(node, list):
        return [referring(each, place) for each in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {**node, "$ref": place + node["$ref"].removeprefix("#/$defs/")}
    return {name: referring(each, place) for name, each in node.items()}
