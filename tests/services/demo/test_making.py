"""The clinic is made by the commands of a clinic, and has what a clinic has to deal with."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.session import Session
from services.demo.making import Clinic, NotEmpty, make_clinic
from services.demo.place import place_at
from tests.support.memory_journal import MemoryJournal, MemoryVault

NOW = datetime(2026, 11, 25, 22, 40, tzinfo=UTC)
"""A Wednesday, twenty to six in New York."""


@dataclass(frozen=True)
class Made:
    clinic: Clinic
    journal: MemoryJournal
    topics: Counter[str]


@pytest.fixture(scope="module")
def made() -> Made:
    journal: Any = MemoryJournal()
    clinic = make_clinic(journal, MemoryVault(), place=place_at(NOW), seed=1)
    return Made(clinic, journal, Counter(each.topic for each in journal.order))


def test_nothing_that_happens_there_is_refused(made: Made) -> None:
    assert made.clinic.refused == ()


def test_all_is_recorded_at_its_moment_one_after_the_other(made: Made) -> None:
    times = [each.timestamp for each in made.journal.all_events()]
    assert times == sorted(times)
    assert times[-1] <= NOW
    assert (NOW - times[0]).days >= 70


HAPPENED = (
    *("session.late-sign-in-entered", "session.attendance-corrected", "session.called-off"),
    *("session.make-up-linked", "session.patient-turned-away", "session.patient-waitlisted"),
    *("session.staff-substituted", "session.supporter-checked-in", "session.sheet-signed"),
    *("session.group-note-signed", "session.individual-note-signed", "session.absence-announced"),
    *("program.closure-declared", "program.track-waitlisted", "program.policy-adopted"),
    *("patient.authorization-recorded", "patient.consent-given", "patient.consent-revoked"),
    *("patient.outreach-attempted", "patient.supporter-named", "patient.plan-tapered"),
    *("patient.leave-granted", "patient.rule-waived", "patient.discharged"),
    *("patient.support-meeting-verified", "patient.resource-outcome-recorded"),
    *("patient.collision-found", "patient.care-certified", "assessment.taken"),
    *("assessment.concern-raised", "assessment.concern-acknowledged"),
    *("drug-testing.drug-test-drawn", "drug-testing.result-reported"),
    *("facility.recipient-named", "facility.credential-supervised", "session.note-cosigned"),
    "incidents.incident-recorded",
)


@pytest.mark.parametrize("topic", HAPPENED)
def test_it_happens_at_the_clinic(made: Made, topic: str) -> None:
    assert made.topics[topic]


def test_some_are_here_for_the_group_that_is_about_to_begin_and_one_has_called(made: Made) -> None:
    place = made.clinic.place
    session = made.journal.load(place.next_group.session_id(place.today))
    assert isinstance(session, Session)
    visits = session.visits.values()
    assert sum(bool(each.sign_ins) for each in visits) == 4
    assert sum(bool(each.absence) for each in visits) == 1
    assert len(visits) == place.next_group.capacity
    assert session.waiting


def test_a_test_is_drawn_today(made: Made) -> None:
    place = made.clinic.place
    drawn = [
        each for each in made.journal.all_events() if each.TOPIC == "drug-testing.drug-test-drawn"
    ]
    assert place.today in {each.day for each in drawn}


def test_it_is_made_where_nothing_is_on_record_alone(made: Made) -> None:
    journal: Any = made.journal
    with pytest.raises(NotEmpty):
        make_clinic(journal, MemoryVault(), place=place_at(NOW), seed=1)
