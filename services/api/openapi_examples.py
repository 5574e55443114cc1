"""Examples of what operations take and answer, made from their schemas."""

from collections.abc import Mapping
from typing import Any

Part = dict[str, Any]

UNKNOWN = "..."
"""Stands where nothing says what a text looks like; a test lets none through."""

NAMED: Mapping[str, object] = {
    "Last-Event-ID": "4593-12",
    "about": "Stream of events",
    "account": "ana",
    "address": "192.0.2.7",
    "after": "4593",
    "author": "Ana Diaz, LCSW [s-diaz]",
    "code": "SplxlOBeZQQYbYS6WxSbIA",
    "command": "daybook serve relay",
    "differs_from_seals": None,
    "error": "access_denied",
    "facility_id": "oak-street",
    "feed_id": "feed-4be1f27a3c58d190",
    "filter": "daybook.oak-street.care.*.*",
    "found": "A seizure in the waiting room; the ambulance needed the record.",
    "held_up": None,
    "iss": "https://id.example.org",
    "log": "journal",
    "made_by": "ana",
    "name": "Ana Diaz",
    "new_password": "four other words, or more",
    "origin": "clinic.example/journal-8f2c4e1a90b34c6d8e7f5a1b2c3d4e5f",
    "passkey_id": "kGz0bGgjSbS6T2GnQpYwRg",
    "password": "four random words or more",
    "patient_id": "patient-5f0c2e",
    "patient_ids": "patient-5f0c2e",
    "press_id": "9d1f4c0b7e2a45538c6f1a0d3b7e9c42",
    "purpose": "treatment",
    "reason": "It names a session that never was; see the note of November 16.",
    "refused": None,
    "reviewed_by": "kim",
    "roles": "counselor",
    "says": "It is not there.",
    "scopes": "session.check-in",
    "session_id": "session-cf0d5690e86a5c108ff721bec3867313",
    "skipped_event_id": "session-cf0d5690e86a5c108ff721bec3867313:7",
    "staff_id": "s-diaz",
    "state": "af0ifjsldkj",
    "stopped_at": None,
    "stopped_because": None,
    "stream": "DAYBOOK",
    "to_do": "It is made by what publishes events: see that it runs.",
    "token": "dbk_8fj2k0v7xq",
    "via": "password",
    "view": "attendance",
    "warnings": "The rules of Eastern Time have changed since its tables were made.",
}
"""What a field or parameter of a name looks like, where its schema does not say."""

FORMATS: Mapping[str, object] = {
    "date-time": "2026-11-16T22:00:00Z",
    "date": "2026-11-16",
    "time": "17:00:00",
}


def example_of(schema: Part, schemas: Mapping[str, Part], name: str = "") -> Any:
    """Return an example of what fits a schema; `name` is that of the field or parameter."""
    if examples := schema.get("examples"):
        return examples[0]
    for says_it in ("example", "const"):
        if says_it in schema:
            return schema[says_it]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    for options in ("anyOf", "oneOf", "allOf"):
        if options in schema:
            if name in NAMED and NAMED[name] is None:
                return None
            filled = [each for each in schema[options] if each.get("type") != "null"]
            return example_of(filled[0], schemas, name) if filled else None
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(schema, schemas, name)


def _of_type(schema: Part, schemas: Mapping[str, Part], name: str) -> Any:
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {each: example_of(fields[each], schemas, each) for each in fields}
        case "array":
            return [example_of(schema.get("items", {}), schemas, name)]
        case "boolean":
            return schema.get("default", True)
        case "integer" | "number":
            return schema.get("default", schema.get("minimum", 1))
        case "string":
            given = FORMATS.get(schema.get("format", "")) or NAMED.get(name)
            return given or schema.get("default") or UNKNOWN
    return None
