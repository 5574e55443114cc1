"""The accounting of what subscribers were told under consents, and of what not and why."""

from datetime import date, timedelta
from typing import Any

from domain.patient import Referral
from services.application.admissions import admit_patient, refer_patient
from services.application.rosters import book_patient, release_patient
from services.audit.verification.evidence import EvidenceOnRecord
from services.documents.kind import Asked
from services.documents.making import Standing, make
from services.hosting.bootstrap import VIEWS
from services.reports.disclosures import disclosures
from services.reports.queries import ReportQueries
from services.vault import Person
from tests.services.reports.test_patient_page import fill
from tests.support.backend import Backend
from tests.support.read_back import read_back
from tests.support.sharing_clinic import COURT, PAYER, SharingClinic
from tests.support.small_clinic import BEN, FACILITY, FRIDAY, MONDAY, PROGRAM, WEDNESDAY

READS = ("directory", "attendance", "care", "schedule")


def somebody(sharing: SharingClinic) -> str:
    """Let somebody with a name begin treatment, and be expected on two evenings."""
    person = Person("OS-1", "Lee", "Example", date(1990, 3, 4))
    referral = Referral(PROGRAM, MONDAY, "Court", "community")
    found = str(sharing.do(refer_patient, FACILITY, person, referral))
    facts = {"payer": "self", "focus": "co-occurring", "override": "known here"}
    sharing.do(admit_patient, found, admitted_on=MONDAY, **facts)
    for day in (MONDAY, WEDNESDAY):
        session_id = sharing.clinic.evening(day).id
        sharing.do(release_patient, session_id, BEN, "a place for somebody else")
        sharing.do(book_patient, session_id, found)
    return found


def reports_of(sharing: SharingClinic) -> ReportQueries:
    backend = sharing.backend
    fill(backend, [each for each in VIEWS if each.name in READS])
    return ReportQueries(
        backend.database_url,
        backend.vault,
        now=sharing.clinic.now + timedelta(days=1),
        facility_id=FACILITY,
        journal=backend.journal,
        evidence=EvidenceOnRecord(backend.journal),
    )


async def test_a_consent_that_ends_between_two_events_is_told_of_once_and_then_why_not(
    backend: Backend,
) -> None:
    sharing = SharingClinic(backend)
    lee = somebody(sharing)
    ends = MONDAY + timedelta(days=1)
    consent_id = sharing.consents(lee, PAYER, "attendance", last_day=ends)
    sharing.consents(lee, COURT, "attendance", purpose="criminal-justice", last_day=FRIDAY)
    sharing.evening_of(lee, MONDAY)
    async with sharing.kept():
        sharing.evening_of(lee, WEDNESDAY)
        await sharing.decided()
    reports = reports_of(sharing)
    found = disclosures(reports, patient_id=lee).objects()
    said: list[dict[str, Any]] = [
        {name: each[name] for name in ("part", "recipient", "times", "because", "relies_on")}
        for each in found
        if each["recipient"] == PAYER.name
    ]
    assert said == [
        {
            "part": "disclosure",
            "recipient": PAYER.name,
            "times": 1,
            "because": None,
            "relies_on": consent_id,
        },
        {
            "part": "not told",
            "recipient": PAYER.name,
            "times": 1,
            "because": f"the consent ended on {ends}",
            "relies_on": consent_id,
        },
    ]
    [court] = [each for each in found if each["recipient"] == COURT.name]
    assert (court["part"], court["times"]) == ("disclosure", 2)
    assert (court["address"], court["how"]) == (COURT.address, "subscription")
    assert court["purpose"] == "supervision by criminal justice"
    counted = [each for each in found if each["part"] == "disclosure"]
    assert sum(each["times"] for each in counted) == len(sharing.deliveries(lee))
    kept = [each for each in found if each["part"] == "not told"]
    assert sum(each["times"] for each in kept) == len(sharing.withheld(lee))
    standing = Standing(backend.journal.position(), sharing.clinic.now)
    text = read_back(
        make("disclosure-accounting", reports, Asked(patient_id=lee), standing).pdf()
    ).text
    assert "Not disclosed, and why" in text
    assert f"the consent ended on {ends}" in text
