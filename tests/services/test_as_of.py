"""What was known when: the same reports, from the journal as far as it went at an instant."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.house import open_house
from tests.projections.judged import JudgedClinic
from tests.services.command import Done
from tests.services.small_clinic import ANN, FRIDAY, MONDAY, WEDNESDAY

NEXT_WEEK = MONDAY + timedelta(days=7)
BEFORE, AFTER = "2025-03-10T09:00:00Z", "2025-03-12T09:00:00Z"
"""Before a sheet was put right on the Tuesday of the week after, and after that."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clinic whose Ann was recorded until 19:00 on a Friday, and on Tuesday until 20:00."""
    folder = tmp_path_factory.mktemp("as-of") / "data"
    with open_house(folder) as house:
        clinic = JudgedClinic(journal=house.journal, vault=house.vault)
        clinic.adopt(attended_minutes_min=540)
        clinic.enrol(ANN)
        identify(clinic)
        for day in (MONDAY, WEDNESDAY):
            clinic.attends(ANN, day)
            clinic.closes(day)
        clinic.attends(ANN, FRIDAY, leaves="19:00")
        clinic.closes(FRIDAY)
        clinic.was_there(ANN, FRIDAY, "20:00")
        yield folder


def rows(done: Done) -> list[dict[str, str]]:
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))
