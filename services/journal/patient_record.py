"""Where in the journal a patient's record stands: in their own aggregates, and in others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import LiteralString

from eventsourcing.persistence import Notification

from domain.facility import Facility
from domain.identity import Identity, RecordNumberAssigned
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import AssessmentTaken
from domain.monitoring.incidents import Incidents
from domain.patient import (
    PatientAbsorbed,
    PatientMerged,
    SessionsBooked,
    SupporterNamed,
)
from domain.program import ProgramOpened
from domain.screening import ScreeningRecorded
from domain.session import SessionRescheduled, SessionScheduled
from services.journal import lookups
from services.journal.journal import Journal
from services.journal.told import NAMES, of_topics, opened

_POSITIONS: LiteralString = f"""
    SELECT notification_id FROM journal.journal_events
    WHERE notification_id <= %(until)s AND (
        originator_id = ANY (%(whole)s)
        OR originator_id = ANY (%(partly)s) AND {NAMES}
        OR originator_id = ANY (%(sessions)s) AND (
            {NAMES} OR position('"patient_id":"'::bytea IN state) = 0
            AND position('"supporter_id":"'::bytea IN state) = 0))
    ORDER BY notification_id
"""  # noqa: S608 - an expression of ours

_SCHEDULED: LiteralString = """
    SELECT originator_id, (journal.said(state) -> 'meeting' ->> 'day')::date AS day
    FROM journal.journal_events
    WHERE originator_version = 1 AND topic = %(topic)s
        AND journal.said(state) ->> 'facility_id' = %(facility_id)s
        AND (journal.said(state) -> 'meeting' ->> 'day')::date BETWEEN %(first)s AND %(last)s
"""

BOOKED_WITHIN = timedelta(days=45)
"""How far ahead a session can mend what is open: a month, and some days to make up for it."""

MOVED_WITHIN = timedelta(days=60)
"""How far a session is moved from the day on which it was first scheduled."""

AT_ONCE = 1000
"""Events that are read at once."""


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """The aggregates in which a patient's record stands; `named` are the texts that name them.

    `whole` are about nobody else; of `sessions`, `programs` and `numbers` what names them is.
    """

    whole: Sequence[str]
    sessions: Sequence[str]
    programs: Sequence[str]
    numbers: Sequence[str]
    named: Sequence[str]


def patient_record(journal: Journal, facility_id: str, patient_ids: Sequence[str]) -> PatientRecord:
    """Return where the record of a patient stands who is known by these ids."""
    close = of_topics(journal, patient_ids, [SupporterNamed.TOPIC])
    supporters = {each.supporter_id for each in close if isinstance(each, SupporterNamed)}
    named = [f'"{each}"' for each in (*patient_ids, *sorted(supporters))]
    measured = [AssessmentTaken.TOPIC, ScreeningRecorded.TOPIC]
    return PatientRecord(
        [
            *patient_ids,
            *map(Identity.id_of, patient_ids),
            *map(DrugTesting.id_of, patient_ids),
            *map(Incidents.id_of, patient_ids),
            *opened(journal, facility_id, measured, named),
        ],
        _sessions(journal, patient_ids),
        opened(journal, facility_id, [ProgramOpened.TOPIC], [""]),
        opened(journal, facility_id, [RecordNumberAssigned.TOPIC], named),
        named,
    )


def _sessions(journal: Journal, patient_ids: Sequence[str]) -> list[str]:
    """Return the sessions for which a patient was ever booked, or waited: they come to no other."""
    found = {each for patient_id in patient_ids for each in journal.waited(patient_id)}
    for event in of_topics(journal, patient_ids, [SessionsBooked.TOPIC]):
        if isinstance(event, SessionsBooked):
            found |= {each.session_id for each in event.bookings}
    return sorted(found)


def records_of(journal: Journal, patient_id: str) -> list[str]:
    """Return the ids of all records of a person: the one that goes on, then what it absorbed."""
    while into := _merged_into(journal, patient_id):
        patient_id = into
    found = [patient_id]
    for each in found:
        absorbed = of_topics(journal, [each], [PatientAbsorbed.TOPIC])
        found += [event.patient_id for event in absorbed if isinstance(event, PatientAbsorbed)]
    return found


def _merged_into(journal: Journal, patient_id: str) -> str | None:
    for event in of_topics(journal, [patient_id], [PatientMerged.TOPIC]):
        if isinstance(event, PatientMerged):
            return event.into
    return None


def _to_come(journal: Journal, facility_id: str, first: date) -> list[str]:
    """Return the sessions from a day on for which somebody might still be booked."""
    asked = {
        "topic": SessionScheduled.TOPIC,
        "facility_id": facility_id,
        "first": first - MOVED_WITHIN,
        "last": first + BOOKED_WITHIN + MOVED_WITHIN,
    }
    with journal.connection() as conn:
        days = {row["originator_id"]: row["day"] for row in conn.execute(_SCHEDULED, asked)}
    for event in of_topics(journal, list(days), [SessionRescheduled.TOPIC]):
        if isinstance(event, SessionRescheduled):
            days[event.originator_id] = event.meeting.day
    return [each for each, day in days.items() if first <= day <= first + BOOKED_WITHIN]


def events_about(
    journal: Journal, facility_id: str, patient_id: str, until: int, at: datetime
) -> Iterator[Sequence[Notification]]:
    """Yield the events up to a position that say what is so of a patient at a time, in order.

    Those are of their record, of the facility and its programs, of their sessions what is about
    nobody else, and of sessions to come everything: whether a place is left there decides whether
    a week can still be mended.
    """
    record = patient_record(journal, facility_id, records_of(journal, patient_id))
    to_come = _to_come(journal, facility_id, at.date() - timedelta(days=1))
    asked = {
        "until": until,
        "whole": [Facility.id_of(facility_id), *record.programs, *record.whole, *to_come],
        "partly": list(record.numbers),
        "sessions": list(record.sessions),
        "named": list(record.named),
    }
    with journal.connection() as conn:
        found = [row["notification_id"] for row in conn.execute(_POSITIONS, asked).fetchall()]
    for first in range(0, len(found), AT_ONCE):
        with journal.connection() as conn:
            events = lookups.at(conn, found[first : first + AT_ONCE])
        yield events
