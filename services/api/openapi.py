"""The OpenAPI 3.1 document of the API: every operation, with schemas and examples."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.access.rights_table import RIGHTS
from services.access.sign_in_sessions import PURPOSES
from services.api import openapi_previews
from services.api.asker import COOKIE, EMERGENCY, LONGEST_REASON, SECURE_COOKIE
from services.api.openapi_commands import command_paths, payload_schemas
from services.api.openapi_examples import example_of
from services.api.openapi_responses import (
    ALWAYS,
    SETS_COOKIE,
    WITH_BODY,
    for_roles,
    problem_responses,
    references_to,
    shared_responses,
)
from services.api.question_models import answer_examples
from services.contract.message_catalog import command_messages
from services.contract.replies import DONE, REFUSED
from services.documents.kinds import KINDS

__all__ = ["SETS_COOKIE", "document", "problem_responses"]

Part = dict[str, Any]

ABOUT = """\
Daybook runs the schedule and the attendance of intensive outpatient programs.

**Who asks.** Sign in at `/v1/sign-in`, which sets a cookie, or send a token as
`Authorization: Bearer ...`. What a role does not include is answered 403; what belongs to another
facility, or to patients who are not yours, is answered as what is not there: 404.

**Commands** change something. Each is a `POST` with its payload, under an id of your own in
`Idempotency-Key`. Send the same one again under the same key where no answer came: it is done once
and answered as it was. A 4xx changed nothing and is yours to mend; after a 5xx send it again.

**Previews** say what a command would do to sessions, people and their weeks: the same payload, sent
to `/previews/` instead of `/commands/`. Nothing of it is saved.

**Questions** change nothing. Each answer says in `Daybook-Position` which position of the journal
it reflects. With `?after=POSITION`, that of your command's answer, it waits until that is in it.
Where that takes too long, it answers with what it has and `Daybook-Behind: true`.

**Documents** are what is handed out of a record, as PDF, CSV or JSON. One that tells somebody
outside the program is a `POST` under an `Idempotency-Key`: it is on record as a disclosure before
it is answered, and the same one again is no other disclosure. Without a consent it is refused, and
says what is missing.

**Who looked** is recorded: each answer that shows a patient, and each that was refused, with the
purpose for which you signed in. `Daybook-Purpose` says another one for one request.
"""

SERVED_AT = [{"url": "/", "description": "The server from which the document comes."}]

EVENT = """\
id: 4593-12
event: roster
data: {"kind": "roster", "position": 4593, "type": "session.patient-checked-in", \
"session_id": "session-cf0d5690e86a5c108ff721bec3867313", "patient_id": "patient-5f0c2e"}

"""
"""What is sent of something that changed."""

ALSO = {
    "emergencies": "emergency-reviews",
    "kiosk-code": "kiosk-codes",
    "kiosk-presses": "kiosk-codes",
    "kiosks": "tokens",
    "sign-ins": "accounts",
}
"""Steps of a path whose right is called otherwise."""

WHY: tuple[Part, ...] = (
    {
        "name": "Daybook-Purpose",
        "in": "header",
        "required": False,
        "description": "For what purpose you look, this once. `emergency` opens what your role does"
        " not include, and is looked into.",
        "schema": {"type": "string", "enum": [*PURPOSES, EMERGENCY]},
        "example": "treatment",
    },
    {
        "name": "Daybook-Reason",
        "in": "header",
        "required": False,
        "description": "What the emergency is: needed there.",
        "schema": {"type": "string", "minLength": 3, "maxLength": LONGEST_REASON},
        "example": "A seizure in the waiting room",
    },
)
"""By what questions are told for what purpose somebody looks."""

FOR_PURPOSE: Part = {
    **WHY[0],
    "description": "For what purpose you look, this once.",
    "schema": {"type": "string", "enum": [*PURPOSES]},
}
"""The same of a document, which no emergency opens."""

TAKES_BODY = frozenset({"post", "put", "patch", "delete"})

PARAMETERS = {
    "Last-Event-ID": "The id of the last event that you have: what changed since comes first.",
    "account": "The name with which somebody signs in.",
    "before": "The `next` of the entries that you have, to go on.",
    "code": "What the provider gave the browser to come back with.",
    "entry_id": "The number of an entry of the access log.",
    "error": "Why the provider signed nobody in.",
    "facility_id": "The facility's id.",
    "iss": "The provider.",
    "limit": "How many there are on a page, at most.",
    "name": "The token's name.",
    "passkey_id": "The passkey, as the list has it.",
    "patient_id": "The patient's random id; a record number stands in no address.",
    "purpose": "For what purpose somebody will look at records.",
    "session_id": "The id of a session or of a sign-in, as a list has it.",
    "state": "What the sign-in was begun with.",
    "waiting": "Whether those alone are listed that nobody has looked into.",
}
"""What a parameter of a name is, where the route does not say."""


def document(app: FastAPI) -> Part:
    """Return the document of an app."""
    found: Part = get_openapi(
        title="Daybook",
        version=version("daybook"),
        openapi_version="3.1.0",
        description=ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=SERVED_AT,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= {"Done": DONE, "Problem": REFUSED, **openapi_previews.SCHEMAS}
    for name, example in answer_examples().items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method, schemas)
            if action := _action_at(path):
                if operation["tags"] == ["Questions"]:
                    operation["x-question"] = action
                    operation["parameters"] = [*operation["parameters"], *WHY]
                elif operation["tags"] == ["Documents"]:
                    operation["parameters"] = [*operation["parameters"], FOR_PURPOSE]
                operation["description"] += f"\n\n{for_roles(action)}"
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        schemas.pop(of_fastapi, None)
    for message in command_messages():
        schemas |= payload_schemas(message)
        found["paths"] |= command_paths(message)
    components["responses"] = shared_responses()
    components["securitySchemes"] = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": f"What `/v1/sign-in` sets. Over TLS it is called `{SECURE_COOKIE}`.",
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of a service's or a kiosk's: `/v1/tokens` makes them.",
        },
    }
    found["security"] = [{"session": []}, {"token": []}]
    return found


def _complete(operation: Part, method: str, schemas: dict[str, Part]) -> None:
    """Add what each operation answers, and examples, to what FastAPI says of a route."""
    operation["tags"] = operation["tags"][-1:]  # a route's own rather than its router's
    for each in operation.get("parameters", ()):
        each.setdefault("example", example_of(each["schema"], schemas, each["name"]))
        if each["name"] in PARAMETERS:
            each.setdefault("description", PARAMETERS[each["name"]])
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content.setdefault("example", example_of(content["schema"], schemas))
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    refused = {int(status) for status in responses if int(status) >= 400} | {*ALWAYS}
    if method in TAKES_BODY:
        refused |= {*WITH_BODY} if "requestBody" in operation else {415}
    if operation.get("security") != []:
        refused.add(401)
    if any(each["in"] == "path" for each in operation.get("parameters", ())):
        refused.add(404)
    answered = {status: each for status, each in responses.items() if int(status) < 400}
    for response in answered.values():
        if response["description"] == "Successful Response":
            response["description"] = "Answered."
        stream = response.get("content", {}).get("text/event-stream")
        if stream and stream.pop("itemSchema", None):  # which OpenAPI 3.2 has
            stream |= {"schema": {"type": "string"}, "example": EVENT}
        json = response.get("content", {}).get("application/json")
        if json:
            json.setdefault("example", example_of(json["schema"], schemas))
    operation["responses"] = answered | references_to(refused)


def _action_at(path: str) -> str | None:
    """Return what the table of rights calls what stands at a path; None where all may."""
    _, documents, kind = path.partition("/documents/")
    if documents:
        return KINDS[kind].action
    steps = [ALSO.get(step, step) for step in reversed(path.split("/"))]
    return next((step for step in steps if step in RIGHTS), None)
