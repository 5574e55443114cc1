"""What is looked up in the journal: the answers of today, by indexes of its own."""

import random
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import orjson
import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from domain.session import SessionScheduled
from services.journal import Journal, Recorded, lookups
from tests.support.backend import Backend, ThingOpened, thing

BEGIN = datetime(2025, 3, 3, 12, tzinfo=UTC)


def insert(
    journal: Journal, topic: str, *states: Mapping[str, object], opening: bool = False
) -> None:
    """Put events in the journal as they are stored, each of an aggregate of its own."""
    begin = journal.position()
    journal.recorder.insert_events(
        [
            StoredEvent(f"it-{begin + number}", 1 if opening else 2, topic, orjson.dumps(state))
            for number, state in enumerate(states)
        ]
    )


def told_at(*times: datetime, **facts: object) -> list[dict[str, object]]:
    return [{"timestamp": each, "facility_id": "h1", **facts} for each in times]


def by_definition(times: list[datetime], by: datetime | None) -> Recorded:
    """What goes before the first event that is later than an instant; one position an event."""
    later = (number for number, each in enumerate(times) if by is not None and each > by)
    prefix = times[: next(later, len(times))]
    return Recorded(len(prefix), len(times), max(prefix, default=None))


def test_the_record_goes_as_far_as_before_its_first_event_that_is_later(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times are nearly in the order of positions: some are told late, some early."""
    monkeypatch.setattr(lookups, "BLOCK", 10)
    chance, times = random.Random(5), list[datetime]()
    assert backend.journal.recorded(BEGIN) == Recorded(0, 0, None)
    for _ in range(12):
        more = [
            BEGIN + timedelta(minutes=len(times) + number + chance.choice((0, 0, 0, -30, 25)))
            for number in range(chance.randrange(1, 18))
        ]
        insert(backend.journal, "thing.counted", *told_at(*more))
        times += more
        asked = [*chance.sample(times, min(8, len(times))), BEGIN - timedelta(days=1), None]
        for by in asked:
            assert backend.journal.recorded(by) == by_definition(times, by), by
        latest = max(times)
        assert backend.journal.recorded(latest) == by_definition(times, latest)
    [(blocks,)] = backend.rows("SELECT count(*) FROM journal.times")
    assert blocks == len(times) // 10 > 5


def test_a_time_that_is_not_what_an_event_says_first_is_found_all_the_same(
    backend: Backend,
) -> None:
    insert(backend.journal, "thing.counted", {"facility_id": "h1", "timestamp": BEGIN})
    insert(backend.journal, "thing.counted", {"timestamp": "2025-03-03T13:00:00Z", "n": "ü" * 40})
    found = backend.journal.recorded(BEGIN)
    assert found == Recorded(1, 2, BEGIN)


def test_a_position_that_was_skipped_is_no_end_of_the_record(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "BLOCK", 2)
    for hour in range(4):
        insert(backend.journal, "thing.counted", *told_at(BEGIN + timedelta(hours=hour)))
        backend.run("SELECT nextval('journal.journal_events_notification_id_seq')")
        backend.run("SELECT nextval('journal.journal_events_notification_id_seq')")
        backend.run("SELECT nextval('journal.journal_events_notification_id_seq')")
    positions = [
        row[0] for row in backend.rows("SELECT notification_id FROM journal.journal_events")
    ]
    for hour, position in enumerate(positions):
        at = BEGIN + timedelta(hours=hour)
        assert backend.journal.recorded(at) == Recorded(position, positions[-1], at)


LOOKUPS = (
    "SELECT FROM journal.journal_events WHERE originator_version = 1 AND topic = 'thing.opened'"
    " AND journal.said(state) ->> 'facility_id' = 'h7'",
    "SELECT FROM journal.journal_events WHERE originator_version = 1 AND topic = 'thing.opened'",
    "SELECT FROM journal.journal_events WHERE topic = 'patient.enrolled' AND"
    " journal.said(state) ->> 'facility_id' = 'h7'"
    " AND journal.said(state) -> 'enrolment' ->> 'track_id' = 't1'",
    "SELECT FROM journal.journal_events WHERE topic = 'session.patient-waitlisted'"
    " AND journal.said(state) ->> 'patient_id' = 'p7'",
)


@pytest.mark.parametrize("statement", LOOKUPS)
def test_a_lookup_goes_by_an_index_and_reads_no_event_besides(
    backend: Backend, statement: str
) -> None:
    journal = backend.journal
    for topic, opening in (
        ("thing.opened", True),
        ("patient.enrolled", False),
        ("session.patient-waitlisted", False),
    ):
        states = [
            {"facility_id": f"h{n % 50}", "patient_id": f"p{n}", "enrolment": {"track_id": "t1"}}
            for n in range(500)
        ]
        insert(journal, topic, *states, opening=opening)
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        conn.execute("ANALYZE journal.journal_events")
        plan = conn.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".encode()).fetchone()
    assert plan is not None
    said = orjson.dumps(plan[0]).decode()
    assert "Seq Scan" not in said
    assert not re.search(r'"Rows Removed by (Filter|Index Recheck)":[1-9]', said)


def test_who_is_enrolled_and_who_waits_is_found_by_what_events_say(backend: Backend) -> None:
    journal = backend.journal
    enrolled = [
        {"facility_id": facility, "enrolment": {"track_id": track}}
        for facility, track in (("h1", "t1"), ("h2", "t1"), ("h1", "t2"), ("h1", "t1"))
    ]
    insert(journal, "patient.enrolled", *enrolled)
    insert(journal, "session.patient-waitlisted", {"patient_id": "p1"}, {"patient_id": "p2"})
    assert journal.enrolled("h1", "t1") == ["it-0", "it-3"]
    assert journal.enrolled("h2", "t2") == []
    assert journal.waited("p2") == ["it-5"]


def test_what_an_older_version_recorded_with_a_nul_is_found_too(backend: Backend) -> None:
    insert(backend.journal, "facility.opened", {"facility_id": "h\0"}, opening=True)
    insert(backend.journal, "session.patient-waitlisted", {"patient_id": "p1", "reason": "a\0b"})
    assert backend.journal.facilities() == ["h "]
    assert backend.journal.waited("p1") == ["it-1"]


def test_a_journal_of_an_earlier_version_gets_its_indexes_though_two_open_it_at_once(
    backend: Backend,
) -> None:
    backend.journal.save(thing("h1", "thing-1"), thing("h2", "thing-2"))
    backend.run(
        "DROP INDEX journal.journal_openings_of_facility, journal.journal_enrolled,"
        " journal.journal_waitlisted; DROP TABLE journal.times;"
        " DROP FUNCTION journal.said;"
        " CREATE INDEX journal_openings ON journal.journal_events (topic)"
        " WHERE originator_version = 1;"
        " CREATE INDEX journal_enrolments ON journal.journal_events (originator_id)"
        " WHERE topic = 'patient.enrolled';"
        " CREATE INDEX journal_waiting ON journal.journal_events (originator_id)"
        " WHERE topic = 'session.patient-waitlisted'"
    )

    def opened(_: int) -> list[str]:
        with closing(Journal(backend.database_url, pool_size=1)) as journal:
            found = journal.histories(ThingOpened, "h2")
            return [event.originator_id for history in found for event in history]

    with ThreadPoolExecutor(4) as at_once:
        assert list(at_once.map(opened, range(4))) == [["thing-2"]] * 4
    indexes = {row[0] for row in backend.rows("SELECT indexname FROM pg_indexes")}
    assert {"journal_openings_of_facility", "journal_enrolled", "journal_waitlisted"} <= indexes
    assert not {"journal_openings", "journal_enrolments", "journal_waiting"} & indexes
    assert list(backend.journal.histories(SessionScheduled, "h2")) == []


def test_an_aggregate_is_as_it_was_at_a_position(backend: Backend) -> None:
    made = thing("h1", "thing-1")
    backend.journal.save(made)
    opened = backend.journal.position()
    made.count(1)
    backend.journal.save(made)
    assert backend.journal.load_at("thing-1", opened).version == 1
    assert backend.journal.load_at("thing-1", backend.journal.position()).version == 2
    assert backend.journal.load_at("thing-1", opened - 1) is None
