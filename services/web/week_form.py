"""What somebody gave in a form of the Week page, and the change that it comes to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import to_jsonable_python

from domain.facility import Facility
from domain.program import Program
from domain.session import Session
from services.journal import Journal

NOT_SAID_YET = "not said yet"
"""Stands for the reason of a change while nobody has typed one."""

UNDONE = "It was a mistake"


LABELS: Mapping[str, str] = {
    "session_id": "The session",
    "program_id": "The program",
    "track": "The track",
    "day": "The day",
    "begins": "Begins",
    "ends": "Ends",
    "room_id": "The room",
    "title": "The name",
    "service": "The service",
    "places": "The number of places",
}
"""What the fields are called, where something is wrong with them."""


class Unsound(Exception):
    """A field of a form is not what it has to be."""


@dataclass(frozen=True, slots=True)
class Change:
    """A command, what is said once it is done, and what undoes it; `whole` once nothing lacks.

    `notes` say what else somebody has to know of it beforehand.
    """

    command: str
    payload: dict[str, Any]
    said: str
    undo: dict[str, Any] | None = None
    whole: bool = True
    notes: tuple[str, ...] = ()

    @property
    def taking_off(self) -> frozenset[str]:
        """The patients who are taken off the roster if they cannot come then."""
        return frozenset(self.payload.get("taking_off", ()))


@dataclass(frozen=True, slots=True)
class Given:
    """The fields of a form, and what they are about."""

    journal: Journal
    facility_id: str
    zone: ZoneInfo
    may: Callable[[str], bool]
    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a field that has to be there. Raises Unsound."""
        found = self.fields.get(name, "").strip()
        if not found:
            raise Unsound(f"{LABELS[name]} is missing")
        return found

    def day(self, name: str = "day") -> date:
        """Return a day. Raises Unsound."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise Unsound(f"{LABELS[name]} has to be a day, like 2026-11-20") from None

    def clock(self, name: str) -> time:
        """Return a time of day. Raises Unsound."""
        try:
            return time.fromisoformat(self.text(name))
        except ValueError:
            raise Unsound(f"{LABELS[name]} has to be a time, like 17:30") from None

    @property
    def reason(self) -> str:
        """Why, as far as somebody has said."""
        return self.fields.get("reason", "").strip() or NOT_SAID_YET

    def session(self) -> Session:
        """Return the session that it is about. Raises Unsound."""
        found = self.journal.load(self.text("session_id"))
        if not isinstance(found, Session) or found.facility_id != self.facility_id:
            raise Unsound("there is no such session")
        return found

    def program(self, program_id: str) -> Program:
        """Return a program. Raises Unsound."""
        found = self.journal.load(Program.id_of(self.facility_id, program_id))
        if not isinstance(found, Program):
            raise Unsound("there is no such program")
        return found

    def facility(self) -> Facility:
        """Return the facility. Raises Unsound."""
        found = self.journal.load(Facility.id_of(self.facility_id))
        if not isinstance(found, Facility):
            raise Unsound("there is no such facility")
        return found

    def name_of(self, session: Session) -> str:
        """Return what a session is called. Raises Unsound."""
        track_id = session.meeting.track_id
        if track_id is None:
            return session.label
        return self.program(session.meeting.program_id).series(track_id).track.name

    def times(self) -> tuple[time, time]:
        """Return when a meeting begins and ends. Raises Unsound."""
        begins, ends = self.clock("begins"), self.clock("ends")
        if ends <= begins:
            raise Unsound("it has to end after it begins")
        return begins, ends

    def change(
        self,
        command: str,
        payload: Mapping[str, Any],
        said: str,
        undo: tuple[str, Mapping[str, Any]] | None = None,
    ) -> Change:
        """Return the change, as JSON has it."""
        back = undo and {"command": undo[0], "payload": to_jsonable_python(undo[1])}
        whole = payload.get("reason", "") != NOT_SAID_YET
        if "deviation" in payload:
            whole = payload["deviation"]["reason"] != NOT_SAID_YET
        return Change(command, to_jsonable_python(payload), said, back, whole)
