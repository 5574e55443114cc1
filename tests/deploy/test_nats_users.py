"""deploy/nats: what each user is there for works with its rights, and what is not theirs fails."""

import asyncio
from collections.abc import Iterator

import pytest
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.aio.msg import Msg

from services.messaging.consumers import ConsumerFilter
from tests.support.backend import until
from tests.support.secured_nats import (
    SUBSCRIBERS,
    Answering,
    Secured,
    Somebody,
    Watch,
    filled_nats,
)

NEXT = "$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.alerts"


@pytest.fixture
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with filled_nats(tmp_path_factory.mktemp("nats")) as started:
        yield started


async def pull(somebody: Somebody, subject: str, count: int) -> list[Msg]:
    """Ask for messages raw; return what comes."""
    inbox = await somebody.client.subscribe(somebody.client.new_inbox())
    await somebody.publish(subject, {"batch": count, "expires": 500_000_000}, inbox.subject)
    found: list[Msg] = []
    while len(found) < count:
        msg = await inbox.next_msg(2)
        if (msg.headers or {}).get("Status"):
            break
        found.append(msg)
    return found


async def test_a_subscriber_reads_acknowledges_and_reads_again(secured: Secured) -> None:
    async with secured.somebody("alerts") as alerts:
        arrived = await pull(alerts, NEXT, 10)
        assert [each.subject for each in arrived] == [
            f"daybook.oak-street.care.thing.n{k}" for k in range(3)
        ]
        for each in arrived:
            await alerts.publish(each.reply, b"+ACK")

        async def nothing_is_left() -> bool:
            # The server takes acknowledgements in beside what it is asked.
            info = await alerts.ask("$JS.API.CONSUMER.INFO.DAYBOOK.alerts")
            return (info["num_ack_pending"], info["num_pending"]) == (0, 0)

        await until(nothing_is_left)
        again = await alerts.ask("$JS.API.CONSUMER.RESET.DAYBOOK.alerts", {"seq": 2})
        assert again["reset_seq"] == 2
        arrived = await pull(alerts, NEXT, 10)
        assert [each.metadata.sequence.stream for each in arrived] == [2, 3]
        assert not alerts.refusals


async def faststream_reads(
    secured: Secured, user: str, name: str, subscription: ConsumerFilter, count: int
) -> list[str]:
    """Read with FastStream, as a subscribing service does, until so many have come."""
    login = secured.login(user)
    broker = NatsBroker(secured.url, logger=None, allow_reconnect=False, **login.broker_options())
    found: list[str] = []

    @broker.subscriber(
        subscription.filter,
        stream=JStream(subscription.stream, declare=False),
        durable=name,
        pull_sub=PullSub(batch_size=10, timeout=0.2),
        inbox_prefix=f"{login.inbox_prefix}.".encode(),
    )
    async def take(message: NatsMessage) -> None:
        found.append(message.raw_message.subject)

    async with broker:
        await broker.start()

        async def all_there() -> bool:
            return len(found) >= count

        await until(all_there)
        await asyncio.sleep(0.3)
    return found


@pytest.mark.parametrize(
    ("name", "count"), [("alerts", 3), ("names", 3), ("watch", 3), ("billing", 6), ("acme", 3)]
)
async def test_a_subscriber_reads_with_faststream(
    secured: Secured, watch: Watch, name: str, count: int
) -> None:
    subscription = SUBSCRIBERS[name]
    assert len(await faststream_reads(secured, name, name, subscription, count)) == count

    async def nothing_is_left() -> bool:
        info = await watch.js.consumer_info(subscription.stream, name)
        return (info.num_ack_pending, info.num_pending) == (0, 0)

    await until(nothing_is_left)


ELSEWHERE = [
    "daybook.oak-street.care.session.closed",
    "daybook.oak-street.findings.hours.breached",
    "daybook.oak-street.billable.day.judged",
    "daybook.oak-street.command.kiosk-1.session.close",
    "$JS.API.STREAM.PURGE.DAYBOOK",
    "$JS.API.STREAM.DELETE.DAYBOOK",
    "_INBOX_names.x",
]


@pytest.mark.parametrize("reply", ELSEWHERE)
async def test_no_answer_is_had_sent_elsewhere(secured: Secured, watch: Watch, reply: str) -> None:
    """The server answers to whatever subject a request names, and does not ask whose it is."""
    async with (
        secured.somebody("alerts") as alerts,
        secured.somebody("kiosk-1") as kiosk,
        secured.somebody("names") as names,
        Answering(secured),
    ):
        await names.client.subscribe("_INBOX_names.x", cb=watch.hear)
        await names.client.flush()
        [msg, *_] = await pull(alerts, NEXT, 1)
        before, _ = (await watch.state())["DAYBOOK"], await watch.said()
        await alerts.publish("$JS.API.CONSUMER.INFO.DAYBOOK.alerts", b"", reply)
        await alerts.publish(NEXT, {"batch": 1}, reply)
        await alerts.publish(msg.reply, b"+ACK", reply)
        await alerts.publish(msg.reply, b"+NXT", reply)
        await alerts.publish("$JS.API.CONSUMER.RESET.DAYBOOK.alerts", b"", reply)
        await alerts.publish(NEXT, {"no_wait": True}, reply)
        await kiosk.publish("daybook.oak-street.command.kiosk-1.session.open", b"{}", reply)
        await asyncio.sleep(0.2)
        assert reply not in await watch.said()
        found = await watch.state()
        assert found["DAYBOOK"] == before
        assert [found[name][2] for name in ("FINDINGS", "BILLABLE")] == [6, 6]
        assert alerts.refusals == kiosk.refusals == []


async def test_in_the_account_of_the_streams_it_would_be(secured: Secured, watch: Watch) -> None:
    """Why others have accounts of their own; should this fail, the server has learned better."""
    async with secured.somebody("relay") as relay:
        reply = "daybook.oak-street.billable.day.judged"
        await relay.publish("$JS.API.CONSUMER.INFO.DAYBOOK.alerts", b"", reply)
        await asyncio.sleep(0.2)
        assert (await watch.state())["BILLABLE"][2] == 7


async def test_no_answer_acknowledges_for_another(secured: Secured, watch: Watch) -> None:
    async with secured.somebody("names") as names, secured.somebody("alerts") as alerts:
        [msg] = await pull(names, "$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.names", 1)
        await alerts.publish(NEXT, {"no_wait": True}, msg.reply)
        assert await alerts.hears(f'publish with reply of "{msg.reply.lower()}"')
        info = await watch.js.consumer_info("DAYBOOK", "names")
        assert info.num_ack_pending == 1


async def test_a_client_s_command_is_answered(secured: Secured) -> None:
    subject = "daybook.oak-street.command.kiosk-1.session.close"
    async with Answering(secured) as service, secured.somebody("kiosk-1") as kiosk:
        assert await kiosk.ask(subject, b"{}") == {"asked": subject}
        assert service.user.refusals == kiosk.refusals == []
        async with secured.somebody("relay") as relay:
            assert await relay.ask("daybook.status") == {"asked": "daybook.status"}
            assert not service.user.refusals


@pytest.mark.parametrize("command", ["session.check-in", "session.check-out"])
async def test_a_client_that_is_let_in_for_some_commands_is_answered(
    secured: Secured, command: str
) -> None:
    subject = f"daybook.oak-street.command.door.{command}"
    async with Answering(secured), secured.somebody("door") as door:
        assert await door.ask(subject, b"{}") == {"asked": subject}
        assert door.refusals == []


async def test_one_process_that_is_everything_takes_commands_and_answers(secured: Secured) -> None:
    subject = "daybook.oak-street.command.kiosk-1.session.close"
    async with Answering(secured, "daybook") as service, secured.somebody("kiosk-1") as kiosk:
        assert await kiosk.ask(subject, b"{}") == {"asked": subject}
        assert service.user.refusals == kiosk.refusals == []


async def test_two_that_take_commands_share_them(secured: Secured) -> None:
    subject = "daybook.oak-street.command.kiosk-1.session.close"
    async with (
        Answering(secured) as one,
        Answering(secured) as other,
        secured.somebody("kiosk-1") as kiosk,
    ):
        for _ in range(20):
            assert await kiosk.ask(subject, b"{}") == {"asked": subject}
        assert len(one.heard) + len(other.heard) == 20


@pytest.mark.parametrize("reply", ELSEWHERE)
async def test_who_takes_commands_has_no_answer_sent_into_a_stream(
    secured: Secured, watch: Watch, reply: str
) -> None:
    """Commands come from outside: whoever is taken over by one publishes no event by a detour."""
    async with secured.somebody("commands") as commands:
        before, _ = await watch.state(), await watch.said()
        for stream_name in ("DAYBOOK", "BILLABLE"):
            await commands.publish(f"$JS.API.STREAM.INFO.{stream_name}", b"", reply)
            await commands.publish(f"$JS.API.STREAM.MSG.GET.{stream_name}", {"seq": 1}, reply)
        # The server answers one after the other.
        info = await commands.ask("$JS.API.STREAM.INFO.DAYBOOK")
        assert info["config"]["name"] == "DAYBOOK"
        assert reply not in await watch.said()
        assert await watch.state() == before
        assert commands.refusals == []
