"""What the rules came to for a patient, and what has to be done next."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from services.reports.at_risk import at_risk
from services.reports.deadlines import deadlines
from services.reports.open_findings import open_findings
from services.web.compliance_finding import mending_of
from services.web.page import Page
from services.web.patient_visits import Visit
from services.web.rules import STANDINGS, as_one, due_words, period, standing_of

SINCE = timedelta(weeks=6)
"""For how long a patient's page shows what was missed."""

MOST_EVENTS = 12

MENDABLE_FIRST = ("at_risk", "impossible", "late", "unknown", "missed")
"""What can be done something about today comes before what is late."""

OF_A_WEEK = frozenset({"attended-hours", "offered-hours", "days-a-week", "too-many-hours"})
"""The rules whose numbers are those of the visits of a week."""

Rows = list[dict[str, Any]]


def findings_of(page: Page, patient_id: str, visits: list[Visit]) -> Rows:
    """Return what is open by the rules, the worst first, each with what proves and mends it."""
    if not page.theirs(open_findings, [patient_id]):
        return []
    rows = as_one(page.rows(open_findings, patient_id=patient_id, since=page.today - SINCE))
    mending = mending_of(page, page.rows(at_risk, patient_id=patient_id))
    for row in rows:
        row["mending"] = next((mending[each] for each in row["findings"] if each in mending), None)
        row["shown"] = STANDINGS[standing_of(row)]
        row["by"] = due_words(row, page.today)
        row["period"] = period(row["from"], row["to"], page.today)
        row["visits"] = _proving(row, visits)
    return sorted(rows, key=lambda row: MENDABLE_FIRST.index(row["standing"]))


def due_of(page: Page, patient_id: str) -> Rows:
    """Return what has to be done of a patient and is not late yet, what is due first on top."""
    if not page.theirs(deadlines, [patient_id]):
        return []
    return [
        {**row, "in_days": (row["due"] - page.today).days if row["due"] else None}
        for row in page.rows(deadlines, patient_id=patient_id)
        if row["state"] == "due"
    ]


def _proving(row: Mapping[str, Any], visits: list[Visit]) -> list[Visit]:
    """Return the visits whose minutes and days a finding adds up."""
    if row["rule"] not in OF_A_WEEK or row["to"] is None:
        return []
    return [each for each in visits if row["from"] <= each.day <= row["to"]][:MOST_EVENTS]


def burning_down(each: Mapping[str, Any], today: date, *, is_used: bool) -> dict[str, Any]:
    """Return an authorization with the pace at which its units are used, where they still are.

    `by_the_end` are the units that will be used by its last day at that pace; `used_up_on` is the
    day on which none is left, where that comes before.
    """
    begun = (today - each["first_day"]).days
    pace = each["used"] / begun if is_used and each["in_force"] and begun > 0 else 0.0
    if not pace:
        return {**each, "pace": 0, "by_the_end": each["used"], "used_up_on": None}
    by_the_end = each["used"] + int(pace * (each["last_day"] - today).days)
    last = today + timedelta(days=int(each["units_left"] / pace))
    return {
        **each,
        "pace": pace,
        "by_the_end": min(by_the_end, each["units"]),
        "used_up_on": last if last < each["last_day"] else None,
    }
