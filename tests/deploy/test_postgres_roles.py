"""Each process with a role of its own in PostgreSQL: what works, and what nobody may."""

import base64
import json
import secrets
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from services.embedded import Engines
from tests.services.cli.test_serve import wait_until
from tests.support.backend import PATIENCE, SITE_KEY
from tests.support.command_line import CLINICS, DAYBOOK, SMALL_CLINIC_NOW, clean, run, run_process

SQL_FILES = Path(__file__).parents[2] / "deploy" / "postgres"

ROLES = ("relay", "projector", "commands", "managers", "api", "sealer", "auditor", "operator")

WRITERS = {"commands", "managers", "api", "operator"}

ADDED_TO = {
    "journal.journal_events": WRITERS,
    "journal.receipts": WRITERS,
    "access.log": WRITERS | {"auditor"},
    "announcements.outbox": {"relay"},
    "announcements.withheld": {"relay"},
    "seal.logs": {"sealer"},
    "seal.heads": {"sealer"},
    "seal.tiles": {"sealer"},
    "seal.cosignatures": {"sealer"},
    "seal.timestamps": {"sealer"},
}
"""What is evidence, and which roles may add to it."""

CHANGED_BY = {"seal.tiles": {"sealer"}, "seal.heads": {"sealer"}, "seal.cosignatures": {"sealer"}}
"""Where a row may be changed: tiles fill up, and a head is signed by a new key, too."""

SETTINGS = {
    "DAYBOOK_SITE_KEY": base64.b64encode(SITE_KEY).decode(),
    "DAYBOOK_SEAL_KEY": base64.b64encode(bytes(range(32))).decode(),
}


@dataclass
class Site:
    """A database with roles, and each role's URL."""

    superuser: str
    nats_url: str
    password: str

    def url(self, role: str) -> str:
        return make_conninfo(self.superuser, user=f"daybook_{role}", password=self.password)

    def settings(self, role: str) -> dict[str, str]:
        named = {"DAYBOOK_DATABASE_URL": self.url(role), "DAYBOOK_NATS_URL": self.nats_url}
        kept = {} if role in {"relay", "projector"} else SETTINGS
        return {**named, **kept}

    def rows(self, sql: str) -> list[Any]:
        with psycopg.connect(self.superuser) as conn:
            return conn.execute(sql).fetchall()

    def run_file(self, name: str) -> None:
        """Run a file as psql does."""
        lines = (SQL_FILES / name).read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if not line.startswith("\\"))
        with psycopg.connect(self.superuser, autocommit=True) as conn:
            conn.execute(text.encode())


@pytest.fixture(scope="module")
def site(shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A database whose tables daybook_owner made, as the README says."""
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(shared_engines.database_url, autocommit=True) as conn:
        conn.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        superuser = make_conninfo(shared_engines.database_url, dbname=name)
        made = Site(superuser, shared_engines.nats_url, secrets.token_hex(16))
        made.run_file("roles.sql")
        for role in ROLES:
            statement = SQL("ALTER ROLE {} PASSWORD {}")
            conn.execute(statement.format(Identifier(f"daybook_{role}"), made.password))
        owner = {
            "DAYBOOK_DATABASE_URL": make_conninfo(superuser, options="-c role=daybook_owner"),
            "DAYBOOK_NATS_URL": made.nats_url,
        }
        data = tmp_path_factory.mktemp("data")
        done = run(data, "prepare", **owner, **SETTINGS)
        assert done.returncode == 0, done.stderr
        made.run_file("grants.sql")
        yield made
        conn.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def attempts(table: str) -> dict[str, str]:
    """Return what somebody may try with a table, by what it is."""
    return {
        "UPDATE": f"UPDATE {table} SET {column_of(table)} = {column_of(table)}",  # noqa: S608
        "DELETE": f"DELETE FROM {table}",  # noqa: S608
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
        "DROP": f"DROP TABLE {table} CASCADE",
        "DISABLE": f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        "DROP TRIGGER": f"DROP TRIGGER only_added_to ON {table}",
        "OWNER": f"ALTER TABLE {table} OWNER TO CURRENT_USER",
        "RULE": f"CREATE RULE nothing AS ON INSERT TO {table} DO INSTEAD NOTHING",
    }


def column_of(table: str) -> str:
    if table.startswith("seal."):
        return "origin"
    columns = {
        "journal.journal_events": "state",
        "journal.receipts": "digest",
        "access.log": "account",
        "announcements.outbox": "state",
    }
    return columns.get(table, "because")


def insert_into(table: str) -> str:
    """Return how a row is put in that is there already, or is like one; nothing of it is kept."""
    if table == "journal.journal_events":
        return (
            "INSERT INTO journal.journal_events (originator_id, originator_version, topic, state)"
            " VALUES ('thing-1', 1, 'thing.opened', '{}')"
        )
    if table == "access.log":
        return (
            "INSERT INTO access.log (at, account, name, roles, what, patient_ids, purpose,"
            " emergency, outcome, address, via)"
            " VALUES (now(), 'a', 'a', '{}', 'w', '{}', 'p', false, 'shown', 'a', 'v')"
        )
    return f"INSERT INTO {table} SELECT * FROM {table} WHERE false"  # noqa: S608


def tried(site: Site, role: str, sql: str) -> str | None:
    """Try something as a role, and take it back; return why it is refused, None where it is not."""
    with psycopg.connect(site.url(role)) as conn:
        try:
            conn.execute(sql.encode())
        except psycopg.Error as why:
            return str(why.sqlstate)
        finally:
            conn.rollback()
    return None


REFUSED = {"42501", "P0001", "55000"}
"""Of PostgreSQL: the right is missing; a trigger refuses."""


@pytest.mark.parametrize("role", ROLES)
def test_evidence_is_only_added_to_and_only_by_who_writes_it(site: Site, role: str) -> None:
    for table, writers in ADDED_TO.items():
        refused = tried(site, role, insert_into(table))
        assert refused == (None if role in writers else "42501"), (table, "INSERT")
        for what, sql in attempts(table).items():
            may = what == "UPDATE" and role in CHANGED_BY.get(table, set())
            refused = tried(site, role, sql)
            assert (refused is None) if may else (refused in REFUSED), (table, what, refused)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_chooses_a_position_turns_triggers_off_or_becomes_the_owner(
    site: Site, role: str
) -> None:
    for sql in (
        "INSERT INTO journal.journal_events VALUES ('thing-1', 1, 'thing.opened', '{}', 5)",
        "SELECT setval('journal.journal_events_notification_id_seq', 1)",
        "SET session_replication_role = replica",
        "SET ROLE daybook_owner",
        "ALTER FUNCTION journal.refuse_change RENAME TO something",
        "DROP FUNCTION journal.refuse_change CASCADE",
        "DROP SCHEMA journal CASCADE",
        "DROP SCHEMA seal CASCADE",
        "CREATE TABLE journal.mine (a int)",
        "GRANT ALL ON journal.journal_events TO PUBLIC",
    ):
        refused = tried(site, role, sql)
        granted_nothing = sql.startswith("GRANT") and refused is None
        assert refused == "42501" or granted_nothing, (sql, refused)
    owner = site.rows(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace::regnamespace"
        "::text IN ('journal', 'vault', 'access', 'announcements', 'managers', 'seal', 'streams')"
        " AND relkind = 'r'"
    )
    assert owner == [("daybook_owner",)]


@pytest.mark.parametrize("role", ["relay", "projector", "sealer", "auditor"])
def test_who_need_not_know_who_patients_are_cannot(site: Site, role: str) -> None:
    for table in ("vault.patient_keys", "vault.site"):
        assert tried(site, role, f"SELECT * FROM {table}") == "42501"  # noqa: S608


@pytest.mark.parametrize("role", ["relay", "projector", "managers"])
def test_a_trigger_of_somebodys_own_comes_to_nothing(site: Site, role: str) -> None:
    sql = (
        "CREATE TRIGGER mine BEFORE INSERT ON journal.journal_events FOR EACH ROW"
        " EXECUTE FUNCTION journal.refuse_change()"
    )
    assert tried(site, role, sql) == "42501"


@contextmanager
def serving(site: Site, folder: Path, *roles: str) -> Iterator[None]:
    """Let each process run as its own role; see that they end well."""
    playing = {}
    for role in roles:
        words = [str(DAYBOOK), "serve", role, "--data", str(folder / role)]
        playing[role] = subprocess.Popen(
            words, env=clean(site.settings(role)), stderr=subprocess.PIPE, text=True
        )
    try:
        for role, process in playing.items():
            assert process.stderr
            while True:
                assert select.select([process.stderr], [], [], PATIENCE)[0], f"{role} says nothing"
                line = process.stderr.readline()
                assert line, f"{role} has ended"
                if "Ctrl-C ends it" in line:
                    break
        yield
    finally:
        for process in playing.values():
            process.send_signal(signal.SIGINT)
        ended = {role: process.wait(PATIENCE) for role, process in playing.items()}
    assert ended == dict.fromkeys(roles, 0)


def test_daybook_runs_with_a_role_for_each_process_and_a_command_goes_all_the_way(
    site: Site, tmp_path: Path
) -> None:
    for name in ("relay", "projector", "commands", "managers", "sealer", "operator"):
        (tmp_path / name).mkdir()
    seal_only = "SELECT max(position) FROM seal.heads JOIN seal.logs USING (origin)"
    with serving(site, tmp_path, "relay", "projector", "commands", "managers", "sealer"):
        operator = site.settings("operator")
        clinic = CLINICS / "base"
        words = ("import", clinic, "--now", SMALL_CLINIC_NOW)
        done = run(tmp_path / "operator", *words, **operator)
        assert done.returncode == 0, done.stderr
        [(facility,)] = site.rows("SELECT facility_id FROM attendance.facilities")
        payload = json.dumps({"room": {"room_id": "room-new", "name": "New", "capacity": 8}})
        command = ("send", "facility.keep-room", payload, "--facility", facility)
        sent = run(tmp_path / "operator", *command, "--client", "kiosk-1", **operator)
        assert sent.returncode == 0, sent.stderr + sent.stdout
        position = json.loads(sent.stdout)["events"][-1]["position"]
        wait_until(lambda: site.rows("SELECT position FROM schedule.position") >= [(position,)])
        wait_until(lambda: site.rows(f"{seal_only} WHERE log = 'journal'") >= [(position,)])
        shown = run(tmp_path / "operator", "report", "visits", **operator)
        assert shown.returncode == 0, shown.stderr
        assert "J01" in shown.stdout
        told = run(tmp_path / "operator", "status", **operator)
        assert told.returncode == 0, told.stdout + told.stderr
        assert ("visits",) in site.rows("SELECT what FROM access.log")


@pytest.mark.parametrize("role", ["relay", "projector"])
def test_a_process_whose_role_may_not_do_its_work_says_so(
    site: Site, tmp_path: Path, role: str
) -> None:
    settings = site.settings(role) | {"DAYBOOK_DATABASE_URL": site.url("auditor")}
    done = run_process(tmp_path, "serve", role, **settings)
    assert done.returncode == 2
    assert "The role of DAYBOOK_DATABASE_URL may not do this work: " in done.stderr
