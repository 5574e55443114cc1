"""A file: what is known of a patient, a session, a counselor, a program, who is in it, a site."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Literal

from pydantic import TypeAdapter

from domain.compliance.evaluation import Part, PatientJudge
from domain.compliance.facts import (
    CensusFacts,
    CounselorFacts,
    DayFacts,
    FacilityFacts,
    PatientFacts,
    ProgramFacts,
    SessionFacts,
    Visit,
)
from domain.program import Program
from projections.compliance.bulk_write import Row
from projections.compliance.transitions import Verdict

Kind = Literal["facility", "program", "day", "patient", "session", "counselor", "census", "testing"]
Key = tuple[Kind, str]

EVER = date(1900, 1, 1)
"""A day before all that is judged, with whole weeks around it."""

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Nothing waits for this instant or a later one."""

SHAPES: dict[Kind, TypeAdapter[Any]] = {
    "facility": TypeAdapter(FacilityFacts),
    "program": TypeAdapter(ProgramFacts),
    "day": TypeAdapter(DayFacts),
    "patient": TypeAdapter(PatientFacts),
    "session": TypeAdapter(SessionFacts),
    "counselor": TypeAdapter(CounselorFacts),
    "census": TypeAdapter(CensusFacts),
    "testing": TypeAdapter(str),
}

VERDICTS = TypeAdapter(dict[str, Verdict])


@dataclass(slots=True)
class Wait:
    """When there is more to say of a part of a file, and of what.

    `open_since` is no later than the first day of anything that is not decided; `watches` are the
    keys of the days whose open sessions decide what can still be done.
    """

    due_at: datetime | None = None
    open_since: date | None = None
    watches: tuple[str, ...] = ()


WAITS = TypeAdapter(dict[Part, Wait])
_VISIT = TypeAdapter(Visit)
VISITS = TypeAdapter(list[Visit])


@dataclass(slots=True)
class CaseFile:
    """What is known of one of them; of whose drug tests a record is, the patient's id.

    `judged_at` is the instant for which it was judged last, of a site that at which something was
    recorded there last; `waits` tells of each part when there is more to say.
    `command_id` is of the last command that touched it, `told` are that command's events so far,
    `late` tells whether any of them is more than a first record, and `before` are the verdicts, by
    the finding's name, that it changed.
    """

    kind: Kind
    id: str
    facts: Any
    judged_at: datetime | None = None
    waits: dict[Part, Wait] = field(default_factory=dict)
    command_id: str | None = None
    told: tuple[str, ...] = ()
    late: bool = False
    before: dict[str, Verdict] = field(default_factory=dict)
    facts_changed: bool = False
    """Whether more is otherwise than visits and what it waits for."""
    visits_changed: set[str] = field(default_factory=set)
    """Of a patient, the sessions at which the visit is otherwise."""
    used: int = 0
    """The number of the batch that used it last."""
    judge: PatientJudge | None = None
    """Who judges it; None once anything but visits is otherwise."""
    _programs: frozenset[str] | None = None

    @property
    def due_at(self) -> datetime | None:
        """When there is more to say of it."""
        found: datetime | None = None
        for each in self.waits.values():
            if each.due_at and (found is None or each.due_at < found):
                found = each.due_at
        return found

    @property
    def watches(self) -> set[str]:
        """The keys of the days whose open sessions decide what can still be done."""
        return {day for each in self.waits.values() for day in each.watches}

    @property
    def facility_id(self) -> str | None:
        """The site; of whose drug tests a record is, none."""
        return None if self.kind == "testing" else str(self.facts.facility_id)

    def forget_judge(self) -> None:
        """Have it judged by what is known now, of whatever but visits."""
        self.judge = self._programs = None

    @property
    def programs(self) -> frozenset[str]:
        """The ids of the programs' aggregates by which it is judged."""
        if self._programs is None:
            self._programs = frozenset(self._program_ids())
        return self._programs

    def _program_ids(self) -> set[str]:
        match self.facts:
            case PatientFacts() as facts:
                named = {each.program_id for each in facts.stays}
            case SessionFacts() | CensusFacts() as facts:
                named = {facts.program_id}
            case CounselorFacts() as facts:
                named = {each.program_id for known in facts.clients.values() for each in known}
            case _:
                return set()
        return {Program.id_of(facts.facility_id, each) for each in named}

    @property
    def leans_on(self) -> set[str]:
        """What changes how it is judged: its site, the programs and the payers' policies."""
        match self.facts:
            case PatientFacts() as facts:
                payers = {payer_key(facts.facility_id, each.who) for each in facts.payers}
                return {facts.facility_id, *payers, *self.programs}
            case CounselorFacts() | CensusFacts() as facts:
                clients = (each for known in facts.clients.values() for each in known)
                who = {paid.who for each in clients for paid in each.payers}
                payers = {payer_key(facts.facility_id, each) for each in who}
                return {facts.facility_id, *payers, *self.programs}
        return set(self.programs)

    @property
    def day(self) -> date | None:
        """Of a session its day."""
        return self.facts.day if isinstance(self.facts, SessionFacts) else None

    @property
    def row(self) -> Row:
        """What is kept of it, but for visits."""
        of_patient = self.kind == "patient"
        body = SHAPES[self.kind].dump_json(self.facts, exclude={"visits"} if of_patient else None)
        return {
            "kind": self.kind,
            "id": self.id,
            "facility_id": self.facility_id,
            "body": body.decode(),
            "leans_on": sorted(self.leans_on),
            "day": self.day,
            **self.waiting_row,
        }

    @property
    def waiting_row(self) -> Row:
        """What is kept of what it waits for."""
        return {
            "kind": self.kind,
            "id": self.id,
            "judged_at": self.judged_at,
            "due_at": self.due_at,
            "waits": WAITS.dump_json(self.waits).decode(),
            "watches": sorted(self.watches),
            "command_id": self.command_id,
            "told": self.told,
            "late": self.late,
            "before": VERDICTS.dump_json(self.before).decode(),
        }

    @property
    def visit_rows(self) -> Iterator[Row]:
        """What is kept of the visits that are otherwise; the body is None where there is none."""
        for session_id in self.visits_changed:
            visit = self.facts.visits.get(session_id)
            body = visit and _VISIT.dump_json(visit).decode()
            yield {"patient_id": self.id, "session_id": session_id, "body": body}

    def wait_for(self, part: Part, at: datetime) -> None:
        """Remember that there is more to say of a part at an instant, or before."""
        if at < NEVER:
            wait = self.waits.setdefault(part, Wait())
            wait.due_at = min(wait.due_at or at, at)


def payer_key(facility_id: str, payer: str) -> str:
    """Return what files lean on that go by a payer's policies."""
    return f"payer {facility_id} {payer}"


@lru_cache(maxsize=2**14)
def day_key(program_id: str, day: date) -> Key:
    """Return the key of what a program, by its aggregate's id, offers on a day."""
    return "day", f"{program_id} {day.isoformat()}"


def census_key(facility_id: str, program_id: str) -> Key:
    """Return the key of the file of who is in a program."""
    return "census", Program.id_of(facility_id, program_id)


def counselor_key(facility_id: str, staff_id: str) -> Key:
    """Return the key of a counselor's file."""
    return "counselor", f"{facility_id} {staff_id}"
