"""How a history words an event: the part of the record it belongs to, and a sentence."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from domain.aggregate import Event
from domain.author import staff_id_of
from domain.times import in_week_order

Part = Literal[
    "visits",
    "roster",
    "schedule",
    "identity",
    "candidacy",
    "episodes",
    "plan",
    "authorizations",
    "screening",
    "assessments",
    "drug_tests",
    "supporters",
    "meetings_of_others",
    "resources",
    "outreach",
    "consents",
    "disclosures",
    "waivers",
    "signatures",
    "policies",
    "site",
    "upkeep",
]
"""The parts of a record. Those of a patient's page are called as they are there."""

BY_ITSELF = {
    "daybook": "Daybook, by itself",
    "import": "Import of files",
    "command line": "Command line",
}
"""What programs are called that are authors."""

DAYS_IN_WORDS = {
    "MO": "Mon",
    "TU": "Tue",
    "WE": "Wed",
    "TH": "Thu",
    "FR": "Fri",
    "SA": "Sat",
    "SU": "Sun",
}


def clock(at: datetime | time) -> str:
    """Return a time of day, as 5:52 pm."""
    return f"{at.hour % 12 or 12}:{at:%M} {'am' if at.hour < 12 else 'pm'}"


def day(of: date) -> str:
    """Return a day, as Thu, Nov 19, 2026."""
    return f"{of:%a, %b} {of.day}, {of.year}"


def span(first: date, last: date | None) -> str:
    """Return from which day to which."""
    if last is None:
        return f"from {day(first)}"
    return f"on {day(first)}" if first == last else f"{day(first)} to {day(last)}"


def hours(minutes: int) -> str:
    """Return minutes as hours, as 3 h 10 min."""
    whole, rest = divmod(minutes, 60)
    said = [f"{whole} h"] if whole else []
    return " ".join([*said, f"{rest} min"] if rest or not whole else said)


def words(code: str) -> str:
    """Return a code as words: `step-down` as step down."""
    return code if code in {"co-occurring", "12-step"} else code.replace("-", " ").replace("_", " ")


def listed(each: Collection[str]) -> str:
    """Return codes in words, one after the other."""
    return ", ".join(map(words, each))


def weekdays(each: Collection[str]) -> str:
    """Return the days of a week, in its order."""
    return ", ".join(DAYS_IN_WORDS[name] for name in in_week_order(each))


class SessionKnown(NamedTuple):
    """What a session is called, and its day."""

    label: str
    day: date


@dataclass(frozen=True, slots=True)
class Names:
    """What is called what at a facility, and its clocks."""

    zone: ZoneInfo
    sessions: Mapping[str, SessionKnown] = field(default_factory=dict)
    tracks: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, str] = field(default_factory=dict)
    rooms: Mapping[str, str] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)

    def clock(self, at: datetime) -> str:
        """Return an instant as a time of day on the facility's clocks."""
        return clock(at.astimezone(self.zone))

    def moment(self, at: datetime) -> str:
        """Return an instant with its day."""
        local = at.astimezone(self.zone)
        return f"{day(local.date())} at {clock(local)}"

    def session(self, session_id: str) -> str:
        """Return what a session is called, with its day."""
        known = self.sessions.get(session_id)
        return f"{known.label} on {day(known.day)}" if known else "a session"

    def track(self, track_id: str) -> str:
        """Return what a track is called."""
        return self.tracks.get(track_id, track_id)

    def program(self, program_id: str) -> str:
        """Return what a program is called."""
        return self.programs.get(program_id, program_id)

    def room(self, room_id: str) -> str:
        """Return what a room is called."""
        return self.rooms.get(room_id, room_id)

    def person(self, staff_id: str | None) -> str:
        """Return what somebody on the staff is called."""
        return "nobody" if staff_id is None else self.staff.get(staff_id, staff_id)

    def author(self, author: str) -> str:
        """Return who recorded something: their name as of then, or what a program is called."""
        said, bracket, _ = author.rpartition(" [")
        if bracket:
            return said
        if author.startswith("patient-"):
            return "the patient"
        return BY_ITSELF.get(author) or self.staff.get(staff_id_of(author), author)


@dataclass(frozen=True, slots=True)
class Wording:
    """How events of a type are worded: the part of the record, and what is said of one."""

    part: Part
    says: Callable[[Any, Names], str]
    happened_at: Callable[[Any], datetime | None] = lambda _: None


Words = Mapping[type[Event], Wording]
