"""Nothing and time; facility.toml and programs.csv."""

from datetime import UTC, datetime

from tests.services.clinic_import.clinic_edits import (
    append,
    change,
    every,
    facility,
    fields_of,
    on_lines,
    sign_in,
)
from tests.services.clinic_import.growth_cases.case import (
    CLOSED,
    LOFT,
    MONDAY_NOON,
    PLACES,
    ROOMS,
    YEW,
    GrowthCase,
    grown,
    insert,
    topics,
)

STILL = [
    grown("nothing changed", every(), ""),
    grown(
        "the files are written otherwise, and say the same",
        every(
            fields_of(None, "sign_ins", lambda fields: fields.reverse()),
            on_lines("patients", lambda lines: lines.append(lines.pop(1))),
            on_lines("segments", lambda lines: lines.append(lines.pop(1))),
            on_lines("absences", lambda lines: lines.append(lines.pop(1))),
            change("programs", 2, "weekly_hours", "4.0"),
            change("patients", 3, "weekly_hours", "4.00"),
            change("tracks", 2, "weekdays", "FR MO WE"),
            change("enrolments", 4, "weekdays", "TH TU MO"),
            change("sessions", 4, "mrns", "J02 J01"),
        ),
        "",
        before=every(),
    ),
    GrowthCase(
        "nothing changed, and four days passed",
        every(),
        topics(
            "session.closed session.attendance-recorded session.scheduled calendar.time-booked "
            "session.patient-rostered patient.sessions-booked"
        ),
        ROOMS | PLACES,
        second_now=MONDAY_NOON,
    ),
    GrowthCase(
        "a patient signs in, and later out, as the session goes on",
        change("sign_ins", 20, "time_out", "20:00"),
        topics("session.patient-checked-out session.closed session.attendance-recorded"),
        before=sign_in("2026-09-17,evening,J03,17:55,,"),
        first_now=datetime(2026, 9, 17, 23, 30, tzinfo=UTC),
        second_now=datetime(2026, 9, 18, 1, tzinfo=UTC),
    ),
    GrowthCase(
        "the sheet of a session that ended between the imports",
        sign_in("2026-09-17,evening,J03,17:55,20:00,"),
        topics(
            "session.patient-checked-in session.patient-checked-out session.closed "
            "session.attendance-recorded"
        ),
        first_now=datetime(2026, 9, 17, 23, 30, tzinfo=UTC),
        second_now=datetime(2026, 9, 18, 1, tzinfo=UTC),
    ),
    grown(
        "a patient signs in to a session that is going on",
        sign_in("2026-09-17,evening,J03,17:55,,"),
        "session.patient-checked-in",
    ),
]

# --- facility.toml and programs.csv. ---

SITE = [
    grown("the site's name", facility("Juniper Day", "Juniper"), "facility.revised"),
    grown("the first day of the week", facility('"monday"', '"sunday"'), "facility.revised"),
    grown(
        "the limit of lateness falls",
        facility("minutes = 10", "minutes = 9"),
        "facility.revised session.attendance-corrected",
    ),
    grown(
        "the limit of lateness rises",
        facility("minutes = 10", "minutes = 11"),
        "facility.revised session.attendance-corrected",
    ),
    grown(
        "the limit of lateness rises beyond everybody",
        facility("minutes = 10", "minutes = 90"),
        "facility.revised session.attendance-corrected",
    ),
    grown("a new room", insert(LOFT), "facility.room-opened"),
    grown("a room's name", facility('"Den"', '"Burrow"'), "facility.room-revised"),
    grown(
        "a room's places",
        facility("capacity = 3", "capacity = 2"),
        "facility.room-revised",
        frozenset({"session.rescheduled"}),
    ),
    grown("a new staff member", insert(YEW), "facility.staff-joined"),
    grown("a name of staff", facility("P. Ash", "P. Ash-Rowe"), "facility.staff-revised"),
    grown("a credential", facility("LMFT", "LMFT-S"), "facility.staff-revised"),
    grown(
        "a new closure takes a later session away",
        insert(CLOSED.format("2026-09-18")),
        "program.closure-declared session.withdrawn calendar.booking-released "
        "patient.bookings-released",
        PLACES,
    ),
    grown(
        "a new closure on a day without sessions",
        insert(CLOSED.format("2026-09-19")),
        "program.closure-declared",
    ),
    grown("a closure's reason", facility("Staff training", "Retreat"), "program.closure-revised"),
    grown(
        "a new program",
        append("programs", "third,Third,adult,mental-health,9,3"),
        "program.opened",
        frozenset({"program.closure-declared"}),
    ),
    grown("a program's name", change("programs", 2, "name", "IOP"), "program.revised"),
    grown(
        "a program's population, and with it the criteria that it is judged by",
        change("programs", 3, "population", "adult"),
        "program.revised program.policy-dropped program.policy-adopted",
    ),
    grown("a program's focus", change("programs", 2, "focus", "co-occurring"), "program.revised"),
    grown(
        "a program's hours, and those of the plans that have none of their own",
        change("programs", 2, "weekly_hours", "4.5"),
        "program.revised",
        frozenset({"patient.plan-adjusted"}),
    ),
    grown(
        "a program's days, and those of the plans that have none of their own",
        change("programs", 2, "days_per_week", "3"),
        "program.revised",
        frozenset({"patient.plan-adjusted"}),
    ),
]
