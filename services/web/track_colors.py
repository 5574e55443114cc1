"""The colors of tracks: each has its own, the same on every page and in every week."""

from collections.abc import Mapping

from projections import schedule
from services.web.page import Page

COLORS = tuple(f"track-{number}" for number in range(1, 9))
"""The classes of their colors; a ninth track has that of the first. A name stands beside each."""

OF_NONE = "one"
"""That of a session of no track."""


def track_colors(page: Page) -> Mapping[tuple[str, str], str]:
    """Return the color of each track of the facility, by its program's id and its own."""
    tracks = dict.fromkeys(
        (each.program_id, each.track_id)
        for each in page.conn.execute(schedule.TRACKS)
        if each.facility_id == page.facility_id
    )
    return {each: COLORS[number % len(COLORS)] for number, each in enumerate(tracks)}
