"""Who looked: written before it is answered, found again, and never changed."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from services.access.access_log import Entry, EntryUnsound, GatheredLog
from services.access.grants import grant_of
from services.access.principal import Principal
from services.access.store import AccessStore, open_access
from tests.support.backend import Backend, ManualClock

DEPLOY = Path(__file__).parents[3] / "deploy" / "README.md"
ANA = Principal(
    "ana",
    "Ana Diaz",
    (grant_of("counselor:oak-street:s-diaz"), grant_of("director:elm-street")),
    "password",
)
CHANGES = (
    "UPDATE access.log SET account = 'ben'",
    "DELETE FROM access.log",
    "TRUNCATE access.log",
)


def entry(*patient_ids: str, what: str = "weeks", **said: object) -> Entry:
    why = {"purpose": "treatment", "address": "192.0.2.1", **said}
    return Entry.of(ANA, "oak-street", what, patient_ids, **why)


def found(store: AccessStore, **asked: object) -> list[str]:
    return [each.entry.what for each in store.log.find(**asked)]  # type: ignore[arg-type]


def test_an_entry_says_who_looked_at_whom_when_why_and_from_where(
    store: AccessStore, clock: ManualClock
) -> None:
    store.log.record(entry("patient-b", "patient-a", "patient-b"))
    (logged,) = store.log.find()
    assert logged.at == clock.now
    assert logged.entry == Entry(
        "ana",
        "Ana Diaz",
        ("counselor",),
        "oak-street",
        "weeks",
        ["patient-a", "patient-b"],
        "treatment",
        "192.0.2.1",
        "password",
    )


def test_entries_are_found_by_patient_account_facility_and_emergency(store: AccessStore) -> None:
    store.log.record(entry("patient-a", what="one"), entry("patient-b", what="two"))
    store.log.record(entry("patient-a", "patient-b", what="three", outcome="refused"))
    store.log.record(entry("patient-c", what="four", emergency=True, reason="fell in group"))
    other = Principal("ben", "Ben Poe", (grant_of("director:elm-street"),), "oidc")
    store.log.record(Entry.of(other, "elm-street", "five", [], purpose="audit", address="-"))
    assert found(store) == ["five", "four", "three", "two", "one"]
    assert found(store, patient_ids=["patient-a"]) == ["three", "one"]
    assert found(store, patient_ids=["patient-a", "patient-c"]) == ["four", "three", "one"]
    assert found(store, patient_ids=[]) == []
    assert found(store, account="ben") == ["five"]
    assert found(store, facility_id="elm-street") == ["five"]
    assert found(store, emergency=True) == ["four"]
    (third, *_) = store.log.find(patient_ids=["patient-a"])
    assert third.entry.outcome == "refused"
    assert found(store, before=third.entry_id, limit=1) == ["two"]


@pytest.mark.parametrize("reason", [None, "", "  ", "a\0b", "x" * 501])
def test_an_emergency_needs_a_reason_that_is_text(reason: str | None) -> None:
    with pytest.raises(EntryUnsound, match="reason"):
        entry("patient-a", emergency=True, reason=reason)


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_writes_the_log_cannot_change_it(
    store: AccessStore, backend: Backend, change: str
) -> None:
    store.log.record(entry("patient-a"))
    with (
        psycopg.connect(backend.database_url) as conn,
        pytest.raises(psycopg.errors.RaiseException, match="only added to"),
    ):
        conn.execute(change.encode())
    assert found(store) == ["weeks"]


@pytest.fixture
def url_of_the_writer(store: AccessStore, backend: Backend) -> Iterator[str]:
    """A database whose log another role owns, by the SQL of deploy/README.md."""
    assert store
    _, _, told = DEPLOY.read_text(encoding="utf-8").partition("## Who looked")
    sql = re.findall(r"```sql\n(.*?)```", told, re.DOTALL)[0]
    database = psycopg.conninfo.conninfo_to_dict(backend.database_url)["dbname"]
    writer, keeper = f"writer_{database}", f"keeper_{database}"
    sql = sql.replace("daybook_log", keeper).replace("daybook", writer)
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        conn.execute(SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(Identifier(writer)))
        conn.execute(
            SQL("GRANT CREATE ON DATABASE {} TO {}").format(
                Identifier(str(database)), Identifier(writer)
            )
        )
        for table in ("accounts", "grants", "changes", "sessions", "tokens", "attempts", "log"):
            conn.execute(
                SQL("ALTER TABLE access.{} OWNER TO {}").format(
                    Identifier(table), Identifier(writer)
                )
            )
        conn.execute(SQL("ALTER SCHEMA access OWNER TO {}").format(Identifier(writer)))
        conn.execute(
            SQL("ALTER FUNCTION access.refuse_change OWNER TO {}").format(Identifier(writer))
        )
        conn.execute(sql.encode())
    yield make_conninfo(backend.database_url, user=writer, **{"password": "x"})
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        for role in (writer, keeper):
            conn.execute(SQL("DROP OWNED BY {} CASCADE").format(Identifier(role)))
            conn.execute(SQL("DROP ROLE {}").format(Identifier(role)))


def test_a_site_gives_the_log_to_another_role_and_then_nothing_undoes_an_entry(
    url_of_the_writer: str, clock: ManualClock
) -> None:
    with open_access(url_of_the_writer, clock=clock) as store:
        store.log.record(entry("patient-a"))
        store.accounts.add("ana", "Ana Diaz", [grant_of("director:oak-street")])
        for change in (
            *CHANGES,
            "ALTER TABLE access.log DISABLE TRIGGER ALL",
            "DROP TRIGGER only_added_to ON access.log",
            "DROP TABLE access.log",
            "DROP SCHEMA access CASCADE",
            "DROP FUNCTION access.refuse_change CASCADE",
            "CREATE OR REPLACE FUNCTION access.refuse_change() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$",
            "SET session_replication_role = replica",
        ):
            with (
                psycopg.connect(url_of_the_writer) as conn,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                conn.execute(change.encode())
        assert found(store, account="ana") == ["weeks"]
    # A later release may add tables all the same.
    with psycopg.connect(url_of_the_writer) as conn:
        conn.execute("DROP TABLE access.attempts")
    with open_access(url_of_the_writer, clock=clock) as store:
        store.attempts.begin("ana", "192.0.2.1")


async def test_entries_of_requests_at_once_are_written_together(
    store: AccessStore, backend: Backend
) -> None:
    log = GatheredLog(store.log)
    await asyncio.gather(*(log.record(entry(f"patient-{number}")) for number in range(50)))
    written = backend.rows("SELECT count(*), count(DISTINCT xmin::text) FROM access.log")
    [(entries, commits)] = written
    assert entries == 50
    assert commits < 50
    await log.record(entry("patient-a", what="later"))
    assert found(store, patient_ids=["patient-a"]) == ["later"]


async def test_whoever_waits_for_a_write_that_fails_is_told_and_the_next_is_written(
    store: AccessStore, backend: Backend
) -> None:
    log = GatheredLog(store.log)
    backend.run("ALTER TABLE access.log RENAME TO elsewhere")
    failed = await asyncio.gather(
        *(log.record(entry("patient-a")) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in failed] == [psycopg.errors.UndefinedTable] * 3
    backend.run("ALTER TABLE access.elsewhere RENAME TO log")
    await log.record(entry("patient-a"))
    assert found(store) == ["weeks"]


async def test_who_gives_up_waiting_holds_nobody_up(store: AccessStore) -> None:
    log = GatheredLog(store.log)
    waiting = [asyncio.create_task(log.record(entry("patient-a"))) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await log.record(entry("patient-a", what="later"))
    assert found(store)[0] == "later"


def test_entries_with_a_name_in_a_reason_or_review_are_counted(store: AccessStore) -> None:
    reasons = ("Lee fell", "a fall", "called leeward")
    for reason in reasons:
        store.log.record(entry("patient-a", emergency=True, reason=reason))
    store.log.record(entry("patient-b", emergency=True, reason="Lee fell"))
    with store.database.transaction() as conn:
        conn.execute(
            "INSERT INTO access.emergency_reviews SELECT entry_id, 'kim', at, 'Lee, indeed'"
            " FROM access.log WHERE reason = 'a fall'"
        )
    assert store.log.reasons_with(["patient-a"], r"(^|\W)(lee)(\W|$)") == 2


def test_a_patient_who_looks_is_called_by_their_random_id() -> None:
    lee = Principal("lee", "Lee Example", (grant_of("patient:oak-street:patient-0f"),), "password")
    why = {"purpose": "treatment", "address": "192.0.2.1"}
    assert Entry.of(lee, "oak-street", "patient", ["patient-0f"], **why).name == "patient-0f"
    both = replace(lee, grants=(*lee.grants, grant_of("counselor:oak-street:s-lee")))
    assert Entry.of(both, "oak-street", "patient", ["patient-0f"], **why).name == "Lee Example"
