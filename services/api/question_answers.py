"""Answers of questions as they are sent: JSON or CSV, with their position and their tag."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response

from services.reports.report import Report

CSV = "text/csv"

HEADERS = {
    "Daybook-Position": {
        "description": "The position of the journal that the answer reflects.",
        "schema": {"type": "integer"},
    },
    "Daybook-Behind": {
        "description": "true where the position that was asked for was not reached in time.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Daybook-Next": {
        "description": "The cursor of the next page, as in `next`.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "Tells whether the answer is still the same, but for its position.",
        "schema": {"type": "string"},
    },
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What is sent, and of whom; `shown` is a report's page, or the facts of one."""

    shown: Any
    position: int
    next: str | None
    notes: list[str]
    patients: frozenset[str]
    refused: frozenset[str]
    tag: list[Any] | None
    """The key at which the page ends, as it is hashed: a cursor is another one each time."""


def response_of(found: Answered, *, behind: bool, wants_csv: bool, known: str | None) -> Response:
    """Return the response; where the tag is `known` already, its headers alone."""
    is_report = isinstance(found.shown, Report)
    if wants_csv:
        content = found.shown.csv().encode()
    elif is_report:
        content = orjson.dumps(_items(found.shown))
    else:
        content = orjson.dumps(found.shown.facts)
    notes = orjson.dumps(found.notes)
    tag = hashlib.sha256(b"\n".join((content, notes, orjson.dumps(found.tag)))).hexdigest()[:32]
    headers = {"daybook-position": str(found.position), "etag": f'W/"{tag}"'}
    if behind:
        headers["daybook-behind"] = "true"
    if found.next:
        headers["daybook-next"] = found.next
    if known and tag in known:
        return Response(None, 304, headers)
    if wants_csv:
        return Response(content, 200, headers, f"{CSV}; charset=utf-8")
    name = b"items" if is_report else b"page"
    parts = [b'"position":%d' % found.position, b'"%b":%b' % (name, content)]
    if is_report:
        parts.append(b'"next":' + orjson.dumps(found.next))
    parts.append(b'"notes":' + notes)
    return Response(b"{%b}" % b",".join(parts), 200, headers, "application/json")


def _items(report: Report) -> list[dict[str, Any]]:
    """Return the rows as objects, each with the patient that it is about."""
    if "mrn" not in report.columns:
        return report.objects()
    return [
        {"patient_id": patient_id, **each}
        for patient_id, each in zip(report.patient_ids, report.objects(), strict=True)
    ]
