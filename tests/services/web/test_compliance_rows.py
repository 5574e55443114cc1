"""Compliance in rows: what several policies ask for alike is one, and by when it can be mended."""

from datetime import UTC, date, datetime
from typing import Any

from services.web.rules import as_one
from services.web.words import by_when


def finding(name: str, policy: str, **said: Any) -> dict[str, Any]:
    return {
        "finding": name,
        "policy": policy,
        "patient_id": "patient-1",
        "rule": "attended-hours",
        "about": None,
        "from": date(2026, 11, 16),
        "to": date(2026, 11, 22),
        "standing": "missed",
        "measured": 500,
        "required": 540,
        "unit": "minutes",
        **said,
    }


def test_two_policies_that_ask_for_the_same_are_one_row_which_names_both() -> None:
    rows = as_one([finding("f-1", "state"), finding("f-2", "payer")])
    assert [(each["finding"], each["findings"]) for each in rows] == [("f-1", ["f-1", "f-2"])]
    assert rows[0]["policies"] == ["state", "payer"]


def test_another_number_week_patient_or_state_is_a_row_of_its_own() -> None:
    others = (
        {"required": 600},
        {"from": date(2026, 11, 9)},
        {"patient_id": "patient-2"},
        {"standing": "at_risk"},
        {"about": "session-1"},
    )
    found = [finding("f-0", "state"), *(finding("f-1", "payer", **each) for each in others)]
    assert [each["findings"] for each in as_one(found)] == [["f-0"], *[["f-1"]] * len(others)]


def test_what_can_be_done_until_midnight_can_be_done_through_the_day_before() -> None:
    assert by_when(datetime(2026, 12, 6, tzinfo=UTC)) == "through Sat, Dec 5"
    assert by_when(datetime(2026, 12, 6, 9, 30, tzinfo=UTC)) == "until Sun, Dec 6, 9:30 am"
