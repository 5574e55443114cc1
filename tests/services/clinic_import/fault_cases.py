"""What an import of a clinic's files refuses, and what only looks as if it should.

Every case is an edit of a copy of `tests/clinics/base`. A fault names the files and lines that have
to be reported; rows that fail because of it may be reported as well, and are not listed. All cases
are meant for an import at `NOW`.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

BASE = Path(__file__).parents[2] / "clinics" / "base"
NOW = datetime(2026, 9, 17, 17, tzinfo=UTC)
THROUGH = date(2026, 9, 20)

Edit = Callable[[Path], None]
Place = tuple[str, int]


@dataclass(frozen=True)
class FaultCase:
    """An edit that an import refuses, and the places that it has to name."""

    name: str
    edit: Edit
    expected: set[Place]


@dataclass(frozen=True)
class SoundCase:
    """An edit that an import accepts; the oracle tells what the reports say then."""

    name: str
    edit: Edit


# --- Edits. A file is named without its ending, a line by its number in the file as it is then. ---


def append(file: str, *rows: str) -> Edit:
    """Add rows, as they would be written, at the end of a file."""

    def edit(folder: Path) -> None:
        with (folder / f"{file}.csv").open("a", encoding="utf-8", newline="") as stream:
            stream.writelines(f"{row}\n" for row in rows)

    return edit


def change(file: str, line: int, column: str, value: str) -> Edit:
    """Put another value into one field."""

    def edit(lines: list[str]) -> None:
        header, fields = (next(csv.reader([lines[n]])) for n in (0, line - 1))
        fields[header.index(column)] = value
        lines[line - 1] = written(fields)

    return on_lines(file, edit)


def remove(file: str, line: int) -> Edit:
    """Take one row out."""
    return on_lines(file, lambda lines: lines.__delitem__(line - 1))


def fields_of(line: int | None, file: str, edit_fields: Callable[[list[str]], object]) -> Edit:
    """Edit the list of one line's fields, or of every line's."""

    def edit(lines: list[str]) -> None:
        for n in range(len(lines)) if line is None else [line - 1]:
            fields = next(csv.reader([lines[n]]))
            edit_fields(fields)
            lines[n] = written(fields)

    return on_lines(file, edit)


def header(file: str, text: str) -> Edit:
    """Put another header line in place of the one there is."""
    return on_lines(file, lambda lines: lines.__setitem__(0, f"{text}\n"))


def replace(file_name: str, old: str, new: str) -> Edit:
    """Replace a text that stands exactly once in a file, which is named with its ending."""

    def edit(content: bytes) -> bytes:
        assert content.count(old.encode()) == 1, (file_name, old)
        return content.replace(old.encode(), new.encode())

    return on_bytes(file_name, edit)


def facility(old: str, new: str) -> Edit:
    return replace("facility.toml", old, new)


def on_bytes(file_name: str, edit_bytes: Callable[[bytes], bytes]) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / file_name
        path.write_bytes(edit_bytes(path.read_bytes()))

    return edit


def on_lines(file: str, edit_lines: Callable[[list[str]], object]) -> Edit:
    def edit(content: bytes) -> bytes:
        lines = content.decode().splitlines(keepends=True)
        edit_lines(lines)
        return "".join(lines).encode()

    return on_bytes(f"{file}.csv", edit)


def every(*edits: Edit) -> Edit:
    """All of these edits, one after the other."""

    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


def in_quotes(lines: list[str]) -> None:
    rows = list(csv.reader(lines))
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    lines[:] = [stream.getvalue()]


def written(fields: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(fields)
    return stream.getvalue()


# --- Places. ---

COLUMNS = {path.stem: path.read_text().splitlines()[0].split(",") for path in BASE.glob("*.csv")}
LINES = {path.stem: len(path.read_text().splitlines()) for path in BASE.glob("*.csv")}
MAY_BE_EMPTY = {
    "tracks": {"last_day"},
    "patients": {"discharged_on", "discharge_kind", "weekly_hours", "days_per_week"},
    "enrolments": {"last_day"},
    "commitments": {"last_day"},
    "sign_ins": {"time_out", "makes_up"},
}


def at(file: str, *lines: int) -> set[Place]:
    return {(f"{file}.csv", line) for line in lines}


def added(file: str, nth: int = 1) -> set[Place]:
    """The place of the nth row that is appended to a file of the base clinic."""
    return at(file, LINES[file] + nth)


def in_facility(line: int) -> set[Place]:
    return {("facility.toml", line)}


# --- Rows that several cases need. ---

LATE_SEGMENT = append("segments", "late,19:00,21:00,group,Late group")
J07_YOUNG = "J07,Gus,Vega,2010-10-10,young,2026-09-07,,,,,medicaid"
J08_YOUNG = "J08,Hana,Wood,2011-11-11,young,2026-09-07,,,,,medicaid"
J07_ADULT = "J07,Gus,Vega,1986-10-10,adult,2026-09-14,,,,,medicaid"


def late_track(room: str, staff: str) -> Edit:
    """A track that meets while the evening group, in the hall with s-ash, is still there."""
    row = f"late,adult,Late group,TU,19:00,21:00,2026-09-07,2026-09-20,{room},{staff},3"
    return every(append("tracks", row), LATE_SEGMENT)


def own_session(when: str, room: str, staff: str, mrns: str) -> Edit:
    """A session of its own, on a date, from a time to a time."""
    row = f"one-5,adult,{','.join(when.split())},individual,Session,{room},{staff},{mrns}"
    return append("sessions", row)


def sign_in(*rows: str) -> Edit:
    return append("sign_ins", *rows)


# --- Faults. ---


def shape_faults() -> Iterator[FaultCase]:
    """What can be wrong with any file, in each."""
    for file, columns in sorted(COLUMNS.items()):
        yield FaultCase(
            f"{file}: a column is missing",
            fields_of(None, file, lambda fields: fields.pop(1)),
            at(file, 1),
        )
        yield FaultCase(
            f"{file}: the last column is missing",
            fields_of(None, file, lambda fields: fields.pop()),
            at(file, 1),
        )
        yield FaultCase(
            f"{file}: a column is unknown",
            fields_of(None, file, lambda fields: fields.append("note")),
            at(file, 1),
        )
        yield FaultCase(
            f"{file}: a column is called otherwise",
            header(file, ",".join(["number", *columns[1:]])),
            at(file, 1),
        )
        yield FaultCase(
            f"{file}: a row has too many fields",
            fields_of(2, file, lambda fields: fields.append("")),
            at(file, 2),
        )
        yield FaultCase(
            f"{file}: a row has too few fields",
            fields_of(2, file, lambda fields: fields.pop()),
            at(file, 2),
        )
        yield FaultCase(
            f"{file}: a row is not UTF-8",
            on_bytes(f"{file}.csv", lambda content: content[:-2] + b"\xff\n"),
            at(file, LINES[file]),
        )
        yield FaultCase(
            f"{file}: the file has not even a header",
            on_bytes(f"{file}.csv", lambda _: b""),
            at(file, 1),
        )


def empty_faults() -> Iterator[FaultCase]:
    """Each value that is needed, missing."""
    for file, columns in sorted(COLUMNS.items()):
        for column in columns:
            if column not in MAY_BE_EMPTY.get(file, set()):
                edit = change(file, 2, column, "")
                yield FaultCase(f"{file}: no {column}", edit, at(file, 2))


WRONG_KINDS = """
programs population: child | adults | ADULT
programs focus: sleep | substance use
programs weekly_hours: nine | nan | inf | 9h | 0 | -3 | -0.5 | 0.0
programs days_per_week: two | 2.5 | 0 | -1
tracks weekdays: MON | MO,WE | monday | mo | MO XX
tracks starts: 9am | 9:00 | 09:00:00 | 24:00 | 09:60 | 0900
tracks ends: 25:00 | noon
tracks first_day: 2026-02-30 | 20260907 | 2026-9-7 | 07/09/2026 | 2026-W37-1
tracks last_day: soon | 2026-13-01
tracks capacity: three | 2.5 | 0 | -1
segments starts: nine | 9:00
segments ends: ten | 10:00:00
segments service: lunch | Group
sessions date: today | 2026-09-31
sessions starts: one | 13
sessions ends: two | 14:00Z
sessions service: talk
patients born: 1988-02-30 | 1988
patients admitted_on: 2026-13-01 | monday
patients weekly_hours: many | nan | 0 | -4
patients days_per_week: two | 1.5 | 0 | -2
enrolments first_day: 2026-09-00 | first
enrolments last_day: later
enrolments weekdays: MO,WE | Mo | MO TUE
commitments kind: hobby | Work
commitments weekdays: daily
commitments starts: 1pm
commitments ends: 17.00
commitments first_day: always
commitments last_day: never
cancellations date: 2026-09-31 | monday
absences date: 2026-09-31 | monday
absences excused: maybe | YES | true
absences notified_at: yesterday | 2026-09-07 | 07:45 | 2026-09-07 25:00 | 2026-09-31 07:45
sign_ins date: 2026-09-31 | monday
sign_ins time_in: early | 8:55 | 24:00 | 08:55:30
sign_ins time_out: later | 11:60 | 1110
sign_ins makes_up: yes | 2026-09-04 | 2026-09-31 morning | morning 2026-09-04 | morning
"""


def wrong_kind_faults() -> Iterator[FaultCase]:
    """Values of the wrong kind, or not positive, in each column that is not free text or an id."""
    for text in WRONG_KINDS.strip().splitlines():
        where, values = text.split(": ", 1)
        file, column = where.split()
        for value in values.split(" | "):
            edit = change(file, 2, column, value)
            yield FaultCase(f"{file}: {column} is {value!r}", edit, at(file, 2))
    yield FaultCase(
        "patients: a discharge is of no known kind",
        change("patients", 3, "discharge_kind", "vanished"),
        at("patients", 3),
    )
    yield FaultCase(
        "patients: a discharge is on no date",
        change("patients", 3, "discharged_on", "2026-09-31"),
        at("patients", 3),
    )
    yield FaultCase(
        "patients: a discharge has a date and no kind",
        change("patients", 3, "discharge_kind", ""),
        at("patients", 3),
    )
    yield FaultCase(
        "patients: a discharge has a kind and no date",
        change("patients", 2, "discharge_kind", "completed"),
        at("patients", 2),
    )


FACILITY_FAULTS = [
    FaultCase(
        "facility: a zone that is not there",
        facility("America/Chicago", "America/Springfield"),
        in_facility(3),
    ),
    FaultCase(
        "facility: a zone that is a region", facility("America/Chicago", "America"), in_facility(3)
    ),
    FaultCase(
        "facility: a zone that is a path",
        facility("America/Chicago", "../America/Chicago"),
        in_facility(3),
    ),
    FaultCase("facility: an empty zone", facility("America/Chicago", ""), in_facility(3)),
    FaultCase(
        "facility: a zone that is a number", facility('"America/Chicago"', "-6"), in_facility(3)
    ),
    FaultCase("facility: no zone", facility('timezone = "America/Chicago"\n', ""), in_facility(1)),
    FaultCase(
        "facility: a week that starts on Tuesday", facility('"monday"', '"tuesday"'), in_facility(4)
    ),
    FaultCase(
        "facility: late after a text", facility("minutes = 10", 'minutes = "ten"'), in_facility(5)
    ),
    FaultCase(
        "facility: late after a fraction", facility("minutes = 10", "minutes = 7.5"), in_facility(5)
    ),
    FaultCase(
        "facility: late after a truth", facility("minutes = 10", "minutes = true"), in_facility(5)
    ),
    FaultCase("facility: an empty id", facility('"juniper"', '""'), in_facility(1)),
    FaultCase(
        "facility: a name that is a number", facility('"Juniper Day Clinic"', "5"), in_facility(2)
    ),
    FaultCase("facility: a room of no places", facility("city = 4", "city = 0"), in_facility(10)),
    FaultCase("facility: a room of -1 places", facility("city = 4", "city = -1"), in_facility(10)),
    FaultCase(
        "facility: a room of half a place", facility("city = 3", "city = 2.5"), in_facility(15)
    ),
    FaultCase(
        "facility: a room of few places", facility("city = 2", 'city = "few"'), in_facility(20)
    ),
    FaultCase("facility: a room without places", facility("capacity = 4\n", ""), in_facility(7)),
    FaultCase("facility: a room without id", facility('id = "den"\n', ""), in_facility(12)),
    FaultCase("facility: staff without name", facility('name = "Q. Birch"\n', ""), in_facility(27)),
    FaultCase("facility: staff with an empty id", facility('"s-cedar"', '""'), in_facility(33)),
    FaultCase(
        "facility: a closure on no date", facility("= 2026-09-11", '= "someday"'), in_facility(38)
    ),
    FaultCase(
        "facility: a closure without reason",
        facility('reason = "Staff training"\n', ""),
        in_facility(37),
    ),
    FaultCase(
        "facility: a room with something unknown",
        facility("capacity = 4\n", 'capacity = 4\ncolour = "green"\n'),
        in_facility(11),
    ),
    FaultCase(
        "facility: something unknown of the site",
        facility("minutes = 10\n", 'minutes = 10\nfax = "none"\n'),
        in_facility(6),
    ),
    FaultCase("facility: two rooms of one id", facility('"den"', '"hall"'), in_facility(13)),
    FaultCase("facility: two staff of one id", facility('"s-birch"', '"s-ash"'), in_facility(28)),
    FaultCase(
        "facility: not TOML", facility('"America/Chicago"', "America/Chicago"), in_facility(3)
    ),
    FaultCase(
        "facility: not UTF-8",
        on_bytes("facility.toml", lambda content: content.replace(b"Hall", b"H\xe4ll")),
        in_facility(9),
    ),
]

REFERENCE_FAULTS = [
    FaultCase(
        "tracks: a program that is not there",
        change("tracks", 2, "program_id", "ghost"),
        at("tracks", 2),
    ),
    FaultCase(
        "tracks: a room that is not there", change("tracks", 2, "room_id", "attic"), at("tracks", 2)
    ),
    FaultCase(
        "tracks: staff who are not there",
        change("tracks", 2, "staff_id", "s-ghost"),
        at("tracks", 2),
    ),
    FaultCase(
        "tracks: staff named where a room is needed",
        change("tracks", 2, "room_id", "s-ash"),
        at("tracks", 2),
    ),
    FaultCase(
        "segments: a track that is not there",
        append("segments", "ghost,09:00,10:00,group,Nobody's"),
        added("segments"),
    ),
    FaultCase(
        "segments: a one-off session, which is no track",
        append("segments", "one-1,13:00,13:30,group,Part"),
        added("segments"),
    ),
    FaultCase(
        "sessions: a program that is not there",
        change("sessions", 2, "program_id", "ghost"),
        at("sessions", 2),
    ),
    FaultCase(
        "sessions: a room that is not there",
        change("sessions", 2, "room_id", "attic"),
        at("sessions", 2),
    ),
    FaultCase(
        "sessions: staff who are not there",
        change("sessions", 2, "staff_id", "s-ghost"),
        at("sessions", 2),
    ),
    FaultCase(
        "sessions: a patient who is not there",
        change("sessions", 4, "mrns", "J01 J99"),
        at("sessions", 4),
    ),
    FaultCase(
        "patients: a program that is not there",
        change("patients", 2, "program_id", "ghost"),
        at("patients", 2),
    ),
    FaultCase(
        "enrolments: a patient who is not there",
        append("enrolments", "J99,morning,2026-09-07,,MO"),
        added("enrolments"),
    ),
    FaultCase(
        "enrolments: a track that is not there",
        append("enrolments", "J03,ghost,2026-09-08,,MO"),
        added("enrolments"),
    ),
    FaultCase(
        "enrolments: a one-off session, which is no track",
        append("enrolments", "J03,one-1,2026-09-08,,WE"),
        added("enrolments"),
    ),
    FaultCase(
        "enrolments: a track of another program",
        append("enrolments", "J05,morning,2026-09-08,,MO"),
        added("enrolments"),
    ),
    FaultCase(
        "enrolments: a weekday on which the track never meets",
        append("enrolments", "J03,morning,2026-09-08,,SA"),
        added("enrolments"),
    ),
    FaultCase(
        "enrolments: one weekday of several on which the track never meets",
        change("enrolments", 3, "weekdays", "MO TU"),
        at("enrolments", 3),
    ),
    FaultCase(
        "commitments: a patient who is not there",
        change("commitments", 3, "mrn", "J99"),
        at("commitments", 3),
    ),
    *(
        FaultCase(f"cancellations: {what}", append("cancellations", row), added("cancellations"))
        for what, row in [
            ("a session that is not there", "2026-09-16,ghost,Flood"),
            ("a weekday on which the track does not meet", "2026-09-15,morning,Flood"),
            ("a closure", "2026-09-11,morning,Flood"),
            ("a day before the track's first", "2026-09-04,morning,Flood"),
            ("a day after the track's last", "2026-09-21,morning,Flood"),
            ("a one-off session on another day", "2026-09-10,one-1,Flood"),
        ]
    ),
    *(
        FaultCase(
            f"absences: {what}",
            append("absences", f"{row},Ill,yes,2026-09-07 08:00"),
            added("absences"),
        )
        for what, row in [
            ("a patient who is not there", "2026-09-16,morning,J99"),
            ("a session that is not there", "2026-09-16,ghost,J01"),
            ("a weekday on which the track does not meet", "2026-09-15,morning,J01"),
            ("a closure", "2026-09-11,morning,J01"),
            ("a day before the track's first", "2026-09-04,morning,J01"),
            ("a day after the track's last", "2026-09-21,morning,J01"),
            ("a one-off session on another day", "2026-09-10,one-1,J01"),
        ]
    ),
    *(
        FaultCase(f"sign_ins: {what}", sign_in(row), added("sign_ins"))
        for what, row in [
            ("a patient who is not there", "2026-09-16,morning,J99,09:00,11:10,"),
            ("a session that is not there", "2026-09-16,ghost,J01,09:00,11:10,"),
            ("a weekday on which the track does not meet", "2026-09-08,morning,J01,09:00,11:10,"),
            ("a closure", "2026-09-11,morning,J01,09:00,11:10,"),
            ("a day before the track's first", "2026-09-04,morning,J01,09:00,11:10,"),
            ("a day after the track's last", "2026-09-21,morning,J01,09:00,11:10,"),
            ("a one-off session on another day", "2026-09-10,one-1,J01,13:00,14:00,"),
            ("making up a session that is not there", "2026-09-15,evening,J01,18:00,20:00,"
             "2026-09-09 ghost"),
            ("making up a day without session", "2026-09-15,evening,J01,18:00,20:00,"
             "2026-09-08 morning"),
            ("making up a closure", "2026-09-15,evening,J01,18:00,20:00,2026-09-11 morning"),
        ]
    ),
]  # fmt: skip

ORDER_FAULTS = [
    FaultCase(
        "sign_ins: a time out before its time in",
        change("sign_ins", 2, "time_out", "08:50"),
        at("sign_ins", 2),
    ),
    FaultCase(
        "patients: a discharge before the admission",
        change("patients", 3, "discharged_on", "2026-09-06"),
        at("patients", 3),
    ),
    FaultCase(
        "tracks: a last day before the first",
        change("tracks", 2, "last_day", "2026-09-06"),
        at("tracks", 2),
    ),
    FaultCase(
        "enrolments: a last day before the first",
        change("enrolments", 3, "last_day", "2026-09-06"),
        at("enrolments", 3),
    ),
    FaultCase(
        "commitments: a last day before the first",
        change("commitments", 3, "last_day", "2026-09-07"),
        at("commitments", 3),
    ),
    FaultCase("tracks: an end before its start", change("tracks", 2, "ends", "08:00"),
              at("tracks", 2)),
    FaultCase("segments: an end before its start", change("segments", 2, "ends", "08:30"),
              at("segments", 2)),
    FaultCase("sessions: an end before its start", change("sessions", 2, "ends", "12:00"),
              at("sessions", 2)),
    FaultCase("commitments: an end at its start", change("commitments", 2, "ends", "13:00"),
              at("commitments", 2)),
    FaultCase("segments: one that begins before its track",
              change("segments", 2, "starts", "08:59"), at("segments", 2)),
    FaultCase("segments: one that ends after its track", change("segments", 4, "ends", "11:11"),
              at("segments", 4)),
    FaultCase(
        "segments: one wholly outside its track",
        append("segments", "evening,20:00,20:30,group,Afterwards"),
        added("segments"),
    ),
    FaultCase("segments: one that begins before the last ends",
              change("segments", 3, "starts", "09:59"), at("segments", 3)),
    FaultCase("segments: one that ends after the next begins",
              change("segments", 2, "ends", "10:01"), at("segments", 3)),
    FaultCase(
        "segments: one within another, later in the file",
        append("segments", "evening,18:30,18:45,break,Break"),
        added("segments"),
    ),
    FaultCase(
        "segments: two that begin together",
        append("segments", "school,16:00,16:10,break,Break"),
        added("segments"),
    ),
]  # fmt: skip

TWICE_FAULTS = [
    FaultCase(
        f"{file}: {what}",
        append(file, row),
        added(file),
    )
    for file, what, row in [
        ("programs", "an id twice", "adult,Another,adult,mental-health,9,3"),
        ("tracks", "an id twice", "morning,adult,Another,SA,07:00,08:00,2026-09-07,2026-09-20,"
         "nook,s-cedar,2"),
        ("tracks", "the same row twice", "evening,adult,Evening group,MO TU TH,18:00,20:00,"
         "2026-09-07,,hall,s-ash,4"),
        ("sessions", "an id twice", "one-1,adult,2026-09-16,15:00,16:00,individual,Another,nook,"
         "s-cedar,J02"),
        ("sessions", "an id that is a track's", "morning,adult,2026-09-16,15:00,16:00,individual,"
         "Another,nook,s-cedar,J02"),
        ("patients", "an mrn twice", "J01,Gus,Vega,1986-10-10,adult,2026-09-14,,,,,medicaid"),
        ("enrolments", "the same track on the same days", "J01,morning,2026-09-07,,MO WE FR"),
        ("enrolments", "the same track on some of the same days", "J01,morning,2026-09-14,,MO"),
        ("enrolments", "the same track on one day that ends the first",
         "J04,evening,2026-09-15,2026-09-20,TU"),
        ("cancellations", "one session twice", "2026-09-14,evening,Still no power"),
        ("absences", "one visit twice", "2026-09-07,morning,J02,Ill,yes,2026-09-07 08:00"),
        ("sign_ins", "the same line twice", "2026-09-08,evening,J03,17:58,20:00,"),
        ("sign_ins", "a line with another time out", "2026-09-10,evening,J04,17:55,19:00,"),
    ]
]  # fmt: skip

PLACE_FAULTS = [
    FaultCase("a room: two tracks", late_track("hall", "s-cedar"), added("tracks")),
    FaultCase("a staff member: two tracks", late_track("nook", "s-ash"), added("tracks")),
    FaultCase(
        "a room: a track and a one-off session",
        own_session("2026-09-08 17:59 18:50", "den", "s-cedar", "J01"),
        added("sessions"),
    ),
    FaultCase(
        "a staff member: a track and a one-off session",
        own_session("2026-09-08 15:10 16:01", "nook", "s-birch", "J01"),
        added("sessions"),
    ),
    FaultCase(
        "a room: two one-off sessions",
        own_session("2026-09-09 13:59 14:50", "nook", "s-ash", "J02"),
        added("sessions"),
    ),
    FaultCase(
        "a staff member: two one-off sessions",
        own_session("2026-09-09 12:10 13:01", "den", "s-cedar", "J02"),
        added("sessions"),
    ),
    FaultCase(
        "a room: a running track, weeks ahead",
        own_session("2026-10-13 18:30 19:00", "hall", "s-cedar", "J01"),
        added("sessions"),
    ),
    FaultCase(
        "a patient: two tracks",
        every(
            append(
                "tracks",
                "brunch,adult,Brunch,MO,10:30,11:30,2026-09-14,2026-09-20,den,s-cedar,3",
            ),
            append("segments", "brunch,10:30,11:30,group,Brunch"),
            append("enrolments", "J01,brunch,2026-09-14,,MO"),
        ),
        added("enrolments"),
    ),
    FaultCase(
        "a patient: a track and a one-off session",
        own_session("2026-09-18 11:00 11:50", "nook", "s-cedar", "J01"),
        at("enrolments", 2),
    ),
    FaultCase(
        "a patient: two one-off sessions",
        own_session("2026-09-18 13:30 14:20", "nook", "s-cedar", "J03"),
        added("sessions"),
    ),
    FaultCase(
        "a patient: two one-off sessions, one with others",
        own_session("2026-09-15 09:30 10:10", "den", "s-ash", "J04 J02"),
        added("sessions"),
    ),
    FaultCase(
        "signed in twice: in two sessions",
        change("sign_ins", 6, "time_in", "11:00"),
        at("sign_ins", 6),
    ),
    FaultCase(
        "signed in twice: in two sessions, the first without a time out",
        every(
            change("sign_ins", 5, "time_out", ""),
            change("sign_ins", 6, "time_in", "11:09"),
        ),
        at("sign_ins", 6),
    ),
    FaultCase(
        "signed in twice: in two sessions, the second without a time out",
        every(change("sign_ins", 6, "time_out", ""), change("sign_ins", 6, "time_in", "11:09")),
        at("sign_ins", 6),
    ),
    FaultCase(
        "signed in twice: in two sessions, the earlier one later in the file",
        every(
            change("sign_ins", 6, "time_out", ""),
            sign_in("2026-09-09,morning,J01,13:40,13:45,"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "signed in twice: in one session",
        change("sign_ins", 10, "time_in", "09:39"),
        at("sign_ins", 10),
    ),
    FaultCase(
        "signed in twice: in one session, the second without a time out",
        every(
            change("sign_ins", 10, "time_in", "09:39"),
            change("sign_ins", 10, "time_out", ""),
        ),
        at("sign_ins", 10),
    ),
    FaultCase(
        "signed in twice: in one session, the earlier line later in the file",
        sign_in("2026-09-14,morning,J02,08:40,09:00,"),
        added("sign_ins"),
    ),
    FaultCase(
        "signed in twice: a make-up and a session of the patient's own",
        every(
            own_session("2026-09-15 17:00 17:50", "nook", "s-cedar", "J02"),
            sign_in("2026-09-15,one-5,J02,17:00,18:01,"),
        ),
        added("sign_ins"),
    ),
]

CROWD_FAULTS = [
    FaultCase(
        "too many for the track: enrolled",
        append(
            "enrolments",
            "J03,morning,2026-09-09,2026-09-09,WE",
            "J04,morning,2026-09-09,2026-09-09,WE",
        ),
        added("enrolments", 2),
    ),
    FaultCase(
        "too many for the track: enrolled, and excused",
        every(
            append(
                "enrolments",
                "J03,morning,2026-09-09,2026-09-09,WE",
                "J04,morning,2026-09-09,2026-09-09,WE",
            ),
            append("absences", "2026-09-09,morning,J02,Ill,yes,2026-09-09 08:00"),
        ),
        added("enrolments", 2),
    ),
    FaultCase(
        "too many for the track: enrolled, on one later day of a running track",
        every(
            change("tracks", 3, "capacity", "2"),
            remove("sign_ins", 12),
            append(
                "enrolments",
                "J01,evening,2026-10-01,2026-10-08,TH",
                "J02,evening,2026-09-17,2026-10-08,TH",
            ),
            change("patients", 3, "discharged_on", "2026-10-08"),
        ),
        added("enrolments", 2),
    ),
    FaultCase(
        "too many for the track: making up",
        sign_in("2026-09-16,morning,J04,09:00,11:10,2026-09-14 evening"),
        added("sign_ins"),
    ),
    FaultCase(
        "too many for the track: making up, and the roster is full of those who did not come",
        change("tracks", 2, "capacity", "2"),
        at("sign_ins", 19),
    ),
    FaultCase(
        "too many for the room: enrolled",
        every(
            change("tracks", 4, "capacity", "5"),
            append("patients", J07_YOUNG, J08_YOUNG),
            append("enrolments", "J07,school,2026-09-15,,TU", "J08,school,2026-09-15,,TU"),
        ),
        added("enrolments", 2),
    ),
    FaultCase(
        "too many for the room: making up",
        every(
            change("tracks", 2, "capacity", "6"),
            append("patients", J07_ADULT),
            append("enrolments", "J07,evening,2026-09-14,2026-09-14,MO"),
            sign_in(
                "2026-09-16,morning,J04,09:00,11:10,2026-09-14 evening",
                "2026-09-16,morning,J07,09:00,11:10,2026-09-14 evening",
            ),
        ),
        added("sign_ins", 2),
    ),
    FaultCase(
        "too many for the room: the patients of a one-off session",
        change("sessions", 4, "mrns", "J01 J02 J03"),
        at("sessions", 4),
    ),
    FaultCase(
        "too many for the room: making up in a one-off session",
        sign_in("2026-09-15,one-3,J04,10:00,11:00,2026-09-14 evening"),
        added("sign_ins"),
    ),
]

DAY_FAULTS = [
    *(
        FaultCase(name, sign_in(row), added("sign_ins"))
        for name, row in [
            ("a sign-in to a session that was called off", "2026-09-14,evening,J03,18:00,20:00,"),
            ("a make-up in a session that was called off", "2026-09-14,evening,J02,18:00,20:00,"
             "2026-09-07 morning"),
            ("a sign-in by somebody not on the roster", "2026-09-09,morning,J03,09:00,11:10,"),
            ("a sign-in by somebody not on the roster of a one-off session",
             "2026-09-09,one-1,J03,13:00,14:00,"),
            ("a sign-in on a weekday on which the patient is not enrolled",
             "2026-09-15,school,J01,16:00,18:00,"),
            ("a line of a make-up that does not say so", "2026-09-15,evening,J02,20:02,20:05,"),
            ("a make-up of a visit that was attended", "2026-09-15,evening,J01,18:00,20:00,"
             "2026-09-07 morning"),
            ("a make-up of a visit for which the patient was never on the roster",
             "2026-09-15,evening,J01,18:00,20:00,2026-09-08 evening"),
            ("a make-up of what was already made up", "2026-09-10,evening,J02,18:00,20:00,"
             "2026-09-09 morning"),
            ("a make-up of a visit on a later day", "2026-09-08,evening,J01,18:00,20:00,"
             "2026-09-16 morning"),
        ]
    ),
    FaultCase(
        "a sign-in before the admission, though enrolled",
        change("patients", 7, "admitted_on", "2026-09-16"),
        at("sign_ins", 17),
    ),
    FaultCase(
        "a sign-in after the discharge, though enrolled",
        change("patients", 5, "discharged_on", "2026-09-14"),
        at("sign_ins", 14),
    ),
    FaultCase(
        "a patient of mrns before the admission",
        own_session("2026-09-08 10:00 10:50", "nook", "s-cedar", "J04"),
        added("sessions"),
    ),
    FaultCase(
        "a patient of mrns after the discharge",
        own_session("2026-09-17 10:00 10:50", "nook", "s-cedar", "J01 J04"),
        added("sessions"),
    ),
    FaultCase(
        "an absence of somebody enrolled in another track",
        append("absences", "2026-09-09,morning,J03,Ill,yes,2026-09-09 08:00"),
        added("absences"),
    ),
    FaultCase(
        "an absence on a weekday on which the patient is not enrolled",
        append("absences", "2026-09-18,morning,J02,Ill,yes,2026-09-16 08:00"),
        added("absences"),
    ),
    FaultCase(
        "an absence after the discharge",
        append("absences", "2026-09-17,evening,J04,Ill,yes,2026-09-16 08:00"),
        added("absences"),
    ),
    FaultCase(
        "an absence of somebody who is not among mrns",
        append("absences", "2026-09-09,one-1,J02,Ill,yes,2026-09-09 08:00"),
        added("absences"),
    ),
    FaultCase(
        "a make-up of an incomplete visit",
        every(
            change("tracks", 2, "capacity", "4"),
            sign_in("2026-09-16,morning,J04,09:00,11:10,2026-09-10 evening"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up of a make-up",
        every(
            change("sign_ins", 12, "time_out", ""),
            own_session("2026-09-16 15:00 16:00", "nook", "s-cedar", "J01"),
            sign_in("2026-09-16,one-5,J02,15:00,16:00,2026-09-15 evening"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up of a visit that starts with it",
        every(
            own_session("2026-09-16 09:00 10:00", "nook", "s-cedar", "J04"),
            sign_in("2026-09-16,one-5,J01,09:00,10:00,2026-09-16 morning"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up of a visit later on the day",
        every(
            own_session("2026-09-16 07:30 08:30", "nook", "s-cedar", "J04"),
            sign_in("2026-09-16,one-5,J01,07:30,08:30,2026-09-16 morning"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up by a patient who is on the roster anyway",
        change("sign_ins", 13, "makes_up", "2026-09-10 evening"),
        at("sign_ins", 13),
    ),
    FaultCase(
        "a make-up by a patient who is discharged",
        every(
            own_session("2026-09-17 09:00 10:00", "nook", "s-cedar", "J01"),
            sign_in("2026-09-17,one-5,J04,09:00,10:00,2026-09-14 evening"),
        ),
        added("sign_ins"),
    ),
]  # fmt: skip

ONE_PASS_FAULTS = [
    FaultCase(
        "a fault after a field of two lines is where an editor shows it",
        every(
            replace("absences.csv", "Car trouble", '"Car trouble,\nagain"'),
            replace("absences.csv", "Dentist,yes", "Dentist,maybe"),
        ),
        at("absences", 6),
    ),
    FaultCase(
        "a fault in a file with a byte-order mark, other line ends and other columns' order",
        every(
            fields_of(None, "sign_ins", lambda fields: fields.reverse()),
            on_bytes(
                "sign_ins.csv",
                lambda content: (
                    b"\xef\xbb\xbf" + content.replace(b"17:58", b"17:60").replace(b"\n", b"\r\n")
                ),
            ),
        ),
        at("sign_ins", 3),
    ),
    FaultCase(
        "two faults in one row are of one place",
        every(change("programs", 3, "weekly_hours", "0"), change("programs", 3, "focus", "sleep")),
        at("programs", 3),
    ),
    FaultCase(
        "a fault in every file is found in one pass",
        every(
            facility("capacity = 2", "capacity = 0"),
            append("programs", "third,Third,adult,sleep,9,3"),
            append(
                "tracks",
                "third,adult,Third,SA,07:00,08:00,2026-09-07,2026-09-20,hall,s-ash,many",
            ),
            append("segments", "school,17:30,17:40,break,Break"),
            append(
                "sessions",
                "one-5,adult,2026-09-08,17:00,17:50,individual,Session,den,s-cedar,J01",
            ),
            append("patients", "J07,Gus,Vega,1986-10-10,adult,2026-09-14,,completed,,,medicaid"),
            append("enrolments", "J05,morning,2026-09-08,,MO"),
            append("commitments", "J03,work,Shift,MO,09:00,09:00,2026-09-08,"),
            append("cancellations", "2026-09-11,morning,Flood"),
            append("absences", "2026-09-09,morning,J03,Ill,yes,2026-09-09 08:00"),
            append("sign_ins", "2026-09-14,evening,J03,18:00,20:00,"),
        ),
        in_facility(20) | set().union(*(added(file) for file in COLUMNS)),
    ),
]

FAULTS: list[FaultCase] = [
    *FACILITY_FAULTS,
    *shape_faults(),
    *empty_faults(),
    *wrong_kind_faults(),
    *REFERENCE_FAULTS,
    *ORDER_FAULTS,
    *TWICE_FAULTS,
    *PLACE_FAULTS,
    *CROWD_FAULTS,
    *DAY_FAULTS,
    *ONE_PASS_FAULTS,
]

# --- What looks suspicious and is sound. ---

SOUND: list[SoundCase] = [
    SoundCase("the base clinic as it is", every()),
    SoundCase(
        "a room, a staff member and a patient go from one session straight to the next",
        append(
            "sessions",
            "one-5,young,2026-09-08,18:00,18:50,family,Session,den,s-birch,J05",
        ),
    ),
    SoundCase(
        "a track begins where another one in the same room ends",
        every(
            append(
                "tracks",
                "late,adult,Late group,TU,20:00,21:00,2026-09-07,2026-09-20,hall,s-ash,3",
            ),
            append("segments", "late,20:00,21:00,group,Late group"),
            append("enrolments", "J03,late,2026-09-08,,TU"),
        ),
    ),
    SoundCase(
        "a track in another's room and time, after its last day",
        every(
            append(
                "tracks",
                "later,adult,Later group,MO,09:00,10:00,2026-09-21,,hall,s-ash,3",
            ),
            append("segments", "later,09:00,10:00,group,Later group"),
        ),
    ),
    SoundCase(
        "a session takes the room, staff and patient of one that was called off",
        own_session("2026-09-14 18:30 19:30", "hall", "s-ash", "J03"),
    ),
    SoundCase(
        "a session takes the room, staff and patient of a track on a closure",
        own_session("2026-09-11 09:00 10:00", "hall", "s-ash", "J01"),
    ),
    SoundCase(
        "two one-off sessions meet in one room, and one of them was called off",
        every(
            own_session("2026-09-18 13:00 13:50", "nook", "s-birch", "J03"),
            append("cancellations", "2026-09-18,one-4,Moved"),
        ),
    ),
    SoundCase(
        "a track is exactly full, and one of them excused",
        every(
            append("enrolments", "J03,morning,2026-09-09,2026-09-09,WE"),
            append("absences", "2026-09-09,morning,J03,Ill,yes,2026-09-09 08:00"),
        ),
    ),
    SoundCase(
        "a room is exactly full with a make-up",
        every(
            change("tracks", 2, "capacity", "9"),
            sign_in("2026-09-16,morning,J04,09:00,11:10,2026-09-14 evening"),
        ),
    ),
    SoundCase(
        "a track has more places than its room, and nobody needs them",
        change("tracks", 4, "capacity", "9"),
    ),
    SoundCase(
        "a track is full of patients whose days do not meet",
        append(
            "enrolments",
            "J03,morning,2026-09-09,2026-09-09,WE",
            "J04,morning,2026-09-10,2026-09-18,FR",
        ),
    ),
    SoundCase(
        "a track is full, and an enrolment goes past it only on days outside the admission",
        append(
            "enrolments",
            "J03,morning,2026-09-07,2026-09-07,MO",
            "J04,morning,2026-09-07,2026-09-07,MO",
        ),
    ),
    SoundCase(
        "an enrolment reaches outside the admission on both sides",
        every(
            change("enrolments", 5, "first_day", "2026-09-01"),
            change("enrolments", 5, "last_day", "2026-12-31"),
        ),
    ),
    SoundCase(
        "an enrolment lies wholly outside the admission",
        append("enrolments", "J04,morning,2026-09-17,2026-09-30,FR"),
    ),
    SoundCase(
        "two enrolments in sessions at one time, one of them outside the admission",
        every(
            append(
                "tracks",
                "brunch,adult,Brunch,MO,10:30,11:30,2026-09-07,,den,s-cedar,3",
            ),
            append("segments", "brunch,10:30,11:30,group,Brunch"),
            append("enrolments", "J02,brunch,2026-09-19,,MO"),
        ),
    ),
    SoundCase(
        "a patient of two tracks that meet at one time comes on other weekdays",
        every(
            append(
                "tracks",
                "brunch,adult,Brunch,MO FR,10:30,11:30,2026-09-07,2026-09-20,den,s-cedar,3",
            ),
            append("segments", "brunch,10:30,11:30,group,Brunch"),
            append("enrolments", "J02,brunch,2026-09-07,,FR"),
        ),
    ),
    SoundCase(
        "two enrolments of one patient in one track, one after the other",
        every(
            change("enrolments", 2, "last_day", "2026-09-13"),
            append("enrolments", "J01,morning,2026-09-14,,MO WE"),
        ),
    ),
    SoundCase(
        "two enrolments of one patient in one track, on other weekdays",
        append("enrolments", "J02,morning,2026-09-08,2026-09-18,FR"),
    ),
    SoundCase(
        "an enrolment begins before its track and ends after it",
        every(
            change("enrolments", 6, "first_day", "2026-09-01"),
            change("enrolments", 6, "last_day", "2026-12-31"),
        ),
    ),
    SoundCase(
        "a patient is admitted and discharged on one day, and comes",
        every(
            append(
                "patients",
                "J07,Gus,Vega,1986-10-10,adult,2026-09-15,2026-09-15,administrative,,,medicaid",
            ),
            append("enrolments", "J07,evening,2026-09-15,2026-09-15,TU"),
            sign_in("2026-09-15,evening,J07,18:00,20:00,"),
        ),
    ),
    SoundCase(
        "a track meets on one day only",
        every(
            append(
                "tracks",
                "once,adult,Once,SA,09:00,10:00,2026-09-12,2026-09-12,hall,s-ash,3",
            ),
            append("segments", "once,09:00,10:00,group,Once"),
            append("enrolments", "J01,once,2026-09-12,2026-09-12,SA"),
            sign_in("2026-09-12,once,J01,09:00,10:00,"),
        ),
    ),
    SoundCase(
        "two patients of one name and birth date",
        append("patients", "J07,Ana,Reyes,1988-02-03,adult,2026-09-14,,,,,commercial"),
    ),
    SoundCase(
        "commitments collide with sessions and with each other",
        append(
            "commitments",
            "J01,school,Class,MO TU WE TH FR SA SU,00:00,23:59,2026-09-01,",
            "J01,family,Care,MO WE,09:30,10:30,2026-09-07,2026-09-07",
            "J04,work,Shift,TU,19:00,21:00,2026-09-01,2026-12-31",
        ),
    ),
    SoundCase(
        "a staff member has no session and a room is never used",
        facility(
            "[[closure]]",
            '[[room]]\nid = "loft"\nname = "Loft"\ncapacity = 1\n\n[[staff]]\nid = "s-yew"\n'
            'name = "S. Yew"\ncredential = "LPC"\n\n[[closure]]',
        ),
    ),
    SoundCase("late after no minutes", facility("minutes = 10", "minutes = 0")),
    SoundCase("no closures at all", facility(
        '[[closure]]\ndate = 2026-09-11\nreason = "Staff training"\n', ""
    )),
    SoundCase(
        "a closure on a day without sessions",
        facility("[[closure]]", '[[closure]]\ndate = 2026-09-12\nreason = "Paint"\n\n[[closure]]'),
    ),
    SoundCase("hours of a fraction", every(
        change("programs", 2, "weekly_hours", "3.75"), change("patients", 3, "weekly_hours", "0.5")
    )),
    SoundCase("a plan of hours without days", change("patients", 2, "weekly_hours", "5")),
    SoundCase("a track with a time that no segment fills", remove("segments", 3)),
    SoundCase("segments in no order of time", on_lines(
        "segments", lambda lines: lines.append(lines.pop(1))
    )),
    SoundCase("an absence was noted, and the patient came", append(
        "absences", "2026-09-08,evening,J03,Ill,yes,2026-09-08 08:00"
    )),
    SoundCase("an absence from a session that was called off", append(
        "absences", "2026-09-14,evening,J03,Ill,no,2026-09-14 08:00"
    )),
    SoundCase("a session without patients was called off", append(
        "cancellations", "2026-09-07,evening,Nobody there"
    )),
    SoundCase("a later session is called off, and an absence noted for it", append(
        "cancellations", "2026-09-17,school,Flood"
    )),
    SoundCase("a line ends where a line of another session begins", change(
        "sign_ins", 5, "time_out", "13:00"
    )),
    SoundCase("a line without a time out, and another session's at its session's end", every(
        change("sign_ins", 5, "time_out", ""), change("sign_ins", 6, "time_in", "11:10")
    )),
    SoundCase("a line without a time out before another line of the visit", change(
        "sign_ins", 9, "time_out", ""
    )),
    SoundCase("a second line without a time out", change("sign_ins", 10, "time_out", "")),
    SoundCase("a line begins where the one before it ends", change(
        "sign_ins", 10, "time_in", "09:40"
    )),
    SoundCase("a visit's lines stand in no order of time", on_lines(
        "sign_ins", lambda lines: lines.insert(8, lines.pop(9))
    )),
    SoundCase("a patient is present in nothing that counts", every(
        change("sign_ins", 2, "time_in", "10:00"), change("sign_ins", 2, "time_out", "10:10")
    )),
    SoundCase("a patient signs in and out within one minute", change(
        "sign_ins", 2, "time_out", "08:55"
    )),
    SoundCase("a patient is there an hour before and after", every(
        change("sign_ins", 2, "time_in", "07:55"), change("sign_ins", 2, "time_out", "12:40")
    )),
    SoundCase("an excused visit is made up", sign_in(
        "2026-09-14,morning,J03,09:00,11:10,2026-09-10 evening"
    )),
    SoundCase("an absent one is made up, in two lines", sign_in(
        "2026-09-08,evening,J02,18:00,18:30,2026-09-07 morning",
        "2026-09-08,evening,J02,18:40,20:00,2026-09-07 morning",
    )),
    SoundCase("a make-up is incomplete", sign_in(
        "2026-09-14,morning,J03,09:00,,2026-09-10 evening"
    )),
    SoundCase("a missed visit is made up later on the day, in a one-off session", every(
        own_session("2026-09-16 11:10 12:00", "nook", "s-cedar", "J02"),
        sign_in("2026-09-16,one-5,J01,11:10,12:00,2026-09-16 morning"),
    )),
    SoundCase("a missed session of its own is made up in a track", every(
        remove("sign_ins", 6), sign_in("2026-09-15,evening,J01,18:00,20:00,2026-09-09 one-1")
    )),
    SoundCase("files with byte-order marks and lines that end as elsewhere", every(*(
        on_bytes(f"{file}.csv", lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
        for file in sorted(COLUMNS)
    ))),
    SoundCase("files whose columns stand the other way round", every(*(
        fields_of(None, file, lambda fields: fields.reverse()) for file in sorted(COLUMNS)
    ))),
    SoundCase("files whose last line has no end", every(*(
        on_bytes(f"{file}.csv", lambda content: content.rstrip(b"\n")) for file in sorted(COLUMNS)
    ))),
    SoundCase("every field in quotes", every(*(
        on_lines(file, in_quotes) for file in sorted(COLUMNS)
    ))),
    SoundCase("rows in no order at all", every(*(
        on_lines(file, lambda lines: lines.extend([lines.pop(1) for _ in lines[2:]][::-1]))
        for file in ["absences", "sign_ins", "sessions", "patients"]
    ))),
    SoundCase("a field with commas, quotes and a line end", replace(
        "absences.csv", "Car trouble", '"Car trouble, ""again"",\nand rain"'
    )),
    SoundCase("files with nothing but a header", every(*(
        on_lines(file, lambda lines: lines.__delitem__(slice(1, None)))
        for file in ["sign_ins", "absences", "commitments", "cancellations"]
    ))),
]  # fmt: skip
