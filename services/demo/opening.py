"""How the clinic is set up: the site, its programs, their tracks and by what they are judged."""

from datetime import date, timedelta

from domain.policy import SERVICES, Parameter, Policy
from domain.program import Pattern, Track, weekly
from domain.recipient import Recipient
from domain.staff import Credential
from domain.times import days
from services.application.facilities import (
    keep_room,
    keep_staff,
    name_recipient,
    open_facility,
    open_program,
    record_credential,
    supervise_credential,
)
from services.application.policies import adopt_payer_policy, adopt_policy
from services.application.tracks import declare_closure, extend_track, keep_track
from services.demo.diary import ADMINISTRATOR, COMPLIANCE, ITSELF, Diary, staff
from services.demo.payers import INSURANCE, PAYER_POLICIES
from services.demo.place import (
    ADULTS,
    DIRECTOR,
    DUAL,
    FACILITY_ID,
    NAME,
    NURSE,
    PROGRAMS,
    ROOMS,
    STAFF,
    SUPERVISED,
    SUPERVISED_SINCE,
    YOUTH,
    Group,
    Place,
)
from services.policy_packs import packs

OWN_STANDARDS = Policy(
    policy_id="maple-street-notes",
    version=1,
    name="Maple Street, notes and signatures (invented)",
    regime="program",
    population=None,
    dated=date(2026, 1, 5),
    counts=SERVICES,
    parameters=(
        Parameter("note_days", 3, "the clinic's handbook, section 2 (invented)", False),
        Parameter("cosign_business_days", 5, "the clinic's handbook, section 3 (invented)", False),
        Parameter(
            "discharge_summary_days", 7, "the clinic's handbook, section 4 (invented)", False
        ),
    ),
)
"""What the clinic asks of itself, since it wrote its own handbook."""

RECIPIENTS = (
    Recipient("harbor-health", INSURANCE, "payer", "200 Harbor Way"),
    Recipient("family-court", "Family Court", "court", "1 Court Square"),
)
"""Who outside has a program that reads what patients let them be told."""

TOLD_SINCE = timedelta(days=6)
"""For how long."""

HANDBOOK_SINCE = timedelta(days=21)


def open_clinic(place: Place, diary: Diary) -> None:
    """Note how the clinic is set up, and that its schedule goes on week after week."""
    at = place.at(place.first_day - timedelta(days=10), 9)
    director = staff(DIRECTOR)
    diary.do(
        *(at, ADMINISTRATOR, open_facility, FACILITY_ID),
        name=NAME,
        timezone=place.zone.key,
        week_starts_on=place.week_starts_on,
        late_after_minutes=10,
    )
    for room in ROOMS:
        diary.do(at, ADMINISTRATOR, keep_room, FACILITY_ID, room)
    for member in STAFF:
        diary.do(at, ADMINISTRATOR, keep_staff, FACILITY_ID, member)
    ending = Credential("LADC", place.first_day, place.today + timedelta(days=12))
    diary.do(at, ADMINISTRATOR, record_credential, FACILITY_ID, NURSE, ending)
    for each in PROGRAMS:
        diary.do(
            *(at, director, open_program, FACILITY_ID, each.program_id),
            name=each.name,
            population="adolescent" if each.program_id == YOUTH else "adult",
            focus=each.focus,
            weekly_minutes=each.weekly_minutes,
            days_per_week=each.days_per_week,
        )
        for pack in each.policies:
            adopted = (packs()[pack], place.first_day)
            diary.do(at, COMPLIANCE, adopt_policy, FACILITY_ID, each.program_id, *adopted)
    written = place.at(place.today - HANDBOOK_SINCE, 15)
    for program_id in (ADULTS, DUAL):
        asked = (OWN_STANDARDS, place.today - HANDBOOK_SINCE)
        diary.do(written, COMPLIANCE, adopt_policy, FACILITY_ID, program_id, *asked)
    since = place.today - SUPERVISED_SINCE
    diary.do(place.at(since, 8), director, supervise_credential, FACILITY_ID, SUPERVISED, since)
    for recipient in RECIPIENTS:
        at_noon = place.at(place.today - TOLD_SINCE, 12)
        diary.do(at_noon, ADMINISTRATOR, name_recipient, FACILITY_ID, recipient)
    for payer, policies in PAYER_POLICIES.items():
        for policy in policies:
            adopted = (policy, place.first_day)
            diary.do(at, COMPLIANCE, adopt_payer_policy, FACILITY_ID, payer, *adopted)
    for group in place.groups:
        which = (FACILITY_ID, group.program_id)
        diary.do(at, director, keep_track, *which, _track(place, group))
        for day in list(days(place.first_day, place.today))[::7]:
            diary.do(place.at(day, 0, 20), ITSELF, extend_track, *which, group.track_id)
    closed = (place.closed_on, "Staff training day")
    for each in PROGRAMS:
        at = place.now - timedelta(days=6, hours=2)
        diary.do(at, director, declare_closure, FACILITY_ID, each.program_id, *closed)


def _track(place: Place, group: Group) -> Track:
    pattern = Pattern(
        rule=weekly(group.weekdays),
        starts=group.starts,
        ends=group.ends,
        room_id=group.room_id,
        staff_id=group.staff_id,
        capacity=group.capacity,
        segments=group.segments,
        modality=group.modality,
    )
    return Track(group.track_id, group.name, place.first_day, place.last_day, pattern)
