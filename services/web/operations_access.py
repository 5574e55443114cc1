"""Who looked at whose record, and emergencies that somebody has to look into."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from domain import bounds
from services.access.access_log import Logged
from services.access.emergencies import Emergency
from services.access.rights import ALL, reach
from services.api.access_log import WAITING, Word
from services.api.body import FacilityId
from services.reports.queries import ReportQueries
from services.web.operations_sections import ACCESS, opened
from services.web.page import ROLE_NAMES, Look, Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader

A_PAGE = 50
"""Entries on a page."""

MOST_EMERGENCIES = 100

LOOKED_INTO = 20
"""Of the latest emergencies so many are shown that were looked into before, at most."""

MOST_NAMED = 5
"""Patients of an entry that are named, at most; of the others it says how many there are."""


def access_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/operations/access")
    async def access(
        http: Request,
        facility_id: FacilityId,
        *,
        patient_id: Word = None,
        account: Word = None,
        before: Annotated[int | None, Query(ge=1, le=bounds.WIDEST)] = None,
    ) -> Response:
        build = partial(
            _access, patient_id=patient_id or None, account=account or None, before=before
        )
        views = ("directory", "schedule")
        return await reader.show(http, facility_id, "operations_access.html", build, views=views)

    return routes


def _access(
    page: Page, *, patient_id: str | None, account: str | None, before: int | None
) -> dict[str, Any]:
    shown = opened(page, ACCESS)
    access, where = page.context.access, page.facility_id
    entries: list[Logged] = []
    if page.may("access-log"):
        entries = access.log.find(
            patient_ids=[patient_id] if patient_id else None,
            account=account,
            facility_id=where,
            of_patients=True,
            before=before,
            limit=A_PAGE + 1,
        )
    waiting: list[Emergency] = []
    latest: list[Emergency] = []
    if page.may(WAITING):
        waiting = access.emergencies.all(where, waiting=True, limit=MOST_EMERGENCIES)
        latest = access.emergencies.all(where, limit=LOOKED_INTO)
    listed, more = entries[:A_PAGE], entries[A_PAGE:]
    _on_record(page, "access-log", listed)
    found = [each.logged for each in (*waiting, *latest)]
    _on_record(page, WAITING, found)
    return {
        **shown,
        "entries": listed,
        "older": listed[-1].entry_id if more else None,
        "emergencies": waiting,
        "looked_into": [each for each in latest if each.review],
        "names": _names(page, [*listed, *found]),
        "most_named": MOST_NAMED,
        "role_names": {role.value: name for role, name in ROLE_NAMES.items()},
        "asked": {"patient_id": patient_id or "", "account": account or ""},
        "before": before,
        "own": page.asker.principal.account,
    }


def _on_record(page: Page, what: str, shown: Iterable[Logged]) -> None:
    page.looks.append(Look(what, {each for one in shown for each in one.entry.patient_ids}))


def _names(page: Page, shown: Iterable[Logged]) -> Mapping[str, str]:
    """Return the names of patients whose records were shown, for who may find them by name."""
    if reach(page.asker.principal, "patients", page.facility_id) is not ALL:
        return {}
    ids = {
        each
        for one in shown
        if one.entry.outcome == "shown"
        for each in sorted(one.entry.patient_ids)[:MOST_NAMED]
    }
    context = page.context
    reports = ReportQueries(context.database_url, context.vault, now=page.now, conn=page.conn)
    return reports.people(page.conn).names(ids)
