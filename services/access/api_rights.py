"""Who may do what the API has besides commands, questions and documents."""

from services.access.rights_rows import (
    ADMINISTRATOR,
    ALL,
    AUDITOR,
    COMPLIANCE,
    COUNSELOR,
    DIRECTOR,
    FRONT_DESK,
    KIOSK,
    OWN,
    PATIENT,
    SERVICE,
    Row,
)

OF_THE_API = (
    Row(
        "A tablet at the door, where patients say by their codes that they are here or leaving",
        {KIOSK: ALL},
        ("kiosk",),
    ),
    Row(
        "The codes that patients are given, and what a kiosk could not record",
        {FRONT_DESK: ALL, DIRECTOR: ALL},
        ("kiosk-codes",),
    ),
    Row(
        "That something changed, by ids and positions",
        {
            **dict.fromkeys((FRONT_DESK, DIRECTOR, COMPLIANCE, AUDITOR, SERVICE), ALL),
            COUNSELOR: OWN,
        },
        ("changes",),
    ),
    Row("Who may sign in, and as what", {ADMINISTRATOR: ALL}, ("accounts", "tokens")),
    Row(
        "A calendar of the times at which one is expected oneself",
        dict.fromkeys((COUNSELOR, PATIENT), OWN),
        ("own-calendar",),
    ),
    Row(
        "A calendar that a patient is given, with nothing in it but times",
        {**dict.fromkeys((FRONT_DESK, DIRECTOR), ALL), COUNSELOR: OWN},
        ("patient-calendar",),
    ),
    Row(
        "Which calendars are read, and that one is read no longer",
        dict.fromkeys((ADMINISTRATOR, DIRECTOR), ALL),
        ("calendars",),
    ),
    Row(
        "Who looked at whose record",
        dict.fromkeys((COMPLIANCE, DIRECTOR, AUDITOR), ALL),
        ("access-log",),
    ),
    Row(
        "What was opened in an emergency, and whether it was one",
        dict.fromkeys((COMPLIANCE, DIRECTOR), ALL),
        ("emergency-reviews",),
    ),
    Row(
        "How Daybook itself is doing",
        dict.fromkeys((ADMINISTRATOR, DIRECTOR, AUDITOR, SERVICE), ALL),
        ("status",),
    ),
    Row(
        "A clinic's files, taken in as a whole: all that is on record of a site can come of them",
        dict.fromkeys((ADMINISTRATOR, DIRECTOR), ALL),
        ("imports",),
    ),
    Row(
        "What one's role does not show is shown in an emergency, to who has patients before them",
        dict.fromkeys((FRONT_DESK, COUNSELOR, DIRECTOR, COMPLIANCE), ALL),
        ("emergency-access",),
    ),
)
"""Programs of others are told what changed, and how Daybook is doing."""
