"""Days and instants of the command line: what is beyond the bounds is refused in one sentence."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from domain.bounds import MOST_LOOKS_BACK
from services.embedded import engines
from tests.support.command_line import CLINICS, run

CLINIC = CLINICS / "base"
NOW = "2026-09-17T17:00:00Z"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("bounds") / "data"
    with engines(found):
        done = run(found, "import", CLINIC, "--now", NOW)
        assert done.returncode == 0, done.stderr
        yield found


def ahead(years: int) -> str:
    return (datetime.now(UTC) + timedelta(days=366 * years)).isoformat()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("report", "weeks", "--as-of", "9999-12-31T23:59:59-12:00"), "not within 1900-01-01"),
        (("report", "weeks", "--as-of", "9999-12-31T00:00:00Z"), "not within 1900-01-01"),
        (("report", "weeks", "--as-of", "0001-01-01T00:00:00+14:00"), "not within 1900-01-01"),
        (("report", "weeks", "--as-of", ahead(3)), "more than 2 years ahead of this machine's"),
        (("report", "weeks", "--now", ahead(3)), "more than 2 years ahead of this machine's"),
        (("audit", "explain", "f", "--as-of", ahead(3)), "more than 2 years ahead"),
        (("import", str(CLINIC), "--now", ahead(10)), "more than 2 years ahead"),
        (("import", str(CLINIC), "--now", "1950-01-01T00:00:00Z"), "more than 10 years ago"),
        (("report", "visits", "--through", "9999-12-31"), "not within 1900-01-01 to 2199-12-31"),
        (("report", "weeks", "--through", "0001-01-01"), "not within 1900-01-01 to 2199-12-31"),
        (("report", "schedule", "--week", "9999-12-31"), "not within 1900-01-01 to 2199-12-31"),
        (("report", "schedule", "--day", "9999-12-31"), "not within 1900-01-01 to 2199-12-31"),
        (("report", "deadlines", "--through", "9999-12-31"), "not within 1900-01-01"),
        (("report", "visits", "--patient", "J\udcff1"), "is not UTF-8"),
        (("report", "schedule", "--room", "\udcff"), "is not UTF-8"),
        (("audit", "explain", "\udcff"), "is not UTF-8"),
        (("policy", "show", "\udcff"), "is not UTF-8"),
        (("import", "x" * 5000), "no folder of so long a name"),
    ],
)
def test_what_is_beyond_the_bounds_is_refused(
    words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    done = run(tmp_path / "none", *words)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "none").exists(), "nothing was started for it"


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
@pytest.mark.parametrize(
    "words",
    [
        ("visits", "--through"),
        ("weeks", "--through"),
        ("findings", "--through"),
        ("findings", "--week"),
        ("billable", "--through"),
        ("billable", "--week"),
        ("deadlines", "--through"),
        ("schedule", "--day"),
        ("schedule", "--week"),
    ],
)
def test_the_first_and_the_last_day_that_there_is_are_answered(
    data: Path, words: tuple[str, str], day: str
) -> None:
    done = run(data, "report", *words, day, "--format", "csv")
    assert done.returncode == 0, done.stderr


def test_an_instant_two_years_ahead_is_answered(data: Path) -> None:
    at = (datetime.now(UTC) + timedelta(days=730)).isoformat()
    done = run(data, "report", "weeks", "--as-of", at, "--format", "csv")
    assert done.returncode == 0, done.stderr


def test_an_import_is_not_dated_before_what_is_on_record(data: Path, tmp_path: Path) -> None:
    files = Path(shutil.copytree(CLINIC, tmp_path / "files"))
    again = run(data, "import", files, "--now", "2026-09-17T16:00:00Z")
    assert again.returncode == 0, "nothing has changed, so that nothing would be dated"
    assert "0 events recorded" in again.stderr
    text = (files / "facility.toml").read_text(encoding="utf-8")
    (files / "facility.toml").write_text(text.replace('"Hall"', '"Big hall"'), encoding="utf-8")
    refused = run(data, "import", files, "--now", "2026-09-17T16:00:00Z")
    assert refused.returncode == 2
    assert "recorded at 2026-09-17T17:00:00+00:00" in refused.stderr
    assert "nothing was recorded" in refused.stderr
    taken = run(data, "import", files, "--now", "2026-09-17T17:00:01Z")
    assert taken.returncode == 0, taken.stderr
    assert "1 event recorded" in taken.stderr


def test_so_many_look_at_the_past_at_once_and_the_next_is_told_so(data: Path) -> None:
    words = ("report", "weeks", "--as-of", NOW, "--format", "csv")
    with ExitStack() as others, engines(data) as found:
        for number in range(MOST_LOOKS_BACK):
            conn = others.enter_context(psycopg.connect(found.database_url, autocommit=True))
            name = f"daybook as of {number}"
            conn.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (name,))
        refused = run(data, *words)
        assert refused.returncode == 2
        assert "4 answers as of another time are being worked out already" in refused.stderr
    assert run(data, *words).returncode == 0
