"""Files that cannot be read, and fields that are not what their column takes."""

from collections.abc import Iterator

from tests.services.clinic_import.clinic_edits import (
    COLUMNS,
    LINES,
    MAY_BE_EMPTY,
    FaultCase,
    at,
    change,
    fields_of,
    header,
    on_bytes,
)


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
