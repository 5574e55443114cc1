"""The sections of operations: which of them somebody has."""

from dataclasses import dataclass
from typing import Any

from services.access.principal import Principal
from services.access.rights import NONE, reach
from services.api import problems
from services.api.problems import Refused
from services.web.page import Page


@dataclass(frozen=True, slots=True)
class Section:
    """A page of operations, for whoever may do any of `actions`."""

    name: str
    path: str
    actions: tuple[str, ...]


STANDS = Section("How it stands", "operations", ("status",))
USERS = Section("Users", "operations/users", ("accounts",))
KIOSKS = Section("Kiosks", "operations/kiosks", ("tokens",))
CALENDARS = Section("Calendars", "operations/calendars", ("calendars",))
IMPORTS = Section("Imports", "operations/imports", ("imports",))
ACCESS = Section("Who looked", "operations/access", ("access-log", "emergency-reviews"))

SECTIONS = (STANDS, USERS, KIOSKS, CALENDARS, IMPORTS, ACCESS)


def sections_of(principal: Principal, facility_id: str) -> list[Section]:
    """Return the sections that somebody has at a facility, in order."""
    return [
        section
        for section in SECTIONS
        if any(reach(principal, each, facility_id) is not NONE for each in section.actions)
    ]


def opened(page: Page, section: Section) -> dict[str, Any]:
    """Return what each page of a section shows of the others. Raises Refused."""
    theirs = sections_of(page.asker.principal, page.facility_id)
    if page.asker.is_emergency:
        raise Refused(problems.only_to_read())
    if section not in theirs:
        raise Refused(problems.not_allowed("your role does not include this"))
    return {"sections": theirs, "section": section}
