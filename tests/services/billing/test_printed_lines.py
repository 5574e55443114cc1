"""What a subscriber prints of others' words is text."""

import pytest

from services.billing.__main__ import plain, show
from services.billing.lines import Line


def test_a_payer_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    show(
        Line(
            patient_id="patient-1",
            day="2026-11-02",
            frequency="1",
            payer="Acme\x1b[2J\x9b1A\u202e\nclaim",
            revenue_code="0906",
            code="H0015",
            units=1,
            tier=None,
        )
    )
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert not {"\x1b", "\x9b", "\u202e"} & set(printed)


def test_other_words_stay() -> None:
    assert plain("Malecón Health, 3 units") == "Malecón Health, 3 units"
