"""Who is slipping away, as far as attendance alone can tell: counts, and no diagnosis."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from rich.table import Table

from domain.attendance_trend import FEW, Cohort, Outlook, Stay, Week
from projections import attendance, compliance
from services.reports.people import People
from services.reports.report import Report

COLUMNS = (
    "mrn",
    "week",
    "last_3_weeks_percent",
    "expected_percent",
    "others",
    "attended_less",
    "alike",
    "of_them_left",
)
TITLE = "Slipping away, by attendance alone"


def slipping(
    conn: psycopg.Connection[Any],
    people: People,
    sites: Sequence[Mapping[str, object]],
) -> "SlippingReport":
    """Return how the coming weeks look of who is in treatment, who attended least lately first.

    Each row is read as `domain.attendance_trend.Outlook` says; there it stands why the same is
    expected of each patient of a site: so it is looked at only among those who attended the same
    lately. Where there are too few others at the same week of stay, what is counted of them is
    empty.
    """
    found = [each for site in sites for each in _outlooks(conn, site)]
    people.load(each.patient_id for each in found)
    rows = [
        (
            people.mrn(each.patient_id),
            each.week,
            round(100 * each.latest),
            round(100 * each.expected),
            each.others,
            each.attended_less,
            each.alike,
            each.left,
        )
        for each in sorted(
            found, key=lambda each: (each.latest, each.expected, people.mrn(each.patient_id))
        )
    ]
    return SlippingReport(TITLE if rows else f"{TITLE}: nobody", COLUMNS, rows)


@dataclass(frozen=True, slots=True)
class SlippingReport(Report):
    """Who is slipping away; for a terminal, an empty count is put in words."""

    def table(self) -> Table:
        """Return the report for a terminal of 80 columns."""
        table = Report.table(self)
        for column in table.columns[1:]:
            column.justify = "right"
        if any(row[COLUMNS.index("attended_less")] is None for row in self.rows):
            table.caption = f"Empty: fewer than {FEW} others at that week, too few to compare."
        return table


def _outlooks(conn: psycopg.Connection[Any], site: Mapping[str, Any]) -> list[Outlook]:
    weeks: dict[str, list[Any]] = defaultdict(list)
    for row in conn.execute(compliance.WHOLE_WEEKS, site):
        weeks[row.patient_id].append(row)
    stays, asked = [], []
    for each in conn.execute(attendance.TREATMENTS, {**site, "only": None}):
        theirs = [row for row in weeks[each.patient_id] if _lies_in(row.week_of, each)]
        if not theirs:
            continue
        first = theirs[0].week_of
        stay = Stay.of(
            each.patient_id,
            (
                Week(1 + (row.week_of - first).days // 7, row.offered_minutes, row.attended_minutes)
                for row in theirs
            ),
        )
        stays.append(stay)
        goes_on = each.discharged_on is None or each.discharged_on > site["through"]
        if goes_on and site["patient_id"] in {None, each.patient_id}:
            asked.append(stay)
    cohort = Cohort(stays)
    return [outlook for stay in asked if (outlook := cohort.outlook(stay))]


def _lies_in(week_of: date, stay: Any) -> bool:
    """Tell whether a whole week lies in a stay."""
    ends = week_of + timedelta(days=6)
    return week_of >= stay.admitted_on and (
        stay.discharged_on is None or ends <= stay.discharged_on
    )
