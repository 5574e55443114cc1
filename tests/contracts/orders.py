"""A payload of each command, out of the same story as the events.

Whoever adds a command adds its payload here and runs `python -m tests.contracts`.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from domain.facility import Room
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Result
from domain.monitoring.specimen import Measured
from domain.patient import (
    Authorization,
    Commitment,
    Consent,
    Discharge,
    Disclosure,
    EmergencyDisclosure,
    Enrolment,
    Plan,
    Prompt,
    Referral,
    ResourceReferral,
    SupportMeeting,
    UnconsentedDisclosure,
)
from domain.program import Deviation
from domain.recipient import Recipient
from domain.screening import Candidacy, Finding
from domain.session import Absence, Amendment
from domain.staff import Credential, Staff
from services.vault import Contact, Person
from tests.contracts.story import (
    ANN,
    ASSESSMENT,
    BEN,
    CAL,
    DURING,
    FRIDAY,
    LATER,
    MONDAY,
    PATTERN,
    PLAN,
    POLICY,
    TRACK,
    WEDNESDAY,
    meeting,
    session,
)

SITE = {"name": "Oak Street", "week_starts_on": "monday", "late_after_minutes": 15}
PRESCRIBED = {
    "name": "Adult IOP",
    "population": "adult",
    "focus": "co-occurring",
    "weekly_minutes": 540,
    "days_per_week": 3,
}
EVENING, IOP = {"track_id": "evening"}, {"program_id": "adult-iop"}
FOUND = Amendment("the sheet was found", "LCSW")
MEETING = replace(meeting(WEDNESDAY), track_id=None, occurrence=None)
STARTS = MEETING.starts_at
POLICY_ID = {"policy_id": POLICY.policy_id}
AT = {"session_id": session(WEDNESDAY).id}
MISSED = session(MONDAY).id
REASON = {"reason": "burst pipe"}
PAYER = {"payer": "medicaid"}
RESULT = Result(
    "presumptive",
    "positive",
    LATER.at,
    ("THC",),
    Measured(creatinine=88.0, specific_gravity=1.012, ph=6.1, nitrite=0.0),
)
TEST = {"patient_id": ANN, "test_id": "drug-test-2b61"}
HER, HIM, SOMEBODY = {"patient_id": ANN}, {"patient_id": BEN}, {"patient_id": CAL}
SISTER = {"supporter_id": "supporter-4c1b"}


def payloads() -> dict[str, Any]:
    """Return the payload of each command, as JSON, by the command's name."""
    told = {
        f"{aggregate}.{word}": payload
        for aggregate, words in (
            ("facility", _facility()),
            ("program", _program()),
            ("session", _session() | _record()),
            ("patient", _candidate() | _stay() | _planned() | _schedule() | _support()),
            ("identity", {"forget": SOMEBODY | {"because": "asked for in writing"}}),
            ("screening", _screening()),
            ("assessment", _assessment()),
            ("drug-testing", _drug_testing()),
        )
        for word, payload in words.items()
    }
    found: dict[str, Any] = TypeAdapter(Any).dump_python(told, mode="json")
    return found


def _facility() -> dict[str, Any]:
    return {
        "open": SITE | {"timezone": "America/New_York"},
        "revise": SITE,
        "set-closing-delay": {"minutes": 60},
        "supervise-credential": {"credential": "LMSW", "from_day": MONDAY},
        "unsupervise-credential": {"credential": "LMSW", "from_day": FRIDAY},
        "keep-room": {"room": Room("room-1", "Maple", 12)},
        "keep-staff": {"staff": Staff("staff-7", "Dana Example", "LCSW")},
        "name-recipient": {"recipient": Recipient("acme-health", "Acme Health Plan", "payer")},
        "record-credential": {"staff_id": "staff-7", "credential": Credential("LCSW", MONDAY)},
        "adopt-payer-policy": PAYER | {"policy": POLICY, "from_day": MONDAY},
        "drop-payer-policy": PAYER | POLICY_ID | {"from_day": FRIDAY},
    }


def _program() -> dict[str, Any]:
    later = {"pattern": PATTERN, "reason": "the bus comes later"}
    deviation = Deviation("training", day=date(2025, 3, 8), room_id="room-2")
    return {
        "open": IOP | PRESCRIBED,
        "revise": IOP | PRESCRIBED,
        "adopt-policy": IOP | {"policy": POLICY, "from_day": MONDAY},
        "change-following": IOP | EVENING | {"from_day": WEDNESDAY} | later,
        "change-meeting": IOP | EVENING | {"occurrence": FRIDAY, "deviation": deviation},
        "declare-closure": IOP | {"day": date(2025, 3, 10), "reason": "snow", "dry_run": True},
        "drop-policy": IOP | POLICY_ID | {"from_day": FRIDAY},
        "extend-track": IOP | EVENING,
        "keep-track": IOP | {"track": TRACK},
        "lift-closure": IOP | {"day": date(2025, 3, 10)},
        "restore-meeting": IOP | EVENING | {"occurrence": FRIDAY},
    }


def _session() -> dict[str, Any]:
    called = Absence("fever", STARTS - timedelta(hours=9), excused=True)
    return {
        "book-patient": AT | HIM,
        "call-off": AT | REASON,
        "check-in": AT | HER | {"at": STARTS, "makes_up": MISSED},
        "check-in-supporter": AT | SISTER,
        "check-out": AT | HER,
        "check-out-supporter": AT | SISTER,
        "close": AT,
        "invite-supporter": AT | HIM | SISTER,
        "note-absence": AT | HIM | {"absence": called},
        "release-patient": AT | HIM | {"reason": "found another day"},
        "release-supporter": AT | SISTER,
        "restore": AT | {"reason": "the pipe is mended"},
        "reschedule": AT | {"meeting": replace(MEETING, room_id="room-2")},
        "schedule": {"label": "make-up", "meeting": MEETING},
        "start": AT,
        "stop-waiting": AT | HIM | {"reason": "found another day"},
        "substitute-room": AT | {"room_id": "room-3"} | REASON,
        "substitute-staff": AT | {"staff_id": "staff-3", "reason": "flu"},
        "turn-away": AT | HIM | {"reason": "not sober"},
        "wait": AT | HIM,
    }


def _record() -> dict[str, Any]:
    line = AT | HER | {"arrived_at": STARTS, "amendment": FOUND}
    return {
        "reassign-sign-in": line | {"to": BEN},
        "sign-group-note": AT,
        "sign-individual-note": AT | HIM | {"services": ["group"]},
        "cosign-note": AT | HIM,
        "sign-sheet": AT,
        "undo-check-in": line,
    }


def _candidate() -> dict[str, Any]:
    person = Person("OA1042", "Cal", "Example", date(1990, 1, 31))
    admitted = {"admitted_on": FRIDAY} | PAYER
    return {
        "refer": {
            "person": person,
            "referral": Referral("adult-iop", MONDAY, "County hospital", "inpatient"),
        },
        "refer-up": SOMEBODY | {"level": "3.5", "reasons": ["no-safe-home"]},
        "close-referral": SOMEBODY | {"reason": "could not be reached"},
        "admit": SOMEBODY | admitted | {"focus": "co-occurring"},
        "correct-admission": SOMEBODY | admitted | IOP,
        "correct-identity": SOMEBODY
        | {"given_name": "Cal", "family_name": "Instance", "born": date(1990, 1, 30)},
        "correct-record-number": SOMEBODY | {"mrn": "OA1024"},
        "merge": {"duplicate_id": "patient-0b7a11", "into": ANN},
    }


def _stay() -> dict[str, Any]:
    waived = HER | {"rule": "days-a-week", "first_day": MONDAY}
    consent = Consent(
        "consent-55e0", "County court", "legal", ("attendance",), MONDAY, date(2025, 6, 30)
    )
    told = Disclosure("disclosure-3b9f", consent.consent_id, ("attendance",), WEDNESDAY)
    paramedics = EmergencyDisclosure(
        "disclosure-71d0",
        datetime(2025, 3, 5, 22, 30, tzinfo=UTC),
        personnel="Pat Medic",
        affiliation="County ambulance service",
        discloser="Ana Diaz",
        nature="fainted in a group",
        scope=("attendance",),
    )
    ordered = UnconsentedDisclosure(
        "disclosure-c2a4",
        "court-order",
        "County court",
        "an order in a case about custody",
        ("attendance",),
        WEDNESDAY,
        reference="County court, order 25-117 of March 3, 2025",
    )
    leave = HER | {"first_day": WEDNESDAY, "last_day": date(2025, 3, 9)}
    incident = HER | {"kind": "arrest", "learned_on": WEDNESDAY}
    return {
        "assign-counselor": HER | {"staff_id": "staff-7", "from_day": MONDAY},
        "change-payer": HER | PAYER | {"from_day": WEDNESDAY},
        "justify-stay": HER | {"justified_on": FRIDAY},
        "grant-leave": leave | {"reason": "a family wedding"},
        "revise-leave": leave | {"last_day": None, "reason": "stayed after all"},
        "record-partial-hospitalization": HER | {"first_day": MONDAY, "last_day": WEDNESDAY},
        "withdraw-partial-hospitalization": HER
        | {"first_day": MONDAY, "reason": "it was day treatment"},
        "give-consent": HER | {"consent": consent},
        "disclose": HER | {"disclosure": told},
        "disclose-in-emergency": HER | {"disclosure": paramedics},
        "disclose-without-consent": HER | {"disclosure": ordered},
        "revoke-consent": HER | {"consent_id": consent.consent_id, "day": FRIDAY},
        "waive-rule": waived | {"last_day": FRIDAY, "reason": "a new job in these weeks"},
        "withdraw-waiver": waived | {"reason": "the job began later"},
        "discharge": HER | {"discharge": Discharge(FRIDAY, "step-down", ("goals-met",), "1")},
        "sign-discharge-summary": HER | {"signed_on": FRIDAY, "discharged_on": FRIDAY},
        "record-incident": incident,
        "withdraw-incident": incident | {"reason": "it was somebody else"},
        "take-discharge-back": HER,
    }


def _planned() -> dict[str, Any]:
    agreed = Authorization(
        "authorization-7d31", "medicaid", "H0015", 12, MONDAY, date(2025, 3, 31), 3
    )
    prompt = Prompt("assessment", ASSESSMENT)
    return {
        "set-plan": HER | {"plan": PLAN, "effective_from": MONDAY, "prompt": prompt},
        "taper-plan": HER | {"plan": Plan(360, 2), "effective_from": FRIDAY, "to_level": "1"},
        "review-plan": HER | {"reviewed_on": FRIDAY, "next_review": date(2025, 4, 4)},
        "certify-care": HER | {"certified_on": MONDAY, "due_by": date(2025, 4, 30)},
        "authorize": HER | {"authorization": agreed},
    }


def _schedule() -> dict[str, Any]:
    enrolment = Enrolment("evening", ("MO", "WE"), MONDAY, None)
    work = Commitment("work", "Shift", ("WE",), PATTERN.starts, PATTERN.ends, MONDAY, None)
    days = {"first_day": MONDAY, "last_day": FRIDAY}
    return {
        "enrol": HER | {"enrolment": enrolment},
        "end-enrolment": HER | EVENING | days,
        "correct-enrolment": HER
        | EVENING
        | {"first_day": MONDAY, "corrected_first_day": WEDNESDAY},
        "wait-for-track": HER | EVENING | {"weekdays": ["MO", "FR"]},
        "stop-waiting-for-track": HER | EVENING | {"reason": "found another program"},
        "note-commitment": HER | {"commitment": work},
        "accept-collisions": HER | {"reason": "the employer agreed"},
        "book-repair": HER | {"session_ids": [session(FRIDAY).id]},
    }


def _support() -> dict[str, Any]:
    went = SupportMeeting("meeting-19c2", "12-step", WEDNESDAY)
    office = ResourceReferral("resource-82aa", "housing", "County housing office", WEDNESDAY)
    reached = {"way": "call", "result": "message-left", "at": DURING.at}
    who = Contact("Sam Example", "555-0142")
    return {
        "name-supporter": HER | SISTER | {"relation": "sister", "who": who},
        "remove-supporter": HER | SISTER,
        "report-support-meeting": HER | {"meeting": went},
        "verify-support-meeting": HER | {"meeting_id": went.meeting_id},
        "refer-to-resource": HER | {"referral": office},
        "record-resource-outcome": HER
        | {"referral_id": office.referral_id, "outcome": "waiting-list", "day": FRIDAY},
        "attempt-outreach": HER | {"session_id": MISSED} | reached,
    }


def _screening() -> dict[str, Any]:
    finding = Finding(
        edition="3",
        ratings={"1": 0, "2": 1, "3": 2, "4": 1, "5": 3, "6": 2},
        candidacy=Candidacy(
            stable_living=True,
            motivated=True,
            support_at_home=True,
            needs_24_hour_supervision=False,
        ),
        level="2.1",
        grounds=("dimension-5", "support"),
    )
    return {"screen": SOMEBODY | {"screened_on": FRIDAY, "finding": finding}}


def _assessment() -> dict[str, Any]:
    answers = {str(number): 1 for number in range(1, 10)}
    return {
        "take": HER | {"instrument": "phq-9", "answers": answers, "taken_at": DURING.at},
        "acknowledge-concern": {"assessment_id": ASSESSMENT, "response": "assessed-further"},
    }


def _drug_testing() -> dict[str, Any]:
    handed = HandOver(LATER.at, "staff-7", "County laboratory")
    return {
        "set-draws": HER | {"gaps": Gaps(2, 2)},
        "end-draws": HER | {"reason": "the treatment ended"},
        "set-phase": HER | {"phase": "stable", "from_day": WEDNESDAY, "gaps": Gaps(2, 9)},
        "draw": HER,
        "order": HER | {"because": "for-cause"},
        "notify": TEST,
        "collect": TEST | {"specimen": "urine", "observed": True},
        "hand-over": TEST | {"hand_over": handed},
        "report-result": TEST | {"result": RESULT},
        "correct-result": TEST
        | {"result": replace(RESULT, substances=("EtG",))}
        | {"reason": "typed wrongly"},
        "miss": TEST,
        "refuse": TEST,
        "call-off": TEST | {"reason": "the specimen was lost"},
    }
