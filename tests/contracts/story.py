"""One patient's story, in which everything happens that can: an example of each event.

Whoever adds an event lets it happen here and runs `python -m tests.contracts`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.aggregate import Aggregate, CommandContext, Event
from domain.calendar import Calendar
from domain.facility import Facility, Room
from domain.identity import Identity, RecordNumber
from domain.kiosk_code import KioskCode
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Result
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.incidents import Incidents
from domain.monitoring.specimen import Measured
from domain.patient import (
    Authorization,
    Booking,
    Commitment,
    Consent,
    Discharge,
    Disclosure,
    EmergencyDisclosure,
    Enrolment,
    Outreach,
    Patient,
    Plan,
    PlannedService,
    Prompt,
    Referral,
    ResourceReferral,
    Screened,
    SupportMeeting,
    UnconsentedDisclosure,
)
from domain.patient.consent import Scope
from domain.policy import Parameter, Policy
from domain.program import Deviation, Pattern, Program, Segment, Series, Track
from domain.recipient import Recipient
from domain.screening import Candidacy, Finding, Screening
from domain.session import Absence, Amendment, Meeting, Session, SignIn, meeting_of
from domain.skipped_event import SkippedEvent
from domain.staff import Credential, Staff

ZONE = ZoneInfo("America/New_York")
MONDAY, WEDNESDAY, FRIDAY = date(2025, 3, 3), date(2025, 3, 5), date(2025, 3, 7)
LATE_AFTER = timedelta(minutes=10)
BEFORE = CommandContext("command-1", datetime(2025, 2, 24, 15, tzinfo=UTC), "staff-7")
AFTER = CommandContext("command-2", datetime(2025, 3, 8, 15, 30, tzinfo=UTC), "staff-3")
DURING = CommandContext("command-3", datetime(2025, 3, 5, 22, tzinfo=UTC), "staff-7")
LATER = CommandContext("command-4", datetime(2025, 3, 5, 23, tzinfo=UTC), "staff-7")
ANN, BEN, CAL = "patient-5f0c2e", "patient-91d7aa", "patient-c3340b"
ASSESSMENT = Assessment.id_of(ANN, "phq-9", DURING.at)

PLAN = Plan(
    540,
    3,
    (PlannedService("group", 90, 3, "week"), PlannedService("family", 60, 1, "month")),
    ("back to work",),
    date(2025, 4, 2),
)

PATTERN = Pattern(
    rule="FREQ=WEEKLY;BYDAY=MO,WE,FR",
    starts=time(17),
    ends=time(20),
    room_id="room-1",
    staff_id="staff-7",
    capacity=8,
    segments=(
        Segment(time(17), time(18, 30), "group", "Process group"),
        Segment(time(18, 30), time(18, 45), "break", "Break"),
        Segment(time(18, 45), time(20), "education", "Relapse prevention", "triggers"),
    ),
)
TRACK = Track("evening", "Evening group", MONDAY, None, PATTERN)


def examples() -> dict[type[Event], Event]:
    """The first event of each class in the story."""
    found: dict[type[Event], Event] = {}
    for aggregate in told():
        for event in aggregate.collect_events():
            assert isinstance(event, Event)
            found.setdefault(type(event), event)
    return found


def told() -> tuple[Aggregate, ...]:
    """The aggregates of the story, with all that happened to them."""
    return (
        *(facility(), program(), *identities(), *patients(), calendar(), *sessions()),
        *(candidate(), screening(), *assessments(), drug_tests(), incidents(), skipped_event()),
    )


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
    site.record_credential(BEFORE, "staff-7", Credential("LCSW", MONDAY, date(2027, 3, 2)))
    site.name_recipient(
        BEFORE, Recipient("acme-health", "Acme Health Plan", "payer", "1 Elm Street")
    )
    site.set_closing_delay(BEFORE, 30)
    site.supervise(BEFORE, "LMSW", MONDAY, supervised=True)
    site.supervise(AFTER, "LMSW", FRIDAY, supervised=False)
    site.adopt_payer_policy(BEFORE, "medicaid", POLICY, MONDAY)
    site.drop_payer_policy(BEFORE, "medicaid", POLICY.policy_id, FRIDAY)
    return site


POLICY = Policy(
    policy_id="ny-oasas-ios",
    version=1,
    name="New York OASAS Medicaid, intensive outpatient service",
    regime="state",
    population="adult",
    dated=MONDAY,
    counts=("group", "individual"),
    parameters=(Parameter("day_minutes_min", 180, "at least 3 hours that day", verified=True),),
)


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
    later = replace(PATTERN, starts=time(18), ends=time(21), modality="hybrid", segments=())
    adults.change_following(BEFORE, "evening", WEDNESDAY, later, "the bus comes later")
    adults.except_meeting(
        BEFORE, "evening", FRIDAY, Deviation("training", day=date(2025, 3, 8), room_id="room-2")
    )
    adults.lift_exception(BEFORE, "evening", FRIDAY)
    adults.block_meeting(BEFORE, "evening", FRIDAY, "room", "room-1")
    adults.unblock_meeting(BEFORE, "evening", FRIDAY)
    for patient_id in (ANN, BEN):
        adults.wait_for_track(BEFORE, "evening", patient_id, ("MO", "FR"))
    adults.pass_over(BEFORE, "evening", ANN, "2025-03-07: the session's 8 places are taken")
    adults.leave_waitlist(BEFORE, "evening", ANN, "found another program")
    adults.give_place(BEFORE, "evening", BEN)
    for reason in ("training", "snow"):
        adults.declare_closure(BEFORE, date(2025, 3, 10), reason)
    adults.lift_closure(BEFORE, date(2025, 3, 10))
    adults.adopt_policy(BEFORE, POLICY, MONDAY)
    adults.drop_policy(BEFORE, POLICY.policy_id, FRIDAY)
    return adults


def identities() -> Iterator[Aggregate]:
    identity = Identity.start(
        BEFORE, facility_id="oak-street", patient_id=ANN, sealed="bm90aGluZyB0byBzZWU="
    )
    identity.correct(BEFORE, "c3RpbGwgbm90aGluZw==")
    identity.keep_contact(BEFORE, "supporter-4c1b", "c29tZWJvZHkgY2xvc2U=")
    code = KioskCode.give(BEFORE, facility_id="oak-street", keyed_hash="3ad90c77", patient_id=ANN)
    identity.keep_kiosk_code(BEFORE, code.id)
    code.withdraw(BEFORE)
    code.give_again(BEFORE, BEN)
    yield code
    identity.forget(BEFORE, "asked for in writing, and kept long enough")
    yield identity
    number = RecordNumber.assign(
        BEFORE, facility_id="oak-street", keyed_hash="8c1f4be0", patient_id=ANN
    )
    number.withdraw(BEFORE, ANN)
    number.reassign(BEFORE, BEN)
    yield number


def _treated_elsewhere(ann: Patient) -> None:
    began = date(2025, 2, 3)
    ann.record_partial_hospitalization(BEFORE, began, None)
    ann.withdraw_partial_hospitalization(AFTER, began, "it was day treatment")


def patients() -> tuple[Aggregate, ...]:
    ann, again = (
        Patient.admit(
            BEFORE,
            id=patient_id,
            facility_id="oak-street",
            program_id="adult-iop",
            admitted_on=MONDAY,
            payer="medicaid",
            focus="substance-use",
            override="recorded by import",
        )
        for patient_id in (ANN, "patient-0b7a11")
    )
    ann.correct_admission(BEFORE, program_id="adult-iop", admitted_on=MONDAY, payer="self-pay")
    ann.change_payer(AFTER, "medicaid", WEDNESDAY)
    ann.assign_counselor(BEFORE, "staff-7", MONDAY)
    ann.justify_stay(AFTER, FRIDAY, "LMSW")
    ann.grant_leave(BEFORE, WEDNESDAY, date(2025, 3, 9), "a family wedding")
    ann.revise_leave(AFTER, WEDNESDAY, FRIDAY, "came back earlier")
    _treated_elsewhere(ann)
    ann.set_plan(BEFORE, PLAN, MONDAY)
    prompt = Prompt("assessment", ASSESSMENT)
    ann.set_plan(AFTER, replace(PLAN, weekly_minutes=600), WEDNESDAY, prompt)
    ann.review_plan(AFTER, FRIDAY, date(2025, 4, 4))
    ann.certify(BEFORE, MONDAY, credential="MD")
    ann.certify(AFTER, FRIDAY, credential="MD", due_by=date(2025, 4, 30))
    ann.taper_plan(AFTER, Plan(360, 2), FRIDAY, "1")
    authorization = Authorization(
        "authorization-7d31", "medicaid", "H0015", 12, MONDAY, date(2025, 3, 31), 3
    )
    ann.authorize(BEFORE, authorization)
    ann.authorize(AFTER, replace(authorization, units=20))
    enrolment = Enrolment("evening", ("MO", "WE"), MONDAY, None)
    ann.enrol(BEFORE, enrolment)
    ann.enrol(BEFORE, replace(enrolment, last_day=date(2025, 4, 30)))
    when = meeting(WEDNESDAY).span
    work = Commitment("work", "Shift", ("WE",), time(16), time(18), MONDAY, None)
    ann.book(BEFORE, [Booking(session(WEDNESDAY).id, when.starts_at, when.ends_at)])
    ann.commit(BEFORE, work)
    ann.commit(BEFORE, replace(work, title="Late shift"))
    ann.find_collisions(BEFORE, ZONE)
    ann.accept_collisions(BEFORE, ZONE, "the employer agreed")
    ann.block(BEFORE, session(FRIDAY).id, "the session's 8 places are taken")
    ann.name_supporter(BEFORE, "supporter-4c1b", "sister")
    ann.remove_supporter(BEFORE, "supporter-4c1b")
    ann.release(BEFORE, [session(WEDNESDAY).id], "called off")
    ann.report_support_meeting(AFTER, SupportMeeting("meeting-19c2", "12-step", WEDNESDAY))
    ann.verify_support_meeting(AFTER, "meeting-19c2")
    ann.refer_to_resource(
        AFTER, ResourceReferral("resource-82aa", "housing", "County housing office", WEDNESDAY)
    )
    ann.record_resource_outcome(AFTER, "resource-82aa", "waiting-list", FRIDAY)
    ann.attempt_outreach(
        AFTER, Outreach(session(MONDAY).id, DURING.at, way="call", result="message-left")
    )
    scope: tuple[Scope, ...] = ("attendance", "plan")
    ann.give_consent(
        BEFORE,
        Consent(
            "consent-55e0",
            "County court",
            "criminal-justice",
            scope,
            MONDAY,
            date(2025, 6, 30),
            discloser="the program's counselors",
            redisclosure_told=True,
            signed_by="patient-and-guardian",
            interpreter=False,
        ),
    )
    tell_others(ann)
    ann.revoke_consent(AFTER, "consent-55e0", FRIDAY)
    ann.waive_rule(
        AFTER, "days-a-week", first_day=MONDAY, last_day=FRIDAY, reason="a new job in these weeks"
    )
    ann.withdraw_waiver(AFTER, "days-a-week", MONDAY, "the job began later")
    ann.end(AFTER, Discharge(FRIDAY, "step-down", ("goals-met",), "1"))
    ann.sign_summary(AFTER, FRIDAY, credential="LCSW")
    ann.end(AFTER, None)
    ann.absorb(AFTER, again)
    return ann, again


def tell_others(ann: Patient) -> None:
    told = Disclosure(
        *("disclosure-3b9f", "consent-55e0", ("attendance",), WEDNESDAY),
        recipient="Probation department of the county",
        address="12 Court Square, Springfield",
        purpose="supervision of the probation",
    )
    ann.disclose(AFTER, told)
    paramedics = EmergencyDisclosure(
        "disclosure-71d0",
        DURING.at,
        personnel="Pat Medic",
        affiliation="County ambulance service",
        discloser="Ana Diaz",
        nature="fainted in a group",
        scope=("attendance", "drug-tests"),
        address="4 Station Road, Springfield",
    )
    ann.disclose_in_emergency(AFTER, paramedics)
    ordered = UnconsentedDisclosure(
        "disclosure-c2a4",
        "court-order",
        "County court",
        "an order in a case about custody",
        ("attendance",),
        WEDNESDAY,
        reference="County court, order 25-117 of March 3, 2025",
        address="1 Court Square, Springfield",
    )
    ann.disclose_without_consent(AFTER, ordered)


def candidate() -> Aggregate:
    referral = Referral("adult-iop", MONDAY, "County hospital", "inpatient")
    cal = Patient.refer(BEFORE, id=CAL, facility_id="oak-street", referral=referral)
    cal.take_screening(BEFORE, Screened("screening-0e77", MONDAY, "3.5"))
    cal.refer_up(BEFORE, "3.5", ("no-safe-home",))
    cal.refer_again(AFTER, replace(referral, day=WEDNESDAY, origin="residential"))
    cal.close_referral(AFTER, "could not be reached")
    cal.refer_again(AFTER, replace(referral, day=FRIDAY, origin="residential"))
    cal.take_screening(AFTER, Screened("screening-41d9", FRIDAY, "2.1"))
    cal.admit_candidate(AFTER, admitted_on=FRIDAY, payer="medicaid", focus="co-occurring")
    return cal


def screening() -> Aggregate:
    ratings = {"1": 0, "2": 1, "3": 2, "4": 1, "5": 3, "6": 2}
    candidacy = Candidacy(
        stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
    )
    finding = Finding("3", ratings, candidacy, "2.1", ("dimension-5", "support"))
    found = Screening.start(
        AFTER,
        facility_id="oak-street",
        patient_id=CAL,
        screened_on=FRIDAY,
        finding=finding,
        population="adult",
    )
    corrected = replace(finding, ratings=ratings | {"3": 1})
    found.correct(AFTER, corrected, population="adult", reason="typed wrongly")
    return found


def assessments() -> Iterator[Aggregate]:
    answers = {str(number): 1 for number in range(1, 10)}
    phq = Assessment.take(
        AFTER,
        facility_id="oak-street",
        patient_id=ANN,
        instrument="phq-9",
        taken_at=DURING.at,
        answers=answers,
    )
    phq.correct(AFTER, answers | {"1": 2}, "typed wrongly")
    phq.acknowledge(AFTER, "assessed-further", credential="LCSW")
    yield phq


def drug_tests() -> Aggregate:
    tests = DrugTesting.start(BEFORE, facility_id="oak-street", patient_id=ANN)
    tests.set_interval(BEFORE, Gaps(2, 2), MONDAY, "bm90IHRvIGJlIHNlZW4=")
    tests.draw(DURING, b"seed", WEDNESDAY, [WEDNESDAY])
    tests.set_phase(DURING, "stable", WEDNESDAY, MONDAY)
    (drawn,) = tests.tests
    tests.notify(DURING, drawn, DURING.at)
    tests.collect(DURING, drawn, DURING.at, "urine", observed=True)
    tests.hand_over(LATER, drawn, HandOver(LATER.at, "staff-7", "County laboratory"))
    measured = Measured(creatinine=88.0, specific_gravity=1.012, ph=6.1, nitrite=0.0)
    result = Result("presumptive", "positive", AFTER.at, ("THC",), measured)
    tests.report_result(AFTER, drawn, result)
    tests.correct_result(AFTER, drawn, replace(result, substances=("EtG",)), "typed wrongly")
    ends: list[tuple[str, Callable[[Any], object]]] = [
        ("missed", lambda it: it.miss(AFTER, "missed", FRIDAY)),
        ("refused", lambda it: it.refuse(AFTER, "refused", AFTER.at)),
        ("lost", lambda it: it.call_off(AFTER, "lost", "the specimen was lost")),
    ]
    for name, end in ends:
        tests.order(DURING, name, WEDNESDAY, "for-cause")
        tests.notify(DURING, name, DURING.at)
        end(tests)
    tests.end_interval(AFTER, "the treatment ended")
    return tests


def incidents() -> Aggregate:
    learned = Incidents.start(BEFORE, facility_id="oak-street", patient_id=ANN)
    learned.learn(AFTER, "arrest", WEDNESDAY)
    learned.withdraw(AFTER, "arrest", WEDNESDAY, "it was somebody else")
    return learned


def calendar() -> Aggregate:
    room = Calendar.start(
        BEFORE, facility_id="oak-street", kind="room", resource_id="room-1", day=MONDAY
    )
    room.book(BEFORE, session(MONDAY).id, meeting(MONDAY).span)
    room.release(BEFORE, session(MONDAY).id)
    return room


def meeting(day: date) -> Meeting:
    occurrence = Series(TRACK).occurrence(day)
    assert occurrence
    return meeting_of(
        occurrence, program_id="adult-iop", track_id="evening", zone=ZONE, room_holds=12
    )


def session(day: date) -> Session:
    return Session.schedule(
        BEFORE, facility_id="oak-street", label=TRACK.track_id, meeting=meeting(day)
    )


COSIGNER = replace(AFTER, author="staff-9", staff_id="staff-9")


def sessions() -> Iterator[Aggregate]:
    missed, came_to, withdrawn = session(MONDAY), session(WEDNESDAY), session(FRIDAY)
    found = Amendment("the sheet was found", "LCSW")

    missed.reschedule(BEFORE, replace(missed.meeting, room_id="room-2"))
    missed.substitute_room(BEFORE, "room-3", places=1, reason="burst pipe")
    missed.substitute_staff(BEFORE, "staff-3", credential="LMSW", reason="flu")
    missed.roster(BEFORE, BEN)
    for patient_id in (ANN, "patient-77e0d2"):
        missed.wait(BEFORE, patient_id)
    missed.leave_waitlist(BEFORE, "patient-77e0d2", "found another day")
    missed.release(BEFORE, BEN)
    missed.offer_places(BEFORE, {ANN: "the patient is booked for another session"})
    missed.offer_places(BEFORE, {})
    called = Absence("fever", missed.meeting.starts_at - timedelta(hours=9), excused=True)
    missed.note_absence(BEFORE, ANN, called)
    missed.note_absence(BEFORE, ANN, replace(called, excused=False))
    missed.link_make_up(BEFORE, ANN, came_to)
    missed.unlink_make_up(BEFORE, ANN)
    missed.call_off(BEFORE, "burst pipe")
    missed.restore(BEFORE, "the pipe is mended")
    missed.call_off(BEFORE, "burst pipe")
    yield missed

    starts_at, ends_at = came_to.meeting.starts_at, came_to.meeting.ends_at
    came_to.roster(BEFORE, BEN)
    came_to.sign_in(BEFORE, ANN, SignIn(starts_at, ends_at), makes_up=missed.id)
    came_to.sign_in(BEFORE, ANN, SignIn(starts_at, ends_at), makes_up=withdrawn.id)
    came_to.expect_supporter(BEFORE, "supporter-4c1b", patient_id=BEN, relation="sister")
    came_to.start(DURING, credential="LCSW")
    came_to.check_in_supporter(DURING, "supporter-4c1b")
    came_to.check_out_supporter(LATER, "supporter-4c1b")
    came_to.turn_away(DURING, BEN, reason="not sober")
    came_to.close(AFTER, LATE_AFTER)
    came_to.sign_in(AFTER, BEN, SignIn(starts_at + timedelta(minutes=11)), amendment=found)
    line = SignIn(starts_at + timedelta(minutes=11), ends_at)
    came_to.sign_in(AFTER, BEN, line, amendment=found)
    early = replace(line, left_at=ends_at - timedelta(hours=1))
    came_to.sign_in(AFTER, BEN, early, amendment=found)
    came_to.reconcile_attendance(AFTER, LATE_AFTER, found)
    came_to.sign_group_note(AFTER, credential="LMSW")
    came_to.sign_individual_note(AFTER, BEN, credential="LMSW", services=("group",))
    came_to.cosign_notes(COSIGNER, BEN, credential="LCSW", needs=lambda _: True)
    came_to.sign_sheet(AFTER, credential="LMSW")
    came_to.undo_check_in(AFTER, BEN, line.arrived_at, amendment=found)
    came_to.check_out(AFTER, BEN, at=ends_at, amendment=found)
    came_to.reassign_sign_in(AFTER, ANN, starts_at, to=BEN, amendment=found)
    came_to.reconcile_attendance(AFTER, LATE_AFTER, found)
    yield came_to

    withdrawn.roster(BEFORE, ANN)
    withdrawn.expect_supporter(BEFORE, "supporter-4c1b", patient_id=ANN, relation="sister")
    withdrawn.release_supporter(BEFORE, "supporter-4c1b")
    withdrawn.withdraw(BEFORE, "track revised")
    yield withdrawn


def skipped_event() -> Aggregate:
    skipped = SkippedEvent.declare(
        LATER,
        facility_id="oak-street",
        view="attendance",
        event_id=f"{session(MONDAY).id}:4",
        position=4593,
        reason="a reason with a character that PostgreSQL cannot hold",
    )
    skipped.withdraw(LATER, "the view can take it in since the release of today")
    skipped.declare_again(LATER, "it cannot after all")
    return skipped
