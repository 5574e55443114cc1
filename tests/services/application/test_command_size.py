"""One command is about so much and no more: it is one transaction, held in memory as a whole."""

import pytest

from domain import bounds
from domain.errors import TooMuchAtOnce
from domain.program import Track
from services.application.tracks import keep_track
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM, SmallClinic, pattern


def test_a_command_that_would_be_too_many_events_records_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = SmallClinic()
    monkeypatch.setattr(bounds, "MOST_EVENTS", 50)
    before = clinic.journal.position()
    mornings = pattern(9, "room-2", "staff-2", ("MO", "WE", "FR"))
    track = Track("mornings", "Morning group", MONDAY, None, mornings)
    with pytest.raises(TooMuchAtOnce, match=r"events of one command; the limit is 50"):
        clinic.daybook.handle(clinic.context(), keep_track, FACILITY, PROGRAM, track)
    assert clinic.journal.position() == before
