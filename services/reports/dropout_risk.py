"""Who is slipping away, as far as attendance alone can tell: counts, and no diagnosis."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from rich.table import Table

from domain.attendance_trend import FEW, Cohort, Outlook, Stay, Week
from projections import attendance, compliance
from services.reports.people import People
from services.reports.queries import ReportQueries
from services.reports.question import JUDGED, Column, OfPatient, names, question
from services.reports.report import Asked, Report, Row

OUTLOOK_COLUMNS = (
    Column("mrn", str, "The patient's record number.", "OA1008"),
    Column("week", int, "The week of the stay that begins now.", 6),
    Column("last_3_weeks_percent", int, "Of what was offered lately, attended.", 62),
    Column("expected_percent", int, "What is expected of the coming weeks.", 71),
    Column("others", int | None, "How many others there were at that week.", 31),
    Column("attended_less", int | None, "How many of them had attended less.", 4),
    Column("alike", int | None, "How many had attended about the same.", 6),
    Column("of_them_left", int | None, "How many of those left soon after.", 2),
)
COLUMNS = names(OUTLOOK_COLUMNS)
TITLE = "Slipping away, by attendance alone"


@question("slipping", reads=JUDGED, columns=OUTLOOK_COLUMNS)
def slipping(reports: ReportQueries, *, patient_id: OfPatient = None) -> Report:
    """Return how the coming weeks look of who is in treatment, who attended least lately first.

    Each row is read as `domain.attendance_trend.Outlook` says; there it stands why the same is
    expected of each patient of a site: so it is looked at only among those who attended the same
    lately. Where there are too few others at the same week of stay, what is counted of them is
    empty.
    """
    with reports.connected() as conn:
        return slipping_at(conn, reports.people(conn), reports.asked(conn, None, patient_id))


def slipping_at(conn: psycopg.Connection[Any], people: People, sites: Asked) -> Report:
    """Return the same of sites, each asked up to a day."""
    found = [each for site in sites for each in _outlooks(conn, site)]
    people.load(each.patient_id for each in found)
    rows = []
    for each in found:
        mrn = people.mrn(each.patient_id)
        values = (
            *(mrn, each.week, round(100 * each.latest), round(100 * each.expected)),
            *(each.others, each.attended_less, each.alike, each.left),
        )
        key = (each.latest, each.expected, mrn, each.patient_id)
        rows.append(Row(key, values, each.patient_id))
    return SlippingReport.of(TITLE if rows else f"{TITLE}: nobody", COLUMNS, rows)


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
        if goes_on and (site["only"] is None or each.patient_id in site["only"]):
            asked.append(stay)
    cohort = Cohort(stays)
    return [outlook for stay in asked if (outlook := cohort.outlook(stay))]


def _lies_in(week_of: date, stay: Any) -> bool:
    """Tell whether a whole week lies in a stay."""
    ends = week_of + timedelta(days=6)
    return week_of >= stay.admitted_on and (
        stay.discharged_on is None or ends <= stay.discharged_on
    )
