"""Under which consent something is told, and the notice that goes with it (42 CFR 2.31, 2.32)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, cast

from domain.facility import Facility
from domain.patient import Disclosure, Patient
from domain.patient.consent import OF_A_COURT, Consent, Purpose, Scope, Signer
from domain.recipient import Recipient, recipient_meant
from services.documents.kind import Order, Refused
from services.reports.accounting import PURPOSES
from services.reports.history_wording import listed, words
from services.reports.queries import NobodyThere, ReportQueries, Unanswerable

Recipients = Mapping[str, Recipient]
"""The recipients of a site, by their ids."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The statement that accompanies a disclosure, and whether its source was read in full."""

    citation: str
    paragraphs: tuple[str, ...]
    verified: bool


NOTICE = Notice(
    "42 CFR 2.32(a)(1)",
    (
        "This record which has been disclosed to you is protected by Federal confidentiality rules"
        " (42 CFR part 2). These rules prohibit you from using or disclosing this record, or"
        " testimony that describes the information contained in this record, in any civil,"
        " criminal, administrative, or legislative proceedings by any Federal, State, or local"
        " authority, against the patient, unless authorized by the consent of the patient, except"
        " as provided at 42 CFR 2.12(c)(5) or as authorized by a court in accordance with 42 CFR"
        " 2.64 or 2.65. In addition, the Federal rules prohibit you from making any other use or"
        " disclosure of this record unless at least one of the following applies:",
        "(i) Further use or disclosure is expressly permitted by the written consent of the"
        " individual whose information is being disclosed in this record or as otherwise permitted"
        " by 42 CFR part 2.",
        "(ii) You are a covered entity or business associate and have received the record for"
        " treatment, payment, or health care operations, or",
        "(iii) You have received the record from a covered entity or business associate as"
        " permitted by 45 CFR part 164, subparts A and E.",
        "A general authorization for the release of medical or other information is NOT sufficient"
        " to meet the required elements of written consent to further use or redisclose the record"
        " (see 42 CFR 2.31).",
    ),
    verified=False,
)
"""Statement 1 of the section in force since April 16, 2024.

89 FR 12472 (February 16, 2024). Its first paragraph was read on November 30, 2026 in a copy of the
section (https://compliancecosmos.org/notice-and-copy-consent-accompany-disclosure), which ends
there; the whole stands word for word alike in three public programs that print it, one of them of a
health information exchange. The section itself was not read, and so it is not called verified.
"""


@dataclass(frozen=True, slots=True)
class ConsentCopy:
    """The facts of a consent, as they go with what is told (42 CFR 2.32(b)).

    What an older consent did not say is None.
    """

    consent_id: str
    recipient: str
    purpose: str
    scope: tuple[str, ...]
    given_on: date
    last_day: date | None
    discloser: str | None
    redisclosure_told: bool | None
    signed_by: str | None
    interpreter: bool | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told to a court: under a consent by its id, to a recipient, or whichever holds.

    `days` are those on which the consent has to hold: of the report, and of what is known for it.
    """

    scope: tuple[Scope, ...]
    days: tuple[date, ...]
    consent_id: str | None = None
    recipient: str | None = None

    def names(self, consent: Consent) -> bool:
        """Tell whether a consent is one that was asked for."""
        if self.consent_id is not None:
            return consent.consent_id == self.consent_id
        if self.recipient is not None:
            return consent.recipient.casefold() == self.recipient.casefold()
        return consent.purpose in OF_A_COURT


def consents_of(
    rows: Iterable[Any], recipients: Recipients = MappingProxyType({})
) -> list[tuple[Consent, date | None]]:
    """Return consents with the day on which each was taken back, if it was.

    `rows` are those of `projections.care.CONSENTS`. A consent that names one of the site's
    `recipients` by its id has its name.
    """
    return [
        (
            Consent(
                *(row.consent_id, name_of(row.recipient, recipients)),
                cast("Purpose", row.purpose),
                cast("tuple[Scope, ...]", tuple(row.scope)),
                *(row.given_on, row.last_day, row.discloser, row.redisclosure_told),
                cast("Signer | None", row.signed_by),
                row.interpreter,
            ),
            row.revoked_on,
        )
        for row in rows
    ]


def consent_for(
    wanted: Wanted,
    known: Iterable[tuple[Consent, date | None]],
    revoked_since: Mapping[str, date],
) -> Consent:
    """Return the consent that covers what is wanted.

    `known` are the consents of the moment that is looked at, `revoked_since` those that are taken
    back by now. Raises Refused where none covers it, Unanswerable where several do, and
    NobodyThere where there is none by the id.
    """
    found = [(consent, revoked) for consent, revoked in known if wanted.names(consent)]
    if wanted.consent_id is not None and not found:
        raise NobodyThere(f"no consent {wanted.consent_id!r} is on record")
    covering, against = [], []
    for consent, revoked_on in found:
        taken_back = revoked_since.get(consent.consent_id, revoked_on)
        lacks = _lacks(wanted, consent, taken_back)
        if lacks:
            against.append(f"the consent to {consent.recipient} {lacks}")
        else:
            covering.append(consent)
    if len(covering) > 1:
        which = ", ".join(f"{each.consent_id} ({each.recipient})" for each in covering)
        raise Unanswerable(f"several consents cover this, say which with --consent: {which}")
    if not covering:
        to = f" to {wanted.recipient}" if wanted.recipient is not None else ""
        none = f"no consent{to} for a legal matter or for criminal justice is on record"
        raise Refused(f"nothing may be told: {'; '.join(against) or none} (42 CFR 2.31)")
    return covering[0]


def _lacks(wanted: Wanted, consent: Consent, revoked_on: date | None) -> str | None:
    """Say what a consent lacks for what is wanted; None where it covers it."""
    if consent.purpose not in OF_A_COURT:
        return f"is for {PURPOSES.get(consent.purpose, consent.purpose)}, not for a court"
    for day in wanted.days:
        if because := consent.why_not(day, revoked_on):
            return because
    beyond = [each for each in wanted.scope if each not in consent.scope]
    if beyond:
        told = f"covers {listed(consent.scope)}, not {listed(beyond)}"
        return f"{told}: --scope says what is told"
    return None


def copy_of(consent: Consent, recipient: str) -> ConsentCopy:
    """Return the facts of a consent, its recipient as people know them."""
    return ConsentCopy(
        consent.consent_id,
        recipient,
        PURPOSES.get(consent.purpose, consent.purpose),
        tuple(map(words, consent.scope)),
        consent.given_on,
        consent.last_day,
        consent.discloser,
        consent.redisclosure_told,
        consent.signed_by and words(consent.signed_by),
        consent.interpreter,
    )


def name_of(word: str, recipients: Recipients) -> str:
    """Return the name of the recipient whom a consent means; the word where it means none."""
    found = recipient_meant(word, recipients)
    return found.name if found else word


def recipients_of(reports: ReportQueries, facility_id: str) -> Recipients:
    """Return who outside the program can be told of a site's patients, by their ids."""
    site = reports.journal.load(Facility.id_of(facility_id)) if reports.journal else None
    return site.recipients if site else {}


def present(reports: ReportQueries, patient_id: str) -> Patient | None:
    """Return the patient's record as it is now, also where reports look back."""
    return reports.journal.load(patient_id) if reports.journal else None


def orders_of(told: Disclosure, patient_id: str, reports: ReportQueries) -> tuple[Order, ...]:
    """Return what records a disclosure before it is handed out: nothing where it is on record."""
    record = present(reports, patient_id)
    if record and told.disclosure_id in record.disclosures:
        return ()
    return (("patient.disclose", {"patient_id": patient_id, "disclosure": told}),)
