"""One patient's story, in which everything happens that can: an example of each event.

Whoever adds an event lets it happen here and runs `python -m tests.contracts`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.aggregate import Aggregate, Cause, Event
from domain.calendar import Calendar
from domain.facility import Facility, Room, Staff
from domain.identity import Identity, RecordNumber
from domain.patient import Booking, Commitment, Discharge, Enrolment, Patient, Plan
from domain.program import Program, Segment, Track
from domain.session import Absence, Meeting, Session, SignIn
from domain.session.attendance import parts_on
from domain.times import span

ZONE = ZoneInfo("America/New_York")
MONDAY, WEDNESDAY, FRIDAY = date(2025, 3, 3), date(2025, 3, 5), date(2025, 3, 7)
LATE_AFTER = timedelta(minutes=10)
BEFORE = Cause("command-1", datetime(2025, 2, 24, 15, tzinfo=UTC), "staff-7")
AFTER = Cause("command-2", datetime(2025, 3, 8, 15, 30, tzinfo=UTC), "staff-3")
ANN, BEN = "patient-5f0c2e", "patient-91d7aa"

TRACK = Track(
    track_id="evening",
    name="Evening group",
    weekdays=("MO", "WE", "FR"),
    starts=time(17),
    ends=time(20),
    first_day=MONDAY,
    last_day=None,
    room_id="room-1",
    staff_id="staff-7",
    capacity=8,
    segments=(
        Segment(time(17), time(18, 30), "group", "Process group"),
        Segment(time(18, 30), time(18, 45), "break", "Break"),
        Segment(time(18, 45), time(20), "skills", "Relapse prevention"),
    ),
)


def examples() -> dict[type[Event], Event]:
    """The first event of each class in the story."""
    found: dict[type[Event], Event] = {}
    for aggregate in (facility(), program(), *identities(), patient(), calendar(), *sessions()):
        for event in aggregate.collect_events():
            assert isinstance(event, Event)
            found.setdefault(type(event), event)
    return found


def facility() -> Aggregate:
    site = Facility.start(
        BEFORE,
        facility_id="oak-street",
        name="Oak Street",
        timezone="America/New_York",
        week_starts_on="monday",
        late_after_minutes=10,
    )
    site.revise(BEFORE, name="Oak Street North", week_starts_on="sunday", late_after_minutes=15)
    for capacity in (8, 12):
        site.keep_room(BEFORE, Room("room-1", "Maple", capacity))
    for credential in ("LMSW", "LCSW"):
        site.keep_staff(BEFORE, Staff("staff-7", "R. Ortiz", credential))
    return site


def program() -> Aggregate:
    adults = Program.start(
        BEFORE,
        facility_id="oak-street",
        program_id="adult-iop",
        name="Adult IOP",
        population="adult",
        focus="co-occurring",
        weekly_minutes=540,
        days_per_week=3,
    )
    adults.revise(
        BEFORE,
        name="Adult IOP",
        population="adult",
        focus="substance-use",
        weekly_minutes=600,
        days_per_week=4,
    )
    adults.keep_track(BEFORE, TRACK)
    adults.keep_track(BEFORE, replace(TRACK, last_day=date(2025, 6, 27)))
    for reason in ("training", "snow"):
        adults.declare_closure(BEFORE, date(2025, 3, 10), reason)
    return adults


def identities() -> Iterator[Aggregate]:
    identity = Identity.start(
        BEFORE, facility_id="oak-street", patient_id=ANN, sealed="bm90aGluZyB0byBzZWU="
    )
    identity.correct(BEFORE, "c3RpbGwgbm90aGluZw==")
    yield identity
    yield RecordNumber.assign(
        BEFORE, facility_id="oak-street", keyed_hash="8c1f4be0", patient_id=ANN
    )


def patient() -> Aggregate:
    ann = Patient.admit(
        BEFORE,
        id=ANN,
        facility_id="oak-street",
        program_id="adult-iop",
        admitted_on=MONDAY,
        payer="medicaid",
    )
    ann.correct_admission(BEFORE, program_id="adult-iop", admitted_on=MONDAY, payer="self-pay")
    ann.set_plan(BEFORE, Plan(540, 3), MONDAY)
    ann.set_plan(AFTER, Plan(360, 2), FRIDAY)
    enrolment = Enrolment("evening", ("MO", "WE"), MONDAY, None)
    ann.enrol(BEFORE, enrolment)
    ann.enrol(BEFORE, replace(enrolment, last_day=date(2025, 4, 30)))
    when = meeting(WEDNESDAY).span
    work = Commitment("work", "Shift", ("WE",), time(16), time(18), MONDAY, None)
    ann.book(BEFORE, [Booking(session(WEDNESDAY).id, when.starts_at, when.ends_at)])
    ann.commit(BEFORE, work)
    ann.commit(BEFORE, replace(work, title="Late shift"))
    ann.accept_collisions(BEFORE, ZONE, "the employer agreed")
    ann.release(BEFORE, [session(WEDNESDAY).id], "called off")
    ann.end(AFTER, Discharge(FRIDAY, "completed"))
    ann.end(AFTER, None)
    return ann


def calendar() -> Aggregate:
    room = Calendar.start(
        BEFORE, facility_id="oak-street", kind="room", resource_id="room-1", day=MONDAY
    )
    room.book(BEFORE, session(MONDAY).id, meeting(MONDAY).span)
    room.release(BEFORE, session(MONDAY).id)
    return room


def meeting(day: date) -> Meeting:
    when = span(day, TRACK.starts, TRACK.ends, ZONE)
    return Meeting(
        program_id="adult-iop",
        track_id=TRACK.track_id,
        day=day,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        parts=parts_on(day, TRACK.segments, ZONE),
        room_id=TRACK.room_id,
        staff_id=TRACK.staff_id,
        places=TRACK.capacity,
    )


def session(day: date) -> Session:
    return Session.schedule(
        BEFORE, facility_id="oak-street", label=TRACK.track_id, meeting=meeting(day)
    )


def sessions() -> Iterator[Aggregate]:
    missed, came_to, withdrawn = session(MONDAY), session(WEDNESDAY), session(FRIDAY)

    missed.reschedule(BEFORE, replace(missed.meeting, room_id="room-2"))
    for patient_id in (ANN, BEN):
        missed.roster(BEFORE, patient_id)
    missed.release(BEFORE, BEN)
    called = Absence("fever", missed.meeting.starts_at - timedelta(hours=9), excused=True)
    missed.note_absence(BEFORE, ANN, called)
    missed.note_absence(BEFORE, ANN, replace(called, excused=False))
    missed.link_make_up(BEFORE, ANN, came_to)
    missed.unlink_make_up(BEFORE, ANN)
    missed.call_off(BEFORE, "burst pipe")
    yield missed

    starts_at, ends_at = came_to.meeting.starts_at, came_to.meeting.ends_at
    came_to.roster(BEFORE, BEN)
    came_to.sign_in(BEFORE, ANN, SignIn(starts_at, ends_at), makes_up=missed.id)
    came_to.sign_in(BEFORE, ANN, SignIn(starts_at, ends_at), makes_up=withdrawn.id)
    came_to.close(AFTER, LATE_AFTER)
    came_to.sign_in(AFTER, BEN, SignIn(starts_at + timedelta(minutes=11)))
    came_to.sign_in(AFTER, BEN, SignIn(starts_at + timedelta(minutes=11), ends_at))
    early = ends_at - timedelta(hours=1)
    came_to.sign_in(AFTER, BEN, SignIn(starts_at + timedelta(minutes=11), early))
    came_to.settle(AFTER, LATE_AFTER, "the sheet was found")
    yield came_to

    withdrawn.withdraw(BEFORE, "track revised")
    yield withdrawn
