"""What operations answer alike, as the OpenAPI document has it: problems, above all."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from services.access.rights import roles_that_may
from services.api import problems
from services.api.asker import COOKIE
from services.command_endpoint.payload import PayloadError
from services.command_endpoint.problems import (
    MEDIA_TYPE,
    Problem,
    failed,
    id_used_otherwise,
    malformed,
    unavailable,
    unknown_facility,
)

Part = dict[str, Any]

RETRY_AFTER: Part = {
    "Retry-After": {
        "description": "Seconds to wait, where that is known.",
        "schema": {"type": "integer"},
        "example": 30,
    }
}

AUTHENTICATE: Part = {
    "WWW-Authenticate": {
        "description": "`Bearer`, where nobody is known to ask.",
        "schema": {"type": "string"},
        "example": "Bearer",
    }
}

SETS_COOKIE: Part = {
    "headers": {
        "Set-Cookie": {
            "description": "The cookie of a sign-in, `HttpOnly` and `SameSite=Strict`; or its end.",
            "schema": {"type": "string"},
            "example": f"{COOKIE}=...; HttpOnly; Max-Age=43200; Path=/; SameSite=strict",
        }
    }
}
"""What an answer says that signs somebody in or out; for `responses` of a route."""


@dataclass(frozen=True, slots=True)
class Documented:
    """What a status says that is a problem, and one of its problems."""

    says: str
    example: Problem
    headers: Mapping[str, Part] = field(default_factory=dict)


PROBLEMS: dict[int, Documented] = {
    400: Documented(
        "The request cannot be read, or a field is not as it has to be.",
        malformed([PayloadError("/session_id", "Field required")]),
    ),
    401: Documented("Nobody is signed in.", problems.not_signed_in(), AUTHENTICATE),
    403: Documented(
        "The role does not include it, or a page of another site asks.",
        problems.not_allowed("this (accounts) is for the roles administrator"),
    ),
    404: Documented("It is not there, or not yours.", unknown_facility("oak-street")),
    408: Documented("The body did not come in time.", problems.too_slow(30)),
    409: Documented(
        "It contradicts what is so, or the key was used for another command.", id_used_otherwise()
    ),
    413: Documented("The body is too large.", problems.too_large(262144)),
    415: Documented(
        "The body is of another type.", problems.wrong_content_type("application/json")
    ),
    421: Documented("The request is meant for another server.", problems.wrong_host()),
    422: Documented(
        "It is refused, and why.", problems.unfit("a password has 12 to 200 characters")
    ),
    429: Documented("Too much at once.", problems.too_many_attempts(30), RETRY_AFTER),
    500: Documented(
        "Daybook failed; sent again, a command is recorded at most once.",
        failed("ValueError in check_in.py:31"),
    ),
    503: Documented("Not now; send the same request again.", unavailable(), RETRY_AFTER),
}
"""Each status that is a problem."""

ALWAYS = (400, 403, 421, 500, 503)
"""What any request may be answered."""

WITH_BODY = (408, 413, 415)
"""What any request with a body may be answered."""


def problem_responses(*statuses: int) -> dict[int | str, Part]:
    """Return the responses of an operation that are problems."""
    return {each: {"description": PROBLEMS[each].says} for each in statuses}


def shared_responses() -> dict[str, Part]:
    """Return each problem's response, to which operations refer."""
    return {_name(status): _response(found) for status, found in PROBLEMS.items()}


def reference_to(status: int) -> Part:
    """Return the reference to a problem's response."""
    return {"$ref": f"#/components/responses/{_name(status)}"}


def references_to(statuses: Iterable[int]) -> dict[str, Part]:
    """Return the references to the responses of problems, by their status."""
    return {str(each): reference_to(each) for each in sorted(statuses)}


def for_roles(action: str) -> str:
    """Say which roles may do something."""
    return f"For the roles {', '.join(roles_that_may(action))}."


def _name(status: int) -> str:
    return f"Problem{status}"


def _response(documented: Documented) -> Part:
    example = asdict(documented.example)
    example["errors"] = list(example["errors"])
    if not example["errors"]:
        del example["errors"]
    schema = {"$ref": "#/components/schemas/Problem"}
    found: Part = {"description": documented.says}
    if documented.headers:
        found["headers"] = dict(documented.headers)
    return found | {"content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
