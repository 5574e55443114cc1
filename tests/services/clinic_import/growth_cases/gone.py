"""Rows that are gone, and files that were sound and are not any longer."""

from tests.services.clinic_import.clinic_edits import (
    J07_ADULT,
    Edit,
    Place,
    added,
    append,
    at,
    change,
    every,
    facility,
    remove,
)
from tests.services.clinic_import.growth_cases.case import (
    CLOSED,
    LOFT,
    NOTHING,
    ONCE,
    YEW,
    GrowthCase,
    Key,
    insert,
)


def gone(name: str, edit: Edit, *keys: tuple[str, Key], before: Edit | None = None) -> GrowthCase:
    """Make a case of rows that are warned of and change nothing."""
    return GrowthCase(
        name,
        edit,
        NOTHING,
        before=before or every(),
        warned=frozenset(keys),
        reports_of="before",
    )


GONE = [
    gone("a room is gone", facility(LOFT, ""), ("facility.toml", ("loft",)), before=insert(LOFT)),
    gone(
        "a staff member is gone",
        facility(YEW, ""),
        ("facility.toml", ("s-yew",)),
        before=insert(YEW),
    ),
    gone(
        "a closure is gone",
        facility('[[closure]]\ndate = 2026-09-11\nreason = "Staff training"\n', ""),
        ("facility.toml", ("2026-09-11",)),
    ),
    gone(
        "a program is gone",
        remove("programs", 4),
        ("programs.csv", ("third",)),
        before=append("programs", "third,Third,adult,mental-health,9,3"),
    ),
    gone(
        "a track and its segment are gone",
        every(remove("tracks", 5), remove("segments", 9)),
        ("tracks.csv", ("once",)),
        ("segments.csv", ("once", "09:00")),
        before=ONCE,
    ),
    gone("a segment is gone", remove("segments", 4), ("segments.csv", ("morning", "10:10"))),
    gone("a one-off session is gone", remove("sessions", 5), ("sessions.csv", ("one-4",))),
    gone(
        "a patient is gone",
        remove("patients", 8),
        ("patients.csv", ("J07",)),
        before=append("patients", J07_ADULT),
    ),
    gone(
        "an enrolment is gone",
        remove("enrolments", 8),
        ("enrolments.csv", ("J03", "morning", "2026-09-17")),
        before=append("enrolments", "J03,morning,2026-09-17,,FR"),
    ),
    gone(
        "a commitment is gone",
        remove("commitments", 3),
        ("commitments.csv", ("J03", "family", "2026-09-08", "17:30")),
    ),
    gone(
        "a cancellation is gone",
        every(remove("cancellations", 2)),
        ("cancellations.csv", ("2026-09-14", "evening")),
    ),
    gone(
        "an absence is gone",
        remove("absences", 3),
        ("absences.csv", ("2026-09-10", "evening", "J03")),
    ),
    gone(
        "a line is gone",
        remove("sign_ins", 5),
        ("sign_ins.csv", ("2026-09-09", "morning", "J01", "09:11")),
    ),
    gone(
        "a make-up's line is gone",
        remove("sign_ins", 12),
        ("sign_ins.csv", ("2026-09-15", "evening", "J02", "18:00")),
    ),
]

# --- Files that were sound and are not any longer. ---


def refused(name: str, edit: Edit, places: set[Place], before: Edit | None = None) -> GrowthCase:
    return GrowthCase(
        name,
        edit,
        NOTHING,
        sound=False,
        before=before or every(),
        refused=frozenset(places),
        reports_of="before",
    )


REFUSED = [
    refused(
        "a closure on a day on which patients signed in",
        insert(CLOSED.format("2026-09-08")),
        at("sign_ins", 3, 4),
    ),
    refused(
        "a closure on a day that was made up",
        insert(CLOSED.format("2026-09-09")),
        at("sign_ins", 5, 12),
    ),
    refused(
        "a session that patients signed in to is called off",
        append("cancellations", "2026-09-08,evening,Flood"),
        at("sign_ins", 3),
    ),
    refused(
        "a discharge before the last visit",
        change("patients", 5, "discharged_on", "2026-09-14"),
        at("sign_ins", 14),
    ),
    refused(
        "an admission after the first visit",
        change("patients", 4, "admitted_on", "2026-09-09"),
        at("sign_ins", 3),
    ),
    refused(
        "an enrolment that ended before a visit",
        change("enrolments", 6, "last_day", "2026-09-14"),
        at("sign_ins", 16),
    ),
    refused(
        "an enrolment without the weekday of a visit that was made up",
        change("enrolments", 3, "weekdays", "MO"),
        at("sign_ins", 12, 18),
    ),
    refused(
        "a track has too few places for those who came",
        change("tracks", 2, "capacity", "2"),
        at("sign_ins", 19),
    ),
    refused(
        "a room has too few places for those who came",
        facility("capacity = 4", "capacity = 2"),
        at("sign_ins", 12, 19),
    ),
    refused(
        "a room has too few places for those who are enrolled",
        facility("capacity = 3", "capacity = 1"),
        at("enrolments", 7),
    ),
    refused(
        "a track moves to a time at which its room is taken",
        every(change("tracks", 4, "room_id", "hall"), change("tracks", 4, "ends", "18:30")),
        at("tracks", 4),
    ),
    refused(
        "a one-off session moves to a time at which its patient is elsewhere",
        every(
            change("sessions", 2, "starts", "11:00"),
            change("sessions", 2, "ends", "12:00"),
        ),
        at("enrolments", 2),
    ),
    refused(
        "a new row beside one that was imported",
        append("enrolments", "J01,morning,2026-09-14,,MO"),
        added("enrolments"),
    ),
]
