"""`daybook policy`: what programs and patients are judged by, as somebody at a clinic says it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.embedded import engines
from tests.support.command_line import CLINICS, imported, run
from tests.support.data_folders import events

OWN = """\
policy = "plan-a"
version = 1
name = "Plan A"
regime = "payer"
dated = 2026-03-02
counts = ["group", "individual"]

[day_minutes_min]
value = 150
citation = "contract, section 4"
verified = false
"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = imported(tmp_path_factory.mktemp("base"), CLINICS / "base", "2026-09-17T17:00:00Z")
    with engines(data):
        yield data


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "plan-a.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def listed(data: Path) -> list[list[str]]:
    """The rows of the list, each without the policy's name."""
    done = run(data, "policy", "list", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    rows = [row.replace("payer ", "payer-") for row in done.stdout.splitlines()]
    return [row.split()[:4] for row in rows if "2026-" in row]


def adopt(data: Path, which: str | Path, day: str = "2026-10-01", *more: str) -> Any:
    return run(data, "policy", "adopt", which, "--program", "adult", "--from", day, *more)


IMPORTED = [
    ["adult", "asam-2.1-adult", "2", "2026-09-07"],
    ["adult", "program-standards-adult", "1", "2026-09-07"],
    ["young", "program-standards-adolescent-mh", "1", "2026-09-07"],
]


def test_an_imported_program_is_judged_by_what_fits_its_population_and_focus(clinic: Path) -> None:
    assert [row for row in listed(clinic) if row[1].startswith(("asam", "program"))] == IMPORTED


def test_a_program_adopts_a_file_of_its_own_once_and_drops_it(clinic: Path, own: Path) -> None:
    done = adopt(clinic, own)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "From 2026-10-01 on adult is judged by plan-a, version 1.\n"
    assert ["adult", "plan-a", "1", "2026-10-01"] in listed(clinic)
    before = events(clinic)
    assert adopt(clinic, own).returncode == 0
    assert events(clinic) == before
    gone = run(clinic, "policy", "drop", "plan-a", "--program", "adult", "--from", "2026-11-01")
    assert gone.returncode == 0, gone.stderr
    assert ["adult", "plan-a", "dropped", "2026-11-01"] in listed(clinic)
    shown = run(clinic, "policy", "show", "plan-a")
    assert "Plan A, version 1 of 2026-03-02" in shown.stdout


def test_the_patients_of_a_payer_are_judged_by_a_file_too_until_it_is_dropped(
    clinic: Path, own: Path
) -> None:
    own.write_text(OWN.replace('"plan-a"', '"plan-b"'), encoding="utf-8")
    words = ("--payer", "aetna", "--from")
    for _ in range(2):
        done = run(clinic, "policy", "adopt", own, *words, "2026-10-01")
        assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "From 2026-10-01 on everybody whom aetna pays for is judged by plan-b, version 1.\n"
    )
    for _ in range(2):
        gone = run(clinic, "policy", "drop", "plan-b", *words, "2026-11-01")
        assert gone.returncode == 0, gone.stderr
    assert gone.stderr == (
        "From 2026-11-01 on everybody whom aetna pays for is not judged by plan-b.\n"
    )
    assert listed(clinic)[-2:] == [
        ["payer-aetna", "plan-b", "1", "2026-10-01"],
        ["payer-aetna", "plan-b", "dropped", "2026-11-01"],
    ]
    shown = run(clinic, "policy", "show", "plan-b")
    assert "Plan A, version 1 of 2026-03-02" in shown.stdout


def test_a_policy_is_shown_with_its_sources_and_how_each_number_stands(clinic: Path) -> None:
    shown = run(clinic, "policy", "show", "tx-564", COLUMNS="500")
    assert shown.returncode == 0, shown.stderr
    (group,) = [row for row in shown.stdout.splitlines() if "patients in a group" in row]
    assert "16 patients" in group
    assert group.rstrip().endswith("(asked by the rule, read on 2026-11-29)")
    (note,) = [row for row in shown.stdout.splitlines() if "signed note" in row]
    assert note.rstrip().endswith("(not verified)")
    own = run(clinic, "policy", "show", "program-standards-adult", COLUMNS="500").stdout
    assert "(a program's own, read on 2026-11-23)" in own
    ended = run(clinic, "policy", "show", "ca-dmc-ods", COLUMNS="500").stdout
    assert "(superseded, read on 2026-11-29, until 2022-06-30)" in ended


def test_a_faulty_file_is_refused_with_line_and_reason_and_changes_nothing(
    clinic: Path, own: Path
) -> None:
    before = events(clinic)
    own.write_text(OWN.replace("value = 150", "value = 0"), encoding="utf-8")
    done = adopt(clinic, own)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first == "plan-a.toml:9: day_minutes_min: 0 is not within 1 to 1440 minutes"
    assert second == "The policy cannot be used; nothing was recorded."
    assert events(clinic) == before


@pytest.mark.parametrize(
    ("words", "because"),
    [
        (("adopt", "tea", "--program", "adult", "--from", "2026-10-01"), "'tea' is not a file"),
        (("show", "tea"), "'tea' is not a file"),
        (("adopt", "tx-564", "--program", "tea", "--from", "2026-10-01"), "no such program"),
        (("adopt", "tx-564", "--program", "adult", "--from", "soon"), "'soon' is not a date"),
        (("adopt", "tx-564", "--from", "2026-10-01"), "say either --program or --payer"),
        (
            ("adopt", "tx-564", "--program", "adult", "--payer", "aetna", "--from", "2026-10-01"),
            "say either --program or --payer",
        ),
        (("drop", "tx-564", "--from", "2026-10-01"), "say either --program or --payer"),
        (
            ("adopt", "nj-161b", "--payer", "aetna", "--from", "2026-10-01"),
            "is asked of a program, not by a payer",
        ),
        (
            ("adopt", "medicare-iop", "--payer", "", "--from", "2026-10-01"),
            "this needs the name of the payer",
        ),
        (
            ("drop", "tx-564", "--program", "adult", "--from", "2026-10-01", "--facility", "elm"),
            "Say which --facility, of juniper",
        ),
    ],
)
def test_what_is_not_there_is_refused(clinic: Path, words: tuple[str, ...], because: str) -> None:
    before = events(clinic)
    done = run(clinic, "policy", *words)
    assert done.returncode == 2
    assert because.lower() in " ".join(done.stderr.split()).lower()
    assert events(clinic) == before


def test_where_nothing_is_on_record_there_is_no_facility(tmp_path: Path) -> None:
    done = run(tmp_path, "policy", "list")
    assert done.returncode == 2
    assert "No facility is on record yet" in done.stderr
