"""What was delivered, and what was not and why, as the accounting of disclosures says it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from domain.patient import Consent
from services.application.disclosures import give_consent, revoke_consent
from services.application.episode import grant_leave
from services.application.facilities import name_recipient
from services.embedded import Engines
from services.publishing.disclosures import DisclosuresPublisher
from services.publishing.outbox import make_tables
from services.reports.disclosures import disclosures
from tests.support.backend import Backend, fresh_database, running, until
from tests.support.documented_clinic import Documented
from tests.support.sharing_clinic import COURT, PAYER
from tests.support.small_clinic import FACILITY

TENTH, ELEVENTH, TWELFTH = (date(2025, 3, day) for day in (10, 11, 12))


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend, "directory", "attendance", "care", "schedule")


async def decided(backend: Backend, clinic: Documented) -> None:
    """Have it decided of all that is recorded who is told, at the clinic's time."""
    make_tables(backend.journal)
    publisher = DisclosuresPublisher(
        backend.journal, backend.database_url, clock=lambda: clinic.now
    )

    async def followed() -> bool:
        found = backend.rows("SELECT position FROM announcements.followed")
        return found == [(backend.journal.position(),)]

    async with running(publisher.run):
        await until(followed)


def away(clinic: Documented, day: date) -> None:
    """Let Ben be granted a leave of a day, on the eve of it."""
    clinic.does(grant_leave, clinic.ben, day, day, "a trip")


async def test_of_two_events_around_the_end_of_a_consent_it_says_what_was_told_and_why_not(
    clinic: Documented,
) -> None:
    for each in (PAYER, COURT):
        clinic.does(name_recipient, FACILITY, each)
    clinic.at("09:00", TENTH)
    court = Consent(
        "consent-court", "county-court", "criminal-justice", ("attendance",), TENTH, ELEVENTH
    )
    payer = Consent(
        "consent-payer", PAYER.name, "treatment-payment-operations", ("attendance",), TENTH
    )
    for consent in (court, payer):
        clinic.does(give_consent, clinic.ben, consent)
    away(clinic, ELEVENTH)
    await decided(clinic.backend, clinic)
    clinic.at("09:00", TWELFTH)
    clinic.does(revoke_consent, clinic.ben, "consent-payer", TWELFTH)
    away(clinic, TWELFTH)
    await decided(clinic.backend, clinic)
    rows: list[dict[str, Any]] = disclosures(clinic.reports(), patient_id=clinic.ben).objects()
    shown = ("part", "recipient", "address", "first", "relies_on", "because", "how")
    assert [tuple(each[name] for name in shown) for each in rows] == [
        *(
            ("disclosure", who.name, who.address, TENTH, relied_on, None, "subscription")
            for who, relied_on in ((PAYER, "consent-payer"), (COURT, "consent-court"))
        ),
        *(
            ("not told", who.name, who.address, TWELFTH, relied_on, because, "subscription")
            for who, relied_on, because in (
                (PAYER, "consent-payer", "the consent was revoked on 2025-03-12"),
                (COURT, "consent-court", "the consent ended on 2025-03-11"),
            )
        ),
    ]
