"""The rules that do not bind for a patient for a while, as somebody decided with a reason."""

from datetime import UTC, date, datetime

from domain.patient import RuleWaived
from domain.policy import RuleName
from projections import compliance
from services.reports.findings import MRN
from services.reports.queries import ReportQueries
from services.reports.question import JUDGED, Column, OfPatient, OfRule, names, question
from services.reports.report import Report, Row
from services.reports.weeks import zone_of

EXCEPTION_COLUMNS = (
    MRN,
    Column("rule", RuleName, "The rule that does not bind.", "attended-hours"),
    Column("first_day", date, "The first day of the exception.", date(2026, 11, 16)),
    Column("last_day", date, "The last one.", date(2026, 11, 29)),
    Column("reason", str, "Why, as it was decided.", "in the hospital"),
    Column("author", str, "Who decided it.", "p.osei"),
    Column(
        "decided_at",
        datetime,
        "When, on the facility's clocks.",
        datetime(2026, 11, 13, 15, tzinfo=UTC),
    ),
)


@question("exceptions", reads=JUDGED, columns=EXCEPTION_COLUMNS)
def exceptions(
    reports: ReportQueries, *, patient_id: OfPatient = None, rule: OfRule = None
) -> Report:
    """Return which rules do not bind for whom, today or on a day to come, and why."""
    if reports.journal is None:
        raise TypeError("why a rule does not bind is asked of the journal")
    rows = []
    with reports.connected() as conn:
        people = reports.people(conn)
        for site in reports.asked(conn, None, patient_id):
            waivers = conn.execute(compliance.WAIVERS, site | {"since": site["today"]}).fetchall()
            decided = {
                each.event_id: each
                for each in reports.journal.named(each.event_id for each in waivers)
                if isinstance(each, RuleWaived)
            }
            people.load(each.patient_id for each in waivers)
            for each in waivers:
                event = decided.get(each.event_id)
                if event is None or rule not in {None, each.rule}:
                    continue
                mrn = people.mrn(each.patient_id)
                values = (
                    *(mrn, each.rule, each.first_day, each.last_day, event.reason, event.author),
                    event.timestamp.astimezone(zone_of(site)),
                )
                key = (each.last_day, mrn, each.rule, each.first_day, each.patient_id)
                rows.append(Row(key, values, each.patient_id))
    return Report.of("Exceptions" if rows else "No exceptions", names(EXCEPTION_COLUMNS), rows)
