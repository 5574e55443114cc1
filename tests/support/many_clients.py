"""Clients who check people in over HTTP, and what the journal holds of what they were answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from services.access.principal import Grant, Role
from services.access.store import AccessStore
from services.application import CommandBus
from services.journal import Journal
from tests.benchmarks.visible import FACILITY
from tests.support.raw_http import JSON, Answer, Connection, NoAnswer

Recorded = dict[str, list[tuple[str, str, int]]]
"""Events by the id of the command that recorded them: id, type and position of each."""


def signed_in(access: AccessStore, accounts: int) -> list[tuple[str, str]]:
    """Make accounts of the front desk; return each name with the cookie of a sign-in."""
    found = []
    for number in range(accounts):
        name = f"desk-{number}"
        access.accounts.add(name, name, [Grant(Role.FRONT_DESK, FACILITY)], with_password=False)
        found.append((name, access.sessions.begin(name, "password", "treatment", "127.0.0.1")))
    return found


def recorded(journal: Journal, after: int) -> Recorded:
    """Return what was recorded after a position."""
    found: Recorded = {}
    for each in journal.after(after, 100_000):
        event: Any = journal.mapper.to_domain_event(each)
        name = f"{each.originator_id}:{each.originator_version}"
        found.setdefault(event.command_id, []).append((name, each.topic, each.id))
    return found


def acknowledged(answer: Answer) -> list[tuple[str, str, int]]:
    """Return the events that an answer names."""
    return [(each["id"], each["type"], each["position"]) for each in answer.said["events"]]


@dataclass
class Desk:
    """Somebody at a front desk; `answers` are what their commands were answered, by their ids."""

    url: str
    account: str
    cookie: str
    answers: dict[str, Answer] = field(default_factory=dict)
    _connection: Connection | None = None

    async def connection(self) -> Connection:
        """Return the connection that is kept, or another one after it was lost."""
        if self._connection is None:
            self._connection = await Connection.open(self.url)
        return self._connection

    def leave(self) -> None:
        """Drop the connection."""
        if self._connection:
            self._connection.leave()
            self._connection = None

    async def check_in(self, session_id: str, patient_id: str) -> Answer:
        """Check a patient in, under an id that stays the same. Raises NoAnswer."""
        answer = await self.ask("session.check-in", session_id, patient_id)
        return self.noted(patient_id, answer)

    async def ask(self, command: str, session_id: str, patient_id: str) -> Answer:
        """Send a command about a patient, under the id of the patient. Raises NoAnswer."""
        connection = await self.connection()
        try:
            return await connection.ask(*self._request(command, session_id, patient_id))
        except NoAnswer:
            self.leave()
            raise

    async def send(self, session_id: str, patient_id: str, *, half: bool = False) -> None:
        """Send a check-in, or a half of it, and wait for nothing."""
        connection = await self.connection()
        request = connection.written(*self._request("session.check-in", session_id, patient_id))
        connection.send(request[:-20] if half else request)

    def noted(self, patient_id: str, answer: Answer) -> Answer:
        """Note what a command was answered; what comes again has to be the same."""
        key = f"{self.account}:{patient_id}"
        before = self.answers.setdefault(key, answer)
        assert (answer.status, answer.body) == (before.status, before.body)
        assert answer.headers["daybook-position"] == before.headers["daybook-position"]
        return answer

    def _request(
        self, command: str, session_id: str, patient_id: str
    ) -> tuple[str, str, dict[str, str], bytes]:
        headers = {
            "content-type": JSON,
            "cookie": f"daybook_session={self.cookie}",
            "idempotency-key": patient_id,
        }
        body = orjson.dumps({"session_id": session_id, "patient_id": patient_id})
        return "POST", f"/v1/facilities/{FACILITY}/commands/{command}", headers, body


def holds_what_was_acknowledged(journal: Journal, after: int, desks: Sequence[Desk]) -> None:
    """Check that what was recorded after a position is what was answered: all, and no more."""
    answered = {key: answer for desk in desks for key, answer in desk.answers.items()}
    assert {answer.status for answer in answered.values()} == {200}
    told = {key: acknowledged(answer) for key, answer in answered.items()}
    assert recorded(journal, after) == told


def counted(patch: pytest.MonkeyPatch, commands: CommandBus) -> list[str]:
    """Return whose commands are handed in from now on."""
    clients: list[str] = []
    submit = commands.submit

    def noted(client: str, *args: Any, **options: Any) -> None:
        clients.append(client)
        submit(client, *args, **options)

    patch.setattr(commands, "submit", noted)
    return clients
