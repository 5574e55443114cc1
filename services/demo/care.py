"""Drug tests, who and what helps a patient outside, and family sessions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Outcome, Result
from domain.monitoring.specimen import Measured
from domain.patient import Commitment, ResourceReferral, SupportMeeting
from domain.patient.support import ResourceKind, ResourceOutcome
from domain.times import days, weekday
from services.application import UnitOfWork
from services.application.monitoring import (
    call_test_off,
    collect_specimen,
    draw_drug_test,
    draw_drug_tests,
    hand_specimen_over,
    miss_test,
    notify_of_test,
    order_drug_test,
    refuse_test,
    report_result,
)
from services.application.rosters import note_commitment
from services.application.support_network import (
    name_supporter,
    record_resource_outcome,
    refer_to_resource,
    report_support_meeting,
    verify_support_meeting,
)
from services.demo.diary import DESK, ITSELF, Diary, staff
from services.demo.people import Course
from services.demo.place import DUAL, FAMILY, NURSE, YOUTH, Place
from services.demo.sessions import OwnSession, hold, visit_of
from services.vault import Contact

WEEKLY = Gaps(7, 7)

LABORATORY = "Tri-County Laboratory"

_RELATIONS = ("mother", "partner", "sponsor", "brother", "peer")

_CLOSE = ("Jo", "Max", "Sam", "Pat", "Alex", "Kim", "Lou", "Ray")

_RESOURCES: tuple[tuple[ResourceKind, str], ...] = (
    ("housing", "Riverside Sober Living"),
    ("employment", "County Job Center"),
    ("transport", "Ride to Recovery"),
    ("food", "Eastside Pantry"),
)

FAMILY_EVERY = 4
"""Weeks from one family session to the next."""


@dataclass(frozen=True, slots=True)
class _Family:
    """A patient and who comes along to the family's sessions."""

    course: Course
    supporter: str
    number: int


def care_beside_groups(place: Place, diary: Diary, courses: Iterable[Course]) -> None:
    """Note what is done for each patient besides groups and plan."""
    families, numbers = count(), count(1)
    for course in courses:
        if not course.is_treated:
            continue
        _test(place, diary, course)
        if course.group.program_id != YOUTH:
            _go_to_others(place, diary, course)
        supporter = _name_supporter(place, diary, course)
        if supporter and _comes_with_family(course):
            family = _Family(course, supporter, next(families))
            _meet_family(place, diary, family, numbers)
        _live_outside(place, diary, course)


def drawn_on(place: Place, course: Course) -> list[date]:
    """Return the days so far for which a patient's tests are drawn, one week after the other."""
    asked = course.group.weekdays[course.slot % course.group.times]
    begun = next(day for day in days(course.first_meeting, place.last_day) if weekday(day) == asked)
    last = min(course.last_meeting(place), place.today)
    return list(days(begun, last))[::7]


def _test(place: Place, diary: Diary, course: Course) -> None:
    """Note that tests are drawn each week, and what becomes of each."""
    nurse, drawn = staff(NURSE), drawn_on(place, course)
    if not drawn:
        return
    diary.of_patient(place.at(drawn[0], 8, 40), nurse, course, draw_drug_tests, WEEKLY)
    for number, day in enumerate(drawn[1:], 1):
        dice = course.dice(f"test {day}")
        diary.of_patient(place.at(day, 0, 10), ITSELF, course, draw_drug_test)
        if day == place.closed_on:
            continue
        outcome = visit_of(place, course, day)
        told_at = min(place.at(day, 7, 30), outcome.arrives - timedelta(minutes=30))
        diary.of_test(told_at, course, number, nurse, notify_of_test)
        if (course.group.track_id, day) in place.called_off:
            diary.of_test(told_at, course, number, nurse, call_test_off, "The group was called off")
            _test_at_the_next(place, diary, course, day)
            continue
        if outcome.kind != "comes":
            diary.of_test(place.at(day + timedelta(days=1), 9), course, number, nurse, miss_test)
            _test_at_the_next(place, diary, course, day)
            continue
        came = outcome.arrives + timedelta(minutes=2)
        if dice.random() < 0.005:
            diary.of_test(came, course, number, nurse, refuse_test)
            continue
        diary.of_test(
            came, course, number, nurse, collect_specimen, "urine", observed=dice.random() < 0.2
        )
        sent = came + timedelta(hours=3)
        handed = HandOver(sent, NURSE, LABORATORY)
        diary.of_test(sent, course, number, nurse, hand_specimen_over, handed)
        found_at = place.at(day + timedelta(days=2), 14, dice.randrange(60))
        result = _result(dice.random(), found_at)
        diary.of_test(found_at, course, number, nurse, report_result, result)


def _test_at_the_next(place: Place, diary: Diary, course: Course, missed: date) -> None:
    """Note that a test is ordered at the next meeting to which a patient comes, and taken there."""
    ahead = place.meetings(course.group, missed + timedelta(days=1), course.last_meeting(place))
    met = (each for each in ahead if (course.group.track_id, each) not in place.called_off)
    day = next((each for each in met if visit_of(place, course, each).kind == "comes"), None)
    if day is None:
        return
    came = visit_of(place, course, day).arrives + timedelta(minutes=3)

    def test(work: UnitOfWork) -> None:
        patient_id = diary.patient_id(course)
        test_id = order_drug_test(work, patient_id, "return")
        notify_of_test(work, patient_id, test_id)
        collect_specimen(work, patient_id, test_id, "urine", observed=False)

    diary.decide(came, staff(NURSE), test)


def _result(chance: float, at: datetime) -> Result:
    outcome: Outcome = "negative"
    substances: tuple[str, ...] = ()
    measured = Measured(creatinine=85.0, specific_gravity=1.014, ph=6.2, nitrite=0.0)
    if chance < 0.09:
        outcome, substances = "positive", ("thc",)
    elif chance < 0.13:
        outcome, substances = "expected-positive", ("buprenorphine",)
    elif chance < 0.16:
        measured = Measured(creatinine=11.0, specific_gravity=1.001, ph=6.8, nitrite=0.0)
    return Result("definitive", outcome, at, substances, measured)


def _name_supporter(place: Place, diary: Diary, course: Course) -> str | None:
    """Note who is close to a patient, where they name somebody; return that person's id."""
    dice = course.dice("supporter")
    if dice.random() > 0.7:
        return None
    young = course.group.program_id == YOUTH
    supporter = f"supporter-{dice.getrandbits(96):024x}"
    name = f"{dice.choice(_CLOSE)} {course.person.family_name}"
    contact = Contact(name, f"555-01{dice.randrange(100):02d}")
    relation = "mother" if young else dice.choice(_RELATIONS)
    at = place.at(course.admitted_on, 17, 12)
    by = staff(course.group.staff_id)
    diary.of_patient(at, by, course, name_supporter, supporter, relation, contact)
    return supporter


def _comes_with_family(course: Course) -> bool:
    return course.group.program_id == YOUTH or (
        course.group.program_id == DUAL and course.slot in {3, 4}
    )


def _meet_family(place: Place, diary: Diary, of: "_Family", numbers: Iterator[int]) -> None:
    """Note the sessions of a family, which has an hour of the week by its number."""
    course = of.course
    # On a day of the group, as the hour alone, but not the same.
    asked = course.group.weekdays[(course.slot + 1) % course.group.times]
    weekly = next(each for each in days(place.first_day, place.last_day) if weekday(each) == asked)
    last = min(course.last_meeting(place), place.today + timedelta(days=14))
    for week, day in enumerate(list(days(weekly, last))[::7]):
        due = week % FAMILY_EVERY == of.number % FAMILY_EVERY and day >= course.first_meeting
        if due and day != place.closed_on:
            # Those who come in the same week come one hour after the other.
            begins = place.at(day, 8 + of.number // FAMILY_EVERY)
            where = (FAMILY, "room-4", next(numbers))
            own = OwnSession(course, day, begins, "family", *where, of.supporter)
            hold(place, diary, own)


def _go_to_others(place: Place, diary: Diary, course: Course) -> None:
    """Note the meetings of others that a patient tells of, and a resource that they are told of."""
    dice, counselor = course.dice("others"), staff(course.group.staff_id)
    last = min(course.last_meeting(place), place.today - timedelta(days=1))
    if dice.random() < 0.6:
        for day in list(days(course.first_meeting, last))[:: dice.choice((4, 7, 9))]:
            meeting = SupportMeeting(f"meeting-{dice.getrandbits(48):012x}", "12-step", day)
            at = place.at(day + timedelta(days=1), 8, 20)
            diary.of_patient(at, counselor, course, report_support_meeting, meeting)
            if dice.random() < 0.5:
                proved = at + timedelta(minutes=4)
                diary.of_patient(
                    proved, counselor, course, verify_support_meeting, meeting.meeting_id
                )
    if dice.random() < 0.4 and course.first_meeting + timedelta(days=12) <= last:
        kind, resource = dice.choice(_RESOURCES)
        told = course.first_meeting + timedelta(days=3)
        referral = ResourceReferral(
            f"referral-{dice.getrandbits(48):012x}",
            kind,
            resource,
            told,
        )
        diary.of_patient(place.at(told, 12, 5), counselor, course, refer_to_resource, referral)
        became: ResourceOutcome = dice.choice(("connected", "waiting-list", "declined"))
        day = told + timedelta(days=8)
        diary.of_patient(
            *(place.at(day, 12, 30), counselor, course, record_resource_outcome),
            *(referral.referral_id, became, day),
        )


def _live_outside(place: Place, diary: Diary, course: Course) -> None:
    """Note a duty that leaves the hours of the group free, of some."""
    dice = course.dice("duties")
    if dice.random() > 0.3:
        return
    duty = Commitment(
        kind="school" if course.group.program_id == YOUTH else "work",
        title="Class" if course.group.program_id == YOUTH else "Early shift",
        weekdays=("MO", "TU", "WE", "TH", "FR"),
        starts=time(4, 30),
        ends=time(6),
        first_day=course.admitted_on,
        last_day=None,
    )
    diary.of_patient(place.at(course.admitted_on, 17, 14), DESK, course, note_commitment, duty)
