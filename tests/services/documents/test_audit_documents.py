"""The documents of auditors: trails, accountings and who looked, against the reports."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.access.access_log import Entry
from services.access.store import open_access
from services.documents.making import Made
from services.embedded import Engines
from services.reports.disclosures import disclosures
from services.reports.queries import NobodyThere, Unanswerable
from services.reports.trail import trail
from tests.services.reports.test_disclosures import told
from tests.support.backend import fresh_database
from tests.support.documented_clinic import Documented
from tests.support.read_back import blank_margins, read_back
from tests.support.seals import signed
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM, WEDNESDAY

VIEWS = ("directory", "attendance", "care", "schedule")


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        found = Documented(backend, *VIEWS)
        told(found)
        journal = backend.journal
        at = found.now + timedelta(minutes=5)
        signed(journal, at, [(40, 40), (journal.position() - 1,) * 2], "journal")
        yield found


def is_clean(made: Made) -> bool:
    """Tell whether a document is set within its margins, and read back."""
    found = read_back(made.pdf())
    return found.is_ua and found.outside == () and all(map(blank_margins, made.pages(ppi=36)))


def table_of(made: Made) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.csv())))


@pytest.mark.parametrize("of", ["patient_id", "session_id", "program_id", "staff_id"])
def test_a_trail_on_paper_has_each_entry_of_the_report(clinic: Documented, of: str) -> None:
    subject = {
        "patient_id": clinic.ben,
        "session_id": clinic.evening(WEDNESDAY).id,
        "program_id": PROGRAM,
        "staff_id": "staff-2",
    }[of]
    asked: Any = {of: subject}
    made = clinic.makes("audit-trail", **asked)
    known = trail(clinic.reports(), **asked).objects()
    assert [(each["number"], each["event"]) for each in made.facts["entries"]] == [
        (each["number"], each["event"]) for each in known
    ]
    assert [each["event"] for each in table_of(made)] == [each["event"] for each in known]
    assert made.facts["events"] == len({each["event"] for each in known})
    assert made.facts["not_sealed"] == len(
        {each["event"] for each in known if each["head_size"] is None}
    )
    assert is_clean(made)


def test_a_trail_on_paper_strikes_what_was_wrong_and_names_the_heads(clinic: Documented) -> None:
    made = clinic.makes("audit-trail", session_id=clinic.evening(WEDNESDAY).id)
    facts = made.facts
    [amendment] = [each for each in facts["entries"] if each["mark"] == "amendment"]
    number = int(amendment["corrects"].removeprefix("no. "))
    original = facts["entries"][number - 1]
    assert original["corrected_by"] == f"no. {amendment['number']}"
    text = read_back(made.pdf()).text
    for said in (
        "Session Evening, Wed, Mar 5, 2025",
        "Amendments 1",
        "“the sheet was found”",
        f"corrects no. {number}",
        "Signed heads that cover these events",
        "daybook/test/journal",
    ):
        assert said in text.replace("\N{ZERO WIDTH SPACE}", "")
    patient = read_back(clinic.makes("audit-trail", patient_id=clinic.ben).pdf()).text
    assert "Patient Ben Baker, OS-" in patient


def test_an_accounting_on_paper_has_what_the_question_has(clinic: Documented) -> None:
    made = clinic.makes("disclosure-accounting", patient_id=clinic.ben)
    known = disclosures(clinic.reports(), patient_id=clinic.ben).objects()
    lines = made.facts["disclosures"]
    assert [(each["recipient"], each["times"]) for each in lines] == [
        (each["recipient"], each["times"]) for each in known
    ]
    assert sum(each["times"] for each in lines) == 7
    text = read_back(made.pdf()).text.replace("\N{ZERO WIDTH SPACE}", "")
    for said in (
        "Ben Baker",
        "Disclosures 7",
        "1 Court Square",
        "3 times, about every 3 days",
        "Pat Medic, County ambulance",
        "medical emergency (42 CFR 2.51)",
        "Acme Health, claims department",
        "order 25-117",
        "address not known",
    ):
        assert said in text
    # It is for the patient, whom nothing about themselves is kept from.
    assert "Confidential" not in text
    assert is_clean(made)
    assert [each["recipient"] for each in table_of(made)] == [each["recipient"] for each in known]


def test_an_accounting_of_nothing_says_so(clinic: Documented) -> None:
    made = clinic.makes("disclosure-accounting", patient_id=clinic.ann, years=6)
    assert "No disclosure is on record for these days." in read_back(made.pdf()).text
    assert made.facts["first"] == str(MONDAY.replace(day=12, year=2019))
    with pytest.raises(Unanswerable):
        clinic.makes("disclosure-accounting", patient_id=clinic.ann, first=WEDNESDAY, last=MONDAY)


def test_who_looked_is_on_paper_with_role_purpose_and_place(
    clinic: Documented, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Entry(
        *("rsoto", "Rosa Soto", ("counselor",), FACILITY, "patient", (clinic.ben, clinic.ann)),
        purpose="treatment",
        address="10.0.0.7",
        via="password",
    )
    urgent = Entry(
        *("fdesk", "Fay Desk", ("front-desk",), FACILITY, "patient", (clinic.ben,)),
        purpose="treatment",
        address="10.0.0.8",
        via="password",
        reason="a seizure",
        emergency=True,
    )
    with open_access(clinic.backend.database_url, pool_size=1) as store:
        store.log.record(look, urgent)
    signed(clinic.backend.journal, clinic.now, [(1, 1)], "access")
    monkeypatch.setattr(clinic, "now", datetime.now(UTC))
    made = clinic.makes("access-report", patient_id=clinic.ben)
    facts = made.facts
    assert [(each["who"], each["head"]) for each in facts["looks"]] == [
        ("Rosa Soto [rsoto]", 1),
        ("Fay Desk [fdesk]", None),
    ]
    assert (facts["people"], facts["emergencies"]) == (2, 1)
    text = read_back(made.pdf()).text.replace("\N{ZERO WIDTH SPACE}", "")
    for said in ("counselor", "treatment", "emergency: a seizure", "10.0.0.7, password"):
        assert said in text
    assert is_clean(made)
    of_ann = clinic.makes("access-report", patient_id=clinic.ann).facts["looks"]
    assert [each["who"] for each in of_ann] == ["Rosa Soto [rsoto]"]


@pytest.mark.parametrize("kind", ["audit-trail", "disclosure-accounting", "access-report"])
def test_nobody_has_no_document(clinic: Documented, kind: str) -> None:
    with pytest.raises(NobodyThere):
        clinic.makes(kind, patient_id="patient-nobody")
