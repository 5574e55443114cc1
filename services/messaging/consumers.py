"""The consumers by which others read: made by Daybook, one for each subscriber, under its name.

A subscriber may not make a consumer: that right would let it choose what it reads in part only,
and where the server delivers to not at all. It may ask its consumer for messages, acknowledge
them, and set it back (`CONSUMER.RESET`) to read again. deploy/nats makes the file that says who
subscribes to what.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from pydantic import TypeAdapter, ValidationError

from domain.errors import DaybookError

FILE = "DAYBOOK_NATS_SUBSCRIBERS"
"""The setting that names the file; without it there are no subscribers."""

OURS = {"daybook": "subscriber"}
"""What tells these consumers from others in their metadata."""

OF_MANAGERS = frozenset(
    f"manager-{each}" for each in ("closing", "discharges", "draws", "horizon", "places")
)
"""The consumers of process managers while they followed the stream; now they are deleted."""

_PAGE = 256
"""How many consumers the server tells of at once."""


class SubscribersUnreadable(DaybookError):
    """The file of the subscribers is not there, or is none."""


@dataclass(frozen=True, slots=True)
class ConsumerFilter:
    """What a subscriber reads: a stream, and of it what its filter lets through."""

    stream: str
    filter: str


Subscribers = Mapping[str, ConsumerFilter]
"""Each subscriber by name."""


def from_environment(environment: Mapping[str, str] = os.environ) -> Subscribers:
    """Return the subscribers of the file that the setting names."""
    file = environment.get(FILE, "").strip()
    if not file:
        return {}
    try:
        reading: TypeAdapter[dict[str, ConsumerFilter]] = TypeAdapter(dict[str, ConsumerFilter])
        return reading.validate_json(Path(file).read_bytes())
    except (OSError, ValidationError) as why:
        message = f"{FILE} names {file}, which holds no subscribers."
        raise SubscribersUnreadable(message) from why


async def keep_consumers(js: JetStreamContext, stream: str, subscribers: Subscribers) -> None:
    """Make the consumers that are missing, and delete those of whom is no subscriber any more.

    One with another filter than it should have is made anew, and so begins with the first message.
    Raises NotFoundError where there is no stream.
    """
    wanted = {name: each.filter for name, each in subscribers.items() if each.stream == stream}
    there = {each.name: each.config for each in await _consumers(js, stream)}
    for name, config in there.items():
        is_ours = (config.metadata or {}).items() >= OURS.items()
        if name in OF_MANAGERS or (is_ours and config.filter_subject != wanted.get(name)):
            await js.delete_consumer(stream, name)
    for name, subject in wanted.items():
        if name not in there or there[name].filter_subject != subject:
            config = config_for(name, subject).evolve(metadata=dict(OURS))
            await js.add_consumer(stream, config)


async def consumers_of_subscribers(js: JetStreamContext, stream: str) -> Sequence[ConsumerInfo]:
    """Return what the server says of each subscriber's consumer, by their names.

    Raises a NATS error where there is no stream, or where it may not be asked for them.
    """
    found = await _consumers(js, stream)
    theirs = [each for each in found if (each.config.metadata or {}).items() >= OURS.items()]
    return sorted(theirs, key=lambda each: each.name)


def config_for(name: str, subject: str) -> ConsumerConfig:
    """Return a consumer under somebody's name: from the first message on, each acknowledged."""
    return ConsumerConfig(
        name=name,
        durable_name=name,
        filter_subject=subject,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
    )


async def _consumers(js: JetStreamContext, stream: str) -> Sequence[ConsumerInfo]:
    found: list[ConsumerInfo] = []
    while True:
        page = await js.consumers_info(stream, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return found
