import threading
import time
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
import pytest

from services.access.access_log import AccessLog, Entry
from services.access.database import AccessDatabase
from services.audit.tree import seal_tables
from services.audit.tree.sealed_logs import ACCESS, FINDINGS, JOURNAL, SEALED_LOGS
from services.audit.tree.seals import Seals
from tests.support.backend import PATIENCE, Backend


def entry(what: str = "roster") -> Entry:
    return Entry(
        *("ana", "Ana", ("clinician",), "oak-street", what, ["patient-b", "patient-a"]),
        *("treatment", "127.0.0.1", "browser"),  # type: ignore[arg-type]
    )


def connected(backend: Backend) -> "psycopg.Connection[Any]":
    return psycopg.connect(backend.database_url, autocommit=True)


def test_the_journal_is_sealed_as_it_is_stored(backend: Backend) -> None:
    last = backend.count(1, 2, 3)
    with connected(backend) as conn:
        rows = JOURNAL.after(conn, 0, 100)
        stored = conn.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state"
            " FROM journal.journal_events ORDER BY 1"
        ).fetchall()
        assert [tuple(row) for row in rows] == stored
        assert JOURNAL.end(conn) == last == rows[-1].position
        assert JOURNAL.after(conn, rows[0].position, 2) == rows[1:3]
        assert JOURNAL.after(conn, 0, 100, until=rows[1].position) == rows[:2]
        assert JOURNAL.count_after(conn, rows[0].position) == len(rows) - 1


def test_what_was_never_written_to_is_empty_and_seals_that_are_not_there_say_nothing(
    backend: Backend,
) -> None:
    with connected(backend) as conn:
        for log in (ACCESS, FINDINGS):
            assert (log.end(conn), log.after(conn, 0, 10), log.count_after(conn, 0)) == (0, [], 0)
        for name in SEALED_LOGS:
            seals = Seals(conn, name)
            assert (seals.origin, seals.newest(), seals.heads()) == (None, None, [])
            assert seals.index_of(1) is None


def test_tables_are_made_once_by_whoever_comes_first(backend: Backend) -> None:
    failed = []

    def prepare() -> None:
        try:
            with connected(backend) as conn:
                seal_tables.prepare(conn)
        except psycopg.Error as why:
            failed.append(why)

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    with connected(backend) as conn:
        assert seal_tables.are_there(conn)


def test_an_entry_of_the_access_log_is_hashed_as_sorted_json_in_utc(backend: Backend) -> None:
    at = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    database = AccessDatabase(backend.database_url, clock=lambda: at)
    AccessLog(database).record(entry())
    database.close()
    with connected(backend) as conn:
        conn.execute("SET TimeZone TO 'America/Chicago'")
        [row] = ACCESS.after(conn, 0, 10)
    assert row[:4] == (1, "access-log", 1, "access.entry")
    assert orjson.loads(row.state) == {
        "account": "ana",
        "address": "127.0.0.1",
        "at": "2026-03-02T17:30:00+00:00",
        "emergency": False,
        "facility_id": "oak-street",
        "name": "Ana",
        "outcome": "shown",
        "patient_ids": ["patient-a", "patient-b"],
        "purpose": "treatment",
        "reason": None,
        "roles": ["clinician"],
        "via": "browser",
        "what": "roster",
    }
    assert list(orjson.loads(row.state)) == sorted(orjson.loads(row.state))


def test_the_end_of_the_access_log_waits_for_an_entry_that_is_still_being_written(
    backend: Backend,
) -> None:
    database = AccessDatabase(backend.database_url)
    log = AccessLog(database)
    log.record(entry("first"))
    with connected(backend) as conn, psycopg.connect(backend.database_url) as slow:
        # What the log does before it adds an entry, held open with an id drawn.
        slow.execute("SELECT pg_advisory_xact_lock_shared(hashtext('daybook.access.log'))")
        slow.execute("SELECT nextval(pg_get_serial_sequence('access.log', 'entry_id'))")
        log.record(entry("third"))
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ACCESS.end(conn)
        slow.rollback()
        assert ACCESS.end(conn) == 3
        assert [row.position for row in ACCESS.after(conn, 0, 10)] == [1, 3]
        # Nothing is left held: the log is written on.
        log.record(entry("fourth"))
        assert ACCESS.end(conn) == 4
    database.close()


def test_no_id_is_drawn_before_the_lock_is_held(backend: Backend) -> None:
    database = AccessDatabase(backend.database_url)
    log = AccessLog(database)
    log.record(entry("first"))
    drawn = "SELECT last_value FROM access.log_entry_id_seq"
    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with connected(backend) as conn, psycopg.connect(backend.database_url) as held:
        held.execute("SELECT pg_advisory_xact_lock(hashtext('daybook.access.log'))")
        writing = threading.Thread(target=log.record, args=(entry("second"), entry("third")))
        writing.start()
        until = time.monotonic() + PATIENCE
        while not conn.execute(waiting).fetchall():
            assert time.monotonic() < until
        assert conn.execute(drawn).fetchall() == [(1,)]
        held.rollback()
        writing.join()
        assert [row.position for row in ACCESS.after(conn, 0, 10)] == [1, 2, 3]
    database.close()
