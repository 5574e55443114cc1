"""The question of one finding, explained."""

from typing import Annotated
from zoneinfo import ZoneInfo

from projections import attendance, compliance
from services.reports.explanation import Explanation, NoSuchFinding, explanation
from services.reports.history_telling import Teller
from services.reports.labels import Labels
from services.reports.queries import ReportQueries
from services.reports.question import JUDGED, question


@question("explain", reads=(*JUDGED, "schedule"))
def explain(
    reports: ReportQueries, *, finding: Annotated[str, "A finding's name, or how it begins."]
) -> Explanation:
    """Return one finding: the rule in words, the numbers, the events in order, the source."""
    if reports.journal is None:
        raise TypeError("what proves a finding is asked of the journal")
    with reports.connected() as conn:
        asked = {
            "finding_id": finding,
            "facility_id": reports.facility_id,
            "only": reports.whose(conn, None),
            "abouts": [
                about
                for each in conn.execute(attendance.FACILITIES)
                for about in reports.abouts(each.facility_id)
            ],
        }
        found = conn.execute(compliance.FINDING, asked).fetchall()
        if len(found) != 1:
            several = "several findings begin" if found else "no finding begins"
            raise NoSuchFinding(f"{several} with {finding!r}")
        (row,) = found
        revisions = conn.execute(compliance.REVISIONS, {"finding_id": row.finding_id}).fetchall()
        mrn = reports.people(conn).mrn(row.patient_id) if row.patient_id else None
        zones = {each.facility_id: each.timezone for each in conn.execute(attendance.FACILITIES)}
        about = Labels.read(conn, [row.about]).of(row.about)
        return explanation(
            row,
            revisions,
            mrn,
            about,
            told_by=Teller(
                reports,
                reports.journal,
                conn,
                row.facility_id,
                ZoneInfo(zones[row.facility_id]),
            ),
            now=reports.now,
        )
