"""Which pages somebody has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.access.principal import Principal, Role
from services.access.rights import NONE, reach
from services.reports.open_findings import count_to_do

if TYPE_CHECKING:
    from services.web.page import Page


@dataclass(frozen=True, slots=True)
class Tab:
    """A page in the navigation: who may do any of `actions` has it."""

    name: str
    path: str
    icon: str
    actions: tuple[str, ...]
    shorter: str | None = None

    @property
    def short(self) -> str:
        """What it is called on a phone."""
        return self.shorter or self.name


TABS = (
    Tab("Today", "today", "door", ("roster",)),
    Tab("Week", "week", "calendar", ("sessions",)),
    Tab("Patients", "patients", "person", ("patients",)),
    Tab("Compliance", "compliance", "shield", ("findings",), "Due"),
    Tab("History", "history", "clock", ("history",)),
    Tab(
        "Operations",
        "operations",
        "gauge",
        ("status", "accounts", "tokens", "access-log"),
    ),
)


def pages_of_principal(principal: Principal, facility_id: str) -> list[Tab]:
    """Return the pages that somebody has at a facility, in order; a patient has their own."""
    own = [
        Tab("My record", f"patients/{each.patient_id}", "person", ("patient",), "Record")
        for each in principal.at(facility_id)
        if each.role is Role.PATIENT and each.patient_id
    ]
    return own + [
        tab
        for tab in TABS
        if any(reach(principal, each, facility_id) is not NONE for each in tab.actions)
    ]


def pages_of(page: "Page") -> list[Tab]:
    """Return the pages that who asks has, in order."""
    return pages_of_principal(page.asker.principal, page.facility_id)


def findings_to_do(page: "Page") -> int:
    """Return how many findings are late or at risk, of those that who asks may see."""
    if not page.may("open-findings"):
        return 0
    today = page.past.today if page.past else page
    return count_to_do(today.reports("open-findings"))
