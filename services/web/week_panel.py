"""What stands open beside the week: which changes of a session are offered, and what forms list."""

from collections.abc import Iterator
from typing import Any, get_args

from domain.care import Service
from projections import schedule
from services.web.page import Page
from services.web.words import FORMATS, words

Choice = tuple[str, str]
"""A value, and what it is called."""


def panel_of(page: Page, site: dict[str, Any], selected: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the panel of a session, or of a change, is made from."""
    return {
        "rooms": [(each["room_id"], each["name"]) for each in site["rooms"]],
        "people": [(each["staff_id"], each["name"]) for each in site["staff"]],
        "programs": [(each["program_id"], each["name"]) for each in site["programs"]],
        "running": [
            (f"{each['program_id']}/{each['track_id']}", each["name"])
            for each in site["tracks"]
            if each["last_day"] is None or each["last_day"] >= page.today
        ],
        "services": [(each, words(each)) for each in get_args(Service) if each != "break"],
        "formats": list(FORMATS.items()),
        "own_staff_id": _own_staff_id(page),
        "offered": list(_offered(page, selected)) if selected else [],
    }


def _own_staff_id(page: Page) -> str | None:
    grants = page.asker.principal.at(page.facility_id)
    return next((each.staff_id for each in grants if each.staff_id), None)


def _offered(page: Page, selected: dict[str, Any]) -> Iterator[Choice]:
    """Yield the changes of a session that who asks may make."""
    if selected["state"] == "called_off":
        if page.may("session.restore"):
            yield "restore", "Restore"
        return
    if selected["state"] == "scheduled":
        moves = "program.change-meeting" if selected["track_id"] else "session.reschedule"
        if page.may(moves) or page.may("session.reschedule"):
            yield "move", "Move"
    if selected["state"] in {"scheduled", "started"}:
        if page.may("session.substitute-room"):
            yield "room", "Another room"
        if page.may("session.substitute-staff"):
            yield "staff", "Somebody else leads"
    if selected["state"] == "scheduled":
        if page.may("program.restore-meeting") and _is_otherwise(page, selected):
            yield "back", "As its series has it"
        if page.may("session.call-off"):
            yield "call-off", "Call off"


def _is_otherwise(page: Page, selected: dict[str, Any]) -> bool:
    """Tell whether a meeting is otherwise than its series."""
    which = {name: selected[name] for name in ("program_id", "track_id", "occurrence")}
    asked = {"facility_id": page.facility_id, **which}
    return page.conn.execute(schedule.EXCEPTION, asked).fetchone() is not None
