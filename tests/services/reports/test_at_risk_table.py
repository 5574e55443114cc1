"""How findings at risk are shown on a terminal."""

import io
from datetime import UTC, date, datetime
from typing import Any

from rich.console import Console

from services.reports.at_risk import RISK_COLUMNS, RiskReport

IDLE = "nothing is scheduled for the patient; no session is left that could add enough"
UNTIL = datetime(2026, 11, 22, 5, tzinfo=UTC)


def finding(mrn: str, rule: str, **facts: Any) -> tuple[Any, ...]:
    named = dict.fromkeys(RISK_COLUMNS) | {
        "mrn": mrn,
        "rule": rule,
        "policy": "asam-2.1-adult",
        "from": date(2026, 11, 16),
        "to": date(2026, 11, 22),
        "state": "impossible",
        "measured": 0,
        "required": 540,
        "unit": "minutes",
        "until": UNTIL,
        "repairs": 0,
        "finding": f"{mrn}-{rule}".ljust(32, "0"),
    }
    return tuple((named | facts)[each] for each in RISK_COLUMNS)


def printed(*rows: tuple[Any, ...], because: str = IDLE) -> list[str]:
    about: dict[str, Any] = {"because": because, "about": None, "all_repairs": []}
    out = io.StringIO()
    Console(file=out, width=80).print(
        RiskReport("At risk", RISK_COLUMNS, [*rows], [about] * len(rows)).table()
    )
    return [line.strip() for line in out.getvalue().splitlines()[3:] if line.strip()]


def test_a_patient_with_nothing_scheduled_is_one_line() -> None:
    lines = printed(
        finding("P1", "attended-hours"),
        finding("P2", "attended-hours"),
        finding("P1", "days-a-week"),
        finding("P1", "offered-hours"),
    )
    assert [line.split()[1:] for line in lines] == [
        ["3", "rules", "P1", "nothing", "nothing", "scheduled"],
        ["attended-hours", "P2", "nothing", "nothing", "scheduled"],
    ]


def test_what_a_patient_attended_or_cannot_come_to_stays_a_line_of_its_own() -> None:
    lines = printed(
        finding("P1", "attended-hours", measured=180),
        finding(
            "P1", "days-a-week", in_the_way="evening Fri 2026-11-20 18:00: the session is full"
        ),
        because="as scheduled, 180 minutes will be attended",
    )
    assert [line.split()[1] for line in lines if "P1" in line] == [
        *("attended-hours", "days-a-week"),
    ]
    assert "180 of 540 minutes" in " ".join(lines)
    assert "will be 360" in lines[0]
    assert "minutes under" in lines[1]
    assert sum("can't be met" in line for line in lines) == 2
