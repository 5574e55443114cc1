"""The example service: billable days become claim lines, in a database of its own."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.application.check_in import undo_check_in
from services.billing.ledger import FollowedElsewhere, Ledger
from services.billing.lines import Charge, Day, Line, next_lines
from services.billing.subscription import STREAM, Message, Place, Subscriber
from services.messaging import stream
from services.publishing import billable_days
from tests.support.backend import PATIENCE, Backend, running, until
from tests.support.billed_clinic import BilledClinic
from tests.support.nats_server import OwnServer
from tests.support.node_tools import NODE
from tests.support.secured_nats import secured_nats
from tests.support.small_clinic import ANN, BEN, FOUND, MONDAY, WEDNESDAY

NAME = "billing"
WHOLE = Charge("0906", "H0015", 1)
COUNSELING = (Charge("0915", "H0005", 1), Charge("0914", "H0004", 2))
DAY = Day("patient-1", "2025-03-03", "medicaid", None, None, (), (WHOLE,))
SHORT = replace(DAY, fallback="discrete-services", reasons=("minutes",), charges=COUNSELING)
LINE = Line("patient-1", "2025-03-03", "medicaid", "0906", "H0015", 1, None, "1")
GROUP, ALONE = (
    replace(LINE, revenue_code=each.revenue_code, code=each.code, units=each.units)
    for each in COUNSELING
)

# What a day comes to


@pytest.mark.parametrize(
    ("last", "now", "lines"),
    [
        pytest.param([], None, [], id="nothing of nothing"),
        pytest.param([], DAY, [LINE], id="a claim"),
        pytest.param([], replace(DAY, charges=(), reasons=("signature",)), [], id="held back"),
        pytest.param([], replace(DAY, payer=None), [], id="nobody pays"),
        pytest.param([LINE], DAY, [], id="the same"),
        pytest.param(
            [LINE], replace(DAY, tier=2), [replace(LINE, tier=2, frequency="7")], id="replaced"
        ),
        pytest.param(
            [replace(LINE, tier=2, frequency="7")],
            replace(DAY, tier=2),
            [],
            id="replaced, the same",
        ),
        pytest.param([LINE], replace(DAY, charges=()), [replace(LINE, frequency="8")], id="void"),
        pytest.param([LINE], None, [replace(LINE, frequency="8")], id="withdrawn"),
        pytest.param([replace(LINE, frequency="8")], None, [], id="void already"),
        pytest.param([replace(LINE, frequency="8")], DAY, [LINE], id="claimed again"),
        pytest.param(
            [LINE],
            replace(DAY, payer="commercial"),
            [replace(LINE, frequency="8"), replace(LINE, payer="commercial")],
            id="another payer",
        ),
        pytest.param([], SHORT, [GROUP, ALONE], id="too short, by its services"),
        pytest.param(
            [LINE], SHORT, [replace(LINE, frequency="8"), GROUP, ALONE], id="too short after all"
        ),
        pytest.param(
            [GROUP, replace(ALONE, units=1)],
            SHORT,
            [replace(ALONE, frequency="7")],
            id="one line of two is otherwise",
        ),
    ],
)
def test_what_was_claimed_becomes_what_is_owed(
    last: list[Line], now: Day | None, lines: list[Line]
) -> None:
    assert list(next_lines(last, now)) == lines


def test_a_message_of_an_earlier_version_is_read_and_its_database_too(tmp_path: Path) -> None:
    path = tmp_path / "billing.sqlite"
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE lines (number INTEGER PRIMARY KEY, patient_id TEXT, day TEXT,"
            " payer TEXT, code TEXT, units INTEGER, tier INTEGER, frequency TEXT, because TEXT)"
        )
        db.execute(
            "INSERT INTO lines VALUES"
            " (1, 'patient-1', '2025-03-03', 'medicaid', 'H0015', 1, NULL, '1', 'x')"
        )
    ledger = Ledger(path)
    said = {
        **{"patient_id": "patient-1", "day": "2025-03-03", "payer": "medicaid", "code": None},
        **{"units": 1, "tier": 2, "reasons": [], "evidence": [], "class_version": 1},
    }
    here = Place("journal-1", 1, 1, "day:1")
    ledger.take([Message(here, 0, "day.judged", said)], None, here)
    before = replace(LINE, revenue_code=None)
    assert ledger.lines() == [before, replace(before, tier=2, frequency="7")]


# The service


@pytest.fixture
def billed(backend: Backend) -> BilledClinic:
    return BilledClinic(backend)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "billing.sqlite")


def lines(ledger: Ledger) -> list[str]:
    return [f"{each.frequency} {each.patient_id[8:]} {each.day[5:]}" for each in ledger.lines()]


async def become(ledger: Ledger, expected: list[str]) -> None:
    async def so() -> bool:
        return len(lines(ledger)) >= len(expected)

    await until(so)
    # What would come twice comes within this time.
    await asyncio.sleep(0.6)
    assert lines(ledger) == expected


BOTH = ["1 ann 03-03", "1 ben 03-03"]


@asynccontextmanager
async def followed(ledger: Ledger, nats_url: str) -> AsyncIterator[None]:
    async with running(Subscriber(NAME, "oak-street", ledger, nats_url).run):
        yield


async def test_days_become_lines_as_notes_are_signed_and_void_when_they_are_none(
    billed: BilledClinic, ledger: Ledger
) -> None:
    async with billed.kept() as supervisor, followed(ledger, billed.backend.nats_url):

        async def four_held() -> bool:
            return len(ledger.held()) == 4

        await until(four_held)
        assert {row[2] for row in ledger.held()} == {"signature"}
        assert ledger.held()[0][3] == billed.clinic.evening(MONDAY).id
        billed.sign(MONDAY)
        await become(ledger, BOTH)
        assert len(ledger.held()) == 2
        session = billed.clinic.evening(MONDAY)
        [line] = session.visits[ANN].sign_ins
        billed.clinic.daybook.handle(
            billed.clinic.context(),
            undo_check_in,
            session.id,
            ANN,
            line.arrived_at,
            FOUND,
        )
        await billed.told(supervisor)
        await become(ledger, [*BOTH, "8 ann 03-03"])


async def test_whatever_happens_no_line_is_missing_and_none_is_written_twice(
    billed: BilledClinic, ledger: Ledger, server: OwnServer
) -> None:
    """Sent again, away, killed, made again: the lines are those of the days."""
    billed.sign(MONDAY)
    async with billed.kept(server.url) as supervisor:
        async with followed(ledger, server.url):
            await become(ledger, BOTH)
            async with stream.connected(server.url, "test") as client:
                await client.jetstream().reset_consumer(STREAM, NAME, 1)
            await become(ledger, BOTH)
            await stream.delete_stream(server.url, billable_days.NAME)
            await become(ledger, BOTH)
        # Away, while a note is signed and the server dies.
        billed.sign(WEDNESDAY)
        await billed.told(supervisor)
        server.kill()
        await asyncio.sleep(0.5)
        server.start()
        async with followed(ledger, server.url):
            await become(ledger, [*BOTH, "1 ann 03-05", "1 ben 03-05"])


async def test_its_own_database_may_be_lost_and_is_filled_again(
    billed: BilledClinic, tmp_path: Path
) -> None:
    billed.sign(MONDAY)
    async with billed.kept():
        for name in ("first", "second"):
            ledger = Ledger(tmp_path / name)
            async with followed(ledger, billed.backend.nats_url):
                await become(ledger, BOTH)


def test_two_do_not_follow_into_one_ledger(ledger: Ledger) -> None:
    ledger.take([], None, Place("journal-1", 5, 5, "day:1"))
    with pytest.raises(FollowedElsewhere):
        ledger.take([], None, Place("journal-1", 6, 6, "day:2"))
    assert ledger.place() == Place("journal-1", 5, 5, "day:1")


def test_without_a_server_it_says_how_to_start_one(tmp_path: Path) -> None:
    words = ("follow", "--facility", "oak-street", "--data", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "services.billing", *words],
        env={key: value for key, value in os.environ.items() if key != "DAYBOOK_NATS_URL"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        f"There is no Daybook running in {tmp_path}: start it with `daybook up`, or set"
        " DAYBOOK_NATS_URL.\n"
    )


# As others run it: a process of its own, under a user of its own


async def test_it_runs_with_the_rights_of_a_subscriber_and_no_others(
    billed: BilledClinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    billed.sign(MONDAY)
    database = tmp_path / "billing.sqlite"
    who = ("--subscriber", "billing:oak-street:billable")
    with secured_nats(tmp_path / "nats", *who) as secured:
        monkeypatch.setenv("DAYBOOK_NATS_SUBSCRIBERS", str(secured.folder / "subscribers.json"))
        for name, value in secured.settings("daybook").items():
            monkeypatch.setenv(name, value)
        async with billed.kept(secured.url) as supervisor:
            settings = secured.settings("billing") | {"DAYBOOK_NATS_URL": secured.url}
            words = ("follow", "--facility", "oak-street", "--database", str(database))
            service = subprocess.Popen(
                [sys.executable, "-m", "services.billing", *words],
                env={**os.environ, **settings},
                cwd=Path(__file__).parents[3],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            try:
                await become(Ledger(database), BOTH)
                billed.sign(WEDNESDAY)
                await billed.told(supervisor)
                await become(Ledger(database), [*BOTH, "1 ann 03-05", "1 ben 03-05"])
            finally:
                service.terminate()
                printed, complaints = service.communicate(timeout=PATIENCE)
    assert service.returncode == 0, complaints
    assert [line.split()[:3] for line in printed.splitlines()] == [
        ["claim", "2025-03-03", "self"],
        ["claim", "2025-03-03", "self"],
        ["claim", "2025-03-05", "self"],
        ["claim", "2025-03-05", "self"],
    ]
    assert {line.split()[-1] for line in printed.splitlines()} == {ANN, BEN}


@pytest.mark.skipif(
    not (shutil.which("node") and (NODE / "node_modules/@nats-io").exists()),
    reason="needs Node.js 20, and `npm ci` in tests/node (which `make test` does)",
)
async def test_the_same_days_are_read_with_nats_js_and_nothing_of_python(
    billed: BilledClinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    billed.sign(MONDAY)
    who = ("--subscriber", "billing-js:oak-street:billable")
    with secured_nats(tmp_path / "nats", *who) as secured:
        monkeypatch.setenv("DAYBOOK_NATS_SUBSCRIBERS", str(secured.folder / "subscribers.json"))
        for name, value in secured.settings("daybook").items():
            monkeypatch.setenv(name, value)
        async with billed.kept(secured.url):
            await billed.messages(secured.url)
            script = await asyncio.create_subprocess_exec(
                *("node", NODE / "read_billable_days.mjs", secured.url, "billing-js"),
                *(secured.folder / "billing-js.nk", secured.folder / "ca.crt", "6"),
                stdout=asyncio.subprocess.PIPE,
            )
            billed.sign(WEDNESDAY)
            printed, _ = await asyncio.wait_for(script.communicate(), PATIENCE)
    assert script.returncode == 0
    read: list[Any] = [json.loads(line) for line in printed.splitlines()]
    assert [(each["previous"], each["position"]) for each in read] == [
        (number, number + 1) for number in range(len(read))
    ]
    last = {(each["patient_id"], each["day"]): each["units"] for each in read}
    assert last == {
        (ANN, "2025-03-03"): 1,
        (BEN, "2025-03-03"): 1,
        (ANN, "2025-03-05"): 1,
        (BEN, "2025-03-05"): 1,
    }
