from pathlib import Path

import pytest

from tests.support.imported_clinic import Clinic


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    """The clinic of `tests/clinics/base` in memory, its files taken in once."""
    return Clinic.taken_in(tmp_path / "base")
