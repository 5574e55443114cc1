"""The clinic's people: they arrive, leave, call and are late, by the API and by a seed's dice.

What is told of them names nobody.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

import httpx2

from domain.errors import DaybookError
from services.demo.folder import NoDemo, Running

Did = Literal["arrives", "leaves", "calls", "is called"]

DOOR_OPENS = timedelta(hours=4)
"""How long before a session somebody can be signed in."""

_SAID = {
    "arrives": "somebody arrives",
    "leaves": "somebody leaves",
    "calls": "somebody calls: they will not come",
    "is called": "somebody who did not come is called",
}


_COUNTED = {
    "arrives": "came",
    "leaves": "left",
    "calls": "said that they would not come",
    "is called": "were called",
    "refused": "times it was refused",
}


class PlayEnded(DaybookError):
    """The demo does not let its people be played any longer."""


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does, and when by the clock that runs at a pace of its own."""

    at: datetime
    did: Did
    session_id: str
    patient_id: str
    label: str
    begins: datetime


def play_day(
    running: Running, *, seed: int, speed: float, tell: Callable[[str], None]
) -> Counter[str]:
    """Let people live through today's sessions; return how often what was done, or refused.

    The clock goes `speed` times as fast as the server's, which alone says when something was.
    Raises NoDemo and PlayEnded.
    """
    try:
        with httpx2.Client(base_url=running.url, timeout=30) as client:
            _sign_in(client, running)
            return _play(client, running.facility_id, seed, speed, tell)
    except httpx2.TransportError:
        raise NoDemo("The demo does not answer: start it with daybook demo") from None


def steps_of(rows: list[dict[str, Any]], now: datetime, seed: int) -> list[Step]:
    """Return what the people on today's rosters do from now on, in order."""
    found = [step for row in rows for step in _steps(row, now, seed)]
    return sorted(found, key=lambda each: each.at)


def _steps(row: dict[str, Any], now: datetime, seed: int) -> Iterator[Step]:
    begins, ends = (datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at"))
    if begins - DOOR_OPENS > now or ends < now or row["state"] not in {"expected", "here"}:
        return
    about = (row["session_id"], row["patient_id"], row["label"], begins)
    # The random ids are others each time that a clinic is made; the record number is not.
    dice = Random(f"{seed} {row['mrn']} {begins.isoformat()}")  # noqa: S311 - no secret
    soon = now + timedelta(seconds=dice.randrange(5, 240))
    chance, at = dice.random(), begins - timedelta(seconds=dice.randrange(30, 720))
    if row["state"] == "expected":
        if chance < 0.06:
            yield Step(soon, "calls", *about)
            return
        if chance < 0.14:
            yield Step(
                max(begins + timedelta(minutes=dice.randrange(16, 40)), soon), "is called", *about
            )
            return
        if chance < 0.24:
            at = begins + timedelta(minutes=dice.randrange(11, 30))
        yield Step(max(at, soon), "arrives", *about)
    early = dice.random() < 0.06
    left = ends - timedelta(minutes=dice.randrange(20, 50)) if early else ends
    yield Step(max(left, soon, at) + timedelta(seconds=dice.randrange(10, 200)), "leaves", *about)


def _play(
    client: httpx2.Client, facility_id: str, seed: int, speed: float, tell: Callable[[str], None]
) -> Counter[str]:
    began, since = datetime.now(UTC), time.monotonic()
    done: Counter[str] = Counter()
    for step in steps_of(_roster(client, facility_id), began, seed):
        wait = (step.at - began).total_seconds() / speed - (time.monotonic() - since)
        time.sleep(max(wait, 0))
        if step.did == "is called" and datetime.now(UTC) < step.begins:
            # By the server's clock, which is slower, nobody has missed anything yet.
            continue
        answer = client.post(
            f"/v1/facilities/{facility_id}/commands/{_COMMANDS[step.did]}",
            json=_payload(step),
            headers={"idempotency-key": f"play-{uuid.uuid4().hex}"},
        )
        shown = _where(step)
        if answer.is_success:
            done[step.did] += 1
            tell(f"{shown}: {_SAID[step.did]}")
        elif answer.status_code in {401, 403}:
            raise PlayEnded("The demo does not let its people in any longer: start it anew")
        else:
            done["refused"] += 1
            tell(f"{shown}: refused, {answer.json()['title']}")
    counted = ", ".join(f"{count} {_COUNTED[what]}" for what, count in sorted(done.items()))
    tell(f"The day is over: {counted or 'nobody was expected any more'}.")
    return done


def _where(step: Step) -> str:
    """Say when, and in which session: a group by its track."""
    at = f"{step.at.astimezone(step.begins.tzinfo):%I:%M %p}".lstrip("0").lower()
    return f"{at:>8}  {step.label if ' ' in step.label else f'{step.label} group'}"


_COMMANDS: dict[Did, str] = {
    "arrives": "session.check-in",
    "leaves": "session.check-out",
    "calls": "session.note-absence",
    "is called": "patient.attempt-outreach",
}


def _payload(step: Step) -> dict[str, Any]:
    about: dict[str, Any] = {"session_id": step.session_id, "patient_id": step.patient_id}
    match step.did:
        case "calls":
            notified_at = datetime.now(UTC).isoformat()
            absence = {"reason": "Ill", "notified_at": notified_at, "excused": False}
            return about | {"absence": absence}
        case "is called":
            return about | {"way": "call", "result": "message-left"}
        case _:
            return about


def _sign_in(client: httpx2.Client, running: Running) -> None:
    answer = client.post(
        "/v1/sign-in", json={"account": running.account, "password": running.password}
    )
    if not answer.is_success:
        raise PlayEnded("The demo lets nobody sign in as its people: start it anew")


def _roster(client: httpx2.Client, facility_id: str) -> list[dict[str, Any]]:
    """Return everybody who is on a roster of today."""
    rows: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 500}
    while True:
        answer = client.get(f"/v1/facilities/{facility_id}/roster", params=asked)
        if not answer.is_success:
            raise PlayEnded("The demo does not say who is expected today: start it anew")
        page = answer.json()
        rows += page["items"]
        if not page["next"]:
            return rows
        asked["cursor"] = page["next"]
