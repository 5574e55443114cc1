"""Reports, read from the views; who a patient is, is decrypted here, when it is read."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
import psycopg
from psycopg.rows import namedtuple_row
from rich.box import SIMPLE_HEAD
from rich.table import Table

from domain.errors import DaybookError
from domain.times import WeekStart
from projections import attendance
from projections.directory import SEALED_IDENTITIES
from projections.weeks import Stay, Week, weeks
from services.vault import Person, Vault

VISIT_COLUMNS = (
    "date",
    "session",
    "mrn",
    "as",
    "status",
    "late",
    "left_early",
    "scheduled_minutes",
    "credited_minutes",
    "made_up",
)
WEEK_COLUMNS = (
    "mrn",
    "week_of",
    "scheduled_minutes",
    "credited_minutes",
    "scheduled_days",
    "credited_days",
    "required_minutes",
    "required_days",
    "verdict",
)


class NobodyThere(DaybookError):
    """There is no such patient, or no such facility."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its columns, and rows of the same length."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def csv(self) -> str:
        """Return the report as a clinic's files are written: yes and no, line feeds."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_word(value) for value in row] for row in self.rows)
        return out.getvalue()

    def json(self) -> str:
        """Return the report as a list of objects."""
        objects = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return orjson.dumps(objects, option=orjson.OPT_INDENT_2).decode() + "\n"

    def table(self) -> Table:
        """Return the report for a terminal of 80 columns."""
        table = Table(
            title=self.title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=0
        )
        for index, name in enumerate(self.columns):
            number = bool(self.rows) and type(self.rows[0][index]) is int
            table.add_column(_heading(name), justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*(_word(value) for value in row))
        return table


@dataclass(frozen=True, slots=True)
class _Visits:
    """A facility's visits, with its way of counting weeks and the last day looked at."""

    facility_id: str
    week_starts_on: WeekStart
    through: date
    rows: Sequence[Any]


class Reports:
    """Answers from the views of all facilities in the database."""

    def __init__(
        self, database_url: str, vault: Vault, *, now: datetime, facility_id: str | None = None
    ) -> None:
        """Take the time (aware) that tells yesterday, and one facility or (None) all of them."""
        self._facility_id = facility_id
        self._database_url = database_url
        self._vault = vault
        self._now = now

    def visits(self, through: date | None, mrn: str | None = None) -> Report:
        """Return each visit up to a day, or up to the facility's yesterday."""
        with self._connect() as conn:
            people = self._people(conn)
            rows = [
                (
                    each.day,
                    each.label,
                    people[each.patient_id].mrn,
                    each.role,
                    each.status,
                    each.late,
                    each.left_early,
                    each.scheduled_minutes,
                    each.credited_minutes,
                    each.made_up,
                )
                for visits in self._visits(conn, through)
                for each in visits.rows
            ]
        rows = sorted(_only(rows, 2, mrn, people), key=lambda row: row[:3])
        return Report("Visits", VISIT_COLUMNS, rows)

    def weeks(self, through: date | None, mrn: str | None = None) -> Report:
        """Return each patient's weeks that ended by then."""
        with self._connect() as conn:
            people = self._people(conn)
            rows = [
                (
                    people[week.patient_id].mrn,
                    week.week_of,
                    week.scheduled_minutes,
                    week.credited_minutes,
                    week.scheduled_days,
                    week.credited_days,
                    week.required_minutes,
                    week.required_days,
                    week.verdict,
                )
                for visits in self._visits(conn, through)
                for week in self._weeks(conn, visits)
            ]
        rows = sorted(_only(rows, 0, mrn, people), key=lambda row: row[:2])
        return Report("Weeks", WEEK_COLUMNS, rows)

    def last_week(self) -> Report:
        """Return the weeks of the last one in which anybody was credited a minute."""
        report = self.weeks(None)
        last = max((row[1] for row in report.rows if row[3]), default=None)
        rows = [(row[0], *row[2:]) for row in report.rows if row[1] == last]
        columns = (WEEK_COLUMNS[0], *WEEK_COLUMNS[2:])
        return Report(f"The week of {last}" if last else "No week yet", columns, rows)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._database_url, row_factory=namedtuple_row)

    def _people(self, conn: psycopg.Connection[Any]) -> dict[str, Person]:
        return {
            row.patient_id: self._vault.open(row.patient_id, row.sealed)
            for row in conn.execute(SEALED_IDENTITIES)
        }

    def _visits(self, conn: psycopg.Connection[Any], through: date | None) -> list[_Visits]:
        found = []
        facilities = conn.execute(attendance.FACILITIES).fetchall()
        if self._facility_id is not None:
            facilities = [each for each in facilities if each.facility_id == self._facility_id]
            if not facilities:
                raise NobodyThere(f"there is no facility {self._facility_id!r}")
        for facility in facilities:
            today = self._now.astimezone(ZoneInfo(facility.timezone)).date()
            last = through or today - timedelta(days=1)
            selection = {"facility_id": facility.facility_id, "through": last}
            rows = conn.execute(attendance.VISITS, selection).fetchall()
            starts = cast("WeekStart", facility.week_starts_on)
            found.append(_Visits(facility.facility_id, starts, last, rows))
        return found

    def _weeks(self, conn: psycopg.Connection[Any], visits: _Visits) -> list[Week]:
        facility = {"facility_id": visits.facility_id}
        plans: dict[str, list[tuple[date, int, int]]] = defaultdict(list)
        for row in conn.execute(attendance.PLANS, facility):
            plans[row.patient_id].append(tuple(row[1:]))
        of_patient: dict[str, list[Any]] = defaultdict(list)
        for row in visits.rows:
            of_patient[row.patient_id].append(row)
        return [
            week
            for stay in conn.execute(attendance.TREATMENTS, facility)
            for week in weeks(
                Stay(
                    stay.patient_id,
                    stay.admitted_on,
                    stay.discharged_on,
                    tuple(plans[stay.patient_id]),
                ),
                of_patient[stay.patient_id],
                visits.week_starts_on,
                visits.through,
            )
        ]


def _only(
    rows: list[tuple[Any, ...]], column: int, mrn: str | None, people: dict[str, Person]
) -> list[tuple[Any, ...]]:
    """Return the rows of one patient, or all of them."""
    if mrn is None:
        return rows
    if all(person.mrn != mrn for person in people.values()):
        raise NobodyThere("no patient has this record number")
    return [row for row in rows if row[column] == mrn]


def _heading(column: str) -> str:
    """Return a column's name in short words, for a terminal."""
    for long, short in (("scheduled", "sched."), ("credited", "cred."), ("required", "req.")):
        column = column.replace(long, short)
    return column.replace("minutes", "min").replace("_", "\n", 1).replace("_", " ")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
