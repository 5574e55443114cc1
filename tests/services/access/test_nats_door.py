"""The same table over NATS: a client with an account may what is granted to it, and no more."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.access.principal import Grant, Role
from services.access.rights import NONE, OWN, reach
from services.access.snapshot import AccountSnapshot
from services.access.store import AccessStore
from services.application import COMMANDS
from services.messaging import stream
from tests.contracts.orders import payloads
from tests.support.backend import Backend, until
from tests.support.command_client import CommandClient, command_endpoint
from tests.support.small_clinic import FACILITY, SmallClinic

NOT_ALLOWED, NO_FACILITY = "daybook:problem:not-allowed", "daybook:problem:unknown-facility"
ATTEMPTS = {NOT_ALLOWED, NO_FACILITY, "daybook:refusal:not-known"}
ON_THE_STAFF = {Role.FRONT_DESK, Role.COUNSELOR, Role.DIRECTOR, Role.COMPLIANCE, Role.BILLER}
EVERYWHERE = {Role.ADMINISTRATOR, Role.AUDITOR}
ROLES = [each for each in Role if each not in {Role.PATIENT, Role.OPERATOR}]

ITSELF_LED = {"session.schedule", "session.reschedule"}
"""What a counselor may of sessions that they lead themselves: the examples are led by others."""


def grant(role: Role) -> Grant:
    facility_id = None if role in EVERYWHERE else FACILITY
    return Grant(role, facility_id, "staff-3" if role in ON_THE_STAFF else None)


@pytest.fixture
async def door(backend: Backend, store: AccessStore) -> AsyncIterator[CommandClient]:
    """A client at an endpoint that knows an account for each role, called as the role."""
    clinic = SmallClinic(backend.journal, vault=backend.vault)
    for role in ROLES:
        store.accounts.add(role.value, role.value, [grant(role)], with_password=False)
    async with AsyncExitStack() as opened:
        accounts = AccountSnapshot(store.accounts)
        at = command_endpoint(backend, lambda: clinic.now, accounts=accounts, log=store.log)
        await opened.enter_async_context(at)
        client = stream.connected(backend.nats_url, "test client")
        yield CommandClient(await opened.enter_async_context(client))


async def ask(door: CommandClient, client: str, name: str, facility_id: str = FACILITY) -> Any:
    """Send the example of a command, about patients and sessions that are not there."""
    payload = TypeAdapter(Any).dump_python(payloads()[name], mode="json")
    if payload.get("amendment"):
        payload["amendment"]["credential"] = None
    sent_by = CommandClient(door.client, client, facility_id)
    return await sent_by.ask(name, payload, uuid.uuid4().hex)


async def test_a_client_with_an_account_may_send_what_its_role_may(
    door: CommandClient, store: AccessStore
) -> None:
    for role in ROLES:
        account = store.accounts.find(role.value)
        assert account
        who = account.principal("nats")
        answers = await asyncio.gather(*(ask(door, role.value, name) for name in COMMANDS))
        for name, answer in zip(COMMANDS, answers, strict=True):
            far = reach(who, name, FACILITY)
            refused = (answer.get("status"), answer.get("type")) == (403, NOT_ALLOWED)
            if name in ITSELF_LED and far is OWN:
                assert refused, (role, name, answer)
                continue
            assert refused == (far is NONE), (role, name, answer)
            assert far is not OWN or answer["status"] == 404, (role, name, answer)
        # Each of them was on record before it was answered.
        logged = [each.entry for each in store.log.find(account=role.value)]
        assert {each.outcome for each in logged} <= {"refused"}
        assert len(logged) == sum(each.get("type") in ATTEMPTS for each in answers)


async def test_another_facility_is_not_there_for_a_client_with_an_account(
    door: CommandClient,
) -> None:
    for name in ("session.check-in", "facility.set-closing-delay"):
        answer = await ask(door, "director", name, "elm-street")
        assert (answer["status"], answer["type"]) == (404, NO_FACILITY)


async def test_what_is_granted_or_taken_away_counts_at_once(
    door: CommandClient, store: AccessStore
) -> None:
    async def answers(kind: str | None) -> bool:
        return bool((await ask(door, "director", "facility.keep-room")).get("type") == kind)

    assert await answers(None)
    store.accounts.set_grants("director", [grant(Role.BILLER)])
    await until(lambda: answers(NOT_ALLOWED))
    store.accounts.disable("director")
    await until(lambda: answers(NO_FACILITY))


async def test_a_client_without_an_account_may_send_what_the_server_lets_through(
    door: CommandClient,
) -> None:
    answer = await ask(door, "intake-bridge", "facility.keep-room")
    assert [each["type"] for each in answer["events"]] == ["facility.room-revised"]
