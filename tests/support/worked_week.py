"""A week that was worked out by hand, of one patient, and all that the rules look at in it.

Monday, 2 March 2026, to Sunday, 8 March, in New York; the stay began on Sunday, 1 March. Sessions
are from 13:00 (18:00 UTC) to 16:00.

| day | session                                        | what it came to                | minutes |
| --- | ---------------------------------------------- | ------------------------------ | ------- |
| Mon | group 120, skills 60                           | attended                       | 180     |
| Tue | group 120, education 60                        | late: group 95, education 60   | 155     |
| Wed | group 180                                      | absent, and had said so        |         |
| Thu | group 120, individual 60                       | no-show                        |         |
| Fri | group 60, individual 60, family 60, skills 30  | attended                       | 210     |
| Sat | group 180                                      | called off                     |         |
| Sun | group 180, makes up Saturday's, nobody rostered | attended an hour              | 60      |

Offered: 180 + 180 + 180 + 180 + 210 = 930. Attended: 180 + 155 + 210 + 60 = 605, on four days.
"""

from dataclasses import replace
from datetime import date, timedelta

from domain.compliance.authorization_units import Left
from domain.compliance.facts import (
    Agreed,
    Attempt,
    Authorized,
    Certified,
    Client,
    Disclosed,
    Done,
    InForce,
    Noted,
    OwnNote,
    PatientFacts,
    Place,
    SessionFacts,
    Since,
    Stay,
    Visit,
)
from domain.compliance.period import Period
from tests.support.compliance_visit import NEW_YORK, at, march
from tests.support.compliance_week import visit

SUNDAY = march(8)
BASE = ("facility-1:1", "patient-1:1")
STAY = Stay("iop", march(1), None, ("patient-1:1",))
PLAN = InForce(march(1), 540, 3, "patient-1:2")
PAYER = Since(march(1), "a payer", "patient-1:1")


def signed(there: Visit, day: int, hour: int) -> Visit:
    own = OwnNote(at(day, hour), f"{there.session_id}:9", "LCSW")
    return replace(there, notes=(Noted(own.at, own.event_id),), own_notes=(own,))


VISITS = (
    # 72 hours after Monday's session, on the third business day.
    signed(visit(0, {"group": 120, "skills": 60}), 5, 16),
    # 73 hours after Tuesday's, on the third business day.
    signed(
        visit(1, {"group": 120, "education": 60}, credited={"group": 95, "education": 60}), 6, 17
    ),
    visit(2, {"group": 180}, status="absent", credited={}),
    visit(3, {"group": 120, "individual": 60}, status="no_show", credited={}),
    # 20 hours after Friday's, on a Saturday.
    signed(visit(4, {"group": 60, "individual": 60, "family": 60, "skills": 30}), 7, 12),
    visit(5, {"group": 180}, status="cancelled", credited={}),
    # Not signed; due after the week.
    visit(6, {"group": 180}, credited={"group": 60}, rostered=False, makes_up="session-5"),
)
ATTEMPTS = (Attempt("session-3", at(5, 19), "patient-1:3"),)
"""Three hours after Thursday's session."""

AUTHORIZED = Authorized(
    authorization_id="auth-1",
    payer="a payer",
    code="S9480",
    units=6,
    first_day=march(1),
    last_day=march(14),
    units_per_week=None,
    minutes_per_unit=180,
    event_id="patient-1:4",
)
CERTIFIED = Certified(march(3), march(3) + timedelta(days=60), "patient-1:6")

PATIENT = PatientFacts(
    "patient-1",
    "facility-1",
    stays=[STAY],
    counselors=[Since(march(1), "staff-1", "patient-1:5")],
    plans=[PLAN],
    reviews=[Done(march(6), "patient-1:7")],
    certified=[CERTIFIED],
    assessments={
        "phq-9": [Done(march(5), "assessment-1:1")],
        "gad-7": [Done(march(5), "assessment-2:1")],
        "bam": [Done(march(6), "assessment-3:1")],
    },
    tests=[Done(march(4), "testing-1:2")],
    consents={"court": Agreed(march(3), date(2026, 8, 31), ("patient-1:8",))},
    disclosed=[Disclosed("court", date(2026, 4, 13), "patient-1:9")],
    visits={each.session_id: each for each in VISITS},
)


def period(first: date, last: date, units_left: int) -> Period:
    """Some days of the stay, and the units that are left."""
    return Period(
        patient_id="patient-1",
        first_day=first,
        last_day=last,
        admitted_on=STAY.admitted_on,
        discharged_on=None,
        stay=BASE,
        plans=(PLAN,),
        visits=tuple(each for each in VISITS if first <= each.day <= last),
        left=(Left(AUTHORIZED, units_left, ("patient-1:1", "patient-1:4")),),
    )


WEEK = period(march(2), SUNDAY, 4)
"""Monday and Friday have 180 minutes and took a unit each: 6 - 2 = 4 are left."""

MONTH = period(march(1), march(31), 4)

DAYS = (
    period(march(2), march(2), 6),
    period(march(3), march(3), 5),
    period(march(6), march(6), 5),
    period(march(8), march(8), 4),
)
"""The days on which the patient came, and the units that were left before each."""


def _session(number: int, of: Visit, patients: int, sheet_day: int) -> SessionFacts:
    places = {
        f"patient-{each}": Place(
            recorded=f"{of.session_id}:{100 + each}", status="attended", credited={**of.credited}
        )
        for each in range(1, patients + 1)
    }
    return SessionFacts(
        session_id=of.session_id,
        facility_id="facility-1",
        program_id="iop",
        day=of.day,
        starts_at=of.starts_at,
        ends_at=of.ends_at,
        scheduled={**of.scheduled},
        meeting=f"{of.session_id}:1",
        places=places,
        sheets=[Noted(at(sheet_day, 18), f"{of.session_id}:{90 + number}")],
    )


SESSIONS = (_session(0, VISITS[0], 13, 2), _session(1, VISITS[1], 16, 4))
"""Monday's with 13 patients, its sheet signed that day; Tuesday's with 16, signed on Wednesday."""

CLIENTS = tuple(
    Client(f"patient-{number}", "iop", march(1), None, (f"patient-{number}:5",))
    for number in range(1, 25)
)
"""The patient and 23 more, all of one counselor, throughout the week."""

ZONE = NEW_YORK
