"""Which sessions of a day stand beside each other."""

from datetime import datetime, timedelta
from typing import Any

from services.web.week_lanes import A_LINE, COLUMNS, Lane, is_crowded, lanes_of

MIDNIGHT = datetime(2026, 11, 19)


def row(label: str, starts: float, ends: float, track_id: str | None = None) -> dict[str, Any]:
    times = (MIDNIGHT + timedelta(hours=each) for each in (starts, ends))
    return {
        "label": label,
        "track_id": track_id,
        **dict(zip(("starts_at", "ends_at"), times, strict=True)),
    }


def placed(*rows: dict[str, Any]) -> dict[str, Lane]:
    return {found["label"]: lane for found, lane in lanes_of(rows)}


def test_a_session_alone_takes_the_day() -> None:
    assert placed(row("evening", 18, 21, "evening"), row("family", 10, 11)) == {
        "evening": Lane(0, COLUMNS),
        "family": Lane(0, COLUMNS),
    }


def test_beside_a_group_what_is_of_no_track_is_narrow() -> None:
    assert placed(row("evening", 18, 21, "evening"), row("one", 18, 19), row("two", 19, 20)) == {
        "evening": Lane(0, 8),
        "one": Lane(8, 4),
        "two": Lane(8, 4),
    }


def test_no_two_at_one_time_share_a_column_but_narrow_ones_of_which_each_shows() -> None:
    rows = [
        *(row("day", 9, 12.5, "day"), row("video", 12, 15, "video"), row("dual", 13, 16, "dual")),
        *(row(str(at), 9 + at / 2, 9.8 + at / 2) for at in range(14)),
    ]
    found = lanes_of(rows)
    assert len(found) == len(rows)
    for one, lane in found:
        assert 0 <= lane.column < lane.column + lane.width <= COLUMNS
        for other, its in found:
            at_once = one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"]
            is_over = not (one["track_id"] or other["track_id"]) and (
                abs(one["starts_at"] - other["starts_at"]) >= A_LINE
            )
            if one is not other and at_once and not is_over:
                ends, its_end = lane.column + lane.width, its.column + its.width
                assert ends <= its.column or its_end <= lane.column, (one, other)


def test_of_too_many_a_day_is_a_list() -> None:
    many = [row(str(each), 9, 10) for each in range(6)]
    assert not is_crowded(many)
    assert is_crowded([*many, row("one more", 9, 10)])
    assert is_crowded([row(str(each), 9, 10, f"track-{each}") for each in range(4)])
