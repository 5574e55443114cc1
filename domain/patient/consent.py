"""A patient's consent to disclosures, and each disclosure made under it (42 CFR 2.31)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Purpose = Literal[
    "treatment-payment-operations", "legal", "employment", "education", "family", "research"
]

Scope = Literal[
    "attendance", "schedule", "plan", "assessments", "drug-tests", "discharge", "support"
]
"""A kind of information that may be disclosed."""

NEEDS_NO_END: Purpose = "treatment-payment-operations"
"""The purpose for which a consent may last until it is revoked.

Kipu's reading of the 2024 rule,
https://kipucompliance.zendesk.com/hc/en-us/articles/45676182925595.
"""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a patient agreed to, on which day and until when (None: until it is revoked).

    `recipient` is an organization or office, or the id of one of the patient's supporters.
    """

    consent_id: str
    recipient: str
    purpose: Purpose
    scope: tuple[Scope, ...]
    given_on: date
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Something was told to a consent's recipient, on a day, relying on that consent."""

    disclosure_id: str
    consent_id: str
    scope: tuple[Scope, ...]
    day: date
