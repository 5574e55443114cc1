"""What must hold of a clinic's sessions, patients and calendars, whatever was done to them."""

from collections import Counter
from datetime import timedelta
from itertools import combinations
from typing import Any

from domain.calendar import Calendar
from domain.patient import Patient
from domain.session import Session
from tests.support.memory_journal import MemoryJournal


def sessions_of(journal: MemoryJournal) -> list[Session]:
    found = journal.aggregates(Session)
    return sorted(found, key=lambda each: (each.meeting.starts_at, each.id))


def nobody_and_nothing_is_in_two_places(journal: MemoryJournal) -> None:
    taken = [session for session in sessions_of(journal) if session.takes_place]
    for one, other in combinations(taken, 2):
        if one.meeting.span.overlaps(other.meeting.span):
            assert one.meeting.room_id != other.meeting.room_id
            assert one.meeting.staff_id is None or (one.meeting.staff_id != other.meeting.staff_id)
    for patient in journal.aggregates(Patient):
        for a, b in combinations(patient.bookings.values(), 2):
            assert not a.span.overlaps(b.span)
        stays = [(s.id, stay) for s in sessions_of(journal) for stay in s.presence(patient.id)]
        for (one_id, stay), (other_id, other_stay) in combinations(stays, 2):
            assert one_id == other_id or not stay.overlaps(other_stay)


def no_roster_is_over_its_places(journal: MemoryJournal) -> None:
    for session in sessions_of(journal):
        assert len(session.visits) <= session.meeting.places
        assert not set(session.waiting) & set(session.visits)
        assert not set(session.supporters) & set(session.visits)


def credited_minutes_are_within_scheduled_ones(journal: MemoryJournal) -> None:
    for session in sessions_of(journal):
        for record in session.records.values():
            if record.attendance:
                attendance = record.attendance
                assert attendance.credited_minutes <= attendance.scheduled_minutes
                assert all(credit.minutes > 0 for credit in attendance.credits)


def no_visit_is_made_up_twice(journal: MemoryJournal) -> None:
    by_id = {session.id: session for session in sessions_of(journal)}
    made_up = Counter(
        (visit.makes_up, patient_id)
        for session in by_id.values()
        for patient_id, visit in session.visits.items()
        if visit.makes_up
    )
    assert all(count == 1 for count in made_up.values())
    for missed_id, patient_id in made_up:
        missed = by_id[missed_id].visits[patient_id]
        assert not missed.sign_ins
        assert missed.made_up_by
        assert by_id[missed.made_up_by].visits[patient_id].makes_up == missed_id


def calendars_agree(journal: MemoryJournal) -> None:
    sessions = {each.id: each for each in sessions_of(journal)}
    for session in sessions.values():
        for kind, resource_id in (
            ("room", session.meeting.room_id),
            ("staff", session.meeting.staff_id),
        ):
            if resource_id and session.takes_place:
                key: Any = kind
                last = (session.meeting.ends_at - timedelta(minutes=1)).date()
                for day in {session.meeting.day, last}:
                    week = Calendar.id_of(session.facility_id, key, resource_id, day)
                    taken = journal.load(week).bookings
                    assert taken[session.id] == session.meeting.span
    for calendar in journal.aggregates(Calendar):
        for session_id, span in calendar.bookings.items():
            session = sessions[session_id]
            assert session.takes_place
            assert session.meeting.span == span
            places = {session.meeting.room_id, session.meeting.staff_id}
            assert calendar.resource_id in places


def rosters_and_bookings_agree(journal: MemoryJournal) -> None:
    assert not booked_otherwise(journal)


def booked_otherwise(journal: MemoryJournal) -> set[tuple[str, str]]:
    """Return sessions and patients of whom the roster and the booking do not say the same."""
    sessions = [each for each in sessions_of(journal) if each.takes_place]
    expected = {
        (session.id, patient_id, session.meeting.span)
        for session in sessions
        for patient_id in session.visits
    }
    booked = {
        (each.session_id, patient.id, each.span)
        for patient in journal.aggregates(Patient)
        for each in patient.bookings.values()
    }
    return {(session_id, patient_id) for session_id, patient_id, _ in expected ^ booked}


HOLD_AT_ANY_TIME = (
    nobody_and_nothing_is_in_two_places,
    no_roster_is_over_its_places,
    credited_minutes_are_within_scheduled_ones,
    no_visit_is_made_up_twice,
    calendars_agree,
)
