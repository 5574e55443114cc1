"""deploy/nats: CommandHandler's own users can do what they are for, and nothing else."""

import asyncio

import pytest

from services.messaging.relay import Relay
from services.messaging.stream_reader import StreamReader
from services.read_models.projector import Projector
from tests.support.backend import Backend, Counts, running, until
from tests.support.secured_nats import (
    STREAMS,
    Secured,
    Watch,
    secured_nats,
)

EVENTS = [
    f"daybook.oak-street.{kind}.session.closed"
    for kind in ("care", "identity", "clinical", "findings", "billable", "shared")
]
CHANGES = [
    f"$JS.API.{verb}.{name}"
    for name in STREAMS
    for verb in (
        *("STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "STREAM.PURGE"),
        *("STREAM.MSG.DELETE", "STREAM.SNAPSHOT", "STREAM.RESTORE"),
    )
]
ANYONE_S = [
    "$JS.API.INFO",
    "$JS.API.STREAM.LIST",
    "$JS.API.CONSUMER.LIST.DAYBOOK",
    "$JS.API.CONSUMER.DURABLE.CREATE.DAYBOOK.alerts",
    "$JS.API.CONSUMER.CREATE.DAYBOOK.alerts",
    "$JS.API.CONSUMER.CREATE.DAYBOOK.alerts.daybook.oak-street.care.*.*",
    "$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.alerts",
    "$JS.API.CONSUMER.DELETE.DAYBOOK.alerts",
    "$JS.API.CONSUMER.RESET.DAYBOOK.alerts",
    "$JS.API.CONSUMER.MSG.NEXT.BILLABLE.billing",
    "$JS.API.CONSUMER.CREATE.FINDINGS",
    "$JS.ACK.DAYBOOK.alerts.1.1.1.0.0",
    "daybook.oak-street.command.kiosk-1.session.close",
    "_INBOX_alerts.x",
    "$SYS.REQ.SERVER.PING",
]
PROJECTOR = [
    "$JS.API.STREAM.INFO.FINDINGS",
    "$JS.API.STREAM.MSG.GET.FINDINGS",
]
REFUSED = [
    *(("projector", each) for each in (*EVENTS, *CHANGES, *ANYONE_S, *PROJECTOR)),
    *(("commands", each) for each in (*EVENTS, *CHANGES, *ANYONE_S)),
    ("commands", "$JS.API.CONSUMER.CREATE.DAYBOOK"),
    ("relay", "daybook.oak-street.command.kiosk-1.session.close"),
    ("relay", "daybook.oak-street.other.session.closed"),
    ("relay", "$JS.API.STREAM.CREATE.OTHER"),
    ("relay", "$JS.API.STREAM.PURGE.DAYBOOK"),
    ("relay", "$JS.API.STREAM.MSG.DELETE.DAYBOOK"),
    ("relay", "$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.alerts"),
    ("relay", "$JS.ACK.DAYBOOK.alerts.1.1.1.0.0"),
]
UNHEARD = [
    *(
        (user, each)
        for user in ("projector", "relay", "commands")
        for each in (
            ">",
            "_INBOX.>",
            "_INBOX_alerts.>",
            "daybook.>",
            "$JS.>",
            "daybook.*.care.*.*",
            "daybook.*.command.*.*.*",
        )
    ),
]


@pytest.mark.parametrize(("user", "subject"), REFUSED)
async def test_what_is_not_theirs_is_refused(
    secured: Secured, watch: Watch, user: str, subject: str
) -> None:
    before = await watch.state()
    async with secured.somebody(user) as somebody:
        assert await somebody.is_refused(subject, b"{}")
    assert await watch.said() == []
    assert await watch.state() == before


@pytest.mark.parametrize(("user", "subject"), UNHEARD)
async def test_nor_do_they_listen_to_others(secured: Secured, user: str, subject: str) -> None:
    async with secured.somebody(user) as somebody:
        assert await somebody.may_not_hear(subject)


async def test_commands_are_taken_in_their_queue_group_only(secured: Secured) -> None:
    async with secured.somebody("commands") as commands:
        assert await commands.may_not_hear("daybook.*.command.*.*.*", "mine")
    async with secured.somebody("commands") as commands:
        await commands.client.subscribe("daybook.*.command.*.*.*", "daybook-commands")
        await commands.client.subscribe("daybook.status", "daybook")
        await commands.client.flush()
        await asyncio.sleep(0.1)
        assert commands.refusals == []


async def test_the_reader_reads_everything_and_leaves_nothing(
    secured: Secured, watch: Watch
) -> None:
    before = await watch.state()
    async with secured.somebody("projector") as projector:
        last = before["DAYBOOK"][3]
        async with StreamReader.open(projector.client, 5) as reader:
            arrived = await reader.next(100, 1)
            while len(arrived) < last - 4:
                arrived += await reader.next(100, 1)
        assert [each.sequence for each in arrived] == list(range(5, last + 1))
        assert projector.refusals == []
    assert await watch.state() == before


async def test_a_projector_s_consumer_takes_nobody_else_s_name(
    secured: Secured, watch: Watch
) -> None:
    before = await watch.state()
    async with secured.somebody("projector") as projector:
        for named in ({"durable_name": "alerts"}, {"name": "alerts"}):
            config = {"ack_policy": "none", "inactive_threshold": 1_000_000_000, **named}
            answer = await projector.ask(
                "$JS.API.CONSUMER.CREATE.DAYBOOK", {"stream_name": "DAYBOOK", "config": config}
            )
            if "error" not in answer:
                assert answer["name"] != "alerts"
                await projector.ask(f"$JS.API.CONSUMER.DELETE.DAYBOOK.{answer['name']}")
    assert await watch.state() == before


async def test_relay_and_projector_work_with_their_own_users(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real ones, each by the settings of its process."""
    backend.count(*range(5))
    with secured_nats(tmp_path_factory.mktemp("nats")) as secured:

        def become(user: str) -> None:
            for name, value in secured.settings(user).items():
                monkeypatch.setenv(name, value)

        async with secured.watched() as watch:

            async def published() -> bool:
                info = await watch.js.stream_info("DAYBOOK")
                return info.state.messages == backend.journal.position()

            become("relay")
            relay = Relay(backend.journal, backend.database_url, secured.url)
            async with running(relay.run):
                await asyncio.sleep(0.3)
                await until(published)
                backend.count(5, 6)
                await until(published)
            become("projector")
            projector = Projector(Counts(), backend.journal, backend.database_url, secured.url)
            async with running(projector.run):

                async def counted() -> bool:
                    return bool(backend.rows("SELECT to_regclass('counts.numbers')")[0][0]) and (
                        backend.numbers() == list(range(7))
                    )

                await until(counted)


async def test_one_process_that_is_everything_works_with_one_user(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secured_nats(tmp_path_factory.mktemp("nats")) as secured:
        for name, value in secured.settings("daybook").items():
            monkeypatch.setenv(name, value)
        backend.nats_url = secured.url
        position = backend.count(1, 2, 3)
        async with backend.supervisor(Counts()) as supervisor:
            await supervisor.caught_up(position)
        assert backend.numbers() == [1, 2, 3]


async def test_who_takes_commands_can_say_how_far_each_stream_got(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secured_nats(tmp_path_factory.mktemp("nats")) as secured:
        backend.nats_url = secured.url
        for user in ("daybook", "commands"):
            for name, value in secured.settings(user).items():
                monkeypatch.setenv(name, value)
            if user == "daybook":
                position = backend.count(1, 2, 3)
                async with backend.supervisor(Counts()) as supervisor:
                    await supervisor.caught_up(position)
                    async with secured.watched() as watch:

                        async def there() -> bool:
                            found = await watch.js.streams_info()
                            return {each.config.name for each in found} == set(STREAMS)

                        await until(there)
        status = await backend.supervisor().status()
    assert status.stream
    assert (status.stream.position, status.findings_told, status.told) == (position, 0, 0)
    assert status.findings
    assert status.billable
