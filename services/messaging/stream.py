"""The stream DAYBOOK: an image of the journal in JetStream, for whoever follows the events.

Its message k is the journal's k-th event. It can be deleted at any time; the relay makes it again.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import cast

import orjson
from eventsourcing.persistence import Mapper, Notification, StoredEvent
from eventsourcing.utils import resolve_topic
from nats.js import JetStreamContext
from nats.js.api import (
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import NotFoundError

from domain.aggregate import Event
from domain.sharing import NOTICE
from services.messaging.client import CONNECT_WITHIN, PlainClient
from services.messaging.credentials import Login
from services.messaging.derived_messages import CLASSES, EventDisclosed, FindingTurned, turn_id

NAME = "DAYBOOK"

SUBJECTS = ["daybook.*.care.*.*", "daybook.*.identity.*.*", "daybook.*.clinical.*.*"]
"""Exactly these: a wider one would take commands in and acknowledge them."""


def image_of(log: str, name: str, subjects: list[str]) -> StreamConfig:
    """Return the configuration of a stream that is an image of a log: it keeps everything."""
    return StreamConfig(
        name=name,
        description=f"An image of {log}: disposable, made again by the relay.",
        subjects=subjects,
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_age=0,
        max_bytes=-1,
        max_msgs=-1,
        max_msgs_per_subject=-1,
        max_msg_size=-1,
        deny_delete=False,
        deny_purge=False,
        allow_direct=True,
        duplicate_window=1,
    )


CONFIG = image_of("Daybook's journal", NAME, SUBJECTS)

_OURS = (
    *("subjects", "max_age", "max_bytes", "max_msgs", "max_msgs_per_subject", "max_msg_size"),
    "allow_direct",
)
"""What may not differ in a stream that somebody else made; replicas and placement are theirs."""

API_TIMEOUT = 3.0
"""Seconds in which the server has to answer."""

_TOKEN = re.compile(r"[^\s.*>\x00-\x1f\x7f]+")


class Unpublishable(Exception):
    """The journal has an event that cannot be published."""


@asynccontextmanager
async def connected(
    nats_url: str, name: str, on_error: Callable[[Exception], object] = lambda _: None
) -> AsyncIterator[PlainClient]:
    """Connect to NATS for one task.

    The client does not reconnect by itself: its owner starts over, and so looks at everything
    again, instead of sending what was meant for another moment. `on_error` is told what the server
    refuses, and what whoever uses the connection gets to know anyway.
    """

    async def tell(error: Exception) -> None:
        on_error(error)

    client = PlainClient()
    try:
        await client.connect(
            [url.strip() for url in nats_url.split(",")],
            name=name,
            allow_reconnect=False,
            # These hold for the first connection too, which would take two minutes to fail.
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=CONNECT_WITHIN,
            ping_interval=10,
            error_cb=tell,
            **Login.from_environment().connect_options(),
        )
        yield client
    finally:
        await client.close()


async def stream_info(js: JetStreamContext, name: str = NAME) -> StreamInfo | None:
    """Return what the server says about a stream; None where there is no such stream."""
    try:
        return await js.stream_info(name)
    except NotFoundError:
        return None


async def make_stream(js: JetStreamContext, config: StreamConfig = CONFIG) -> StreamInfo:
    """Return a stream; make it where it is not there, mend its limits where they differ."""
    info = await stream_info(js, str(config.name))
    if info is None:
        return await js.add_stream(config)
    ours = {name: getattr(config, name) for name in _OURS}
    if any(
        getattr(info.config, name) not in (value, value or None) for name, value in ours.items()
    ):
        return await js.update_stream(info.config.evolve(**ours))
    return info


async def delete_stream(nats_url: str, name: str = NAME) -> bool:
    """Delete a stream; tell whether there was one. A running relay makes it again."""
    async with connected(nats_url, "daybook rebuild") as client:
        with contextlib.suppress(NotFoundError):
            return await client.jetstream(timeout=API_TIMEOUT).delete_stream(name)
        return False


@dataclass(frozen=True, slots=True)
class Message:
    """An event as the stream has it; `position` is the journal's, `sequence` the stream's.

    `previous` is the position of the event before it of the same facility and class, `time` when
    it was recorded as RFC 3339, by the message alone. A message that is none of Daybook's has no
    journal and position 0.
    """

    sequence: int
    position: int
    previous: int
    journal: str
    chain: str
    id: str
    stored: StoredEvent
    time: str = ""

    def event(self, mapper: Mapper[str]) -> Event:
        """Return the typed event; raises what the codec raises."""
        return cast("Event", mapper.to_domain_event(self.stored))


def chain_of(subject: str) -> str:
    """Return the part of a subject that names facility and class: `daybook.oak-street.care`.

    What is shared has a chain for each recipient, who reads no other.
    """
    tokens = subject.split(".")
    return ".".join(tokens[: 4 if tokens[2:3] == [EventDisclosed.CLASS] else 3])


def subject_of(topic: str, facility_id: str) -> str:
    """Return the subject of an event: `daybook.<facility>.<class>.<aggregate>.<event>`."""
    return f"daybook.{checked_token(facility_id)}.{_class_of(topic)}.{topic}"


def shared_with(facility_id: str, recipient_id: str) -> str:
    """Return what the subjects of all that a recipient is told begin with."""
    return f"daybook.{checked_token(facility_id)}.{EventDisclosed.CLASS}.{recipient_id}"


def checked_token(facility_id: str) -> str:
    """Return a facility's id; Unpublishable where it cannot be part of a subject."""
    if not _TOKEN.fullmatch(facility_id):
        message = f"The facility id {facility_id!r} cannot be part of a NATS subject."
        raise Unpublishable(message)
    return facility_id


@cache
def _class_of(topic: str) -> str:
    if not re.fullmatch(r"[\w-]+\.[\w-]+", topic):
        message = f"The topic {topic!r} is not of the form aggregate.event."
        raise Unpublishable(message)
    return CLASSES.get(topic) or str(resolve_topic(topic).PRIVACY)


def schema_id(topic: str, version: int) -> str:
    """Return the name of the JSON Schema of a message: `daybook:session.closed:1`."""
    return f"daybook:{topic}:{version}"


def facts_of(notification: Notification) -> tuple[str, dict[str, str]]:
    """Return a message's subject and its CloudEvents headers, without those of the journal."""
    topic, state = notification.topic, orjson.loads(notification.state)
    facility_id = state["facility_id"]
    subject = subject_of(topic, facility_id)
    message_id = f"{notification.originator_id}:{notification.originator_version}"
    time = state.get("timestamp")
    if topic == FindingTurned.TOPIC:
        subject = f"{chain_of(subject)}.{state['rule']}.{state['state']}"
        turned = datetime.fromisoformat(state["at"])
        message_id = turn_id(state["finding_id"], turned, state["command_id"])
        time = turned.isoformat()
    if topic == EventDisclosed.TOPIC:
        told = state["event_topic"].replace(".", "-")
        subject = f"{shared_with(facility_id, state['recipient_id'])}.{told}"
    headers = {
        "ce-specversion": "1.0",
        "ce-id": message_id,
        "ce-type": topic,
        "ce-source": f"daybook/{facility_id}",
        "ce-subject": str(notification.originator_id),
        "ce-time": time,
        "ce-dataschema": schema_id(topic, state["class_version"]),
        "content-type": "application/json",
        "daybook-version": str(notification.originator_version),
        "daybook-position": str(notification.id),
    }
    if topic in CLASSES:
        headers["daybook-derived"] = "true"
    if topic == EventDisclosed.TOPIC:
        headers |= {"daybook-consent": state["consent_id"], "daybook-notice": NOTICE}
    return subject, headers


def message_from(
    subject: str, sequence: int, headers: Mapping[str, str] | None, payload: bytes | None
) -> Message:
    """Read a message of the stream."""
    found = headers or {}
    return Message(
        sequence=sequence,
        position=number_in(found.get("daybook-position")),
        previous=number_in(found.get("daybook-previous")),
        journal=found.get("daybook-journal", ""),
        chain=chain_of(subject),
        id=found.get("ce-id", ""),
        time=found.get("ce-time", ""),
        stored=StoredEvent(
            originator_id=found.get("ce-subject", ""),
            originator_version=number_in(found.get("daybook-version")),
            topic=found.get("ce-type", ""),
            state=payload or b"",
        ),
    )


def number_in(text: str | None) -> int:
    """Return the number in a header; 0 where there is none."""
    return int(text) if text and text.isdecimal() else 0


async def message_at(js: JetStreamContext, sequence: int, name: str = NAME) -> Message | None:
    """Return the message with this sequence; None where the stream has none."""
    try:
        raw = await js.get_msg(name, seq=sequence)
    except NotFoundError:
        return None
    return message_from(raw.subject or "", raw.seq or 0, raw.headers, raw.data)


async def last_of(js: JetStreamContext, chain: str, name: str = NAME) -> Message | None:
    """Return the last message of a facility and class; None where there is none yet."""
    try:
        raw = await js.get_last_msg(name, f"{chain}.>")
    except NotFoundError:
        return None
    return message_from(raw.subject or "", raw.seq or 0, raw.headers, raw.data)
