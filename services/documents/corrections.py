"""What was put right in a record: what stood before, what stands now, by whom, when and why."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.documents.kind import Asked
from services.reports.history import whole_history
from services.reports.history_telling import Subject
from services.reports.queries import ReportQueries


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction; `old` is None where something was entered late, and stood nowhere before."""

    session: str | None
    session_day: date | None
    patient: str | None
    old: str | None
    new: str
    author: str
    at: datetime
    reason: str | None


LATE = frozenset({"session.late-sign-in-entered", "session.late-check-out-entered"})
"""What is entered after a session was closed, and corrects nothing that was written."""


def corrections_of(
    reports: ReportQueries,
    asked: Asked,
    *,
    patient_id: str | None = None,
    session_id: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> tuple[Correction, ...]:
    """Return the corrections of a patient's or a session's visits, in the order of recording.

    The sessions are those of some days.
    """
    subject = Subject(patient_id, session_id)
    told = whole_history(reports, subject, "visits", asked.position).objects()
    said: dict[str, dict[str, Any]] = {each["event"]: each for each in told}
    found = []
    for each in reversed(told):
        day = each["session_day"]
        if day is not None and ((first and day < first) or (last and day > last)):
            continue
        wrong = said.get(each["corrects"] or "")
        if wrong is None and each["kind"] not in LATE:
            continue
        found.append(
            Correction(
                session=each["session"],
                session_day=day,
                patient=each["name"],
                old=wrong["what"] if wrong else None,
                new=each["what"],
                author=each["author"],
                at=each["recorded_at"],
                reason=each["reason"],
            )
        )
    return tuple(found)
