"""Whatever happens, the views show what the aggregates know: on the random commands of a clinic."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from domain.monitoring.assessment import Assessment
from domain.monitoring.drug_testing import DrugTesting
from domain.patient import Discharge, Patient
from domain.program import Program
from domain.session import Session
from tests.services.application import test_random_commands as at_once
from tests.support.examples import examples
from tests.support.read_models import ReadModels


@pytest.mark.hypothesis
def test_the_views_show_what_the_aggregates_know(read_models: ReadModels) -> None:
    class Watched(at_once.Clinic):
        def teardown(self) -> None:
            super().teardown()
            with read_models.again():
                for event in self.journal.all_events():
                    read_models.take_event(event)
                agree(self.journal, read_models)

    run_state_machine_as_test(
        Watched,
        settings=examples(3, stateful_step_count=60),
    )


def agree(journal: Any, read_models: ReadModels) -> None:
    sessions: list[Session] = journal.aggregates(Session)
    patients: list[Patient] = journal.aggregates(Patient)
    now = {each.id: each.merged_into or each.id for each in patients}
    assert set(read_models.rows(SESSIONS)) == {_session(each) for each in sessions}
    assert set(read_models.rows(EXPECTED)) == {
        (each.id, patient_id, now[patient_id], visit.role)
        for each in sessions
        for patient_id, visit in each.visits.items()
    }
    assert [row[:2] for row in read_models.rows(WAITING)] == [
        (each.id, patient_id)
        for each in sorted(sessions, key=lambda each: each.id)
        for patient_id in each.waiting
    ]
    assert set(read_models.rows(SUPPORTERS)) == {
        (each.id, supporter_id, known.patient_id, known.relation)
        for each in sessions
        for supporter_id, known in each.supporters.items()
    }
    assert set(read_models.rows(VISITS)) == {row for each in sessions for row in _visits(each)}
    assert set(read_models.rows(SIGN_INS)) == {
        (each.id, patient_id, line.arrived_at, line.left_at)
        for each in sessions
        for patient_id, visit in each.visits.items()
        for line in visit.sign_ins
    }
    assert set(read_models.rows(COLLISIONS)) == {
        row for each in patients for row in _collisions(each)
    }
    for program in journal.aggregates(Program):
        _series_agree(program, read_models)
    _care_agrees(journal, patients, read_models)


def _care_agrees(journal: Any, patients: list[Patient], read_models: ReadModels) -> None:
    now = {each.id: each.merged_into or each.id for each in patients}
    assert set(read_models.rows(EPISODES)) == {
        (each.id, now[each.id], number, admitted_on, ended and ended.day, ended and ended.kind)
        for each in patients
        for number, (admitted_on, ended) in enumerate(_stays(each), start=1)
    }
    assert set(read_models.rows(CANDIDATES)) == {
        (each.id, each.referral.day, each.screened.level if each.screened else None)
        for each in patients
        if each.referral
    }
    assert set(read_models.rows(REVIEWS)) == {
        (each.id, each.plan.next_review, each.recertify_by) for each in patients if each.plan
    }
    assert set(read_models.rows(CONSENTS)) == {
        (now[each.id], consent_id, each.revoked.get(consent_id))
        for each in patients
        for consent_id in each.consents
    }
    assert set(read_models.rows(ASSESSMENTS)) == {
        (each.id, now[each.patient_id], each.scales[0].score, each.concern, each.response)
        for each in journal.aggregates(Assessment)
    }
    tests: list[DrugTesting] = journal.aggregates(DrugTesting)
    assert set(read_models.rows(TESTING)) == {
        (each.id, each.gaps and each.gaps.longest, each.last_drawn) for each in tests
    }
    assert set(read_models.rows(DRUG_TESTS)) == {
        (
            *(test.test_id, now[each.patient_id], test.day, test.because, test.state),
            test.results[-1].outcome if test.results else None,
        )
        for each in tests
        for test in each.tests.values()
    }


def _stays(patient: Patient) -> Iterator[tuple[date, Discharge | None]]:
    for stay in patient.earlier:
        yield stay.admitted_on, stay.discharge
    if patient.admitted_on:
        yield patient.admitted_on, patient.discharge


def _series_agree(program: Program, read_models: ReadModels) -> None:
    assert set(read_models.rows(BLOCKED)) == {
        (track_id, day, resource_id)
        for track_id, blocked in program.blocked.items()
        for day, resource_id in blocked.items()
    }
    assert set(read_models.rows(EXCEPTIONS)) == {
        (
            *(track_id, day, bool(each.off), each.day, each.starts, each.ends),
            *(each.room_id, each.staff_id),
        )
        for track_id, series in program.tracks.items()
        for day, each in series.deviations.items()
    }
    assert set(read_models.rows(PATTERNS)) == {
        (track_id, from_day, pattern.rule, pattern.starts, pattern.room_id, pattern.staff_id)
        for track_id, series in program.tracks.items()
        for from_day, pattern in [
            (series.track.first_day, series.track.pattern),
            *((each.from_day, each.pattern) for each in series.later),
        ]
    }


def _session(session: Session) -> tuple[Any, ...]:
    meeting = session.meeting
    state = "scheduled"
    for word, so in (
        ("started", session.started),
        ("closed", session.closed),
        ("called_off", session.called_off),
        ("withdrawn", session.withdrawn),
    ):
        state = word if so else state
    return (
        *(session.id, meeting.day, meeting.starts_at, meeting.ends_at, meeting.room_id),
        *(meeting.staff_id, meeting.places, len(meeting.parts), state),
    )


def _visits(session: Session) -> Iterator[tuple[Any, ...]]:
    for patient_id, visit in session.visits.items():
        record = session.records.get(patient_id)
        attendance = record.attendance if record else None
        status = attendance.status if attendance else "scheduled"
        if session.called_off:
            status = "cancelled"
        minutes = attendance.credited_minutes if attendance else 0
        yield session.id, patient_id, visit.role, visit.makes_up, status, minutes


def _collisions(patient: Patient) -> Iterator[tuple[Any, ...]]:
    for known, accepted in ((patient.undecided, False), (patient.accepted, True)):
        for session_id, commitments in known.items():
            for commitment in commitments:
                yield patient.id, session_id, commitment, accepted


SESSIONS = """
    SELECT session_id, day, starts_at, ends_at, room_id, staff_id, places,
        (SELECT count(*) FROM schedule.session_parts p WHERE p.session_id = s.session_id), state
    FROM schedule.sessions s
"""
EXPECTED = "SELECT session_id, recorded_as, patient_id, role FROM schedule.expected"
WAITING = """
    SELECT session_id, patient_id FROM schedule.waiting WHERE waits_for = 'session'
    ORDER BY session_id, turn
"""
SUPPORTERS = "SELECT session_id, supporter_id, patient_id, relation FROM schedule.supporters"
VISITS = """
    SELECT session_id, recorded_as, role, makes_up, status, credited_minutes
    FROM attendance.visits
"""
SIGN_INS = "SELECT session_id, recorded_as, arrived_at, left_at FROM attendance.sign_ins"
COLLISIONS = "SELECT patient_id, session_id, commitment, accepted FROM schedule.collisions"
BLOCKED = "SELECT track_id, occurrence, resource_id FROM schedule.blocked_meetings"
EXCEPTIONS = """
    SELECT track_id, occurrence, is_off, day, starts, ends, room_id, staff_id
    FROM schedule.exceptions
"""
PATTERNS = "SELECT track_id, from_day, rule, starts, room_id, staff_id FROM schedule.patterns"
EPISODES = """
    SELECT recorded_as, patient_id, episode, admitted_on, discharged_on, discharge_kind
    FROM care.episodes
"""
CANDIDATES = """
    SELECT patient_id, referred_on, recommended_level FROM care.candidates WHERE state = 'open'
"""
REVIEWS = "SELECT recorded_as, plan_review_due, recertify_by FROM care.reviews"
CONSENTS = "SELECT patient_id, consent_id, revoked_on FROM care.consents"
ASSESSMENTS = """
    SELECT assessment_id, a.patient_id, score, concern, response
    FROM care.assessments a JOIN care.scales USING (assessment_id)
    LEFT JOIN care.concerns USING (assessment_id)
"""
TESTING = "SELECT aggregate_id, longest_days, last_drawn FROM care.testing"
DRUG_TESTS = "SELECT test_id, patient_id, day, because, state, outcome FROM care.drug_tests"
