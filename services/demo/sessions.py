"""What happens in sessions: who arrives and leaves, who calls, who is called, and who signs."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count

from domain.program import Service
from domain.session import Absence, Meeting, Part, Session
from domain.times import Span, days, weekday
from services.application.check_in import (
    check_in,
    check_in_supporter,
    check_out,
    check_out_supporter,
    note_absence,
)
from services.application.rosters import book_patient, invite_supporter
from services.application.sessions import (
    call_off_session,
    close_session,
    schedule_session,
    start_session,
)
from services.application.signatures import sign_group_note, sign_sheet
from services.application.support_network import attempt_outreach
from services.demo.attendance import Outcome, outcome_of
from services.demo.diary import DESK, ITSELF, Diary, staff
from services.demo.people import Course
from services.demo.place import ADULTS, FACILITY_ID, OFFICES, Group, Place
from services.demo.signing import sign_group_visit, sign_visit

CLOSED_AFTER = timedelta(hours=1)

BOOKED_AHEAD = timedelta(days=14)
"""How long before its day a session with a single patient is booked."""

ON_THE_WAY = timedelta(minutes=20)
"""How long nobody is in two places that follow each other."""

HERE_BEFORE = (
    timedelta(minutes=9),
    timedelta(minutes=6),
    timedelta(minutes=4),
    timedelta(minutes=1),
)
"""How long ago those came who are here already for the group that is about to begin."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A meeting of a group that a patient missed."""

    course: Course
    day: date
    session_id: str


def hold_groups(place: Place, diary: Diary, courses: Iterable[Course]) -> list[Missed]:
    """Note what happens in every meeting of the groups up to now; return who missed one."""
    treated = [each for each in courses if each.is_treated]
    missed: list[Missed] = []
    for group in place.groups:
        of_group = [each for each in treated if each.group == group]
        for day in place.meetings(group, place.first_day, place.today):
            expected = [
                each for each in of_group if each.first_meeting <= day <= each.last_meeting(place)
            ]
            if (group.track_id, day) in place.called_off:
                continue
            _lead(place, diary, group, day, anybody=bool(expected))
            for course in expected:
                outcome = visit_of(place, course, day)
                session_id = group.session_id(day)
                _visit(diary, session_id, course, outcome, place.ends(group, day))
                if outcome.kind == "comes":
                    sign_group_visit(place, diary, group, course, day)
                if outcome.kind != "comes":
                    missed.append(Missed(course, day, session_id))
    return sorted(missed, key=lambda each: each.day)


def call_meetings_off(place: Place, diary: Diary) -> None:
    """Note which meetings are called off, the one before it begins, the other a week ahead."""
    for (track_id, day), reason in place.called_off.items():
        group = next(each for each in place.groups if each.track_id == track_id)
        at = min(place.begins(group, day), place.now) - timedelta(hours=3)
        diary.do(at, staff(group.staff_id), call_off_session, group.session_id(day), reason)


def visit_of(place: Place, course: Course, day: date) -> Outcome:
    """Return what becomes of a patient's visit to their group on a day."""
    begins, ends = place.begins(course.group, day), place.ends(course.group, day)
    found = outcome_of(course, day, begins, ends)
    if day != place.today or course.group != place.next_group:
        return found
    # Some come early, but nobody who has an hour alone today: they come from there.
    times = course.group.times
    early = [
        each for each in range(3 * times) if course.group.weekdays[each % times] != weekday(day)
    ]
    here, told = early[: len(HERE_BEFORE)], early[len(HERE_BEFORE)]
    if course.slot in here:
        came = place.now - HERE_BEFORE[here.index(course.slot)]
        return Outcome("comes", came, found.leaves, found.told_at)
    if _is_still_signed_in(place, course, day):
        return replace(found, kind="comes", arrives=place.begins(course.group, day))
    if course.slot == told:
        return Outcome("excused", found.arrives, None, place.now - timedelta(minutes=50))
    return replace(found, arrives=max(found.arrives, place.now + timedelta(minutes=1)))


def make_up(place: Place, diary: Diary, missed: Iterable[Missed], full: Collection[str]) -> None:
    """Note that some come to another group of their program for what they missed.

    They come to none of the sessions that are `full`.
    """
    taken = set(full)
    for each in missed:
        if each.course.group.program_id != ADULTS or each.course.dice(each.day).random() > 0.6:
            continue
        for group, day in _chances(place, each):
            session_id = group.session_id(day)
            if session_id in taken:
                continue
            taken.add(session_id)
            door = (DESK, session_id, each.course)
            came = place.begins(group, day) - timedelta(minutes=7)
            left = place.ends(group, day) + timedelta(minutes=2)
            diary.of_visit(came, *door, check_in, makes_up=each.session_id)
            diary.of_visit(left, *door, check_out)
            sign_group_visit(place, diary, group, each.course, day)
            break


def see_alone(place: Place, diary: Diary, courses: Iterable[Course]) -> None:
    """Note each patient's hour with their counselor, week after week and for the next two."""
    numbers = count(1)
    for course in courses:
        if not course.is_treated:
            continue
        last = min(course.last_meeting(place), place.today + BOOKED_AHEAD)
        for day in days(course.first_meeting, last):
            if weekday(day) == day_alone(course) and day != place.closed_on:
                begins = alone_at(place, course, day)
                leader = course.group.staff_id
                where = (leader, OFFICES[leader], next(numbers))
                own = OwnSession(course, day, begins, "individual", *where)
                hold(place, diary, own)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session of one patient, outside of any track; a `supporter` of theirs comes along."""

    course: Course
    day: date
    begins: datetime
    service: Service
    staff_id: str
    room_id: str
    number: int
    supporter: str | None = None

    @property
    def ends(self) -> datetime:
        """When it is over."""
        return self.begins + timedelta(minutes=50)

    @property
    def label(self) -> str:
        """What the clinic calls it."""
        return f"{self.service.capitalize()} session {self.number}"

    @property
    def session_id(self) -> str:
        """The session's id."""
        return Session.id_of(FACILITY_ID, self.label, None)

    @property
    def meeting(self) -> Meeting:
        """When and where it is."""
        part = Part(self.begins, self.ends, self.service, f"{self.service.capitalize()} session")
        return Meeting(
            *(self.course.group.program_id, None, self.day, self.begins, self.ends, (part,)),
            *(self.room_id, self.staff_id, 1),
        )


def hold(place: Place, diary: Diary, own: OwnSession) -> None:
    """Note that a session of one patient is booked, held, closed and signed for."""
    course, leader, session_id = own.course, staff(own.staff_id), own.session_id
    booked = max(own.begins - BOOKED_AHEAD, place.at(course.admitted_on, 17, 15))
    meeting = {"facility_id": FACILITY_ID, "label": own.label, "meeting": own.meeting}
    diary.do(booked, leader, schedule_session, **meeting)
    diary.of_visit(booked, leader, session_id, course, book_patient)
    outcome = outcome_of(course, own.day, own.begins, own.ends)
    if _is_still_signed_in(place, course, own.day):
        outcome = replace(outcome, kind="comes", arrives=own.begins, leaves=None)
    _visit(diary, session_id, course, outcome, own.ends)
    if own.supporter:
        diary.of_visit(booked, leader, session_id, course, invite_supporter, own.supporter)
        if outcome.kind == "comes":
            came, left = own.begins - timedelta(minutes=3), own.ends + timedelta(minutes=1)
            diary.do(came, DESK, check_in_supporter, session_id, own.supporter)
            diary.do(left, DESK, check_out_supporter, session_id, own.supporter)
    diary.do(own.ends + CLOSED_AFTER, ITSELF, close_session, session_id)
    if outcome.kind == "comes":
        at = own.ends + timedelta(minutes=12)
        sign_visit(place, diary, own.staff_id, course, session_id, at)


def _is_still_signed_in(place: Place, course: Course, day: date) -> bool:
    """Tell whether it is today's who was forgotten to be signed out of the hour before the group.

    They stand at the desk for the group that is about to begin.
    """
    is_next = course.group == place.next_group and course.group.alone == "before"
    first = course.slot < course.group.times and weekday(day) == day_alone(course)
    return is_next and first and day == place.today


def day_alone(course: Course) -> str:
    """Return the day of the week, one of their group's, on which a patient is seen alone.

    On another day the hour would be all that there is, which many payers pay nothing for.
    """
    return course.group.weekdays[course.slot % course.group.times]


def alone_at(place: Place, course: Course, day: date) -> datetime:
    """Return when a patient sees their counselor alone on a day: after the group, or before."""
    number = course.slot // course.group.times
    if course.group.alone == "after":
        return place.ends(course.group, day) + timedelta(minutes=20 + 60 * number)
    return place.begins(course.group, day) - timedelta(minutes=75 + 60 * number)


def _lead(place: Place, diary: Diary, group: Group, day: date, *, anybody: bool) -> None:
    """Note what a group's counselor does about a meeting, and that it is closed."""
    leader, session_id, ends = staff(group.staff_id), group.session_id(day), place.ends(group, day)
    diary.do(place.begins(group, day), leader, start_session, session_id)
    diary.do(ends + CLOSED_AFTER, ITSELF, close_session, session_id)
    late = (day.toordinal() + len(group.track_id)) % 17
    if anybody and late != 3:
        diary.do(ends + timedelta(minutes=8), leader, sign_sheet, session_id)
    if anybody and late != 5:
        diary.do(ends + timedelta(minutes=20), leader, sign_group_note, session_id)


def _visit(diary: Diary, session_id: str, course: Course, outcome: Outcome, ends: datetime) -> None:
    """Note what becomes of a visit, and that who did not come is called."""
    dice = course.dice(session_id)
    if outcome.kind == "comes":
        diary.of_visit(outcome.arrives, DESK, session_id, course, check_in)
        if outcome.leaves:
            diary.of_visit(outcome.leaves, DESK, session_id, course, check_out)
        return
    if outcome.kind != "no-show":
        reason = dice.choice(("Ill", "Work shift", "Child care", "Car broke down"))
        absence = Absence(reason, outcome.told_at, outcome.kind == "excused")
        diary.of_visit(outcome.told_at, DESK, session_id, course, note_absence, absence)
        return
    at = ends + timedelta(minutes=dice.randrange(5, 200))
    if dice.random() < 0.1:
        # Somebody forgot, and does it later than they should.
        at += timedelta(hours=30)
    result = dice.choice(("reached", "message-left", "no-answer"))
    told = {"way": dice.choice(("call", "text")), "result": result}
    diary.of_patient(at, DESK, course, attempt_outreach, session_id, **told)


def is_free(place: Place, course: Course, group: Group, day: date) -> bool:
    """Tell whether another group takes place on a day, and a patient could come to it."""
    if weekday(day) == day_alone(course) or (group.track_id, day) in place.called_off:
        return False
    if group == course.group or day not in place.meetings(group, day, day):
        return False
    span = Span(place.begins(group, day) - ON_THE_WAY, place.ends(group, day) + ON_THE_WAY)
    own = Span(place.begins(course.group, day), place.ends(course.group, day))
    is_here = course.first_meeting <= day <= course.last_meeting(place)
    return is_here and not (weekday(day) in course.group.weekdays and own.overlaps(span))


def _chances(place: Place, missed: Missed) -> Iterator[tuple[Group, date]]:
    """Yield the meetings of other groups in the days after, at which the patient is free."""
    for day in days(missed.day + timedelta(days=1), missed.day + timedelta(days=6)):
        for group in place.groups:
            fits = group.program_id == ADULTS and group != place.next_group
            if fits and day <= place.today and is_free(place, missed.course, group, day):
                yield group, day
