"""A day's sessions as the front desk sees them: who is to come, who is here, who is not coming."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

DOOR_OPENS = timedelta(hours=4)
"""How long before a session somebody can be checked in."""

SOON = timedelta(minutes=90)
"""How long before a session those who come are thought to come for it."""

GROUPS = (
    ("To come", {"expected"}),
    ("Here", {"here"}),
    ("Left", {"left"}),
    ("Came", {"attended", "incomplete"}),
    ("Not coming", {"excused", "absence_announced", "turned_away"}),
    ("Did not come", {"absent", "no_show", "cancelled"}),
    ("Waiting for a place", {"waiting"}),
)
"""The groups of a roster by the states in them, in the order in which they stand."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A line of the sign-in sheet."""

    arrived_at: datetime
    left_at: datetime | None
    in_by_kiosk: bool = False
    out_by_kiosk: bool = False


@dataclass(frozen=True, slots=True)
class WeekSoFar:
    """Minutes of a patient's week: recorded, of this session, asked by the plan, and to come."""

    done: int
    tonight: int
    asked: int
    ahead: int

    @property
    def is_decided(self) -> bool:
        """Whether it is by this session, the last of the week, that the week is met or not."""
        is_last = 0 < self.tonight == self.ahead
        return is_last and self.done < self.asked <= self.done + self.tonight

    def width(self, minutes: int, of: int = 132) -> int:
        """Return how wide so many minutes are in a bar."""
        return min(of, round(of * minutes / self.asked)) if self.asked else 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another session of the day to which a patient is signed in."""

    session_id: str
    name: str
    since: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A patient's place in a session, and what is known of it."""

    session_id: str
    patient_id: str
    name: str
    mrn: str
    role: str
    state: str
    came_at: datetime | None
    left_at: datetime | None
    minutes: int | None
    makes_up: str | None
    makes_up_day: date | None
    lateness: str
    note: str
    noted_at: datetime | None
    is_excused: bool
    turned_away_at: datetime | None
    waiting_since: datetime | None
    stays: tuple[Stay, ...]
    supporters: int
    supporters_here: int
    week: WeekSoFar | None
    call_by: datetime | None
    is_tested: bool
    elsewhere: Elsewhere | None

    @property
    def key(self) -> str:
        """What names the row on a page."""
        return f"{self.session_id}-{self.patient_id}"

    @property
    def last_stay(self) -> Stay | None:
        """The last line of the sheet."""
        return self.stays[-1] if self.stays else None


@dataclass(frozen=True, slots=True)
class Group:
    """A session with its roster."""

    facts: Mapping[str, Any]
    visits: tuple[Visit, ...]
    color: str
    now: datetime
    signed: tuple[Any, ...] = ()

    @property
    def session_id(self) -> str:
        """The session's id."""
        return str(self.facts["session_id"])

    @property
    def name(self) -> str:
        """What it is called."""
        return name_of(self.facts)

    @property
    def called(self) -> str:
        """What tells it from others: a session of its own by who leads it."""
        leader = self.facts["leader"]
        return f"{self.name} with {leader}" if leader and not self.facts["track_id"] else self.name

    @property
    def starts_at(self) -> datetime:
        """When it starts, on the facility's clocks."""
        return cast("datetime", self.facts["starts_at"])

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return cast("datetime", self.facts["ends_at"])

    @property
    def state(self) -> str:
        """How it stands: scheduled, started, called_off or closed."""
        return str(self.facts["state"])

    @property
    def is_closed(self) -> bool:
        """Whether its attendance is recorded."""
        return self.state == "closed"

    @property
    def is_open(self) -> bool:
        """Whether somebody can be checked in now."""
        takes_place = self.state in {"scheduled", "started"}
        return takes_place and self.starts_at - DOOR_OPENS <= self.now < self.ends_at

    @property
    def is_soon(self) -> bool:
        """Whether those who come now come for it."""
        return self.is_open and self.starts_at - SOON <= self.now

    @property
    def has_begun(self) -> bool:
        """Whether its time has come."""
        return self.now >= self.starts_at

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return self.now >= self.ends_at

    @property
    def is_running(self) -> bool:
        """Whether it is under way, or over with somebody still signed in."""
        takes_place = self.state in {"scheduled", "started"}
        return takes_place and self.has_begun and (not self.is_over or bool(self.of("here")))

    @property
    def is_done(self) -> bool:
        """Whether it is over, and nobody is still signed in."""
        return self.is_closed or (self.is_over and not self.of("here"))

    def of(self, *states: str) -> tuple[Visit, ...]:
        """Return who is in some states."""
        return tuple(each for each in self.visits if each.state in states)

    @property
    def expected(self) -> int:
        """How many are to come or came."""
        return len(self.of("expected", "here", "left", "attended", "incomplete"))

    @property
    def came(self) -> int:
        """How many are here, or were."""
        return len(self.of("here", "left", "attended", "incomplete"))

    @property
    def groups(self) -> list[tuple[str, tuple[Visit, ...]]]:
        """The parts of the roster in which somebody is."""
        found = [(name, self.of(*states)) for name, states in GROUPS]
        return [(name, theirs) for name, theirs in found if theirs]

    @property
    def signed_kinds(self) -> set[str]:
        """What somebody signed for it."""
        return {each.kind for each in self.signed}


def name_of(facts: Mapping[str, Any]) -> str:
    """Return what a session is called: its track, or what is offered in it."""
    if facts["track"]:
        return str(facts["track"])
    services = facts["services"]
    return f"{services[0].capitalize()} session" if services else str(facts["label"])
