"""The headers of each kind of message, as JSON Schemas: CloudEvents 1.0 in binary mode, over NATS.

Every header is a text. What is not named may come all the same, as from NATS itself.
"""

from domain.sharing import NOTICE
from services.contract.message_catalog import Message
from services.contract.schemas import Schema
from services.messaging.stream import schema_id

_NUMBER = {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}
_COUNT = {"type": "string", "pattern": "^[1-9][0-9]*$"}
_TEXT = {"type": "string", "minLength": 1}

_CLOUD_EVENT: dict[str, Schema] = {
    "ce-specversion": {"type": "string", "const": "1.0"},
    "ce-id": _TEXT | {"description": "Names the message: the same again is a repetition."},
    "ce-type": _TEXT | {"description": "The topic of the event, or the name of the command."},
    "content-type": {"type": "string", "const": "application/json"},
}

_SENT: dict[str, Schema] = {
    **_CLOUD_EVENT,
    "ce-source": {
        "type": "string",
        "pattern": "^daybook/[^/]+$",
        "description": "Daybook, and the facility.",
    },
    "ce-subject": _TEXT,
    "ce-time": {"type": "string", "format": "date-time"},
    "ce-dataschema": {
        "type": "string",
        "pattern": "^daybook:[a-z.-]+:[1-9][0-9]*$",
        "description": "The schema of the payload: topic and version.",
    },
    "daybook-journal": _TEXT | {"description": "The journal from which the message was made."},
}

_PLACED: dict[str, Schema] = {
    "daybook-position": _COUNT
    | {"description": "The position in the journal, or among what is derived; it only grows."},
    "daybook-previous": _NUMBER
    | {
        "description": "The position of the message before this one of the same facility and class;"
        " 0 where there is none. Where it is not the last that was read, something is missing."
    },
}

_RELAYED: dict[str, Schema] = {
    **_SENT,
    "ce-subject": _TEXT
    | {
        "description": "What the message is about: the aggregate's id, a finding's name, or a"
        " patient's random id and a day."
    },
    **_PLACED,
    "daybook-version": _COUNT
    | {"description": "The number of the message about its subject, from 1, without gaps."},
    "Nats-Expected-Last-Sequence": _NUMBER
    | {"description": "The sequence after which the stream took the message."},
}

_DERIVED: dict[str, Schema] = {
    "daybook-derived": {
        "type": "string",
        "const": "true",
        "description": "No event of the journal: worked out from some.",
    },
}

_SHARED: dict[str, Schema] = {
    **_DERIVED,
    "daybook-consent": _TEXT | {"description": "The id of the consent that the message relies on."},
    "daybook-notice": {
        "type": "string",
        "const": NOTICE,
        "description": "The notice that goes with what is told under a consent (42 CFR 2.32).",
    },
}

_COMMAND: dict[str, Schema] = {
    **_CLOUD_EVENT,
    "ce-id": {
        "type": "string",
        "pattern": "^[A-Za-z0-9._~-]{1,100}$",
        "description": "The command's id, chosen by the client: the same again is done once.",
    },
    "ce-source": _TEXT | {"description": "The client, as in the subject."},
}


def _all_of(fields: dict[str, Schema], says: str) -> Schema:
    return {
        "type": "object",
        "description": says,
        "properties": fields,
        "required": sorted(fields),
    }


SCHEMAS: dict[str, Schema] = {
    "headers.event": _all_of(_RELAYED, "The headers of an event of the journal."),
    "headers.finding": _all_of({**_RELAYED, **_DERIVED}, "The headers of a finding that turned."),
    "headers.billable": _all_of({**_RELAYED, **_DERIVED}, "The headers of what is told of a day."),
    "headers.shared": _all_of(
        {**_RELAYED, **_SHARED}, "The headers of what a recipient is told under a consent."
    ),
    "headers.command": _all_of(_COMMAND, "The headers of a command."),
    "headers.done": _all_of(
        {"content-type": {"type": "string", "const": "application/json"}},
        "The headers of the answer to a command that was done.",
    ),
    "headers.refused": _all_of(
        {"content-type": {"type": "string", "const": "application/problem+json"}},
        "The headers of the answer to a command that was refused.",
    ),
}
"""The headers by the name under which a document has them."""

_OF_KIND = {
    "findings": "headers.finding",
    "billable": "headers.billable",
    "shared": "headers.shared",
    "command": "headers.command",
}


def headers_of(message: Message) -> Schema:
    """Return the headers of one message: those of its kind, and what they are in its case."""
    own: dict[str, Schema] = {"ce-type": {"const": message.topic}}
    if message.version:
        own["ce-dataschema"] = {"const": schema_id(message.topic, message.version)}
    kind = _OF_KIND.get(message.kind, "headers.event")
    whole = {"$ref": f"#/components/schemas/{kind}"}
    return {"type": "object", "allOf": [whole, {"properties": own}]}
