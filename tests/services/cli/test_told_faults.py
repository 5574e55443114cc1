"""What an import says of faults: each once, and in one sentence what waits for a file."""

import pytest

from services.cli.import_outcome import tell
from services.clinic_import import Outcome, RowError

NO_HEADER = RowError("patients.csv", 1, "", "the header line is missing")


def waiting(line: int) -> RowError:
    said = "patients.csv cannot be read"
    return RowError("sign_ins.csv", line, "", said, because_of="patients.csv")


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        ([NO_HEADER], []),
        ([NO_HEADER, waiting(2)], ["Note: 1 row that refers to patients.csv"]),
        ([NO_HEADER, *map(waiting, range(2, 9))], ["Note: 7 rows that refer to patients.csv"]),
    ],
)
def test_rows_that_wait_for_a_file_are_counted_and_are_no_faults_of_their_own(
    faults: list[RowError], says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    tell(Outcome(tuple(faults), (), 0, "h1", accepted=False), dry_run=False)
    assert capsys.readouterr().err.splitlines() == [
        "patients.csv:1: the header line is missing",
        *(f"{each} could not be checked." for each in says),
        "1 fault; nothing was recorded.",
    ]
