"""What is known of programs and sites: which policies are in force, how days are counted. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.compliance.facts.note import OwnNote
from domain.policy import Policy, in_force
from domain.program import Focus
from domain.times import WeekStart


@dataclass(frozen=True, slots=True)
class Version:
    """A policy from a day on, or (None) no longer; the event says so."""

    policy: Policy | None
    event_id: str


Versions = dict[str, dict[date, Version]]
"""By a policy's id, its versions by the day from which each is in force."""


@dataclass(frozen=True, slots=True)
class Treats:
    """For what a program treats, and the event that says so."""

    focus: Focus
    event_id: str


@dataclass(slots=True)
class ProgramFacts:
    """Which policies a program has adopted, and on which days it is closed (by what event)."""

    facility_id: str
    policies: Versions = field(default_factory=dict)
    closures: dict[date, str] = field(default_factory=dict)
    treats: Treats | None = None


@dataclass(frozen=True, slots=True)
class Supervision:
    """Whether notes with a credential ask for a co-signature from a day on; the event says so."""

    needed: bool
    event_id: str


@dataclass(slots=True)
class FacilityFacts:
    """How a site counts days and weeks, and which policies its payers bring, by payer."""

    facility_id: str
    timezone: str
    week_starts_on: WeekStart
    evidence: tuple[str, ...]
    payer_policies: dict[str, Versions] = field(default_factory=dict)
    supervised: dict[str, dict[date, Supervision]] = field(default_factory=dict)
    """By credential, whether its notes ask for a co-signature, from a day on."""

    @property
    def zone(self) -> ZoneInfo:
        """Its clocks."""
        return ZoneInfo(self.timezone)

    def day_of(self, at: datetime) -> date:
        """Return the day on its clocks."""
        return _day_of(at, self.timezone)

    def supervision_of(self, note: OwnNote) -> str | None:
        """Return the event by which a note asks for a co-signature; None where it asks for none."""
        known = self.supervised.get(note.credential)
        said = in_force(known, self.day_of(note.at)) if known else None
        return said.event_id if said and said.needed else None


@lru_cache(maxsize=2**12)
def _day_of(at: datetime, timezone: str) -> date:
    return at.astimezone(ZoneInfo(timezone)).date()
