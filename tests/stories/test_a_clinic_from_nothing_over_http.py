"""A clinic begins with nothing but an address and a password, and no file.

The administrator opens it and gives people their accounts; each of them does what is theirs, from
the first call about a patient to a signed note, all over HTTP.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from services.hosting.bootstrap import VIEWS
from tests.support.backend import Backend, ManualClock
from tests.support.http_api import FACILITY, Api, running_api, send

CHOSEN = "four horses eat a tent"
MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
PATTERN = {
    "rule": "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "starts": "17:00:00",
    "ends": "20:00:00",
    "room_id": "room-1",
    "staff_id": "s-diaz",
    "capacity": 8,
    "segments": [
        {
            **{"starts": "17:00:00", "ends": "20:00:00", "service": "group"},
            **{"title": "Group", "topic": None},
        }
    ],
    "modality": "in-person",
}


@pytest.fixture
def clock() -> ManualClock:
    made = ManualClock()
    made.now = MONDAY
    return made


@pytest.fixture
async def api(backend: Backend, clock: ManualClock) -> AsyncIterator[Api]:
    async with (
        backend.supervisor(*VIEWS, clock=clock),
        running_api(backend, clock=clock) as running,
    ):
        yield running


class Person:
    """Somebody who signs in with the password that they were given, and chooses their own."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.position = 0
        self._sent = 0

    @classmethod
    async def arrives(cls, api: Api, account: str, password: str) -> "Person":
        client = await api.client()
        said = {"account": account, "password": password}
        first = await client.post("/v1/sign-in", json=said)
        assert first.json()["must_change_password"], first.text
        change = {"password": password, "new_password": CHOSEN}
        assert (await client.post("/v1/password", json=change)).status_code == 204
        again = await client.post("/v1/sign-in", json={**said, "password": CHOSEN})
        assert again.status_code == 200, again.text
        return cls(client)

    async def does(self, command: str, **payload: Any) -> dict[str, Any]:
        """Send a command, which has to be done; return its answer."""
        self._sent += 1
        answer = await send(self.client, command, payload, f"key-{self._sent}")
        assert answer.status_code == 200, f"{command}: {answer.text}"
        said: dict[str, Any] = answer.json()
        assert said["events"], command
        self.position = said["position"]
        return said

    async def asks(self, question: str, after: int, **parameters: Any) -> Any:
        """Ask for what is so once a position is in it."""
        path = f"/v1/facilities/{FACILITY}/{question}"
        answer = await self.client.get(path, params={**parameters, "after": after})
        assert answer.status_code == 200, f"{question}: {answer.text}"
        assert int(answer.headers["daybook-position"]) >= after
        return answer.json()


async def test_a_clinic_opens_treats_and_signs(
    api: Api, backend: Backend, clock: ManualClock
) -> None:
    password = api.access.accounts.add_first_administrator()
    assert password
    admin = await Person.arrives(api, "admin", password)
    await admin.does(
        "facility.open",
        name="Oak Street",
        timezone="America/New_York",
        week_starts_on="monday",
        late_after_minutes=15,
    )
    await admin.does(
        "facility.keep-room", room={"room_id": "room-1", "name": "Room 1", "capacity": 12}
    )
    for staff_id, name in (("s-diaz", "Ana Diaz"), ("s-park", "Jo Park")):
        staff = {"staff_id": staff_id, "name": name, "credential": "LCSW"}
        await admin.does("facility.keep-staff", staff=staff)
    people = {}
    for account, grant in (
        ("dora", {"role": "director", "facility_id": FACILITY}),
        ("ana", {"role": "counselor", "facility_id": FACILITY, "staff_id": "s-diaz"}),
        ("jo", {"role": "counselor", "facility_id": FACILITY, "staff_id": "s-park"}),
        ("frank", {"role": "front-desk", "facility_id": FACILITY}),
    ):
        said = {"account": account, "name": account.title(), "grants": [grant]}
        made = await admin.client.post("/v1/accounts", json=said)
        assert made.status_code == 201, made.text
        people[account] = await Person.arrives(api, account, made.json()["password"])
    director, ana, jo, desk = (people[each] for each in ("dora", "ana", "jo", "frank"))

    await director.does(
        "program.open",
        program_id="adult-iop",
        name="Adult IOP",
        population="adult",
        focus="co-occurring",
        weekly_minutes=540,
        days_per_week=3,
    )
    track = {"track_id": "evening", "name": "Evening", "first_day": "2026-03-02", "last_day": None}
    await director.does(
        "program.keep-track", program_id="adult-iop", track={**track, "pattern": PATTERN}
    )

    referred = await desk.does(
        "patient.refer",
        person={
            **{"mrn": "OA1042", "given_name": "Cal", "family_name": "Example"},
            "born": "1990-01-31",
        },
        referral={
            **{"program_id": "adult-iop", "day": "2026-03-02", "by": "County hospital"},
            "origin": "inpatient",
        },
    )
    patient_id = referred["result"]
    await ana.does(
        "screening.screen",
        patient_id=patient_id,
        screened_on="2026-03-02",
        finding={
            "edition": "3",
            "ratings": {"1": 0, "2": 1, "3": 2, "4": 1, "5": 3, "6": 2},
            "candidacy": {
                "stable_living": True,
                "motivated": True,
                "support_at_home": True,
                "needs_24_hour_supervision": False,
            },
            "level": "2.1",
            "grounds": ["dimension-5", "support"],
        },
    )
    await ana.does(
        "patient.admit",
        patient_id=patient_id,
        admitted_on="2026-03-02",
        payer="medicaid",
        focus="co-occurring",
    )
    await director.does(
        "patient.assign-counselor", patient_id=patient_id, staff_id="s-diaz", from_day="2026-03-02"
    )
    await ana.does(
        "patient.set-plan",
        patient_id=patient_id,
        plan={
            "weekly_minutes": 540,
            "days_per_week": 3,
            "services": [{"service": "group", "minutes": 180, "times": 3, "per": "week"}],
            "goals": ["back to work"],
            "next_review": "2026-03-30",
        },
        effective_from="2026-03-02",
    )
    await ana.does(
        "patient.enrol",
        patient_id=patient_id,
        enrolment={
            **{"track_id": "evening", "weekdays": ["MO", "WE", "FR"]},
            **{"first_day": "2026-03-02", "last_day": None},
        },
    )

    clock.now = MONDAY.replace(hour=22)
    evening = await desk.asks("roster", ana.position, day="2026-03-02")
    [expected] = evening["items"]
    assert (expected["mrn"], expected["state"]) == ("OA1042", "expected")
    here = {"session_id": expected["session_id"], "patient_id": patient_id}
    await desk.does("session.check-in", **here)
    [arrived] = (await desk.asks("roster", desk.position, day="2026-03-02"))["items"]
    assert arrived["state"] == "here"
    clock.now = MONDAY.replace(day=3, hour=1)
    await desk.does("session.check-out", **here)
    clock.now = MONDAY.replace(day=3, hour=1, minute=5)
    await ana.does("session.close", session_id=here["session_id"])
    signed = await ana.does("session.sign-individual-note", **here)

    event = backend.journal.named([signed["events"][0]["id"]])[0]
    assert event.author == "Ana Diaz, LCSW [s-diaz]"
    asked = {"patient_id": patient_id, "through": "2026-03-02"}
    [visit] = (await director.asks("visits", signed["position"], **asked))["items"]
    assert (visit["status"], visit["credited_minutes"]) == ("attended", 180)

    # Another counselor's patient is nobody, and the front desk signs nothing.
    note = {"session_id": here["session_id"], "patient_id": patient_id}
    assert (await send(jo.client, "session.sign-individual-note", note, "n")).status_code == 404
    assert (await send(desk.client, "session.sign-individual-note", note, "n")).status_code == 403
    looked = api.looked(patient_ids=[patient_id])
    assert {each.entry.account for each in looked} == {"frank", "dora", "jo"}
    assert {each.entry.account for each in looked if each.entry.outcome == "refused"} == {
        "frank",
        "jo",
    }
