"""A patient's stay: the way in, the plan, what is measured and agreed to, and the way out."""

from datetime import date, timedelta
from random import Random
from typing import Literal, TypedDict

from domain.levels import Level
from domain.monitoring.instruments import Instrument
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    Enrolment,
    Plan,
    PlannedService,
    Referral,
)
from domain.patient.consent import Scope, Signer
from domain.patient.treatment import DischargeKind, Origin
from domain.screening import Candidacy, Finding
from domain.times import days
from services.application.admissions import admit_patient, refer_up, screen_patient
from services.application.discharge import discharge_patient, sign_discharge_summary
from services.application.disclosures import disclose, give_consent, revoke_consent
from services.application.episode import assign_counselor, justify_stay
from services.application.monitoring import take_assessment
from services.application.plans import authorize, certify_care, review_plan, set_plan
from services.application.rosters import enrol_patient
from services.demo.diary import BILLER, DESK, Diary, staff
from services.demo.payers import MEDICARE
from services.demo.people import Course
from services.demo.place import DIRECTOR, PART, PHYSICIAN, PROGRAMS, YOUTH, Place


class Signed(TypedDict):
    """What a consent says of how it was signed."""

    discloser: str
    signed_by: Signer
    interpreter: bool


_REFERRERS: tuple[tuple[str, Origin], ...] = (
    ("County Hospital", "inpatient"),
    ("Harbor House", "residential"),
    ("self", "community"),
    ("Family Court", "community"),
    ("Dr. Ames' office", "community"),
)

_LEVEL_AFTER: dict[DischargeKind, Level] = {"step-up": "3.1", "step-down": "1"}

REVIEWED_EVERY = 14

OVERDUE = timedelta(days=33)
"""Since when a plan that is forgotten was not reviewed; the program's standards have 30 days."""

_SERIES: tuple[tuple[Instrument, int, int], ...] = (
    ("phq-9", 14, 9),
    ("gad-7", 14, 7),
    ("bam", 7, 0),
)
"""Each questionnaire, how many days lie between two, and how many items are added up."""


def live_stay(place: Place, diary: Diary, course: Course) -> None:
    """Note a patient's way from the referral on, and all that is regularly done meanwhile."""
    _come_in(place, diary, course)
    if course.standing == "candidate":
        return
    _plan(place, diary, course)
    _agree(place, diary, course)
    _measure(place, diary, course)
    if course.left_on and course.end:
        kind, reason = course.end
        left = Discharge(course.left_on, kind, (reason,), _LEVEL_AFTER.get(kind))
        at = place.at(course.left_on + timedelta(days=1), 9, 40)
        counselor = staff(course.group.staff_id)
        diary.of_patient(at, counselor, course, discharge_patient, left)
        summed_up = place.open_day(course.left_on + timedelta(days=3))
        if summed_up < place.today:
            at = place.at(summed_up, 16)
            diary.of_patient(at, counselor, course, sign_discharge_summary, summed_up)


def _come_in(place: Place, diary: Diary, course: Course) -> None:
    dice, counselor = course.dice("way in"), staff(course.group.staff_id)
    by, origin = dice.choice(_REFERRERS)
    referral = Referral(course.group.program_id, course.referred_on, by, origin)
    diary.refer(place.at(course.referred_on, 10, dice.randrange(60)), DESK, course, referral)
    if course.standing == "candidate":
        _look_at_candidate(place, diary, course)
        return
    screened_on = course.admitted_on - timedelta(days=1)
    finding = _finding(dice, "2.1")
    diary.of_patient(
        place.at(screened_on, 14), counselor, course, screen_patient, screened_on, finding
    )
    diary.of_patient(
        *(place.at(course.admitted_on, 16, 40), counselor, course, admit_patient),
        admitted_on=course.admitted_on,
        payer=course.payer,
        focus=next(each.focus for each in PROGRAMS if each.program_id == course.group.program_id),
    )
    at = place.at(course.admitted_on, 16, 50)
    whose = (course.group.staff_id, course.admitted_on)
    diary.of_patient(at, staff(DIRECTOR), course, assign_counselor, *whose)
    if course.is_treated:
        asked = Enrolment(course.group.track_id, course.group.weekdays, course.first_meeting, None)
        diary.of_patient(at, counselor, course, enrol_patient, asked)


def _look_at_candidate(place: Place, diary: Diary, course: Course) -> None:
    """Of three candidates one waits to be screened, one to be admitted, one needs more care."""
    dice, counselor = course.dice("screening"), staff(course.group.staff_id)
    at, yesterday = place.now - timedelta(minutes=95), place.today - timedelta(days=1)
    if course.slot == 1:
        finding = _finding(dice, "2.1")
        diary.of_patient(at, counselor, course, screen_patient, yesterday, finding)
    if course.slot == 2:
        finding = _finding(dice, "3.1")
        diary.of_patient(at, counselor, course, screen_patient, yesterday, finding)
        diary.of_patient(at, counselor, course, refer_up, "3.1", ("no-safe-home",))


def _finding(dice: Random, level: Level) -> Finding:
    fits = level == "2.1"
    ratings = {str(number): dice.choice((1, 2, 2, 3)) for number in range(1, 7)}
    candidacy = Candidacy(
        stable_living=fits, motivated=True, support_at_home=fits, needs_24_hour_supervision=False
    )
    return Finding("3", ratings, candidacy, level, ("dimension-5",) if fits else ("living",))


def _plan(place: Place, diary: Diary, course: Course) -> None:
    """Note the plan, its reviews, a physician's certification and why a long stay goes on."""
    dice, counselor = course.dice("plan"), staff(course.group.staff_id)
    program = next(each for each in PROGRAMS if each.program_id == course.group.program_id)
    started = course.admitted_on
    first_review = started + timedelta(days=REVIEWED_EVERY)
    services = (
        PlannedService("group", course.group.parts * PART, course.group.times, "week"),
        PlannedService("individual", 50, 1, "week"),
    )
    goals = dice.sample(("back to work", "sleep", "no use", "family at home", "school"), 2)
    plan = Plan(program.weekly_minutes, program.days_per_week, services, tuple(goals), first_review)
    at = place.at(started, 17)
    diary.of_patient(at, counselor, course, set_plan, plan, started)
    reviewed = _every(place, course, REVIEWED_EVERY)
    if course.number % 23 == 6:
        # Nobody has looked at this plan for a while.
        reviewed = [each for each in reviewed if each <= place.today - OVERDUE]
    for day in reviewed:
        again = (day, day + timedelta(days=REVIEWED_EVERY + 3))
        diary.of_patient(place.at(day, 15, 10), counselor, course, review_plan, *again)
    physician = staff(PHYSICIAN)
    if course.payer == MEDICARE:
        for day in (started, *_every(place, course, 52)):
            diary.of_patient(place.at(day, 17, 30), physician, course, certify_care, day)
    if len(days_of := _every(place, course, 40)) and dice.random() < 0.7:
        diary.of_patient(place.at(days_of[0], 18), counselor, course, justify_stay, days_of[0])


def _agree(place: Place, diary: Diary, course: Course) -> None:
    """Note what the payer agreed to pay for, and what the patient lets be told to whom."""
    dice, started = course.dice("papers"), course.admitted_on
    counselor, at = staff(course.group.staff_id), place.at(course.admitted_on, 17, 10)
    number = f"{dice.getrandbits(48):012x}"
    if course.payer != MEDICARE:
        stays = (place.today - started).days // 7 * course.group.times
        left = 2 if course.number % 17 == 3 else dice.choice((9, 12, 16, 20))
        still = 4 if course.number % 17 == 9 else dice.choice((13, 20, 33, 41))
        authorized = Authorization(
            authorization_id=f"auth-{number}",
            payer=course.payer,
            code="H0015" if course.group.program_id != YOUTH else "S9480",
            units=stays + left,
            first_day=started,
            last_day=place.today + timedelta(days=still),
            minutes_per_unit=course.group.parts * 60,
        )
        diary.of_patient(at, BILLER, course, authorize, authorized)
    paid = Consent(
        f"consent-{number}-1",
        course.payer,
        "treatment-payment-operations",
        ("attendance", "plan"),
        started,
        redisclosure_told=True,
        **_signed(course),
    )
    diary.of_patient(at, counselor, course, give_consent, paid)
    told = started + timedelta(days=9)
    telling = Disclosure(f"disclosure-{number}", paid.consent_id, ("attendance",), told)
    diary.of_patient(place.at(told, 11, 20), BILLER, course, disclose, telling)
    if dice.random() < 0.4:
        purpose: Literal["legal", "employment"] = dice.choice(("legal", "employment"))
        whom = {"legal": "Family Court", "employment": "Employee assistance office"}[purpose]
        ends = place.today + timedelta(days=dice.choice((3, 25, 60)))
        scope: tuple[Scope, ...] = ("attendance", "drug-tests", "support")
        further = Consent(
            *(f"consent-{number}-2", whom, purpose, scope if purpose == "legal" else scope[:2]),
            *(started, ends),
            **_signed(course),
        )
        diary.of_patient(at, counselor, course, give_consent, further)
        if dice.random() < 0.2:
            day = place.today - timedelta(days=3)
            taken_back = (further.consent_id, max(day, started))
            diary.of_patient(
                place.now - timedelta(hours=20), counselor, course, revoke_consent, *taken_back
            )


def _signed(course: Course) -> Signed:
    """Return who signed a consent, and who may tell what it covers."""
    by: Signer = "patient-and-guardian" if course.group.program_id == YOUTH else "patient"
    return {"discloser": "The staff of this center", "signed_by": by, "interpreter": False}


def _measure(place: Place, diary: Diary, course: Course) -> None:
    """Note the questionnaires, which get better with time, of most."""
    dice, counselor = course.dice("questionnaires"), staff(course.group.staff_id)
    worst, better = dice.uniform(0.45, 0.75), dice.uniform(0.75, 1.0)
    for instrument, interval, items in _SERIES:
        taken = [course.admitted_on, *_every(place, course, interval)]
        if dice.random() < 0.03:
            taken = taken[:-1]
        for number, day in enumerate(taken):
            burden = worst * better**number * dice.uniform(0.8, 1.15)
            answers = _bam(dice, burden) if instrument == "bam" else _answers(dice, burden, items)
            at = place.at(day, 17, 20 + number % 3)
            diary.of_patient(at, counselor, course, take_assessment, instrument, answers)


def _answers(dice: Random, burden: float, items: int) -> dict[str, int]:
    """Return answers from 0 to 3 that add up to so much of the most; none of them is urgent."""
    answers = {
        str(item): min(3, max(0, round(3 * burden + dice.uniform(-0.9, 0.9))))
        for item in range(1, items + 1)
    }
    return answers | {"9": 0} if items == 9 else answers


def _bam(dice: Random, burden: float) -> dict[str, int]:
    risk = {
        str(item): min(4, round(4 * burden * dice.random())) for item in (1, 2, 3, 8, 11, 15, 17)
    }
    use = {str(item): int(dice.random() < burden / 2) for item in (4, 5, 6)}
    sevens = {f"7{letter}": use["6"] if letter == "a" else 0 for letter in "abcdefg"}
    strong = {
        str(item): max(0, 4 - round(4 * burden * dice.random())) for item in (9, 10, 12, 13, 14, 16)
    }
    return {**risk, **use, **sevens, **strong}


def _every(place: Place, course: Course, interval: int) -> list[date]:
    """Return the open days, so many days apart, on which something is done during a stay so far."""
    last = course.left_on or place.today
    found = (
        place.open_day(day) for day in list(days(course.admitted_on, last))[interval::interval]
    )
    return [day for day in found if day <= last]
