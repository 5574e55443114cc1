"""Who is slipping away, as far as attendance alone can tell: counts, and no diagnosis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import psycopg
from rich.table import Table

from domain.attendance_trend import FEW, Cohort, Outlook, Stay, Week
from projections.compliance.dropout_weeks import WEEKS
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

    Each row is read as `domain.slipping.Outlook` says; there it stands why the same is expected of
    each patient of a site: so it is looked at only among those who attended the same lately. Where
    there are too few others at the same week of stay, what is counted of them is empty.
    """
    found = [each for site in sites for each in _outlooks(conn, site)]
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


def _outlooks(conn: psycopg.Connection[Any], site: Mapping[str, object]) -> list[Outlook]:
    stays, asked = [], []
    rows = conn.execute(WEEKS, site)
    for (patient_id, _), weeks in groupby(rows, key=lambda row: (row.patient_id, row.episode)):
        theirs = list(weeks)
        stay = Stay.of(
            patient_id,
            (Week(row.week, row.offered_minutes, row.attended_minutes) for row in theirs),
        )
        stays.append(stay)
        if theirs[0].asked:
            asked.append(stay)
    cohort = Cohort(stays)
    return [outlook for stay in asked if (outlook := cohort.outlook(stay))]
