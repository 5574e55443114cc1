"""A patient's consent to disclosures (42 CFR 2.31)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Purpose = Literal[
    "treatment-payment-operations",
    "legal",
    "employment",
    "education",
    "family",
    "research",
    "criminal-justice",
]
"""What a disclosure is for.

`criminal-justice`: to those who made the treatment a condition and watch over the patient's
progress (42 CFR 2.35, of which an earlier copy was read); `legal`: any other legal matter.
"""

Signer = Literal["patient", "guardian", "patient-and-guardian"]
"""Who signed a consent. Whether a minor signs alone is for the state's law to say (42 CFR 2.14)."""

OF_A_COURT: frozenset[Purpose] = frozenset({"legal", "criminal-justice"})
"""The purposes for which something is reported to a court or whoever supervises for one."""

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

    `recipient` is an organization or office, one of the site's recipients by its id or name, or the
    id of one of the patient's supporters;
    `discloser` who may tell it, a person or a class of persons (42 CFR 2.31(a)(2)).
    `redisclosure_told`: the form says that the recipient may tell it on (2.31(a)(4)(iii)).
    `interpreter`: somebody interpreted. None: not said. The section was read at
    https://www.govregs.com/regulations/expand/title42_chapterI_part2_subpartC_section2.31.
    """

    consent_id: str
    recipient: str
    purpose: Purpose
    scope: tuple[Scope, ...]
    given_on: date
    last_day: date | None = None
    discloser: str | None = None
    redisclosure_told: bool | None = None
    signed_by: Signer | None = None
    interpreter: bool | None = None

    def why_not(self, day: date, revoked_on: date | None) -> str | None:
        """Say why nothing may be told under it on a day; None where it is in force."""
        if revoked_on and day >= revoked_on:
            return f"was revoked on {revoked_on}"
        if day < self.given_on:
            return f"was given on {self.given_on}"
        if self.last_day and day > self.last_day:
            return f"ended on {self.last_day}"
        return None
