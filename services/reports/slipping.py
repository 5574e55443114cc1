"""Who is slipping away, as far as attendance alone can tell: counts, and no diagnosis."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import psycopg

from domain.slipping import Cohort, Outlook, Stay, Week
from projections.compliance.slipping import WEEKS
from services.reports.printed import Report
from services.vault import Person

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
    people: Mapping[str, Person],
    sites: Sequence[Mapping[str, object]],
) -> Report:
    """Return how the coming weeks look of who is in treatment, lowest expected first.

    Each row is read as `domain.slipping.Outlook` says; there it stands why the same is expected of
    each patient of a site. Among equals, who attended least in the last three weeks comes first.
    Where there are too few others at the same week of stay, what is counted of them is empty.
    """
    found = [each for site in sites for each in _outlooks(conn, site)]
    rows = [
        (
            people[each.patient_id].mrn,
            each.week,
            round(100 * each.latest),
            round(100 * each.expected),
            each.others,
            each.attended_less,
            each.alike,
            each.left,
        )
        for each in sorted(
            found, key=lambda each: (each.expected, each.latest, people[each.patient_id].mrn)
        )
    ]
    return Report(TITLE if rows else f"{TITLE}: nobody", COLUMNS, rows)


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
