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
        await _individual_session(by, made)
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


async def _individual_session(by: "Sender", made: FrontDesk) -> None:
    """Tessa sits in a session that lasts until the group begins, and is signed in there."""
    starts, ends = STARTS - timedelta(minutes=50), STARTS
    part = Part(starts, ends, "individual", "Counseling")
    meeting = Meeting("adult-iop", None, WEDNESDAY, starts, ends, (part,), "room-2", None, 1)
    await by.send("session.schedule", label="individual", meeting=meeting)
    hers = {"session_id": INDIVIDUAL, "patient_id": made.ids["Tessa"]}
    await by.send("session.book-patient", **hers)
    made.at[0] = starts
    await by.send("session.check-in", **hers)


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
