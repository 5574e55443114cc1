"""A nats-server with the files of deploy/nats, and one who may look at everything in it."""

import asyncio
import contextlib
import importlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nkeys
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.embedded.os_user import _nats_server
from services.messaging import consumers, stream
from services.messaging.client import PlainClient
from services.messaging.consumers import ConsumerFilter
from services.messaging.credentials import Login
from services.publishing import disclosures, findings
from tests.support.backend import PATIENCE

STREAMS = ("DAYBOOK", "FINDINGS", "BILLABLE", "SHARED")
SUBSCRIBERS = {
    "alerts": ConsumerFilter("DAYBOOK", "daybook.oak-street.care.*.*"),
    "names": ConsumerFilter("DAYBOOK", "daybook.elm-street.identity.*.*"),
    "watch": ConsumerFilter("FINDINGS", "daybook.oak-street.findings.*.*"),
    "billing": ConsumerFilter("BILLABLE", "daybook.*.billable.*.*"),
    "acme": ConsumerFilter("SHARED", "daybook.oak-street.shared.acme-health.*"),
    "court": ConsumerFilter("SHARED", "daybook.oak-street.shared.county-court.*"),
}
ARGUMENTS = (
    *("--subscriber", "alerts:oak-street:care", "--subscriber", "names:elm-street:identity"),
    *("--subscriber", "watch:oak-street:findings", "--subscriber", "billing:*:billable"),
    *("--subscriber", "acme:oak-street:shared.acme-health"),
    *("--subscriber", "court:oak-street:shared.county-court"),
    *("--client", "kiosk-1:oak-street", "--client", "kiosk-2:elm-street"),
    *("--client", "door:oak-street:session.check-in,session.check-out"),
)

MAKE = Path(__file__).parents[2] / "deploy/nats/make.py"
sys.path.append(str(MAKE.parent))  # where a script finds what stands beside it
_script = importlib.import_module("make")

ADMIN = "admin"


@dataclass(frozen=True)
class Made:
    """How the script ended."""

    returncode: int
    stderr: str


def make(folder: Path, *arguments: str) -> Made:
    """Give the script its words in this process, then let the test's admin in."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            code = _script.main([str(folder), *arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    if code == 0:
        users = json.loads((folder / "users.conf").read_bytes())
        users["accounts"]["DAYBOOK"]["users"].append({"nkey": _key(folder / f"test/{ADMIN}.nk")})
        (folder / "users.conf").write_text(json.dumps(users))
    return Made(code, said.getvalue())


def _key(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir()
        file.write_bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    return str(nkeys.from_seed(file.read_bytes()).public_key.decode())


@dataclass
class Secured:
    """A running server."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"nats://localhost:{self.port}"

    def login(self, name: str) -> Login:
        seeds = self.folder / "test" if name == ADMIN else self.folder
        return Login(seeds / f"{name}.nk", self.folder / "ca.crt")

    def settings(self, name: str) -> dict[str, str]:
        found = self.login(name)
        return {"DAYBOOK_NATS_SEED": str(found.seed), "DAYBOOK_NATS_CA": str(found.ca)}

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    @asynccontextmanager
    async def somebody(self, name: str, login: Login | None = None) -> AsyncIterator["Somebody"]:
        """Connect as a user, and note what the server refuses."""
        found = Somebody(name)
        await found.client.connect(
            self.url,
            allow_reconnect=False,
            connect_timeout=120,
            error_cb=found.note,
            **(login or self.login(name)).connect_options(),
        )
        try:
            yield found
        finally:
            await found.client.close()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["Watch"]:
        """Look at everything in the account of the streams."""
        async with self.somebody(ADMIN) as admin:
            watch = Watch(admin.client.jetstream())
            await admin.client.subscribe(">", cb=watch.hear)
            await admin.client.flush()
            yield watch


@contextmanager
def secured_nats(folder: Path, *arguments: str) -> Iterator[Secured]:
    """Make the files and start a server with them on a free port; end it."""
    made = make(folder, "--host", "localhost", *arguments)
    assert made.returncode == 0, made.stderr
    with running_server(folder) as started:
        yield started


@contextmanager
def running_server(folder: Path) -> Iterator[Secured]:
    """Start a server with the files of a folder on a free port; end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(_nats_server()), "-c", "server.conf", "-a", "127.0.0.1", "-p", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait_for(port, process, (folder / "log", folder / "nats.log"))
        yield Secured(folder, port, process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def filled_nats(folder: Path) -> Iterator[Secured]:
    """The same with some users, and three events of each class at each of two facilities."""
    with secured_nats(folder, *ARGUMENTS) as started:
        asyncio.run(fill(started))
        yield started


async def fill(secured: Secured) -> None:
    """Make streams, consumers and events as the relay does, with its rights."""
    async with secured.somebody("relay") as relay:
        js = relay.client.jetstream()
        await js.add_stream(stream.CONFIG)
        await js.add_stream(findings.CONFIG)
        await js.add_stream(name="BILLABLE", subjects=["daybook.*.billable.*.*"])
        await js.add_stream(disclosures.CONFIG)
        for name in STREAMS:
            await consumers.keep_consumers(js, name, SUBSCRIBERS)
        for facility in ("oak-street", "elm-street"):
            for kind in ("care", "identity", "clinical", "findings", "billable"):
                for number in range(3):
                    await js.publish(f"daybook.{facility}.{kind}.thing.n{number}", b"{}")
            for recipient in ("acme-health", "county-court"):
                for number in range(3):
                    await js.publish(f"daybook.{facility}.shared.{recipient}.n{number}", b"{}")
        assert not relay.refusals


def _wait_for(port: int, process: subprocess.Popen[bytes], logs: Iterable[Path]) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("".join(log.read_text() for log in logs if log.exists()))


@dataclass
class Somebody:
    """A user's connection, on which requests are written as they are."""

    name: str
    client: PlainClient = field(default_factory=PlainClient)
    refusals: list[str] = field(default_factory=list)

    @property
    def at_home(self) -> bool:
        return self.name in ("admin", "daybook", "relay", "sealer")

    async def note(self, trouble: Exception) -> None:
        self.refusals.append(str(trouble))

    async def ask(self, subject: str, body: Any = b"", within: float = PATIENCE) -> dict[str, Any]:
        """Request something raw; return the answer, or fail with what the server refused."""
        inbox = self.client.new_inbox()
        answer = await self.client.subscribe(inbox)
        await self.publish(subject, body, inbox)
        assert not self.refusals, self.refusals
        found: dict[str, Any] = json.loads((await answer.next_msg(within)).data)
        await answer.unsubscribe()
        return found

    async def publish(self, subject: str, body: Any = b"", reply: str = "") -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.client.publish(subject, raw, reply=reply)
        await self.client.flush()

    async def is_refused(self, subject: str, body: Any = b"") -> bool:
        """Publish something, with a reply subject; tell whether the server said no."""
        await self.publish(subject, body, self.client.new_inbox())
        # In an account without streams the server knows the API by another name.
        known = subject if self.at_home else subject.replace("$JS.API.", "_JS.API.", 1)
        return await self.hears(f'permissions violation for publish to "{known.lower()}"')

    async def may_not_hear(self, subject: str, queue: str = "") -> bool:
        """Subscribe to something; tell whether the server said no."""
        await self.client.subscribe(subject, queue)
        await self.client.flush()
        return await self.hears(f'permissions violation for subscription to "{subject.lower()}"')

    async def hears(self, refusal: str) -> bool:
        """Wait for the server's word, which may come a little after what it answered meanwhile."""
        until = time.monotonic() + PATIENCE
        while not self.refusals and time.monotonic() < until:
            await asyncio.sleep(0.005)
        return bool(self.refusals) and all(refusal in each for each in self.refusals)


@dataclass
class Watch:
    """The streams with their consumers, and what was said in their account."""

    js: JetStreamContext
    _said: list[str] = field(default_factory=list)

    async def hear(self, msg: Msg) -> None:
        if not msg.subject.startswith(("$JS.EVENT.", "_INBOX_admin.")):
            self._said.append(msg.subject)

    async def said(self) -> list[str]:
        """What has been said since the last time."""
        await self.js._nc.flush()
        await asyncio.sleep(0.02)
        found, self._said = self._said, []
        return found

    async def state(self) -> dict[str, Any]:
        """All that could change."""
        found: dict[str, Any] = {}
        for name in await self._names():
            info = await self.js.stream_info(name)
            consumers = await self.js.consumers_info(name)
            found[name] = (info.created, info.config, info.state.messages, info.state.last_seq)
            found[f"{name}'s"] = sorted(
                (each.name, each.config.as_dict(), each.num_ack_pending, repr(each.delivered))
                for each in consumers
            )
        await self.said()  # these requests
        return found

    async def _names(self) -> list[str]:
        return sorted(each.config.name or "" for each in await self.js.streams_info())


class Answering:
    """The command service, as far as the rights of its user go."""

    def __init__(self, secured: Secured, user: str = "commands") -> None:
        self._login = secured.somebody(user)
        self.heard: list[tuple[str, str]] = []

    async def __aenter__(self) -> "Answering":
        self.user = await self._login.__aenter__()
        for subject, queue in (
            ("daybook.*.command.*.*.*", "daybook-commands"),
            ("daybook.status", "daybook"),
        ):
            await self.user.client.subscribe(subject, queue, cb=self._answer)
        await self.user.client.flush()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        await self._login.__aexit__(*failure)

    async def _answer(self, msg: Msg) -> None:
        self.heard.append((msg.subject, msg.reply))
        await msg.respond(json.dumps({"asked": msg.subject}).encode())
