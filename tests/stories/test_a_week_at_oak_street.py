"""One week of a small clinic, whose files are handed in at the end of each day.

The adults meet on Monday, Tuesday and Thursday from 18:00 to 20:10: an hour of group, ten minutes
of break, an hour of education. They owe six hours on three days a week.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from services.embedded import engines
from tests.clinics import oracle
from tests.support.command_line import run

MONDAY = date(2026, 9, 7)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (
    MONDAY + timedelta(days=days) for days in range(1, 7)
)
HERE = ZoneInfo("America/New_York")
MRNS = {"Ada": "OS-1", "Ben": "OS-2", "Cleo": "OS-3", "Dov": "OS-4"}
NAMES = {mrn: name for name, mrn in MRNS.items()}

FACILITY = """\
id = "oak-street"
name = "Oak Street Recovery Center"
timezone = "America/New_York"
week_starts_on = "monday"
late_after_minutes = 10
room = [
    { id = "room-1", name = "Main group room", capacity = 6 },
    { id = "room-2", name = "Family room", capacity = 4 },
]
staff = [
    { id = "s-rivera", name = "M. Rivera", credential = "LCSW" },
    { id = "s-okafor", name = "T. Okafor", credential = "LPC" },
]
"""
COLUMNS = {
    "programs": "program_id,name,population,focus,weekly_hours,days_per_week",
    "tracks": "track_id,program_id,name,weekdays,starts,ends,first_day,last_day,room_id,staff_id,"
    "capacity",
    "segments": "track_id,starts,ends,service,title",
    "sessions": "session_id,program_id,date,starts,ends,service,title,room_id,staff_id,mrns",
    "patients": "mrn,given_name,family_name,born,program_id,admitted_on,discharged_on,"
    "discharge_kind,weekly_hours,days_per_week,payer",
    "enrolments": "mrn,track_id,first_day,last_day,weekdays",
    "commitments": "mrn,kind,title,weekdays,starts,ends,first_day,last_day",
    "cancellations": "date,session,reason",
    "absences": "date,session,mrn,reason,excused,notified_at",
    "sign_ins": "date,session,mrn,time_in,time_out,makes_up",
}


class Clinic:
    """What the front desk knows, written down in its files, and what Daybook makes of it."""

    def __init__(self, folder: Path) -> None:
        self.files, self.data = folder / "files", folder / "data"
        self.files.mkdir()
        (self.files / "facility.toml").write_text(FACILITY, encoding="utf-8")
        self.rows: dict[str, list[list[str]]] = {name: [] for name in COLUMNS}
        self.rows["programs"] = [["adult", "Adult IOP", "adult", "substance-use", "6", "3"]]
        days = [str(MONDAY), str(SUNDAY)]
        evening = ["evening", "adult", "Evening group", "MO TU TH", "18:00", "20:10", *days]
        self.rows["tracks"] = [[*evening, "room-1", "s-rivera", "6"]]
        self.rows["segments"] = [
            ["evening", "18:00", "19:00", "group", "Process group"],
            ["evening", "19:00", "19:10", "break", "Break"],
            ["evening", "19:10", "20:10", "education", "Relapse prevention"],
        ]

    def admits(self, name: str, day: date) -> None:
        who = [MRNS[name], name, "Example", "1990-01-01", "adult", str(day), "", "", "", "", "self"]
        self.rows["patients"].append(who)
        self.rows["enrolments"].append([MRNS[name], "evening", str(day), "", "MO TU TH"])

    def signs_in(
        self, name: str, day: date, came: str, went: str, *, to: str = "evening", for_: str = ""
    ) -> None:
        self.rows["sign_ins"].append([str(day), to, MRNS[name], came, went, for_])

    def signs_out_after_all(self, name: str, day: date, went: str) -> None:
        (line,) = (row for row in self.rows["sign_ins"] if row[::2][:2] == [str(day), MRNS[name]])
        line[4] = went

    def excuses(self, name: str, day: date, reason: str) -> None:
        told = [str(day), "evening", MRNS[name], reason, "yes", f"{day} 12:00"]
        self.rows["absences"].append(told)

    def plans_a_talk(self, name: str, day: date) -> None:
        meeting = ["one-1", "adult", str(day), "14:00", "15:00", "individual", "A talk"]
        self.rows["sessions"].append([*meeting, "room-2", "s-okafor", MRNS[name]])

    def hands_in(self, day: date) -> int:
        """Hand the files in at nine in the evening; return the number of events recorded."""
        for name, columns in COLUMNS.items():
            with (self.files / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([columns.split(","), *self.rows[name]])
        self.today, self.now = day, datetime.combine(day, time(21), HERE).astimezone(UTC)
        done = run(self.data, "import", self.files, "--now", self.now.isoformat())
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        (events,) = re.findall(r"^(\d+) events? recorded for oak-street", done.stderr, re.MULTILINE)
        return int(events)

    def report(self, name: str) -> list[dict[str, str]]:
        """Return a report of the day, once it is sure that it says what the files say."""
        words = ("--through", str(self.today), "--format", "csv")
        printed = run(self.data, "report", name, *words).stdout
        wanted = getattr(oracle, name)(self.files, self.today, self.now)
        assert printed == oracle.printed(wanted, getattr(oracle, f"{name[:-1].upper()}_COLUMNS"))
        return list(csv.DictReader(printed.splitlines()))

    def visits(self, day: date) -> list[str]:
        """Tell a day's visits in words."""
        told = []
        for row in self.report("visits"):
            if row["date"] == str(day):
                marks = [row["status"], row["credited_minutes"]]
                marks += [mark for mark in ("late", "left_early", "made_up") if row[mark] == "yes"]
                marks += ["as a make-up"] if row["as"] == "make_up" else []
                told.append(f"{NAMES[row['mrn']]}: {', '.join(marks)}")
        return told

    def weeks(self) -> list[str]:
        """Tell the weeks that have ended in words: minutes and days, credited of scheduled."""
        return [
            f"{NAMES[row['mrn']]}: {row['credited_minutes']} of {row['scheduled_minutes']} on"
            f" {row['credited_days']} of {row['scheduled_days']} days, {row['verdict']}"
            for row in self.report("weeks")
        ]

    def schedule(self) -> list[str]:
        """Tell each session of the schedule's own tables, with the number of those expected."""
        with engines(self.data) as found, psycopg.connect(found.database_url) as conn:
            rows = conn.execute(
                "SELECT to_char(day, 'FMDay'), label, state, count(patient_id) FROM"
                " schedule.sessions LEFT JOIN schedule.expected USING (session_id)"
                " GROUP BY session_id, day, label, state ORDER BY day"
            ).fetchall()
        return [f"{day} {label}: {state}, {expected}" for day, label, state, expected in rows]


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    """The clinic, whose engines run all week."""
    clinic = Clinic(tmp_path)
    with engines(clinic.data):
        yield clinic


def test_a_week_at_oak_street(clinic: Clinic) -> None:
    # On Monday three people begin. Ben is eleven minutes late, Cleo stays away without a word.
    for name in ("Ada", "Ben", "Cleo"):
        clinic.admits(name, MONDAY)
    clinic.signs_in("Ada", MONDAY, "17:55", "20:10")
    clinic.signs_in("Ben", MONDAY, "18:11", "20:10")
    assert clinic.hands_in(MONDAY) > 0
    assert clinic.visits(MONDAY) == [
        "Ada: attended, 120",
        "Ben: attended, 109, late",
        "Cleo: no_show, 0",
    ]
    assert clinic.schedule() == [
        "Monday evening: closed, 3",
        "Tuesday evening: scheduled, 3",
        "Thursday evening: scheduled, 3",
    ]

    # On Tuesday Ben is ill and says so, and Cleo forgets to sign out: nothing of it counts yet.
    clinic.signs_in("Ada", TUESDAY, "18:00", "20:10")
    clinic.excuses("Ben", TUESDAY, "Ill")
    clinic.signs_in("Cleo", TUESDAY, "18:10", "")
    assert clinic.hands_in(TUESDAY) > 0
    assert clinic.visits(TUESDAY) == [
        "Ada: attended, 120",
        "Ben: excused, 0",
        "Cleo: incomplete, 0",
    ]

    # On Wednesday nobody meets. Cleo's time is filled in; Dov is admitted; a talk is planned.
    clinic.signs_out_after_all("Cleo", TUESDAY, "19:50")
    clinic.admits("Dov", WEDNESDAY)
    clinic.plans_a_talk("Cleo", FRIDAY)
    assert clinic.hands_in(WEDNESDAY) > 0
    assert clinic.visits(WEDNESDAY) == []
    assert clinic.visits(TUESDAY) == [
        "Ada: attended, 120",
        "Ben: excused, 0",
        "Cleo: attended, 90, left_early",
    ]
    assert clinic.schedule() == [
        "Monday evening: closed, 3",
        "Tuesday evening: closed, 3",
        "Thursday evening: scheduled, 4",
        "Friday one-1: scheduled, 1",
    ]

    # On Thursday all of them come, and Dov leaves forty minutes before the end.
    for name in ("Ada", "Ben", "Cleo"):
        clinic.signs_in(name, THURSDAY, "18:00", "20:10")
    clinic.signs_in("Dov", THURSDAY, "18:00", "19:30")
    assert clinic.hands_in(THURSDAY) > 0
    assert clinic.visits(THURSDAY) == [
        "Ada: attended, 120",
        "Ben: attended, 120",
        "Cleo: attended, 120",
        "Dov: attended, 80, left_early",
    ]

    # On Friday Ben joins Cleo's talk, to make up for Tuesday. No week has ended yet.
    clinic.signs_in("Cleo", FRIDAY, "14:00", "15:00", to="one-1")
    clinic.signs_in("Ben", FRIDAY, "14:00", "15:00", to="one-1", for_=f"{TUESDAY} evening")
    assert clinic.hands_in(FRIDAY) > 0
    assert clinic.visits(FRIDAY) == ["Ben: attended, 60, as a make-up", "Cleo: attended, 60"]
    assert "Ben: excused, 0, made_up" in clinic.visits(TUESDAY)
    assert clinic.weeks() == []

    # Nothing happens on Saturday, and that is what is recorded.
    assert clinic.hands_in(SATURDAY) == 0

    # On Sunday the week is over.
    assert clinic.hands_in(SUNDAY) == 0
    assert clinic.weeks() == [
        "Ada: 360 of 360 on 3 of 3 days, met",
        "Ben: 289 of 360 on 3 of 3 days, short",
        "Cleo: 270 of 420 on 3 of 4 days, short",
        "Dov: 80 of 120 on 1 of 1 days, partial_week",
    ]
    assert clinic.schedule() == [
        "Monday evening: closed, 3",
        "Tuesday evening: closed, 3",
        "Thursday evening: closed, 4",
        "Friday one-1: closed, 2",
    ]
