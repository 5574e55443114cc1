"""What a program offers on a day: the sessions that a patient might still be booked for."""

from datetime import date

from domain.aggregate import Event
from domain.care import Service
from domain.compliance.facts import DayFacts, OpenSession, PatientFacts, SessionFacts
from domain.program import Program
from projections.compliance.case_file import CaseFile, day_key
from projections.compliance.case_files import Asking
from projections.compliance.evaluation import Evaluator

PRIVATE: frozenset[Service] = frozenset(
    {"individual", "family", "medication", "case-management", "assessment"}
)
"""What nobody else joins, unless it is a part of a track's meeting."""


def update_open_sessions(
    evaluator: Evaluator, session: SessionFacts, day_before: date | None, event: Event
) -> Asking[list[CaseFile]]:
    """Bring what is offered up to what an event made of a session.

    Returns the files of the patients whom that may help, or who might have been helped by it
    before.
    """
    program_id = Program.id_of(session.facility_id, session.program_id)
    touched: list[CaseFile] = []
    for day in sorted({day_before or session.day, session.day}):
        key = day_key(program_id, day)
        yield from evaluator.files.open([key])
        facts: DayFacts = evaluator.files.facts(*key) or DayFacts(session.facility_id)
        before = facts.sessions.get(session.session_id)
        now = _open(session) if day == session.day else None
        if now == before:
            continue
        if _seen_of(before) != _seen_of(now):
            # Who is judged later is judged by what there was at the time.
            yield from evaluator.pass_time(session.facility_id, evaluator.at(event))
        to_come = any(each.starts_at > evaluator.at(event) for each in (before, now) if each)
        if to_come and _could_help(before) != _could_help(now):
            yield from evaluator.files.open_watching([key[1]])
            watching = evaluator.files.watching(key[1])
            touched += [each for each in watching if _has_time(each.facts, before, now)]
            yield from evaluator.open_ground(touched)
        facts.sessions.pop(session.session_id, None)
        if now:
            facts.sessions[session.session_id] = now
        evaluator.files.keep(*key, facts)
        evaluator.forget_offered()
    return touched


def _open(facts: SessionFacts) -> OpenSession | None:
    """Return a session as it is offered; None where it does not take place any more."""
    if facts.called_off or facts.withdrawn or facts.closed:
        return None
    return OpenSession(
        session_id=facts.session_id,
        day=facts.day,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        scheduled=facts.scheduled,
        free=_free(facts),
        evidence=tuple(filter(None, (facts.opening, facts.meeting))),
        modality=facts.modality,
    )


def _free(facts: SessionFacts) -> int:
    """Return how many places are left: none where somebody, or a family, has it for themselves."""
    theirs = facts.places and not facts.of_track
    if theirs and not PRIVATE.isdisjoint(facts.scheduled):
        return 0
    return max(facts.capacity - len(facts.places), 0)


def _has_time(facts: PatientFacts, *versions: OpenSession | None) -> bool:
    """Tell whether a patient is not at something else when a session is, or was to be."""
    taken = [each.span for each in facts.visits.values() if each.expected]
    wanted = [session.span for session in versions if session]
    return any(not any(each.overlaps(span) for each in taken) for span in wanted)


def _could_help(session: OpenSession | None) -> tuple[object, ...] | None:
    """Return what makes a session one that somebody could be booked for; None if nothing does."""
    if session is None or not session.free:
        return None
    return session.starts_at, session.ends_at, session.scheduled


def _seen_of(session: OpenSession | None) -> tuple[object, ...] | None:
    """Return what a judgement sees of a session: whether a place is left, and not how many."""
    if session is None:
        return None
    times = (session.starts_at, session.ends_at)
    return *times, session.scheduled, session.free > 0, session.evidence
