"""The demo as it is run: each role signs in, the clinic answers, and its people come and go."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.access.principal import Role
from services.demo.place import FACILITY_ID
from services.demo.play import play_day
from tests.support.command_line import run_process
from tests.support.running_demo import Demo, running_demo

HERE = f"/v1/facilities/{FACILITY_ID}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("demo")
    with running_demo(data) as running:
        yield running
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
        # What is open is work for a week and no wall.
        assert 10 <= len(asked(client, "open-findings")) <= 70
        assert asked(client, "exceptions")
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
