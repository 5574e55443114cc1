"""What previews answer, as the OpenAPI document has it."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from domain.errors import CommitmentInTheWay
from services.api.openapi_responses import PROBLEMS
from services.application.effects import (
    CannotCome,
    ChangedSession,
    Effects,
    Planned,
    TakenResource,
)
from services.application.week_effects import Mend, ShortWeek
from services.command_endpoint.problems import MEDIA_TYPE, refused
from services.contract.schemas import Wire, in_words_of_json, referring

Part = dict[str, Any]

ABOUT = """\
Decides the command on what is on record, and saves nothing: the sessions that would change, who is
expected and cannot come, which room or person is taken, whose week would be short of their plan of
care, and which sessions would mend it. It is refused where the command would be, and says in
`effects` all that stands in the way; patients are named by their random ids."""

_SESSION, _PATIENT = "session-cf0d5690e86a5c108ff721bec3867313", "patient-5f0c2e"

_BEGINS, _ENDS = datetime(2026, 11, 19, 23, tzinfo=UTC), datetime(2026, 11, 20, 2, 10, tzinfo=UTC)

_BEFORE = Planned(date(2026, 11, 19), _BEGINS, _ENDS, "main", "s-rivera", 12, 11, None)

_EXAMPLE = Effects(
    (
        ChangedSession(
            _SESSION,
            "evening",
            "evening",
            _BEFORE,
            Planned(
                date(2026, 11, 20),
                datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
                datetime(2026, 11, 21, 1, 40, tzinfo=UTC),
                *("main", "s-rivera", 12, 11, None),
            ),
        ),
    ),
    (CannotCome(_PATIENT, _SESSION, "has work, FR 12:00-19:00"),),
    (TakenResource("room", "main", _SESSION, "session-5d0c", "family"),),
    (
        ShortWeek(
            _PATIENT,
            date(2026, 11, 16),
            *(540, 360, 540),
            (
                Mend(
                    *("session-71aa", "morning", date(2026, 11, 20)),
                    datetime(2026, 11, 20, 14, tzinfo=UTC),
                    datetime(2026, 11, 20, 17, 15, tzinfo=UTC),
                    *(180, 2),
                ),
            ),
        ),
    ),
)
"""An evening group that would move to Friday, where somebody works."""


def _schemas() -> dict[str, Part]:
    """Return the schemas of an answer and of a refusal, and of what they are made of."""
    whole = TypeAdapter(Effects).json_schema(mode="serialization", schema_generator=Wire)
    parts = whole.pop("$defs")
    place = "#/components/schemas/"
    effects = {"$ref": f"{place}Effects"}
    made = {name: referring(each, place) for name, each in (parts | {"Effects": whole}).items()}
    made["Preview"] = {
        "description": "What a command would do.",
        "type": "object",
        "properties": {
            "effects": effects,
            "position": {
                "description": "The position of the journal on which that rests.",
                "type": "integer",
            },
        },
        "required": ["effects", "position"],
    }
    made["PreviewRefused"] = {
        "description": "Why a command would be refused, and what it would have done otherwise;"
        " without `effects` where nothing came of it.",
        "allOf": [
            {"$ref": f"{place}Problem"},
            {"type": "object", "properties": {"effects": effects}},
        ],
    }
    found: dict[str, Part] = in_words_of_json(made)
    return found


SCHEMAS = _schemas()

ANSWER: Part = {
    "schema": {"$ref": "#/components/schemas/Preview"},
    "example": {"effects": to_jsonable_python(_EXAMPLE), "position": 1042},
}


def _refused(status: int) -> Part:
    why = asdict(refused(CommitmentInTheWay(day="2026-11-20", commitment="work, FR 12:00-19:00")))
    del why["errors"]
    example = {**why, "status": status, "effects": to_jsonable_python(_EXAMPLE)}
    schema = {"$ref": "#/components/schemas/PreviewRefused"}
    return {
        "description": PROBLEMS[status].says,
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }


REFUSED: dict[str, Part] = {str(status): _refused(status) for status in (409, 422)}
"""How what would be refused is answered: with what stands in the way."""
