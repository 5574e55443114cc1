"""Looking ahead: what has to be done and was not yet, by when."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from domain.compliance.finding import NO_DAY
from domain.policy import RuleName
from domain.policy_parameters import Unit
from domain.times import day_after
from projections import attendance, compliance
from projections.compliance.rule_groups import ADDED_UP, DUE_IN_TIME, OWED_AFTERWARDS
from services.reports.findings import FINDING, MRN
from services.reports.labels import Labels
from services.reports.queries import ReportQueries
from services.reports.question import JUDGED, Column, OfPatient, OfRule, names, question
from services.reports.report import Report, Row, plain_table
from services.reports.weeks import zone_of

DEADLINE_COLUMNS = (
    Column("due", date | None, "The day by which; none while nobody knows it.", date(2026, 11, 27)),
    Column(
        "late_at",
        datetime | None,
        "When it will be late, by the facility's clocks; none for what is late already.",
        None,
    ),
    Column("rule", RuleName, "The rule that asks for it.", "plan-review"),
    Column("policy", str, "The policy that has the rule.", "ny-oasas-iop"),
    MRN,
    Column("about", str | None, "What session, counselor or program it is.", None),
    Column("since", date, "Since when it is to be done.", date(2026, 10, 28)),
    Column("state", Literal["late", "due"], "Whether it is late.", "due"),
    Column("required", int, "Within how much.", 30),
    Column("unit", Unit, "The unit of that.", "days"),
    FINDING,
)


@question("deadlines", reads=JUDGED, columns=DEADLINE_COLUMNS, looks_back=True)
def deadlines(
    reports: ReportQueries,
    *,
    through: Annotated[date | None, "What is due by then; all unless given."] = None,
    patient_id: OfPatient = None,
    rule: OfRule = None,
) -> Report:
    """Return what has to be done and was not yet: what is late, and what is due next.

    What is due with something that is not on the schedule yet, such as the next session, has no
    day.
    """
    rows = []
    with reports.connected() as conn:
        people = reports.people(conn)
        for site in reports.asked(conn, through or date.max, patient_id):
            treated = [row.patient_id for row in conn.execute(attendance.IN_TREATMENT, site)]
            wanted = {
                "rule": rule,
                "rules": sorted(DUE_IN_TIME | ADDED_UP),
                "added_up": sorted(ADDED_UP),
                "owed_afterwards": sorted(OWED_AFTERWARDS),
                "in_treatment": treated,
            }
            found = conn.execute(compliance.DEADLINES, site | wanted).fetchall()
            people.load(each.patient_id for each in found)
            labels, zone = Labels.read(conn, (each.about for each in found)), zone_of(site)
            for each in found:
                mrn = people.mrn(each.patient_id) if each.patient_id else None
                values = (
                    None if each.to_day == NO_DAY else each.to_day,
                    _late_at(each, zone),
                    *(each.rule, each.policy_id, mrn, labels.of(each.about), each.from_day),
                    "late" if each.state == "breached" else "due",
                    *(each.required, each.unit, each.finding_id),
                )
                key = (each.to_day, each.rule, mrn or "", each.finding_id)
                rows.append(Row(key, values, each.patient_id))
    title = "Deadlines" if rows else "Nothing is due"
    return DeadlineReport.of(title, names(DEADLINE_COLUMNS), rows)


def _late_at(found: Any, zone: ZoneInfo) -> datetime | None:
    """Return when it will be late; what adds up is looked at more often, and late after its day."""
    if found.rule in ADDED_UP:
        return day_after(found.to_day, zone).astimezone(zone)
    until: datetime | None = found.until
    return until and until.astimezone(zone)


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
