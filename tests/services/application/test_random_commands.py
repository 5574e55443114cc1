"""Random commands on patients, sessions, rooms and staff: after each, all that must hold holds."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from domain.care import Service
from domain.errors import Refusal
from domain.patient import Commitment, Enrolment
from domain.program import Deviation
from domain.session import Absence
from services.application.check_in import (
    check_in,
    check_out,
    note_absence,
    reassign_sign_in,
    turn_away,
    undo_check_in,
)
from services.application.facilities import supervise_credential, unsupervise_credential
from services.application.rosters import (
    accept_collisions,
    book_patient,
    end_enrolment,
    enrol_patient,
    invite_supporter,
    note_commitment,
    release_patient,
    wait_for_session,
    wait_for_track,
)
from services.application.sessions import (
    call_off_session,
    close_session,
    schedule_session,
    start_session,
)
from services.application.signatures import (
    cosign_note,
    merge_patients,
    sign_group_note,
    sign_individual_note,
    sign_sheet,
)
from services.application.support_network import name_supporter
from services.application.tracks import (
    change_following,
    change_meeting,
    declare_closure,
    lift_closure,
    restore_meeting,
    restore_session,
    substitute_room,
    substitute_staff,
)
from tests.support.batched_commands import BatchedCommands
from tests.support.clinic_invariants import HOLD_AT_ANY_TIME, rosters_and_bookings_agree
from tests.support.memory_journal import MemoryVault
from tests.support.random_care_commands import CareCommands
from tests.support.random_commands import few_stories
from tests.support.small_clinic import (
    FACILITY,
    FOUND,
    MONDAY,
    PATIENTS,
    PROGRAM,
    ROOMS,
    STAFF,
    TRACK,
    WEDNESDAY,
    own_meeting,
    pattern,
)

SUPPORTERS = ("supporter-1", "supporter-2")
OWN = ("one-1", "one-2", "one-3")

patients = st.sampled_from(PATIENTS)
two_patients = st.permutations(PATIENTS).map(lambda order: tuple(order[:2]))
rooms = st.sampled_from(tuple(ROOMS))
staff = st.sampled_from(STAFF)
days = st.integers(0, 11).map(lambda offset: MONDAY + timedelta(days=offset))
hours = st.integers(15, 20)
late_hours = hours | st.just(23)
"""At 23 a session of its own lasts past midnight."""
picks = st.integers(0, 30)
weekdays = st.lists(st.sampled_from(("MO", "WE", "FR")), min_size=1, unique=True).map(
    lambda found: tuple(sorted(found, key=("MO", "WE", "FR").index))
)


class Clinic(CareCommands):
    """Four patients, three rooms, three of staff, a track and sessions of their own."""

    def lines(self) -> list[tuple[str, str, datetime]]:
        return [
            (session.id, patient_id, line.arrived_at)
            for session in self.sessions()
            for patient_id, visit in session.visits.items()
            for line in visit.sign_ins
        ]

    # The schedule

    @rule(label=st.sampled_from(OWN), day=days, hour=late_hours, room_id=rooms, staff_id=staff)
    def schedule_session(
        self, label: str, day: date, hour: int, room_id: str, staff_id: str
    ) -> None:
        meeting = own_meeting(day, hour, room_id, staff_id)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), schedule_session, facility_id=FACILITY, label=label, meeting=meeting
            )
        )

    @rule(day=days, hour=hours, room_id=rooms, staff_id=staff, on=weekdays)
    def change_following(
        self, day: date, hour: int, room_id: str, staff_id: str, on: tuple[str, ...]
    ) -> None:
        self.attempt(
            lambda: self.daybook.handle(
                self.context(),
                change_following,
                FACILITY,
                PROGRAM,
                TRACK,
                from_day=day,
                pattern=pattern(hour, room_id, staff_id, on),
                reason="new hours",
            )
        )

    @rule(
        day=days,
        to=st.none() | days,
        hour=st.none() | hours,
        room_id=st.none() | rooms,
        off=st.none() | st.booleans(),
    )
    def change_meeting(
        self, day: date, to: date | None, hour: int | None, room_id: str | None, off: bool | None
    ) -> None:
        deviation = Deviation(
            "one day",
            off=off,
            day=to,
            room_id=room_id,
            starts=time(hour) if hour else None,
            ends=time(hour + 3) if hour else None,
        )
        self.attempt(
            lambda: self.daybook.handle(
                self.context(),
                change_meeting,
                FACILITY,
                PROGRAM,
                TRACK,
                occurrence=day,
                deviation=deviation,
            )
        )

    @rule(day=days)
    def restore_meeting(self, day: date) -> None:
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), restore_meeting, FACILITY, PROGRAM, TRACK, occurrence=day
            )
        )

    @rule(day=days)
    def declare_closure(self, day: date) -> None:
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), declare_closure, FACILITY, PROGRAM, day, "snow"
            )
        )

    @rule(day=days)
    def lift_closure(self, day: date) -> None:
        self.attempt(
            lambda: self.daybook.handle(self.context(), lift_closure, FACILITY, PROGRAM, day)
        )

    @rule(number=picks, room_id=rooms)
    def substitute_room(self, number: int, room_id: str) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), substitute_room, session_id, room_id, "burst pipe"
            )
        )

    @rule(number=picks, staff_id=st.none() | staff)
    def substitute_staff(self, number: int, staff_id: str | None) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), substitute_staff, session_id, staff_id, "flu"
            )
        )

    @rule(number=picks)
    def call_off(self, number: int) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(self.context(), call_off_session, session_id, "snow")
        )

    @rule(number=picks)
    def restore_session(self, number: int) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(self.context(), restore_session, session_id, "no snow")
        )

    @rule(number=picks)
    def start_session(self, number: int) -> None:
        session_id = self.pick(number)
        self.attempt(lambda: self.daybook.handle(self.context(), start_session, session_id))

    # The roster

    @rule(number=picks, patient_id=patients, override=st.sampled_from((None, "agreed")))
    def book(self, number: int, patient_id: str, override: str | None) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), book_patient, session_id, patient_id, override
            )
        )

    @rule(number=picks, patient_id=patients)
    def release(self, number: int, patient_id: str) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), release_patient, session_id, patient_id, "asked"
            )
        )

    @rule(number=picks, patient_id=patients)
    def wait(self, number: int, patient_id: str) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(self.context(), wait_for_session, session_id, patient_id)
        )

    @rule(patient_id=patients, on=weekdays, override=st.sampled_from((None, "agreed")))
    def enrol(self, patient_id: str, on: tuple[str, ...], override: str | None) -> None:
        enrolment = Enrolment(TRACK, on, MONDAY, None)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), enrol_patient, patient_id, enrolment, override
            )
        )

    @rule(patient_id=patients, last_day=days)
    def end_enrolment(self, patient_id: str, last_day: date) -> None:
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), end_enrolment, patient_id, TRACK, MONDAY, last_day
            )
        )

    @rule(patient_id=patients, on=weekdays)
    def wait_for_track(self, patient_id: str, on: tuple[str, ...]) -> None:
        self.attempt(
            lambda: self.daybook.handle(self.context(), wait_for_track, patient_id, TRACK, on)
        )

    @rule(patient_id=patients, hour=late_hours, on=weekdays)
    def note_commitment(self, patient_id: str, hour: int, on: tuple[str, ...]) -> None:
        ends = time((hour + 1) % 24)
        duty = Commitment("work", "Shift", on, time(hour), ends, MONDAY, None)
        self.attempt(lambda: self.daybook.handle(self.context(), note_commitment, patient_id, duty))

    @rule(patient_id=patients)
    def accept_collisions(self, patient_id: str) -> None:
        self.attempt(
            lambda: self.daybook.handle(self.context(), accept_collisions, patient_id, "agreed")
        )

    @rule(number=picks, patient_id=patients, supporter_id=st.sampled_from(SUPPORTERS))
    def invite_supporter(self, number: int, patient_id: str, supporter_id: str) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), name_supporter, patient_id, supporter_id, "sister"
            )
        )
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), invite_supporter, session_id, patient_id, supporter_id
            )
        )

    # The door

    @rule(number=picks, patient_id=patients, ago=st.integers(-1, 240))
    def check_in(self, number: int, patient_id: str, ago: int) -> None:
        session_id = self.pick(number)
        at = self.now - timedelta(minutes=ago) if ago else None
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), check_in, session_id, patient_id, at=at, amendment=FOUND
            )
        )

    @rule(number=picks, missed=picks, patient_id=patients)
    def make_up(self, number: int, missed: int, patient_id: str) -> None:
        session_id, makes_up = self.pick(number), self.pick(missed)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), check_in, session_id, patient_id, makes_up=makes_up, amendment=FOUND
            )
        )

    @rule(number=picks, patient_id=patients, ago=st.integers(-1, 240))
    def check_out(self, number: int, patient_id: str, ago: int) -> None:
        session_id = self.pick(number)
        at = self.now - timedelta(minutes=ago) if ago else None
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), check_out, session_id, patient_id, at=at, amendment=FOUND
            )
        )

    @rule(number=picks)
    def undo_check_in(self, number: int) -> None:
        lines = self.lines()
        if lines and number % 3 == 0:
            session_id, patient_id, arrived_at = lines[number % len(lines)]
            self.attempt(
                lambda: self.daybook.handle(
                    self.context(), undo_check_in, session_id, patient_id, arrived_at, FOUND
                )
            )

    @rule(number=picks, right=patients)
    def reassign_sign_in(self, number: int, right: str) -> None:
        lines = self.lines()
        if lines:
            session_id, wrong, arrived_at = lines[number % len(lines)]
            self.attempt(
                lambda: self.daybook.handle(
                    self.context(),
                    reassign_sign_in,
                    session_id,
                    wrong,
                    arrived_at,
                    to=right,
                    amendment=FOUND,
                )
            )

    @rule(number=picks, patient_id=patients)
    def turn_away(self, number: int, patient_id: str) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), turn_away, session_id, patient_id, reason="not sober"
            )
        )

    @rule(number=picks, patient_id=patients, excused=st.booleans())
    def note_absence(self, number: int, patient_id: str, excused: bool) -> None:
        session_id = self.pick(number)
        absence = Absence("fever", datetime(2025, 3, 3, 8, tzinfo=UTC), excused)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), note_absence, session_id, patient_id, absence, FOUND
            )
        )

    # The record, and time

    @rule(number=picks)
    def close(self, number: int) -> None:
        session_id = self.pick(number)
        self.attempt(lambda: self.daybook.handle(self.context(), close_session, session_id))

    @rule(number=picks)
    def sign(self, number: int) -> None:
        session_id = self.pick(number)
        self.attempt(lambda: self.daybook.handle(self.context(), sign_group_note, session_id))
        self.attempt(lambda: self.daybook.handle(self.context("staff-2"), sign_sheet, session_id))

    @rule(
        number=picks,
        patient_id=patients,
        author=st.sampled_from(("staff-1", "staff-2", "staff-3")),
        services=st.sampled_from(((), ("group",), ("group", "education"), ("family",))),
    )
    def sign_about_one(
        self, number: int, patient_id: str, author: str, services: tuple[Service, ...]
    ) -> None:
        given = (self.pick(number), patient_id)
        context = self.context(author)
        self.attempt(lambda: self.daybook.handle(context, sign_individual_note, *given, services))
        self.attempt(lambda: self.daybook.handle(self.context(), cosign_note, *given))

    @rule(from_day=st.sampled_from((MONDAY, WEDNESDAY)), is_over=st.booleans())
    def supervise(self, from_day: date, is_over: bool) -> None:
        command = unsupervise_credential if is_over else supervise_credential
        said = (FACILITY, "LMSW", from_day)
        self.attempt(lambda: self.daybook.handle(self.context(), command, *said))

    @rule(both=two_patients)
    def merge(self, both: tuple[str, str]) -> None:
        if self.now > datetime(2025, 3, 10, tzinfo=UTC):
            self.attempt(
                lambda: self.daybook.handle(self.context(), merge_patients, both[0], both[1])
            )

    # What must hold

    @invariant()
    def sessions_bookings_and_calendars_agree(self) -> None:
        for holds in (*HOLD_AT_ANY_TIME, rosters_and_bookings_agree):
            holds(self.journal)


Clinic.TestCase.settings = few_stories(8)
TestEverythingAtOnce = Clinic.TestCase


class BatchedClinic(Clinic):
    """The same, with what several ask for saved together and others recording meanwhile."""

    batched: BatchedCommands | None = None

    @initialize(chance=st.integers(0, 2**32))
    def begin(self, chance: int) -> None:
        vault = cast(MemoryVault, self.clinic.vault)
        self.batched = BatchedCommands(self.journal, vault, Random(chance))

    def attempt(self, command: Callable[[], object]) -> None:
        if self.batched is None:
            super().attempt(command)
            return
        alone, self.daybook = self.daybook, cast(Any, self.batched)
        try:
            # Some are refused here: what they save by themselves others record meanwhile.
            with suppress(Refusal):
                command()
        finally:
            self.daybook = alone
        self.batched.save_some()


BatchedClinic.TestCase.settings = few_stories(12)
TestEverythingInBatches = BatchedClinic.TestCase
