"""A small clinic in memory, or on a journal of its own: three rooms, three of staff, one track.

The track meets on Monday, Wednesday and Friday from 17:00 to 20:00 UTC, from 3 March 2025 to the
14th, in room-1 (two places) under staff-1. It is Monday, nine o'clock.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from domain.aggregate import CommandContext
from domain.facility import Facility, Room
from domain.patient import Enrolment, Patient
from domain.program import Pattern, Program, Segment, Track, weekly
from domain.session import Amendment, Meeting, Part, Session
from domain.staff import Staff
from services.application import CommandHandler
from services.application.rosters import enrol_patient
from services.application.sessions import schedule_session
from services.application.tracks import keep_track
from services.vault import Person, Vault
from tests.support.memory_journal import MemoryJournal, MemoryVault

FACILITY, PROGRAM, TRACK = "oak-street", "adult-iop", "evening"
MONDAY, WEDNESDAY, FRIDAY = date(2025, 3, 3), date(2025, 3, 5), date(2025, 3, 7)
ROOMS = {"room-1": 2, "room-2": 3, "room-3": 1}
STAFF = ("staff-1", "staff-2", "staff-3")
ANN, BEN, CAL, DEE = PATIENTS = ("patient-ann", "patient-ben", "patient-cal", "patient-dee")
FOUND = Amendment("the sheet was found", "LCSW")


def pattern(hour: int, room_id: str, staff_id: str, on: Iterable[str]) -> Pattern:
    starts, half, ends = time(hour), time(hour + 1, 30), time(hour + 3)
    segments = (
        Segment(starts, half, "group", "Process group"),
        Segment(half, ends, "education", "Relapse", "triggers"),
    )
    return Pattern(weekly(on), starts, ends, room_id, staff_id, 2, segments)


EVENING = pattern(17, "room-1", "staff-1", ("MO", "WE", "FR"))


def own_meeting(day: date, hour: int, room_id: str, staff_id: str) -> Meeting:
    """A session of its own, of two hours."""
    starts_at = datetime.combine(day, time(hour), UTC)
    ends_at = starts_at + timedelta(hours=2)
    part = Part(starts_at, ends_at, "individual", "Counselling")
    places = ROOMS[room_id]
    return Meeting(PROGRAM, None, day, starts_at, ends_at, (part,), room_id, staff_id, places)


class SmallClinic:
    """The clinic, its clock and its commands."""

    def __init__(
        self,
        journal: Any = None,
        last_day: date | None = date(2025, 3, 14),
        timezone: str = "UTC",
        vault: Vault | None = None,
    ) -> None:
        self.journal = cast(Any, journal or MemoryJournal())
        self.vault = vault or MemoryVault()
        self.daybook = CommandHandler(self.journal, self.vault)
        self.now = datetime(2025, 3, 3, 9, tzinfo=UTC)
        context = self.context()
        site = Facility.start(
            context,
            facility_id=FACILITY,
            name="Oak Street",
            timezone=timezone,
            week_starts_on="monday",
            late_after_minutes=10,
        )
        for room_id, capacity in ROOMS.items():
            site.keep_room(context, Room(room_id, room_id, capacity))
        for staff_id in STAFF:
            site.keep_staff(context, Staff(staff_id, staff_id, "LCSW"))
        program = Program.start(
            context,
            facility_id=FACILITY,
            program_id=PROGRAM,
            name="Adults",
            population="adult",
            focus="co-occurring",
            weekly_minutes=540,
            days_per_week=3,
        )
        admitted = [
            Patient.admit(
                context,
                id=patient_id,
                facility_id=FACILITY,
                program_id=PROGRAM,
                admitted_on=MONDAY,
                payer="self",
                override="as it was before",
            )
            for patient_id in PATIENTS
        ]
        keys = self.vault.begin()
        for each in PATIENTS:
            keys.seal_first(each, Person(each, each, each, MONDAY))
        self.journal.save(site, program, *admitted, in_transaction=keys.save)
        track = Track(TRACK, "Evening", MONDAY, last_day, EVENING)
        self.daybook.handle(context, keep_track, FACILITY, PROGRAM, track)

    def context(self, author: str = "staff-1") -> CommandContext:
        return CommandContext(f"command of {author}", self.now, author, author)

    def at(self, wall: str, day: date = MONDAY) -> datetime:
        """Let it be that time; return it."""
        self.now = datetime.combine(day, time.fromisoformat(wall), UTC)
        return self.now

    def evening(self, day: date = MONDAY) -> Session:
        """The track's session of that day."""
        found = self.journal.load(Session.id_of(FACILITY, TRACK, day))
        assert isinstance(found, Session)
        return found

    def own(self, label: str, day: date = MONDAY, hour: int = 12, room_id: str = "room-2") -> str:
        """Schedule a session of its own under staff-2; return its id."""
        return self.daybook.handle(
            self.context(),
            schedule_session,
            facility_id=FACILITY,
            label=label,
            meeting=own_meeting(day, hour, room_id, "staff-2"),
        )

    def enrol(self, *patient_ids: str, on: tuple[str, ...] = ("MO", "WE", "FR")) -> None:
        for patient_id in patient_ids:
            enrolment = Enrolment(TRACK, on, MONDAY, None)
            self.daybook.handle(self.context(), enrol_patient, patient_id, enrolment)

    def patient(self, patient_id: str) -> Patient:
        found = self.journal.load(patient_id)
        assert isinstance(found, Patient)
        return found

    def program(self) -> Program:
        found = self.journal.load(Program.id_of(FACILITY, PROGRAM))
        assert isinstance(found, Program)
        return found

    def topics(self, since: int) -> list[str]:
        """What was recorded since there were so many events."""
        return [each.topic for each in self.journal.order[since:]]
