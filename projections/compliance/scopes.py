"""What of a file is judged: by a command, or because time has passed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.aggregate import Event
from domain.compliance.evaluation import (
    PARTS,
    Part,
    Scope,
)
from domain.compliance.facts import (
    FacilityFacts,
    PatientFacts,
    SessionFacts,
)
from projections.compliance.case_file import CaseFile, Key, Wait

DAY = timedelta(days=1)


@dataclass(slots=True)
class Touched:
    """What a command changes of a file: of each part from which day on, and by which events.

    `helped` tells that it changes what can still be done besides, which is nothing of theirs.
    """

    since: dict[Part, date] = field(default_factory=dict)
    helped: bool = False
    events: list[Event] = field(default_factory=list)

    @classmethod
    def from_day(cls, since: date) -> "Touched":
        """Return that everything is otherwise from a day on."""
        return cls(dict.fromkeys(PARTS, since))


def ground_of(file: CaseFile) -> set[Key]:
    """Return the keys of the site and the programs by which a file is judged."""
    if file.kind not in {"patient", "session", "counselor", "census"}:
        return set()
    programs: set[Key] = {("program", each) for each in file.programs}
    return programs | {("facility", file.facts.facility_id)}


def begun(file: CaseFile, wait: Wait, since: date) -> date:
    """Return the first day of what time alone can decide from a day on."""
    if isinstance(file.facts, PatientFacts) and file.judged_at is None:
        return min((each.admitted_on for each in file.facts.stays), default=since)
    return min(wait.open_since or since, since)


def scope_of(
    file: CaseFile, now: datetime, site: FacilityFacts, from_day: Mapping[Part, date]
) -> Scope:
    """Return that each part of a file is judged from its day on; those without one are not."""
    through, since = site.day_of(now) - DAY, min(from_day.values(), default=date.max)
    match file.facts:
        case PatientFacts():
            days, visits, stays, weeks = (
                from_day.get(part, date.max) for part in ("days", "visits", "stays", "weeks")
            )
            return Scope(now, through, days, visits, stays, weeks)
        case SessionFacts() as facts if since < date.max:
            since = min(facts.day, since)
    return Scope.since(since, now, through)
