"""What a clinic has to deal with: each of these is there once, wherever the seed puts the rest."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from domain.monitoring.assessment import Assessment
from domain.patient import Commitment, Plan
from domain.session import Absence, Amendment
from domain.times import days
from services.application import UnitOfWork
from services.application.check_in import check_in, check_out, note_absence, turn_away
from services.application.episode import grant_leave, record_incident
from services.application.monitoring import acknowledge_concern, take_assessment
from services.application.plans import taper_plan, waive_rule
from services.application.rosters import (
    book_patient,
    book_repair,
    note_commitment,
    wait_for_session,
    wait_for_track,
)
from services.application.tracks import substitute_staff
from services.demo.diary import COMPLIANCE, DESK, Diary, staff
from services.demo.people import Course
from services.demo.place import ADULTS, DIRECTOR, DUAL, Place, staff_member
from services.demo.sessions import Missed, is_free

A_DAY = timedelta(days=1)


def arrange(
    place: Place, diary: Diary, courses: list[Course], missed: list[Missed]
) -> Iterator[Missed | str]:
    """Note what is out of the ordinary; yield the misses and sessions that are taken by it."""
    here = [each for each in courses if each.standing == "in treatment"]
    of_next = [each for each in here if each.group == place.next_group]
    others = [each for each in here if each.group != place.next_group]
    _wait(place, diary, courses, [each.course for each in missed if each.course in others])
    _collide(place, diary, others[3])
    _leave_unled(place, diary)
    _go_on_leave(place, diary, others[8])
    _worry(place, diary, of_next[1], of_next[3])
    _step_down(place, diary, others[1])
    _waive(place, diary, others[5])
    _learn(place, diary, others)
    for course in (others[7], of_next[-1]):
        _will_miss(place, diary, course)
    _book_repair(place, diary, [*of_next, *others])
    yield from _correct(place, diary, [each for each in missed if each.day < place.today])
    yield from _walk_in(place, diary, here)


def _wait(place: Place, diary: Diary, courses: Iterable[Course], have_missed: list[Course]) -> None:
    """Let some wait for the group that is full, and one for a place in it today."""
    group = place.next_group
    for course in courses:
        if course.standing == "waits":
            asked_at = place.now - A_DAY - timedelta(minutes=course.number)
            at = max(asked_at, place.at(course.admitted_on, 16, 55))
            asked = (group.track_id, group.weekdays)
            diary.of_patient(at, DESK, course, wait_for_track, *asked)
    if have_missed:
        at = place.now - timedelta(minutes=70)
        session_id = group.session_id(place.today)
        diary.of_visit(at, DESK, session_id, have_missed[-1], wait_for_session)


def _correct(place: Place, diary: Diary, missed: list[Missed]) -> Iterator[Missed]:
    """Let one have been there, as is found out once the session is closed, and turn one away."""
    of_next = [each for each in missed if each.course.group == place.next_group]
    there = (of_next or missed)[-1]
    yield there
    group, day = there.course.group, there.day
    counselor = staff(group.staff_id)
    amendment = Amendment("On the paper sheet", staff_member(group.staff_id).credential)
    found = min(place.at(day + A_DAY, 9, 10), place.now - timedelta(minutes=25))
    door = (found, counselor, there.session_id, there.course)
    came, left = place.begins(group, day), place.ends(group, day)
    diary.of_visit(*door, check_in, at=came, amendment=amendment)
    diary.of_visit(*door, check_out, at=left, amendment=amendment)
    away = [each for each in missed if each != there][-1]
    yield away
    came = place.begins(away.course.group, away.day) + timedelta(minutes=42)
    told = "Came too late for the group"
    diary.of_visit(came, DESK, away.session_id, away.course, turn_away, reason=told)


def _walk_in(place: Place, diary: Diary, here: list[Course]) -> Iterator[str]:
    """Let one come to another group's last meeting without being expected."""
    met = [
        (day, group)
        for day in days(place.today - timedelta(days=7), place.today)
        for group in place.groups
        if group.program_id == ADULTS and group != place.next_group
        if place.begins(group, day) <= place.now
    ]
    day, group, course = next(
        (day, group, course)
        for day, group in reversed(met)
        for course in here
        if course.group.program_id == DUAL and is_free(place, course, group, day)
    )
    session_id = group.session_id(day)
    door = (DESK, session_id, course)
    came = place.begins(group, day) - timedelta(minutes=7)
    diary.of_visit(came, *door, book_patient)
    diary.of_visit(came + timedelta(minutes=1), *door, check_in)
    diary.of_visit(place.ends(group, day) + timedelta(minutes=1), *door, check_out)
    yield session_id


def _collide(place: Place, diary: Diary, course: Course) -> None:
    """Give one other hours at work, which collide with the group."""
    duty = Commitment(
        kind="work",
        title="New shift",
        weekdays=course.group.weekdays[:1],
        starts=course.group.starts,
        ends=course.group.ends,
        first_day=place.today + A_DAY,
        last_day=None,
    )
    diary.of_patient(place.now - timedelta(hours=2), DESK, course, note_commitment, duty)


def _leave_unled(place: Place, diary: Diary) -> None:
    """Let a meeting to come have nobody who leads it."""
    group = place.others[0]
    meetings = place.meetings(group, place.today + timedelta(days=3), place.last_day)
    day = next(each for each in meetings if (group.track_id, each) not in place.called_off)
    at = place.now - A_DAY
    why = (None, "The counselor is away")
    diary.do(at, staff(DIRECTOR), substitute_staff, group.session_id(day), *why)


def _go_on_leave(place: Place, diary: Diary, course: Course) -> None:
    """Let one be away for some days of next week, and have said so."""
    first = place.open_day(place.today + timedelta(days=7))
    last = first + timedelta(days=4)
    at, counselor = place.now - A_DAY, staff(course.group.staff_id)
    diary.of_patient(at, counselor, course, grant_leave, first, last, "A wedding in the family")
    for day in place.meetings(course.group, first, last):
        if (course.group.track_id, day) not in place.called_off:
            absence = Absence("On leave", at, excused=True)
            where = (course.group.session_id(day), course)
            diary.of_visit(at, counselor, *where, note_absence, absence)


def _will_miss(place: Place, diary: Diary, course: Course) -> None:
    """Let one have said that they cannot come to their group's next meeting after today."""
    ahead = place.meetings(course.group, place.today + A_DAY, place.last_day)
    day = next(each for each in ahead if (course.group.track_id, each) not in place.called_off)
    at = place.now - timedelta(hours=2)
    absence = Absence("Court date", at, excused=True)
    diary.of_visit(at, DESK, course.group.session_id(day), course, note_absence, absence)


def _worry(place: Place, diary: Diary, new: Course, seen: Course) -> None:
    """Let an answer be about somebody's safety; another such one has been seen to."""
    answers = {str(item): 1 for item in range(1, 10)}
    by = staff(place.next_group.staff_id)
    diary.of_patient(place.now - timedelta(hours=3), by, new, take_assessment, "phq-9", answers)
    at = place.now - timedelta(days=9)
    diary.of_patient(at, by, seen, take_assessment, "phq-9", answers)

    def acknowledge(work: UnitOfWork) -> object:
        found = Assessment.id_of(diary.patient_id(seen), "phq-9", at)
        return acknowledge_concern(work, found, "safety-plan")

    diary.decide(at + timedelta(minutes=35), by, acknowledge)


def _step_down(place: Place, diary: Diary, course: Course) -> None:
    """Lead one over to a lighter level of care, from next week on."""
    begins = place.today + timedelta(days=7 - place.today.weekday())
    plan = Plan(300, 2, goals=("back to work",), next_review=begins + timedelta(days=14))
    at, by = place.now - timedelta(minutes=30), staff(course.group.staff_id)
    diary.of_patient(at, by, course, taper_plan, plan, begins, "1")


def _waive(place: Place, diary: Diary, course: Course) -> None:
    """Let a rule not bind one for two weeks."""
    diary.of_patient(
        *(place.now - timedelta(days=2), COMPLIANCE, course, waive_rule, "individual-a-week"),
        first_day=place.today - timedelta(days=3),
        last_day=place.today + timedelta(days=11),
        reason="The counselor is away; the group's leader sees them briefly",
    )


def _learn(place: Place, diary: Diary, others: Iterable[Course]) -> None:
    """Let one say that they used between two sessions."""
    at = place.now - timedelta(days=4)
    course = next(each for each in others if each.admitted_on < at.date() - A_DAY)
    counselor = staff(course.group.staff_id)
    learned = ("use", at.astimezone(place.zone).date())
    diary.of_patient(at, counselor, course, record_incident, *learned)


def _book_repair(place: Place, diary: Diary, here: list[Course]) -> None:
    """Book one for another group in the days to come, for hours that they lack."""
    groups = [each for each in place.groups if each != place.next_group]
    course, group, day = next(
        (course, group, day)
        for course in here
        for day in days(place.today + A_DAY, place.today + timedelta(days=9))
        for group in groups
        if course.group.program_id == group.program_id and is_free(place, course, group, day)
    )
    at = place.now - timedelta(hours=3)
    diary.of_patient(at, DESK, course, book_repair, [group.session_id(day)])
