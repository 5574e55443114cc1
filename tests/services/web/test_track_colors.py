"""Each track has a color of its own, whatever page asks."""

from types import SimpleNamespace
from typing import Any

from services.web.track_colors import COLORS, track_colors

HERE = "maple-street"


def page(*tracks: tuple[str, str, str]) -> Any:
    rows = [
        SimpleNamespace(facility_id=where, program_id=program, track_id=track)
        for where, program, track in tracks
    ]
    return SimpleNamespace(conn=SimpleNamespace(execute=lambda _: rows), facility_id=HERE)


def test_eight_tracks_have_eight_colors_and_the_ninth_has_the_first_again() -> None:
    colors = track_colors(page(*((HERE, "adult", f"track-{number}") for number in range(9))))
    assert [*colors.values()] == [*COLORS, COLORS[0]]
    assert len({*COLORS}) == 8


def test_tracks_of_one_name_in_two_programs_differ_and_other_sites_take_no_color() -> None:
    there = ("oak-street", "adult", "evening")
    colors = track_colors(page(there, (HERE, "adult", "evening"), (HERE, "youth", "evening")))
    assert colors == {("adult", "evening"): COLORS[0], ("youth", "evening"): COLORS[1]}
