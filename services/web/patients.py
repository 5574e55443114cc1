"""Patients: who is in treatment, who is to be, and who was; found by name or number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from domain.policy import RuleName
from domain.times import WeekStart, week_of
from projections import attendance, compliance, schedule
from projections.compliance.rule_groups import ADDED_UP, DUE_IN_TIME, OWED_AFTERWARDS
from services.api.body import FacilityId
from services.api.problems import Refused
from services.reports.deadlines import deadlines
from services.reports.patients import FEWEST_LETTERS, Standing, patients
from services.reports.visits import weeks
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import JUDGED, PageReader

Row = dict[str, Any]

Group = Literal["in-treatment", "candidates", "discharged"]

TREATED: tuple[Standing, ...] = ("in_treatment", "admitted")

GROUPS: Mapping[Group, tuple[str, tuple[Standing, ...]]] = {
    "in-treatment": ("In treatment", TREATED),
    "candidates": ("Referred", ("candidate",)),
    "discharged": ("No longer here", ("discharged", "referred_up", "referral_closed")),
}
"""What each list is called, and who is on it."""

ON_A_PAGE = 50

MOST_FOUND = 25
"""How many a search shows: whoever sees more types on."""


class Searched(BaseModel):
    """What somebody types to find a patient; it never stands in an address."""

    text: Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class WeekSoFar:
    """The minutes of a week that are recorded, and those that the plan asks for."""

    credited: int
    planned: int


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be done of a patient next, and how much of it is late."""

    rule: RuleName
    by: date
    late: int


def patients_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the list, and of the search in it."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/patients")
    async def patients_page(
        http: Request,
        facility_id: FacilityId,
        group: Group = "in-treatment",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        build = partial(_listed, group=group, number=page)
        return await reader.show(http, facility_id, "patients.html", build, views=VIEWS)

    @routes.post("/facilities/{facility_id}/patients/search")
    async def search(http: Request, facility_id: FacilityId, searched: Searched) -> Response:
        build = partial(_found, text=searched.text)
        return await reader.show(http, facility_id, "patients_found.html", build, views=VIEWS)

    return routes


VIEWS = (*JUDGED, "care")


def _listed(page: Page, group: Group, number: int) -> dict[str, Any]:
    found = [row for state in GROUPS[group][1] for row in page.rows(patients, state=state)]
    first = (number - 1) * ON_A_PAGE
    shown = found[first : first + ON_A_PAGE]
    return {
        "group": group,
        "groups": GROUPS,
        "number": number,
        "in_all": len(found),
        "first": first + 1,
        "is_last": first + ON_A_PAGE >= len(found),
        **_around(page, shown),
    }


def _found(page: Page, text: str) -> dict[str, Any]:
    """Return who has a record number, or whose name begins so."""
    said = text.strip()
    found: dict[str, Row] = {}
    if any(each.isdigit() for each in said):
        found |= {row["patient_id"]: row for row in page.rows(patients, mrn=said)}
    elif sum(map(len, said.split())) >= FEWEST_LETTERS:
        found |= {row["patient_id"]: row for row in _named(page, said)}
    shown = list(found.values())[:MOST_FOUND]
    return {"in_all": len(found), "searched": said, **_around(page, shown)}


def _named(page: Page, name: str) -> list[Row]:
    try:
        return page.rows(patients, name=name)
    except Refused as why:
        if why.problem.status == 422:  # what is typed has no letter of a name yet
            return []
        raise


def _around(page: Page, shown: Sequence[Row]) -> dict[str, Any]:
    """Return rows with what is known of each; only they are on record as looked at."""
    ids = [row["patient_id"] for row in shown]
    for look in page.looks:
        look.patients &= set(ids)
    programs = {
        row.program_id: row.name
        for row in page.conn.execute(schedule.PROGRAMS)
        if row.facility_id == page.facility_id
    }
    return {
        "rows": shown,
        "programs": programs,
        "weeks": _weeks_so_far(page, page.theirs(weeks, ids)),
        "due": _due(page, page.theirs(deadlines, ids), shown),
    }


def _weeks_so_far(page: Page, patient_ids: Iterable[str]) -> dict[str, WeekSoFar]:
    first = week_of(page.today, cast("WeekStart", page.facility.week_starts_on))
    asked = {"patients": list(patient_ids), "first": first, "last": first + timedelta(days=6)}
    return {
        row.patient_id: WeekSoFar(row.credited, row.weekly_minutes)
        for row in page.conn.execute(attendance.WEEK_SO_FAR, asked)
    }


def _due(page: Page, patient_ids: Iterable[str], rows: Sequence[Row]) -> dict[str, Due]:
    """Return what is due of each patient first, and how much is late."""
    treated = [each["patient_id"] for each in rows if each["state"] in TREATED]
    asked = {
        "facility_id": page.facility_id,
        "through": page.today + timedelta(days=365),
        "rules": sorted(DUE_IN_TIME | ADDED_UP),
        "added_up": sorted(ADDED_UP),
        "owed_afterwards": sorted(OWED_AFTERWARDS),
        "only": list(patient_ids),
        "abouts": [],
        "rule": None,
        "in_treatment": treated,
    }
    found: dict[str, Due] = {}
    known_due = page.conn.execute(compliance.DEADLINES, asked).fetchall()
    for row in sorted(known_due, key=lambda each: (each.to_day, each.rule)):
        known = found.get(row.patient_id)
        late = (known.late if known else 0) + (row.state == "breached")
        found[row.patient_id] = Due(
            known.rule if known else row.rule, known.by if known else row.to_day, late
        )
    return found
