"""History: what was recorded of somebody or something, in words, the latest first."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from projections import schedule
from services.access.rights import ALL, reach
from services.api.body import FacilityId
from services.api.question_models import Day, Id, Position
from services.reports.history import history
from services.reports.history_wording import Part
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader
from services.web.words import day

Kind = Literal["patient", "session", "program", "staff"]
"""Whose history there is, besides the facility's."""

Row = dict[str, Any]

VIEWS = ("directory", "schedule", "attendance", "care")

A_PAGE = 150
"""Entries of a page, about."""

INSTANT = timedelta(microseconds=1)

PART_NAMES: Mapping[str, str] = {
    "visits": "Attendance",
    "roster": "Bookings",
    "schedule": "Schedule",
    "identity": "Names and numbers",
    "candidacy": "Intake",
    "episodes": "Treatment",
    "plan": "Plan of care",
    "authorizations": "Authorizations",
    "screening": "Screening",
    "assessments": "Assessments",
    "drug_tests": "Drug tests",
    "supporters": "Support network",
    "meetings_of_others": "Support meetings",
    "resources": "Resources",
    "outreach": "Outreach",
    "consents": "Consents",
    "disclosures": "Disclosures",
    "waivers": "Exceptions to rules",
    "signatures": "Signatures",
    "policies": "Policies",
    "site": "Site",
    "upkeep": "Upkeep",
}
"""What the parts of a record are called, in the order in which they are offered."""

PartShown = Annotated[Part | None, Query()]
Before = Annotated[Position | None, Query()]


@dataclass(frozen=True, slots=True)
class Entry:
    """Entries that were recorded by one act and say the same of one patient: mostly one."""

    first: Row
    more: Sequence[Row]
    anchor: str
    """What it is called on the page."""

    @property
    def happened_at(self) -> datetime | None:
        """When it happened, where that was on another day than it was recorded."""
        happened: datetime | None = self.first["happened_at"]
        recorded: datetime = self.first["recorded_at"]
        return happened if happened and happened.date() != recorded.date() else None


def history_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/history")
    async def history_of_facility(
        http: Request,
        facility_id: FacilityId,
        *,
        day: Annotated[Day | None, Query()] = None,
        part: PartShown = None,
        before: Before = None,
    ) -> Response:
        build = partial(_of_facility, day_asked=day, part=part, before=before)
        return await reader.show(http, facility_id, "history.html", build, views=VIEWS)

    @routes.get("/facilities/{facility_id}/history/{kind}/{subject_id}")
    async def history_of(  # noqa: PLR0917 - what an address says
        http: Request,
        facility_id: FacilityId,
        kind: Kind,
        subject_id: Id,
        part: PartShown = None,
        before: Before = None,
    ) -> Response:
        build = partial(_of, kind=kind, subject_id=subject_id, part=part, before=before)
        return await reader.show(http, facility_id, "history.html", build, views=VIEWS)

    return routes


def _of_facility(
    page: Page, day_asked: date | None, part: Part | None, before: int | None
) -> dict[str, Any]:
    shown = day_asked or page.today
    rows = page.rows(history, first_day=shown, last_day=shown, before=before)
    return {
        "title": page.facility.name,
        "back": None,
        "day_shown": shown,
        "day_before": shown - timedelta(days=1),
        "day_after": shown + timedelta(days=1) if shown < page.today else None,
        "asked": f"day={shown}" if day_asked else "",
        "others": _others(page),
        **_told(page, rows, part, None),
    }


def _others(page: Page) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the programs and staff whose history who asks may see, each with its address."""
    principal, where = page.asker.principal, page.facility_id
    own = {each.staff_id for each in principal.at(where)}
    sees_all = reach(principal, history.name, where) is ALL
    found = []
    for title, kind, asked in (
        ("Programs", "program", schedule.PROGRAMS),
        ("Staff", "staff", schedule.STAFF),
    ):
        rows = [
            (f"{page.base}/history/{kind}/{getattr(each, f'{kind}_id')}", each.name)
            for each in page.conn.execute(asked, {"today": page.today})
            if each.facility_id == where and (kind == "program" or sees_all or each.staff_id in own)
        ]
        if rows:
            found.append((title, sorted(rows, key=itemgetter(1))))
    return found


def _of(
    page: Page, kind: Kind, subject_id: str, part: Part | None, before: int | None
) -> dict[str, Any]:
    asked: dict[str, Any] = {f"{kind}_id": subject_id}
    rows = page.rows(history, before=before, **asked)
    title, back = _subject(page, kind, subject_id, rows)
    return {
        "title": title,
        "back": back,
        "subject_id": subject_id,
        "day_shown": None,
        "asked": "",
        "others": [],
        **_told(page, rows, part, kind),
    }


def _subject(
    page: Page, kind: Kind, subject_id: str, rows: Sequence[Row]
) -> tuple[str, str | None]:
    """Return what the subject of a history is called, and where it has a page of its own."""
    where = f"{page.base}/{kind}s/{quote(subject_id)}"
    if kind == "patient":
        return next((each["name"] for each in rows if each["name"]), "A patient"), where
    if kind == "session":
        found = page.conn.execute(schedule.SESSION_NAMES, {"session_ids": [subject_id]}).fetchall()
        return next((f"{each.label}, {day(each.day)}" for each in found), "A session"), where
    asked = schedule.PROGRAMS if kind == "program" else schedule.STAFF
    found = page.conn.execute(asked, {"today": page.today}).fetchall()
    theirs = (each for each in found if each.facility_id == page.facility_id)
    key = f"{kind}_id"
    return next((each.name for each in theirs if getattr(each, key) == subject_id), ""), None


def _told(page: Page, rows: list[Row], part: Part | None, kind: Kind | None) -> dict[str, Any]:
    counts = Counter(each["part"] for each in rows)
    wanted = [each for each in rows if part in {None, each["part"]}]
    listed, older = _a_page(wanted)
    if kind != "patient":
        # Of the whole day more are found than are shown on this page.
        page.looks[-1].patients &= {each["patient_id"] for each in listed}
    entries = list(_entries(listed))
    days = [(of, list(each)) for of, each in groupby(entries, key=_day_of)]
    here = {row["event"]: entry for entry in entries for row in (entry.first, *entry.more)}
    return {
        "kind": kind,
        "days": days,
        "count": len(wanted),
        "older": older,
        "part_shown": part,
        "parts": [(each, PART_NAMES[each], counts[each]) for each in PART_NAMES if counts[each]],
        "here": here,
        "then": partial(_then, page),
    }


def _a_page(rows: list[Row]) -> tuple[list[Row], int | None]:
    """Return the rows of a page, and before which position there are more; none is cut in two."""
    if len(rows) <= A_PAGE:
        return rows, None
    last = rows[A_PAGE - 1]["position"]
    listed = [each for each in rows if each["position"] >= last]
    return listed, last if len(listed) < len(rows) else None


def _act(row: Row) -> tuple[Any, ...]:
    """Return what entries have in common that are told as one."""
    alike = ("recorded_at", "author", "kind", "patient_id", "what", "reason", "corrected_by")
    return tuple(row[name] for name in alike)


def _entries(rows: Sequence[Row]) -> Iterator[Entry]:
    told: Counter[int] = Counter()
    for _, alike in groupby(rows, key=_act):
        first, *more = alike
        # What is about two patients is told of each.
        position = first["position"]
        told[position] += 1
        yield Entry(first, more, f"e{position}-{told[position]}")


def _day_of(entry: Entry) -> date:
    recorded: datetime = entry.first["recorded_at"]
    return recorded.date()


def _then(page: Page, row: Row, *, earlier: bool = False) -> str | None:
    """Return where the patient's record is as it was known once that was recorded, or before."""
    if row["patient_id"] is None or not page.may("patient"):
        return None
    at = row["recorded_at"] - INSTANT if earlier else row["recorded_at"]
    return f"{page.base}/patients/{quote(row['patient_id'])}?as_of={quote(at.isoformat())}"
