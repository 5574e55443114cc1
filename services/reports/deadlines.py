"""Looking ahead: what has to be done and was not yet, by when."""

from dataclasses import dataclass
from typing import Any

import psycopg
from rich.table import Table
from rich.text import Text

from domain.compliance.finding import NO_DAY
from projections import attendance, compliance
from projections.compliance.rule_groups import DUE_IN_TIME
from services.reports.labels import Labels
from services.reports.people import People
from services.reports.report import Asked, Report, plain_table
from services.reports.weeks import zone_of

DEADLINE_COLUMNS = (
    "due",
    "late_at",
    "rule",
    "policy",
    "mrn",
    "about",
    "since",
    "state",
    "required",
    "unit",
    "finding",
)


def deadlines(conn: psycopg.Connection[Any], people: People, sites: Asked) -> "DeadlineReport":
    """Return what has to be done and was not yet, what is due first at the top.

    `late_at` is when it will be late, by the site's clocks: empty for what is late already. What is
    due with something that is not on the schedule yet, such as the next session, has no day.
    """
    rows = []
    for site in sites:
        treated = [row.patient_id for row in conn.execute(attendance.IN_TREATMENT, site)]
        wanted = {**site, "rules": sorted(DUE_IN_TIME), "in_treatment": treated}
        found = conn.execute(compliance.DEADLINES, wanted).fetchall()
        people.load(each.patient_id for each in found)
        labels, zone = Labels.read(conn, (each.about for each in found)), zone_of(site)
        for each in found:
            row = (
                None if each.to_day == NO_DAY else each.to_day,
                each.until and each.until.astimezone(zone),
                each.rule,
                each.policy_id,
                people.mrn(each.patient_id) if each.patient_id else None,
                labels.of(each.about),
                each.from_day,
                "late" if each.state == "breached" else "due",
                each.required,
                each.unit,
                each.finding_id,
            )
            rows.append(row)
    rows.sort(key=lambda row: (row[0] or NO_DAY, row[2], row[4] or "", row[-1]))
    return DeadlineReport("Deadlines" if rows else "Nothing is due", DEADLINE_COLUMNS, rows)


@dataclass(frozen=True, slots=True)
class DeadlineReport(Report):
    """Deadlines; for a terminal, a line for each."""

    def table(self) -> Table:
        """Return them for a terminal of 80 columns."""
        table = plain_table(self.title, ("due", "rule", "for", "since", ""))
        for due, late_at, rule, _, mrn, about, since, state, *_ in self.rows:
            # What is late from midnight on is due on the whole day before.
            by_the_hour = late_at and (late_at.hour or late_at.minute)
            when = f"{due} {late_at:%H:%M}" if by_the_hour else str(due or "open")
            words = " ".join(filter(None, (mrn, about)))
            table.add_row(*map(Text, (when, rule, words, str(since), "late" * (state == "late"))))
        return table
