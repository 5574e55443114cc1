"""The life of an invented clinic of any size, as events: no aggregate is asked, nothing is saved.

Its groups of twelve meet on Monday, Wednesday and Friday from 17:00 to 20:00; nine of ten come.
"""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from domain.aggregate import Cause, Event, Opening
from domain.facility import Facility, FacilityOpened
from domain.patient import Patient, PatientAdmitted, Plan, PlanSet
from domain.program import PolicyAdopted, Program, ProgramOpened
from domain.session import (
    Attendance,
    AttendanceCorrected,
    AttendanceRecorded,
    Credit,
    Meeting,
    Part,
    PatientRostered,
    Session,
    SessionScheduled,
)
from domain.times import instant
from services.policies import packs

FACILITY, PROGRAM = "oak-street", "adult-iop"
ZONE = ZoneInfo("America/New_York")
BEGIN = date(2026, 11, 2)
"""A Monday: the first evening, and the day on which everybody is admitted."""
GROUP = 12
POLICY = "asam-2.1-adult"
NO_SHOW = Attendance("rostered", "no_show", False, False, 165, ())

Command = list[Event]
"""All events of one command."""


def at(day: date, wall: str) -> datetime:
    """The instant at which the clinic's clocks show a time."""
    return instant(day, time.fromisoformat(wall), ZONE)


def evening(number: int) -> date:
    """The day of an evening, counted from the first."""
    week, nth = divmod(number, 3)
    return BEGIN + timedelta(weeks=week, days=2 * nth)


def came(minutes: int) -> Attendance:
    """Attendance of somebody who left so many minutes before the end."""
    credits = (Credit("group", 90), Credit("skills", 75 - minutes))
    return Attendance("rostered", "attended", False, minutes > 10, 165, credits)


@dataclass
class Clinic:
    """A clinic of so many patients; the same number gives the same life."""

    patients: Sequence[str]
    _chance: random.Random
    _versions: Counter[str] = field(default_factory=Counter)
    _recorded: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, size: int) -> "Clinic":
        chance = random.Random(size)
        ids = [f"patient-{uuid.UUID(int=chance.getrandbits(128)).hex}" for _ in range(size)]
        return cls(ids, chance)

    @property
    def groups(self) -> list[Sequence[str]]:
        """The groups; who is left over joins one that is there."""
        groups = len(self.patients) // GROUP
        return [self.patients[number::groups] for number in range(groups)]

    # What happens, each as one command

    def opens(self) -> Iterator[Command]:
        tell = self._command(at(BEGIN, "07:00"))
        opened = partial(tell, FacilityOpened, Facility.id_of(FACILITY), name="Oak Street")
        yield [opened(timezone=ZONE.key, week_starts_on="monday", late_after_minutes=10)]
        program = Program.id_of(FACILITY, PROGRAM)
        tell = self._command(at(BEGIN, "07:01"))
        begins = partial(tell, ProgramOpened, program, program_id=PROGRAM, name="Adult IOP")
        people = {"population": "adult", "focus": "substance-use"}
        yield [begins(**people, weekly_minutes=540, days_per_week=3)]
        tell = self._command(at(BEGIN, "07:02"))
        yield [tell(PolicyAdopted, program, policy=packs()[POLICY], from_day=BEGIN)]

    def admits(self) -> Iterator[Command]:
        for patient in self.patients:
            tell = self._command(at(BEGIN, "08:00"))
            admitted = partial(tell, PatientAdmitted, patient, program_id=PROGRAM, payer="medicaid")
            yield [admitted(admitted_on=BEGIN, focus="substance-use", override="no referral")]
            tell = self._command(at(BEGIN, "08:00"))
            yield [tell(PlanSet, patient, plan=Plan(540, 3), effective_from=BEGIN)]

    def schedules(self, evenings: range) -> Iterator[Command]:
        for number in evenings:
            for group, expected in enumerate(self.groups):
                session = self._session(group, number)
                tell = self._command(at(BEGIN, "09:00"))
                meeting = _meeting(group, evening(number))
                yield [
                    tell(SessionScheduled, session, label=f"group-{group}", meeting=meeting),
                    *(tell(PatientRostered, session, patient_id=each) for each in expected),
                ]

    def closes(self, number: int, groups: int | None = None) -> Iterator[Command]:
        """Close an evening's sessions, of all groups or of the first so many."""
        for group, expected in enumerate(self.groups[:groups]):
            session = self._session(group, number)
            tell = self._command(at(evening(number), "22:00"))
            yield [
                tell(AttendanceRecorded, session, patient_id=each, **self._visit(session, each))
                for each in expected
            ]

    def corrects(self, number: int, how_many: int, now: datetime) -> Iterator[Command]:
        """Put an evening right for the first so many patients: each left a little earlier."""
        where = ((group, each) for group, known in enumerate(self.groups) for each in known)
        for _, (group, patient) in zip(range(how_many), where, strict=False):
            session = self._session(group, number)
            tell = self._command(now)
            corrected = partial(tell, AttendanceCorrected, session, patient_id=patient)
            said = {"makes_up": None, "reason": "sheet found", "credential": "LCSW"}
            corrects = self._recorded[session, patient]
            yield [corrected(attendance=came(5), corrects=corrects, **said)]

    # How it is told

    def _session(self, group: int, number: int) -> str:
        return Session.id_of(FACILITY, f"group-{group}", evening(number))

    def _visit(self, session: str, patient: str) -> dict[str, object]:
        self._recorded[session, patient] = self._versions[session] + 1
        there = self._chance.random() < 0.9
        return {"attendance": came(0) if there else NO_SHOW, "makes_up": None}

    def _command(self, now: datetime) -> Callable[..., Event]:
        """Return what makes the events of one command."""
        id = uuid.UUID(int=self._chance.getrandbits(128)).hex
        return partial(self._tell, Cause(f"command-{id}", now, "staff-7"))

    def _tell(self, cause: Cause, event: type[Event], id: str, **facts: object) -> Event:
        self._versions[id] += 1
        if issubclass(event, Opening):
            facts["originator_topic"] = _AGGREGATES[event]
        return event(
            originator_id=id,
            originator_version=self._versions[id],
            timestamp=cause.at,
            facility_id=FACILITY,
            command_id=cause.command_id,
            author=cause.author,
            **facts,
        )


_AGGREGATES: dict[type[Event], str] = {
    FacilityOpened: Facility.TOPIC,
    ProgramOpened: Program.TOPIC,
    PatientAdmitted: Patient.TOPIC,
    SessionScheduled: Session.TOPIC,
}


def _meeting(group: int, day: date) -> Meeting:
    return Meeting(
        program_id=PROGRAM,
        track_id=f"group-{group}",
        day=day,
        starts_at=at(day, "17:00"),
        ends_at=at(day, "20:00"),
        parts=(
            Part(at(day, "17:00"), at(day, "18:30"), "group", "Process group"),
            Part(at(day, "18:30"), at(day, "18:45"), "break", "Break"),
            Part(at(day, "18:45"), at(day, "20:00"), "skills", "Relapse prevention"),
        ),
        room_id=f"room-{group}",
        staff_id=f"staff-{group}",
        places=GROUP + 1,
        occurrence=day,
    )
