"""A payload of each command, about whichever patient."""

from collections.abc import Iterator
from typing import Any

from tests.contracts.orders import payloads
from tests.support.two_clinics import NOW, OWN_STAFF, Known

PATIENTS = frozenset({"patient_id", "to", "into", "duplicate_id"})
SESSIONS = frozenset({"session_id", "session_ids", "makes_up"})
"""What the ids of payloads are called."""

PAYLOADS = payloads()

SAID_BY_ANYBODY = {
    "staff_id": OWN_STAFF,
    **{"amendment": {"reason": "the sheet was found", "credential": None}},
    **{"excused": False, "notified_at": NOW.isoformat()},
}
"""What payloads have that anybody may say of whom a command is allowed to."""


def about_patient(payload: Any, known: Known | None, key: str = "") -> Any:
    """Return a payload in which all ids are of a patient."""
    if key in SAID_BY_ANYBODY:
        return SAID_BY_ANYBODY[key]
    if isinstance(payload, dict):
        return {name: about_patient(each, known, name) for name, each in payload.items()}
    if isinstance(payload, list):
        return [about_patient(each, known, key) for each in payload]
    if known is None or payload is None:
        return payload
    match key:
        case _ if key in PATIENTS:
            return known.patient_id
        case _ if key in SESSIONS:
            return known.sessions[2]
        case "assessment_id":
            return known.assessment_id
    return payload


def mixed(command: str, own: Known, foreign: Known) -> Iterator[dict[str, Any]]:
    """Yield payloads about a patient, in each of which one id is that of somebody else."""
    payload = about_patient(PAYLOADS[command], own)
    for name in payload.keys() & PATIENTS:
        yield payload | {name: foreign.patient_id}
    for name in payload.keys() & SESSIONS:
        id_ = foreign.sessions[2]
        yield payload | {name: [own.sessions[2], id_] if name == "session_ids" else id_}
