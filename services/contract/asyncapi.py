"""The AsyncAPI 3.0 document: every channel, message and schema, in one file that needs no other."""

from collections.abc import Iterable
from importlib.metadata import version
from itertools import groupby
from typing import Any

from nats.js.api import StreamConfig

from services.contract.headers import SCHEMAS, headers_of
from services.contract.message_catalog import (
    Message,
    Sent,
    command_messages,
    derived_messages,
    event_messages,
)
from services.contract.replies import DONE, DONE_EXAMPLE, REFUSED, REFUSED_EXAMPLE
from services.contract.schemas import Schema, referring
from services.messaging import stream
from services.publishing import billable_days, disclosures, findings
from services.publishing.told_streams import TOLD_STREAMS

Part = dict[str, Any]
"""A part of the document."""

ABOUT = """\
Daybook runs the schedule and the attendance of intensive outpatient programs. Every fact is an
event. This document lists the events, what is derived from them, and the commands that Daybook
takes.

**Messages** are CloudEvents 1.0 over NATS, in binary mode: the attributes are headers that begin
with `ce-`, the payload is JSON. `ce-dataschema` names the schema of the payload: the topic and the
version of its shape. Versions stand side by side: an event stays in the version in which it was
recorded. A version's fields, types and words never change; pass over a field that you do not know.

**Delivery** is at least once. `ce-id` is unique: a message with one that you have seen is a
repetition. Messages of one facility and class come in order, and `daybook-previous` names the
position of the one before, so that a gap shows. The stream `DAYBOOK` keeps every event from the
first one on: read it again from any sequence or time. It can be deleted and made anew, with the
same positions and ids. `daybook-journal` tells from which journal it is: where that changes, begin
again.

**Classes** say who may read: `care` what happened, `identity` who somebody is (sealed), `clinical`
answers and results of tests; `findings` and `billable` are derived and prove nothing by themselves.
These are for the program's own services. Who is outside the program reads `shared`, on subjects of
their own (`daybook.<facility>.shared.<recipient>.*`): of a patient's events what a consent on
record lets them be told, from the consent on until it ends or is revoked. Each message names its
consent (`daybook-consent`) and carries the notice of 42 CFR 2.32 (`daybook-notice`).

**Commands** are requests with a reply. Choose `ce-id` yourself, and send the same one again when no
reply came: the command is done once.
"""

_PARAMETERS: dict[str, Part] = {
    "facility": {"description": "The facility's id.", "examples": ["oak-street"]},
    "client": {"description": "Who sends the command.", "examples": ["front-desk"]},
    "rule": {"description": "The rule of which the finding is.", "examples": ["attended-hours"]},
    "recipient": {"description": "The recipient's id at the site.", "examples": ["acme-health"]},
    "event": {
        "description": "The event's topic, with `-` for the dot.",
        "examples": ["session-attendance-recorded"],
    },
    "state": {"description": "What the finding says from then on.", "examples": ["at_risk"]},
}

_KINDS = {
    "care": "What happened, and how care is arranged. Names patients by a random id.",
    "identity": "Who patients and those close to them are, sealed.",
    "clinical": "What patients answered, and what tests found.",
    "findings": "Derived: findings that turned.",
    "billable": "Derived: days, and what they are to who pays.",
    "shared": "What of patients' events a recipient outside is told under their consents.",
    "command": "What others may ask for.",
}

_STREAM_OF = {
    "findings": findings.NAME,
    "billable": billable_days.NAME,
    "shared": disclosures.NAME,
}


def document() -> Part:
    """Return the whole document."""
    sent = [*event_messages(), *derived_messages()]
    taken = list(command_messages())
    return {
        "asyncapi": "3.0.0",
        "id": "urn:daybook:messages",
        "info": {
            "title": "Daybook",
            "version": version("daybook"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": name, "description": says} for name, says in _KINDS.items()],
        },
        "defaultContentType": "application/json",
        "servers": {"nats": _server()},
        "channels": {**_channels(sent), **_channels(taken), "replies": _replies()},
        "operations": {**_sending(sent), **_receiving(taken)},
        "components": {
            "parameters": _PARAMETERS,
            "messages": {each.name: _message(each) for each in (*sent, *taken)} | _answers(),
            "schemas": {each.name: embedded(each) for each in (*sent, *taken)}
            | SCHEMAS
            | {"reply.done": DONE, "reply.refused": REFUSED},
        },
        "x-jetstream": {"streams": _streams()},
    }


def _server() -> Part:
    return {
        "host": "{host}:{port}",
        "protocol": "nats",
        "description": "A nats-server with JetStream. Where it has users, each logs in over TLS"
        " with an NKey of its own, and its inboxes begin with `_INBOX_` and the user's name.",
        "variables": {
            "host": {"default": "localhost", "description": "Where it runs."},
            "port": {"default": "4222", "description": "Where it listens."},
        },
    }


def _streams() -> list[Part]:
    """Describe the streams. No stream takes commands in: they are answered, not kept."""
    return [_stream(each) for each in CONFIGS]


CONFIGS = (stream.CONFIG, *(each.config for each in TOLD_STREAMS))
"""Every stream."""


def _stream(config: StreamConfig) -> Part:
    """Describe a stream; 0 seconds are no limit."""
    return {
        "name": config.name,
        "description": config.description,
        "subjects": config.subjects,
        "retention": str(config.retention.value) if config.retention else "limits",
        "maxAgeSeconds": int(config.max_age or 0),
    }


def _channels(messages: Iterable[Message]) -> dict[str, Part]:
    """Return a channel for each subject, with the versions of its message side by side."""
    return {
        _channel_name(group[0]): _channel(group)
        for group in (list(found) for _, found in groupby(messages, lambda each: each.topic))
    }


def _channel(versions: list[Message]) -> Part:
    latest = versions[-1]
    named = [name for name in _PARAMETERS if f"{{{name}}}" in latest.address]
    channel: Part = {
        "address": latest.address,
        "title": latest.topic,
        "description": latest.schema["description"],
        "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in named},
        "messages": {
            _short(each): {"$ref": f"#/components/messages/{each.name}"} for each in versions
        },
        "tags": [{"name": latest.kind}],
    }
    if latest.version:
        channel["x-jetstream"] = {"stream": _STREAM_OF.get(latest.kind, stream.NAME)}
    return channel


def _sending(messages: Iterable[Message]) -> dict[str, Part]:
    return {
        f"send.{topic}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{topic}"},
            "summary": f"Daybook tells: {versions[-1].schema['description']}",
            "messages": [_in_channel(each) for each in versions],
            "tags": [{"name": versions[-1].kind}],
        }
        for topic, versions in (
            (topic, list(found)) for topic, found in groupby(messages, lambda each: each.topic)
        )
    }


def _receiving(commands: Iterable[Message]) -> dict[str, Part]:
    return {
        f"receive.{each.topic}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{_channel_name(each)}"},
            "summary": each.schema["description"],
            "messages": [_in_channel(each)],
            "tags": [{"name": each.kind}],
            "reply": {
                "channel": {"$ref": "#/channels/replies"},
                "messages": [
                    {"$ref": "#/channels/replies/messages/done"},
                    {"$ref": "#/channels/replies/messages/refused"},
                ],
            },
        }
        for each in commands
    }


def _replies() -> Part:
    """Return the channel of replies: its address is the inbox that comes with each request."""
    return {
        "address": None,
        "title": "Replies",
        "description": "The inbox that the client named in its request, as NATS has it. Where"
        " nobody takes commands, NATS itself answers that there are no responders.",
        "messages": {
            "done": {"$ref": "#/components/messages/reply.done"},
            "refused": {"$ref": "#/components/messages/reply.refused"},
        },
    }


def _answers() -> dict[str, Part]:
    return {
        f"reply.{name}": {
            "name": f"reply.{name}",
            "title": schema["title"],
            "summary": schema["description"],
            "contentType": kind,
            "headers": {"$ref": f"#/components/schemas/headers.{name}"},
            "payload": {"$ref": f"#/components/schemas/reply.{name}"},
            "examples": [{"headers": {"content-type": kind}, "payload": example}],
        }
        for name, schema, kind, example in (
            ("done", DONE, "application/json", DONE_EXAMPLE),
            ("refused", REFUSED, "application/problem+json", REFUSED_EXAMPLE),
        )
    }


def _message(message: Message) -> Part:
    return {
        "name": message.topic,
        "title": message.schema["title"],
        "summary": message.schema["description"],
        "contentType": "application/json",
        "headers": headers_of(message),
        "payload": {"$ref": f"#/components/schemas/{message.name}"},
        "tags": [{"name": message.kind}],
        "examples": [_example(message.example)],
    }


def _example(sent: Sent) -> Part:
    return {"summary": sent.subject, "headers": dict(sent.headers), "payload": sent.payload}


def _channel_name(message: Message) -> str:
    return message.topic if message.version else message.name


def _short(message: Message) -> str:
    return f"v{message.version}" if message.version else "request"


def _in_channel(message: Message) -> Part:
    return {"$ref": f"#/channels/{_channel_name(message)}/messages/{_short(message)}"}


def embedded(message: Message) -> Schema:
    """Return a message's schema as a component: what it refers to is found inside of it.

    So no version shares a definition with another one, and none changes with another.
    """
    whole = dict(message.schema)
    name = whole.pop("$id")
    del whole["$schema"]
    if definitions := whole.pop("$defs", None):
        whole["definitions"] = definitions
    place = f"#/components/schemas/{message.name}/definitions/"
    found: Schema = {"x-dataschema": name, **referring(whole, place)}
    return found
