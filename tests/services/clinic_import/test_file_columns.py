"""What pages say of the files is what the import takes."""

import csv

from services.clinic_import.faults import FILES
from services.clinic_import.file_columns import FILE_COLUMNS
from tests.services.clinic_import.clinic_edits import BASE


def test_each_file_is_told_with_the_columns_that_it_has() -> None:
    assert tuple(each.name for each in FILE_COLUMNS) == FILES
    assert [each.name for each in FILE_COLUMNS if each.optional] == ["episodes.csv"]
    for each in FILE_COLUMNS[1:]:
        path = BASE / each.name
        if not path.exists():
            assert each.optional
            continue
        with path.open(encoding="utf-8") as file:
            assert set(next(csv.reader(file))) <= set(each.columns), each.name
