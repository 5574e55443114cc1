"""Findings that turn are announced on a stream of their own, each once."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from nats.js.errors import NotFoundError

from projections.compliance import Compliance
from services.hosting.supervisor import Supervisor
from services.messaging import stream
from services.publishing import findings, publisher
from tests.contracts.schema_checks import faults_of_message
from tests.support.backend import PATIENCE, Backend, ManualClock, until
from tests.support.evaluated_clinic import EvaluatedClinic
from tests.support.small_clinic import ANN, FACILITY, FRIDAY, MONDAY, WEDNESDAY

THURSDAY, SATURDAY = MONDAY + timedelta(days=3), MONDAY + timedelta(days=5)


@pytest.fixture
def manual_clock() -> ManualClock:
    found = ManualClock()
    found.now = datetime(2025, 3, 3, 9, tzinfo=UTC)
    return found


async def announced(backend: Backend) -> list[Any]:
    """All that the stream of findings has about Ann."""
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        try:
            info = await js.stream_info(findings.NAME)
        except NotFoundError:
            return []
        found = [await js.get_msg(findings.NAME, seq=k + 1) for k in range(info.state.last_seq)]
        return [each for each in found if orjson.loads(each.data or b"")["patient_id"] == ANN]


async def turns(backend: Backend) -> list[tuple[str, str, str]]:
    """What turned into what, and when."""
    found = await announced(backend)
    return [
        (each.headers["ce-time"][:16], each.subject, str(orjson.loads(each.data)["was"]))
        for each in found
    ]


@asynccontextmanager
async def kept(backend: Backend, manual_clock: ManualClock) -> AsyncIterator[Supervisor]:
    async with backend.supervisor(Compliance(), clock=manual_clock) as supervisor:

        async def begun() -> bool:
            rows = backend.rows("SELECT to_regclass('announcements.through') IS NOT NULL")
            return bool(rows[0][0] and backend.rows("SELECT FROM announcements.through"))

        await until(begun)
        yield supervisor


async def everything_told(backend: Backend, supervisor: Supervisor) -> None:
    """Wait until what happened was taken in, and the stream has all that was told of it."""
    await supervisor.caught_up(backend.journal.position())

    async def passed() -> bool:
        rows = backend.rows(
            "SELECT (SELECT max(at) FROM announcements.through) >= looked_at"
            " AND looked_after = position FROM compliance.position"
        )
        return bool(rows) and rows[0][0]

    await until(passed)
    told = backend.rows("SELECT count(*) FROM announcements.outbox WHERE stream = 'FINDINGS'")
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()

        async def published() -> bool:
            info = await stream.stream_info(js, findings.NAME)
            return bool(info and info.state.messages >= told[0][0])

        await until(published)


def week_at_risk(backend: Backend, manual_clock: ManualClock) -> EvaluatedClinic:
    """Nine hours are booked; on Wednesday Ann says that she cannot come on Friday.

    Two single sessions of two hours, on Thursday and on Saturday, could still make up for it.
    """
    clinic = EvaluatedClinic(journal=backend.journal, vault=backend.vault)
    clinic.adopt(attended_minutes_min=540)
    clinic.enrol(ANN)
    clinic.own("extra-1", THURSDAY)
    clinic.own("extra-2", SATURDAY)
    for day in (MONDAY, WEDNESDAY):
        clinic.attends(ANN, day)
        clinic.closes(day)
    manual_clock.now = clinic.at("22:00", WEDNESDAY)
    clinic.stays_away(ANN, FRIDAY)
    return clinic


SUBJECT = f"daybook.{FACILITY}.findings.attended-hours"
WHOLE_STORY = [
    ("2025-03-05T22:00", f"{SUBJECT}.at_risk", "on_track"),
    ("2025-03-06T12:00", f"{SUBJECT}.impossible", "at_risk"),
    ("2025-03-10T00:00", f"{SUBJECT}.breached", "impossible"),
]


async def test_a_finding_that_turns_is_announced_as_soon_as_the_view_says_so(
    backend: Backend, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "LOOK_AGAIN", 10 * PATIENCE)
    async with kept(backend, manual_clock) as supervisor:
        week_at_risk(backend, manual_clock)
        await everything_told(backend, supervisor)
        manual_clock.move(days=2)
        await everything_told(backend, supervisor)
        assert await turns(backend) == WHOLE_STORY[:2]


async def test_a_finding_that_turns_is_announced_when_it_did_and_marked_as_derived(
    backend: Backend, manual_clock: ManualClock
) -> None:
    async with kept(backend, manual_clock) as supervisor:
        week_at_risk(backend, manual_clock)
        await everything_told(backend, supervisor)
        assert await turns(backend) == WHOLE_STORY[:1]
        # Nobody looked for two days: it turned when it did.
        manual_clock.move(days=2)
        await everything_told(backend, supervisor)
        assert await turns(backend) == WHOLE_STORY[:2]
        manual_clock.move(days=7)
        await everything_told(backend, supervisor)
    found = await announced(backend)
    assert (await turns(backend))[:3] == WHOLE_STORY
    first = found[0]
    assert first.headers["daybook-derived"] == "true"
    assert first.headers["daybook-journal"] == backend.journal.id
    assert first.headers["ce-type"] == "finding.turned"
    assert len({each.headers["ce-id"] for each in found}) == len(found)
    payload = orjson.loads(first.data)
    assert (payload["state"], payload["rule"], payload["from_day"]) == (
        "at_risk",
        "attended-hours",
        MONDAY.isoformat(),
    )
    for each in found:
        assert faults_of_message(each.subject, each.headers, orjson.loads(each.data)) == []
    image = [each.position for each in await backend.messages()]
    assert image == list(range(1, backend.journal.position() + 1))


async def test_a_replay_announces_nothing_again(
    backend: Backend, manual_clock: ManualClock
) -> None:
    async with kept(backend, manual_clock) as supervisor:
        week_at_risk(backend, manual_clock)
        manual_clock.move(days=9)
        await everything_told(backend, supervisor)
        before = await turns(backend)
        assert before[:3] == WHOLE_STORY
        await supervisor.rebuild("compliance")
        await everything_told(backend, supervisor)
        assert await turns(backend) == before
    await backend.delete_stream()
    backend.run("DROP SCHEMA compliance CASCADE")
    async with kept(backend, manual_clock) as supervisor:
        await everything_told(backend, supervisor)
        assert await turns(backend) == before


async def test_a_stream_of_findings_that_is_made_again_is_the_same_to_the_letter(
    backend: Backend, manual_clock: ManualClock
) -> None:
    async with kept(backend, manual_clock) as supervisor:
        week_at_risk(backend, manual_clock)
        manual_clock.move(days=9)
        await everything_told(backend, supervisor)
        before = [(each.subject, each.headers, each.data) for each in await announced(backend)]
        assert before
        await stream.delete_stream(backend.nats_url, findings.NAME)
        await everything_told(backend, supervisor)
        again = [(each.subject, each.headers, each.data) for each in await announced(backend)]
    assert again == before


async def test_a_finding_that_is_told_follows_the_one_before_it(
    backend: Backend, manual_clock: ManualClock
) -> None:
    async with kept(backend, manual_clock) as supervisor:
        week_at_risk(backend, manual_clock)
        manual_clock.move(days=9)
        await everything_told(backend, supervisor)
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        info = await stream.stream_info(js, findings.NAME)
        assert info
        found = [
            await stream.message_at(js, k + 1, findings.NAME) for k in range(info.state.last_seq)
        ]
    placed = [(each.position, each.previous) for each in found if each]
    assert placed == [(k + 1, k) for k in range(len(found))]
    versions = Counter(each.stored.originator_id for each in found if each)
    told = {each.stored.originator_id: each.stored.originator_version for each in found if each}
    assert told == dict(versions)
    assert max(versions.values()) > 1


async def test_what_turned_before_anybody_announced_is_no_news(
    backend: Backend, manual_clock: ManualClock
) -> None:
    week_at_risk(backend, manual_clock)
    manual_clock.move(days=5)
    async with kept(backend, manual_clock) as supervisor:
        await everything_told(backend, supervisor)
        assert await turns(backend) == []
        manual_clock.move(days=7)
        await everything_told(backend, supervisor)
        assert ("2025-03-17T00:00", f"{SUBJECT}.breached", "on_track") in await turns(backend)


async def test_what_turned_while_nobody_was_there_is_announced_afterwards(
    backend: Backend, manual_clock: ManualClock
) -> None:
    async with kept(backend, manual_clock) as supervisor:
        week_at_risk(backend, manual_clock)
        await everything_told(backend, supervisor)
    manual_clock.move(days=6)
    async with kept(backend, manual_clock) as supervisor:
        await everything_told(backend, supervisor)
        assert (await turns(backend))[:3] == WHOLE_STORY
