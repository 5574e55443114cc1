"""What of a patient was told to others: under a consent, in an emergency, or by another rule.

What an accounting asks for of each is on record with it: 42 CFR 2.25, which asks for what 45 CFR
164.528(b) does, and 2.51(c) for emergencies. Both were read on November 29, 2026: 2.25 and 2.51 in
copies of the sections in force (https://law.lawstack.com/cfr/42/2.25/, casetext's of 2.51), 164.528
in a copy of the rule of 2002 (https://brickergraydon.com/insights/resources/key/).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.patient.consent import Scope

Basis = Literal[
    "court-order", "audit-or-evaluation", "research", "child-abuse-report", "crime-on-premises"
]
"""The rule under which something may be told without a consent, beside an emergency.

In order: 42 CFR 2.61 to 2.67, 2.53, 2.52, 2.12(c)(6) and 2.12(c)(5), none of which was read.
"""

OF_AN_ORDER: Basis = "court-order"
"""The basis that names the order it relies on."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Something was told to a consent's recipient, on a day, relying on that consent.

    `recipient` is who was told, where the consent names a class of them (42 CFR 2.31(a)(4)) or it
    was somebody within the organization that it names; None: whom the consent names. `address` is
    theirs, None where it is not known. `purpose` says what for in a few words; None: what the
    consent says.
    """

    disclosure_id: str
    consent_id: str
    scope: tuple[Scope, ...]
    day: date
    recipient: str | None = None
    address: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class EmergencyDisclosure:
    """Medical personnel were told something in an emergency, without a consent (42 CFR 2.51(c)).

    `told_at` is the instant. `personnel` is their name, `affiliation` the health care facility
    that they are of, None where they are of none. `discloser` is who told it, `nature` the nature
    of the emergency in a few words.
    """

    disclosure_id: str
    told_at: datetime
    personnel: str
    affiliation: str | None
    discloser: str
    nature: str
    scope: tuple[Scope, ...]
    address: str | None = None


@dataclass(frozen=True, slots=True)
class UnconsentedDisclosure:
    """Something was told on a day by another rule than a consent or an emergency.

    `purpose` informs of the basis in a few words (45 CFR 164.528(b)(2)(iv)). `reference` is what it
    relies on, as the number of a court's order or the agreement of an audit; None where there is
    none.
    """

    disclosure_id: str
    basis: Basis
    recipient: str
    purpose: str
    scope: tuple[Scope, ...]
    day: date
    reference: str | None = None
    address: str | None = None


AnyDisclosure = Disclosure | EmergencyDisclosure | UnconsentedDisclosure
