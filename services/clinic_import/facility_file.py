"""Reading `facility.toml`, with the line of each value."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from domain import bounds
from domain.facility import Room
from domain.staff import Staff
from domain.times import WeekStart
from services.clinic_import.csv_files import LONGEST_SHOWN
from services.clinic_import.facility_rows import (
    ClosureRow,
    FacilityRow,
    RoomRow,
    StaffRow,
    SupervisedRow,
)
from services.clinic_import.faults import Faults
from services.clinic_import.folder import Folder
from services.clinic_import.rows import Row
from services.clinic_import.zone_names import zone_problem
from services.text_output import one_line
from services.toml_lines import NotToml, Place, parse

FILE = "facility.toml"

SITE = ("id", "name", "timezone", "week_starts_on", "late_after_minutes")
TABLES = {
    "room": ("id", "name", "capacity"),
    "staff": ("id", "name", "credential"),
    "closure": ("date", "reason"),
    "supervised": ("credential", "from"),
}
"""The file's tables, each with what it says."""

LONGEST_KEY = 40
"""Characters of an unknown key that a fault repeats, at most."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)


@dataclass(slots=True)
class Site:
    """What `facility.toml` says; `lines` tells where each of its tables stands.

    `supervised` are the credentials whose notes ask for a co-signature, each from a day on.
    """

    facility_id: str
    name: str
    zone: ZoneInfo
    week_starts_on: WeekStart
    late_after_minutes: int
    rooms: dict[str, Room] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    closures: dict[date, str] = field(default_factory=dict)
    supervised: dict[str, date] = field(default_factory=dict)
    lines: dict[tuple[str, object], int] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yield what the file says as rows, which have keys as those of other files have."""
        values = (self.name, self.week_starts_on, self.late_after_minutes)
        yield FacilityRow(1, *values)
        for room in self.rooms.values():
            line = self.lines["room", room.room_id]
            yield RoomRow(line, room.room_id, room.name, room.capacity)
        for staff in self.staff.values():
            line = self.lines["staff", staff.staff_id]
            yield StaffRow(line, staff.staff_id, staff.name, staff.credential)
        for day, reason in self.closures.items():
            yield ClosureRow(self.lines["closure", day], day, reason)
        for credential, from_day in self.supervised.items():
            yield SupervisedRow(self.lines["supervised", credential], credential, from_day)

    def with_rows(self, rows: Iterable[Row]) -> "Site":
        """Return the site with what these rows say."""
        site = replace(self, rooms={}, staff={}, closures={}, supervised={})
        for row in rows:
            match row:
                case FacilityRow():
                    site.name, site.week_starts_on = row.name, row.week_starts_on
                    site.late_after_minutes = row.late_after_minutes
                case RoomRow():
                    site.rooms[row.id] = Room(row.id, row.name, row.capacity)
                case StaffRow():
                    site.staff[row.id] = Staff(row.id, row.name, row.credential)
                case ClosureRow():
                    site.closures[row.date] = row.reason
                case SupervisedRow():
                    site.supervised[row.credential] = row.from_day
        return site


def read_site(folder: Folder, faults: Faults, now: datetime) -> Site | None:
    """Return the site; None, with its faults noted, where its own values cannot be used."""
    try:
        raw = (folder / FILE).read_bytes()
    except OSError:
        faults.add(FILE, 1, "", "the file is missing or cannot be read")
        return None
    text = raw.decode("utf-8-sig", errors="replace")
    faults.texts[FILE] = dict(enumerate(text.split("\n"), start=1))
    try:
        document, lines = parse(raw)
    except NotToml as wrong:
        faults.add(FILE, wrong.line, "", wrong.problem)
        return None
    return _Reader(document, lines, faults, now).site()


class _Reader:
    """Reads the tables of one document."""

    def __init__(
        self, document: dict[str, Any], lines: dict[Place, int], faults: Faults, now: datetime
    ) -> None:
        self._document = document
        self._lines = lines
        self._faults = faults
        self._now = now

    def site(self) -> Site | None:
        before = len(self._faults)
        top = {key: each for key, each in self._document.items() if key not in TABLES}
        self._unknown("", 0, top, SITE)
        facility_id = self._get("", 0, top, "id", str)
        if facility_id and not _ID.fullmatch(facility_id):
            self._fault("", 0, "id", f"{_shown(facility_id)} is not letters, digits, - and _")
        name = self._get("", 0, top, "name", str)
        zone = self._zone(top)
        week = self._get("", 0, top, "week_starts_on", str)
        if week is not None and week not in {"monday", "sunday"}:
            written = ", in lowercase" if week.lower() in {"monday", "sunday"} else ""
            found = f"{_shown(week)} is neither monday nor sunday{written}"
            self._fault("", 0, "week_starts_on", found)
        late = self._get("", 0, top, "late_after_minutes", int)
        if late is not None and late < 0:
            self._fault("", 0, "late_after_minutes", f"{late} is less than 0")
        elif late is not None and (problem := bounds.LATE_AFTER_MINUTES.problem(late)):
            self._fault("", 0, "late_after_minutes", f"the number is {problem}")
        if len(self._faults) > before or zone is None:
            return None
        site = Site(
            cast("str", facility_id),
            cast("str", name),
            zone,
            cast("WeekStart", week),
            int(late or 0),
        )
        site.lines["", "timezone"] = self._line("", 0, "timezone")
        self._read_tables(site)
        return site

    def _zone(self, top: dict[str, Any]) -> ZoneInfo | None:
        name = self._get("", 0, top, "timezone", str)
        if name is None:
            return None
        if unknown := zone_problem(name):
            self._fault("", 0, "timezone", f"{_shown(name)} is {unknown}")
            return None
        return ZoneInfo(name)

    def _read_tables(self, site: Site) -> None:
        for index, table in self._tables("room"):
            key, name = (self._get("room", index, table, each, str) for each in ("id", "name"))
            capacity = self._get("room", index, table, "capacity", int)
            if capacity is not None and capacity <= 0:
                self._fault("room", index, "capacity", f"{capacity} is not more than 0")
            elif capacity is not None and (problem := bounds.PLACES.problem(capacity)):
                self._fault("room", index, "capacity", f"the number is {problem}")
            elif key and name and capacity and self._new("room", index, "id", key, site):
                site.rooms[key] = Room(key, name, capacity)
        for index, table in self._tables("staff"):
            key, name, credential = (
                self._get("staff", index, table, each, str) for each in ("id", "name", "credential")
            )
            if key and name and credential and self._new("staff", index, "id", key, site):
                site.staff[key] = Staff(key, name, credential)
        for index, table in self._tables("closure"):
            day = self._day("closure", index, table, "date")
            reason = self._get("closure", index, table, "reason", str)
            if day and reason and self._new("closure", index, "date", day, site):
                site.closures[day] = reason
        for index, table in self._tables("supervised"):
            credential = self._get("supervised", index, table, "credential", str)
            since = self._day("supervised", index, table, "from")
            if (
                credential
                and since
                and self._new("supervised", index, "credential", credential, site)
            ):
                site.supervised[credential] = since

    def _day(self, table: str, index: int, values: dict[str, Any], key: str) -> date | None:
        day: date | None = self._get(table, index, values, key, date)
        if day and (problem := bounds.reach_problem(day, self._now)):
            self._fault(table, index, key, f"{day} is {problem}")
            return None
        return day

    def _tables(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        tables = self._document.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            what = f"write [[{name}]], with two brackets, before each {name}"
            self._fault("", 0, name, f"not tables: {what}")
            return []
        for index, table in enumerate(tables):
            self._unknown(name, index, table, TABLES[name])
        return list(enumerate(tables))

    def _get(self, table: str, index: int, values: dict[str, Any], key: str, kind: type) -> Any:
        found = values.get(key)
        if found is None:
            self._fault(table, index, key, "missing")
        elif type(found) is not kind:
            self._fault(table, index, key, f"{_shown(found)} is {_not_of(kind, found)}")
        elif found == "":
            self._fault(table, index, key, "empty, but needed")
        elif isinstance(found, str) and (problem := bounds.text_problem(found)):
            self._fault(table, index, key, f"the text is {problem}")
        else:
            return found
        return None

    def _unknown(
        self, table: str, index: int, values: dict[str, Any], known: tuple[str, ...]
    ) -> None:
        for key in values:
            if key not in known:
                shown = one_line(key[:LONGEST_KEY])
                problem = f"unknown; there are {', '.join(known)}"
                self._faults.add(FILE, self._line(table, index, key), shown, problem)

    def _new(self, table: str, index: int, key: str, value: object, site: Site) -> bool:
        """Note where a room, a person or a closure stands; a second one of its name is a fault."""
        if (table, value) in site.lines:
            self._fault(table, index, key, f"{value} is there already")
            return False
        site.lines[table, value] = self._line(table, index, key)
        return True

    def _fault(self, table: str, index: int, key: str, problem: str) -> None:
        self._faults.add(FILE, self._line(table, index, key), key, problem)

    def _line(self, table: str, index: int, key: str) -> int:
        """Return a key's line, or the line at which its table begins."""
        fallback = self._lines.get((table, index, ""), self._lines.get((key, 0, ""), 1))
        return self._lines.get((table, index, key), fallback)


def _not_of(kind: type, found: object) -> str:
    """Say of what kind a value has to be, and how it is written as one."""
    quoted = isinstance(found, str)
    if kind is int:
        plain = quoted and str(found).strip().isdecimal()
        return "not a whole number" + (": write it without quotation marks" if plain else "")
    if kind is date:
        written = "write a date without quotation marks" if quoted else "write a date"
        return f"not a date: {written} and without a time, such as 2026-11-26"
    return "not text: write it in quotation marks"


def _shown(value: object) -> str:
    """Return a value as a fault repeats it; a long one is not."""
    try:
        shown = repr(value)
    except ValueError:  # a number of thousands of digits
        shown = ""
    return shown if 0 < len(shown) <= LONGEST_SHOWN else "the value"
