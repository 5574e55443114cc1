"""A patient's page: how the week stands, what is due, and all that is on record."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from domain.compliance.clocks import leaves_within
from domain.levels import DIMENSIONS
from projections import care, schedule
from services.api import problems
from services.api.body import FacilityId
from services.api.problems import Refused
from services.reports.one_patient import patient
from services.reports.open_findings import open_findings
from services.reports.patient_page_text import CONCERNS, INCIDENTS
from services.reports.patients import Standing, patients
from services.reports.visits import weeks
from services.web.documents import offered
from services.web.page import Page
from services.web.patient_arrangements import arrangements_of, exceptions_of
from services.web.patient_charts import WEEKS_SHOWN, calendar_of, hours_chart
from services.web.patient_due import burning_down, due_of, findings_of
from services.web.patient_emergency import emergency_form, may_open, reason_of
from services.web.patient_records import TREATED, records_for
from services.web.patient_scales import scale_charts
from services.web.patient_visits import Visit, ahead_for, visits_of, week_begins
from services.web.patient_week import WeekAsked, beside_rules, told
from services.web.problem_pages import PageRoute, problem_page
from services.web.reading import JUDGED, Known, PageReader

Facts = dict[str, Any]

AHEAD = timedelta(weeks=5)
"""How far ahead sessions to come are looked for."""

MOST_COMING = 4

REFUSED = frozenset({403, 404})
"""With what somebody is answered who is not shown a patient."""

NOT_THEN = frozenset({404, 422})
"""With what is answered who asks for a moment of which there is nothing to show."""

NOTHING_THEN = "at that moment nothing was on record of such a patient"

CANDIDACIES: Mapping[str, Standing] = {
    "open": "candidate",
    "admitted": "candidate",
    "referred up": "referred_up",
    "closed": "referral_closed",
}
"""How somebody stands to the facility who has no treatment there, by what became of a referral."""

VIEWS = (*JUDGED, "care")


def patient_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page, and of its opening in an emergency."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/patients/{patient_id}")
    async def patient_page(
        http: Request, facility_id: FacilityId, patient_id: str, as_of: str | None = None
    ) -> Response:
        build = partial(_read, patient_id=patient_id)
        known = Known(patient_id, as_of) if as_of else None
        try:
            return await reader.show(
                http, facility_id, "patient.html", build, views=VIEWS, known=known
            )
        except Refused as why:
            if known and why.problem.status in NOT_THEN:
                is_there = why.problem.status != 404
                detail = why.problem.detail if is_there else NOTHING_THEN
                now = f"/facilities/{facility_id}/patients/{patient_id}"
                status = why.problem.status
                return problem_page(status, detail, link=now, link_text="Back to now")
            if why.problem.status not in REFUSED or not await may_open(reader, http, facility_id):
                raise
            return emergency_form(
                facility_id, patient_id, status=why.problem.status, detail=why.problem.detail
            )

    @routes.get("/facilities/{facility_id}/patients/{patient_id}/emergency")
    async def emergency_page(http: Request, facility_id: FacilityId, patient_id: str) -> Response:
        if not await may_open(reader, http, facility_id):
            raise Refused(problems.not_allowed("your role does not include this"))
        return emergency_form(facility_id, patient_id)

    @routes.post("/facilities/{facility_id}/patients/{patient_id}/emergency")
    async def open_in_an_emergency(
        http: Request, facility_id: FacilityId, patient_id: str
    ) -> Response:
        reason = await reason_of(http)
        if reason is None:
            return emergency_form(facility_id, patient_id, status=422, is_wrong=True)
        build = partial(_read, patient_id=patient_id)
        return await reader.show(
            http, facility_id, "patient.html", build, views=VIEWS, emergency=reason
        )

    return routes


def _read(page: Page, patient_id: str) -> Facts:
    answer = page.ask(patient, patient_id=patient_id)
    # Of a record that was merged, the one that goes on.
    patient_id = next(iter(answer.patients))
    facts = answer.facts
    standing = _standing(page, patient_id, facts)
    hours = _hours(page, patient_id, standing)
    findings = findings_of(page, patient_id, hours["visits"])
    if hours["week"]:
        hours["week"] = beside_rules(hours["week"], findings)
    is_live = not (page.asker.is_emergency or page.past)
    return {
        "patient_id": patient_id,
        "facts": facts,
        "standing": standing,
        "programs": _programs(page),
        **hours,
        "findings": findings,
        "due": due_of(page, patient_id),
        "scales": scale_charts(facts.get("assessments", ())),
        "may_see_findings": bool(page.theirs(open_findings, [patient_id])),
        "authorizations": [
            burning_down(each, page.today, is_used=standing["state"] in TREATED)
            for each in facts.get("authorizations", ())
        ],
        "records": records_for(page, standing["state"]) if is_live else [],
        "arrangements": arrangements_of(page, patient_id) if "plan" in facts else [],
        "reviewed": _reviewed(page, patient_id) if "plan" in facts else None,
        "exceptions": exceptions_of(page, patient_id),
        "may_open_all": not page.asker.is_emergency
        and "plan" not in facts
        and page.may("emergency-access"),
        "groups": _groups(hours["visits"]),
        "concerns": CONCERNS,
        "incidents": INCIDENTS,
        "dimensions": DIMENSIONS,
        "is_live": is_live,
        "documents": offered(page) if is_live and facts.get("episodes") else {},
    }


def _reviewed(page: Page, patient_id: str) -> Any:
    """Return when the plan was reviewed and the care certified last; None where neither was."""
    return page.conn.execute(care.REVIEWED, {"patient_id": patient_id}).fetchone()


def _groups(visits: list[Visit]) -> list[str]:
    """Return what the groups are called to which the patient comes now."""
    return list(dict.fromkeys(each.name for each in visits if each.is_open and not each.is_make_up))


def _standing(page: Page, patient_id: str, facts: Facts) -> Facts:
    """Return how the patient stands to the facility, as far as the role is shown it."""
    if facts["mrn"] and page.theirs(patients, [patient_id]):
        found = page.rows(patients, mrn=facts["mrn"])
        if found:
            return found[0]
    episode = next(iter(facts.get("episodes", ())), None)
    if episode is None:
        candidacy = facts.get("candidacy")
        return {
            "state": CANDIDACIES[candidacy["state"]] if candidacy else "referral_closed",
            "since": candidacy and candidacy["referred_on"],
            "program_id": candidacy and candidacy["program"],
        }
    left = episode["discharged_on"]
    state: Standing = "discharged" if left and left < page.today else "in_treatment"
    since = left if state == "discharged" else episode["admitted_on"]
    return {"state": state, "since": since, "program_id": episode["program"]}


def _programs(page: Page) -> dict[str, str]:
    return {
        row.program_id: row.name
        for row in page.conn.execute(schedule.PROGRAMS)
        if row.facility_id == page.facility_id
    }


def _hours(page: Page, patient_id: str, standing: Facts) -> Facts:
    """Return the weeks, the week that is running in words, and attendance by day."""
    nothing: Facts = {
        "weeks": [],
        "week": None,
        "chart": None,
        "calendar": None,
        "visits": [],
        "coming": [],
    }
    if not page.theirs(weeks, [patient_id]):
        return nothing
    running = week_begins(page, page.today)
    last = running + timedelta(days=6)
    rows = page.rows(weeks, patient_id=patient_id, through=last)
    if not rows:
        return nothing
    first = rows[-WEEKS_SHOWN:][0]["week_of"]
    known = visits_of(page, patient_id, min(first, running), running + AHEAD)
    visits = [each for each in known if each.day <= last]
    openings, leaves = ahead_for(page, patient_id, running)
    for row in rows:
        ends = row["week_of"] + timedelta(days=6)
        row["leave"] = next(iter(leaves_within(leaves, row["week_of"], ends)), None)
    is_running = rows[-1]["week_of"] == running and standing["state"] == "in_treatment"
    week = None
    if is_running:
        of_week = [each for each in visits if each.week == running]
        week = told(_asked(rows[-1]), of_week, openings, page.now)
    return {
        "weeks": rows,
        "week": week,
        "chart": hours_chart(rows, visits, running if is_running else None),
        "calendar": calendar_of(visits, rows[-1]["week_of"]),
        "visits": visits,
        "coming": [each for each in known if each.is_open and each.ends_at > page.now][
            :MOST_COMING
        ],
    }


def _asked(row: Facts) -> WeekAsked:
    return WeekAsked(
        row["week_of"],
        row["credited_minutes"],
        row["credited_days"],
        row["required_minutes"],
        row["required_days"],
        row["verdict"] != "partial_week",
        row["leave"],
    )
