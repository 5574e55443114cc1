"""What the README says of the API: what `daybook up` prints, and that each line of curl does it."""

import base64
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.backend import PATIENCE, SITE_KEY, Backend
from tests.support.command_line import start
from tests.support.nats_server import OwnServer

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## The API\n")[2].partition("\n## ")[0]
PRINTED, *_ = re.findall(r"^```\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
*LINES, FOLLOWED = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)

GIVEN = re.compile(r"API=(\S+) PASSWORD=(\S+)\n")

TELLING = """\
set -eu
curl() { command curl --silent --show-error --write-out '%{stderr}%{http_code}\\n' "$@"; }
"""
"""Has each curl say on the error stream how it was answered."""


@contextmanager
def up(data: Path, backend: Backend, server: OwnServer) -> Iterator[str]:
    """Run everything, from nothing; yield what it prints until it is up."""
    process = start(
        *(data, "up", "--listen", "127.0.0.1:0"),
        DAYBOOK_DATABASE_URL=backend.database_url,
        DAYBOOK_NATS_URL=server.url,
        DAYBOOK_SITE_KEY=base64.b64encode(SITE_KEY).decode(),
    )
    try:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Everything is up"):
                break
        yield said
    finally:
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


def in_general(printed: str) -> str:
    """Return what is printed without what is another one each time."""
    return re.sub(r"(?<=password )[a-z0-9-]{23}|(?<=127\.0\.0\.1:)\d+", "...", printed)


def test_what_the_readme_says_of_the_api_is_so(
    tmp_path: Path, backend: Backend, server: OwnServer
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    with up(tmp_path / "data", backend, server) as said:
        assert in_general(PRINTED) in in_general(said)
        url, password = re.findall(r"(?:^api +|the password )(\S+)", said, re.MULTILINE)
        given = f"API={url} PASSWORD={password}\n"
        lines, replaced = GIVEN.subn(given, "".join(LINES))
        assert replaced == 1
        done = subprocess.run(
            ["/bin/bash", "-c", TELLING + lines],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        statuses = [int(each) for each in done.stderr.split()]
        assert statuses == [200, 204, 200, 200, 201, 200, 204, 200, 200, 200, 201, 200], done.stdout
        assert '"Room 1"' in done.stdout
        assert '"via":"token"' in done.stdout
        following = subprocess.Popen(
            ["/bin/bash", "-c", given + "exec " + FOLLOWED.strip()],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert following.stdout
        assert any(line == "event: facility\n" for line in following.stdout)
        following.kill()
        following.communicate(timeout=PATIENCE)
