"""Compliance: who needs what by when, the worst first."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from domain.policy import RuleName
from services.api.body import FacilityId
from services.reports.at_risk import at_risk
from services.reports.deadlines import deadlines
from services.reports.dropout_risk import slipping
from services.reports.exceptions import exceptions
from services.reports.one_finding import explain
from services.reports.open_findings import LATELY, open_findings
from services.reports.rule_names import rule_name
from services.web.compliance_finding import finding_shown, mending_of
from services.web.named_patients import NamedPatient, named_patients
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import JUDGED, PageReader
from services.web.rules import STANDINGS, as_one, due_words, period, standing_of

Section = Literal["open", "due", "at-risk", "slipping", "exceptions"]

SECTIONS: Mapping[Section, str] = {
    "open": "Open",
    "due": "Due soon",
    "at-risk": "At risk",
    "slipping": "Slipping away",
    "exceptions": "Exceptions",
}

SOON = timedelta(days=14)
"""How far ahead what is due is shown."""

MOST_ROWS = 100
"""Rows that are shown at once, unless somebody wants all of them."""

NOBODY = "none"
"""In an address: of no program, or with no counselor."""


class Shown(BaseModel):
    """What of the page is shown, as its address says."""

    model_config = ConfigDict(extra="ignore")

    show: Section = "open"
    standing: str | None = None
    rule: RuleName | None = None
    counselor: str | None = None
    program: str | None = None
    since: date | None = None
    open: str | None = None
    all: bool = False

    def address(self, page: Page, **changed: Any) -> str:
        """Return the address of the page with something shown otherwise."""
        said = {**self.model_dump(exclude_defaults=True, mode="json"), **changed}
        asked = {key: each for key, each in said.items() if each not in {None, "open"}}
        return f"{page.base}/compliance" + (f"?{urlencode(asked)}" if asked else "")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value by which rows can be filtered, and how many there are."""

    label: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What rows can be filtered by, the most frequent first."""

    name: str
    choices: list[Choice]


Rows = list[dict[str, Any]]

Of = Callable[[Mapping[str, Any]], str]

BY: Mapping[str, tuple[str, Of, Of]] = {
    "standing": (
        "State",
        lambda row: row["standing"],
        lambda row: STANDINGS[row["standing"]].words,
    ),
    "rule": ("Rule", lambda row: row["rule"], lambda row: rule_name(row["rule"])),
    "counselor": (
        "Counselor",
        lambda row: row["who"].counselor_id or NOBODY,
        lambda row: row["who"].counselor or "No counselor",
    ),
    "program": (
        "Program",
        lambda row: row["who"].program_id or NOBODY,
        lambda row: row["who"].program or "No program",
    ),
}
"""By what rows can be filtered: its name, a row's value, and what that is called."""

NO_ONE = NamedPatient("", "", None, "", None, "")


def compliance_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/compliance")
    async def compliance(
        http: Request, facility_id: FacilityId, shown: Annotated[Shown, Query()]
    ) -> Response:
        build = partial(_compliance, shown=shown)
        return await reader.show(http, facility_id, "compliance.html", build, views=JUDGED)

    return routes


def _compliance(page: Page, shown: Shown) -> dict[str, Any]:
    everything = _rows(page, shown)
    people = named_patients(page, (row["patient_id"] for row in everything))
    for row in everything:
        row["who"] = people.get(row["patient_id"] or "", NO_ONE)
    kinds = [each for each in BY if each not in {"standing", "rule"} or _has(everything, each)]
    rows = [row for row in everything if all(_is_in(row, shown, each) for each in kinds)]
    _tell_repairs_once(rows)
    filters = [_filter(page, everything, shown, each, kinds) for each in kinds]
    return {
        "shown": shown,
        "sections": [
            (name, shown.address(page, show=key, open=None, standing=None, rule=None), key)
            for key, name in SECTIONS.items()
        ],
        "rows": rows if shown.all else rows[:MOST_ROWS],
        "count": len(rows),
        "all_rows": shown.address(page, all="true"),
        "everything": everything,
        "filters": [each for each in filters if len(each.choices) > 1 or _chosen(each)],
        "cleared": shown.address(
            page, standing=None, rule=None, counselor=None, program=None, open=None
        ),
        "is_filtered": any(getattr(shown, each) for each in BY),
        "since": shown.since or page.today - LATELY,
        "earlier": [
            (weeks, shown.address(page, since=(page.today - timedelta(weeks=weeks)).isoformat()))
            for weeks in (4, 12)
        ],
        "opened": _opened(page, shown, rows),
        "closed": shown.address(page, open=None),
        "standings": STANDINGS,
    }


def _rows(page: Page, shown: Shown) -> Rows:
    """Return the rows of a section, the worst first."""
    match shown.show:
        case "open":
            rows = page.rows(open_findings, since=shown.since)
        case "due":
            rows = [
                {
                    **{**row, "standing": "due", "from": row["since"], "to": row["due"]},
                    **{"until": None, "measured": None},
                }
                for row in page.rows(deadlines, through=page.today + SOON)
                if row["state"] == "due"
            ]
        case "at-risk":
            rows = [{**row, "standing": row["state"]} for row in page.rows(at_risk)]
            mending = mending_of(page, rows)
            for row in rows:
                row["mending"] = mending[row["finding"]]
                row["otherwise"] = row["because"].rpartition("; ")[2]
        case "slipping":
            return [row for row in page.rows(slipping) if _is_less(row)]
        case "exceptions":
            return page.rows(exceptions)
    rows = as_one(rows)
    for row in rows:
        row["standing"] = standing_of(row)
        row["href"] = shown.address(page, open=row["finding"]) + f"#f-{row['finding']}"
        row["by"] = due_words(row, page.today)
        is_due = row["standing"] in {"late", "due"}
        row["days"] = period(row["from"], None if is_due else row["to"], page.today)
    return rows


def _tell_repairs_once(rows: Rows) -> None:
    """Mark the rows whose best repair stands above, in another row of the same person."""
    offered: set[tuple[str, ...]] = set()
    for row in rows:
        best = next(iter(row.get("mending", {}).get("repairs", ())), None)
        if best:
            booked = (best["payload"]["patient_id"], *best["payload"]["session_ids"])
            row["is_mended_above"] = booked in offered
            offered.add(booked)


def _is_less(row: Mapping[str, Any]) -> bool:
    """Tell whether somebody attended less of late than is expected of them."""
    less: bool = row["last_3_weeks_percent"] < row["expected_percent"]
    return less


def _opened(page: Page, shown: Shown, rows: Rows) -> dict[str, Any] | None:
    """Return the finding that is open in its row, with those that its row stands for, too."""
    for row in rows:
        if shown.open and shown.open in row.get("findings", ()):
            first, *others = row["findings"]
            also = [page.ask(explain, finding=each).facts for each in others]
            return {**finding_shown(page, first), "also": also}
    return None


def _has(rows: Rows, name: str) -> bool:
    return any(name in row for row in rows)


def _is_in(row: Mapping[str, Any], shown: Shown, name: str) -> bool:
    wanted = getattr(shown, name)
    return wanted is None or BY[name][1](row) == wanted


def _filter(page: Page, rows: Rows, shown: Shown, name: str, kinds: Iterable[str]) -> Filter:
    """Return the values of something by which rows can be filtered, within the other filters."""
    title, value, label = BY[name]
    others = [each for each in kinds if each != name]
    within = [row for row in rows if all(_is_in(row, shown, each) for each in others)]
    called = {value(row): label(row) for row in within}
    counts = Counter(value(row) for row in within)
    chosen = getattr(shown, name)
    choices = [
        Choice(
            called[key],
            count,
            shown.address(page, **{name: None if key == chosen else key}, open=None),
            key == chosen,
        )
        for key, count in counts.most_common()
    ]
    return Filter(title, choices)


def _chosen(found: Filter) -> bool:
    return any(each.is_chosen for each in found.choices)
