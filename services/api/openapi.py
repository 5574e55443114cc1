"""The OpenAPI 3.1 document of the API: every operation, with schemas and examples."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api.problems import MEDIA_TYPE
from services.command_endpoint.handler import COMMAND_ID
from services.contract.message_catalog import Message, command_messages
from services.contract.replies import DONE, DONE_EXAMPLE, REFUSED, REFUSED_EXAMPLE
from services.contract.schemas import Schema, referring

Part = dict[str, Any]

ABOUT = """\
Daybook runs the schedule and the attendance of intensive outpatient programs.

**Who asks.** Sign in at `/v1/sign-in`, which sets a cookie, or send a token as
`Authorization: Bearer ...`. What a role does not include is answered 403; what belongs to another
facility, or to patients who are not yours, is answered as what is not there: 404.

**Commands** change something. Each is a `POST` with its payload, under an id of your own in
`Idempotency-Key`. Send the same one again under the same key where no answer came: it is done once
and answered as it was. A 4xx changed nothing and is yours to mend; after a 5xx send it again.

**Questions** change nothing. Each answer says in `Daybook-Position` which position of the journal
it reflects. With `?after=POSITION`, that of your command's answer, it waits until that is in it.
Where that takes too long, it answers with what it has and `Daybook-Behind: true`.

**Who looked** is recorded: each answer that shows a patient, and each that was refused, with the
purpose for which you signed in. `Daybook-Purpose` says another one for one request.
"""

PROBLEMS: dict[int, str] = {
    400: "The request cannot be read, or a field is not as it has to be.",
    401: "Nobody is signed in.",
    403: "The role does not include it.",
    404: "It is not there, or not yours.",
    408: "The body did not come in time.",
    409: "It contradicts what is so, or the key was used for another command.",
    413: "The body is too large.",
    415: "The body is of another type.",
    421: "The request is meant for another server.",
    422: "It is refused, and why.",
    429: "Too much at once.",
    500: "Daybook failed; sent again, a command is recorded at most once.",
    503: "Not now; send the same request again.",
}
"""What each status says that is a problem."""


def document(app: FastAPI) -> Part:
    """Return the document of an app."""
    found: Part = get_openapi(
        title="Daybook",
        version=version("daybook"),
        openapi_version="3.1.0",
        description=ABOUT,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"Done": DONE, "Problem": REFUSED}
    for message in command_messages():
        schemas |= _schemas(message)
        found["paths"][_path(message)] = {"post": _operation(message)}
    for operation in _operations(found):
        for response in operation["responses"].values():
            if response["description"] == "Successful Response":
                response["description"] = "Answered."
    found["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "daybook_session"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    found["security"] = [{"session": []}, {"token": []}]
    return found


def problem_responses(*statuses: int) -> dict[int | str, Part]:
    """Return the responses of an operation that are problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {each: {"description": PROBLEMS[each], "content": content} for each in statuses}


def _operations(document: Part) -> Iterator[Part]:
    for methods in document["paths"].values():
        yield from methods.values()


def _path(message: Message) -> str:
    return f"/v1/facilities/{{facility_id}}/commands/{message.topic}"


def _operation(message: Message) -> Part:
    done = {"schema": {"$ref": "#/components/schemas/Done"}, "example": DONE_EXAMPLE}
    refused = {
        str(status): {
            "description": PROBLEMS[status],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": REFUSED_EXAMPLE,
                }
            },
        }
        for status in PROBLEMS
    }
    position = {
        "Daybook-Position": {
            "description": "The position by which the command was done.",
            "schema": {"type": "integer"},
        }
    }
    return {
        "operationId": message.topic.replace(".", "_").replace("-", "_"),
        "summary": message.schema["description"],
        "tags": ["Commands"],
        "x-command": message.topic,
        "parameters": [
            {
                "name": "facility_id",
                "in": "path",
                "required": True,
                "description": "The facility's id.",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"},
                "example": "oak-street",
            },
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
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{message.name}"},
                    "example": message.example.payload,
                }
            },
        },
        "responses": {
            "200": {
                "description": "Done.",
                "headers": position,
                "content": {"application/json": done},
            },
            "204": {"description": "Done, and nothing more is said.", "headers": position},
            **refused,
        },
    }


def _schemas(message: Message) -> dict[str, Schema]:
    """Return the schemas of a payload, each with a name that no other command's has."""
    whole = dict(message.schema)
    for of_a_file in ("$id", "$schema"):
        whole.pop(of_a_file)
    definitions = whole.pop("$defs", {})
    place = f"#/components/schemas/{message.name}."
    return {message.name: referring(whole, place)} | {
        f"{message.name}.{name}": referring(each, place) for name, each in definitions.items()
    }
