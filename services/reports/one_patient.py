"""The question of one patient's page."""

from typing import Annotated
from zoneinfo import ZoneInfo

from domain.facility import Facility
from projections import care
from projections.directory import SEALED_CONTACTS
from services.reports.patient_page import PatientPage, Sources, page_of
from services.reports.queries import NO_SUCH_PATIENT, NobodyThere, ReportQueries
from services.reports.question import JUDGED, question
from services.reports.weeks import weeks_of


@question("patient", reads=(*JUDGED, "care", "schedule"), looks_back=True)
def patient(
    reports: ReportQueries, *, patient_id: Annotated[str, "The patient's random id."]
) -> PatientPage:
    """Return one patient's state on a page: treatment, what to do, plan, monitoring, consents."""
    with reports.connected() as conn:
        people = reports.people(conn)
        now = reports.patient(conn, patient_id)
        where = conn.execute(care.FACILITY_OF, {"patient_id": now}).fetchone()
        sites = [
            each
            for each in reports.sites(conn, None, [now])
            if where and each.facility_id == where.facility_id
        ]
        if not (where and sites):
            raise NobodyThere(NO_SUCH_PATIENT)
        theirs = weeks_of(conn, sites[0])
        supporters = conn.execute(care.SUPPORTERS, {"patient_id": now}).fetchall()
        known = {"contact_ids": [each.supporter_id for each in supporters]}
        contacts = {
            row.contact_id: people.contact(row.patient_id, row.sealed)
            for row in conn.execute(SEALED_CONTACTS, known)
        }
        zone = ZoneInfo(where.timezone)
        person, nameless = people.identity(now), people.nameless(now)
        site = reports.journal and reports.journal.load(Facility.id_of(where.facility_id))
        recipients = site.recipients if site else {}
        sources = Sources(person, nameless, contacts, theirs[-4:], zone, reports.now, recipients)
        return page_of(conn, now, sources)
