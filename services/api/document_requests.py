"""What a document is asked for with over HTTP, as models: whom it is about, days and form."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from services.api.question_models import AFTER, AS_OF, EXAMPLES, Day, Id, Instant, Line
from services.documents import court_report, disclosure_accounting
from services.documents.kind import Kind
from services.documents.making import Form


def _a_number(raw: object) -> object:
    return int(raw) if isinstance(raw, str) and raw in {"3", "6"} else raw


Years = Annotated[Literal[3, 6], BeforeValidator(_a_number)]
"""In an address a number is text."""

SUBJECTS = ("patient_id", "session_id", "program_id", "staff_id")
"""By which ids a record is named: one of them."""

SAYS = {
    "patient_id": "The patient's random id.",
    "session_id": "The session's id.",
    "program_id": "The program's id.",
    "staff_id": "The staff member's id.",
}

SPECIMEN = {
    "title": "Attendance record",
    "number": "6KXD-2Q7M-VB3T",
    "position": 4593,
    "moment": "2026-11-16T17:00:00-05:00",
    "facts": {},
}
"""How a document begins that is asked for as JSON."""


def parameters_of(kind: Kind) -> type[BaseModel]:
    """Return the model of what a kind of document is asked for with, in an address or a body."""
    fields = _subjects(kind)
    if kind.about != "session":
        for name, which in (("first", "first"), ("last", "last")):
            says = f"The {which} day of what it is about; a usual one unless given."
            fields[name] = (Day | None, _field(name, says))
    if kind.name == disclosure_accounting.NAME:
        says = "How many years it goes back, unless its first day is given."
        fields["years"] = (Years, Field(3, description=says, examples=[3]))
    if kind.tells:
        fields |= _told(kind)
    if "patient_id" in fields:
        fields["as_of"] = (Instant | None, AS_OF)
    fields["after"] = (int | None, AFTER)
    says = "As what it is answered: set on pages, as its table, or as its facts."
    fields["format"] = (Form, Field("pdf", description=says, examples=["pdf"]))
    example: Any = {
        "patient_id": EXAMPLES["patient_id"],
        "first": "2026-11-01",
        "last": "2026-11-15",
    }
    made: type[BaseModel] = create_model(
        "".join(each.capitalize() for each in kind.name.split("-")) + "Asked",
        __config__=ConfigDict(
            extra="forbid", json_schema_extra={"examples": [example]} if kind.tells else None
        ),
        __doc__=f"What the document {kind.name} is asked for with.",
        **fields,
    )
    return made


def _subjects(kind: Kind) -> dict[str, Any]:
    """Return the fields that say what a document is about."""
    if kind.about == "record":
        return {each: (Id | None, _field(each, SAYS[each])) for each in SUBJECTS}
    fields: dict[str, Any] = {}
    for each in ("patient", "session"):
        name = f"{each}_id"
        if kind.about == each:
            fields[name] = (Id, _field(name, SAYS[name], ...))
        elif kind.also == each:
            fields[name] = (Id | None, _field(name, f"{SAYS[name]} Of them alone."))
    return fields


def _told(kind: Kind) -> dict[str, Any]:
    """Return the fields that say under which consent somebody is told, and what."""
    parts = Literal[kind.tells]  # type: ignore[name-defined]
    says = "Under which consent, where several on record may cover it."
    fields: dict[str, Any] = {
        "consent_id": (Line | None, Field(None, description=says, examples=["court-2026"])),
        "scope": (
            tuple[parts, ...],
            Field((), description="The parts that are told; the usual ones unless given."),
        ),
    }
    if kind.name == court_report.NAME:
        says = "To whom, as a consent names them."
        example = ["Superior Court, Drug Court Division"]
        fields["recipient"] = (Line | None, Field(None, description=says, examples=example))
        says = "Whether it is a report about an emergency."
        fields["emergency"] = (bool, Field(False, description=says))
    return fields


def _field(name: str, says: str, default: Any = None) -> Any:
    return Field(default, description=says, examples=[EXAMPLES.get(name, "2026-11-16")])
