import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.console import BAD_INPUT, DONE, NO
from services.cli.options import VIEW_NAMES
from services.embedded import Engines
from services.hosting.seal_key import SEAL_KEY
from tests.support.sealed_journal import EARLIER, SealedClinic, sealed_clinic


@pytest.fixture(scope="module")
def clinic(
    shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SealedClinic]:
    with sealed_clinic(shared_engines, tmp_path_factory.mktemp("clinic")) as sealed:
        yield sealed


def test_what_is_sound_is_told_line_by_line(clinic: SealedClinic) -> None:
    done = clinic.daybook("audit", "verify", "--key", str(clinic.vkey), "--head", clinic.earlier)
    assert done.returncode == DONE, done.stdout
    lines = done.stdout.splitlines()
    size = clinic.head.size
    assert lines[0].startswith(f"journal            {size} events, all as sealed; head of ")
    assert lines[0].endswith(f"signed by {clinic.key.name}")
    assert lines[1:3] == [
        f"held               {EARLIER} (held.checkpoint): the log goes on from it",
        f"not yet witnessed  {size - EARLIER} events after {EARLIER}",
    ]
    names = [line.split()[0] for line in lines]
    assert {"receipts", "identities", "snapshots"} < set(names)
    assert "stream" not in names


def test_it_is_there_for_programs(clinic: SealedClinic) -> None:
    words = "audit", "verify", "--key", str(clinic.vkey), "--format", "json"
    said = json.loads(clinic.daybook(*words).stdout)
    assert (said["sound"], said["size"], said["witnessed"]) == (True, clinic.head.size, 0)
    assert said["sections"][0] | {"says": None} == {
        "name": "journal",
        "standing": "sound",
        "says": None,
        "faults": [],
    }


def test_too_little_that_is_witnessed_is_a_no(clinic: SealedClinic) -> None:
    words = "audit", "verify", "--key", str(clinic.vkey), "--at-least", "1"
    done = clinic.daybook(*words)
    assert done.returncode == NO
    assert done.stdout.endswith("0 leaves are witnessed, and 1 were asked for\n")
    assert clinic.daybook(*words, "--head", clinic.earlier).returncode == DONE


def test_another_key_than_the_one_that_signed_is_a_no(clinic: SealedClinic) -> None:
    other = type(clinic.key).generate(clinic.key.name).verifier
    done = clinic.daybook("audit", "verify", "--key", str(other))
    assert done.returncode == NO
    assert "does not count: no key that counts signed it" in done.stdout


def test_a_key_of_this_machine_is_said_to_prove_nothing(clinic: SealedClinic) -> None:
    words = "audit", "verify"
    done = clinic.daybook(*words)
    assert done.returncode == BAD_INPUT
    assert done.stderr == "Say whose signatures count: --key VKEY, or --policy FILE.\n"
    seed = b64encode(clinic.key.seed).decode()
    done = clinic.daybook(*words, **{SEAL_KEY: seed})
    assert done.returncode == DONE, done.stdout
    assert "proves nothing against whoever holds the folder" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--key", "nothing"], "is no verifier key"),
        (["--policy", "/nowhere"], "cannot be read"),
        (["--key", "KEY", "--policy", "FILE"], "give --key or --policy"),
        (["--head", "/nowhere"], "holds no head of this daybook"),
        (["--head", "EMPTY"], "has no heads in it"),
        (["BUNDLE", "--stream"], "leave bundle out"),
        (["BUNDLE"], "a bundle is checked with --key or --policy"),
        (["--at-least", "-1"], "--at-least is a number of events"),
    ],
)
def test_bad_input_is_told(
    clinic: SealedClinic, tmp_path: Path, words: list[str], says: str
) -> None:
    given = ["--key", str(clinic.vkey)] if words[0] == "--head" else []
    named = {"EMPTY": str(tmp_path), "KEY": str(clinic.vkey)}
    done = clinic.daybook("audit", "verify", *given, *(named.get(each, each) for each in words))
    assert done.returncode == BAD_INPUT
    assert says in " ".join(done.stderr.split()).lower()


def test_a_bundle_is_verified_by_the_same_word(clinic: SealedClinic) -> None:
    bundle = clinic.exported("verified")
    words = "audit", "verify", bundle, "--key", str(clinic.vkey)
    assert clinic.daybook(*words, "--head", clinic.earlier).returncode == DONE
    events = bundle / "events.jsonl"
    events.write_bytes(events.read_bytes().replace(b'"number":7', b'"number":8', 1))
    done = clinic.daybook(*words)
    assert done.returncode == NO
    assert "is not what was sealed" in done.stdout


def test_read_models_are_compared_with_a_replay_row_by_row(clinic: SealedClinic) -> None:
    words = "audit", "verify", "--key", str(clinic.vkey), "--views", "--stream"
    done = clinic.daybook(*words)
    assert done.returncode == DONE, done.stdout
    lines = done.stdout.splitlines()
    assert {f"view {each}" for each in VIEW_NAMES} == {
        line.split("  ")[0] for line in lines if line.startswith("view ")
    }
    assert any(line.startswith("stream             the same") for line in lines)
    clinic.backend.run(
        "UPDATE attendance.visits SET credited_minutes = credited_minutes + 1 WHERE"
        " (session_id, recorded_as) ="
        " (SELECT session_id, recorded_as FROM attendance.visits ORDER BY 1, 2 LIMIT 1)"
    )
    done = clinic.daybook(*words)
    assert done.returncode == NO
    assert "attendance.visits: the row (" in done.stdout
    assert done.stdout.count("is not what the events make") == 1


def test_an_account_does_not_verify(clinic: SealedClinic) -> None:
    done = clinic.daybook("audit", "verify", "--key", str(clinic.vkey), DAYBOOK_USER="ana")
    assert done.returncode == BAD_INPUT
    assert "verify the record" in done.stderr
