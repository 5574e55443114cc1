"""Examples of pages, for the documents that describe them: an invented patient."""

from datetime import date, datetime

from services.reports.pages import EventTold, FindingFacts, PatientFacts


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


PATIENT: PatientFacts = {
    "as_of": date(2026, 11, 23),
    "name": "Lee Example",
    "mrn": "OA1008",
    "born": date(1990, 3, 4),
    "age": 36,
    "candidacy": {
        "program": "adult-sud",
        "referred_on": date(2026, 10, 20),
        "by": "County hospital",
        "origin": "inpatient",
        "recommended_level": "2.1",
        "state": "admitted",
        "referred_up_to": None,
        "reasons": [],
    },
    "episodes": [
        {
            "episode": 1,
            "program": "adult-sud",
            "admitted_on": date(2026, 10, 28),
            "payer": "medicaid",
            "focus": "substance-use",
            "override": None,
            "discharged_on": None,
            "discharge_kind": None,
            "discharge_reasons": [],
            "to_level": None,
            "of_a_merged_record": False,
            "summary": None,
        }
    ],
    "to_do": [{"what": "plan review", "because": "every 30 days", "due": date(2026, 11, 27)}],
    "plan": {
        "effective_from": date(2026, 10, 28),
        "weekly_minutes": 540,
        "days_per_week": 3,
        "services": [{"service": "group", "minutes": 180, "times": 3, "per": "week"}],
        "goals": ["Sleep without alcohol"],
        "prompted_by": None,
        "tapers_to": None,
    },
    "authorizations": [
        {
            "payer": "medicaid",
            "code": "H0015",
            "units": 30,
            "used": 11,
            "units_left": 19,
            "first_day": date(2026, 10, 28),
            "last_day": date(2026, 12, 31),
            "in_force": True,
        }
    ],
    "weeks": [
        {
            "week_of": date(2026, 11, 16),
            "scheduled_minutes": 540,
            "scheduled_days": 3,
            "credited_minutes": 402,
            "required_minutes": 540,
            "credited_days": 3,
            "required_days": 3,
            "verdict": "short",
        }
    ],
    "next_sessions": [
        {
            "label": "evening",
            "starts_at": _at("2026-11-24T18:00:00-05:00"),
            "ends_at": _at("2026-11-24T21:10:00-05:00"),
        }
    ],
    "screening": {
        "screened_on": date(2026, 10, 21),
        "edition": "4",
        "ratings": {"1": 1, "2": 1, "3": 2, "4": 2, "5": 1},
        "level": "2.1",
        "grounds": ["dimension-3"],
        "verified": False,
    },
    "assessments": [
        {
            "instrument": "phq-9",
            "scale": "severity",
            "values": [
                {"day": date(2026, 11, 2), "score": 11, "band": "moderate", "verified": True}
            ],
        }
    ],
    "drug_tests": [
        {
            "day": date(2026, 11, 12),
            "because": "drawn",
            "state": "resulted",
            "kind": "screen",
            "outcome": "negative",
            "substances": [],
            "validity": None,
        }
    ],
    "incidents": [{"kind": "arrest", "learned_on": date(2026, 11, 2)}],
    "stable_since": None,
    "supporters": [{"relation": "sponsor", "name": "Kim Example", "reached_at": "555 0100"}],
    "meetings_of_others": {
        "in_all": 6,
        "verified": 4,
        "in_30_days": 5,
        "verified_in_30_days": 4,
    },
    "resources": [
        {
            "kind": "housing",
            "resource": "County housing office",
            "day": date(2026, 11, 3),
            "outcome": None,
            "outcome_day": None,
        }
    ],
    "outreach": [{"at": _at("2026-11-18T09:20:00-05:00"), "way": "call", "result": "no-answer"}],
    "consents": [
        {
            "recipient": "County court",
            "delivered": True,
            "purpose": "legal",
            "scope": ["attendance"],
            "given_on": date(2026, 10, 28),
            "last_day": date(2027, 4, 28),
            "revoked_on": None,
            "in_force": True,
            "discloser": "The staff of this center",
            "redisclosure_told": False,
            "signed_by": "patient",
            "interpreter": False,
        }
    ],
    "disclosures": {"in_all": 1, "last_day": date(2026, 11, 9)},
}

_ADOPTED: EventTold = {
    "event": "program-cf0d5690e86a5c108ff721bec3867313:2",
    "kind": "program.policy-adopted",
    "what": "Policy adopted: Program standards, adults, version 1, from Mon, Sep 14, 2026",
    "happened_at": None,
    "session": None,
    "at": _at("2026-09-14T09:00:00-04:00"),
    "author": "Ana Diaz, LCSW [s-diaz]",
    "reason": None,
    "says": "program-standards-adult, version 1, from 2026-09-14",
}

FINDING: FindingFacts = {
    "finding": "923c7c437035fe28",
    "rule": "attended-hours",
    "in_words": "Rule: at least 9 hours attended in a week",
    "policy": "program-standards-adult",
    "version": 1,
    "policy_name": "Program standards, adults",
    "mrn": "OA1008",
    "about": None,
    "from": date(2026, 11, 16),
    "to": date(2026, 11, 22),
    "state": "breached",
    "measured": 402,
    "required": 540,
    "unit": "minutes",
    "because": "402 minutes were attended, 138 under the minimum of 540",
    "zone": "America/New_York",
    "mends": [],
    "citation": "what the program asks of itself",
    "verified": False,
    "source_standing": "a program's own",
    "read_on": None,
    "before": [],
    "events": [_ADOPTED],
    "worked_out_again": True,
}

PAGE_EXAMPLES = {"patient": PATIENT, "explain": FINDING}
"""An example of the page with which each of these questions is answered."""
