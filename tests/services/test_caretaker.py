"""What happens by itself while the house is up: sessions close, and running tracks go on."""

import asyncio
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.facility import Facility
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from domain.program import HORIZON
from domain.session import Session
from services.caretaker import Caretaker
from services.house import VIEWS
from tests.services.command import CLINICS, imported, start
from tests.services.small_clinic import ANN, FACILITY, MONDAY, TRACK, WEDNESDAY, SmallClinic
from tests.services.things import Ground
from tests.stories.data_folders import ask

TO_BE_CLOSED = """
    SELECT count(*) FROM schedule.sessions
    WHERE ends_at < now() - interval '61 minutes' AND state = 'scheduled' AND NOT closed
"""


@pytest.fixture
def clinic(ground: Ground) -> SmallClinic:
    clinic = SmallClinic(ground.journal, last_day=None)
    clinic.enrol(ANN)
    return clinic


async def catch_up(ground: Ground) -> None:
    async with ground.upkeep(*VIEWS) as upkeep:
        await upkeep.caught_up(ground.journal.position(), timeout=30)


def caretaker(ground: Ground, clinic: SmallClinic) -> Caretaker:
    return Caretaker(ground.journal, ground.vault, ground.database_url, clock=lambda: clinic.now)


@pytest.mark.parametrize(("minutes", "delay"), [(60, None), (5, 5)])
async def test_a_session_closes_by_itself_a_facilitys_delay_after_its_end(
    ground: Ground, clinic: SmallClinic, minutes: int, delay: int | None
) -> None:
    if delay:
        site = ground.journal.load(Facility.id_of(FACILITY))
        site.set_closing_delay(clinic.cause(), delay)
        ground.journal.save(site)
    await catch_up(ground)
    ended = clinic.at("20:00")
    clinic.now = ended + timedelta(minutes=minutes, seconds=-1)
    caretaker(ground, clinic).round()
    assert not clinic.evening().closed
    clinic.now = ended + timedelta(minutes=minutes)
    caretaker(ground, clinic).round()
    assert clinic.evening().closed
    assert clinic.evening().records[ANN].attendance.status == "no_show"  # type: ignore[union-attr]
    before = ground.journal.position()
    caretaker(ground, clinic).round()
    assert ground.journal.position() == before


async def test_a_session_without_a_facilitator_waits_for_one(
    ground: Ground, clinic: SmallClinic
) -> None:
    clinic.daybook.substitute_staff(clinic.cause(), clinic.evening().id, None, "flu")
    await catch_up(ground)
    clinic.at("22:00", WEDNESDAY)
    caretaker(ground, clinic).round()
    assert not clinic.evening(MONDAY).closed
    assert clinic.evening(WEDNESDAY).closed


def test_a_running_track_is_scheduled_as_far_as_the_horizon_each_day(
    ground: Ground, clinic: SmallClinic
) -> None:
    keeper = caretaker(ground, clinic)
    for day in (MONDAY, date(2025, 3, 4), WEDNESDAY):
        clinic.at("00:30", day)
        keeper.round()
    last = clinic.evening(WEDNESDAY + HORIZON)
    assert ANN in last.visits
    beyond = Session.id_of(FACILITY, TRACK, date(2025, 5, 30))
    assert ground.journal.load(beyond) is None


def test_while_no_view_is_there_nothing_is_due(ground: Ground, clinic: SmallClinic) -> None:
    clinic.at("22:00")
    caretaker(ground, clinic).round()
    assert not clinic.evening().closed


async def test_it_ends_when_it_is_asked_to(ground: Ground, clinic: SmallClinic) -> None:
    task = asyncio.create_task(caretaker(ground, clinic).run())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)


def test_what_is_over_is_closed_while_everything_is_up(tmp_path: Path) -> None:
    imported(tmp_path, CLINICS / "base", "2026-09-17T17:00:00Z")
    assert ask(tmp_path, TO_BE_CLOSED) != [(0,)]
    up = start(tmp_path, "up")
    try:
        assert up.stdout
        for line in up.stdout:
            if "Everything is up" in line:
                break
        for _ in range(60):
            if ask(tmp_path, TO_BE_CLOSED) == [(0,)]:
                break
            time.sleep(0.5)
        else:
            pytest.fail("a session that is over was not closed")
    finally:
        up.terminate()
        up.wait(20)


async def test_a_drug_test_is_drawn_once_on_the_day_on_the_facilitys_clocks(
    ground: Ground,
) -> None:
    clinic = SmallClinic(
        ground.journal, last_day=None, timezone="America/New_York", vault=ground.vault
    )
    clinic.enrol(ANN)
    clinic.daybook.draw_drug_tests(clinic.cause(), ANN, Gaps(2, 2))
    keeper = caretaker(ground, clinic)
    clinic.at("05:00", WEDNESDAY)
    # While the view is not there, nobody can tell who is tested: it is asked again.
    keeper.round()
    await catch_up(ground)
    # It is Tuesday still in New York, and no day of hers.
    clinic.at("04:59", WEDNESDAY)
    keeper.round()
    assert ground.journal.load(DrugTesting.id_of(ANN)).tests == {}
    clinic.at("05:00", WEDNESDAY)
    keeper.round()
    keeper.round()
    caretaker(ground, clinic).round()
    (test,) = ground.journal.load(DrugTesting.id_of(ANN)).tests.values()
    assert (test.day, test.because, test.state) == (WEDNESDAY, "drawn", "ordered")
