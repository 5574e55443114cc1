"""deploy/nats: what each user may do works, and everything else is refused by the server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.secured_nats import (
    STREAMS,
    SUBSCRIBERS,
    Answering,
    Secured,
    Somebody,
    Watch,
)

OAK = SUBSCRIBERS["alerts"].filter


@pytest.fixture
async def alerts(secured: Secured) -> AsyncIterator[Somebody]:
    """A subscriber of the class care at Oak Street."""
    async with secured.somebody("alerts") as connected:
        yield connected


def creation(stream_name: str, name: str, **config: Any) -> dict[str, Any]:
    wanted = {"name": name, "durable_name": name, "ack_policy": "explicit"}
    return {"stream_name": stream_name, "config": wanted | config}


def pushing(to: str) -> dict[str, Any]:
    return creation("DAYBOOK", "alerts", filter_subject=OAK, deliver_subject=to, ack_policy="none")


EVENTS = [
    f"daybook.{facility}.{kind}.session.closed"
    for facility in ("oak-street", "elm-street")
    for kind in ("care", "identity", "clinical", "findings", "billable", "shared")
]

ABOUT_STREAMS: list[tuple[str, Any]] = [
    (f"$JS.API.{verb}.{name}", body)
    for name in STREAMS
    for verb, body in (
        ("STREAM.CREATE", {"name": name, "subjects": ["daybook.>"]}),
        ("STREAM.UPDATE", {"name": name, "subjects": ["daybook.>"], "max_msgs": 1}),
        ("STREAM.DELETE", b""),
        ("STREAM.PURGE", b""),
        ("STREAM.INFO", b""),
        ("STREAM.MSG.GET", {"seq": 1}),
        ("STREAM.MSG.DELETE", {"seq": 1}),
        ("STREAM.SNAPSHOT", {"deliver_subject": "_INBOX_alerts.x"}),
        ("STREAM.RESTORE", {"config": {"name": name}}),
        ("STREAM.LEADER.STEPDOWN", b""),
        ("STREAM.PEER.REMOVE", {"peer": "daybook"}),
        ("DIRECT.GET", {"seq": 1}),
        ("CONSUMER.LIST", b""),
        ("CONSUMER.NAMES", b""),
        ("CONSUMER.CREATE", {"stream_name": name, "config": {"ack_policy": "none"}}),
        ("CONSUMER.CREATE", pushing("_INBOX_alerts.x") | {"stream_name": name}),
    )
]

ABOUT_THE_SERVER: list[tuple[str, Any]] = [
    ("$JS.API.INFO", b""),
    ("$JS.API.STREAM.LIST", b""),
    ("$JS.API.STREAM.NAMES", {"subject": OAK}),
    ("$JS.API.STREAM.CREATE.MINE", {"name": "MINE", "subjects": ["mine"]}),
    ("$JS.API.META.LEADER.STEPDOWN", b""),
    ("$JS.API.SERVER.REMOVE", {"peer": "daybook"}),
    ("$JS.API.ACCOUNT.PURGE.DAYBOOK", b""),
    ("$JS.API.DIRECT.GET.DAYBOOK.daybook.oak-street.identity.thing.n0", b""),
    ("$JS.API.DIRECT.GET.DAYBOOK.daybook.oak-street.care.thing.n0", b""),
    ("$SYS.REQ.SERVER.PING", b""),
    ("$SYS.REQ.ACCOUNT.DAYBOOK.CONNZ", b""),
    ("$SRV.PING", b""),
    ("$KV.BUCKET.key", b""),
]

ABOUT_CONSUMERS: list[tuple[str, Any]] = [
    # Another's.
    *(
        (f"$JS.API.CONSUMER.{verb}.{each.stream}.{name}", body)
        for name, each in SUBSCRIBERS.items()
        if name != "alerts"
        for verb, body in (
            ("INFO", b""),
            ("DELETE", b""),
            ("MSG.NEXT", b"1"),
            ("RESET", {"seq": 1}),
            ("PAUSE", {"pause_until": "2100-01-01T00:00:00Z"}),
            ("UNPIN", {"group": "a"}),
            ("LEADER.STEPDOWN", b""),
        )
    ),
    ("$JS.ACK.DAYBOOK.names.1.1.1.0.0", b""),
    ("$JS.ACK.DAYBOOK.names.1.1.1.0.0", b"+TERM"),
    ("$JS.ACK.BILLABLE.billing.1.1.1.0.0", b"+NXT"),
    ("$JS.ACK.BILLABLE.alerts.1.1.1.0.0", b""),
    ("$JS.FC.DAYBOOK.names.x", b""),
    # One's own, but not as it may be.
    ("$JS.API.CONSUMER.DELETE.DAYBOOK.alerts", b""),
    ("$JS.API.CONSUMER.PAUSE.DAYBOOK.alerts", {"pause_until": "2100-01-01T00:00:00Z"}),
    ("$JS.API.CONSUMER.UNPIN.DAYBOOK.alerts", {"group": "a"}),
    ("$JS.API.CONSUMER.LEADER.STEPDOWN.DAYBOOK.alerts", b""),
    ("$JS.API.CONSUMER.INFO.FINDINGS.alerts", b""),
    ("$JS.API.CONSUMER.MSG.NEXT.BILLABLE.alerts", b"1"),
    # None is made: with no filter in the subject, with several, with a wider one, another's ...
    ("$JS.API.CONSUMER.DURABLE.CREATE.DAYBOOK.alerts", creation("DAYBOOK", "alerts")),
    ("$JS.API.CONSUMER.CREATE.DAYBOOK.alerts", creation("DAYBOOK", "alerts")),
    (
        "$JS.API.CONSUMER.CREATE.DAYBOOK.alerts",
        creation("DAYBOOK", "alerts", filter_subjects=[OAK, "daybook.*.identity.*.*"]),
    ),
    *(
        (
            f"$JS.API.CONSUMER.CREATE.{stream_name}.{name}.{subject}",
            creation(stream_name, name, filter_subject=subject),
        )
        for stream_name, name, subject in (
            ("DAYBOOK", "alerts", ">"),
            ("DAYBOOK", "alerts", "daybook.>"),
            ("DAYBOOK", "alerts", "daybook.*.care.*.*"),
            ("DAYBOOK", "alerts", "daybook.elm-street.care.*.*"),
            ("DAYBOOK", "alerts", "daybook.oak-street.*.*.*"),
            ("DAYBOOK", "alerts", "daybook.oak-street.identity.*.*"),
            ("DAYBOOK", "alerts", "daybook.oak-street.clinical.*.*"),
            ("FINDINGS", "alerts", "daybook.oak-street.findings.*.*"),
            ("BILLABLE", "alerts", "daybook.*.billable.*.*"),
            ("DAYBOOK", "alerts2", OAK),
            ("DAYBOOK", "names", "daybook.elm-street.identity.*.*"),
            # ... and not even the same, or a narrower one: who may make a consumer says, too,
            # where it delivers to.
            ("DAYBOOK", "alerts", OAK),
            ("DAYBOOK", "alerts", "daybook.oak-street.care.session.*"),
        )
    ),
    *(
        (f"$JS.API.CONSUMER.CREATE.DAYBOOK.alerts.{OAK}", pushing(to))
        for to in (
            "_INBOX_names.x",
            "daybook.oak-street.command.kiosk-1.session.close",
            "daybook.oak-street.findings.session.closed",
            "daybook.oak-street.billable.session.closed",
            "daybook.oak-street.care.session.closed",
            "$JS.API.STREAM.PURGE.DAYBOOK",
        )
    ),
]

COMMANDS_AND_OTHERS: list[tuple[str, Any]] = [
    ("daybook.oak-street.command.alerts.session.close", b"{}"),
    ("daybook.oak-street.command.kiosk-1.session.close", b"{}"),
    ("daybook.status", b""),
    ("_INBOX_names.x", b"{}"),
    ("_INBOX_relay.x", b"{}"),
    ("_INBOX.x", b"{}"),
    ("_R_.x", b"{}"),
    ("anything", b""),
]


def named(cases: list[tuple[str, Any]]) -> list[Any]:
    return [pytest.param(*each, id=f"{k}-{each[0]}") for k, each in enumerate(cases)]


INBOXES_AND_OTHERS = [
    ">",
    "*",
    "_INBOX.>",
    "_INBOX_names.>",
    "_INBOX_relay.>",
    "daybook.>",
    "daybook.*.*.*.*",
    OAK,
    "daybook.oak-street.care.session.closed",
    "daybook.*.command.*.*.*",
    "daybook.status",
    "$JS.>",
    "$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.alerts",
    "$JS.ACK.DAYBOOK.alerts.>",
    "$JS.EVENT.ADVISORY.>",
    "$SYS.>",
    "$SRV.>",
    "_R_.>",
]


async def check_refused(somebody: Somebody, watch: Watch, subject: str, body: Any) -> None:
    before = await watch.state()
    assert await somebody.is_refused(subject, body)
    assert await watch.said() == []
    assert await watch.state() == before


@pytest.mark.parametrize(("subject", "body"), named([(each, b"{}") for each in EVENTS]))
async def test_a_subscriber_publishes_no_event(
    alerts: Somebody, watch: Watch, subject: str, body: bytes
) -> None:
    await check_refused(alerts, watch, subject, body)


@pytest.mark.parametrize(("subject", "body"), named(ABOUT_STREAMS))
async def test_a_subscriber_neither_changes_nor_looks_at_a_stream(
    alerts: Somebody, watch: Watch, subject: str, body: Any
) -> None:
    await check_refused(alerts, watch, subject, body)


@pytest.mark.parametrize(("subject", "body"), named(ABOUT_THE_SERVER))
async def test_a_subscriber_asks_the_server_nothing(
    alerts: Somebody, watch: Watch, subject: str, body: Any
) -> None:
    await check_refused(alerts, watch, subject, body)


@pytest.mark.parametrize(("subject", "body"), named(ABOUT_CONSUMERS))
async def test_a_subscriber_makes_no_consumer_and_touches_no_other_s(
    alerts: Somebody, watch: Watch, subject: str, body: Any
) -> None:
    await check_refused(alerts, watch, subject, body)


@pytest.mark.parametrize(("subject", "body"), named(COMMANDS_AND_OTHERS))
async def test_a_subscriber_sends_no_command_and_writes_to_nobody(
    alerts: Somebody, watch: Watch, subject: str, body: Any
) -> None:
    await check_refused(alerts, watch, subject, body)


@pytest.mark.parametrize("subject", INBOXES_AND_OTHERS)
async def test_a_subscriber_listens_to_its_own_inboxes_only(alerts: Somebody, subject: str) -> None:
    assert await alerts.may_not_hear(subject)


@pytest.mark.parametrize("subject", INBOXES_AND_OTHERS)
async def test_nor_in_a_queue_group(alerts: Somebody, subject: str) -> None:
    assert await alerts.may_not_hear(subject, "daybook-commands")


NO_COMMAND = [
    "daybook.oak-street.command.kiosk-2.session.close",
    "daybook.elm-street.command.kiosk-1.session.close",
    "daybook.elm-street.command.kiosk-2.session.close",
    "daybook.oak-street.command.kiosk-1.session",
    "daybook.oak-street.command.kiosk-1.session.close.now",
    "daybook.status",
    "daybook.oak-street.care.session.closed",
    "daybook.oak-street.findings.hours.breached",
    "daybook.oak-street.billable.day.judged",
    "$JS.API.INFO",
    "$JS.API.STREAM.INFO.DAYBOOK",
    "$JS.API.STREAM.PURGE.DAYBOOK",
    "$JS.API.STREAM.MSG.GET.DAYBOOK",
    "$JS.API.CONSUMER.CREATE.DAYBOOK",
    "$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.alerts",
    "$JS.ACK.DAYBOOK.alerts.1.1.1.0.0",
    "_INBOX_kiosk-2.x",
    "_INBOX_commands.x",
    "_R_.x",
]


@pytest.mark.parametrize("subject", NO_COMMAND)
async def test_a_client_sends_its_own_commands_and_nothing_else(
    secured: Secured, watch: Watch, subject: str
) -> None:
    before = await watch.state()
    async with Answering(secured) as service, secured.somebody("kiosk-1") as kiosk:
        assert await kiosk.is_refused(subject, b"{}")
        assert service.heard == []
    assert await watch.state() == before


@pytest.mark.parametrize(
    "command",
    [
        *("patient.waive-rule", "patient.change-payer", "patient.merge", "patient.refer"),
        *("program.drop-policy", "program.close", "drug-testing.order"),
        *("session.check-in-supporter", "session.undo-check-in", "session.close"),
    ],
)
async def test_a_client_that_is_let_in_for_some_commands_sends_no_other(
    secured: Secured, watch: Watch, command: str
) -> None:
    async with Answering(secured) as service, secured.somebody("door") as door:
        assert await door.is_refused(f"daybook.oak-street.command.door.{command}", b"{}")
        assert service.heard == []
    assert await watch.said() == []
