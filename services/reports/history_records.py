"""Which events a history is made of, and which patient each of them concerns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import psycopg

from domain.aggregate import Event
from domain.identity import Identity, RecordNumberAssigned
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import AssessmentTaken
from domain.patient import SessionsBooked, SupporterNamed
from domain.program import Program
from domain.screening import ScreeningRecorded
from domain.session import SignInReassigned, SupporterExpected
from projections import attendance, schedule
from services.journal import Journal
from services.journal.told import Placed, Wanted, latest, of_topics, opened


def of_patient(
    journal: Journal,
    conn: psycopg.Connection[Any],
    wanted: Wanted,
    facility_id: str,
    patient_ids: Sequence[str],
) -> list[Placed]:
    """Return the latest events about a patient, whose records have these ids.

    What a session or a program recorded is about them where it names them, or somebody close to
    them.
    """
    close = of_topics(journal, patient_ids, [SupporterNamed.TOPIC])
    supporters = {each.supporter_id for each in close if isinstance(each, SupporterNamed)}
    named = [f'"{each}"' for each in (*patient_ids, *supporters)]
    whole = [
        *patient_ids,
        *map(Identity.id_of, patient_ids),
        *map(DrugTesting.id_of, patient_ids),
        *opened(journal, facility_id, [AssessmentTaken.TOPIC, ScreeningRecorded.TOPIC], named),
    ]
    partly = [
        *_sessions(journal, conn, patient_ids),
        *_programs(conn, facility_id),
        *opened(journal, facility_id, [RecordNumberAssigned.TOPIC], named),
    ]
    return latest(journal, wanted, whole, partly, named)


def _sessions(
    journal: Journal, conn: psycopg.Connection[Any], patient_ids: Sequence[str]
) -> set[str]:
    """Return the sessions for which patients were ever booked, waited, or to which they came."""
    booked = of_topics(journal, patient_ids, [SessionsBooked.TOPIC])
    came = conn.execute(attendance.SESSIONS_OF, {"patient_ids": list(patient_ids)})
    return {
        *(
            each.session_id
            for event in booked
            if isinstance(event, SessionsBooked)
            for each in event.bookings
        ),
        *(each for patient_id in patient_ids for each in journal.waited(patient_id)),
        *(row.session_id for row in came),
    }


def _programs(conn: psycopg.Connection[Any], facility_id: str) -> list[str]:
    return [
        Program.id_of(facility_id, row.program_id)
        for row in conn.execute(schedule.PROGRAMS)
        if row.facility_id == facility_id
    ]


def subjects(journal: Journal, events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Return which patients each event is about, by its id: none, one, or two of them."""
    told = list(events)
    opening = _openings(journal, told)
    supporters = _supporters(journal, told)
    return {each.event_id: _about(each, opening, supporters) for each in told}


def _about(
    event: Event, opening: Mapping[str, str], supporters: Mapping[str, str]
) -> tuple[str, ...]:
    where = event.originator_id
    if event.TOPIC.startswith("patient."):
        return (where,)
    if event.TOPIC.startswith("identity."):
        return (where.removeprefix(Identity.id_of("")),)
    if event.TOPIC.startswith("drug-testing."):
        return (where.removeprefix(DrugTesting.id_of("")),)
    if isinstance(event, SignInReassigned):
        return (event.patient_id, event.to_patient_id)
    said = getattr(event, "patient_id", None) or opening.get(where)
    found = said or supporters.get(getattr(event, "supporter_id", ""))
    return (found,) if found else ()


def _openings(journal: Journal, events: Sequence[Event]) -> dict[str, str]:
    """Return whom screenings and questionnaires are of."""
    kinds = ("assessment.", "screening.")
    wanted = {each.originator_id for each in events if each.TOPIC.startswith(kinds)}
    states = journal.openings(sorted(wanted)) if wanted else {}
    return {where: orjson.loads(state)["patient_id"] for where, state in states.items()}


def _supporters(journal: Journal, events: Sequence[Event]) -> dict[str, str]:
    """Return to whom those are close who are expected in sessions."""
    sessions = {each.originator_id for each in events if hasattr(each, "supporter_id")}
    expected = of_topics(journal, sorted(sessions), [SupporterExpected.TOPIC])
    return {
        each.supporter_id: each.patient_id
        for each in expected
        if isinstance(each, SupporterExpected)
    }
