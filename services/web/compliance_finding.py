"""One finding: the rule, the numbers, the events that prove it, and what can be done."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from domain.compliance.finding import NO_DAY
from projections import schedule
from projections.compliance.rule_groups import DUE_IN_TIME
from services.api.body import FacilityId
from services.reports.at_risk import RepairSession, at_risk
from services.reports.labels import Labels
from services.reports.one_finding import explain
from services.web.named_patients import named_patients
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import JUDGED, PageReader
from services.web.rules import COMMANDS, STANDINGS, period, standing_of
from services.web.words import clock, day

MOST_REPAIRS = 4
"""Repairs that are offered of a finding, those first that disturb the week least."""


def finding_pages(reader: PageReader) -> APIRouter:
    """Return the route of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/compliance/findings/{finding}")
    async def finding(http: Request, facility_id: FacilityId, finding: str) -> Response:
        build = partial(_finding, finding=finding)
        return await reader.show(http, facility_id, "compliance_finding.html", build, views=JUDGED)

    return routes


def _finding(page: Page, finding: str) -> dict[str, Any]:
    return {"found": finding_shown(page, finding)}


def finding_shown(page: Page, finding: str) -> dict[str, Any]:
    """Return what a page shows of a finding. Raises Refused where there is none."""
    explained = page.ask(explain, finding=finding)
    facts, patient_id = explained.facts, next(iter(explained.patients), None)
    last = None if facts["to"] == NO_DAY else facts["to"]
    return {
        **facts,
        "also": [],
        "to": last,
        "patient_id": patient_id,
        "who": named_patients(page, [patient_id]).get(patient_id or ""),
        "shown": STANDINGS["late" if _is_late(facts) else standing_of(facts)],
        "period": period(facts["from"], last, page.today),
        "mending": _mending(page, facts, patient_id),
        "to_do": _to_do(page, facts, patient_id),
        "exception": _exception(page, facts, patient_id),
    }


def _is_late(facts: Mapping[str, Any]) -> bool:
    """Tell whether something was not done in time, and not since."""
    is_breached = facts["state"] == "breached" and facts["measured"] is None
    return is_breached and facts["rule"] in DUE_IN_TIME


def _mending(page: Page, facts: Mapping[str, Any], patient_id: str | None) -> dict[str, Any] | None:
    if patient_id is None or facts["state"] not in {"at_risk", "impossible"}:
        return None
    rows = page.rows(at_risk, patient_id=patient_id, rule=facts["rule"])
    return mending_of(page, rows).get(facts["finding"])


def mending_of(page: Page, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return how each finding at risk can be mended, in words and as commands, by its name."""
    offered = {row["finding"]: row["all_repairs"][:MOST_REPAIRS] for row in rows}
    ids = sorted({each["session_id"] for of in offered.values() for some in of for each in some})
    labels = Labels.in_words(page.conn, ids).of_sessions
    free = dict(page.conn.execute(schedule.FREE_PLACES, {"sessions": ids}).fetchall())
    return {
        row["finding"]: {
            "until": row["until"],
            "in_the_way": row["in_the_way"],
            "may_book": page.may("patient.book-repair"),
            "repairs": [_repair(row, each, labels, free) for each in offered[row["finding"]]],
            "more": max(len(row["all_repairs"]) - MOST_REPAIRS, 0),
        }
        for row in rows
    }


def _repair(
    row: Mapping[str, Any],
    sessions: Sequence[RepairSession],
    labels: Mapping[str, str],
    free: Mapping[str, int],
) -> dict[str, Any]:
    patient_id, ids = row["patient_id"], [each["session_id"] for each in sessions]
    released = {"session_id": ids[0], "patient_id": patient_id, "reason": "booked by mistake"}
    undo = {"command": "session.release-patient", "payload": released, "said": "No longer booked"}
    return {
        "words": " and ".join(_session(each, labels) for each in sessions),
        "payload": {"patient_id": patient_id, "session_ids": ids},
        "undo": undo if len(ids) == 1 else None,
        "free": min(free.get(each, 0) for each in ids),
    }


def _session(of: RepairSession, labels: Mapping[str, str]) -> str:
    at, label = of["starts_at"], labels.get(of["session_id"]) or of["label"]
    return ", ".join(filter(None, (f"{day(at.date())}, {clock(at)}", label)))


def _to_do(page: Page, facts: Mapping[str, Any], patient_id: str | None) -> tuple[str, str] | None:
    """Return where what a rule asks for is recorded, and what that is called."""
    is_open = facts["measured"] is None and facts["state"] in {"breached", "on_track"}
    command, words = COMMANDS.get(facts["rule"], ("", ""))
    if not (is_open and patient_id and command and page.may(command)):
        return None
    return f"{page.base}/record/{command}?patient_id={patient_id}", words


def _exception(
    page: Page, facts: Mapping[str, Any], patient_id: str | None
) -> dict[str, Any] | None:
    """Return what an exception of a rule is about, for who may decide it."""
    if patient_id is None or not page.may("patient.waive-rule"):
        return None
    if facts["state"] in {"met", "waived", "not_applicable"}:
        return None
    return {"patient_id": patient_id, "rule": facts["rule"]}
