"""Which events a history is made of, and which patient each of them concerns."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from domain.aggregate import Event
from domain.identity import Identity
from domain.monitoring.drug_testing import DrugTesting
from domain.session import SignInReassigned, SupporterExpected
from services.journal import Journal
from services.journal.patient_record import patient_record
from services.journal.told import Placed, Wanted, latest, of_topics


def of_patient(
    journal: Journal, wanted: Wanted, facility_id: str, patient_ids: Sequence[str]
) -> list[Placed]:
    """Return the latest events about a patient, whose records have these ids.

    What a session or a program recorded is about them where it names them, or somebody close to
    them.
    """
    record = patient_record(journal, facility_id, patient_ids)
    partly = [*record.sessions, *record.programs, *record.numbers]
    return latest(journal, wanted, record.whole, partly, record.named)


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
