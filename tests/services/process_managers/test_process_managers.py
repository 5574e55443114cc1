"""What follows by itself: sessions close, tracks go on, places are offered, tests are drawn."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
import pytest

from domain.facility import Facility
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from domain.patient import Commitment, Discharge
from domain.program import HORIZON
from domain.session import Session
from services import process_managers as rooms
from services.application.monitoring import draw_drug_tests
from services.application.rosters import (
    book_patient,
    end_enrolment,
    note_commitment,
    release_patient,
    wait_for_session,
    wait_for_track,
)
from services.application.sessions import reschedule_session
from services.application.tracks import substitute_staff
from services.process_managers import MANAGERS, ProcessManager, runner
from services.process_managers.session_closing import Closing
from tests.contracts.story import examples
from tests.support.backend import Backend
from tests.support.command_line import CLINICS, imported, start
from tests.support.data_folders import ask
from tests.support.process_managers import Settled, managed
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    DEE,
    FACILITY,
    FRIDAY,
    MONDAY,
    TRACK,
    WEDNESDAY,
    SmallClinic,
    own_meeting,
)

TO_BE_CLOSED = """
    SELECT count(*) FROM schedule.sessions
    WHERE ends_at < now() - interval '61 minutes' AND state = 'scheduled' AND NOT closed
"""


@pytest.fixture
def clinic(backend: Backend) -> SmallClinic:
    clinic = SmallClinic(backend.journal, last_day=None, vault=backend.vault)
    clinic.enrol(ANN)
    return clinic


@asynccontextmanager
async def at_work(backend: Backend, clinic: SmallClinic) -> AsyncIterator[Settled]:
    async with managed(backend, lambda: clinic.now) as settled:
        yield settled


@pytest.mark.parametrize(("minutes", "delay"), [(60, None), (5, 5)])
async def test_a_session_closes_by_itself_a_facilitys_delay_after_its_end(
    backend: Backend, clinic: SmallClinic, minutes: int, delay: int | None
) -> None:
    if delay:
        site = backend.journal.load(Facility.id_of(FACILITY))
        site.set_closing_delay(clinic.context(), delay)
        backend.journal.save(site)
    async with at_work(backend, clinic) as settled:
        ended = clinic.at("20:00")
        clinic.now = ended + timedelta(minutes=minutes, seconds=-1)
        await settled()
        assert not clinic.evening().closed
        clinic.now = ended + timedelta(minutes=minutes)
        await settled()
        assert clinic.evening().closed
        record: Any = clinic.evening().records[ANN]
        assert record.attendance.status == "no_show"
        before = backend.journal.position()
        await settled()
        assert backend.journal.position() == before


async def test_a_session_that_moved_closes_after_its_new_end(
    backend: Backend, clinic: SmallClinic
) -> None:
    own = clinic.own("alone")
    async with at_work(backend, clinic) as settled:
        await settled()
        session = backend.journal.load(own)
        later = session.meeting.starts_at + timedelta(days=1)
        moved = own_meeting(later.date(), later.hour, "room-2", "staff-2")
        clinic.daybook.handle(clinic.context(), reschedule_session, own, moved)
        clinic.at("23:00")
        await settled()
        assert not backend.journal.load(own).closed
        clinic.at("15:00", date(2025, 3, 4))
        await settled()
        assert backend.journal.load(own).closed


async def test_a_session_without_a_facilitator_waits_for_one(
    backend: Backend, clinic: SmallClinic
) -> None:
    clinic.daybook.handle(clinic.context(), substitute_staff, clinic.evening().id, None, "flu")
    async with at_work(backend, clinic) as settled:
        clinic.at("22:00", WEDNESDAY)
        await settled()
        assert not clinic.evening(MONDAY).closed
        assert clinic.evening(WEDNESDAY).closed
        clinic.daybook.handle(
            clinic.context(), substitute_staff, clinic.evening().id, "staff-2", "flu"
        )
        await settled()
        assert clinic.evening(MONDAY).closed


async def test_a_running_track_is_scheduled_as_far_as_the_horizon_each_day(
    backend: Backend, clinic: SmallClinic
) -> None:
    async with at_work(backend, clinic) as settled:
        for day in (MONDAY, date(2025, 3, 4), WEDNESDAY):
            clinic.at("00:30", day)
            await settled()
    last = clinic.evening(WEDNESDAY + HORIZON)
    assert ANN in last.visits
    beyond = Session.id_of(FACILITY, TRACK, date(2025, 5, 30))
    assert backend.journal.load(beyond) is None


async def test_who_waits_gets_a_place_once_they_have_time(
    backend: Backend, clinic: SmallClinic
) -> None:
    """Cal cannot take the place that comes free, since he is booked elsewhere; then he can."""
    clinic.enrol(BEN)
    elsewhere = clinic.own("alone", MONDAY, 18, "room-2")
    clinic.daybook.handle(clinic.context(), book_patient, elsewhere, CAL)
    group = clinic.evening().id
    clinic.daybook.handle(clinic.context(), wait_for_session, group, CAL)
    async with at_work(backend, clinic) as settled:
        clinic.daybook.handle(clinic.context(), release_patient, group, BEN, "ill")
        await settled()
        assert CAL not in clinic.evening().visits
        passed_over = len(
            [each for each in topics(backend) if each == "session.patient-passed-over"]
        )
        clinic.daybook.handle(clinic.context(), release_patient, elsewhere, CAL, "not needed")
        await settled()
        assert CAL in clinic.evening().visits
    again = [each for each in topics(backend) if each == "session.patient-passed-over"]
    assert len(again) == passed_over == 1


async def test_who_waits_for_a_track_is_enrolled_once_a_duty_is_no_longer_in_the_way(
    backend: Backend, clinic: SmallClinic
) -> None:
    clinic.enrol(BEN)
    clinic.daybook.handle(clinic.context(), wait_for_track, DEE, TRACK, ("MO",))
    evenings = Commitment("work", "Bakery", ("MO",), time(18), time(21), MONDAY, None)
    clinic.daybook.handle(clinic.context(), note_commitment, DEE, evenings)
    async with at_work(backend, clinic) as settled:
        clinic.at("09:00", FRIDAY)
        clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, FRIDAY)
        await settled()
        assert DEE not in clinic.evening(date(2025, 3, 10)).visits
        mornings = replace(evenings, starts=time(6), ends=time(9))
        patient = clinic.patient(DEE)
        patient.commit(clinic.context(), replace(evenings, last_day=FRIDAY))
        patient.commit(clinic.context(), mornings)
        backend.journal.save(patient)
        await settled()
        assert DEE in clinic.evening(date(2025, 3, 10)).visits


async def test_who_was_released_from_one_session_is_not_booked_again_by_the_next_morning(
    backend: Backend, clinic: SmallClinic
) -> None:
    async with at_work(backend, clinic) as settled:
        clinic.daybook.handle(
            clinic.context(), release_patient, clinic.evening(FRIDAY).id, ANN, "a wedding"
        )
        clinic.at("00:30", WEDNESDAY)
        await settled()
        assert ANN not in clinic.evening(FRIDAY).visits
        clinic.daybook.handle(clinic.context(), book_patient, clinic.evening(FRIDAY).id, ANN)
        assert ANN in clinic.evening(FRIDAY).visits


async def test_a_discharge_is_followed_through(backend: Backend, clinic: SmallClinic) -> None:
    """As where a booking and the discharge crossed: the patient has sessions after the last day."""
    clinic.enrol(BEN)
    clinic.daybook.handle(clinic.context(), wait_for_session, clinic.evening(FRIDAY).id, CAL)
    patient = clinic.patient(ANN)
    patient.end(clinic.context(), Discharge(WEDNESDAY, "dropped-out", ("no-contact",)))
    backend.journal.save(patient)
    assert ANN in clinic.evening(FRIDAY).visits
    async with at_work(backend, clinic) as settled:
        await settled()
    assert set(clinic.evening(FRIDAY).visits) == {BEN, CAL}
    assert ANN in clinic.evening(WEDNESDAY).visits
    assert all(each.starts_at.date() <= WEDNESDAY for each in clinic.patient(ANN).bookings.values())


async def test_a_drug_test_is_drawn_once_on_the_day_on_the_facilitys_clocks(
    backend: Backend,
) -> None:
    clinic = SmallClinic(
        backend.journal, last_day=None, timezone="America/New_York", vault=backend.vault
    )
    clinic.enrol(ANN)
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(2, 2))
    async with at_work(backend, clinic) as settled:
        await settled()
        # It is Tuesday still in New York, and no day of hers.
        clinic.at("04:59", WEDNESDAY)
        await settled()
        assert backend.journal.load(DrugTesting.id_of(ANN)).tests == {}
        clinic.at("05:00", WEDNESDAY)
        await settled()
        (test,) = backend.journal.load(DrugTesting.id_of(ANN)).tests.values()
        assert (test.day, test.because, test.state) == (WEDNESDAY, "drawn", "ordered")
        clinic.at("09:00", WEDNESDAY)
        await settled()
        assert len(backend.journal.load(DrugTesting.id_of(ANN)).tests) == 1


async def test_a_replay_does_nothing(backend: Backend, clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(2, 4))
    async with at_work(backend, clinic) as settled:
        for day in range(12):
            clinic.at("23:30", MONDAY + timedelta(days=day))
            await settled()
    before = backend.journal.position()
    tasks = backend.rows("SELECT * FROM managers.tasks ORDER BY manager, key")
    backend.run("TRUNCATE managers.places, managers.tasks")
    async with at_work(backend, clinic) as settled:
        await settled()
    assert backend.journal.position() == before
    assert backend.rows("SELECT * FROM managers.tasks ORDER BY manager, key") == tasks


async def test_it_goes_on_where_it_was(backend: Backend, clinic: SmallClinic) -> None:
    for day in (MONDAY, WEDNESDAY, FRIDAY):
        async with at_work(backend, clinic) as settled:
            clinic.at("22:00", day)
            await settled()
        assert clinic.evening(day).closed
    assert set(backend.rows("SELECT position FROM managers.places")) == {
        (backend.journal.position(),)
    }


async def test_of_two_of_a_kind_one_works(backend: Backend, clinic: SmallClinic) -> None:
    async with at_work(backend, clinic) as settled, managed(backend, lambda: clinic.now):
        clinic.at("22:00")
        await settled()
        closed = [each for each in topics(backend) if each == "session.closed"]
        assert len(closed) == 1


async def test_a_task_that_fails_is_tried_again_and_holds_up_nobody(
    backend: Backend, clinic: SmallClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, failed = clinic.evening(MONDAY).id, list[str]()
    do = Closing.do

    def fails_once(self: ProcessManager, daybook: Any, context: Any, key: str) -> Any:
        if key == first and not failed:
            failed.append(key)
            raise LookupError("the door is jammed")
        return do(self, daybook, context, key)  # type: ignore[arg-type]

    monkeypatch.setattr(Closing, "do", fails_once)
    clinic.at("22:00", WEDNESDAY)
    async with at_work(backend, clinic) as settled:
        await settled()
        assert (clinic.evening(MONDAY).closed, clinic.evening(WEDNESDAY).closed) == (False, True)
        clinic.now += runner.RETRY
        await settled()
        assert clinic.evening(MONDAY).closed


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda each: each.name)
def test_no_event_that_a_manager_does_not_follow_asks_it_for_anything(
    manager: ProcessManager,
) -> None:
    asking = {kind for kind, each in examples().items() if list(manager.tasks(each))}
    assert asking
    assert asking <= set(manager.follows)


async def test_a_place_that_was_kept_by_the_stream_is_gone_on_from(
    backend: Backend, clinic: SmallClinic
) -> None:
    position = backend.journal.position()
    backend.run(
        """
        CREATE SCHEMA managers;
        CREATE TABLE managers.places (manager text PRIMARY KEY, journal text NOT NULL,
            sequence bigint NOT NULL, position bigint NOT NULL, event_id text NOT NULL);
        """
    )
    with psycopg.connect(backend.database_url) as conn:
        conn.execute(
            "INSERT INTO managers.places VALUES ('closing', 'journal-1', 1, %s, 'x:1')", (position,)
        )
    async with at_work(backend, clinic) as settled:
        clinic.at("22:00")
        await settled()
    # Of what was taken in before nothing is asked again.
    assert not clinic.evening().closed


def test_each_manager_has_a_file_and_a_name_of_its_own() -> None:
    assert len({each.name for each in MANAGERS}) == len(MANAGERS)
    files = {type(each).__module__.removeprefix(f"{rooms.__name__}.") for each in MANAGERS}
    assert len(files) == len(MANAGERS)
    assert files <= {path.stem for path in Path(rooms.__file__).parent.iterdir()}


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
            sleep(0.5)
        else:
            pytest.fail("a session that is over was not closed")
    finally:
        up.terminate()
        up.wait(20)


def topics(backend: Backend) -> list[str]:
    rows = backend.rows("SELECT topic FROM journal.journal_events ORDER BY notification_id")
    return [row[0] for row in rows]
