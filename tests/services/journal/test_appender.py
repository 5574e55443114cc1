"""Appending what many commands decided, on the real PostgreSQL, while connections break."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from domain.session import Session
from services.application import Asked
from services.application.asked import Done
from services.application.episode import grant_leave
from services.application.group_commit import GroupCommit
from services.embedded import Engines
from services.journal import Journal, Receipt
from tests.support.backend import Backend, fresh_database
from tests.support.broken_lines import Moment, breakable_line
from tests.support.small_clinic import FACILITY, FRIDAY, PATIENTS, WEDNESDAY, SmallClinic


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as fresh:
        yield fresh


@pytest.fixture
def clinic(backend: Backend) -> SmallClinic:
    return SmallClinic(backend.journal, vault=backend.vault)


def leaves(clinic: SmallClinic, of: str) -> list[Asked]:
    """A leave for each patient, under an id each."""
    return [
        Asked(
            clinic.context(),
            lambda work, id=patient_id: grant_leave(work, id, WEDNESDAY, FRIDAY, of),
            FACILITY,
            Receipt(FACILITY, f"{of}-{patient_id}", of.encode()),
        )
        for patient_id in PATIENTS
    ]


def recorded(backend: Backend, after: int) -> list[str]:
    return [str(each.originator_id) for each in backend.journal.after(after, 1000)]


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_what_a_connection_broke_off_is_recorded_once_and_answered(
    backend: Backend,
    clinic: SmallClinic,
    tmp_path_factory: pytest.TempPathFactory,
    moment: Moment,
) -> None:
    before = backend.journal.position()
    with breakable_line(backend.database_url, tmp_path_factory.mktemp("line")) as line:
        journal = Journal(line.url, pool_size=1)
        group = GroupCommit(journal, backend.vault)
        line.moment = moment
        line.armed.set()
        found = group.run(leaves(clinic, "away"))
        assert not line.armed.is_set()
        assert sorted(recorded(backend, before)) == sorted(PATIENTS)
        positions = [each.events[0].position for each in found if isinstance(each, Done)]
        assert positions == [each.id for each in backend.journal.after(before, 1000)]
        # What is kept is still what is on record.
        assert all(isinstance(each, Done) for each in group.run(leaves(clinic, "ill"))[1:])
        for aggregate_id, kept in group.kept():
            assert kept == backend.journal.load(aggregate_id)
        group.close()
        journal.close()


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_what_nobody_could_answer_is_found_by_its_id(
    backend: Backend,
    clinic: SmallClinic,
    tmp_path_factory: pytest.TempPathFactory,
    moment: Moment,
) -> None:
    before, asked = backend.journal.position(), leaves(clinic, "away")
    with breakable_line(backend.database_url, tmp_path_factory.mktemp("line")) as line:
        journal = Journal(line.url, pool_size=1)
        group = GroupCommit(journal, backend.vault)
        line.moment, line.stays_cut = moment, True
        line.armed.set()
        with pytest.raises(psycopg.OperationalError):
            group.run(asked)
        group.close()
        journal.close()
    again = GroupCommit(backend.journal, backend.vault)
    found = again.run(asked)
    again.close()
    assert sorted(recorded(backend, before)) == sorted(PATIENTS)
    told = [each.events[0].position for each in found if isinstance(each, Done)]
    assert sorted(told) == [each.id for each in backend.journal.after(before, 1000)]


def test_after_many_events_an_aggregate_is_loaded_from_a_snapshot_where_it_can_be_read(
    backend: Backend, clinic: SmallClinic
) -> None:
    group = GroupCommit(backend.journal, backend.vault)
    session_id = clinic.evening().id

    def notes(number: int) -> Asked:
        def decision(work: Any) -> None:
            session: Session = work.session(session_id)
            for each in range(30):
                session.release(work.context, f"patient-{number}-{each}")
                session.roster(work.context, f"patient-{number}-{each}")
                session.release(work.context, f"patient-{number}-{each}")

        return Asked(clinic.context(), decision)

    assert [type(each) for each in group.run([notes(number) for number in range(5)])] == [Done] * 5
    group.close()
    session = backend.journal.load(session_id)
    assert session.version > 300
    stored = "SELECT originator_version FROM journal.journal_snapshots WHERE originator_id = '{}'"
    assert [row[0] for row in backend.rows(stored.format(session_id))] == [session.version]
    appender = backend.journal.appender()
    assert appender.load([session_id, "nothing"]) == {session_id: session, "nothing": None}
    backend.run("UPDATE journal.journal_snapshots SET state = '{}'")
    assert appender.load([session_id]) == {session_id: session}
    appender.close()
