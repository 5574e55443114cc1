"""Whatever is wrong with a clinic's files, what is said of it does not tell who a patient is."""

import csv
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from services.clinic_import import import_clinic
from tests.services.clinic_import.clinic_edits import BASE, NOW
from tests.support.examples import examples
from tests.support.memory_journal import MemoryJournal, MemoryVault

ABOUT_PATIENTS = (
    "patients",
    "episodes",
    "enrolments",
    "commitments",
    "absences",
    "sign_ins",
    "sessions",
)
EPISODES = """\
mrn,program_id,admitted_on,discharged_on,discharge_kind,weekly_hours,days_per_week,payer
J03,adult,2026-06-01,2026-07-01,completed,,,self-pay
"""
NUMBERS = {f"J0{number}": f"QZ{number}7719" for number in range(1, 7)}
Rows = list[list[str]]
Edit = Callable[[Rows, st.DataObject], None]


def column(rows: Rows, data: st.DataObject) -> int:
    return data.draw(st.integers(0, len(rows[0]) - 1))


def row(rows: Rows, data: st.DataObject) -> list[str]:
    return data.draw(st.sampled_from(rows[1:] or rows))


def no_header(rows: Rows, _: st.DataObject) -> None:
    rows.pop(0)


def names_changed_about(rows: Rows, data: st.DataObject) -> None:
    rows[0] = data.draw(st.permutations(rows[0]))


def another_name(rows: Rows, data: st.DataObject) -> None:
    rows[0][column(rows, data)] = rows[-1][column(rows, data)]


def two_cells_changed_about(rows: Rows, data: st.DataObject) -> None:
    cells = row(rows, data)
    a, b = (data.draw(st.integers(0, len(cells) - 1)) for _ in range(2))
    cells[a], cells[b] = cells[b], cells[a]


def shifted(rows: Rows, data: st.DataObject) -> None:
    cells = row(rows, data)
    cells.insert(data.draw(st.integers(0, len(cells) - 1)), data.draw(st.sampled_from(["", "x"])))
    cells.pop()


def a_field_less(rows: Rows, data: st.DataObject) -> None:
    row(rows, data).pop(0)


def something_in_a_cell(rows: Rows, data: st.DataObject) -> None:
    cells = row(rows, data)
    at = data.draw(st.integers(0, len(cells) - 1))
    cells[at] += data.draw(st.sampled_from([" ", "\x85", "\u2028", "\n", "\x1b[2J", "\0", "\xa0y"]))


def dates_of_excel(rows: Rows, _: st.DataObject) -> None:
    for cells in rows[1:]:
        for at, cell in enumerate(cells):
            if len(cell) == 10 and cell[4] == cell[7] == "-":
                cells[at] = f"{int(cell[5:7])}/{int(cell[8:])}/{cell[:4]}"


EDITS: tuple[Edit, ...] = (
    no_header,
    names_changed_about,
    another_name,
    two_cells_changed_about,
    shifted,
    a_field_less,
    something_in_a_cell,
    dates_of_excel,
)


def secrets_of(rows: Rows) -> set[str]:
    """Names, numbers and birth dates, also as a spreadsheet writes them."""
    found = set(NUMBERS.values())
    for _, given_name, family_name, born, *_ in rows[1:]:
        year, month, day = born.split("-")
        found |= {given_name, family_name, born, f"{int(month)}/{int(day)}/{year}"}
    return found


def read(file: str) -> Rows:
    """The rows of a file, with names and numbers that are found nowhere else."""
    path = BASE / f"{file}.csv"
    text = EPISODES if file == "episodes" else path.read_text(encoding="utf-8")
    for old, new in NUMBERS.items():
        text = text.replace(old, new)
    rows = list(csv.reader(io.StringIO(text)))
    if file == "patients":
        for number, cells in enumerate(rows[1:]):
            cells[1:3] = [f"Zdenka{number}", f"Quillon{number}"]
    return rows


def write(path: Path, rows: Rows, separator: str, encoding: str, *, quoted: bool) -> None:
    text = io.StringIO()
    quoting: Any = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\n").writerows(rows)
    cut = text.getvalue()[:-3] if quoted and encoding == "cp1252" else text.getvalue()
    path.write_bytes(cut.encode(encoding, errors="replace"))


@examples()
@given(st.data())
def test_no_corruption_of_a_file_prints_who_a_patient_is(data: st.DataObject) -> None:
    secrets = secrets_of(read("patients"))
    corrupted = data.draw(st.sets(st.sampled_from(ABOUT_PATIENTS), min_size=1, max_size=2))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "clinic"
        shutil.copytree(BASE, folder)
        for file in ABOUT_PATIENTS:
            rows, separator, encoding, quoted = read(file), ",", "utf-8", False
            if file in corrupted:
                for edit in data.draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=2)):
                    edit(rows, data)
                separator = data.draw(st.sampled_from(",,,;\t"))
                encoding = data.draw(st.sampled_from(["utf-8", "utf-8", "cp1252", "utf-16"]))
                quoted = data.draw(st.booleans())
            write(folder / f"{file}.csv", rows, separator, encoding, quoted=quoted)
        outcome = import_clinic(
            cast(Any, MemoryJournal()),
            MemoryVault(),
            folder,
            now=NOW,
            skip_invalid=data.draw(st.booleans()),
        )
    said = "\n".join([*map(str, outcome.faults), *outcome.warnings])
    assert {each for each in secrets if each in said} == set(), said
