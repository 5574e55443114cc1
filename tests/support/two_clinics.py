"""Two clinics alike, each with two counselors and a patient of each: all came about over HTTP."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx2
from pydantic import TypeAdapter

from domain.monitoring.assessment import Assessment
from domain.patient import Enrolment, Plan, Referral
from domain.program import Pattern, Segment, Track, weekly
from domain.session import Session
from services.hosting.bootstrap import VIEWS
from services.vault import Person
from tests.support.backend import Backend
from tests.support.evaluated_clinic import house_rules
from tests.support.http_api import Api, opened_facility, running_api, send

HERE, THERE = "oak-street", "pine-street"
OWN_STAFF, OTHER_STAFF = "s-diaz", "s-lind"
MONDAY = date(2025, 3, 3)
BEFORE = datetime(2025, 3, 3, 14, tzinfo=UTC)
STARTS = datetime(2025, 3, 3, 22, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=3)
NOW = datetime(2025, 3, 12, 14, tzinfo=UTC)
"""Wednesday of the week after, in the morning."""

DAYS = ("MO", "WE", "FR")
PROGRAM = {
    **{"program_id": "adult-iop", "name": "Adult IOP", "population": "adult"},
    **{"focus": "co-occurring", "weekly_minutes": 540, "days_per_week": 3},
}


@dataclass(frozen=True)
class Known:
    """A patient, and what says who they are."""

    patient_id: str
    mrn: str
    given_name: str
    family_name: str
    sessions: tuple[str, ...]
    assessment_id: str
    finding: str = ""
    """What was found of them."""

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What is said to nobody whose patient they are not."""
        said = (self.patient_id, self.mrn, self.given_name, self.family_name)
        return tuple(each.encode() for each in said)


NOBODY = Known(
    "patient-00000000000000000000000000000000",
    "NOBODY1",
    "Nobody",
    "Nowhere",
    tuple(f"session-{number:032x}" for number in range(6)),
    f"assessment-{0:032x}",
    f"finding-{0:032x}",
)
"""Somebody who is not there."""


@dataclass(frozen=True)
class Clinic:
    """A facility; `own` is the patient of one counselor, `other` that of another one."""

    facility_id: str
    own: Known
    other: Known

    @property
    def secrets(self) -> tuple[bytes, ...]:
        return self.own.secrets + self.other.secrets

    @property
    def names(self) -> tuple[bytes, ...]:
        """What its patients are called."""
        named = [(each.given_name, each.family_name) for each in (self.own, self.other)]
        return tuple(each.encode() for names in named for each in names)


@dataclass
class Clinics:
    """Both, in the views as of `NOW`."""

    backend: Backend
    here: Clinic
    there: Clinic


TEMPLATE = "two_clinics"

_KEPT: dict[str, tuple[Clinic, Clinic]] = {}
"""What both are, by the address of the engine that keeps them."""


async def two_clinics(backend: Backend) -> Clinics:
    """Let both come about in an empty database: once at an engine, after that they are copied."""
    if kept := _KEPT.get(backend.nats_url):
        backend.become(TEMPLATE)
        await backend.fill_stream()
        return Clinics(backend, *kept)
    made = await _made(backend)
    backend.keep_as(TEMPLATE)
    _KEPT[backend.nats_url] = made.here, made.there
    return made


async def _made(backend: Backend) -> Clinics:
    at = [BEFORE]
    async with running_api(backend, clock=lambda: at[0]) as api:
        by_here, here = await _clinic(api, HERE, ("Annabel", "Ownfield"), ("Benedict", "Otherton"))
        by_there, there = await _clinic(api, THERE, ("Caroline", "Farrow"), ("Desmond", "Faraday"))
        visits = [
            (by, each)
            for by, clinic in ((by_here, here), (by_there, there))
            for each in (clinic.own, clinic.other)
        ]
        at[0] = STARTS
        for by, each in visits:
            await _comes(by, each)
        at[0] = ENDS
        for by, each in visits:
            await _leaves(by, each)
    async with backend.supervisor(*VIEWS, clock=lambda: NOW) as supervisor:
        await supervisor.caught_up(backend.journal.position())
    found = dict(
        backend.rows("SELECT patient_id, min(finding_id) FROM compliance.findings GROUP BY 1")
    )
    return Clinics(backend, _with_findings(here, found), _with_findings(there, found))


def _with_findings(clinic: Clinic, found: dict[str, str]) -> Clinic:
    own, other = (
        replace(each, finding=found[each.patient_id]) for each in (clinic.own, clinic.other)
    )
    return replace(clinic, own=own, other=other)


async def _clinic(
    api: Api, facility_id: str, own: tuple[str, str], other: tuple[str, str]
) -> tuple["_Sender", Clinic]:
    administrator, director = await api.administrator(), await api.director(facility_id)
    by = _Sender(director, facility_id)
    await opened_facility(administrator, facility_id)
    await by.send(
        "facility.keep-room", room={"room_id": "room-2", "name": "Room 2", "capacity": 12}
    )
    staff = {"staff_id": OTHER_STAFF, "name": "Eva Lind", "credential": "LCSW"}
    await by.send("facility.keep-staff", staff=staff)
    await by.send("program.open", **PROGRAM)
    rules = house_rules(day_minutes_min=180, plan_review_days=3)
    await by.send("program.adopt-policy", program_id="adult-iop", policy=rules, from_day=MONDAY)
    found = []
    for number, (name, staff_id) in enumerate(((own, OWN_STAFF), (other, OTHER_STAFF)), 1):
        track = Track(f"evening-{number}", f"Evening {number}", MONDAY, None, _pattern(number))
        await by.send("program.keep-track", program_id="adult-iop", track=track)
        found.append(await _patient(by, number, name, staff_id))
    return by, Clinic(facility_id, *found)


def _pattern(number: int) -> Pattern:
    staff_id = OWN_STAFF if number == 1 else OTHER_STAFF
    segments = (Segment(time(17), time(20), "group", "Process group"),)
    return Pattern(weekly(DAYS), time(17), time(20), f"room-{number}", staff_id, 8, segments)


async def _patient(by: "_Sender", number: int, name: tuple[str, str], staff_id: str) -> Known:
    mrn = f"{by.facility_id[:3].upper()}777{number}"
    referral = Referral("adult-iop", MONDAY, "County hospital", "inpatient")
    person = Person(mrn, *name, date(1990, 1, 31))
    patient_id = await by.send("patient.refer", person=person, referral=referral)
    her, track_id = {"patient_id": patient_id}, f"evening-{number}"
    admitted = {"admitted_on": MONDAY, "payer": "medicaid", "focus": "co-occurring"}
    await by.send("patient.admit", **her, **admitted, override="screened on paper")
    await by.send("patient.assign-counselor", **her, staff_id=staff_id, from_day=MONDAY)
    await by.send("patient.set-plan", **her, plan=Plan(540, 3), effective_from=MONDAY)
    await by.send("patient.enrol", **her, enrolment=Enrolment(track_id, DAYS, MONDAY, None))
    sessions = tuple(
        Session.id_of(by.facility_id, track_id, MONDAY + timedelta(days))
        for days in (0, 2, 4, 7, 9, 11)
    )
    assessment_id = Assessment.id_of(patient_id, "phq-9", STARTS)
    return Known(patient_id, mrn, *name, sessions, assessment_id)


async def _comes(by: "_Sender", known: Known) -> None:
    her = {"patient_id": known.patient_id}
    await by.send("session.check-in", session_id=known.sessions[0], **her)
    answers = {str(each): 1 for each in range(1, 10)}
    taken = {"instrument": "phq-9", "answers": answers, "taken_at": STARTS}
    await by.send("assessment.take", **her, **taken)


async def _leaves(by: "_Sender", known: Known) -> None:
    first = {"session_id": known.sessions[0]}
    await by.send("session.check-out", **first, patient_id=known.patient_id)
    await by.send("session.close", **first)


@dataclass
class _Sender:
    client: httpx2.AsyncClient
    facility_id: str
    sent: int = 0

    async def send(self, command: str, **payload: Any) -> Any:
        """Send a command; return its result."""
        self.sent += 1
        body = TypeAdapter(Any).dump_python(payload, mode="json")
        answer = await send(self.client, command, body, f"made-{self.sent}", self.facility_id)
        assert answer.status_code == 200, (command, answer.text)
        return answer.json()["result"]
