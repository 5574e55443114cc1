"""A consent as it is shown: whom it means, and whether anything is delivered under it."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from domain.recipient import Recipient
from services.reports.consent_shown import consent_shown
from services.reports.page_examples import PATIENT
from services.reports.patient_page_text import lines

TODAY = date(2026, 11, 16)
PAYER = Recipient("acme-health", "Acme Health Plan", "payer")
ROW = {
    "recipient": "acme-health",
    "purpose": "treatment-payment-operations",
    "scope": ["attendance"],
    "given_on": date(2026, 11, 2),
    "last_day": None,
    "revoked_on": None,
    "discloser": None,
    "redisclosure_told": None,
    "signed_by": None,
    "interpreter": None,
}


def shown(recipient: str) -> dict[str, Any]:
    row = SimpleNamespace(**ROW | {"recipient": recipient})
    return consent_shown(row, {"supporter-1": "Ada Baker"}, {PAYER.recipient_id: PAYER}, TODAY)


@pytest.mark.parametrize(
    ("word", "name", "delivered"),
    [
        ("acme-health", "Acme Health Plan", True),
        ("Acme Health Plan", "Acme Health Plan", True),
        ("supporter-1", "Ada Baker", False),
        ("Acme", "Acme", False),
    ],
)
def test_a_consent_is_to_a_recipient_of_the_site_or_delivers_nothing(
    word: str, name: str, delivered: bool
) -> None:
    found = shown(word)
    assert (found["recipient"], found["delivered"]) == (name, delivered)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("acme-health", "delivered to them as it is recorded"),
        ("Acme", "nothing is delivered by itself: the site has no recipient of this name"),
    ],
)
def test_a_page_says_whether_anything_is_delivered(word: str, says: str) -> None:
    said = [each.plain.strip() for each in lines({**PATIENT, "consents": [shown(word)]})]
    assert said.count(says) == 1
