"""A nats-server of a test's own, which it can kill and start again."""

import socket
import subprocess
import sys
from pathlib import Path


class OwnServer:
    """Listens on one port for as long as the test lasts; keeps its streams in a folder."""

    def __init__(self, folder: Path, max_payload: str = "1MB") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        folder.mkdir(parents=True)
        self._configuration = folder / "server.conf"
        self._configuration.write_text(f"max_payload: {max_payload}\n", encoding="utf-8")
        self.start()

    def start(self) -> None:
        program = Path(sys.executable).parent / "nats-server"
        where = ("-a", "127.0.0.1", "-p", str(self.port), "-sd", self._folder)
        self._process = subprocess.Popen(
            [program, "-js", *where, "-c", self._configuration], stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
