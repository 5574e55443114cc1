"""The accounting of disclosures: what of a patient was told to whom, when, why and by which rule.

What it says of each is what 45 CFR 164.528(b)(2) asks for: day, recipient, address where it is
known, what, and what for; 42 CFR 2.25 asks for the same of three years, and 2.51(c) for more of an
emergency. Several to one recipient for one purpose are told as a series (164.528(b)(3)): the first,
how often, the last. Everything is in it that was disclosed through Daybook or is on record as
disclosed, whichever rule lets it be left out. What is told to the patient is no part of it
(164.528(a)(1)(ii)), and is marked so. That an agency has the patient's right suspended
(164.528(a)(2)) is for who hands it out to know.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from domain.patient.consent import Purpose
from domain.recipient import Recipient, recipient_meant
from services.reports import history_wording
from services.reports.evidence import Delivery, DocumentMade, SealedHead
from services.reports.history_wording import Names, listed, words

Part = Literal["disclosure", "to the patient", "document", "not told"]
"""What a row of an accounting is.

`disclosure`: it counts. `to the patient`: it was made for them, and is no part of an accounting.
`document`: a document or export was made, and nobody put on record that it was handed to others.
`not told`: a subscriber was not told of something, and why.
"""

PARTS: tuple[Part, ...] = ("disclosure", "to the patient", "document", "not told")

How = Literal["on record", "document", "subscription"]
"""How something was told: as somebody put on record, by a document made, or to a subscriber."""

PURPOSES: Mapping[Purpose, str] = {
    "treatment-payment-operations": "treatment, payment and operations",
    "criminal-justice": "supervision by criminal justice",
    "legal": "a legal matter",
}
"""The purposes of a consent that do not speak for themselves."""

RULES: Mapping[str, str] = {
    "medical-emergency": "medical emergency (42 CFR 2.51)",
    "court-order": "court order (42 CFR 2.61 to 2.67)",
    "audit-or-evaluation": "audit or evaluation (42 CFR 2.53)",
    "research": "research (42 CFR 2.52)",
    "child-abuse-report": "report of child abuse or neglect (42 CFR 2.12(c)(6))",
    "crime-on-premises": "crime on the premises or against the staff (42 CFR 2.12(c)(5))",
}
"""The rules under which something is told without a consent."""

OF_DISCLOSURES = frozenset({"document court-report", "document review-packet"})
"""Documents that are on record as disclosures by themselves."""

FOR_THE_PATIENT = frozenset({"document attendance-letter", "document disclosure-accounting"})
"""Documents that are made for the patient."""

OF_A_DOCUMENT = "document-"
"""How the id of a disclosure begins that a document is."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Something that was told once, or as a series of the same.

    `told_at` is the instant of an emergency. `relies_on` is the consent's id or what a rule asks
    for, `because` why something was not told, `event` and `position` those of the first, and `head`
    the first signed head that covers it.
    """

    part: Part
    first: date
    last: date
    times: int
    told_at: datetime | None
    recipient: str
    address: str | None
    what: str
    purpose: str
    basis: str
    relies_on: str | None
    told_by: str | None
    how: How
    because: str | None = None
    event: str | None = None
    position: int | None = None
    head: SealedHead | None = None

    @property
    def frequency(self) -> str | None:
        """How often, of a series: about every so many days, or on one day."""
        if self.times == 1:
            return None
        between = (self.last - self.first).days
        if between == 0:
            return f"{self.times} times on one day"
        days = max(round(between / (self.times - 1)), 1)
        every = "day" if days == 1 else f"{days} days"
        return f"{self.times} times, about every {every}"


@dataclass(frozen=True, slots=True)
class Sources:
    """What an accounting is made of, besides what is told of each: who is called what, and when."""

    consents: Mapping[str, Any]
    recipients: Mapping[str, Recipient]
    contacts: Mapping[str, str]
    names: Names

    def day(self, at: datetime) -> date:
        """Return the day of an instant on the facility's clocks."""
        return at.astimezone(self.names.zone).date()

    def recipient(self, word: str) -> tuple[str, str | None]:
        """Return what a recipient is called whom a consent or a rule names, and their address."""
        if found := recipient_meant(word, self.recipients):
            return found.name, found.address
        return self.contacts.get(word, word), None


def of_record(rows: Iterable[Any], sources: Sources) -> Iterator[Disclosed]:
    """Yield what is on record as told; `rows` are those of `projections.care.DISCLOSURES`."""
    for row in rows:
        consent = sources.consents.get(row.consent_id)
        word = row.recipient or (consent.recipient if consent else "")
        name, address = sources.recipient(word)
        if row.affiliation:
            name = f"{name}, {row.affiliation}"
        yield Disclosed(
            *("disclosure", row.day, row.day, 1),
            row.told_at and row.told_at.astimezone(sources.names.zone),
            *(name, row.address or address, listed(row.scope)),
            row.purpose or _purpose(consent),
            _basis(consent) if row.basis == "consent" else RULES[row.basis],
            row.consent_id or row.reference,
            row.discloser or sources.names.author(row.author),
            "document" if row.disclosure_id.startswith(OF_A_DOCUMENT) else "on record",
            event=row.event_id,
        )


def of_documents(
    made: Iterable[DocumentMade], disclosed: Container[date], sources: Sources
) -> Iterator[Disclosed]:
    """Yield the documents that were made, and are no disclosure as far as is on record.

    `disclosed` are the days on which a document is on record as a disclosure.
    """
    for each in made:
        day, is_theirs = sources.day(each.at), each.what in FOR_THE_PATIENT
        if each.what in OF_DISCLOSURES and day in disclosed:
            continue
        yield Disclosed(
            *(_part_of(each, is_theirs=is_theirs), day, day, 1, None),
            "the patient" if is_theirs else each.recipient or "not on record",
            *(None, words(each.what.removeprefix("document "))),
            "asked for by the patient" if is_theirs else each.purpose or "not on record",
            *("none is needed" if is_theirs else "not on record", None),
            *(f"{each.name} [{each.account}]", "document"),
        )


def _part_of(made: DocumentMade, *, is_theirs: bool) -> Part:
    """Return what a document is in an accounting: an export for somebody is a disclosure."""
    if is_theirs:
        return "to the patient"
    return "disclosure" if made.recipient else "document"


def of_deliveries(sent: Iterable[Delivery], sources: Sources) -> Iterator[Disclosed]:
    """Yield what subscribers outside the program were told, and what they were not."""
    for each in sent:
        consent, day = sources.consents.get(each.consent_id), sources.day(each.at)
        yield Disclosed(
            *("not told" if each.why_not else "disclosure", day, day, 1, None),
            *(each.recipient, each.address, words(each.scope), _purpose(consent)),
            *(_basis(consent), each.consent_id, "Daybook, by itself", "subscription"),
            because=each.why_not and f"the consent {each.why_not}",
            position=each.position,
        )


def in_series(told: Iterable[Disclosed], first: date, last: date) -> list[Disclosed]:
    """Return what was told on some days, both included, by part and day; the same as a series.

    What was told in an emergency stands by itself, with its instant.
    """
    found = sorted((each for each in told if first <= each.last <= last), key=_alike)
    series = [_series(list(each)) for _, each in groupby(found, key=_alike)]
    return sorted(series, key=lambda each: (PARTS.index(each.part), each.first, _alike(each)))


_SAID = attrgetter("recipient", "what", "purpose", "basis", "how")


def _alike(each: Disclosed) -> tuple[str, ...]:
    others = (each.address, each.relies_on, each.because, each.told_at and each.told_at.isoformat())
    return (each.part, *_SAID(each), *(str(other or "") for other in others))


def _series(same: list[Disclosed]) -> Disclosed:
    first = min(same, key=lambda each: (each.first, each.position or 0))
    return replace(first, last=max(each.last for each in same), times=len(same))


def _purpose(consent: Any) -> str:
    return PURPOSES.get(consent.purpose, words(consent.purpose)) if consent else "not on record"


def _basis(consent: Any) -> str:
    return f"consent given on {history_wording.day(consent.given_on)}" if consent else "consent"
