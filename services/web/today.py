"""Today: who is expected, who is here, who will not come."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from projections import schedule
from services.access.rights import OWN, reach
from services.api.body import FacilityId
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader
from services.web.today_acts import Desk
from services.web.today_kiosk import from_kiosks
from services.web.today_side import begins, how_it_runs, just_recorded, needs_a_look, seats_said
from services.web.today_strip import chip_said, in_short, strip_of
from services.web.today_visits import groups_of


def today_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/today")
    async def today(http: Request, facility_id: FacilityId, day: date | None = None) -> Response:
        return await reader.show(http, facility_id, "today.html", partial(_today, day=day))

    return routes


def _today(page: Page, day: date | None) -> dict[str, Any]:
    shown = day or page.today
    groups = groups_of(page, day=shown)
    # What is over and seen to stands last.
    desks = sorted((Desk(page, group) for group in groups), key=lambda desk: desk.group.is_done)
    lasting = sum(not desk.group.is_done for desk in desks)
    # Today those are folded away, unless there are no others.
    unfolded = lasting if lasting and shown == page.today else len(desks)
    # Of who has the days of their own groups alone.
    is_own = reach(page.asker.principal, "sessions", page.facility_id) is OWN
    one_day = timedelta(days=1)
    of_day = {"facility_id": page.facility_id, "first": shown, "last": shown}
    return {
        "day_shown": shown,
        "day_before": shown - one_day,
        "day_after": shown + one_day,
        "desks": desks,
        "unfolded": desks[:unfolded],
        "over": desks[unfolded:],
        "closures": page.conn.execute(schedule.CLOSURES, of_day).fetchall(),
        "strip": strip_of(page, groups),
        "looks": [*needs_a_look(page, desks), *from_kiosks(page)],
        "running": [desk for desk in desks if desk.group.is_running],
        "recorded": just_recorded(page, desks),
        "is_own": is_own,
        "next_start": None if groups or is_own else _next_start(page, shown),
        **words_of_sessions(),
    }


def words_of_sessions() -> dict[str, Any]:
    """Return what templates say of a session."""
    return {
        "begins": begins,
        "how_it_runs": how_it_runs,
        "seats_said": seats_said,
        "chip_said": chip_said,
        "in_short": in_short,
    }


def _next_start(page: Page, day: date) -> Any:
    """Return when the next session is after a day without any, on the facility's clocks."""
    asked = {"facility_id": page.facility_id, "day": day}
    found = page.conn.execute(schedule.NEXT_START, asked).fetchone()
    at = found and found.starts_at
    return at.astimezone(page.facility.zone) if at else None
