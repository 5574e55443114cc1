"""The demo as it is run: each role signs in, the clinic answers, and its people come and go."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest

from services.access.principal import Role
from services.demo.folder import Running, find_running
from services.demo.place import FACILITY_ID
from services.demo.play import play_day
from tests.support.backend import PATIENCE
from tests.support.command_line import run_process, start

HERE = f"/v1/facilities/{FACILITY_ID}"


@dataclass
class Demo:
    data: Path
    running: Running
    said: str
    errors: list[str]

    @contextmanager
    def signed_in(self, role: str) -> Iterator[httpx2.Client]:
        found = re.search(rf"^│ {role} +│ (\S+) +│ (\S+) │$", self.said, re.MULTILINE)
        assert found, f"nobody is told how to sign in as {role}"
        with httpx2.Client(base_url=self.running.url, timeout=PATIENCE) as client:
            given = {"account": found[1], "password": found[2]}
            answer = client.post("/v1/sign-in", json=given)
            assert answer.status_code == 200, answer.text
            yield client


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("demo")
    process = start(data, "demo", "--listen", "127.0.0.1:0")
    errors: list[str] = []
    assert process.stdout
    assert process.stderr
    listening = Thread(target=errors.extend, args=(process.stderr,))
    listening.start()
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Everything is up"):
                break
        else:
            pytest.fail(f"the demo ended: {errors}")
        yield Demo(data, find_running(data), said, errors)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        listening.join()
    left = run_process(data, "demo", "--play")
    assert left.returncode == 2
    assert "No demo is running" in left.stderr


def asked(client: httpx2.Client, question: str, **given: Any) -> list[dict[str, Any]]:
    """Return the rows of an answer, of which the first page is enough."""
    answer = client.get(f"{HERE}/{question}", params={"limit": 1000, **given})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize(
    "role", [each for each in Role if each not in {Role.SERVICE, Role.KIOSK, Role.OPERATOR}]
)
def test_somebody_of_each_role_signs_in_without_choosing_a_password(demo: Demo, role: Role) -> None:
    with demo.signed_in(role) as client:
        answer = client.get("/v1/me")
        assert answer.status_code == 200, answer.text
        assert not answer.json()["must_change_password"]
        assert [each["role"] for each in answer.json()["grants"]] == [role]


def test_a_group_is_about_to_begin_and_what_a_clinic_has_to_see_to_is_there(demo: Demo) -> None:
    with demo.signed_in("director") as client:
        sessions = asked(client, "sessions")
        (full,) = [each for each in sessions if each["waiting"]]
        assert full["here"] >= 4
        assert full["free"] == 0
        begins = datetime.fromisoformat(full["starts_at"])
        assert abs(begins - datetime.now(begins.tzinfo)) < timedelta(hours=1)
        week = asked(client, "schedule", week=full["date"])
        assert {each["date"] for each in week} >= {full["date"]}
        assert asked(client, "findings", state="breached")
        assert asked(client, "at-risk")
        assert asked(client, "deadlines")
        for name in ("Ελένη", "<img", "ليلى"):
            found = client.post(f"{HERE}/patients/search", json={"name": name})
            assert found.status_code == 200, found.text
            assert len(found.json()["items"]) == 1, name


def test_no_other_demo_begins_in_its_folder(demo: Demo) -> None:
    other = run_process(demo.data, "demo")
    assert other.returncode == 2
    assert "A demo is running" in other.stderr


def test_its_people_come_and_go_and_nobody_is_named(demo: Demo) -> None:
    told: list[str] = []
    done = play_day(demo.running, seed=1, speed=100_000, tell=told.append)
    assert done["arrives"]
    assert done["leaves"]
    assert not done["refused"], told
    with demo.signed_in("front-desk") as client:
        roster = asked(client, "roster")
    assert {"left", "attended"} & {each["state"] for each in roster}
    said = "\n".join([*told, demo.said, *demo.errors])
    for each in roster:
        assert each["name"] not in said
        assert each["mrn"] not in said
