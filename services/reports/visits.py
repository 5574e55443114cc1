"""Who was there for how many minutes, and what that makes of each week."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from rich.table import Table

from domain.session.attendance import Role
from projections import attendance
from projections.attendance.plan_weeks import Verdict
from services.reports.findings import by_rule, findings
from services.reports.queries import ReportQueries
from services.reports.question import (
    TELLS_OF_PATIENTS,
    Column,
    OfPatient,
    Through,
    names,
    question,
)
from services.reports.report import Report, Row
from services.reports.verdict_words import visit_words
from services.reports.weeks import weeks_of

MRN = Column("mrn", str, "The patient's record number.", "OA1008")

VISIT_COLUMNS = (
    Column("date", date, "The session's day on the facility's clocks.", date(2026, 11, 5)),
    Column("session", str, "What the session is called.", "evening"),
    MRN,
    Column("as", Role, "As whom: on the roster, or to make up a missed visit.", "rostered"),
    Column(
        "status",
        Literal[
            *("scheduled", "cancelled", "attended", "incomplete", "turned_away", "excused"),
            *("absent", "no_show"),
        ],
        "What came of it.",
        "attended",
    ),
    Column("late", bool, "Whether they came later than the facility's limit.", False),
    Column("left_early", bool, "Whether they left earlier than that.", False),
    Column("scheduled_minutes", int, "The session's minutes that count.", 180),
    Column("credited_minutes", int, "Their minutes of presence that count.", 174),
    Column("made_up", bool, "Whether the missed visit was made up by then.", False),
)
WEEK_COLUMNS = (
    MRN,
    Column(
        "week_of", date, "The first day of the week, as the facility counts.", date(2026, 11, 2)
    ),
    Column("scheduled_minutes", int, "Minutes of sessions that were offered to them.", 540),
    Column("credited_minutes", int, "Minutes of presence that count, make-ups too.", 522),
    Column("scheduled_days", int, "Days with such a session.", 3),
    Column("credited_days", int, "Days with a minute of presence that counts.", 3),
    Column("required_minutes", int, "Minutes that the plan of care asks for.", 540),
    Column("required_days", int, "Days that it asks for.", 3),
    Column(
        "verdict",
        Verdict,
        "What that comes to; partial_week where the stay has only a part of it.",
        "short",
    ),
)


@question("visits", reads=TELLS_OF_PATIENTS, columns=VISIT_COLUMNS, looks_back=True)
def visits(
    reports: ReportQueries, *, through: Through = None, patient_id: OfPatient = None
) -> Report:
    """Return each visit up to a day: who was expected, who came, and for how many minutes."""
    with reports.connected() as conn:
        people = reports.people(conn)
        only = reports.whose(conn, patient_id)
        found = [
            each
            for site in reports.sites(conn, through, only)
            for each in conn.execute(attendance.VISITS, site.selection)
        ]
        people.load(each.patient_id for each in found)
        rows = []
        for each in found:
            mrn = people.mrn(each.patient_id)
            values = (
                *(each.day, each.label, mrn, each.role, each.status, each.late, each.left_early),
                *(each.scheduled_minutes, each.credited_minutes, each.made_up),
            )
            key = (each.day, each.label, mrn, each.session_id, each.patient_id)
            rows.append(Row(key, values, each.patient_id))
    return VisitsReport.of("Visits", names(VISIT_COLUMNS), rows)


@dataclass(frozen=True, slots=True)
class VisitsReport(Report):
    """Visits; for a terminal, what came of each is put in words."""

    def table(self) -> Table:
        """Return them with the words that people read."""
        at = self.columns.index("status")
        rows = [(*row[:at], visit_words(row[at]), *row[at + 1 :]) for row in self.rows]
        return Report(self.title, self.columns, rows).table()


@question("weeks", reads=TELLS_OF_PATIENTS, columns=WEEK_COLUMNS, looks_back=True)
def weeks(
    reports: ReportQueries, *, through: Through = None, patient_id: OfPatient = None
) -> Report:
    """Return each patient's weeks that were over by a day: offered, attended, required."""
    with reports.connected() as conn:
        people = reports.people(conn)
        only = reports.whose(conn, patient_id)
        found = [
            week for site in reports.sites(conn, through, only) for week in weeks_of(conn, site)
        ]
        people.load(week.patient_id for week in found)
        rows = []
        for week in found:
            mrn = people.mrn(week.patient_id)
            values = (
                *(mrn, week.week_of, week.scheduled_minutes, week.credited_minutes),
                *(week.scheduled_days, week.credited_days),
                *(week.required_minutes, week.required_days, week.verdict),
            )
            rows.append(Row((mrn, week.week_of, week.patient_id), values, week.patient_id))
    return Report.of("Weeks", names(WEEK_COLUMNS), rows)


def last_week(reports: ReportQueries) -> list[Report]:
    """Return the weeks of the last one in which anybody was credited a minute, judged."""
    found = weeks(reports)
    last = max((row[1] for row in found.rows if row[3]), default=None)
    if last is None:
        return [Report("No week yet", (), [])]
    theirs = [
        each for each in zip(found.rows, found.patient_ids, strict=True) if each[0][1] == last
    ]
    rows = [(row[0], *row[2:]) for row, _ in theirs]
    columns = (found.columns[0], *found.columns[2:])
    breached = findings(reports, state="breached", week=last)
    title = f"Not met in the week of {last}"
    shown = Report(f"The week of {last}", columns, rows, patient_ids=[each for _, each in theirs])
    return [shown, by_rule(title, breached)]
