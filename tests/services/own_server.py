"""A nats-server of a test's own, which it can kill and start again."""

import socket
import subprocess
import sys
from pathlib import Path


class OwnServer:
    """Listens on one port for as long as the test lasts; keeps its streams in a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self.start()

    def start(self) -> None:
        program = Path(sys.executable).parent / "nats-server"
        self._process = subprocess.Popen(
            [program, "-js", "-a", "127.0.0.1", "-p", str(self.port), "-sd", self._folder],
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
