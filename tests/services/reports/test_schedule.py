"""`daybook report schedule`: a day or a week of a facility, a room, a person or a patient."""

import base64
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import psycopg
import pytest

from domain.aggregate import CommandContext
from domain.program import Program
from domain.session import Meeting, Part, Session
from services.application import CommandHandler
from services.application.rosters import book_patient, wait_for_session
from services.application.sessions import call_off_session, reschedule_session, schedule_session
from services.embedded import engines
from services.journal import Journal
from services.reports import ReportQueries
from services.reports.schedule import schedule
from services.vault import Vault
from tests.support.command_line import OAK_STREET, run
from tests.support.data_folders import copied

ZONE = ZoneInfo("America/New_York")
THANKSGIVING = date(2026, 11, 26)
CAUSE = CommandContext("command-1", datetime(2026, 11, 23, 14, tzinfo=UTC), "s-rivera")
COLUMNS = "date,starts,ends,session,services,where,leader,places,waiting,state,notes"


@dataclass
class Clinic:
    """The example clinic, whose engines run, in the week after its last sessions."""

    data: Path
    database_url: str
    patients: dict[str, str]

    def asks(self, *words: str) -> list[dict[str, str]]:
        done = run(self.data, "report", "schedule", *words, "--format", "csv")
        assert (done.returncode, done.stderr) == (0, "")
        return list(csv.DictReader(done.stdout.splitlines()))


@pytest.fixture(scope="module")
def clinic(oak_street_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    target = tmp_path_factory.mktemp("scheduled") / "data"
    with copied(oak_street_at_rest, target) as data, engines(data) as found:
        journal = Journal(found.database_url)
        vault = Vault(found.database_url, site_key(data))
        with psycopg.connect(found.database_url) as conn:
            sealed = conn.execute("SELECT patient_id, sealed FROM directory.people").fetchall()
        session = vault.begin()
        patients = {session.open(each, what).mrn: each for each, what in sealed}
        thanksgiving(journal, vault, patients["OA1008"], patients["OA1031"])
        journal.close()
        yield Clinic(data, found.database_url, patients)


def site_key(data: Path) -> bytes:
    return base64.b64decode((data / "site.key").read_text(encoding="ascii"))


def own(label_starts: time, room_id: str, staff_id: str | None, places: int = 4) -> Meeting:
    starts_at = datetime.combine(THANKSGIVING, label_starts, ZONE).astimezone(UTC)
    ends_at = starts_at + timedelta(hours=1)
    half = starts_at + timedelta(minutes=30)
    parts = (
        Part(starts_at, half, "skills", "Skills"),
        Part(half, half, "break", "Break"),
        Part(half, ends_at, "family", "Family"),
    )
    return Meeting(
        "adult-sud", None, THANKSGIVING, starts_at, ends_at, parts, room_id, staff_id, places
    )


def thanksgiving(journal: Journal, vault: Vault, one: str, another: str) -> None:
    """Let something be odd with each session of one day."""
    daybook = CommandHandler(journal, vault)

    def scheduled(label: str, meeting: Meeting) -> str:
        return daybook.handle(
            CAUSE, schedule_session, facility_id="oak-street", label=label, meeting=meeting
        )

    moved = scheduled("moved", own(time(9), "room-1", "s-rivera"))
    daybook.handle(CAUSE, reschedule_session, moved, own(time(10), "room-1", "s-rivera"))
    called_off = scheduled("off", own(time(11), "room-1", "s-rivera"))
    daybook.handle(CAUSE, book_patient, called_off, one)
    daybook.handle(CAUSE, call_off_session, called_off, "Snow")
    scheduled("leaderless", own(time(12), "room-1", None))
    full = scheduled("full", own(time(13), "room-1", "s-rivera", places=1))
    daybook.handle(CAUSE, book_patient, full, one)
    daybook.handle(CAUSE, wait_for_session, full, another)
    scheduled("video", replace(own(time(14), "room-1", "s-rivera"), modality="video"))
    scheduled("hybrid", replace(own(time(15), "room-1", "s-rivera"), modality="hybrid"))
    gone = scheduled("gone", own(time(16), "room-2", "s-lind"))
    session: Session = journal.load(gone)
    session.withdraw(CAUSE, "by mistake")
    program: Program = journal.load(Program.id_of("oak-street", "adult-sud"))
    program.block_meeting(CAUSE, "evening", THANKSGIVING, "room", "room-2")
    journal.save(session, program)


def test_a_day_is_told_session_by_session(clinic: Clinic) -> None:
    done = run(clinic.data, "report", "schedule", "--day", "2026-11-05", "--format", "csv")
    assert done.stdout.splitlines() == [
        COLUMNS,
        '2026-11-05,12:20,13:10,one-0029,family,Family room,"R. Diaz, LPC",1/6,0,closed,',
        '2026-11-05,13:00,16:00,dual: Co-occurring track,"group, education, skills",'
        'Second group room,"A. Lind, LMFT",2/10,0,closed,',
        '2026-11-05,16:00,18:00,after-school: After-school track,"group, skills",Youth room,'
        '"J. Park, LCSW",6/8,0,closed,',
        '2026-11-05,17:00,17:50,one-0006,family,Family room,"R. Diaz, LPC",1/6,0,closed,',
        '2026-11-05,18:00,21:10,evening: Evening group,"group, education, skills",'
        'Main group room,"M. Rivera, LCSW",11/12,0,called_off,called off: Room flooded',
    ]


def test_as_json_each_session_has_its_id(clinic: Clinic) -> None:
    done = run(clinic.data, "report", "schedule", "--day", "2026-11-05", "--format", "json")
    ids = [each["session_id"] for each in json.loads(done.stdout)]
    assert len(set(ids)) == 5
    assert all(each.startswith("session-") for each in ids)


def test_what_is_odd_is_noted(clinic: Clinic) -> None:
    rows = clinic.asks("--day", str(THANKSGIVING))
    told = {row["session"]: row for row in rows}
    assert {name: row["notes"] for name, row in told.items()} == {
        "evening: Evening group": "not scheduled: Second group room is taken",
        "moved": "moved from 09:00",
        "off": "called off: Snow",
        "leaderless": "nobody leads it",
        "full": "",
        "video": "",
        "hybrid": "",
    }
    assert (told["moved"]["starts"], told["moved"]["ends"]) == ("10:00", "11:00")
    assert told["moved"]["services"] == "skills, family"
    assert (told["off"]["state"], told["off"]["places"]) == ("called_off", "1/4")
    assert told["leaderless"]["leader"] == ""
    assert (told["full"]["places"], told["full"]["waiting"]) == ("1/1", "1")
    assert told["video"]["where"] == "video"
    assert told["hybrid"]["where"] == "Main group room and video"
    assert told["evening: Evening group"]["state"] == "blocked"


def test_a_week_begins_as_the_facility_counts(clinic: Clinic) -> None:
    days = {row["date"] for row in clinic.asks("--week", "2026-11-05")}
    assert (min(days), max(days)) == ("2026-11-02", "2026-11-06")
    assert clinic.asks("--week", "2026-11-02") == clinic.asks("--week", "2026-11-08")


@pytest.mark.parametrize(
    ("words", "column", "value"),
    [
        (("--room", "room-4"), "where", "Family room"),
        (("--staff", "s-lind"), "leader", "A. Lind, LMFT"),
        (("--facility", "oak-street"), "", ""),
    ],
)
def test_one_room_or_person_is_told_alone(
    words: tuple[str, ...], column: str, value: str, clinic: Clinic
) -> None:
    rows = clinic.asks("--week", "2026-11-05")
    assert clinic.asks("--week", "2026-11-05", *words) == [
        row for row in rows if not column or row[column] == value
    ]


def test_a_meeting_that_could_not_be_scheduled_is_told_of_its_room(clinic: Clinic) -> None:
    def told(*words: str) -> list[str]:
        return [row["session"] for row in clinic.asks("--day", str(THANKSGIVING), *words)]

    assert told("--room", "room-2") == ["evening: Evening group"]
    assert "evening: Evening group" not in told("--room", "room-1")
    assert "evening: Evening group" not in told("--staff", "s-rivera")
    assert told("--patient", "OA1008") == ["off", "full"]


def test_a_patient_is_told_their_own_sessions(clinic: Clinic) -> None:
    words = ("--patient", "OA1008", "--through", "2026-11-08", "--format", "json")
    visits = orjson.loads(run(clinic.data, "report", "visits", *words).stdout)
    expected = [(row["date"], row["session"]) for row in visits if row["date"] >= "2026-11-02"]
    rows = clinic.asks("--week", "2026-11-05", "--patient", "OA1008")
    found = [(row["date"], row["session"].partition(":")[0]) for row in rows]
    assert sorted(found) == sorted(expected) != []


def test_another_patients_conflict_is_not_in_ones_own_schedule(clinic: Clinic) -> None:
    journal = Journal(clinic.database_url)
    other = journal.load(clinic.patients["OA1031"])
    shared = Session.id_of("oak-street", "full", None)
    other.block(CAUSE, shared, "the session's 1 place is taken")
    journal.save(other)
    journal.close()

    def notes(*words: str) -> str:
        rows = clinic.asks("--day", str(THANKSGIVING), *words)
        return next(row["notes"] for row in rows if row["session"] == "full")

    assert notes() == "a patient could not be booked"
    assert notes("--patient", "OA1008") == ""


@pytest.mark.parametrize("form", ["table", "csv", "json"])
@pytest.mark.parametrize("of", [(), ("--patient", "OA1008")], ids=["of all", "of one"])
def test_nothing_says_who_a_patient_is(form: str, of: tuple[str, ...], clinic: Clinic) -> None:
    with (OAK_STREET / "patients.csv").open(encoding="utf-8-sig", newline="") as file:
        patients = list(csv.DictReader(file))
    secret = {row[name] for row in patients for name in ("mrn", "given_name", "family_name")}
    for day in ("2026-11-05", str(THANKSGIVING)):
        printed = run(clinic.data, "report", "schedule", "--week", day, *of, "--format", form)
        words = set(re.findall(r"[\w-]+", printed.stdout))
        staff = {"Rivera", "Okafor", "Lind", "Park", "Diaz"}
        assert (secret & words) - staff == set()
        assert not {*clinic.patients.values()} & words


def test_the_table_fits_a_terminal_of_eighty_columns(clinic: Clinic) -> None:
    printed = run(
        clinic.data, "report", "schedule", "--week", str(THANKSGIVING), COLUMNS="80"
    ).stdout
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert "Thu 11-26" not in printed
    first, heading, *_ = printed.splitlines()
    title = "Oak Street Recovery Center: Monday 2026-11-23 to Sunday 2026-11-29"
    assert first.strip() == title
    assert heading.split() == ["time", "session", "where", "who", "leads", "places", "notes"]
    assert "09:00" in printed
    week = run(clinic.data, "report", "schedule", "--week", "2026-11-05", COLUMNS="80").stdout
    assert week.count("Thu 11-05") == 1


def test_it_is_told_of_today_at_the_facility(clinic: Clinic) -> None:
    vault = Vault(clinic.database_url, site_key(clinic.data))

    def days(now: datetime) -> set[date]:
        rows = schedule(ReportQueries(clinic.database_url, vault, now=now)).rows
        return {row[0] for row in rows}

    midnight = datetime.combine(THANKSGIVING, time(), ZONE).astimezone(UTC)
    clinic.asks("--day", str(THANKSGIVING))  # takes in what is in the journal
    assert days(midnight) == {THANKSGIVING}
    assert days(midnight - timedelta(minutes=1)) == set()


def test_a_day_without_sessions_says_so(clinic: Clinic) -> None:
    done = run(clinic.data, "report", "schedule", "--day", "2026-12-25")
    assert (done.returncode, done.stderr) == (0, "")
    title = "Oak Street Recovery Center: Friday 2026-12-25: nothing is scheduled"
    assert done.stdout.splitlines()[0].strip() == title
    assert clinic.asks("--day", "2026-12-25") == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--day", "2026-02-30"), "2026-02-30"),
        (("--week", "soon"), "soon"),
        (("--day", "2026-11-05", "--week", "2026-11-05"), "--week"),
        (("--facility", "nowhere"), "nowhere"),
        (("--room", "room-9"), "room-9"),
        (("--staff", "s-nobody"), "s-nobody"),
        (("--patient", "NOBODY"), "patient"),
    ],
)
def test_a_wrong_word_is_refused_in_one_sentence(
    words: tuple[str, ...], named: str, clinic: Clinic
) -> None:
    done = run(clinic.data, "report", "schedule", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"\S.*\.\n", done.stderr)
    assert named in done.stderr
