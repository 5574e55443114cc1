"""`daybook key`: the site's key is rotated, and what was sealed is read as before."""

import resource
import shutil
import signal
import sys
from pathlib import Path

import pytest

from services.cli.main import main
from services.embedded import Engines
from tests.support.backend import Backend
from tests.support.command_line import CLINICS, run

NOW = "2026-09-17T17:00:00Z"
VISITS = ("report", "visits", "--through", "2026-09-20", "--format", "csv")


@pytest.fixture
def settings(backend: Backend, shared_engines: Engines) -> dict[str, str]:
    return {
        "DAYBOOK_DATABASE_URL": backend.database_url,
        "DAYBOOK_NATS_URL": shared_engines.nats_url,
    }


@pytest.fixture
def data(tmp_path: Path, settings: dict[str, str]) -> Path:
    folder = tmp_path / "data"
    done = run(folder, "import", CLINICS / "base", "--now", NOW, **settings)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_key_of_a_data_folder_is_rotated(
    data: Path, tmp_path: Path, settings: dict[str, str]
) -> None:
    before, old = run(data, *VISITS, **settings), tmp_path / "old"
    assert "J01" in before.stdout
    shutil.copytree(data, old)
    rotated = run(data, "keys", "rotate", **settings)
    assert (rotated.returncode, rotated.stdout) == (0, "")
    assert "6 patients' keys were wrapped anew" in rotated.stderr
    assert (data / "site.key").read_bytes() != (old / "site.key").read_bytes()
    for folder in (data, old):
        assert run(folder, *VISITS, **settings).stdout == before.stdout
    assert run(data, "key", "retire", **settings).returncode == 0
    assert run(data, *VISITS, **settings).stdout == before.stdout
    refused = run(old, *VISITS, **settings)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "site's key does not fit" in refused.stderr
    # Record numbers are known again: nobody is in twice.
    again = run(data, "import", CLINICS / "base", "--now", NOW, **settings)
    assert (again.returncode, again.stderr.splitlines()[-1][:9]) == (0, "0 events ")


def test_retiring_what_is_not_there_says_so(data: Path, settings: dict[str, str]) -> None:
    done = run(data, "key", "retire", **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was changed" in done.stderr


def test_a_patients_dropped_key_costs_that_name_and_nothing_else(
    data: Path, backend: Backend, settings: dict[str, str]
) -> None:
    before = run(data, *VISITS, **settings)
    backend.run(
        "DELETE FROM vault.patient_keys WHERE patient_id ="
        " (SELECT patient_id FROM attendance.visits ORDER BY patient_id LIMIT 1)"
    )
    done = run(data, *VISITS, **settings)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == len(before.stdout.splitlines())
    assert "name not readable (" in done.stdout
    assert done.stderr.startswith("Note: 1 patient's name could not be read")
    again = run(data, "import", CLINICS / "base", "--now", NOW, **settings)
    assert (again.returncode, again.stderr.splitlines()[-1][:9]) == (0, "0 events ")
    assert "name and birth date were not compared" in again.stderr
    status = run(data, "status", **settings)
    assert status.returncode == 0
    assert "1 patient's name cannot be read" in status.stdout


def test_two_swapped_keys_cost_those_names_and_nothing_else(
    data: Path, backend: Backend, settings: dict[str, str]
) -> None:
    before = run(data, *VISITS, **settings)
    backend.run(
        "WITH two AS (SELECT min(patient_id) AS a, max(patient_id) AS b FROM attendance.visits)"
        " UPDATE vault.patient_keys k SET wrapped_key = o.wrapped_key"
        " FROM two, vault.patient_keys o WHERE (k.patient_id, o.patient_id) IN ((a, b), (b, a))"
    )
    for words in (VISITS, ("report", "weeks"), ("report", "at-risk"), ("report", "deadlines")):
        done = run(data, *words, **settings)
        assert done.returncode == 0, done.stderr
    done = run(data, *VISITS, **settings)
    assert len(done.stdout.splitlines()) == len(before.stdout.splitlines())
    assert "2 patients' names could not be read" in done.stderr
    status = run(data, "status", **settings)
    assert status.returncode == 0
    assert "2 patients' names cannot be read" in status.stdout


def test_a_missing_key_file_is_told_and_none_is_made(data: Path, settings: dict[str, str]) -> None:
    (data / "site.key").unlink()
    done = run(data, "status", **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert "site.key is missing" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (data / "site.key").exists()


def test_no_core_dump_is_written_which_would_have_the_site_key_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["daybook", "--help"])
    with pytest.raises(SystemExit):
        main()
    signal.signal(signal.SIGTERM, handler)
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def test_the_key_that_seals_is_rotated_and_both_sign_the_newest_heads(
    data: Path, settings: dict[str, str]
) -> None:
    assert run(data, "keys", "rotate", "--seal", **settings).returncode == 0
    old = (data / "seal.key").read_bytes()
    done = run(data, "keys", "rotate", "--seal", **settings)
    assert done.returncode == 0, done.stderr
    assert "signed by both keys" in done.stderr
    assert (data / "seal.key").read_bytes() != old
    journal, *_ = [each for each in done.stdout.splitlines() if each.startswith("journal")]
    assert "/journal-" in journal
    refused = run(data, "keys", "rotate", "--seal", "--site", **settings)
    assert (refused.returncode, refused.stdout) == (2, "")
