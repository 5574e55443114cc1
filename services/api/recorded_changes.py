"""What changed, as the journal and what was told of findings say it: ids and positions, no names.

Events are not decoded: their topic and a few of their fields say it all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import orjson
from eventsourcing.persistence import Notification
from eventsourcing.utils import TopicError, resolve_topic

from domain.aggregate import Privacy
from projections.view import View
from services.journal import Journal
from services.publishing.findings import NAME as FINDINGS
from services.publishing.outbox import Outbox
from services.read_models.decoding import matters

Kind = Literal["session", "roster", "patient", "finding", "facility"]

OF_A_PATIENT = frozenset(
    {
        *("assessment", "drug-testing", "identity", "incidents", "kiosk-code", "patient"),
        *("record-number", "screening"),
    }
)
"""Aggregates that are about one patient; `patient` apart, their first event says about whom."""

UNSEEN = frozenset({"calendar"})
"""Aggregates that no view shows: what they say stands in the events of others, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that is otherwise at a facility.

    `position` is one of the journal's: who reads the views as of it sees the change. `type` is the
    topic of the event, `privacy` its class. `staff_id` is whom a finding about no patient is about.
    """

    kind: Kind
    position: int
    type: str
    facility_id: str
    privacy: Privacy = "care"
    session_id: str | None = None
    patient_id: str | None = None
    finding_id: str | None = None
    staff_id: str | None = None

    def as_data(self) -> dict[str, str | int | None]:
        """Return what is sent of it."""
        return {
            "kind": self.kind,
            "position": self.position,
            "type": self.type,
            "session_id": self.session_id,
            "patient_id": self.patient_id,
            "finding_id": self.finding_id,
        }


@dataclass(slots=True)
class Window:
    """Some events after a position, in order: how many, the last one's position, what changed.

    `shown_by` says up to which position each view shows it.
    """

    count: int
    last: int
    changes: list[Change] = field(default_factory=list)
    shown_by: dict[str, int] = field(default_factory=dict)


class RecordedChanges:
    """Reads what changed. Its functions wait for PostgreSQL: they are called in a thread."""

    def __init__(self, journal: Journal, views: Collection[View]) -> None:
        self.journal = journal
        self._outbox = Outbox(journal, FINDINGS)
        self._views = views

    def place(self) -> tuple[int, int]:
        """Return the last positions of the journal and of what was told of findings."""
        return self.journal.position(), self._outbox.position()

    def after(self, position: int, limit: int) -> Window:
        """Return what changed by the next events after a position, at most `limit` of them."""
        events = self.journal.after(position, limit)
        said = [orjson.loads(each.state) for each in events]
        unnamed = [
            str(event.originator_id)
            for event, state in zip(events, said, strict=True)
            if _aggregate_of(event) in OF_A_PATIENT - {"patient"} and not state.get("patient_id")
        ]
        patients = self._patients_of(unnamed) if unnamed else {}
        window = Window(len(events), events[-1].id if events else position)
        for event, state in zip(events, said, strict=True):
            found = changes_of(event, state, patients)
            window.changes += found
            for view in self._views if found else ():
                if matters(view, event.topic):
                    window.shown_by[view.name] = event.id
        return window

    def findings_after(self, told: int, limit: int, position: int) -> tuple[int, list[Change]]:
        """Return which findings turned by the next messages, and the position of the last one.

        The views show them as of the journal's `position`.
        """
        messages = self._outbox.after(told, limit)
        found = [_finding(each, orjson.loads(each.state), position) for each in messages]
        return (messages[-1].id if messages else told), found

    def _patients_of(self, aggregates: Sequence[str]) -> dict[str, str | None]:
        """Return about whom aggregates are, as their first events say."""
        found = self.journal.openings(aggregates)
        return {each: orjson.loads(state).get("patient_id") for each, state in found.items()}


def changes_of(
    event: Notification, state: Mapping[str, Any], patients: Mapping[str, str | None]
) -> Iterable[Change]:
    """Return what an event changed: nothing that is seen, one thing, or the same for two patients.

    `patients` are those of aggregates that do not say themselves about whom they are.
    """
    aggregate, about = _aggregate_of(event), str(event.originator_id)
    if aggregate in UNSEEN:
        return ()
    said: dict[str, Any] = {
        "position": event.id,
        "type": event.topic,
        "facility_id": state["facility_id"],
        "privacy": privacy_of(event.topic),
    }
    if aggregate == "session":
        of = [state[each] for each in ("patient_id", "to_patient_id") if state.get(each)]
        if not of:
            kind: Kind = "roster" if "supporter" in event.topic else "session"
            return (Change(kind=kind, session_id=about, **said),)
        return [Change(kind="roster", session_id=about, patient_id=each, **said) for each in of]
    patient = about if aggregate == "patient" else state.get("patient_id") or patients.get(about)
    if patient or aggregate in OF_A_PATIENT:
        session = state.get("session_id")
        return (Change(kind="patient", patient_id=patient, session_id=session, **said),)
    return (Change(kind="facility", **said),)


@cache
def privacy_of(topic: str) -> Privacy:
    """Return the class of an event: of one that nobody knows, the strictest."""
    try:
        found: Privacy = resolve_topic(topic).PRIVACY
    except (TopicError, AttributeError):
        return "clinical"
    return found


def _finding(message: Notification, said: Mapping[str, Any], position: int) -> Change:
    about = said["about"] or ""
    is_session = about.startswith("session-")
    return Change(
        kind="finding",
        position=position,
        type=message.topic,
        facility_id=said["facility_id"],
        session_id=about if is_session else None,
        patient_id=said["patient_id"],
        finding_id=said["finding_id"],
        staff_id=None if is_session else about or None,
    )


def _aggregate_of(event: Notification) -> str:
    return event.topic.partition(".")[0]
