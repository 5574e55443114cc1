"""The accounting of disclosures on paper, for the patient who asks for one.

42 CFR 2.25 and 45 CFR 164.528(b) say what it has; see `services.reports.accounting`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from services.documents.clinic import Patient, called, clinic_of_patient
from services.documents.kind import Asked, Document, Table, kind
from services.documents.sealed import HeadShown, heads_shown
from services.reports.accounting import Disclosed, Part
from services.reports.disclosures import COLUMNS, Span, accounting_of, values_of
from services.reports.queries import ReportQueries
from services.reports.question import TELLS_OF_PATIENTS, names

NAME = "disclosure-accounting"


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was told, once or as a series; `head` is the size of the head over the first.

    `told_at` is the instant of an emergency, whose nature the purpose is.
    """

    first: date
    last: date
    times: int
    frequency: str | None
    told_at: datetime | None
    recipient: str
    address: str | None
    what: str
    purpose: str
    basis: str
    relies_on: str | None
    told_by: str | None
    how: str
    because: str | None
    head: int | None


@dataclass(frozen=True, slots=True)
class DisclosureAccounting:
    """What was told of a patient from one day to another, both included."""

    patient: Patient
    first: date
    last: date
    years: int | None
    disclosures: tuple[Line, ...]
    not_told: tuple[Line, ...]
    to_the_patient: tuple[Line, ...]
    documents: tuple[Line, ...]
    heads: tuple[HeadShown, ...]


@kind(
    NAME,
    about="patient",
    title="Accounting of disclosures",
    reads=(*TELLS_OF_PATIENTS, "care", "schedule"),
    confidential=False,
)
def disclosure_accounting(reports: ReportQueries, asked: Asked) -> Document:
    """Return what was told of a patient: to whom, when, what, what for and by which rule."""
    with reports.connected() as conn:
        patient_id = reports.patient(conn, str(asked.patient_id))
        clinic = clinic_of_patient(reports, conn, patient_id)
        span = Span(asked.years, asked.first, asked.last)
        found = accounting_of(reports, conn, patient_id, span)
        patient = called(reports.people(conn), patient_id)
    facts = DisclosureAccounting(
        *(patient, found.first, found.last, None if asked.first else asked.years),
        disclosures=_lines(found.told, "disclosure"),
        not_told=_lines(found.told, "not told"),
        to_the_patient=_lines(found.told, "to the patient"),
        documents=_lines(found.told, "document"),
        heads=heads_shown(clinic, (each.head for each in found.told)),
    )
    table = Table(names(COLUMNS), [values_of(each) for each in found.told])
    return Document(facts, table, clinic.site, frozenset({patient_id}))


def _lines(told: Iterable[Disclosed], part: Part) -> tuple[Line, ...]:
    return tuple(
        Line(
            *(each.first, each.last, each.times, each.frequency, each.told_at),
            *(each.recipient, each.address, each.what, each.purpose, each.basis),
            *(each.relies_on, each.told_by, each.how, each.because),
            each.head.size if each.head else None,
        )
        for each in told
        if each.part == part
    )
