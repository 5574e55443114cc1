"""The commands of the OpenAPI document, and the previews of those that have one."""

from typing import Any

from services.api import openapi_previews
from services.api.body import FACILITY_ID
from services.api.openapi_responses import PROBLEMS, for_roles, references_to
from services.api.previews import PATH as PREVIEW_PATH
from services.api.previews import PREVIEWED
from services.command_endpoint.handler import COMMAND_ID
from services.contract.message_catalog import Message
from services.contract.replies import DONE_EXAMPLE
from services.contract.schemas import Schema, referring

Part = dict[str, Any]

FACILITY: Part = {
    "name": "facility_id",
    "in": "path",
    "required": True,
    "description": "The facility's id.",
    "schema": {"type": "string", "pattern": f"^{FACILITY_ID}$"},
    "example": "oak-street",
}


def command_paths(message: Message) -> dict[str, Part]:
    """Return the paths of a command: where it is sent and, of some, where it is previewed."""
    found = {_path(message): {"post": _operation(message)}}
    if message.topic in PREVIEWED:
        found[PREVIEW_PATH.replace("{name}", message.topic)] = {"post": _preview(message)}
    return found


def _path(message: Message) -> str:
    return f"/v1/facilities/{{facility_id}}/commands/{message.topic}"


def _operation(message: Message) -> Part:
    done = {"schema": {"$ref": "#/components/schemas/Done"}, "example": DONE_EXAMPLE}
    position = {
        "Daybook-Position": {
            "description": "The position by which the command was done.",
            "schema": {"type": "integer"},
            "example": 1042,
        }
    }
    minimal = {
        "Preference-Applied": {
            "description": "That nothing more was asked for.",
            "schema": {"const": "return=minimal"},
            "example": "return=minimal",
        }
    }
    return {
        "operationId": _operation_id(message),
        "summary": message.schema["description"],
        "description": for_roles(message.topic),
        "tags": ["Commands"],
        "x-command": message.topic,
        "parameters": [
            FACILITY,
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "Your own id for this command.",
                "schema": {"type": "string", "pattern": f"^{COMMAND_ID.pattern}$"},
                "example": "check-in-7f3a",
            },
            {
                "name": "Prefer",
                "in": "header",
                "required": False,
                "description": "`return=minimal`: the headers alone.",
                "schema": {"type": "string"},
                "example": "return=minimal",
            },
        ],
        "requestBody": _payload(message),
        "responses": {
            "200": {
                "description": "Done.",
                "headers": position,
                "content": {"application/json": done},
            },
            "204": {
                "description": "Done, and nothing more is said, as it was preferred.",
                "headers": position | minimal,
            },
            **references_to(PROBLEMS),
        },
    }


def _preview(message: Message) -> Part:
    """Return the operation that says what a command would do."""
    answered = {
        "description": "What it would do.",
        "headers": {
            "Daybook-Position": {
                "description": "The position of the journal on which that rests.",
                "schema": {"type": "integer"},
                "example": 1042,
            }
        },
        "content": {"application/json": openapi_previews.ANSWER},
    }
    return {
        "operationId": f"preview_{_operation_id(message)}",
        "summary": f"Say what {message.topic} would do.",
        "description": f"{openapi_previews.ABOUT}\n\n{for_roles(message.topic)}",
        "tags": ["Commands"],
        "x-preview": message.topic,
        "parameters": [FACILITY],
        "requestBody": _payload(message),
        "responses": {
            "200": answered,
            **references_to(PROBLEMS),
            **openapi_previews.REFUSED,
        },
    }


def _operation_id(message: Message) -> str:
    return message.topic.replace(".", "_").replace("-", "_")


def _payload(message: Message) -> Part:
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{message.name}"},
                "example": message.example.payload,
            }
        },
    }


def payload_schemas(message: Message) -> dict[str, Schema]:
    """Return the schemas of a payload, each with a name that no other command's has."""
    whole = dict(message.schema)
    for of_a_file in ("$id", "$schema"):
        whole.pop(of_a_file)
    definitions = whole.pop("$defs", {})
    place = f"#/components/schemas/{message.name}."
    return {message.name: referring(whole, place)} | {
        f"{message.name}.{name}": referring(each, place) for name, each in definitions.items()
    }
