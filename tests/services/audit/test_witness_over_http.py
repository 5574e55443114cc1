"""A log and its witnesses over HTTP on real sockets: both sides of C2SP tlog-witness."""

import asyncio
import json
import re
import select
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.api.server import Listen, serving
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.policy_file import PolicyWitness, SealPolicy
from services.audit.notes.signed_note import MOST_NOTE_BYTES, SignedNote, SigningKey, VerifierKey
from services.audit.notes.witness_answer import Outcome, WitnessAnswer
from services.audit.tree.merkle import Hash, consistency_proof, root_of
from services.audit.witnesses.add_checkpoint import MOST_BODY_BYTES, SIZE_TYPE
from services.audit.witnesses.witness import Witness
from services.audit.witnesses.witness_app import witness_app
from services.audit.witnesses.witness_client import (
    ask_witness,
    held_head,
    new_http,
)
from services.audit.witnesses.witness_state import WitnessState
from tests.support.backend import PATIENCE
from tests.support.command_line import DAYBOOK, clean, run

LOG = SigningKey("clinic.example/1", bytes([10]) * 32)
ANYWHERE = Listen("127.0.0.1", 0)


class Leaves:
    """A log of so many leaves; from the one that is changed on they differ."""

    def __init__(self, size: int, changed: int | None = None) -> None:
        self._hashes = [
            bytes((1 if changed is not None and k >= changed else 0,)) + k.to_bytes(31)
            for k in range(size)
        ]

    @property
    def note(self) -> SignedNote:
        text = Checkpoint(LOG.name, len(self._hashes), root_of(self._hashes)).text()
        return SignedNote(text, (LOG.sign_note(text),))

    async def proof_from(self, old: int) -> list[Hash]:
        def node_at(level: int, index: int) -> Hash:
            return root_of(self._hashes[index << level : (index + 1) << level])

        return consistency_proof(old, len(self._hashes), node_at)


@asynccontextmanager
async def witness_on(
    folder: Path, key: CosigningKey, kind: int = 0
) -> AsyncIterator[PolicyWitness]:
    """A witness that listens, as a policy names it: by one of its two keys."""
    folder.mkdir(exist_ok=True)
    with WitnessState(folder, key) as state:
        witness = Witness(key, {LOG.name: [LOG.verifier]}, state, folder / "evidence")
        async with serving(witness_app(witness), ANYWHERE) as url:
            yield PolicyWitness("w", key.verifiers[kind], f"{url}/")


async def ask(witness: PolicyWitness, old: int, leaves: Leaves) -> WitnessAnswer:
    # Certificates take longer to load than a witness to answer, and here are none.
    async with httpx2.AsyncClient(verify=False) as http:
        return await ask_witness(http, witness, leaves.note, old, leaves.proof_from)


@pytest.mark.parametrize("kind", [0, 1], ids=["Ed25519", "ML-DSA-44"])
async def test_a_witness_cosigns_what_goes_on_and_no_split_view(tmp_path: Path, kind: int) -> None:
    async with witness_on(tmp_path, CosigningKey.generate("payer.example/w"), kind) as witness:
        for old, size in ((0, 3), (3, 70), (70, 70), (70, 71)):
            answer = await ask(witness, old, Leaves(size))
            assert answer.outcome is Outcome.COSIGNED
            cosigned = Leaves(size).note.with_signatures(answer.signatures)
            assert cosigned.verified_by([witness.key]) == (witness.key,)
        for size in (71, 90):
            answer = await ask(witness, 71, Leaves(size, changed=50))
            assert (answer.outcome, answer.signatures) == (Outcome.CONTRADICTED, ())


async def test_a_log_that_lost_what_it_knew_of_the_witness_goes_on(tmp_path: Path) -> None:
    async with witness_on(tmp_path, CosigningKey.generate("payer.example/w")) as witness:
        await ask(witness, 0, Leaves(5))
        for known in (0, 3):
            assert (await ask(witness, known, Leaves(9))).outcome is Outcome.COSIGNED


async def test_a_database_that_was_set_back_learns_of_it(tmp_path: Path) -> None:
    async with witness_on(tmp_path, CosigningKey.generate("payer.example/w")) as witness:
        await ask(witness, 0, Leaves(20))
        for known in (0, 5, 12):
            answer = await ask(witness, known, Leaves(12))
            assert (answer.outcome, answer.held) == (Outcome.AHEAD, 20)


async def test_a_history_that_was_made_anew_is_contradicted_by_what_was_shown(
    tmp_path: Path,
) -> None:
    """Also where the log has forgotten what it showed."""
    async with witness_on(tmp_path, CosigningKey.generate("payer.example/w")) as witness:
        await ask(witness, 0, Leaves(20))
        answer = await ask(witness, 0, Leaves(30, changed=4))
        assert (answer.outcome, answer.held) == (Outcome.CONTRADICTED, 20)


async def test_a_witness_shows_the_head_that_it_cosigned_last(tmp_path: Path) -> None:
    async with (
        witness_on(tmp_path, CosigningKey.generate("payer.example/w")) as witness,
        new_http() as http,
    ):
        assert await held_head(http, witness, LOG.name) is None
        await ask(witness, 0, Leaves(20))
        note = await held_head(http, witness, LOG.name)
        assert note is not None
        assert note.text == Leaves(20).note.text
        assert note.signed_by([LOG.verifier, witness.key]) == (LOG.verifier, witness.key)
        stranger = CosigningKey.generate("payer.example/w").verifiers[0]
        other = PolicyWitness("w", stranger, witness.url)
        assert await held_head(http, other, LOG.name) is None


async def test_enough_witnesses_make_a_head_count(tmp_path: Path) -> None:
    """Two of three, of which one does not know the log's newest history."""
    keys = [CosigningKey.generate(f"w{each}.example") for each in range(3)]
    lines = [f"witness w{k} {key.verifiers[k % 2]}\n" for k, key in enumerate(keys)]
    policy = SealPolicy.parse(
        f"log {LOG.verifier}\n{''.join(lines)}group most 2 w0 w1 w2\nquorum most\n".encode()
    )
    async with (
        witness_on(tmp_path / "0", keys[0]) as first,
        witness_on(tmp_path / "1", keys[1], 1) as second,
        witness_on(tmp_path / "2", keys[2]) as third,
    ):
        await ask(second, 0, Leaves(4, changed=2))
        answers = [await ask(each, 0, Leaves(9)) for each in (first, second, third)]
    assert [each.outcome for each in answers] == [
        Outcome.COSIGNED,
        Outcome.CONTRADICTED,
        Outcome.COSIGNED,
    ]
    note = Leaves(9).note
    assert not policy.satisfied_by(note.with_signatures(answers[0].signatures))
    both = [line for each in answers for line in each.signatures]
    assert policy.satisfied_by(note.with_signatures(both))


async def test_of_many_that_ask_at_once_one_history_is_cosigned(tmp_path: Path) -> None:
    async with witness_on(tmp_path, CosigningKey.generate("payer.example/w")) as witness:
        await ask(witness, 0, Leaves(4))
        histories = [Leaves(6), Leaves(6, changed=4), Leaves(6, changed=5)] * 5
        answers = await asyncio.gather(*(ask(witness, 4, each) for each in histories))
        cosigned = {
            each.note.text
            for each, answer in zip(histories, answers, strict=True)
            if answer.outcome is Outcome.COSIGNED
        }
        assert len(cosigned) == 1
        outcomes = {each.outcome for each in answers}
        assert outcomes <= {Outcome.COSIGNED, Outcome.CONTRADICTED}


async def test_what_is_no_request_is_answered_so_over_http(tmp_path: Path) -> None:
    async with (
        witness_on(tmp_path, CosigningKey.generate("payer.example/w")) as witness,
        new_http() as http,
    ):
        url = f"{witness.url}add-checkpoint"
        assert (await http.post(url, content=b"old")).status_code == 400
        long = await http.post(url, content=b"a" * (MOST_BODY_BYTES + 1))
        assert long.status_code == 413
        assert (await http.get(url)).status_code == 405
        await ask(witness, 0, Leaves(3))
        stale = await http.post(url, content=b"old 1\n\n" + bytes(Leaves(3).note))
        assert (stale.status_code, stale.text) == (409, "3\n")
        assert stale.headers["content-type"] == SIZE_TYPE
        nothing = await http.get(f"{witness.url}{'0' * 64}/checkpoint")
        assert nothing.status_code == 404


# A witness that is something else


@asynccontextmanager
async def answering(*answers: Response) -> AsyncIterator[PolicyWitness]:
    """Something that answers whatever is asked, one answer after the other."""
    left = list(answers)

    async def answer(_: Request) -> Response:
        return left.pop(0)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    async with serving(app, ANYWHERE) as url:
        yield PolicyWitness("w", WITNESS.verifiers[0], url)


WITNESS = CosigningKey("payer.example/w", bytes([11]) * 32)
TEXT = Leaves(3).note.text
OTHERS = CosigningKey("other.example/w", bytes([12]) * 32).cosign(TEXT, 1_790_000_000)
OWN = WITNESS.cosign(TEXT, 1_790_000_000)
FALSE = WITNESS.cosign(Leaves(4).note.text, 1_790_000_000)


def size(body: str, kind: str = SIZE_TYPE) -> Response:
    return Response(body, 409, headers={"content-type": kind})


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([Response(OTHERS[0].line + OWN[1].line + OWN[0].line)], Outcome.COSIGNED),
        ([Response(OTHERS[0].line)], Outcome.NOT_UNDERSTOOD),
        ([Response(FALSE[0].line)], Outcome.NOT_UNDERSTOOD),
        ([Response(OWN[0].line + FALSE[0].line)], Outcome.NOT_UNDERSTOOD),
        ([Response("")], Outcome.NOT_UNDERSTOOD),
        ([Response("<html>\n")], Outcome.NOT_UNDERSTOOD),
        ([Response(b"\xff\n")], Outcome.NOT_UNDERSTOOD),
        ([Response("a" * (MOST_NOTE_BYTES + 1))], Outcome.NOT_UNDERSTOOD),
        ([size("3\n", "text/plain")], Outcome.NOT_UNDERSTOOD),
        ([size("3")], Outcome.NOT_UNDERSTOOD),
        ([size("03\n")], Outcome.NOT_UNDERSTOOD),
        ([size("4\n")], Outcome.AHEAD),
        ([size("2\n"), size("1\n")], Outcome.NOT_UNDERSTOOD),
        ([size("2\n"), size("7\n")], Outcome.AHEAD),
        ([size("2\n"), Response(OWN[0].line)], Outcome.COSIGNED),
        ([Response("", 404)], Outcome.UNKNOWN_LOG),
        ([Response("", 403)], Outcome.REFUSED),
        ([Response("", 422)], Outcome.CONTRADICTED),
        ([Response("", 503)], Outcome.UNREACHABLE),
        ([Response("", 302, headers={"location": "/elsewhere"})], Outcome.NOT_UNDERSTOOD),
    ],
)
async def test_what_a_witness_may_answer(answers: Sequence[Response], outcome: Outcome) -> None:
    async with answering(*answers) as witness:
        answer = await ask(witness, 1, Leaves(3))
    assert answer.outcome is outcome
    assert bool(answer.signatures) == (outcome is Outcome.COSIGNED)


@pytest.mark.parametrize("body", [b"", b"no note", bytes(Leaves(3).note), b"a" * 400_000])
async def test_what_a_witness_did_not_cosign_is_no_head_that_it_holds(body: bytes) -> None:
    async with answering(Response(body)) as witness, new_http() as http:
        assert await held_head(http, witness, LOG.name) is None


async def test_a_witness_that_is_not_there_is_told_apart(tmp_path: Path) -> None:
    async with witness_on(tmp_path, WITNESS) as witness:
        pass
    assert (await ask(witness, 0, Leaves(3))).outcome is Outcome.UNREACHABLE
    for url in ("http://[", "ftp://w.example", "http://\udce2.example"):
        nowhere = PolicyWitness("w", witness.key, url)
        assert (await ask(nowhere, 0, Leaves(3))).outcome is Outcome.UNREACHABLE


async def test_a_witness_that_never_ends_its_answer_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.audit.witnesses.witness_client.PATIENCE", 0.3)

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"a")
            await asyncio.sleep(0.05)

    async with await asyncio.start_server(dribble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        witness = PolicyWitness("w", WITNESS.verifiers[0], f"http://127.0.0.1:{port}")
        assert (await ask(witness, 0, Leaves(3))).outcome is Outcome.UNREACHABLE


# As a program of its own


@contextmanager
def serving_witness(folder: Path, logs: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """`daybook serve witness`, its URL and its key."""
    words = ("--name", "payer.example/w", "--logs", logs, "--listen", "127.0.0.1:0")
    process = subprocess.Popen(
        [DAYBOOK, "serve", "witness", *words, "--data", folder],
        env=clean({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stderr
        assert select.select([process.stderr], [], [], PATIENCE)[0]
        assert process.stderr.readline() == "Serving as witness. Ctrl-C ends it.\n"
        url = process.stdout.readline().split()[-1]
        yield process, url, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()


def test_a_witness_goes_on_after_it_was_killed(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.write_text(f"log {LOG.verifier}\n")

    def asked(url: str, key: str, old: int, leaves: Leaves) -> WitnessAnswer:
        witness = PolicyWitness("w", VerifierKey.parse(key), url)
        return asyncio.run(ask(witness, old, leaves))

    with serving_witness(tmp_path, logs) as (process, url, key):
        assert asked(url, key, 0, Leaves(30)).outcome is Outcome.COSIGNED
        process.kill()
    with serving_witness(tmp_path, logs) as (process, url, again):
        assert again == key
        assert asked(url, key, 0, Leaves(20)).held == 30
        assert asked(url, key, 30, Leaves(40, changed=7)).outcome is Outcome.CONTRADICTED
        assert asked(url, key, 30, Leaves(40)).outcome is Outcome.COSIGNED
        second = run(tmp_path, "serve", "witness", "--name", "payer.example/w", "--logs", logs)
        assert (second.returncode, "nother witness runs" in second.stderr) == (2, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    kept = json.loads((tmp_path / "witness" / "heads.json").read_text())
    assert list(kept) == [LOG.name]
    assert (tmp_path / "witness" / "witness.key").stat().st_mode & 0o777 == 0o600
    vkeys = (tmp_path / "witness" / "verifier-keys").read_text().splitlines()
    note = SignedNote.parse(kept[LOG.name].encode())
    assert len(note.verified_by([VerifierKey.parse(each) for each in vkeys])) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "witness takes --name, --logs"),
        (("--name", "w"), "witness takes --name, --logs"),
        (("--name", "w", "--logs", "nowhere"), "owhere cannot be read"),
        (("--name", "a b", "--logs", "LOGS"), "is no name of a key"),
        (("--name", "w", "--logs", "LOGS", "--listen", "w"), "no address to listen on"),
    ],
)
def test_a_witness_that_is_started_wrongly_says_what_it_takes(
    tmp_path: Path, words: Sequence[str], says: str
) -> None:
    logs = tmp_path / "logs"
    logs.write_text(f"log {LOG.verifier}\n")
    given = [logs if each == "LOGS" else each for each in words]
    done = run(tmp_path, "serve", "witness", *given)
    assert done.returncode == 2
    assert re.sub(r"\s+", " ", done.stderr).find(says) >= 0, done.stderr


def test_other_roles_are_no_witnesses(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "relay", "--name", "w")
    assert (done.returncode, "elay is no witness" in done.stderr) == (2, True)


def test_a_key_from_the_environment_is_taken(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.write_text(f"log {LOG.verifier}\n")
    words = ("serve", "witness", "--name", "w", "--logs", logs)
    done = run(tmp_path, *words, DAYBOOK_WITNESS_KEY="AAAA")
    assert (done.returncode, "DAYBOOK_WITNESS_KEY is not 32 bytes" in done.stderr) == (2, True)
