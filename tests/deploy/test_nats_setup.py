"""deploy/nats/make.py, logging in with what it makes, and the consumers that Daybook makes."""

import asyncio
import json
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import nats.errors
import pytest
from cryptography import x509
from nats.js import JetStreamContext

from services.messaging import consumers, stream
from services.messaging.consumers import ConsumerFilter, SubscribersUnreadable
from services.messaging.credentials import AuthorityUnreadable, Login, SeedUnreadable
from tests.support.backend import PATIENCE, until
from tests.support.secured_nats import MAKE, Secured, make, running_server, secured_nats


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("nats"))


@pytest.fixture
def secured(folder: Path) -> Iterator[Secured]:
    with secured_nats(folder, "--subscriber", "alerts:oak-street:care") as started:
        yield started


def seeds(folder: Path) -> set[str]:
    return {each.stem for each in folder.glob("*.nk")}


OWN = {"daybook", "relay", "projector", "commands", "sealer"}


def test_the_script_is_run_by_the_python_that_daybook_is_installed_in(folder: Path) -> None:
    command = [sys.executable, str(MAKE), str(folder)]
    command += ["--client", "door:oak-street:session.check-in"]
    subprocess.run(command, check=True, cwd="/")
    assert seeds(folder) == {*OWN, "door"}


def test_made_again_it_keeps_what_is_there(folder: Path) -> None:
    assert make(folder, "--host", "localhost", "--client", "kiosk-1:oak-street").returncode == 0
    before = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
    assert seeds(folder) == {*OWN, "kiosk-1"}
    assert make(folder).returncode == 0
    assert {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()} == before


def test_users_are_added_and_taken_out(folder: Path) -> None:
    make(folder, "--client", "kiosk-1:oak-street", "--subscriber", "alerts:oak-street:care")
    kept = (folder / "alerts.nk").read_bytes()
    make(folder, "--subscriber", "billing:*:billable", "--remove", "kiosk-1")
    assert seeds(folder) == {*OWN, "alerts", "billing"}
    assert (folder / "alerts.nk").read_bytes() == kept
    accounts = json.loads((folder / "users.conf").read_bytes())["accounts"]
    assert set(accounts) == {
        *("DAYBOOK", "projector", "commands"),
        *("alerts", "billing"),
    }
    assert json.loads((folder / "subscribers.json").read_bytes()) == {
        "alerts": {"stream": "DAYBOOK", "filter": "daybook.oak-street.care.*.*"},
        "billing": {"stream": "BILLABLE", "filter": "daybook.*.billable.*.*"},
    }


def publishes(folder: Path, name: str) -> list[str]:
    [user] = json.loads((folder / "users.conf").read_bytes())["accounts"][name]["users"]
    allowed: list[str] = user["permissions"]["publish"]["allow"]
    return allowed


def test_a_client_may_send_the_commands_that_are_named_or_else_all(folder: Path) -> None:
    make(folder, "--client", "kiosk-1:oak-street", "--client", "lab:oak-street:drug-testing.*")
    make(folder, "--client", "door:oak-street:session.check-in,session.check-out")
    assert publishes(folder, "kiosk-1") == ["daybook.oak-street.command.kiosk-1.*.*"]
    assert publishes(folder, "lab") == ["daybook.oak-street.command.lab.drug-testing.*"]
    assert publishes(folder, "door") == [
        "daybook.oak-street.command.door.session.check-in",
        "daybook.oak-street.command.door.session.check-out",
    ]


def test_a_client_that_is_named_again_may_do_what_is_said_now(folder: Path) -> None:
    make(folder, "--client", "kiosk-1:oak-street")
    kept = (folder / "kiosk-1.nk").read_bytes()
    make(folder, "--client", "kiosk-1:oak-street:session.check-in,session.*")
    assert publishes(folder, "kiosk-1") == ["daybook.oak-street.command.kiosk-1.session.*"]
    assert (folder / "kiosk-1.nk").read_bytes() == kept


def test_the_authority_s_key_may_be_kept_elsewhere(folder: Path) -> None:
    make(folder)
    (folder / "ca.key").unlink()
    assert make(folder, "--client", "kiosk-1:oak-street").returncode == 0


def test_who_is_taken_out_and_let_in_again_has_another_key(folder: Path) -> None:
    make(folder, "--client", "kiosk-1:oak-street")
    before = (folder / "kiosk-1.nk").read_bytes()
    make(folder, "--remove", "kiosk-1", "--client", "kiosk-1:oak-street")
    assert (folder / "kiosk-1.nk").read_bytes() != before


def test_secrets_are_readable_by_their_owner_only(folder: Path) -> None:
    make(folder, "--client", "kiosk-1:oak-street")
    for each in (*folder.glob("*.nk"), folder / "ca.key", folder / "server.key"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_the_server_s_certificate_is_made_anew_for_other_hosts(folder: Path) -> None:
    make(folder, "--host", "localhost")
    authority = (folder / "ca.crt").read_bytes()
    make(folder, "--host", "10.0.0.7", "--host", "nats.example.org")
    found = x509.load_pem_x509_certificate((folder / "server.crt").read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each.value) for each in names] == ["10.0.0.7", "localhost", "nats.example.org"]
    assert (folder / "ca.crt").read_bytes() == authority


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--subscriber", "alerts:oak-street"), "alerts:oak-street has to be name:facility:class."),
        (("--subscriber", "alerts:oak-street:secrets"), "secrets is no class"),
        (("--subscriber", "alerts:oak.street:care"), "'oak.street' cannot be a facility"),
        (("--subscriber", "alerts:>:care"), "'>' cannot be a facility"),
        (("--subscriber", "*:oak-street:care"), "'*' cannot be a name"),
        (("--subscriber", "relay:oak-street:care"), "relay is a name of Daybook's own."),
        (("--client", "known:oak-street"), "known is one of the subscribers already."),
        (("--client", "kiosk-1:*"), "'*' cannot be a facility"),
        (("--client", "kiosk-1"), "kiosk-1 has to be name:facility[:commands]."),
        (("--client", "kiosk-1:oak-street:session.sign-in"), "'session.sign-in' is no command"),
        (("--client", "kiosk-1:oak-street:*.*"), "'*.*' is no command"),
        (("--client", "kiosk-1:oak-street:"), "'' is no command"),
        (("--client", "../kiosk:oak-street"), "'../kiosk' cannot be a name"),
        (("--remove", "relay"), "Nobody is called relay."),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    folder: Path, arguments: tuple[str, str], says: str
) -> None:
    make(folder, "--subscriber", "known:oak-street:care")
    before = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
    done = make(folder, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(says)
    assert {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()} == before


async def test_a_running_server_takes_users_in_and_throws_them_out(secured: Secured) -> None:
    async def may_connect(name: str) -> bool:
        try:
            async with secured.somebody(name):
                return True
        except (nats.errors.Error, OSError):
            return False

    async with secured.somebody("alerts") as alerts:
        make(secured.folder, "--client", "kiosk-1:oak-street")
        assert not await may_connect("kiosk-1")
        secured.reload()
        await until(lambda: may_connect("kiosk-1"))
        assert alerts.client.is_connected
        shutil.copy(secured.folder / "alerts.nk", secured.folder / "gone.nk")
        make(secured.folder, "--remove", "alerts")
        secured.reload()

        async def thrown_out() -> bool:
            return alerts.client.is_closed

        await until(thrown_out)
    assert not (secured.folder / "alerts.nk").exists()


async def test_nobody_gets_in_without_a_key_that_is_known(secured: Secured) -> None:
    ca = secured.folder / "ca.crt"
    unknown = secured.folder.parent / "unknown"
    make(unknown, "--client", "kiosk-1:oak-street")
    for login in (Login(ca=ca), Login(unknown / "kiosk-1.nk", ca), Login(unknown / "relay.nk", ca)):
        with pytest.raises(nats.errors.Error, match=r"[Aa]uthorization"):
            async with secured.somebody("relay", login):
                pass


async def test_a_user_holds_so_many_connections_and_no_more(secured: Secured) -> None:
    async with AsyncExitStack() as held:
        for _ in range(32):
            await held.enter_async_context(secured.somebody("alerts"))
        with pytest.raises(nats.errors.Error, match="maximum account active connections"):
            await held.enter_async_context(secured.somebody("alerts"))
        # Others are none the worse for it.
        await held.enter_async_context(secured.somebody("relay"))


async def test_a_user_holds_so_many_subscriptions_and_no_more(secured: Secured) -> None:
    async with secured.somebody("alerts") as alerts, secured.somebody("relay") as relay:
        for number in range(2000):
            await alerts.client.subscribe(f"_INBOX_alerts.{number}")

        async def thrown_out() -> bool:
            return alerts.client.is_closed

        await until(thrown_out)
        assert relay.client.is_connected


async def test_sign_ins_that_fail_fill_no_disk(folder: Path) -> None:
    make(folder)
    settings = (folder / "server.conf").read_text()
    (folder / "server.conf").write_text(
        settings.replace("logfile_size_limit: 10MB", "logfile_size_limit: 1KB")
    )
    unknown = folder.parent / "unknown"
    make(unknown)
    with running_server(folder) as secured:
        for _ in range(40):
            with pytest.raises(nats.errors.Error, match=r"[Aa]uthorization"):
                async with secured.somebody(
                    "relay", Login(unknown / "relay.nk", folder / "ca.crt")
                ):
                    pass
    logs = list(folder.glob("nats.log*"))
    assert len(logs) > 1
    assert len(logs) <= 10
    assert sum(each.stat().st_size for each in logs) < 30_000


async def test_nobody_gets_in_without_tls(secured: Secured) -> None:
    with socket.create_connection(("127.0.0.1", secured.port), timeout=PATIENCE) as line:
        heard = line.recv(65536)
        assert b'"tls_required":true' in heard
        line.sendall(b'CONNECT {"verbose":false,"pedantic":false,"tls_required":false}\r\nPING\r\n')
        heard = b""
        while more := line.recv(65536):
            heard += more
    assert b"PONG" not in heard


async def test_we_talk_to_no_server_that_the_authority_does_not_know(secured: Secured) -> None:
    other = secured.folder.parent / "other"
    make(other)
    login = Login(secured.folder / "relay.nk", other / "ca.crt")
    with pytest.raises(ssl.SSLCertVerificationError):
        async with secured.somebody("relay", login):
            pass


async def test_we_do_not_go_on_without_tls_where_a_server_asks_for_none(secured: Secured) -> None:
    """One that stands between us and the real one would ask for none."""
    heard = b""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard = await reader.read(65536)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        impostor = Secured(secured.folder, server.sockets[0].getsockname()[1], secured.process)
        with pytest.raises((OSError, nats.errors.Error)):
            async with impostor.somebody("relay"):
                pass
    assert heard.startswith(b"\x16\x03")


@pytest.fixture
def settings(folder: Path) -> dict[str, str]:
    make(folder)
    return {
        "DAYBOOK_NATS_SEED": str(folder / "relay.nk"),
        "DAYBOOK_NATS_CA": str(folder / "ca.crt"),
    }


def test_a_login_is_what_the_settings_name(settings: dict[str, str]) -> None:
    login = Login.from_environment(settings)
    assert login.inbox_prefix == "_INBOX_relay"
    options = login.connect_options()
    assert options["nkeys_seed"] == settings["DAYBOOK_NATS_SEED"]
    assert options["inbox_prefix"] == "_INBOX_relay"
    assert options["tls_handshake_first"]
    assert options["tls"].verify_mode is ssl.CERT_REQUIRED


def test_without_settings_nothing_is_said() -> None:
    login = Login.from_environment({})
    assert (login.connect_options(), login.broker_options()) == ({}, {})


@pytest.mark.parametrize("content", [None, b"", b"no seed", b"\xff" * 58])
def test_a_seed_that_is_none_is_refused(
    folder: Path, settings: dict[str, str], content: bytes | None
) -> None:
    (folder / "relay.nk").unlink()
    if content is not None:
        (folder / "relay.nk").write_bytes(content)
    with pytest.raises(SeedUnreadable, match=r"DAYBOOK_NATS_SEED names .* no seed of an nkey"):
        Login.from_environment(settings)


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_an_authority_that_is_none_is_refused(
    folder: Path, settings: dict[str, str], content: bytes | None
) -> None:
    (folder / "ca.crt").unlink()
    if content is not None:
        (folder / "ca.crt").write_bytes(content)
    with pytest.raises(AuthorityUnreadable, match=r"DAYBOOK_NATS_CA names .* no certificate"):
        Login.from_environment(settings)


async def filtered_consumers(js: JetStreamContext) -> dict[str, str | None]:
    return {each.name: each.config.filter_subject for each in await js.consumers_info("DAYBOOK")}


async def test_the_consumers_are_those_of_the_subscribers(secured: Secured) -> None:
    care, other = "daybook.oak-street.care.*.*", "daybook.elm-street.care.*.*"
    async with secured.somebody("relay") as relay, secured.watched() as watch:
        js = relay.client.jetstream()
        await js.add_stream(stream.CONFIG)
        for name in ("by-hand", "manager-closing"):
            await watch.js.add_consumer("DAYBOOK", durable_name=name, filter_subject=care)
        read = consumers.from_environment(
            {"DAYBOOK_NATS_SUBSCRIBERS": str(secured.folder / "subscribers.json")}
        )
        assert read == {"alerts": ConsumerFilter("DAYBOOK", care)}
        await consumers.keep_consumers(js, "DAYBOOK", read)
        assert await filtered_consumers(js) == {"by-hand": care, "alerts": care}
        made = (await watch.js.consumer_info("DAYBOOK", "alerts")).created
        await consumers.keep_consumers(js, "DAYBOOK", read)
        assert (await watch.js.consumer_info("DAYBOOK", "alerts")).created == made
        await consumers.keep_consumers(js, "DAYBOOK", {"alerts": ConsumerFilter("DAYBOOK", other)})
        assert await filtered_consumers(js) == {"by-hand": care, "alerts": other}
        await consumers.keep_consumers(js, "DAYBOOK", {"alerts": ConsumerFilter("FINDINGS", "x")})
        assert await filtered_consumers(js) == {"by-hand": care}
        assert relay.refusals == []


def test_without_the_setting_there_are_no_subscribers(folder: Path) -> None:
    assert consumers.from_environment({}) == {}
    for content in (b"", b"[]", b'{"alerts": {"stream": "DAYBOOK"}}'):
        (folder / "subscribers.json").write_bytes(content)
        with pytest.raises(SubscribersUnreadable):
            consumers.from_environment(
                {"DAYBOOK_NATS_SUBSCRIBERS": str(folder / "subscribers.json")}
            )
