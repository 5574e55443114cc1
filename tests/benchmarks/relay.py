"""The relay, beside bare publishes of the same messages.

    python -m tests.benchmarks.relay [--copies 5]

Who publishes barely has all messages in memory, headers and all, sends a window of them with
nats-py, and awaits the acknowledgment of its last one: as the relay does, which also reads them
from the journal, names what each is, and says of each which one has to be before it.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator

import nats
from nats.js.api import Header

from services.messaging import stream
from services.messaging.relay import WINDOW
from tests.benchmarks.imported_clinics import Imported, imported_clinics, keep_up

ROUNDS = 3


def _messages(imported: Imported) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Yield the messages that the relay would publish."""
    last: dict[str, int] = {}
    for number, each in enumerate(imported.journal.after(0, imported.events)):
        subject, headers = stream.facts_of(each)
        headers["daybook-journal"] = imported.journal.id
        headers["daybook-previous"] = str(last.get(stream.chain_of(subject), 0))
        headers[Header.EXPECTED_LAST_SEQUENCE] = str(number)
        last[stream.chain_of(subject)] = each.id
        yield subject, headers, each.state


async def publish_barely(imported: Imported) -> float:
    """Return the seconds that bare publishes of all events take, to a stream that is empty."""
    messages = list(_messages(imported))
    client = await nats.connect(imported.engines.nats_url)
    js = client.jetstream()
    await stream.make_stream(js)
    started = time.perf_counter()
    for number, (subject, headers, state) in enumerate(messages, 1):
        if number % WINDOW and number < len(messages):
            await client.publish(subject, state, headers=headers)
        else:
            await js.publish(subject, state, headers=headers)
    took = time.perf_counter() - started
    await client.close()
    return took


def relay_all(imported: Imported) -> float:
    """Return the seconds in which the relay fills a stream that is not there."""
    started = time.perf_counter()
    asyncio.run(keep_up(imported, (), relay=True))
    return time.perf_counter() - started


def measure(copies: int = 5) -> dict[str, float]:
    """Return how many times as fast as bare publishes the relay is."""
    bare, relayed = [], []
    with imported_clinics(copies) as imported:
        for _ in range(ROUNDS):
            bare.append(asyncio.run(publish_barely(imported)))
            asyncio.run(stream.delete_stream(imported.engines.nats_url))
            relayed.append(relay_all(imported))
            asyncio.run(stream.delete_stream(imported.engines.nats_url))
        events = imported.events
    print(
        f"relay: {events:,} events; a second: relay {events / min(relayed):,.0f},"
        f" bare publishes {events / min(bare):,.0f}"
    )
    return {"relay_vs_bare_publish": min(bare) / min(relayed)}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What publishing the journal costs.")
    options.add_argument("--copies", type=int, default=5)
    print(measure(options.parse_args().copies))
