"""The accounting of disclosures: what was told to whom, counted against the journal."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.patient import (
    Consent,
    DisclosedInEmergency,
    DisclosedWithoutConsent,
    Disclosure,
    DisclosureMade,
    EmergencyDisclosure,
    UnconsentedDisclosure,
)
from domain.recipient import Recipient
from services.access.access_log import Entry
from services.access.store import open_access
from services.application.disclosures import (
    disclose,
    disclose_in_emergency,
    disclose_without_consent,
    give_consent,
)
from services.application.facilities import name_recipient
from services.application.signatures import merge_patients
from services.application.support_network import name_supporter
from services.embedded import Engines
from services.reports.disclosures import disclosures
from services.reports.queries import NobodyThere, Unanswerable
from services.vault import Contact
from tests.support.backend import fresh_database
from tests.support.documented_clinic import Documented
from tests.support.seals import signed
from tests.support.small_clinic import FACILITY, MONDAY

DAY = timedelta(days=1)
TUESDAY = MONDAY + 8 * DAY

COURT = Consent("consent-1", "county-court", "legal", ("attendance", "drug-tests"), MONDAY, TUESDAY)
PAYER = Consent("consent-2", "Acme Health", "treatment-payment-operations", ("attendance",), MONDAY)
SISTER = Consent("consent-3", "supporter-1", "family", ("schedule",), MONDAY, TUESDAY)


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        found = Documented(backend, "directory", "attendance", "care", "schedule")
        told(found)
        yield found


def told(clinic: Documented) -> None:
    """Let Ben's record be told of: to a court three times, a payer, his sister, paramedics."""
    ben = clinic.ben
    court = Recipient("county-court", "County court", "court", "1 Court Square")
    clinic.does(name_recipient, FACILITY, court)
    clinic.does(name_supporter, ben, "supporter-1", "sister", Contact("Ada Baker", "555-0100"))
    for consent in (COURT, PAYER, SISTER):
        clinic.does(give_consent, ben, consent)
    for number in range(3):
        day = MONDAY + 3 * number * DAY
        clinic.does(disclose, ben, Disclosure(f"d-{number}", "consent-1", ("attendance",), day))
    clinic.does(
        disclose,
        ben,
        Disclosure(
            *("d-payer", "consent-2", ("attendance",), MONDAY),
            recipient="Acme Health, claims department",
            address="9 Claim Street",
            purpose="a claim of March",
        ),
    )
    clinic.does(disclose, ben, Disclosure("d-sister", "consent-3", ("schedule",), MONDAY + DAY))
    clinic.does(
        disclose_in_emergency,
        ben,
        EmergencyDisclosure(
            *("d-urgent", clinic.now, "Pat Medic", "County ambulance", "Ana Diaz", "fainted"),
            ("drug-tests",),
        ),
    )
    clinic.does(
        disclose_without_consent,
        ben,
        UnconsentedDisclosure(
            *("d-order", "court-order", "county-court", "a case about custody", ("plan",)),
            MONDAY + 4 * DAY,
            "order 25-117",
        ),
    )


def rows(clinic: Documented, **asked: Any) -> list[dict[str, Any]]:
    return disclosures(clinic.reports(), patient_id=clinic.ben, **asked).objects()


def one(clinic: Documented, **said: Any) -> dict[str, Any]:
    [found] = [each for each in rows(clinic) if said.items() <= each.items()]
    return found


def test_several_to_one_recipient_for_one_purpose_are_a_series(clinic: Documented) -> None:
    found = one(clinic, recipient="County court", basis="consent given on Mon, Mar 3, 2025")
    assert (found["first"], found["last"], found["times"]) == (MONDAY, MONDAY + 6 * DAY, 3)
    assert found["frequency"] == "3 times, about every 3 days"
    assert (found["address"], found["what"]) == ("1 Court Square", "attendance")
    assert (found["purpose"], found["relies_on"]) == ("a legal matter", "consent-1")
    first = one(clinic, recipient="Ada Baker")
    assert (first["times"], first["frequency"], first["address"]) == (1, None, None)


def test_a_recipient_is_who_was_told_and_not_the_class_that_a_consent_names(
    clinic: Documented,
) -> None:
    found = one(clinic, recipient="Acme Health, claims department")
    assert (found["address"], found["purpose"]) == ("9 Claim Street", "a claim of March")


def test_an_emergency_has_personnel_discloser_instant_and_nature(clinic: Documented) -> None:
    found = one(clinic, basis="medical emergency (42 CFR 2.51)")
    assert (found["recipient"], found["told_by"]) == ("Pat Medic, County ambulance", "Ana Diaz")
    assert (found["told_at"], found["purpose"]) == (clinic.now, "fainted")


def test_a_courts_order_is_named_and_the_registers_address_is_known(clinic: Documented) -> None:
    found = one(clinic, basis="court order (42 CFR 2.61 to 2.67)")
    assert (found["relies_on"], found["recipient"]) == ("order 25-117", "County court")
    assert (found["purpose"], found["address"]) == ("a case about custody", "1 Court Square")


def test_the_accounting_counts_what_the_journal_has(clinic: Documented) -> None:
    made = (DisclosureMade, DisclosedInEmergency, DisclosedWithoutConsent)
    events = clinic.backend.journal.events.get(clinic.ben)
    recorded = {each.event_id for each in events if isinstance(each, made)}
    counted = [each for each in rows(clinic) if each["part"] == "disclosure"]
    assert sum(each["times"] for each in counted) == len(recorded) == 7
    assert {each["event"] for each in counted} <= recorded
    [hers] = [disclosures(clinic.reports(), patient_id=clinic.ann).objects()]
    assert hers == []


@pytest.mark.parametrize(
    ("span", "number"),
    [
        ({"first_day": MONDAY + DAY}, 5),
        ({"first_day": MONDAY + DAY, "last_day": MONDAY + DAY}, 1),
        ({"last_day": MONDAY + 3 * 365 * DAY}, 7),
        ({"last_day": MONDAY + 3 * 366 * DAY}, 4),
        ({"last_day": MONDAY + 3 * 366 * DAY, "years": 6}, 7),
        ({"last_day": date(2028, 2, 29)}, 7),
        ({"last_day": date(2028, 3, 2)}, 7),
        ({"last_day": date(2028, 3, 3)}, 5),
    ],
)
def test_an_accounting_is_of_three_years_or_six_or_of_days_one_chooses(
    clinic: Documented, span: dict[str, Any], number: int
) -> None:
    assert sum(each["times"] for each in rows(clinic, **span)) == number


def test_what_is_made_for_the_patient_does_not_count(
    clinic: Documented, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Entry(
        *("director", "Dee Rector", ("director",), FACILITY, "document attendance-letter"),
        (clinic.ben,),
        purpose="operations",
        address="10.0.0.7",
        via="password",
    )
    with open_access(clinic.backend.database_url, pool_size=1) as store:
        store.log.record(
            entry,
            replace(entry, what="document attendance-record"),
            replace(entry, what="document court-report"),
            replace(entry, what="document census", outcome="refused"),
            replace(entry, what="history"),
        )
    assert {each["part"] for each in rows(clinic)} == {"disclosure"}
    monkeypatch.setattr(clinic, "now", datetime.now(UTC))
    found = rows(clinic, first_day=date(2026, 1, 1))
    assert [(each["part"], each["what"], each["recipient"]) for each in found] == [
        ("to the patient", "attendance letter", "the patient"),
        ("document", "attendance record", "not on record"),
        # Nothing is on record as disclosed on that day: so nobody knows what it was made for.
        ("document", "court report", "not on record"),
    ]
    assert {each["told_by"] for each in found} == {"Dee Rector [director]"}


def test_a_disclosure_is_covered_by_the_first_head_after_it(clinic: Documented) -> None:
    assert {each["head_size"] for each in rows(clinic)} == {None}
    journal = clinic.backend.journal
    last = journal.position()
    signed(journal, clinic.now, [(last - 1, last - 1), (last, last)], "journal")
    of = {each["basis"]: each["head_size"] for each in rows(clinic)}
    assert of["court order (42 CFR 2.61 to 2.67)"] == last
    assert of["medical emergency (42 CFR 2.51)"] == last - 1


def test_nobody_and_days_that_are_turned_around_are_refused(clinic: Documented) -> None:
    with pytest.raises(NobodyThere):
        disclosures(clinic.reports(), patient_id="patient-nobody")
    with pytest.raises(Unanswerable, match="the span begins on 2025-03-05"):
        rows(clinic, first_day=MONDAY + 2 * DAY, last_day=MONDAY)


def test_what_a_merged_record_was_told_of_is_the_survivors(shared_engines: Engines) -> None:
    with fresh_database(shared_engines) as backend:
        clinic = Documented(backend, "directory", "attendance", "care", "schedule")
        again = clinic.admitted("Benjamin", "Baker", "OS-again")
        clinic.does(give_consent, again, PAYER)
        clinic.does(disclose, again, Disclosure("d-1", "consent-2", ("attendance",), MONDAY))
        clinic.does(merge_patients, again, clinic.ben)
        [found] = rows(clinic)
        assert (found["recipient"], found["times"]) == ("Acme Health", 1)
