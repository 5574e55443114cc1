"""One session with its roster, and all that can be done about one patient's visit to it."""

from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from projections import attendance, care, schedule
from services.access.rights import columns
from services.api import problems
from services.api.body import FacilityId
from services.api.problems import Refused
from services.reports.one_patient import patient
from services.web.cosigning import cosignatures
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import JUDGED, PageReader
from services.web.today import words_of_sessions
from services.web.today_acts import Desk
from services.web.today_groups import Group, Visit
from services.web.today_visits import groups_of
from services.web.visit_acts import VisitDesk

MISSED_WITHIN = timedelta(weeks=6)
"""How long ago somebody missed a session that is offered to be made up."""


def session_pages(reader: PageReader) -> APIRouter:
    """Return the routes of both pages."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/sessions/{session_id}")
    async def session_page(http: Request, facility_id: FacilityId, session_id: str) -> Response:
        build = partial(_session, session_id=session_id)
        return await reader.show(http, facility_id, "session.html", build)

    @routes.get("/facilities/{facility_id}/sessions/{session_id}/patients/{patient_id}")
    async def visit_page(
        http: Request, facility_id: FacilityId, session_id: str, patient_id: str
    ) -> Response:
        build = partial(_visit, session_id=session_id, patient_id=patient_id)
        return await reader.show(http, facility_id, "session_visit.html", build, views=JUDGED)

    return routes


def _group(page: Page, session_id: str) -> Group:
    groups = groups_of(page, session_id=session_id)
    if not groups:
        raise Refused(problems.not_there("there is no such session"))
    return groups[0]


def _session(page: Page, session_id: str) -> dict[str, Any]:
    desk = Desk(page, _group(page, session_id))
    names = {each.patient_id: each.name for each in desk.group.visits}
    zone = page.facility.zone
    corrections = page.conn.execute(attendance.CORRECTIONS, {"session_id": session_id}).fetchall()
    return {
        "desk": desk,
        "corrections": [
            {
                "what": each.kind,
                "name": names[each.patient_id],
                "by": _author(each),
                "at": each.at.astimezone(zone),
                "reason": each.reason,
            }
            for each in corrections
            if each.patient_id in names
        ],
        "signatures": [
            {
                "what": each.kind,
                "name": names.get(each.patient_id),
                "by": _author(each),
                "at": each.at.astimezone(zone),
            }
            for each in desk.group.signed
            if each.patient_id is None or each.patient_id in names
        ],
        "signs": [*desk.signatures(), *cosignatures(page, desk.group)],
        **words_of_sessions(),
    }


def _author(row: Any) -> str:
    """Return who recorded something, with their credential, without their id."""
    name = str(row.author).partition(" [")[0]
    known = not row.credential or name.endswith(f", {row.credential}")
    return name if known else f"{name}, {row.credential}"


def _visit(page: Page, session_id: str, patient_id: str) -> dict[str, Any]:
    group = _group(page, session_id)
    visit = next((each for each in group.visits if each.patient_id == patient_id), None)
    name = visit.name if visit else str(page.ask(patient, patient_id=patient_id).facts["name"])
    supporters = _supporters(page, session_id, patient_id)
    desk = VisitDesk(page, group, visit, patient_id, name, tuple(supporters))
    asked = {
        "patient_id": patient_id,
        "first": group.starts_at.date() - MISSED_WITHIN,
        "before": group.starts_at,
    }
    return {
        "group": group,
        "visit": visit,
        "name": name,
        "patient_id": patient_id,
        "desk": desk,
        "missed": page.conn.execute(attendance.MISSED, asked).fetchall() if not visit else [],
        "others": _others(group, visit),
        "supporters": supporters,
        "invites": [
            act
            for each in (_to_invite(page, patient_id, supporters) if visit else [])
            if (act := desk.invite(each.supporter_id, each.relation))
        ],
        **words_of_sessions(),
    }


def _others(group: Group, visit: Visit | None) -> list[Visit]:
    """Return whom somebody may have been taken for: who is expected and not signed in."""
    if visit is None or visit.last_stay is None:
        return []
    away = ("expected", "excused", "absence_announced", "turned_away", "absent", "no_show")
    return [each for each in group.of(*away) if each.patient_id != visit.patient_id]


def _supporters(page: Page, session_id: str, patient_id: str) -> list[dict[str, Any]]:
    """Return who comes along with a patient, and whether they are there.

    Whoever signs them in tells them apart by their relation, and sees no more of them.
    """
    wanted = {"sessions": [session_id], "only": [patient_id]}
    here = {each.supporter_id for each in page.conn.execute(attendance.SUPPORTERS_HERE, wanted)}
    return [
        {
            "supporter_id": each.supporter_id,
            "relation": each.relation,
            "is_here": each.supporter_id in here,
        }
        for each in page.conn.execute(schedule.SUPPORTERS_EXPECTED, wanted)
    ]


def _to_invite(page: Page, patient_id: str, coming: list[dict[str, Any]]) -> list[Any]:
    """Return who else is close to a patient, where the role of who asks shows that."""
    hidden = columns(page.asker.principal, "patient", page.facility_id) or frozenset()
    if not page.may("patient") or "supporters" in hidden:
        return []
    expected = {each["supporter_id"] for each in coming}
    known = page.conn.execute(care.SUPPORTERS, {"patient_id": patient_id})
    return [each for each in known if not each.removed and each.supporter_id not in expected]
