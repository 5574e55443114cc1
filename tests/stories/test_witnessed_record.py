"""A clinic whose payer witnesses its record: both sides from the command line."""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pytest

from services.audit.sealing.heads_stream import NAME
from services.messaging import stream
from tests.support.backend import Backend
from tests.support.command_line import Daybook, run, start


@dataclass
class Payer:
    """What the payer's witness printed at its start."""

    url: str
    key: str


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "clinic"


@pytest.fixture
def daybook(backend: Backend, data: Path) -> Daybook:
    return partial(
        run, data, DAYBOOK_DATABASE_URL=backend.database_url, DAYBOOK_NATS_URL=backend.nats_url
    )


@pytest.fixture
def logs(backend: Backend, daybook: Daybook, tmp_path: Path) -> Path:
    """The clinic's keys, one line a log, as the payer has them in a file."""
    asyncio.run(stream.delete_stream(backend.nats_url, NAME))
    backend.count(1, 2)
    printed = daybook("audit", "key")
    file = tmp_path / "logs"
    file.write_text("".join(f"log {each}\n" for each in printed.stdout.splitlines()))
    return file


@pytest.fixture
def payer(logs: Path, tmp_path: Path) -> Iterator[Payer]:
    words = ("--name", "payer.example/witness", "--logs", logs, "--listen", "127.0.0.1:0")
    process = start(tmp_path / "payer", "serve", "witness", *words)
    assert process.stdout
    try:
        url, key = (process.stdout.readline().split()[-1] for _ in range(2))
        yield Payer(url, key)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def policy(logs: Path, payer: Payer, tmp_path: Path) -> Path:
    journal = logs.read_text().splitlines()[0]
    file = tmp_path / "policy"
    file.write_text(f"{journal}\nwitness payer {payer.key} {payer.url}\nquorum payer\n")
    return file


def test_a_record_that_the_payer_witnesses_is_verified_under_its_policy(
    backend: Backend, daybook: Daybook, policy: Path, payer: Payer, tmp_path: Path
) -> None:
    seal = partial(daybook, "audit", "seal", DAYBOOK_SEAL_POLICY=str(policy))
    verify = partial(daybook, "audit", "verify", "--policy", policy)
    assert seal().returncode == 0
    done = verify("--at-least", "3")
    assert done.returncode == 0, done.stdout
    assert "3 (cosigned by payer): the log goes on from it" in done.stdout
    assert "not yet witnessed" not in done.stdout
    assert "witness payer.example/witness: cosigned 3 at 20" in daybook("status").stdout

    backend.count(3)
    daybook("audit", "seal")
    done = verify("--at-least", "4")
    assert (done.returncode, "1 event after 3" in done.stdout) == (1, True)
    assert seal().returncode == 0
    assert verify("--at-least", "4").returncode == 0

    # Who holds database, stream and key makes another history; the payer's head is elsewhere.
    origin = f"daybook/{backend.journal.id}"
    of_log = hashlib.sha256(origin.encode()).hexdigest()
    held = tmp_path / "held.checkpoint"
    held.write_bytes(httpx2.get(f"{payer.url}/{of_log}/checkpoint").content)
    backend.run("UPDATE seal.cosignatures SET line = replace(line, 'payer.', 'other.')")
    assert verify().returncode == 0, "a signature of somebody unknown is none"
    assert "not yet witnessed" in verify().stdout
    assert verify("--head", held, "--at-least", "4").returncode == 0
    backend.run("DROP SCHEMA seal CASCADE")
    backend.run(
        "UPDATE journal.journal_events SET state = state || ' '::bytea WHERE notification_id = 2"
    )
    (tmp_path / "clinic" / "seal.heads").unlink()
    asyncio.run(stream.delete_stream(backend.nats_url, NAME))
    assert daybook("audit", "seal").returncode == 0
    assert verify().returncode == 0, "nothing here shows it"
    done = verify("--head", held)
    assert (done.returncode, "the log does not go on from it" in done.stdout) == (1, True)

    # The payer does not go along, and the clinic's sealer signs nothing more once it was told.
    backend.count(4)
    done = seal()
    assert done.returncode == 1
    assert "there are two histories" in done.stderr


def test_what_is_kept_as_a_cosignature_and_is_none_is_a_fault(
    backend: Backend, daybook: Daybook, policy: Path
) -> None:
    seal = partial(daybook, "audit", "seal", DAYBOOK_SEAL_POLICY=str(policy))
    seal()
    backend.count(3)
    seal()
    for forged in ("(SELECT min(line) FROM seal.cosignatures WHERE size = 3)", "'no line'"):
        backend.run(f"UPDATE seal.cosignatures SET line = {forged} WHERE size = 4")  # noqa: S608
        done = daybook("audit", "verify", "--policy", policy)
        assert done.returncode == 1, done.stdout
        assert "what is kept beside the head of 4 is not as it was" in done.stdout
        assert "3 (cosigned by payer): the log goes on from it" in done.stdout


def test_who_stole_the_key_before_it_was_replaced_cannot_go_on_with_it(
    backend: Backend, daybook: Daybook, data: Path, tmp_path: Path
) -> None:
    asyncio.run(stream.delete_stream(backend.nats_url, NAME))
    backend.count(1, 2)
    assert daybook("audit", "seal").returncode == 0
    old = daybook("audit", "key").stdout.splitlines()[0]
    stolen = (data / "seal.key").read_bytes()
    assert daybook("key", "rotate", "--seal").returncode == 0
    new = daybook("audit", "key").stdout.splitlines()[0]
    backend.count(3)
    assert daybook("audit", "seal").returncode == 0
    believes, knows = tmp_path / "believes", tmp_path / "knows"
    believes.write_text(f"log {new}\nlog {old}\nquorum none\n")
    knows.write_text(f"log {new}\nlog {old} daybook:until=3\nquorum none\n")
    for policy in (believes, knows):
        assert daybook("audit", "verify", "--policy", policy).returncode == 0

    backend.run("DROP SCHEMA seal CASCADE")
    backend.run(
        "UPDATE journal.journal_events SET state = state || ' '::bytea WHERE notification_id = 2"
    )
    (data / "seal.heads").unlink()
    (data / "seal.key").write_bytes(stolen)
    asyncio.run(stream.delete_stream(backend.nats_url, NAME))
    assert daybook("audit", "seal").returncode == 0
    assert daybook("audit", "verify", "--policy", believes).returncode == 0
    done = daybook("audit", "verify", "--policy", knows)
    assert (done.returncode, "no key that counts signed it" in done.stdout) == (1, True)
