"""`daybook audit seal`, `key` and `continue-after-restore`; and what the status says of it."""

import base64
import shutil
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import SignedNote, VerifierKey
from services.cli.running import everything
from services.embedded import Engines
from services.hosting.bootstrap import Runtime
from tests.support.backend import SITE_KEY, Backend
from tests.support.command_line import Daybook, run
from tests.support.sealed import SealedBackend


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def daybook(backend: Backend, data: Path) -> Daybook:
    return partial(
        run, data, DAYBOOK_DATABASE_URL=backend.database_url, DAYBOOK_NATS_URL=backend.nats_url
    )


def note(printed: str) -> SignedNote:
    return SignedNote.parse(printed.removesuffix("\n").encode())


def test_what_is_there_is_sealed_and_the_key_is_told_once(
    backend: Backend, data: Path, daybook: Daybook
) -> None:
    nothing = daybook("audit", "seal")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "there is nothing to be sealed" in nothing.stderr
    assert f"A seal key was made, {data / 'seal.key'}: back it up" in nothing.stderr
    position = backend.count(1, 2)
    done = daybook("audit", "seal")
    assert done.returncode == 0
    assert done.stderr == ""
    head = Checkpoint.parse(note(done.stdout).text)
    assert (head.origin, head.size) == (f"daybook/{backend.journal.id}", 3)
    told = nothing.stderr.splitlines()[2].strip()
    assert note(done.stdout).verified_by([VerifierKey.parse(told)])
    keys = daybook("audit", "key").stdout.splitlines()
    assert keys[0] == told
    assert [VerifierKey.parse(each).name.removeprefix(head.origin) for each in keys] == [
        *("", "/access", "/findings", "/billable", "/shared"),
    ]
    again = daybook("audit", "seal")
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert "Nothing has come since these heads" in again.stderr
    status = daybook("status")
    assert f"journal: 3 sealed up to position {position}, head of 20" in status.stdout
    assert status.returncode == 0
    assert "no sealer runs" not in status.stdout
    backend.count(3)
    status = daybook("status")
    assert "; 1 not sealed" in status.stdout
    assert "no sealer runs: `daybook serve sealer`, or `daybook audit seal` once" in status.stdout


def test_a_refusal_is_told_and_a_reason_is_the_way_out(
    backend: Backend, data: Path, daybook: Daybook
) -> None:
    backend.count(1, 2)
    daybook("audit", "seal")
    older = data.with_name("older")
    shutil.copytree(data, older)
    backend.run("DELETE FROM journal.journal_events WHERE originator_version = 3")
    for _ in range(2):
        refused = daybook("audit", "seal")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "audit verify" in refused.stderr
        assert "`daybook audit continue-after-restore --because TEXT`" in refused.stderr
    status = daybook("status")
    assert status.returncode == 1
    assert "refused: What was sealed last of" in status.stdout
    for because in ("", "  "):
        bad = daybook("audit", "continue-after-restore", "--because", because)
        assert (bad.returncode, bad.stdout) == (2, "")
    done = daybook("audit", "continue-after-restore", "--because", "the disk broke")
    assert done.returncode == 0
    first, second = done.stdout.splitlines()
    origin = f"daybook/{backend.journal.id}"
    assert first == f"journal     {origin}.2, parting from {origin} over 3 at 2 leaves"
    assert VerifierKey.parse(second.strip()).name == f"{origin}.2"
    assert daybook("status").returncode == 0
    again = daybook("audit", "continue-after-restore", "--because", "the disk broke")
    assert (again.returncode, again.stdout) == (1, "")
    assert "No log is refused" in again.stderr


def test_a_missing_key_is_no_new_key_and_a_lost_one_is_gone_on_without(
    backend: Backend, data: Path, daybook: Daybook
) -> None:
    backend.count(1)
    before = daybook("audit", "seal")
    (data / "seal.key").unlink()
    for words in (("audit", "seal"), ("audit", "key")):
        refused = daybook(*words)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "seal.key is missing, and with its key this database was sealed" in refused.stderr
    done = daybook("audit", "continue-after-restore", "--because", "the key is lost")
    assert done.returncode == 0, done.stderr
    assert "A seal key was made" in done.stderr
    head = Checkpoint.parse(note(daybook("audit", "seal").stdout).text)
    assert head.origin == f"daybook/{backend.journal.id}.2"
    assert head.root == Checkpoint.parse(note(before.stdout).text).root


def test_a_bad_setting_is_bad_input(backend: Backend, daybook: Daybook) -> None:
    backend.count(1)
    for setting in ({"DAYBOOK_SEAL_NAME": "a b"}, {"DAYBOOK_SEAL_KEY": "x"}):
        refused = daybook("audit", "seal", **setting)
        assert (refused.returncode, refused.stdout) == (2, "")
        [name] = setting
        assert name in refused.stderr


async def test_up_leaves_sealing_to_whoever_has_the_key(
    backend: Backend,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAYBOOK_SITE_KEY", base64.b64encode(SITE_KEY).decode())
    backend.count(1)
    await SealedBackend(backend).sealer().seal_once()
    folder = tmp_path / "up"
    folder.mkdir(mode=0o700)
    engines = Engines(backend.database_url, backend.nats_url)
    with ExitStack() as opened:
        async with everything(Runtime(folder, engines, backend.journal, opened)):
            pass
    said = capsys.readouterr().err
    assert "This process seals nothing, which `daybook serve sealer` may do: the file" in said
    assert not (folder / "seal.key").exists()
