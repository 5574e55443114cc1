"""What a command is answered: that it was done, or a problem (RFC 9457) that says why not."""

from dataclasses import asdict

from services.command_endpoint.payload import PayloadError
from services.command_endpoint.problems import malformed
from services.contract.schemas import Schema

DONE: Schema = {
    "title": "Done",
    "description": "The command was done, now or when it was sent before under the same id.",
    "type": "object",
    "properties": {
        "events": {
            "description": "What was recorded, the first thousand events of it; nothing where"
            " all was so already, or in a preview.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"description": "The event's ce-id on the stream.", "type": "string"},
                    "type": {"description": "Its ce-type.", "type": "string"},
                    "position": {"description": "Its daybook-position.", "type": "integer"},
                },
                "required": ["id", "type", "position"],
            },
        },
        "position": {
            "description": "The journal's position by which the command was done.",
            "type": "integer",
        },
        "result": {"description": "What the command returns, such as a new id; else null."},
    },
    "required": ["events", "position", "result"],
}

REFUSED: Schema = {
    "title": "Refused",
    "description": "The command was not done, or that is not known (503); `detail` says why.",
    "type": "object",
    "properties": {
        "type": {
            "description": "The kind of problem, for programs: a refusal of the domain's, or what"
            " is wrong with the request.",
            "type": "string",
            "pattern": "^daybook:(refusal|problem):[a-z0-9-]+$",
        },
        "title": {"description": "The kind of problem, for people.", "type": "string"},
        "status": {
            "description": "As in HTTP: 4xx is for the sender to mend; after 5xx the same command"
            " may be sent again, under the same id.",
            "type": "integer",
        },
        "detail": {"description": "What is wrong in this case.", "type": "string"},
        "errors": {
            "description": "Each place of the payload that is wrong.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"description": "Where: a JSON pointer.", "type": "string"},
                },
                "required": ["detail", "pointer"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}

DONE_EXAMPLE = {
    "events": [{"id": "session-5d0c:7", "type": "session.patient-checked-in", "position": 1042}],
    "position": 1042,
    "result": None,
}

_PROBLEM = asdict(malformed([PayloadError("/patient_id", "Field required")]))

REFUSED_EXAMPLE = {**_PROBLEM, "errors": list(_PROBLEM["errors"])}
