"""Documents that are hard to set: long names, other scripts, many visits and none, corrections."""

import tempfile
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

from domain.patient import Consent
from domain.patient.consent import Purpose, Scope
from services.access.access_log import Entry
from services.access.store import open_access
from services.application.disclosures import give_consent
from services.documents.making import Made
from services.embedded import engines
from tests.services.reports.test_disclosures import told
from tests.support.backend import fresh_database
from tests.support.documented_clinic import LONG, NOT_COVERED, SCRIPTS, Documented
from tests.support.seals import signed
from tests.support.small_clinic import FACILITY, MONDAY, WEDNESDAY


def agree(clinic: Documented, patient_id: str) -> None:
    """Let somebody agree that a court is told all that it can be told."""
    day = clinic.now.date()
    told: tuple[Scope, ...] = ("attendance", "drug-tests", "support", "discharge")
    whom = "Superior Court of the County, Drug Court Division, Department 12, to the coordinator"
    consent = Consent(f"court {patient_id}", whom, "criminal-justice", told, day, day)
    clinic.does(give_consent, patient_id, consent)


def agree_to_payer(clinic: Documented, patient_id: str) -> None:
    """Let somebody agree that who pays is told all that a packet can have."""
    told: tuple[Scope, ...] = ("attendance", "plan", "assessments", "drug-tests")
    purpose: Purpose = "treatment-payment-operations"
    consent = Consent(f"payer {patient_id}", "self", purpose, told, clinic.now.date())
    clinic.does(give_consent, patient_id, consent)


def looked(clinic: Documented) -> None:
    """Let Ben's record be looked at: by his counselor, in an emergency, and where it is refused."""
    by_whom = {
        "rsoto": ("Rosa Soto", "counselor", None),
        "wolfeschlegelsteinhausen-featherstonehaugh": (" ".join(LONG), "front-desk", "a seizure"),
        "obill": ("Olu Bill", "biller", None),
    }
    with open_access(clinic.backend.database_url, clock=lambda: clinic.now, pool_size=1) as store:
        for account, (name, role, emergency) in by_whom.items():
            entry = Entry(
                *(account, name, (role,), FACILITY, "patient", (clinic.ben,)),
                purpose="treatment",
                address="10.0.0.7",
                via="password",
                reason=emergency,
                emergency=emergency is not None,
                outcome="refused" if role == "biller" else "shown",
            )
            store.log.record(entry)
    journal = clinic.backend.journal
    signed(journal, clinic.now, [(40, 40), (journal.position() - 1,) * 2], "journal")
    signed(journal, clinic.now, [(2, 2)], "access")


def hard_cases(kinds: Collection[str]) -> Iterator[tuple[str, Made]]:
    """Yield the hard documents of some kinds, each with what it shows."""
    with (
        tempfile.TemporaryDirectory() as data,
        engines(Path(data)) as found,
        fresh_database(found) as backend,
    ):
        clinic = Documented(backend)
        named = {family: clinic.admitted(given, family) for given, family in SCRIPTS}
        ethiopic, never = clinic.admitted(*NOT_COVERED), clinic.admitted("Never", "Came")
        long, sixty = clinic.admitted(*LONG), clinic.admitted("Sixty", "Visits")
        full = clinic.meets(MONDAY + timedelta(days=7), long, ethiopic, hour=9)
        other = clinic.meets(MONDAY + timedelta(days=8), sixty, hour=12)
        again = clinic.merged(clinic.ben)
        clinic.many_visits(sixty, 60)
        clinic.many_visits(long, 120, after=60)
        if {"disclosure-accounting", "access-report"} & {*kinds}:
            told(clinic)
            looked(clinic)
        clinic.now += timedelta(days=1)
        patients = {
            **{"markup as a name": clinic.ann, "a correction": clinic.ben},
            **{"a merged record": again, "no visits": never, "letters without a font": ethiopic},
            **{"a long name and eight pages": long, "sixty visits": sixty},
            **{f"in another script {family}": each for family, each in named.items()},
        }
        sessions = {
            "filled": clinic.evening(MONDAY).id,
            "corrected": clinic.evening(WEDNESDAY).id,
            "blank": clinic.evening(MONDAY + timedelta(days=11)).id,
            "a long name": full,
            "of one": other,
        }
        if "attendance-record" in kinds:
            for name, each in patients.items():
                yield name, clinic.makes("attendance-record", patient_id=each)
        if "sign-in-sheet" in kinds:
            for name, each in sessions.items():
                yield name, clinic.makes("sign-in-sheet", session_id=each)
        if "attendance-letter" in kinds:
            for name in ("markup as a name", "a long name and eight pages", "sixty visits"):
                asked = {"patient_id": patients[name], "first": MONDAY}
                yield name, clinic.makes("attendance-letter", **asked)
        if "review-packet" in kinds:
            for name, each in patients.items():
                if name != "a merged record":
                    agree_to_payer(clinic, each)
                yield name, clinic.makes("review-packet", patient_id=each)
        for kind in ("audit-trail", "disclosure-accounting", "access-report"):
            for name, each in patients.items() if kind in kinds else ():
                if name != "a merged record":
                    agree(clinic, each)
                yield name, clinic.makes(kind, patient_id=each)
        if "court-report" in kinds:
            for name, each in patients.items():
                if name != "a merged record":
                    agree(clinic, each)
                yield name, clinic.makes("court-report", patient_id=each, first=MONDAY)
            name = "an emergency of a long name"
            yield name, clinic.makes("court-report", patient_id=long, emergency=True)
        for kind in ("census", "claim-worksheet"):
            if kind in kinds:
                yield "long names and other scripts", clinic.makes(kind, first=MONDAY)
