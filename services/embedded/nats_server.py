"""nats-server, with JetStream on disk, on a port of the loopback interface."""

import json
import secrets
import signal
import socket
from pathlib import Path

from services.embedded.engine import HERE, Engine

_LOOPBACK = "127.0.0.1"
_USER = "daybook"
_SECRET = "nats.password"  # noqa: S105
_LOG = "server.log"
_CONFIGURATION = """\
server_name: daybook
host: "{host}"
port: {port}
ports_file_dir: "{here}"
authorization {{ user: "{user}", password: "{password}" }}
max_connections: 2000
max_subscriptions: 10000
# Sign-ins that fail are logged: three files are kept, whoever tries however often.
log_file: "{here}/{log}"
logfile_size_limit: 10MB
logfile_max_num: 3
# As much as fits: the share of the disk taken otherwise shrinks as the disk fills, until a restart
# refuses what it kept before.
jetstream {{ store_dir: "{here}", max_memory_store: 256MB, max_file_store: 1TB }}
"""


class NatsServer(Engine):
    """The broker."""

    name = "nats-server"
    home_name = "nats"
    endings = ((signal.SIGTERM, 30.0), (signal.SIGKILL, 10.0))

    _port = 0

    @property
    def logs(self) -> tuple[Path, ...]:
        """Its own log, and what it prints before it has one."""
        return self.home / _LOG, self.log

    def url(self) -> str:
        """Where clients connect, with the password in it: not for logs."""
        return f"nats://{_USER}:{self._password()}@{_LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Start it where it last listened, for the sake of clients that reconnect."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.runner.take_over(self.home)
        for stale in self.home.glob("*.ports"):
            stale.unlink()
        if self._password() == "":
            self.folder.write(_SECRET, secrets.token_urlsafe(32))
        configuration = self.folder.write(
            "nats.conf",
            _CONFIGURATION.format(
                host=_LOOPBACK,
                port=self._port_before(),
                here=HERE,
                log=_LOG,
                user=_USER,
                password=self._password(),
            ),
        )
        self.runner.own(configuration)
        configuration.replace(self.home / "server.conf")
        self.launch(
            self.runner.programs.nats_server,
            *("--config", f"{HERE}/server.conf"),
            cwd=self.home,
        )

    def answers(self) -> bool:
        """Whether it lets us in."""
        self._port = self._port_now()
        if not self._port:
            return False
        try:
            return self._ping()
        except OSError:
            return False

    def _ping(self) -> bool:
        login = {"user": _USER, "pass": self._password(), "verbose": False, "pedantic": False}
        with socket.create_connection((_LOOPBACK, self._port), timeout=5) as line:
            line.sendall(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
            heard = b""
            while b"PONG\r\n" not in heard:
                if b"-ERR" in heard or not (more := line.recv(4096)):
                    return False
                heard += more
        self.folder.note("nats_port", self._port)
        # Who follows from outside connects there.
        self.folder.write("nats.url", self.url() + "\n")
        return True

    def _port_now(self) -> int:
        """Find the port that our process, and no other before it, said it listens on."""
        if not (process := self.process()):
            return 0
        try:
            ports = json.loads((self.home / f"nats-server_{process.pid}.ports").read_bytes())
            return int(ports["nats"][0].rpartition(":")[2])
        except (OSError, ValueError, KeyError, IndexError):
            return 0

    def _port_before(self) -> int:
        port = self.folder.recall("nats_port")
        if not isinstance(port, int) or not 1024 <= port <= 65535:
            return -1
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((_LOOPBACK, port))
            except OSError:
                return -1
        return port

    def _password(self) -> str:
        try:
            return Path(self.folder.path, _SECRET).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
