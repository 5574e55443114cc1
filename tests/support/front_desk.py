"""A clinic ten minutes before its evening group: who is expected, and who is not."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx2
from pydantic import TypeAdapter

from domain.patient import Enrolment, Plan, Referral
from domain.program import Pattern, Segment, Track, weekly
from domain.session import Meeting, Part, Session
from services.vault import Person
from tests.support.backend import Backend
from tests.support.http_api import FACILITY, opened_facility, running_api, send
from tests.support.two_clinics import PROGRAM

MONDAY, WEDNESDAY = date(2025, 3, 10), date(2025, 3, 12)
STARTS = datetime(2025, 3, 12, 21, tzinfo=UTC)
"""Five o'clock in the evening in New York."""
ENDS = STARTS + timedelta(hours=3)
NOW = STARTS - timedelta(minutes=10)

LONG_NAME = ("Maximiliana Alexandra Theodora Josephine", "von Hohenberg-Castellanos y de la Fuente")
SCRIPT = ("<img src=x onerror=alert(1)>", "O'Neil")
EXPECTED = (
    ("Noor", "Haddad"),
    ("Lena", "Brandt"),
    ("Sam", "Whitfield"),
    ("Tessa", "Lindqvist"),
    ("Dev", "Malhotra"),
    ("Carol", "Nyberg"),
    ("Marcus", "Bell"),
    ("Oto", "Usher"),
    LONG_NAME,
    SCRIPT,
    ("ليلى", "الخطيب"),
)
NOT_EXPECTED = (("Zoe", "Walker"), ("Zora", "Keller"))

EVENING = Session.id_of(FACILITY, "evening", WEDNESDAY)
INDIVIDUAL = Session.id_of(FACILITY, "individual", None)
MOTHER = "supporter-00000000000000000000000000000001"
FAMILY = Session.id_of(FACILITY, "family", None)
LATER = Session.id_of(FACILITY, "later", None)


@dataclass
class FrontDesk:
    """The clinic; `at` is its clock, and `ids` who is who by their given names."""

    at: list[datetime]
    ids: dict[str, str] = field(default_factory=dict)

    def row(self, given_name: str, session_id: str = EVENING) -> str:
        """What finds the row of somebody."""
        return f"#{session_id}-{self.ids[given_name]}"


async def front_desk(backend: Backend) -> FrontDesk:
    """Let it come about over HTTP."""
    made = FrontDesk([STARTS - timedelta(days=2)])
    async with running_api(backend, clock=lambda: made.at[0]) as api:
        await opened_facility(await api.administrator())
        by = Sender(await api.director())
        await by.send(
            "facility.keep-room", room={"room_id": "room-2", "name": "Room 2", "capacity": 1}
        )
        staff = {"staff_id": "s-lind", "name": "Eva Lind", "credential": "LCSW"}
        await by.send("facility.keep-staff", staff=staff)
        await by.send("program.open", **PROGRAM)
        segments = (Segment(time(17), time(20), "group", "Process group"),)
        pattern = Pattern(weekly(("WE",)), time(17), time(20), "room-1", "s-diaz", 12, segments)
        track = Track("evening", "Evening group", MONDAY, None, pattern)
        await by.send("program.keep-track", program_id="adult-iop", track=track)
        for number, name in enumerate((*EXPECTED, *NOT_EXPECTED)):
            made.ids[name[0]] = await _patient(by, number, name)
        for name in EXPECTED:
            enrolment = Enrolment("evening", ("WE",), MONDAY, None)
            await by.send("patient.enrol", patient_id=made.ids[name[0]], enrolment=enrolment)
        hers = {"patient_id": made.ids["Marcus"], "supporter_id": MOTHER}
        await by.send("patient.name-supporter", **hers, relation="mother")
        await by.send("session.invite-supporter", session_id=EVENING, **hers)
        noor = {"patient_id": made.ids["Noor"], "staff_id": "s-lind"}
        await by.send("patient.assign-counselor", **noor, from_day=MONDAY)
        await _own_sessions(by, made)
    made.at[0] = NOW
    return made


async def _patient(by: "Sender", number: int, name: tuple[str, str]) -> str:
    referral = Referral("adult-iop", MONDAY, "County hospital", "inpatient")
    person = Person(f"OA10{number:02}", *name, date(1990, 1, 31))
    patient_id: str = await by.send("patient.refer", person=person, referral=referral)
    her = {"patient_id": patient_id}
    admitted = {"admitted_on": MONDAY, "payer": "medicaid", "focus": "co-occurring"}
    await by.send("patient.admit", **her, **admitted, override="screened on paper")
    await by.send("patient.set-plan", **her, plan=Plan(540, 3), effective_from=MONDAY)
    return patient_id


async def _own_sessions(by: "Sender", made: FrontDesk) -> None:
    """Let Zora miss a session of Tuesday, and Tessa be in one that lasts until the group begins.

    Another one later, with one place, is Zoe's.
    """
    tuesday = STARTS - timedelta(days=1)
    made.at[0] = tuesday - timedelta(days=1)
    missed = await _own_session(by, "family", tuesday, made.ids["Zora"])
    now = await _own_session(by, "individual", STARTS - timedelta(minutes=50), made.ids["Tessa"])
    await _own_session(by, "later", STARTS + timedelta(minutes=90), made.ids["Zoe"])
    made.at[0] = tuesday + timedelta(hours=2)
    await by.send("session.close", session_id=missed)
    made.at[0] = STARTS - timedelta(minutes=50)
    await by.send("session.check-in", session_id=now, patient_id=made.ids["Tessa"])


async def _own_session(by: "Sender", label: str, starts: datetime, patient_id: str) -> str:
    """Schedule a session of 50 minutes with one place, for somebody; return its id."""
    ends, day = starts + timedelta(minutes=50), (starts - timedelta(hours=4)).date()
    part = Part(starts, ends, "individual", "Counseling")
    meeting = Meeting("adult-iop", None, day, starts, ends, (part,), "room-2", "s-lind", 1)
    session_id: str = await by.send("session.schedule", label=label, meeting=meeting)
    await by.send("session.book-patient", session_id=session_id, patient_id=patient_id)
    return session_id


@dataclass
class Sender:
    """Who sends commands, one after the other."""

    client: httpx2.AsyncClient
    sent: int = 0

    async def send(self, command: str, **payload: Any) -> Any:
        """Send a command; return its result."""
        self.sent += 1
        body = TypeAdapter(Any).dump_python(payload, mode="json")
        answer = await send(self.client, command, body, f"made-{self.sent}")
        assert answer.status_code == 200, (command, answer.text)
        return answer.json()["result"]
