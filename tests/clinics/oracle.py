"""What a sound clinic's reports must say, worked out plainly from its files.

It shares no code with Daybook and checks nothing: the folder has to be sound. What it decided:

- A wall time that a change of clocks skips moves forward by the gap, an ambiguous one is its first
  occurrence, and minutes are elapsed ones. No minute counts twice: where such a shift would make
  segments overlap, the later one begins where the one before it ends.
- A session is over when its end is not after `now`. Until then it is `scheduled`, neither late nor
  left early, and nothing is credited; one that was called off is `cancelled` all the same.
- A track that is still running meets through twelve weeks after the local date of `now`.
"""

import argparse
import csv
import io
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, str]
Span = tuple[datetime, datetime]

WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MINUTE = timedelta(minutes=1)


@dataclass
class Meeting:
    """One session on one date: its bounds, what counts of it, and who should come."""

    date: date
    session: str
    starts: datetime
    ends: datetime
    counted: list[Span]
    roster: set[str]

    @property
    def minutes(self) -> int:
        return sum((end - start) // MINUTE for start, end in self.counted)


@dataclass
class Visit:
    """A patient and a session; `makes_up` is empty for one who is on the roster."""

    meeting: Meeting
    mrn: str
    role: str
    status: str = "scheduled"
    late: bool = False
    left_early: bool = False
    credited: int = 0
    makes_up: str = ""
    made_up: bool = False


class Clinic:
    """A folder's files, as they are."""

    def __init__(self, folder: Path) -> None:
        facility = tomllib.loads((folder / "facility.toml").read_text("utf-8-sig"))
        self.zone = ZoneInfo(facility["timezone"])
        self.first_weekday = {"monday": 0, "sunday": 6}[facility["week_starts_on"]]
        self.grace = facility["late_after_minutes"] * MINUTE
        self.closures: set[date] = {closure["date"] for closure in facility.get("closure", [])}
        self.programs = {row["program_id"]: row for row in rows_of(folder, "programs")}
        self.tracks = rows_of(folder, "tracks")
        self.segments = sorted(rows_of(folder, "segments"), key=lambda row: row["starts"])
        self.sessions = rows_of(folder, "sessions")
        self.patients = {row["mrn"]: row for row in rows_of(folder, "patients")}
        self.enrolments = rows_of(folder, "enrolments")
        self.cancelled = {(row["date"], row["session"]) for row in rows_of(folder, "cancellations")}
        self.excused = {
            (row["date"], row["session"], row["mrn"]): row["excused"] == "yes"
            for row in rows_of(folder, "absences")
        }
        self.lines: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
        self.came: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for row in rows_of(folder, "sign_ins"):
            self.lines[row["date"], row["session"], row["mrn"]].append(row)
            self.came[row["date"], row["session"]].add(row["mrn"])

    def instant(self, day: date, wall: str) -> datetime:
        local = datetime.combine(day, time.fromisoformat(wall), tzinfo=self.zone)
        return local.astimezone(UTC)

    def span(self, day: date, row: Row, starts: str, ends: str) -> Span:
        return self.instant(day, row[starts]), self.instant(day, row[ends])

    def is_admitted(self, mrn: str, day: date) -> bool:
        patient = self.patients[mrn]
        return covers(patient["admitted_on"], patient["discharged_on"], day)

    def week_of(self, day: date) -> date:
        return day - timedelta(days=(day.weekday() - self.first_weekday) % 7)


def rows_of(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def covers(first_day: str, last_day: str, day: date) -> bool:
    return first_day <= day.isoformat() <= (last_day or "9999-12-31")


def merged(spans: list[Span]) -> list[Span]:
    """The spans in their order, each beginning no earlier than the one before it ends."""
    result: list[Span] = []
    for start, end in spans:
        begin = max(start, result[-1][1]) if result else start
        result.append((begin, max(begin, end)))
    return result


def common_minutes(some: list[Span], others: list[Span]) -> int:
    return sum(
        max(timedelta(), min(a_end, b_end) - max(a_start, b_start)) // MINUTE
        for a_start, a_end in some
        for b_start, b_end in others
    )


def track_meetings(clinic: Clinic, now: datetime) -> Iterator[Meeting]:
    horizon = now.astimezone(clinic.zone).date() + timedelta(weeks=12)
    for track in clinic.tracks:
        name = track["track_id"]
        segments = [row for row in clinic.segments if row["track_id"] == name]
        last = date.fromisoformat(track["last_day"]) if track["last_day"] else horizon
        first = date.fromisoformat(track["first_day"])
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            weekday = WEEKDAYS[day.weekday()]
            if weekday not in track["weekdays"].split() or day in clinic.closures:
                continue
            spans = merged([clinic.span(day, row, "starts", "ends") for row in segments])
            counted = [
                span for span, row in zip(spans, segments, strict=True) if row["service"] != "break"
            ]
            roster = {
                row["mrn"]
                for row in clinic.enrolments
                if row["track_id"] == name
                and covers(row["first_day"], row["last_day"], day)
                and weekday in row["weekdays"].split()
                and clinic.is_admitted(row["mrn"], day)
            }
            yield Meeting(day, name, *clinic.span(day, track, "starts", "ends"), counted, roster)


def own_meetings(clinic: Clinic) -> Iterator[Meeting]:
    for row in clinic.sessions:
        day = date.fromisoformat(row["date"])
        starts, ends = clinic.span(day, row, "starts", "ends")
        counted = [] if row["service"] == "break" else merged([(starts, ends)])
        yield Meeting(day, row["session_id"], starts, ends, counted, set(row["mrns"].split()))


def all_visits(clinic: Clinic, through: date, now: datetime) -> list[Visit]:
    """Visits in the order of the report, with what was made up."""
    found: list[Visit] = []
    for meeting in [*track_meetings(clinic, now), *own_meetings(clinic)]:
        if meeting.date > through:
            continue
        came = clinic.came[meeting.date.isoformat(), meeting.session]
        found += [visit_of(clinic, meeting, mrn, now) for mrn in meeting.roster | came]
    attended = {(visit.mrn, visit.makes_up) for visit in found if visit.status == "attended"}
    for visit in found:
        key = f"{visit.meeting.date} {visit.meeting.session}"
        visit.made_up = visit.role == "rostered" and (visit.mrn, key) in attended
    return sorted(found, key=lambda v: (v.meeting.date, v.meeting.session, v.mrn))


def visit_of(clinic: Clinic, meeting: Meeting, mrn: str, now: datetime) -> Visit:
    visit = Visit(meeting, mrn, role="rostered" if mrn in meeting.roster else "make_up")
    key = (meeting.date.isoformat(), meeting.session, mrn)
    lines = clinic.lines.get(key, [])
    if key[:2] in clinic.cancelled:
        visit.status = "cancelled"
    elif meeting.ends > now:
        visit.status = "scheduled"
    elif lines:
        record_presence(clinic, visit, lines)
    elif key in clinic.excused:
        visit.status = "excused" if clinic.excused[key] else "absent"
    else:
        visit.status = "no_show"
    return visit


def record_presence(clinic: Clinic, visit: Visit, lines: list[Row]) -> None:
    meeting = visit.meeting
    visit.makes_up = lines[0]["makes_up"]
    first_in = min(clinic.instant(meeting.date, line["time_in"]) for line in lines)
    visit.late = first_in > meeting.starts + clinic.grace
    if not all(line["time_out"] for line in lines):
        visit.status = "incomplete"
        return
    visit.status = "attended"
    spans = sorted(clinic.span(meeting.date, line, "time_in", "time_out") for line in lines)
    visit.left_early = max(end for _, end in spans) < meeting.ends - clinic.grace
    visit.credited = common_minutes(meeting.counted, merged(spans))


VISIT_COLUMNS = [
    "date", "session", "mrn", "as", "status", "late", "left_early", "scheduled_minutes",
    "credited_minutes", "made_up",
]  # fmt: skip


def visits(folder: Path, through: date, now: datetime) -> list[dict[str, Any]]:
    """The rows of `visits.csv`."""
    return [visit_row(visit) for visit in all_visits(Clinic(folder), through, now)]


def visit_row(visit: Visit) -> dict[str, Any]:
    said = {True: "yes", False: "no"}
    values = (
        visit.meeting.date.isoformat(), visit.meeting.session, visit.mrn, visit.role,
        visit.status, said[visit.late], said[visit.left_early], visit.meeting.minutes,
        visit.credited, said[visit.made_up],
    )  # fmt: skip
    return dict(zip(VISIT_COLUMNS, values, strict=True))


WEEK_COLUMNS = [
    "mrn", "week_of", "scheduled_minutes", "credited_minutes", "scheduled_days", "credited_days",
    "required_minutes", "required_days", "verdict",
]  # fmt: skip


def weeks(folder: Path, through: date, now: datetime) -> list[dict[str, Any]]:
    """The rows of `weeks.csv`."""
    clinic = Clinic(folder)
    by_week: dict[tuple[str, date], list[Visit]] = defaultdict(list)
    for visit in all_visits(clinic, through, now):
        by_week[visit.mrn, clinic.week_of(visit.meeting.date)].append(visit)
    found = []
    for mrn, patient in sorted(clinic.patients.items()):
        week = clinic.week_of(date.fromisoformat(patient["admitted_on"]))
        leaves = date.fromisoformat(patient["discharged_on"] or "9999-12-31")
        while week + timedelta(days=6) <= through and week <= leaves:
            found.append(week_row(clinic, patient, week, by_week[mrn, week]))
            week += timedelta(days=7)
    return found


def week_row(clinic: Clinic, patient: Row, week: date, its: list[Visit]) -> dict[str, Any]:
    program = clinic.programs[patient["program_id"]]
    required = Decimal(patient["weekly_hours"] or program["weekly_hours"]) * 60
    required_days = int(patient["days_per_week"] or program["days_per_week"])
    offered = [v for v in its if v.role == "rostered" and v.status != "cancelled"]
    credited = sum(v.credited for v in its)
    scheduled = sum(v.meeting.minutes for v in offered)
    scheduled_days = len({v.meeting.date for v in offered})
    credited_days = len({v.meeting.date for v in its if v.credited})
    last = str(week + timedelta(days=6))
    if patient["admitted_on"] > str(week) or (patient["discharged_on"] or last) < last:
        verdict = "partial_week"
    elif credited >= required and credited_days >= required_days:
        verdict = "met"
    elif scheduled < required or scheduled_days < required_days:
        verdict = "program_shortfall"
    else:
        verdict = "short"
    values = (
        patient["mrn"], week.isoformat(), scheduled, credited, scheduled_days, credited_days,
        int(required) if required == int(required) else required.normalize(), required_days,
        verdict,
    )  # fmt: skip
    return dict(zip(WEEK_COLUMNS, values, strict=True))


def printed(rows: list[dict[str, Any]], columns: list[str]) -> str:
    """Return a report as it is printed."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main() -> None:
    """Print one report; `--now` is noon UTC on the day after `--through` unless given."""
    parser = argparse.ArgumentParser(prog="python -m tests.clinics.oracle")
    parser.add_argument("folder", type=Path)
    parser.add_argument("report", choices=["visits", "weeks"])
    parser.add_argument("--through", type=date.fromisoformat, required=True)
    parser.add_argument("--now", type=datetime.fromisoformat)
    given = parser.parse_args()
    noon_after = datetime.combine(given.through, time(12), tzinfo=UTC) + timedelta(days=1)
    reports = {"visits": (visits, VISIT_COLUMNS), "weeks": (weeks, WEEK_COLUMNS)}
    report, columns = reports[given.report]
    found = report(given.folder, given.through, given.now or noon_after)
    sys.stdout.write(printed(found, columns))


if __name__ == "__main__":
    main()
