"""Saves that race, on the real PostgreSQL: one wins, the others are told why not."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.aggregate import CommandContext
from domain.errors import (
    AlreadyAdmitted,
    ConflictsMet,
    NotAdmitted,
    PatientTaken,
    Refusal,
    ResourceTaken,
    SessionFull,
    SignedInElsewhere,
)
from domain.facility import Facility, Room
from domain.identity import Identity
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from domain.patient import Discharge, Enrolment, Patient, Referral
from domain.program import Program, Track
from domain.session import Meeting, Part, Session
from domain.staff import Staff
from services.application import Asked, CommandHandler, UnitOfWork
from services.application.admissions import admit_patient, refer_patient
from services.application.check_in import check_in
from services.application.discharge import discharge_patient
from services.application.monitoring import draw_drug_test, draw_drug_tests
from services.application.rosters import (
    book_patient,
    enrol_patient,
    release_patient,
    wait_for_session,
)
from services.application.sessions import close_session, schedule_session
from services.application.tracks import keep_track
from services.embedded import Engines
from services.journal import Journal
from services.vault import Person, Vault
from tests.support.backend import PATIENCE, SITE_KEY, Backend, fresh_database
from tests.support.broken_lines import breakable_line
from tests.support.small_clinic import (
    ANN,
    BEN,
    FACILITY,
    MONDAY,
    PROGRAM,
    TRACK,
    SmallClinic,
    pattern,
)

RACERS = 16
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = date(2026, 9, 7)


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as fresh:
        yield fresh


@pytest.fixture(autouse=True)
def clinic(backend: Backend) -> SmallClinic:
    clinic = SmallClinic(backend.journal, last_day=date(2025, 3, 28), vault=backend.vault)
    site: Facility = backend.journal.load(Facility.id_of(FACILITY))
    for number in range(RACERS):
        site.keep_room(clinic.context(), Room(f"room-{number}", f"Room {number}", 12))
        site.keep_staff(clinic.context(), Staff(f"s-{number}", f"Nobody {number}", "LCSW"))
    site.keep_staff(clinic.context(), Staff("s-rivera", "N. Rivera", "LCSW"))
    program = Program.start(
        clinic.context(),
        facility_id=FACILITY,
        program_id="sud",
        name="Substance use",
        population="adult",
        focus="substance-use",
        weekly_minutes=540,
        days_per_week=3,
    )
    backend.journal.save(site, program)
    return clinic


def context(name: str) -> CommandContext:
    return CommandContext(name, NOW, "s-rivera")


def meeting(room_id: str = "room-1", staff_id: str = "s-rivera", places: int = 12) -> Meeting:
    starts_at = datetime(2026, 9, 7, 18, tzinfo=UTC)
    ends_at = starts_at + timedelta(hours=3)
    part = Part(starts_at, ends_at, "group", "Process group")
    return Meeting("sud", None, DAY, starts_at, ends_at, (part,), room_id, staff_id, places)


def admitted(
    journal: Journal, name: str, program_id: str = "sud", admitted_on: date = date(2026, 9, 1)
) -> str:
    patient = Patient.admit(
        context(f"admit-{name}"),
        id=f"patient-{name}",
        facility_id="oak-street",
        program_id=program_id,
        admitted_on=admitted_on,
        payer="medicaid",
        override="as it was before",
    )
    journal.save(patient)
    return patient.id


def race(backend: Backend, run: Callable[[CommandHandler, int], object]) -> Counter[str]:
    """Let each of sixteen run at once, on a connection of their own; count what they met."""
    start = threading.Barrier(RACERS)

    def racer(number: int) -> str:
        journal = Journal(backend.database_url, pool_size=2)
        try:
            start.wait(timeout=PATIENCE)
            run(CommandHandler(journal, backend.vault), number)
        except Refusal as refusal:
            return type(refusal).__name__ if str(refusal) else "unexplained"
        else:
            return "won"
        finally:
            journal.close()

    with ThreadPoolExecutor(RACERS) as pool:
        return Counter(pool.map(racer, range(RACERS), timeout=PATIENCE))


def test_of_sixteen_who_want_a_sessions_last_place_one_gets_it(backend: Backend) -> None:
    patients = [admitted(backend.journal, str(number)) for number in range(RACERS)]
    session_id = CommandHandler(backend.journal, backend.vault).handle(
        context("schedule"),
        schedule_session,
        facility_id="oak-street",
        label="one",
        meeting=meeting(places=1),
    )
    outcome = race(
        backend,
        lambda daybook, n: daybook.handle(
            context(f"book-{n}"), book_patient, session_id, patients[n]
        ),
    )
    assert outcome == {"won": 1, SessionFull.__name__: RACERS - 1}
    assert len(backend.journal.load(session_id).visits) == 1
    booked = [each for each in patients if backend.journal.load(each).bookings]
    assert booked == list(backend.journal.load(session_id).visits)


def test_of_sixteen_who_want_one_room_one_gets_it(backend: Backend) -> None:
    outcome = race(
        backend,
        lambda daybook, n: daybook.handle(
            context(f"schedule-{n}"),
            schedule_session,
            facility_id="oak-street",
            label=f"one-{n}",
            meeting=meeting(staff_id=f"s-{n}"),
        ),
    )
    assert outcome == {"won": 1, ResourceTaken.__name__: RACERS - 1}


def test_of_sixteen_sessions_that_want_one_patient_at_once_one_gets_them(backend: Backend) -> None:
    patient_id = admitted(backend.journal, "one")
    daybook = CommandHandler(backend.journal, backend.vault)
    sessions = [
        daybook.handle(
            context(f"schedule-{n}"),
            schedule_session,
            facility_id="oak-street",
            label=f"one-{n}",
            meeting=meeting(room_id=f"room-{n}", staff_id=f"s-{n}"),
        )
        for n in range(RACERS)
    ]
    outcome = race(
        backend,
        lambda racer, n: racer.handle(context(f"book-{n}"), book_patient, sessions[n], patient_id),
    )
    assert outcome == {"won": 1, PatientTaken.__name__: RACERS - 1}
    assert len(backend.journal.load(patient_id).bookings) == 1


# Series, doors and waiting lists


def test_of_sixteen_series_that_want_one_room_one_is_booked_and_of_the_others_nothing(
    backend: Backend, clinic: SmallClinic
) -> None:
    met: list[str] = []

    def keep(daybook: CommandHandler, number: int) -> None:
        meets = pattern(9, "room-1", "staff-2", ("MO", "WE", "FR"))
        track = Track(f"track-{number}", "Morning", MONDAY, date(2025, 3, 14), meets)
        try:
            daybook.handle(clinic.context(f"{number}"), keep_track, FACILITY, PROGRAM, track)
        except ConflictsMet as conflicts:
            met.append(str(conflicts))
            raise

    before = backend.journal.position()
    assert race(backend, keep) == {"won": 1, ConflictsMet.__name__: RACERS - 1}
    assert {each.count("room room-1 is booked") for each in met} == {6}, met[0]
    recorded = Counter(each.topic for each in backend.journal.after(before, 1000))
    assert recorded["program.track-opened"] == 1
    assert recorded["session.scheduled"] == 6
    assert recorded["calendar.time-booked"] == 12


def test_of_sixteen_who_want_a_tracks_last_place_one_gets_all_of_it(
    backend: Backend, clinic: SmallClinic
) -> None:
    clinic.enrol(ANN)
    patients = [admitted(backend.journal, str(number), PROGRAM, MONDAY) for number in range(RACERS)]
    outcome = race(
        backend,
        lambda daybook, n: daybook.handle(
            clinic.context(f"{n}"),
            enrol_patient,
            patients[n],
            Enrolment(TRACK, ("MO", "WE", "FR"), MONDAY, None),
        ),
    )
    assert outcome == {"won": 1, ConflictsMet.__name__: RACERS - 1}
    booked = [len(backend.journal.load(each).bookings) for each in patients]
    assert sorted(booked) == [0] * (RACERS - 1) + [12]


def test_of_sixteen_kiosks_that_sign_one_patient_in_to_sixteen_sessions_one_does(
    backend: Backend, clinic: SmallClinic
) -> None:
    # Side by side in the patient's day, but so close that the door of each is open.
    sessions = []
    for number in range(RACERS):
        starts_at = datetime(2025, 3, 3, 12, tzinfo=UTC) + timedelta(minutes=5 * number)
        ends_at = starts_at + timedelta(minutes=5)
        part = Part(starts_at, ends_at, "individual", "Short")
        short = Meeting(PROGRAM, None, MONDAY, starts_at, ends_at, (part,), "room-2", "staff-2", 3)
        sessions.append(
            clinic.daybook.handle(
                clinic.context(),
                schedule_session,
                facility_id=FACILITY,
                label=f"short-{number}",
                meeting=short,
            )
        )
        clinic.daybook.handle(clinic.context(), book_patient, sessions[-1], ANN)
    clinic.at("12:00")
    outcome = race(
        backend,
        lambda daybook, n: daybook.handle(clinic.context(f"{n}"), check_in, sessions[n], ANN),
    )
    assert outcome == {"won": 1, SignedInElsewhere.__name__: RACERS - 1}


def test_a_session_that_sixteen_close_is_closed_once(backend: Backend, clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    clinic.at("21:00")
    before = backend.journal.position()
    session_id = clinic.evening().id
    outcome = race(
        backend,
        lambda daybook, n: daybook.handle(clinic.context(f"{n}"), close_session, session_id),
    )
    assert outcome == {"won": RACERS}
    recorded = Counter(each.topic for each in backend.journal.after(before, 1000))
    assert recorded == {"session.closed": 1, "session.attendance-recorded": 2}


def test_a_place_that_comes_free_sixteen_times_goes_to_one_who_waits(
    backend: Backend, clinic: SmallClinic
) -> None:
    session_id = clinic.own("one", room_id="room-3")
    clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
    patients = [admitted(backend.journal, str(number), PROGRAM, MONDAY) for number in range(3)]
    for patient_id in patients:
        clinic.daybook.handle(clinic.context(), wait_for_session, session_id, patient_id)
    race(
        backend,
        lambda daybook, n: daybook.handle(
            clinic.context(f"{n}"), release_patient, session_id, ANN, "asked"
        ),
    )
    session = backend.journal.load(session_id)
    assert list(session.visits) == patients[:1]
    assert session.waiting == tuple(patients[1:])


LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))


def test_somebody_whom_sixteen_refer_at_once_is_one_patient(
    backend: Backend, clinic: SmallClinic
) -> None:
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    found: set[str] = set()
    outcome = race(
        backend,
        lambda daybook, _: found.add(
            daybook.handle(clinic.context(), refer_patient, FACILITY, LEE, referral)
        ),
    )
    assert outcome == {"won": RACERS}
    (patient_id,) = found
    assert backend.rows(
        "SELECT topic, count(*) FROM journal.journal_events WHERE topic IN ('patient.referred',"
        " 'identity.recorded', 'record-number.assigned') GROUP BY topic ORDER BY topic"
    ) == [("identity.recorded", 1), ("patient.referred", 1), ("record-number.assigned", 1)]
    # What was kept opens with the key that was kept, by whoever comes later.
    sealed = backend.journal.load(Identity.id_of(patient_id)).sealed
    assert Vault(backend.database_url, SITE_KEY).begin().open(patient_id, sealed) == LEE


def test_of_sixteen_admissions_of_one_candidate_one_is_recorded(
    backend: Backend, clinic: SmallClinic
) -> None:
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    patient_id = clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, LEE, referral)

    def admit(daybook: CommandHandler, number: int) -> None:
        daybook.handle(
            clinic.context(),
            admit_patient,
            patient_id,
            admitted_on=MONDAY,
            payer=f"payer {number}",
            focus="co-occurring",
            override="court order",
        )

    assert race(backend, admit) == {"won": 1, AlreadyAdmitted.__name__: RACERS - 1}


def test_who_is_discharged_while_others_let_them_wait_waits_for_nothing(
    backend: Backend, clinic: SmallClinic
) -> None:
    tuesday = MONDAY + timedelta(days=1)
    full = [clinic.own(f"one-{hour}", tuesday, hour, "room-3") for hour in (9, 12)]
    for session_id in full:
        clinic.daybook.handle(clinic.context(), book_patient, session_id, BEN)
    left = Discharge(MONDAY, "against-advice", ("own-wish",))

    def leave_or_wait(daybook: CommandHandler, number: int) -> None:
        if number % 4 == 0:
            daybook.handle(clinic.context(), discharge_patient, ANN, left)
        else:
            daybook.handle(clinic.context(), wait_for_session, full[number % 2], ANN)

    outcome = race(backend, leave_or_wait)
    assert set(outcome) <= {"won", NotAdmitted.__name__}
    assert [backend.journal.load(session_id).waiting for session_id in full] == [(), ()]
    assert not backend.journal.load(ANN).in_treatment


def test_a_test_that_sixteen_draw_on_one_morning_is_drawn_once(
    backend: Backend, clinic: SmallClinic
) -> None:
    daybook = CommandHandler(backend.journal, backend.vault)
    daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(1, 1))
    clinic.now += timedelta(days=1)
    outcome = race(backend, lambda each, _: each.handle(clinic.context(), draw_drug_test, ANN))
    assert outcome == {"won": RACERS}
    assert len(backend.journal.load(DrugTesting.id_of(ANN)).tests) == 1


def test_what_was_read_while_others_recorded_is_read_anew_whatever_it_led_to(
    backend: Backend, clinic: SmallClinic
) -> None:
    clinic.enrol(ANN)
    evening, tries = clinic.evening().id, []

    def decision(work: UnitOfWork) -> list[str]:
        patient = work.patient(ANN)
        tries.append(evening in patient.bookings)
        if len(tries) == 1:
            clinic.daybook.handle(context("meanwhile"), release_patient, evening, ANN, "is away")
        expected = [work.session(each) for each in patient.bookings]
        return [each.visits[ANN].role for each in expected]

    done = CommandHandler(backend.journal, backend.vault).run(Asked(context("beside"), decision))
    assert tries == [True, False]
    assert set(done.returned) == {"rostered"}


def test_a_save_whose_acknowledgement_is_lost_is_not_done_twice(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> None:
    patient_id = admitted(backend.journal, "one")
    session_id = CommandHandler(backend.journal, backend.vault).handle(
        context("schedule"),
        schedule_session,
        facility_id="oak-street",
        label="one",
        meeting=meeting(),
    )
    before = backend.journal.position()
    folder = tmp_path_factory.mktemp("line")
    with breakable_line(backend.database_url, folder) as line:
        journal = Journal(line.url, pool_size=2)
        line.armed.set()
        CommandHandler(journal, backend.vault).handle(
            context("book"), book_patient, session_id, patient_id
        )
        assert not line.armed.is_set()
        journal.close()
    recorded = [each.topic for each in backend.journal.after(before, 100)]
    assert recorded == ["session.patient-rostered", "patient.sessions-booked"]


def test_a_save_of_five_thousand_events_does_not_hang(backend: Backend) -> None:
    session = Session.schedule(
        context("schedule"), facility_id="oak-street", label="one", meeting=meeting(places=5000)
    )
    for number in range(5000):
        session.roster(context("roster"), f"patient-{number:032d}")
    backend.journal.save(session)
    assert backend.journal.position() >= 5001
    loaded = backend.journal.load(session.id)
    assert loaded.version == 5001
    assert loaded == session


def test_an_aggregate_is_the_same_from_its_events_and_from_a_snapshot(backend: Backend) -> None:
    session = Session.schedule(
        context("schedule"), facility_id="oak-street", label="one", meeting=meeting(places=500)
    )
    for number in range(250):
        session.roster(context("roster"), f"patient-{number}")
    backend.journal.save(session)
    assert backend.journal.snapshots is not None
    assert list(backend.journal.snapshots.get(session.id))
    from_snapshot = backend.journal.load(session.id)
    backend.run("DELETE FROM journal.journal_snapshots")
    assert backend.journal.load(session.id) == from_snapshot == session


def test_a_snapshot_that_no_longer_fits_is_passed_over(backend: Backend) -> None:
    session = Session.schedule(
        context("schedule"), facility_id="oak-street", label="one", meeting=meeting(places=500)
    )
    for number in range(150):
        session.roster(context("roster"), f"patient-{number}")
    backend.journal.save(session)
    backend.run(
        "UPDATE journal.journal_snapshots SET state ="
        " convert_to(replace(convert_from(state, 'UTF8'), '\"meeting\"', '\"gathering\"'), 'UTF8')"
    )
    assert backend.journal.load(session.id) == session
