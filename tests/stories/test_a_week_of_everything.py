"""One week of a small clinic, in which much goes otherwise than planned; and what is seen of it."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from domain.identity import Identity, RecordNumber
from domain.patient import Commitment, Plan
from domain.program import Deviation
from domain.session import Absence, Amendment
from services.application.check_in import (
    check_in,
    check_in_supporter,
    check_out,
    check_out_supporter,
    note_absence,
    turn_away,
    undo_check_in,
)
from services.application.rosters import (
    book_patient,
    end_enrolment,
    invite_supporter,
    note_commitment,
    wait_for_track,
)
from services.application.sessions import start_session
from services.application.signatures import (
    merge_patients,
    sign_group_note,
    sign_individual_note,
    sign_sheet,
)
from services.application.support_network import name_supporter
from services.application.tracks import change_meeting, substitute_room, substitute_staff
from services.hosting.bootstrap import VIEWS
from services.reports import ReportQueries
from services.reports.schedule import schedule
from services.reports.visits import visits, weeks
from services.vault import Person, Vault
from tests.support.backend import Backend
from tests.support.process_managers import managed
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FACILITY,
    FRIDAY,
    MONDAY,
    PATIENTS,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
)

TUESDAY, THURSDAY, SATURDAY = date(2025, 3, 4), date(2025, 3, 6), date(2025, 3, 8)
SISTER = "supporter-of-ann"
NAMES = {
    patient_id: Person(f"A{number}", patient_id[8:].title(), "Example", date(1990, 1, 1 + number))
    for number, patient_id in enumerate(PATIENTS)
}


def identified(clinic: SmallClinic, vault: Vault) -> None:
    session = vault.begin()
    for patient_id, person in NAMES.items():
        sealed = session.seal(patient_id, person)
        known = Identity.start(
            clinic.context(), facility_id=FACILITY, patient_id=patient_id, sealed=sealed
        )
        number = RecordNumber.assign(
            clinic.context(),
            facility_id=FACILITY,
            keyed_hash=vault.number_hash(FACILITY, person.mrn),
            patient_id=patient_id,
        )
        clinic.journal.save(known, number, in_transaction=session.save)


def monday(clinic: SmallClinic) -> None:
    """Ann steps out for a while; Ben comes late and leaves early. Cal waits for a place."""
    clinic.enrol(ANN, BEN)
    for patient_id in (ANN, BEN):
        patient = clinic.patient(patient_id)
        patient.set_plan(clinic.context(), Plan(360, 2), MONDAY)
        clinic.journal.save(patient)
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("MO", "WE"))
    group = clinic.evening(MONDAY).id
    clinic.at("16:55")
    clinic.daybook.handle(clinic.context("kiosk"), check_in, group, ANN)
    clinic.at("17:00")
    clinic.daybook.handle(clinic.context(), start_session, group)
    clinic.at("17:20")
    clinic.daybook.handle(clinic.context("kiosk"), check_in, group, BEN)
    clinic.at("19:30")
    clinic.daybook.handle(clinic.context("kiosk"), check_out, group, BEN)
    clinic.at("20:01")
    # The kiosk at the back door had no line until now, and tells the last thing first.
    for wall, command in (
        ("20:00", check_out),
        ("18:20", check_in),
        ("18:00", check_out),
    ):
        told = datetime.combine(MONDAY, time.fromisoformat(wall), UTC)
        clinic.daybook.handle(clinic.context("back door"), command, group, ANN, at=told)


def tuesday(clinic: SmallClinic) -> str:
    """Ann's sister comes along to a family session, which moves out of a room with a leak."""
    family = clinic.own("family", TUESDAY, 12)
    clinic.daybook.handle(clinic.context(), book_patient, family, ANN)
    clinic.daybook.handle(clinic.context(), name_supporter, ANN, SISTER, "sister")
    clinic.daybook.handle(clinic.context(), invite_supporter, family, ANN, SISTER)
    clinic.daybook.handle(clinic.context("staff-2"), substitute_room, family, "room-3", "a leak")
    clinic.at("12:00", TUESDAY)
    clinic.daybook.handle(clinic.context(), check_in_supporter, family, SISTER)
    clinic.daybook.handle(clinic.context(), check_in, family, ANN)
    clinic.at("14:00", TUESDAY)
    clinic.daybook.handle(clinic.context(), check_out, family, ANN)
    clinic.daybook.handle(clinic.context(), check_out_supporter, family, SISTER)
    return family


def wednesday(clinic: SmallClinic) -> None:
    """A substitute leads; Ann is excused and signed in by mistake; Ben is not let in."""
    group = clinic.evening(WEDNESDAY).id
    clinic.daybook.handle(clinic.context(), substitute_staff, group, "staff-3", "flu")
    clinic.at("10:00", WEDNESDAY)
    clinic.daybook.handle(
        clinic.context(),
        note_absence,
        group,
        ANN,
        Absence("child is ill", clinic.now, excused=True),
    )
    arrived_at = clinic.at("17:02", WEDNESDAY)
    clinic.daybook.handle(clinic.context("kiosk"), check_in, group, ANN)
    clinic.at("17:03", WEDNESDAY)
    mistake = Amendment("the wrong card", "LCSW")
    clinic.daybook.handle(clinic.context("staff-3"), undo_check_in, group, ANN, arrived_at, mistake)
    clinic.daybook.handle(clinic.context("staff-3"), turn_away, group, BEN, reason="not sober")


def thursday(clinic: SmallClinic) -> None:
    """Friday's group moves; Ben leaves after it, so that Cal gets a place; Ann has a new job."""
    clinic.at("09:00", THURSDAY)
    moved = Deviation("painters", room_id="room-2", starts=time(18), ends=time(20))
    clinic.daybook.handle(
        clinic.context(),
        change_meeting,
        FACILITY,
        PROGRAM,
        TRACK,
        occurrence=FRIDAY,
        deviation=moved,
    )
    clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, FRIDAY)
    job = Commitment("work", "Bakery", ("MO",), time(19), time(22), date(2025, 3, 17), None)
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, job)


def friday(clinic: SmallClinic) -> str:
    """Ann makes up Wednesday and comes to the group; Ben stays away."""
    make_up = clinic.own("make-up", FRIDAY, 12)
    clinic.at("12:00", FRIDAY)
    missed = clinic.evening(WEDNESDAY).id
    clinic.daybook.handle(clinic.context(), check_in, make_up, ANN, makes_up=missed)
    clinic.at("14:00", FRIDAY)
    clinic.daybook.handle(clinic.context(), check_out, make_up, ANN)
    clinic.at("18:00", FRIDAY)
    clinic.daybook.handle(clinic.context(), check_in, clinic.evening(FRIDAY).id, ANN)
    clinic.at("20:00", FRIDAY)
    clinic.daybook.handle(clinic.context(), check_out, clinic.evening(FRIDAY).id, ANN)
    return make_up


def saturday(clinic: SmallClinic) -> None:
    """Notes are signed; it turns out that on Monday Ben left at eight."""
    clinic.at("10:00", SATURDAY)
    group = clinic.evening(MONDAY).id
    clinic.daybook.handle(clinic.context("staff-1"), sign_sheet, group)
    clinic.daybook.handle(clinic.context("staff-1"), sign_group_note, group)
    clinic.daybook.handle(clinic.context("staff-1"), sign_individual_note, group, ANN)


@pytest.fixture
async def week(backend: Backend) -> Any:
    clinic = SmallClinic(backend.journal, last_day=None, vault=backend.vault)
    vault = backend.vault
    identified(clinic, vault)

    async def night(day: date) -> None:
        async with backend.supervisor(*VIEWS) as supervisor:
            await supervisor.caught_up(backend.journal.position())
            clinic.at("23:00", day)
            async with managed(backend, lambda: clinic.now) as settled:
                await settled()

    monday(clinic)
    await night(MONDAY)
    tuesday(clinic)
    await night(TUESDAY)
    wednesday(clinic)
    await night(WEDNESDAY)
    thursday(clinic)
    await night(THURSDAY)
    friday(clinic)
    await night(FRIDAY)
    saturday(clinic)
    await night(SATURDAY)
    async with backend.supervisor(*VIEWS) as supervisor:
        await supervisor.caught_up(backend.journal.position())
    return clinic, backend, ReportQueries(backend.database_url, vault, now=clinic.now)


async def test_a_week_of_everything(week: Any) -> None:
    _, backend, reports = week

    # What each visit came to, as it is printed.
    told = [
        (row[0].day, row[1], row[2], row[3], row[4], row[5], row[6], row[8], row[9])
        for row in visits(reports, through=SATURDAY).rows
    ]
    assert told == [
        (3, "evening", "A0", "rostered", "attended", False, False, 160, False),
        (3, "evening", "A1", "rostered", "attended", True, True, 130, False),
        (4, "family", "A0", "rostered", "attended", False, False, 120, False),
        (5, "evening", "A0", "rostered", "excused", False, False, 0, True),
        (5, "evening", "A1", "rostered", "turned_away", False, False, 0, False),
        (7, "evening", "A0", "rostered", "attended", False, False, 120, False),
        (7, "evening", "A1", "rostered", "no_show", False, False, 0, False),
        (7, "make-up", "A0", "make_up", "attended", False, False, 120, False),
    ]
    found = weeks(reports, through=date(2025, 3, 9)).rows
    assert [(row[0], row[2], row[3], row[-1]) for row in found if row[0] in {"A0", "A1"}] == [
        ("A0", 180 + 120 + 180 + 120, 160 + 120 + 120 + 120, "met"),
        ("A1", 180 + 180 + 120, 130, "short"),
    ]

    # Attendance, for dashboards.
    assert backend.rows(
        "SELECT recorded_as, minutes_late, minutes_left_early FROM attendance.lateness"
        " WHERE minutes_late > 0 ORDER BY 1"
    ) == [(BEN, 20, 30)]
    assert backend.rows(
        "SELECT patient_id, first_day, last_day, sessions FROM attendance.absence_runs"
    ) == [(BEN, FRIDAY, FRIDAY, 1)]
    assert backend.rows(
        "SELECT patient_id, topic, minutes, sessions FROM attendance.coverage ORDER BY 1"
    ) == [(ANN, "triggers", 120, 2), (BEN, "triggers", 60, 1)]
    assert backend.rows("SELECT recorded_as, reason FROM attendance.turned_away") == [
        (BEN, "not sober")
    ]
    assert backend.rows(
        "SELECT kind, author, credential, reason FROM attendance.corrections ORDER BY at"
    ) == [
        ("check_out_corrected", "back door", None, "told otherwise at the door"),
        ("undone", "staff-3", "LCSW", "the wrong card"),
    ]
    assert backend.rows("SELECT patient_id, relation FROM schedule.supporters") == [(ANN, "sister")]

    # The schedule, for dashboards.
    days = [
        row[0].day
        for row in backend.rows("SELECT day FROM schedule.sessions WHERE closed ORDER BY starts_at")
    ]
    assert days == [3, 4, 5, 7, 7]
    assert backend.rows("SELECT kind, author FROM schedule.signatures ORDER BY kind") == [
        ("group_note", "staff-1"),
        ("individual_note", "staff-1"),
        ("sheet", "staff-1"),
    ]
    assert backend.rows("SELECT count(*) FROM schedule.waiting") == [(0,)]
    assert backend.rows(
        "SELECT patient_id FROM schedule.expected JOIN schedule.sessions USING (session_id)"
        " WHERE day = '2025-03-10' ORDER BY 1"
    ) == [(ANN,), (CAL,)]
    assert backend.rows(
        "SELECT places, taken, free FROM schedule.free_places WHERE day = '2025-03-14'"
    ) == [(2, 1, 1)]
    undecided = backend.rows("SELECT DISTINCT kind, patient_id FROM schedule.conflicts")
    assert undecided == [("duty_undecided", ANN)]
    changed = backend.rows(
        "SELECT what FROM schedule.changes WHERE day = '2025-03-07'"
        " AND at > '2025-03-06T00:00:00Z' ORDER BY at"
    )
    assert changed[0] == ("moved, room changed",)


async def test_the_schedule_of_that_week_says_what_was_otherwise(week: Any) -> None:
    _, _, reports = week
    report = schedule(reports, week=MONDAY)
    shown = [dict(zip(report.columns, row, strict=True)) for row in report.rows]
    assert [(each["date"].day, each["session"].split(":")[0], each["state"]) for each in shown] == [
        (3, "evening", "closed"),
        (4, "family", "closed"),
        (5, "evening", "closed"),
        (7, "make-up", "closed"),
        (7, "evening", "closed"),
    ]
    assert [each["places"] for each in shown] == ["2/2", "1/1", "2/2", "1/3", "2/2"]
    assert "staff-3" in shown[2]["leader"]
    assert shown[4]["starts"] == "18:00"
    assert shown[4]["where"] == "room-2"
    assert "moved" in shown[4]["notes"]
    printed = report.csv()
    for patient_id, person in NAMES.items():
        assert patient_id not in printed
        assert person.mrn not in printed
        assert person.given_name not in printed
    of_ben = schedule(reports, week=MONDAY, patient_id=reports.patient_of("A1")).rows
    assert [row[0].day for row in of_ben] == [3, 5, 7]


async def test_on_sunday_two_records_turn_out_to_be_of_one_person(week: Any) -> None:
    clinic, backend, reports = week
    clinic.at("09:00", date(2025, 3, 9))
    clinic.daybook.handle(clinic.context("staff-2"), merge_patients, BEN, into=CAL)
    async with backend.supervisor(*VIEWS) as supervisor:
        await supervisor.caught_up(backend.journal.position())
    survivor = reports.patient_of("A2")
    theirs = visits(reports, through=SATURDAY, patient_id=survivor).rows
    assert [(row[0].day, row[2], row[4]) for row in theirs] == [
        (3, "A2", "attended"),
        (5, "A2", "turned_away"),
        (7, "A2", "no_show"),
    ]
    assert reports.patient_of("A1") == survivor
    of_both = weeks(reports, through=date(2025, 3, 9), patient_id=survivor).rows
    assert of_both[0][:4] == ("A2", MONDAY, 480, 130)
    assert list(clinic.evening(MONDAY).visits) == [ANN, BEN]
