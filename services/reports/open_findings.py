"""What is not as it should be by the rules, the worst first."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import psycopg

from domain.compliance.finding import NO_DAY
from domain.policy import RuleName
from domain.policy_parameters import Unit
from projections import attendance, compliance
from projections.compliance.rule_groups import DUE_IN_TIME, OWED_AFTERWARDS
from services.reports.findings import FINDING, MRN
from services.reports.labels import Labels
from services.reports.queries import ReportQueries
from services.reports.question import JUDGED, Column, OfPatient, OfRule, names, question
from services.reports.report import Report, Row
from services.reports.weeks import zone_of

LATELY = timedelta(days=14)
"""For how long what was missed is open, unless it is asked otherwise."""

STANDINGS = ("late", "impossible", "at_risk", "missed", "unknown")
"""How a finding can be open, the worst first."""

OPEN_COLUMNS = (
    FINDING,
    Column("rule", RuleName, "The rule.", "attended-hours"),
    Column("policy", str, "The policy that asks for it.", "ny-oasas-iop"),
    MRN,
    Column("about", str | None, "What session, counselor or program it is.", None),
    Column("from", date, "The first day that it is about.", date(2026, 11, 16)),
    Column("to", date | None, "The last one, or the day by which it was due.", date(2026, 11, 22)),
    Column(
        "standing",
        Literal["late", "impossible", "at_risk", "missed", "unknown"],
        "late: it is still to be done; impossible: it can't be met; at_risk: it can still be;"
        " missed: it was not met, and that is over; unknown: a record is incomplete.",
        "at_risk",
    ),
    Column("measured", int | None, "What was measured, or will be as it is scheduled.", 402),
    Column("required", int, "What the policy asks for.", 540),
    Column("unit", Unit, "The unit of both.", "minutes"),
    Column("until", datetime | None, "Until when it says so if nothing happens.", None),
    Column("because", str, "Why, in words.", "402 minutes are attended or scheduled"),
)

Since = Annotated[
    date | None,
    "What was missed is shown since this day; for 14 days unless given.",
]


@question("open-findings", reads=(*JUDGED, "schedule"), columns=OPEN_COLUMNS)
def open_findings(
    reports: ReportQueries,
    *,
    since: Since = None,
    patient_id: OfPatient = None,
    rule: OfRule = None,
) -> Report:
    """Return what is late, will not be met, may not be met, or was missed lately, worst first."""
    rows = []
    with reports.connected() as conn:
        people = reports.people(conn)
        for site in reports.asked(conn, None, patient_id):
            found = [
                each
                for each in conn.execute(compliance.OPEN, _wanted(conn, site, since))
                if rule in {None, each.rule}
            ]
            people.load(each.patient_id for each in found)
            labels, zone = Labels.in_words(conn, (each.about for each in found)), zone_of(site)
            for each in found:
                mrn = people.mrn(each.patient_id) if each.patient_id else None
                values = (
                    *(each.finding_id, each.rule, each.policy_id, mrn, labels.of(each.about)),
                    *(each.from_day, None if each.to_day == NO_DAY else each.to_day),
                    *(each.standing, each.measured, each.required, each.unit),
                    *(each.until and each.until.astimezone(zone), each.because),
                )
                rows.append(Row((*_urgency(each), mrn or "", *values[:2]), values, each.patient_id))
    title = "Open findings" if rows else "Nothing is open"
    return Report.of(title, names(OPEN_COLUMNS), rows)


def count_to_do(reports: ReportQueries) -> int:
    """Return how many findings who asks may see of which something can still be done."""
    with reports.connected() as conn:
        return sum(
            row.count
            for site in reports.asked(conn, None, None)
            for row in conn.execute(compliance.TO_DO, _wanted(conn, site, None))
        )


def _wanted(
    conn: psycopg.Connection[Any], site: Mapping[str, Any], since: date | None
) -> dict[str, Any]:
    """Return what is asked of a site."""
    treated = [row.patient_id for row in conn.execute(attendance.IN_TREATMENT, site)]
    return {
        **site,
        "rules": sorted(DUE_IN_TIME),
        "owed_afterwards": sorted(OWED_AFTERWARDS),
        "in_treatment": treated,
        "since": since or site["today"] - LATELY,
    }


def _urgency(found: Any) -> tuple[Any, ...]:
    """Sort the worst first: what is late by how long, what is missed by how recently."""
    when = found.to_day.toordinal()
    if found.standing == "at_risk":
        when = found.until.timestamp()
    elif found.standing in {"missed", "unknown"}:
        when = -when
    return STANDINGS.index(found.standing), when
