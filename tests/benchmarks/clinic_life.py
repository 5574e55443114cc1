"""The life of an invented clinic of any size, as events: no aggregate is asked, nothing is saved.

Its groups of twelve meet on Monday, Wednesday and Friday from 17:00 to 20:15; nine of ten come.
"""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from itertools import chain, islice
from typing import Any, Self
from zoneinfo import ZoneInfo

from domain.aggregate import CommandContext, Event, Opening
from domain.facility import Facility, FacilityOpened
from domain.patient import Patient, PatientAdmitted, Plan, PlanSet
from domain.program import PolicyAdopted, Program, ProgramOpened
from domain.session import (
    AbsenceAnnounced,
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
from services.policy_packs import packs

FACILITY, PROGRAM = "oak-street", "adult-iop"
ZONE = ZoneInfo("America/New_York")
BEGIN = date(2026, 11, 2)
"""A Monday: the first evening, and the day on which everybody is admitted."""
GROUP = 12
POLICIES = ("asam-2.1-adult", "program-standards-adult")
NO_SHOW = Attendance("rostered", "no_show", False, False, 180, ())

Command = list[Event]
"""All events of one command."""

Tell = Callable[..., Event]
"""Makes an event of a command from its class, its aggregate's id and its facts."""


def at(day: date, wall: str) -> datetime:
    """Return the instant at which the clinic's clocks show a time."""
    return instant(day, time.fromisoformat(wall), ZONE)


def evening(number: int, begin: date = BEGIN) -> date:
    """Return the day of an evening, counted from the first, which is a Monday."""
    week, nth = divmod(number, 3)
    return begin + timedelta(weeks=week, days=2 * nth)


def came(minutes: int) -> Attendance:
    """Return the attendance of somebody who left so many minutes before the end."""
    credits = (Credit("group", 90), Credit("skills", 90 - minutes))
    return Attendance("rostered", "attended", False, minutes > 10, 180, credits)


@dataclass
class Clinic:
    """A clinic of so many patients; the same number gives the same life."""

    patients: Sequence[str]
    _chance: random.Random
    facility_id: str = FACILITY
    begin: date = BEGIN
    _versions: Counter[str] = field(default_factory=Counter)
    _recorded: dict[tuple[str, str], int] = field(default_factory=dict)
    _import: Tell | None = None

    @classmethod
    def of(cls, size: int, facility_id: str = FACILITY, begin: date = BEGIN) -> Self:
        chance = random.Random(size if facility_id == FACILITY else f"{facility_id} {size}")
        patients = [f"patient-{_hex(chance)}" for _ in range(size)]
        return cls(patients, chance, facility_id, begin)

    def evening(self, number: int) -> date:
        return evening(number, self.begin)

    @cached_property
    def groups(self) -> list[Sequence[str]]:
        """The groups; who is left over joins one that is there."""
        groups = len(self.patients) // GROUP
        return [self.patients[number::groups] for number in range(groups)]

    # Its history

    def lived(self, past: range, to_come: range) -> Iterator[Event]:
        """Return what happened, as it happened, command by command."""
        groups = range(len(self.groups))
        evenings = [*past, *to_come]
        commands = chain(
            self.opens(),
            chain.from_iterable(
                chain(self.admits(group), (self.schedules(group, each) for each in evenings))
                for group in groups
            ),
            (self.closes(group, each) for each in past for group in groups),
        )
        return chain.from_iterable(commands)

    def imported(self, past: range, to_come: range, now: datetime) -> Iterator[Event]:
        """Return the same history as one import tells it: all of a group, then of the next."""
        self._import = self._command(now)
        yield from chain.from_iterable(self.opens())
        for group in range(len(self.groups)):
            yield from chain.from_iterable(self.admits(group))
            for number in past:
                yield from self.schedules(group, number)
                yield from self.closes(group, number)
            for number in to_come:
                yield from self.schedules(group, number)
        self._import = None

    # What happens

    def opens(self) -> Iterator[Command]:
        tell = self._command(at(self.begin, "07:00"))
        opened = partial(tell, FacilityOpened, Facility.id_of(self.facility_id), name="Oak Street")
        yield [opened(timezone=ZONE.key, week_starts_on="monday", late_after_minutes=10)]
        program = Program.id_of(self.facility_id, PROGRAM)
        tell = self._command(at(self.begin, "07:01"))
        begins = partial(tell, ProgramOpened, program, program_id=PROGRAM, name="Adult IOP")
        people = {"population": "adult", "focus": "substance-use"}
        yield [begins(**people, weekly_minutes=540, days_per_week=3)]
        for each in POLICIES:
            tell = self._command(at(self.begin, "07:02"))
            yield [tell(PolicyAdopted, program, policy=packs()[each], from_day=self.begin)]

    def admits(self, group: int) -> Iterator[Command]:
        for patient in self.groups[group]:
            tell = self._command(at(self.begin, "08:00"))
            admitted = partial(tell, PatientAdmitted, patient, program_id=PROGRAM, payer="medicaid")
            yield [admitted(admitted_on=self.begin, focus="substance-use", override="no referral")]
            tell = self._command(at(self.begin, "08:00"))
            yield [tell(PlanSet, patient, plan=Plan(540, 3), effective_from=self.begin)]

    def newcomers(self, how_many: int, admitted_on: date, now: datetime) -> Iterator[Command]:
        """Admit some more, late on record, who are in no group."""
        for number in range(how_many):
            tell = self._command(now)
            admitted = partial(tell, PatientAdmitted, f"newcomer-{number}", program_id=PROGRAM)
            said = {"payer": "medicaid", "focus": "substance-use", "override": "no referral"}
            yield [admitted(admitted_on=admitted_on, **said)]

    def offers(self, label: str, starts_at: datetime, minutes: int, now: datetime) -> Command:
        """Put a session of its own on the schedule to which everybody could come."""
        day, ends_at = starts_at.astimezone(ZONE).date(), starts_at + timedelta(minutes=minutes)
        part = Part(starts_at, ends_at, "group", "Process group")
        times = (day, starts_at, ends_at, (part,))
        meeting = Meeting(PROGRAM, None, *times, "room-x", "staff-x", places=10_000)
        session = Session.id_of(self.facility_id, label, day)
        return [self._command(now)(SessionScheduled, session, label=label, meeting=meeting)]

    def stays_away(self, group: int, number: int, now: datetime) -> Iterator[Command]:
        """Let everybody of a group say that they will not come to an evening."""
        session = self._session(group, number)
        for each in self.groups[group]:
            announced = partial(self._command(now), AbsenceAnnounced, session, patient_id=each)
            yield [announced(reason="ill", notified_at=now)]

    def schedules(self, group: int, number: int) -> Command:
        session, tell = self._session(group, number), self._command(at(self.begin, "09:00"))
        meeting = _meeting(group, self.evening(number))
        return [
            tell(SessionScheduled, session, label=f"group-{group}", meeting=meeting),
            *(tell(PatientRostered, session, patient_id=each) for each in self.groups[group]),
        ]

    def closes(self, group: int, number: int) -> Command:
        session, tell = (
            self._session(group, number),
            self._command(at(self.evening(number), "21:00")),
        )
        recorded = partial(tell, AttendanceRecorded, session, makes_up=None)
        return [
            recorded(patient_id=each, attendance=self._visit(session, each))
            for each in self.groups[group]
        ]

    def corrects(self, number: int, how_many: int, now: datetime) -> Iterator[Command]:
        """Put an evening right for the first so many patients: each left a little earlier."""
        there = ((group, each) for group, known in enumerate(self.groups) for each in known)
        for group, patient in islice(there, how_many):
            session = self._session(group, number)
            corrected = partial(self._command(now), AttendanceCorrected, session, makes_up=None)
            said = {"reason": "sheet found", "credential": "LCSW", "attendance": came(5)}
            corrects = self._recorded[session, patient]
            yield [corrected(patient_id=patient, corrects=corrects, **said)]

    # How it is told

    def _session(self, group: int, number: int) -> str:
        return Session.id_of(self.facility_id, f"group-{group}", self.evening(number))

    def _visit(self, session: str, patient: str) -> Attendance:
        self._recorded[session, patient] = self._versions[session] + 1
        return came(0) if self._chance.random() < 0.9 else NO_SHOW

    def _command(self, now: datetime) -> Tell:
        if self._import:
            return self._import
        return partial(self._tell, CommandContext(f"command-{_hex(self._chance)}", now, "staff-7"))

    def _tell(self, context: CommandContext, event: type[Event], id: str, **facts: object) -> Event:
        self._versions[id] += 1
        if issubclass(event, Opening):
            facts["originator_topic"] = _AGGREGATES[event]
        made: Any = event
        said: Event = made(
            originator_id=id,
            originator_version=self._versions[id],
            timestamp=context.at,
            facility_id=self.facility_id,
            command_id=context.command_id,
            author=context.author,
            **facts,
        )
        return said


_AGGREGATES: dict[type[Event], str] = {
    FacilityOpened: Facility.TOPIC,
    ProgramOpened: Program.TOPIC,
    PatientAdmitted: Patient.TOPIC,
    SessionScheduled: Session.TOPIC,
}


def _hex(chance: random.Random) -> str:
    return uuid.UUID(int=chance.getrandbits(128), version=4).hex


def _meeting(group: int, day: date) -> Meeting:
    return Meeting(
        program_id=PROGRAM,
        track_id=f"group-{group}",
        day=day,
        starts_at=at(day, "17:00"),
        ends_at=at(day, "20:15"),
        parts=(
            Part(at(day, "17:00"), at(day, "18:30"), "group", "Process group"),
            Part(at(day, "18:30"), at(day, "18:45"), "break", "Break"),
            Part(at(day, "18:45"), at(day, "20:15"), "skills", "Relapse prevention"),
        ),
        room_id=f"room-{group}",
        staff_id=f"staff-{group}",
        places=GROUP + 1,
        occurrence=day,
    )
