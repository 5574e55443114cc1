"""Under which consent a payer is told of a patient, and what of them (42 CFR 2.31, 2.33)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.facility import Facility
from domain.patient import Patient
from domain.patient.consent import NEEDS_NO_END, Consent, Scope
from services.documents.kind import Asked, Refused
from services.documents.redisclosure import consents_of, present
from services.reports.history_wording import listed
from services.reports.queries import NobodyThere, ReportQueries

TELLS: tuple[Scope, ...] = ("attendance", "plan", "assessments", "drug-tests")
"""The parts that a packet can have, by what the consent has to cover; attendance is in each."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A consent under which a payer is told, and the parts that it covers of what is wanted.

    `names_payer`: it names this one, and not a class of them.
    """

    consent: Consent
    scope: tuple[Scope, ...]
    names_payer: bool


def consent_to_payer(
    reports: ReportQueries, asked: Asked, rows: Iterable[Any], payer: str, days: tuple[date, ...]
) -> Covered:
    """Return the consent under which a payer is told, the latest that holds, and what is told.

    It names the payer, by name or as a recipient of the site, or was asked for by its id: one may
    name a class of payers (42 CFR 2.31(a)(4)). Raises Refused where none holds on these days, or
    covers what was asked for, and NobodyThere where there is none by the id.
    """
    record = present(reports, str(asked.patient_id))
    since = record.revoked if record else {}
    named = {payer.casefold(), *_recipient_ids(reports, payer, record)}
    found = [
        (consent, since.get(consent.consent_id, revoked_on))
        for consent, revoked_on in consents_of(rows)
        if consent.consent_id == asked.consent_id
        or (asked.consent_id is None and consent.recipient.casefold() in named)
    ]
    if asked.consent_id is not None and not found:
        raise NobodyThere(f"no consent {asked.consent_id!r} is on record")
    for_payment = [each for each in found if each[0].purpose == NEEDS_NO_END]
    against = [] if for_payment else [f"no consent to {payer} for payment is on record"]
    holding = []
    for consent, revoked_on in for_payment:
        because = [each for day in days if (each := consent.why_not(day, revoked_on))]
        if because:
            against.append(f"the consent to {consent.recipient} {because[0]}")
        else:
            holding.append(consent)
    if not holding:
        raise Refused(f"{payer} may not be told: {'; '.join(against)} (42 CFR 2.31)")
    consent = max(holding, key=lambda each: (each.given_on, each.consent_id))
    scope = tuple(each for each in asked.scope or TELLS if each in consent.scope)
    beyond = [each for each in asked.scope if each not in scope]
    if beyond or "attendance" not in scope:
        lacks = listed(beyond or ["attendance"])
        raise Refused(
            f"{payer} may not be told: the consent covers {listed(consent.scope)}, not {lacks}"
        )
    return Covered(consent, scope, consent.recipient.casefold() in named)


def _recipient_ids(reports: ReportQueries, payer: str, record: Patient | None) -> set[str]:
    """Return by which id of the site's register a consent may name a payer."""
    site = (
        reports.journal.load(Facility.id_of(record.facility_id))
        if reports.journal and record
        else None
    )
    known = site.recipients.values() if site else ()
    return {each.recipient_id for each in known if each.name.casefold() == payer.casefold()}
