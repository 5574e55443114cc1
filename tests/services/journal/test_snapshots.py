"""A snapshot that somebody changed is not used: the events are, and that is said."""

import logging

import pytest

from domain.aggregate import Snapshot
from domain.patient import Disclosure, EmergencyDisclosure, UnconsentedDisclosure
from domain.session import Session
from services.journal.codec import TypedMapper
from services.journal.journal import Journal
from tests.contracts.story import patients
from tests.services.journal.test_races import context, meeting
from tests.support.backend import Backend

KEY = b"k" * 32
CHANGED = (
    "UPDATE journal.journal_snapshots SET state ="
    " convert_to(replace(convert_from(state, 'UTF8'), 'patient-7', 'patient-9'), 'UTF8')"
)
WITHOUT_A_CODE = (
    "UPDATE journal.journal_snapshots SET state = convert_to(regexp_replace("
    "replace(convert_from(state, 'UTF8'), 'patient-7', 'patient-9'),"
    """ '"code":"[0-9a-f]*",', ''), 'UTF8')"""
)
ANOTHERS = (
    "UPDATE journal.journal_snapshots s SET state = o.state FROM journal.journal_snapshots o"
    " WHERE o.originator_id <> s.originator_id"
)
NO_JSON = "UPDATE journal.journal_snapshots SET state = '\\x7b'"


@pytest.fixture
def journal(backend: Backend) -> Journal:
    backend.journal.authenticate_snapshots(KEY)
    return backend.journal


def recorded(journal: Journal) -> list[Session]:
    found = []
    for label in ("one", "two"):
        session = Session.schedule(
            context("schedule"), facility_id="oak-street", label=label, meeting=meeting(places=500)
        )
        for number in range(110):
            session.roster(context("roster"), f"patient-{number}")
        journal.save(session)
        found.append(session)
    return found


def loaded(journal: Journal, session: Session) -> list[object]:
    """The session as both ways of loading find it."""
    appender = journal.appender()
    try:
        return [journal.load(session.id), appender.load([session.id])[session.id]]
    finally:
        appender.close()


def test_what_was_written_with_the_key_is_used(journal: Journal, backend: Backend) -> None:
    (one, _) = recorded(journal)
    assert loaded(journal, one) == [one, one]
    assert journal.snapshots is not None
    assert len(list(journal.snapshots.get(one.id))) == 1
    # From its events alone it could not be made any more.
    backend.run("DELETE FROM journal.journal_events WHERE originator_version < 50")
    assert loaded(journal, one) == [one, one]


@pytest.mark.parametrize(
    ("change", "warns"),
    [(CHANGED, True), (WITHOUT_A_CODE, False), (ANOTHERS, True), (NO_JSON, False)],
    ids=["changed", "without a code", "another's", "no JSON"],
)
def test_one_that_was_changed_is_not_used(
    journal: Journal,
    backend: Backend,
    change: str,
    warns: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (one, _) = recorded(journal)
    backend.run(change)
    with caplog.at_level(logging.WARNING, "daybook.journal"):
        assert loaded(journal, one) == [one, one]
    said = [each for each in caplog.messages if "was changed: it is not used" in each]
    assert len(said) == (2 if warns else 0)
    assert all(one.id in each for each in said)


def test_one_that_was_written_with_another_key_is_not_used(
    journal: Journal, backend: Backend
) -> None:
    (one, _) = recorded(journal)
    journal.authenticate_snapshots(b"another key")
    assert journal.snapshots is not None
    assert list(journal.snapshots.get(one.id)) == []
    assert loaded(journal, one) == [one, one]
    assert backend.rows("SELECT count(*) FROM journal.journal_snapshots") == [(2,)]


def test_disclosures_of_each_kind_are_the_same_kind_again() -> None:
    ann, _ = patients()
    mapper = TypedMapper()
    snapshot = mapper.to_domain_event(mapper.to_stored_event(Snapshot.take(ann)))
    assert isinstance(snapshot, Snapshot)
    told = snapshot.state["disclosures"]
    assert told == vars(ann)["disclosures"]
    assert {type(each) for each in told.values()} == {
        *(Disclosure, EmergencyDisclosure, UnconsentedDisclosure),
    }
