"""Who may do what at NATS: the accounts, users and permissions of nats-server, as plain data.

The streams are in the account DAYBOOK. Everybody but those who keep them has an account of their
own, which takes from DAYBOOK the subjects that they may ask and nothing else; DAYBOOK hands on
commands to the account of whoever takes them. A permission alone would not do: the server answers a
request on whatever subject the request names, without asking whether its sender may publish there,
and so anybody with one allowed request could put it into a stream. Across accounts an answer
only ever comes back to the account that asked.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HOME = "DAYBOOK"
"""The account that has the streams, and the name of the first of them."""

STREAM_OF = {
    "care": "DAYBOOK",
    "identity": "DAYBOOK",
    "clinical": "DAYBOOK",
    "findings": "FINDINGS",
    "billable": "BILLABLE",
    "shared": "SHARED",
    "heads": "HEADS",
}
"""Each class of messages, and the stream that has it."""

SHARED = "shared"
"""The class of what recipients outside the program are told, each by subjects of their own."""

HEADS = "heads"
"""The class of signed heads: of the whole site, and of no facility."""

STREAMS = tuple(dict.fromkeys(STREAM_OF.values()))

RELAYED = tuple(each for each in STREAMS if each != STREAM_OF[HEADS])
"""The streams that the relay keeps; the sealer keeps its own, from which nothing is taken away."""

EVERY_COMMAND = ("*.*",)

OWN = ("daybook", "relay", "projector", "commands", "sealer")
"""Daybook's own users. `daybook` is for one process that is all the others at once."""

_STATUS = "daybook.status"
_REQUESTS = ("daybook.*.command.*.*.*", _STATUS)
"""What is asked of whoever takes commands."""

_TAKING = ("daybook.*.command.*.*.* daybook-commands", f"{_STATUS} daybook")
"""The same as subscriptions, each with its queue group."""

_API = "$JS.API"

ANSWERED_OFTEN = {"NEXT", "DIRECT"}
"""Parts of the subjects of requests that bring several messages."""


def _looking_at(stream: str) -> tuple[str, ...]:
    return (
        *(f"{_API}.{verb}.{stream}" for verb in ("STREAM.INFO", "STREAM.MSG.GET", "DIRECT.GET")),
    )


_LOOKING = _looking_at(HOME)

_LIMITS = {"max_connections": 32, "max_subscriptions": 1000}
"""What one account may hold at the same time: several processes, none of which asks for much."""

_ASIDE = "_JS.API"
"""What requests are called within an account that has no streams, by a mapping of the server's.

Under their own name they would be answered twice: by the account of the streams, and by the server
that JetStream is not enabled. Permissions go by the name after the mapping.
"""


@dataclass(frozen=True, slots=True)
class Others:
    """Whom Daybook lets in besides its own."""

    subscribers: Mapping[str, tuple[str, str]]
    """Each name with its facility (or `*`) and class; `shared.acme` is what `acme` is told."""
    clients: Mapping[str, tuple[str, tuple[str, ...]]]
    """Each name with its facility and the commands that it may send, as tokens of the subject."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may publish and subscribe to, besides an inbox of their own."""

    publish: tuple[str, ...]
    never: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    """Where the user publishes besides, in its own account."""
    subscribe: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    """What the account of the streams asks of the user's own account."""
    at_home: bool = False
    """Whether the user is in the account of the streams, and not in one of their own."""


def rights_of_all(others: Others) -> dict[str, Rights]:
    """Return the rights of every user by name."""
    relay = _relay()
    projector = _projector(consumers(others))
    sealer = _sealer()
    # Who sends commands is in an account of their own, and is answered on `_R_`; who asks for the
    # status, on their inbox.
    answers = ("_R_.>", *(f"{inbox_of(name)}.>" for name in ("relay", "daybook")))
    found = {
        "daybook": Rights(
            publish=(*relay.publish, *projector.publish, *sealer.publish),
            answers=answers,
            subscribe=_TAKING,
            at_home=True,
        ),
        "relay": relay,
        "projector": projector,
        "sealer": sealer,
        # The status says how far the streams got.
        "commands": Rights(
            publish=tuple(subject for each in RELAYED for subject in _looking_at(each)),
            answers=("_R_.>",),
            subscribe=_TAKING,
            serves=_REQUESTS,
        ),
    }
    for name, (_, kind) in others.subscribers.items():
        found[name] = Rights(publish=_own_consumer(_stream_of(kind), name, "INFO", "RESET"))
    for name, (facility, commands) in others.clients.items():
        of_client = f"daybook.{facility}.command.{name}"
        found[name] = Rights(publish=tuple(f"{of_client}.{each}" for each in commands))
    return found


def consumers(others: Others) -> dict[str, dict[str, str]]:
    """Return the consumers that Daybook makes for others: by name, the stream and the filter."""
    return {
        name: {"stream": _stream_of(kind), "filter": filter_of(facility, kind)}
        for name, (facility, kind) in others.subscribers.items()
    }


def filter_of(facility: str, kind: str) -> str:
    """Return the subjects of a class at a facility; of `shared.acme` those of one recipient.

    Heads are of the whole site.
    """
    if kind == HEADS:
        return "daybook.heads.>"
    rest = "*" if kind.startswith(f"{SHARED}.") else "*.*"
    return f"daybook.{facility}.{kind}.{rest}"


def _stream_of(kind: str) -> str:
    return STREAM_OF[kind.partition(".")[0]]


def inbox_of(name: str) -> str:
    """Return what a user's inboxes begin with."""
    return f"_INBOX_{name}"


def accounts(rights: Mapping[str, Rights], keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the server's accounts with their users; `keys` are the users' public nkeys."""
    taken_by: dict[str, list[str]] = defaultdict(list)
    home: dict[str, Any] = {"jetstream": "enabled", "exports": [], "imports": [], "users": []}
    found = {HOME: home}
    for name, each in rights.items():
        if each.at_home:
            user = {"nkey": keys[name], "permissions": _permissions(name, each, _API)}
            home["users"].append(user)
            continue
        user = {"nkey": keys[name], "permissions": _permissions(name, each, _ASIDE)}
        for subject in each.publish:
            taken_by[subject].append(name)
        home["imports"] += [_service(name, subject) for subject in each.serves]
        found[name] = {
            "limits": _LIMITS,
            "mappings": {f"{_API}.>": f"{_ASIDE}.>"},
            "exports": [{"service": subject, "accounts": [HOME]} for subject in each.serves],
            "imports": [_import(subject) for subject in each.publish],
            "users": [user],
        }
    home["exports"] = [
        # What asks for messages is answered many times.
        {"service": subject, "accounts": names}
        | ({"response_type": "stream"} if ANSWERED_OFTEN & set(subject.split(".")) else {})
        for subject, names in taken_by.items()
    ]
    return found


def _import(subject: str) -> dict[str, Any]:
    [aside] = _called([subject], _ASIDE)
    return _service(HOME, subject) | {"to": aside}


def _service(account: str, subject: str) -> dict[str, Any]:
    return {"service": {"account": account, "subject": subject}}


def _permissions(name: str, each: Rights, api: str) -> dict[str, Any]:
    # An empty list of what is allowed would not forbid the rest.
    allowed = [*_called(each.publish, api), *each.answers]
    publish = {"allow": allowed} if allowed else {"deny": [">"]}
    if each.never:
        publish["deny"] = _called(each.never, api)
    return {
        "publish": publish,
        "subscribe": {"allow": [f"{inbox_of(name)}.>", *each.subscribe]},
    }


def _called(subjects: Iterable[str], api: str) -> list[str]:
    return [re.sub(r"^\$JS\.API\.", f"{api}.", subject) for subject in subjects]


def _relay() -> Rights:
    """Keep the streams and the consumers of others, and publish."""
    events = [f"daybook.*.{kind}.*.*" for kind in STREAM_OF if kind != HEADS]
    streams = [
        f"{_API}.{verb}.{stream}"
        for stream in RELAYED
        for verb in (
            *("STREAM.INFO", "STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE"),
            *("STREAM.MSG.GET", "DIRECT.GET", "CONSUMER.LIST"),
        )
    ]
    # Where a stream is set aside that may be the only copy of something.
    streams += [
        f"{_API}.{verb}.{stream}_KEPT"
        for stream in RELAYED
        for verb in (
            *("STREAM.INFO", "STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "DIRECT.GET"),
        )
    ]
    consumers = [each for stream in RELAYED for each in _keeping_consumers(stream)]
    return Rights(publish=(*events, *streams, *consumers, _STATUS), at_home=True)


def _sealer() -> Rights:
    """Make the stream of heads, never change or delete it, read the last ones and publish."""
    stream = STREAM_OF[HEADS]
    making = [
        f"{_API}.{verb}.{stream}" for verb in ("STREAM.INFO", "STREAM.CREATE", "STREAM.MSG.GET")
    ]
    consumers = (*_keeping_consumers(stream), f"{_API}.CONSUMER.LIST.{stream}")
    heads = ("daybook.heads.*", "daybook.heads.*.*")
    return Rights(publish=(*heads, *making, *consumers), at_home=True)


def _keeping_consumers(stream: str) -> tuple[str, ...]:
    """Make and delete the consumers of others."""
    return tuple(
        f"{_API}.CONSUMER.{rest}"
        for rest in (f"CREATE.{stream}.*.>", f"INFO.{stream}.*", f"DELETE.{stream}.*")
    )


def _projector(theirs: Mapping[str, Mapping[str, str]]) -> Rights:
    """Read the whole of DAYBOOK by consumers without a name, but not by those of others."""
    reading = [f"{_API}.CONSUMER.{verb}.{HOME}" for verb in ("MSG.NEXT", "DELETE")]
    return Rights(
        publish=(
            *_LOOKING,
            f"{_API}.CONSUMER.CREATE.{HOME}",
            *(f"{each}.*" for each in reading),
        ),
        never=tuple(
            f"{each}.{name}"
            for each in reading
            for name in theirs
            if theirs[name]["stream"] == HOME
        ),
    )


def _own_consumer(stream: str, name: str, *verbs: str) -> tuple[str, ...]:
    return (
        *(f"{_API}.CONSUMER.{verb}.{stream}.{name}" for verb in (*verbs, "MSG.NEXT")),
        f"$JS.ACK.{stream}.{name}.>",
    )
