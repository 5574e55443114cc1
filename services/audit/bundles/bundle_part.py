"""What a bundle is about: a whole log, or of the journal one facility, one patient, one span."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import LiteralString

from domain.errors import DaybookError
from domain.identity import RecordNumber
from services.journal import Journal, lookups
from services.journal.patient_record import patient_record, records_of
from services.journal.told import NAMES
from services.vault import Vault

PATIENT_ID = re.compile(rb"patient-[0-9a-f]{32}")
"""How a patient's random id is written, wherever an event names them."""

_OF_PATIENT: LiteralString = f"""
    SELECT notification_id FROM journal.journal_events
    WHERE notification_id <= %(until)s AND (
        originator_id = ANY (%(whole)s) OR originator_id = ANY (%(partly)s) AND {NAMES})
    ORDER BY notification_id
"""  # noqa: S608 - an expression of ours

_OF_SPAN: LiteralString = """
    SELECT notification_id FROM journal.journal_events
    WHERE notification_id BETWEEN %s AND %s ORDER BY notification_id
"""

_OPENED_AT: LiteralString = """
    SELECT journal.said(state) ->> 'facility_id' AS facility_id FROM journal.journal_events
    WHERE originator_id = %s AND originator_version = 1
"""


class NotThere(DaybookError):
    """What a bundle is asked of is not in the journal."""


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where of the journal, both ends included: positions, or days of recording.

    A day is one of UTC, and an event of it by the time at which it says that it was recorded.
    """

    first: int | date | None = None
    last: int | date | None = None

    def positions(self, journal: Journal, until: int) -> tuple[int, int]:
        """Return the first and the last position, at most `until`."""
        first, last = self.first, self.last
        if isinstance(first, date):
            first = journal.recorded(_midnight(first) - timedelta(microseconds=1)).position + 1
        if isinstance(last, date):
            ends = _midnight(last + timedelta(days=1)) - timedelta(microseconds=1)
            last = journal.recorded(ends).position
        return first or 1, until if last is None else min(last, until)


@dataclass(frozen=True, slots=True)
class Part:
    """Events of the journal by their positions, in order; `says` is for the manifest.

    With `own` those bodies are kept back that name another patient than these.
    """

    positions: Sequence[int]
    says: Mapping[str, object] = field(default_factory=dict)
    own: frozenset[str] | None = None

    def may_show(self, state: bytes) -> bool:
        """Tell whether the body of one of the events is about nobody else."""
        return self.own is None or set(patients_in(state)) <= self.own


def patients_in(state: bytes) -> Iterator[str]:
    """Yield the ids of the patients whom an event names."""
    for each in PATIENT_ID.findall(state):
        yield each.decode()


def part_of(
    journal: Journal,
    vault: Vault,
    until: int,
    *,
    facility_id: str | None = None,
    patient: str | None = None,
    span: Span | None = None,
) -> Part | None:
    """Return what is asked of the journal up to a position; None where that is all of it.

    A patient is named by their record number or their id; what they recorded under others that
    were merged is theirs. Raises NotThere.
    """
    if facility_id is None and patient is None and span is None:
        return None
    if facility_id is not None and facility_id not in journal.facilities():
        raise NotThere(f"there is no facility {facility_id!r}")
    first, last = span.positions(journal, until) if span else (1, until)
    own: frozenset[str] | None = None
    says: dict[str, object] = {"from": first, "through": last} if span else {}
    if patient is not None:
        found, own = _of_patient(journal, vault, patient, facility_id, last)
        says |= {"patient": sorted(own)}
    elif facility_id is not None:
        with journal.connection() as conn:
            found = lookups.positions(conn, facility_id, last)
        says |= {"facility": facility_id}
    else:
        with journal.connection() as conn:
            rows = conn.execute(_OF_SPAN, (first, last)).fetchall()
        found = [row["notification_id"] for row in rows]
    return Part([each for each in found if first <= each], says, own)


def _of_patient(
    journal: Journal, vault: Vault, patient: str, facility_id: str | None, until: int
) -> tuple[list[int], frozenset[str]]:
    """Return where the events about a patient stand, and the ids under which they are known."""
    patient_id, of = _known(journal, vault, patient, facility_id)
    own = records_of(journal, patient_id)
    record = patient_record(journal, of, own)
    asked = {
        "until": until,
        "whole": list(record.whole),
        "partly": [*record.sessions, *record.programs, *record.numbers],
        "named": list(record.named),
    }
    with journal.connection() as conn:
        rows = conn.execute(_OF_PATIENT, asked).fetchall()
    return [row["notification_id"] for row in rows], frozenset(own)


def _known(
    journal: Journal, vault: Vault, patient: str, facility_id: str | None
) -> tuple[str, str]:
    """Return the id of a patient and their facility. Raises NotThere, without the number."""
    where = [facility_id] if facility_id else journal.facilities()
    if PATIENT_ID.fullmatch(patient.encode()):
        with journal.connection() as conn:
            row = conn.execute(_OPENED_AT, (patient,)).fetchone()
        found = {patient: row["facility_id"]} if row and row["facility_id"] in where else {}
    else:
        found = {}
        for each in where:
            number = journal.load(RecordNumber.id_of(vault.number_hash(each, patient)))
            if number is not None and number.patient_id:
                found[number.patient_id] = each
    if not found:
        raise NotThere("no patient there has this record number or id")
    if len(found) > 1:
        raise NotThere(
            "several facilities have this record number, say which:"
            f" {', '.join(sorted(found.values()))}"
        )
    [(patient_id, of)] = found.items()
    return patient_id, of


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
