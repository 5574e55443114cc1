"""A data folder of release 0.6.0 goes on: what it told is not told again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import orjson
from nats.js.api import RetentionPolicy, StorageType, StreamConfig

from services.messaging import stream
from services.publishing import findings
from services.publishing.outbox import make_tables
from tests.services.publishing.test_findings import (
    WHOLE_STORY,
    everything_told,
    kept,
    manual_clock,
    turns,
    week_at_risk,
)
from tests.support.backend import Backend, ManualClock, until
from tests.support.small_clinic import MONDAY

__all__ = ["manual_clock"]

EARLIER_TABLES = """
    CREATE TABLE announcements.day_log (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        day_id text NOT NULL,
        version integer NOT NULL,
        topic text NOT NULL,
        state bytea NOT NULL,
        UNIQUE (day_id, version)
    );
    INSERT INTO announcements.day_log (day_id, version, topic, state)
    SELECT about, version, topic, state FROM announcements.outbox
    WHERE stream = 'BILLABLE' ORDER BY position;
    ALTER TABLE announcements.days ADD version integer NOT NULL DEFAULT 1;
    DROP TABLE announcements.outbox;
"""
EARLIER_STREAM = StreamConfig(
    name=findings.NAME,
    subjects=["daybook.*.findings.*.*"],
    retention=RetentionPolicy.LIMITS,
    storage=StorageType.FILE,
    max_age=90 * 24 * 3600,
    duplicate_window=3600,
)
NEW_HEADERS = {
    "daybook-position",
    "daybook-previous",
    "daybook-version",
    "Nats-Expected-Last-Sequence",
}


async def all_of(backend: Backend, name: str) -> list[Any]:
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        info = await stream.stream_info(js, name)
        assert info
        first, last = info.state.first_seq, info.state.last_seq
        return [await js.get_msg(name, seq=k) for k in range(first, last + 1)]


async def days_told(backend: Backend) -> None:
    """Wait until the stream of billable days has a message for each day."""
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()

        async def published() -> bool:
            info = await stream.stream_info(js, "BILLABLE")
            [[days]] = backend.rows("SELECT count(*) FROM compliance.days")
            return bool(days and info and info.state.messages == days)

        await until(published)


async def make_earlier(backend: Backend, expired: int) -> None:
    """Make tables and streams what release 0.6.0 would have left; its first findings expired."""
    told = await all_of(backend, findings.NAME)
    backend.run(EARLIER_TABLES)
    await stream.delete_stream(backend.nats_url, findings.NAME)
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        await js.add_stream(EARLIER_STREAM)
        for each in told:
            headers = {key: says for key, says in each.headers.items() if key not in NEW_HEADERS}
            headers["Nats-Msg-Id"] = headers["ce-id"]
            await js.publish(each.subject, each.data, headers=headers)
        if expired:
            await js.purge_stream(findings.NAME, seq=expired + 1)


async def test_what_an_earlier_release_told_is_not_told_again(
    backend: Backend, manual_clock: ManualClock
) -> None:
    async with kept(backend, manual_clock) as supervisor:
        week_at_risk(backend, manual_clock)
        manual_clock.move(days=9)
        await everything_told(backend, supervisor)
        assert (await turns(backend))[:3] == WHOLE_STORY
        await days_told(backend)
        days = await all_of(backend, "BILLABLE")
    await make_earlier(backend, expired=1)
    before = await all_of(backend, findings.NAME)
    async with kept(backend, manual_clock) as supervisor:
        await everything_told(backend, supervisor)
        assert [each.data for each in await all_of(backend, findings.NAME)] == [
            each.data for each in before
        ]
        assert [each.headers for each in await all_of(backend, "BILLABLE")] == [
            each.headers for each in days
        ]
        manual_clock.move(days=7)

        async def something_new() -> bool:
            return len(await all_of(backend, findings.NAME)) > len(before)

        await until(something_new)  # the time that passed is looked at
        await everything_told(backend, supervisor)
        new = (await all_of(backend, findings.NAME))[len(before) :]
        status = await supervisor.status()
    assert [(each.headers["daybook-position"]) for each in new] == [
        str(k + 1) for k in range(len(new))
    ]
    assert new[0].headers["daybook-previous"] == "0"
    assert all(orjson.loads(each.data)["from_day"] > MONDAY.isoformat() for each in new)
    assert status.findings
    assert (status.findings.position, status.findings_told) == (len(new), len(new))


def test_its_tables_are_made_by_several_processes_at_once(backend: Backend) -> None:
    beginning = Barrier(3)

    def begin() -> None:
        beginning.wait()
        make_tables(backend.journal)

    with ThreadPoolExecutor(3) as processes:
        for _ in range(5):
            backend.run("DROP SCHEMA IF EXISTS announcements CASCADE")
            for each in [processes.submit(begin) for _ in range(3)]:
                each.result()
            assert backend.rows("SELECT count(*) FROM announcements.outbox") == [(0,)]
