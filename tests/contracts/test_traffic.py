"""What is on the wire is what the contract says: the whole story, through a real NATS server."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from eventsourcing.persistence import StoredEvent

from services.contract.archive import example_of_event, read, schema_of_event
from services.contract.schemas import events
from services.messaging import stream
from services.messaging.relay import Relay
from tests.contracts.schema_checks import faults_by_file, faults_of_message
from tests.contracts.story import told
from tests.support.backend import PATIENCE, Backend, running

EARLIER = [(cls.TOPIC, version) for cls in events() for version in range(1, cls.class_version)]


@dataclass(frozen=True)
class Received:
    subject: str
    headers: Mapping[str, str]
    payload: dict[str, Any]

    @property
    def topic(self) -> str:
        return self.headers["ce-type"]

    @property
    def version(self) -> int:
        return int(self.headers["ce-dataschema"].rpartition(":")[2])


async def subscription(backend: Backend, count: int) -> AsyncIterator[Received]:
    """Read as any subscriber would, from the first message on."""
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        while await stream.stream_info(js) is None:
            await asyncio.sleep(0.05)
        following = await js.subscribe("daybook.>", stream=stream.NAME, ordered_consumer=True)
        for _ in range(count):
            message = await following.next_msg(timeout=PATIENCE)
            yield Received(message.subject, message.headers or {}, json.loads(message.data))


def remember(backend: Backend) -> int:
    """Put into the journal what Daybook of an earlier version would have, and count it."""
    backend.journal.recorder.insert_events(
        [
            StoredEvent(f"earlier-{number}", 1, topic, json.dumps(wire(topic, version)).encode())
            for number, (topic, version) in enumerate(EARLIER)
        ]
    )
    return len(EARLIER)


def record(backend: Backend) -> int:
    """Save the story, in which every event happens, and count its events."""
    aggregates = told()
    count = sum(len(each.pending_events) for each in aggregates)
    backend.journal.save(*aggregates)
    return count


def wire(topic: str, version: int) -> dict[str, Any]:
    golden = read(example_of_event(topic, version))
    return {**golden["state"], "class_version": version}


async def test_every_event_is_on_the_wire_as_the_contract_says(backend: Backend) -> None:
    count = remember(backend) + record(backend)
    relay = Relay(backend.journal, backend.database_url, backend.nats_url)
    async with running(relay.run):
        received = [each async for each in subscription(backend, count)]

    for message in received:
        assert faults_of_message(message.subject, message.headers, message.payload) == []
        schema = schema_of_event(message.topic, message.version)
        assert read(schema)["$id"] == message.headers["ce-dataschema"]
        assert faults_by_file(schema, message.payload) == []

    everything = {(cls.TOPIC, cls.class_version) for cls in events()} | set(EARLIER)
    payloads = {
        which: [each.payload for each in received if (each.topic, each.version) == which]
        for which in {(each.topic, each.version) for each in received}
    }
    assert set(payloads) == everything
    # An example is the first of its kind in the story, or was when it was published.
    assert [which for which in everything if wire(*which) not in payloads[which]] == []
    assert_in_order(received)


def assert_in_order(received: list[Received]) -> None:
    """Each message has a name of its own, and names the one before it of its class."""
    assert len({each.headers["ce-id"] for each in received}) == len(received)
    positions = [int(each.headers["daybook-position"]) for each in received]
    assert positions == sorted(set(positions))
    last: dict[str, str] = {}
    for number, each in enumerate(received):
        chain = stream.chain_of(each.subject)
        assert each.headers["daybook-previous"] == last.get(chain, "0")
        assert each.headers["Nats-Expected-Last-Sequence"] == str(number)
        assert each.headers["ce-subject"] == each.headers["ce-id"].rpartition(":")[0]
        assert each.headers["ce-time"] == each.payload["timestamp"]
        last[chain] = each.headers["daybook-position"]
    assert len({each.headers["daybook-journal"] for each in received}) == 1
    assert len(last) == 3
