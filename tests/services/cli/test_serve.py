"""Each role in a process and under a user of its own, as in production; and a command by hand."""

import base64
import json
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.backend import PATIENCE, SITE_KEY, Backend
from tests.support.command_line import DAYBOOK, clean
from tests.support.sealed import SEED, SealedBackend
from tests.support.secured_nats import Secured, secured_nats
from tests.support.small_clinic import ANN, FACILITY, MONDAY, SmallClinic

SEND = ("session.close", "{}", "--facility", FACILITY, "--client", "kiosk-1")
ROLES = ("relay", "projector", "commands", "managers", "sealer")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("nats")
    with secured_nats(folder, "--client", f"kiosk-1:{FACILITY}") as started:
        yield started


def settings(backend: Backend, secured: Secured, user: str) -> dict[str, str]:
    return secured.settings(user) | {
        "DAYBOOK_DATABASE_URL": backend.database_url,
        "DAYBOOK_NATS_URL": secured.url,
        "DAYBOOK_SITE_KEY": base64.b64encode(SITE_KEY).decode(),
        "DAYBOOK_SEAL_KEY": base64.b64encode(SEED).decode(),
        "DAYBOOK_SEAL_KEY_FILE": str(secured.folder / "sealer" / "seal.key"),
    }


@contextmanager
def serving(backend: Backend, secured: Secured, *roles: str) -> Iterator[None]:
    """Let each role be played by a process of its own; end them and see that they end well."""
    playing = [
        subprocess.Popen(
            [DAYBOOK, "serve", role],
            env=clean(settings(backend, secured, role)),
            stderr=subprocess.PIPE,
            text=True,
        )
        for role in roles
    ]
    try:
        for role, process in zip(roles, playing, strict=True):
            assert process.stderr
            assert select.select([process.stderr], [], [], PATIENCE)[0], f"{role} says nothing"
            assert process.stderr.readline() == f"Serving as {role}. Ctrl-C ends it.\n"
        yield
    finally:
        for process in playing:
            process.send_signal(signal.SIGINT)
        ended = [_ended(process) for process in playing]
    assert ended == [0] * len(roles)


def _ended(process: subprocess.Popen[str]) -> int:
    """Wait for a process that was asked to end; what does not is killed, which is no good end."""
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def wait_until(so: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < until
        time.sleep(0.1)


def send(secured: Secured, user: str, *words: str) -> tuple[int, Any]:
    done = subprocess.run(
        [DAYBOOK, "send", *words, "--facility", FACILITY, "--client", user],
        env=clean(secured.settings("kiosk-1") | {"DAYBOOK_NATS_URL": secured.url}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_all_roles_together_take_a_command_show_it_and_follow_it_up(
    backend: Backend, secured: Secured
) -> None:
    clinic = SmallClinic(backend.journal, vault=backend.vault)
    clinic.enrol(ANN)
    leave = json.dumps(
        {"patient_id": ANN, "first_day": "2025-03-05", "last_day": "2025-03-07", "reason": "away"}
    )
    with serving(backend, secured, *ROLES):
        code, answer = send(secured, "kiosk-1", "patient.grant-leave", leave, "--id", "1")
        assert (code, answer["events"][0]["type"]) == (0, "patient.leave-granted")
        again = send(secured, "kiosk-1", "patient.grant-leave", leave, "--id", "1")
        assert again == (code, answer)
        code, refused = send(secured, "kiosk-1", "session.close", '{"session_id": "none"}')
        assert (code, refused["type"]) == (1, "daybook:refusal:not-known")
        code, wrong = send(secured, "kiosk-1", "session.close", "{}")
        assert (code, wrong["type"]) == (2, "daybook:problem:malformed")
        # All of March 2025 is long over.
        wait_until(lambda: clinic.evening(MONDAY).closed)
        wait_until(lambda: clinic.evening(MONDAY + timedelta(days=11)).closed)
        wait_until(lambda: sealed_up_to(backend) >= backend.journal.position())
        shown = "SELECT closed FROM schedule.sessions WHERE day = '2025-03-14'"
        there = "SELECT to_regclass('schedule.sessions') IS NOT NULL"
        wait_until(lambda: backend.rows(there) == [(True,)] and backend.rows(shown) == [(True,)])


def sealed_up_to(backend: Backend) -> int:
    newest = SealedBackend(backend).newest()
    return newest.position if newest else 0


def test_nobody_speaks_for_another_client(backend: Backend, secured: Secured) -> None:
    SmallClinic(backend.journal, vault=backend.vault)
    before = backend.journal.position()
    with serving(backend, secured, "commands"):
        code, said = send(secured, "staff-1", "session.close", "{}")
        assert (code, backend.journal.position()) == (3, before)
        assert said == (
            f"This login may not send session.close as staff-1 at {FACILITY}: NATS refuses it.\n"
        )


@pytest.mark.parametrize("words", [("serve", "commands"), ("send", *SEND)])
def test_a_server_that_never_ends_its_handshake_is_given_up(
    words: tuple[str, ...], backend: Backend, secured: Secured
) -> None:
    with socket.create_server(("localhost", 0)) as silent:
        url = f"nats://localhost:{silent.getsockname()[1]}"
        done = subprocess.run(
            [DAYBOOK, *words],
            env=clean(settings(backend, secured, "commands") | {"DAYBOOK_NATS_URL": url}),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"(NATS|An engine) cannot be reached \(\w+\)\.\n", done.stderr)


def test_without_anybody_who_takes_commands_it_is_said_so(tmp_path: Path) -> None:
    words = ("session.close", "{}", "--facility", FACILITY, "--client", "kiosk-1")
    done = subprocess.run(
        [DAYBOOK, "send", *words, "--data", tmp_path],
        env=clean({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "Nothing answers commands: start `daybook up` first.\n"


@pytest.mark.parametrize("words", [("session close", "{}"), ("session.*", "{}"), ("", "{}")])
def test_what_is_no_subject_is_refused_before_it_is_sent(words: tuple[str, str]) -> None:
    done = subprocess.run(
        [DAYBOOK, "send", *words, "--facility", FACILITY, "--client", "kiosk-1"],
        env=clean({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert "cannot be part of a subject" in done.stderr


def test_the_contract_is_written_to_a_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [DAYBOOK, "contract", tmp_path / "contract"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    files = list((tmp_path / "contract").rglob("*.json"))
    assert f"{len(files)} files" in done.stderr
    document = json.loads((tmp_path / "contract/asyncapi.json").read_bytes())
    assert document["asyncapi"].startswith("3.")
    assert sys.executable not in json.dumps(document)
