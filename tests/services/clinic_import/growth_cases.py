"""How a clinic's files grow and change between two imports, and what the second one records.

A case edits a copy of `tests/clinics/base` twice: `before` makes the files that are imported at
`first_now`, `edit` those that are imported at `second_now`. Each of `topics` has to be among what
the second import records, and nothing may be but those and `consequences`. Where `sound`, the
reports then equal the oracle's on the files named by `reports_of`, at `second_now`; where not, the
second import names `refused` and records nothing. `warned` are rows that are gone, by file and key.
"""

import csv
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from tests.services.clinic_import.fault_cases import (
    J07_ADULT,
    J07_YOUNG,
    NOW,
    Edit,
    Place,
    added,
    append,
    at,
    change,
    every,
    facility,
    fields_of,
    on_lines,
    own_session,
    remove,
    sign_in,
)

Key = tuple[str, ...]
Topics = frozenset[str]

NOTHING: Topics = frozenset()
ROOMS: Topics = frozenset({"calendar.opened", "calendar.time-booked", "calendar.booking-released"})
PLACES: Topics = frozenset({
    "session.patient-rostered", "session.patient-released", "patient.sessions-booked",
    "patient.bookings-released", "patient.collision-accepted",
})  # fmt: skip
SESSIONS: Topics = (
    frozenset({"session.scheduled", "session.rescheduled", "session.withdrawn"}) | ROOMS | PLACES
)
RECORD: Topics = frozenset(
    {"session.closed", "session.attendance-recorded", "session.attendance-corrected"}
)
MAKE_UPS: Topics = frozenset(
    {"session.make-up-linked", "session.make-up-unlinked", "session.make-up-redirected"}
)


@dataclass(frozen=True)
class GrowthCase:
    """Two imports of one clinic, and what the second adds to the record."""

    name: str
    edit: Edit
    topics: Topics
    consequences: Topics = NOTHING
    sound: bool = True
    before: Edit = field(default_factory=every)
    first_now: datetime = NOW
    second_now: datetime = NOW
    warned: frozenset[tuple[str, Key]] = frozenset()
    refused: frozenset[Place] = frozenset()
    reports_of: Literal["before", "after"] = "after"


def topics(words: str) -> Topics:
    return frozenset(words.split())


def grown(
    name: str, edit: Edit, words: str, consequences: Topics = NOTHING, before: Edit | None = None
) -> GrowthCase:
    """Make a case of two sound imports at one time."""
    return GrowthCase(name, edit, topics(words), consequences, before=before or every())


# --- Rows and edits that several cases need. ---

MONDAY_NOON = datetime(2026, 9, 21, 17, tzinfo=UTC)
BRUNCH = every(
    append("tracks", "brunch,adult,Brunch,FR,10:30,11:30,2026-09-14,2026-09-27,den,s-cedar,3"),
    append("segments", "brunch,10:30,11:30,group,Brunch"),
)
ONCE = every(
    append("tracks", "once,adult,Once,SA,09:00,10:00,2026-09-12,2026-09-19,hall,s-ash,3"),
    append("segments", "once,09:00,10:00,group,Once"),
)
LOFT = '[[room]]\nid = "loft"\nname = "Loft"\ncapacity = 1\n\n'
YEW = '[[staff]]\nid = "s-yew"\nname = "S. Yew"\ncredential = "LPC"\n\n'
CLOSED = '[[closure]]\ndate = {}\nreason = "Paint"\n\n'


def insert(table: str) -> Edit:
    """Put a table into facility.toml, before the closure that is there."""
    return facility("[[closure]]\ndate = 2026-09-11", f"{table}[[closure]]\ndate = 2026-09-11")


# --- Nothing, and time. ---

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

# --- tracks.csv and segments.csv. ---

TRACKS = [
    grown(
        "a new track",
        BRUNCH,
        "program.track-opened session.scheduled calendar.time-booked",
        ROOMS,
    ),
    grown(
        "a new track, part of it in the past, with an enrolment and a line",
        every(
            ONCE,
            append("enrolments", "J01,once,2026-09-12,,SA"),
            sign_in("2026-09-12,once,J01,09:00,10:00,"),
        ),
        "program.track-opened session.scheduled patient.enrolled patient.sessions-booked "
        "session.patient-rostered session.closed session.attendance-recorded "
        "calendar.time-booked",
        ROOMS
        | topics(
            "session.patient-checked-in session.patient-checked-out session.late-sign-in-entered"
        ),
    ),
    grown("a track's name", change("tracks", 2, "name", "Early group"), "program.track-revised"),
    grown(
        "a track's places",
        change("tracks", 3, "capacity", "3"),
        "program.track-revised",
        frozenset({"session.rescheduled"}),
    ),
    grown(
        "a track's room",
        change("tracks", 4, "room_id", "nook"),
        "program.track-revised session.rescheduled calendar.time-booked calendar.booking-released",
        ROOMS,
    ),
    grown(
        "a track's staff",
        change("tracks", 4, "staff_id", "s-cedar"),
        "program.track-revised session.rescheduled calendar.time-booked calendar.booking-released",
        ROOMS,
    ),
    grown(
        "two tracks of one time exchange rooms and staff",
        every(
            change("tracks", 3, "room_id", "den"),
            change("tracks", 3, "staff_id", "s-cedar"),
            change("tracks", 5, "room_id", "hall"),
            change("tracks", 5, "staff_id", "s-ash"),
        ),
        "program.track-revised session.rescheduled calendar.time-booked calendar.booking-released",
        ROOMS,
        before=every(
            append(
                "tracks",
                "late,adult,Late,MO TU TH,18:00,20:00,2026-09-07,2026-09-20,den,s-cedar,3",
            ),
            append("segments", "late,18:00,20:00,group,Late"),
        ),
    ),
    grown(
        "a track begins earlier, and who was in time is late",
        change("tracks", 4, "starts", "15:45"),
        "program.track-revised session.rescheduled session.attendance-corrected",
        ROOMS | PLACES,
    ),
    grown(
        "a track ends later, and who stayed to the end left early",
        change("tracks", 3, "ends", "20:30"),
        "program.track-revised session.rescheduled session.attendance-corrected",
        ROOMS | PLACES,
    ),
    grown(
        "a track lasts longer",
        change("tracks", 4, "last_day", "2026-09-24"),
        "program.track-revised session.scheduled session.patient-rostered "
        "patient.sessions-booked calendar.time-booked",
        ROOMS | PLACES,
    ),
    grown(
        "a track ends sooner",
        change("tracks", 2, "last_day", "2026-09-16"),
        "program.track-revised session.withdrawn patient.bookings-released "
        "calendar.booking-released",
        PLACES,
    ),
    grown(
        "a running track gets a last day",
        change("tracks", 3, "last_day", "2026-09-30"),
        "program.track-revised session.withdrawn patient.bookings-released "
        "calendar.booking-released",
        PLACES,
    ),
    grown(
        "a track keeps running after all",
        change("tracks", 4, "last_day", ""),
        "program.track-revised session.scheduled session.patient-rostered "
        "patient.sessions-booked calendar.time-booked",
        ROOMS | PLACES,
    ),
    grown(
        "a track began a week earlier",
        change("tracks", 2, "first_day", "2026-08-31"),
        "program.track-revised program.policy-adopted session.scheduled session.closed",
        ROOMS,
    ),
    grown(
        "a track began later, after a session to which nobody was to come",
        change("tracks", 3, "first_day", "2026-09-08"),
        "program.track-revised session.withdrawn",
        ROOMS,
    ),
    grown(
        "a track meets on one weekday more",
        change("tracks", 4, "weekdays", "MO TU TH"),
        "program.track-revised session.scheduled session.closed calendar.time-booked",
        ROOMS,
    ),
    grown(
        "a track meets on one weekday more, and a patient comes to it, also in the past",
        every(
            change("tracks", 4, "weekdays", "MO TU TH"),
            change("enrolments", 6, "weekdays", "MO TU TH"),
        ),
        "program.track-revised session.scheduled patient.enrolment-revised "
        "session.patient-rostered patient.sessions-booked session.closed "
        "session.attendance-recorded",
        ROOMS | PLACES,
    ),
    grown(
        "a track meets on one weekday less",
        every(
            change("tracks", 2, "weekdays", "MO WE"), change("enrolments", 2, "weekdays", "MO WE")
        ),
        "program.track-revised patient.enrolment-revised session.withdrawn "
        "patient.bookings-released calendar.booking-released",
        PLACES,
    ),
    grown(
        "a new segment",
        append("segments", "evening,19:00,20:00,education,Relapse prevention"),
        "program.track-revised session.rescheduled session.attendance-corrected",
        before=remove("segments", 6),
    ),
    grown(
        "a break that is a group",
        change("segments", 3, "service", "group"),
        "program.track-revised session.rescheduled session.attendance-corrected",
    ),
    grown(
        "a group that is a break",
        change("segments", 8, "service", "break"),
        "program.track-revised session.rescheduled session.attendance-corrected",
    ),
    grown(
        "a segment's end",
        change("segments", 2, "ends", "09:50"),
        "program.track-revised session.rescheduled session.attendance-corrected",
    ),
    grown(
        "a segment's title",
        change("segments", 7, "title", "Ring"),
        "program.track-revised",
        frozenset({"session.rescheduled"}),
    ),
]

# --- sessions.csv. ---

OWN_SESSIONS = [
    grown(
        "a new session of its own, later",
        own_session("2026-09-19 09:00 10:00", "den", "s-cedar", "J01"),
        "session.scheduled session.patient-rostered patient.sessions-booked calendar.time-booked",
        ROOMS,
    ),
    grown(
        "a new session of its own, in the past, with its line",
        every(
            own_session("2026-09-12 09:00 10:00", "den", "s-cedar", "J01 J03"),
            sign_in("2026-09-12,one-5,J01,09:00,10:00,"),
        ),
        "session.scheduled session.patient-rostered patient.sessions-booked calendar.time-booked "
        "session.closed session.attendance-recorded",
        ROOMS
        | topics(
            "session.patient-checked-in session.patient-checked-out session.late-sign-in-entered"
        ),
    ),
    grown(
        "a one-off session moves to another day",
        change("sessions", 5, "date", "2026-09-19"),
        "session.rescheduled calendar.time-booked calendar.booking-released",
        ROOMS | PLACES,
    ),
    grown(
        "a one-off session begins earlier, and the patient was late",
        change("sessions", 3, "starts", "09:45"),
        "session.rescheduled session.attendance-corrected",
        ROOMS | PLACES,
    ),
    grown(
        "a one-off session ended earlier, and the patient stayed to the end",
        change("sessions", 2, "ends", "13:50"),
        "session.rescheduled session.attendance-corrected",
        ROOMS | PLACES,
    ),
    grown(
        "a one-off session is in another room",
        change("sessions", 5, "room_id", "den"),
        "session.rescheduled calendar.time-booked calendar.booking-released",
        ROOMS,
    ),
    grown(
        "a one-off session is with another staff member",
        change("sessions", 5, "staff_id", "s-cedar"),
        "session.rescheduled calendar.time-booked calendar.booking-released",
        ROOMS,
    ),
    grown(
        "a one-off session has another title",
        change("sessions", 5, "title", "Checking in"),
        "session.rescheduled",
    ),
    grown(
        "a one-off session, which is over, is of another service",
        change("sessions", 2, "service", "family"),
        "session.rescheduled session.attendance-corrected",
    ),
    grown(
        "a one-off session is of another program",
        change("sessions", 5, "program_id", "young"),
        "session.rescheduled",
    ),
    grown(
        "a one-off session has one patient more",
        change("sessions", 5, "mrns", "J03 J01"),
        "session.patient-rostered patient.sessions-booked",
    ),
    grown(
        "a one-off session has one patient less, who had not come",
        change("sessions", 4, "mrns", "J01"),
        "session.patient-released patient.bookings-released session.attendance-withdrawn",
    ),
    grown(
        "a one-off session has another patient",
        change("sessions", 5, "mrns", "J02"),
        "session.patient-rostered patient.sessions-booked session.patient-released "
        "patient.bookings-released",
    ),
    grown(
        "a one-off session has one patient more, after it is over",
        change("sessions", 3, "mrns", "J05 J01"),
        "session.patient-rostered patient.sessions-booked session.attendance-recorded",
    ),
    grown(
        "a new session takes what another one leaves",
        every(
            change("sessions", 5, "starts", "14:00"),
            change("sessions", 5, "ends", "14:50"),
            own_session("2026-09-18 13:00 14:00", "nook", "s-birch", "J03"),
        ),
        "session.scheduled session.rescheduled",
        ROOMS | PLACES,
    ),
]

# --- patients.csv, enrolments.csv and commitments.csv. ---

PEOPLE = [
    grown(
        "a new patient",
        append("patients", J07_ADULT),
        "identity.recorded record-number.assigned patient.admitted patient.plan-set",
    ),
    grown(
        "a new patient of a known name, enrolled",
        every(
            append("patients", "J07,Ana,Reyes,1988-02-03,adult,2026-09-14,,,9,3,commercial"),
            append("enrolments", "J07,evening,2026-09-14,,TU TH"),
        ),
        "identity.recorded record-number.assigned patient.admitted patient.plan-set "
        "patient.enrolled patient.sessions-booked session.patient-rostered "
        "session.attendance-recorded",
    ),
    grown("a given name", change("patients", 2, "given_name", "Anna"), "identity.corrected"),
    grown("a family name", change("patients", 2, "family_name", "Rey"), "identity.corrected"),
    grown("a birth date", change("patients", 2, "born", "1988-03-02"), "identity.corrected"),
    grown("a payer", change("patients", 2, "payer", "medicaid"), "patient.admission-corrected"),
    grown(
        "an earlier admission",
        change("patients", 4, "admitted_on", "2026-09-07"),
        "patient.admission-corrected patient.plan-adjusted",
    ),
    grown(
        "a later admission",
        change("patients", 7, "admitted_on", "2026-09-15"),
        "patient.admission-corrected patient.plan-adjusted",
    ),
    grown(
        "an earlier admission within an enrolment, and a session that was missed",
        change("patients", 8, "admitted_on", "2026-09-08"),
        "patient.admission-corrected session.patient-rostered patient.sessions-booked "
        "session.attendance-recorded patient.plan-adjusted",
        before=every(
            append("patients", "J07,Gus,Vega,1986-10-10,adult,2026-09-14,,,,,medicaid"),
            append("enrolments", "J07,morning,2026-09-08,,WE"),
            remove("sign_ins", 19),
        ),
    ),
    grown(
        "a later admission within an enrolment, after a session that was missed",
        change("patients", 8, "admitted_on", "2026-09-14"),
        "patient.admission-corrected session.patient-released patient.bookings-released "
        "session.attendance-withdrawn patient.plan-adjusted",
        before=every(
            append("patients", "J07,Gus,Vega,1986-10-10,adult,2026-09-08,,,,,medicaid"),
            append("enrolments", "J07,morning,2026-09-08,,WE"),
            remove("sign_ins", 19),
        ),
    ),
    grown(
        "another program",
        change("patients", 8, "program_id", "young"),
        "patient.admission-corrected",
        frozenset({"patient.plan-adjusted"}),
        before=append("patients", J07_ADULT),
    ),
    grown(
        "a discharge",
        every(
            change("patients", 6, "discharged_on", "2026-09-16"),
            change("patients", 6, "discharge_kind", "completed"),
        ),
        "patient.discharged patient.bookings-released session.patient-released",
    ),
    grown(
        "a discharge that frees nothing",
        every(
            change("patients", 2, "discharged_on", "2026-09-18"),
            change("patients", 2, "discharge_kind", "dropped-out"),
        ),
        "patient.discharged",
    ),
    grown(
        "a discharge in the past, before a session that was missed",
        every(
            change("patients", 6, "discharged_on", "2026-09-09"),
            change("patients", 6, "discharge_kind", "completed"),
        ),
        "patient.discharged patient.bookings-released session.patient-released "
        "session.attendance-withdrawn",
        before=every(remove("sign_ins", 16), remove("sign_ins", 8), remove("sessions", 3)),
    ),
    grown(
        "a discharge on another day",
        change("patients", 3, "discharged_on", "2026-09-17"),
        "patient.discharge-corrected",
    ),
    grown(
        "a discharge of another kind",
        change("patients", 3, "discharge_kind", "administrative"),
        "patient.discharge-corrected",
    ),
    grown(
        "a discharge that was not one, within an enrolment",
        every(
            change("patients", 5, "discharged_on", ""),
            change("patients", 5, "discharge_kind", ""),
        ),
        "patient.discharge-corrected patient.sessions-booked session.patient-rostered",
        before=change("enrolments", 5, "last_day", ""),
    ),
    grown(
        "hours of a plan", change("patients", 3, "weekly_hours", "4.25"), "patient.plan-adjusted"
    ),
    grown("days of a plan", change("patients", 3, "days_per_week", "1"), "patient.plan-adjusted"),
    grown(
        "hours of a plan, where there was the program's",
        change("patients", 2, "weekly_hours", "5"),
        "patient.plan-adjusted",
    ),
    grown(
        "a plan that is the program's again, and as much as before",
        every(
            change("patients", 6, "weekly_hours", ""), change("patients", 6, "days_per_week", "")
        ),
        "",
        frozenset({"patient.plan-adjusted"}),
    ),
    grown(
        "a plan that is the program's again, and less than before",
        every(
            change("patients", 5, "weekly_hours", ""), change("patients", 5, "days_per_week", "")
        ),
        "patient.plan-adjusted",
    ),
    grown(
        "a new enrolment, later",
        append("enrolments", "J03,morning,2026-09-17,,FR"),
        "patient.enrolled patient.sessions-booked session.patient-rostered",
    ),
    grown(
        "a new enrolment that began in the past",
        append("enrolments", "J03,morning,2026-09-09,2026-09-09,WE"),
        "patient.enrolled patient.sessions-booked session.patient-rostered "
        "session.attendance-recorded",
    ),
    grown(
        "a new enrolment that collides with a commitment",
        append("enrolments", "J01,evening,2026-09-17,,TH"),
        "patient.enrolled patient.sessions-booked session.patient-rostered "
        "patient.collision-accepted",
        before=append("commitments", "J01,school,Class,TH,19:30,21:00,2026-09-01,"),
    ),
    grown(
        "a new enrolment in days outside the admission",
        append("enrolments", "J04,morning,2026-09-17,,FR"),
        "patient.enrolled",
    ),
    grown(
        "an enrolment ends sooner",
        change("enrolments", 6, "last_day", "2026-09-16"),
        "patient.enrolment-revised patient.bookings-released session.patient-released",
    ),
    grown(
        "an enrolment in a running track ends sooner",
        change("enrolments", 4, "last_day", "2026-10-15"),
        "patient.enrolment-revised patient.bookings-released session.patient-released",
    ),
    grown(
        "an enrolment ended before a session that was missed",
        change("enrolments", 8, "last_day", "2026-09-10"),
        "patient.enrolment-revised patient.bookings-released session.patient-released "
        "session.attendance-withdrawn",
        before=every(
            append("patients", J07_YOUNG), append("enrolments", "J07,school,2026-09-08,,TU TH")
        ),
    ),
    grown(
        "an enrolment lasts longer, also in the past",
        change("enrolments", 8, "last_day", "2026-09-17"),
        "patient.enrolment-revised patient.sessions-booked session.patient-rostered "
        "session.attendance-recorded",
        before=every(
            append("patients", J07_YOUNG),
            append("enrolments", "J07,school,2026-09-08,2026-09-10,TU TH"),
        ),
    ),
    grown(
        "an enrolment is on fewer weekdays, one of them missed in the past",
        change("enrolments", 6, "weekdays", "TU"),
        "patient.enrolment-revised patient.bookings-released session.patient-released "
        "session.attendance-withdrawn",
    ),
    grown(
        "an enrolment is on more weekdays",
        change("enrolments", 3, "weekdays", "MO WE FR"),
        "patient.enrolment-revised patient.sessions-booked session.patient-rostered",
    ),
    grown(
        "a place in a full track goes from one patient to another",
        every(
            change("enrolments", 8, "last_day", "2026-09-17"),
            append("enrolments", "J03,morning,2026-09-18,,FR"),
        ),
        "patient.enrolment-revised patient.enrolled patient.sessions-booked "
        "patient.bookings-released session.patient-rostered session.patient-released",
        before=every(
            append("patients", J07_ADULT, J07_ADULT.replace("J07", "J08")),
            append("enrolments", "J07,morning,2026-09-14,,FR", "J08,morning,2026-09-14,,FR"),
            change("sessions", 5, "starts", "14:00"),
            change("sessions", 5, "ends", "14:50"),
        ),
    ),
    grown(
        "a patient goes from one track to another of the same time",
        every(
            change("enrolments", 2, "weekdays", "MO WE"),
            append("enrolments", "J01,brunch,2026-09-18,,FR"),
        ),
        "patient.enrolment-revised patient.enrolled patient.sessions-booked "
        "patient.bookings-released session.patient-rostered session.patient-released",
        before=BRUNCH,
    ),
    grown(
        "a new commitment that meets nothing",
        append("commitments", "J06,school,Class,MO,08:00,15:00,2026-09-01,"),
        "patient.commitment-noted",
    ),
    grown(
        "a new commitment that collides",
        append("commitments", "J06,work,Shift,TU,17:00,20:00,2026-09-01,"),
        "patient.commitment-noted patient.collision-accepted",
    ),
    *(
        grown(
            f"a commitment's {column} is {value}",
            change("commitments", line, column, value),
            "patient.commitment-revised",
            frozenset({"patient.collision-accepted"}),
        )
        for line, column, value in [
            (2, "title", "Long shift"),
            (2, "weekdays", "MO TU"),
            (2, "ends", "16:00"),
            (3, "last_day", "2026-10-01"),
            (2, "last_day", "2026-12-31"),
        ]
    ),
    grown(
        "a commitment that comes to collide",
        change("commitments", 4, "ends", "16:30"),
        "patient.commitment-revised patient.collision-accepted",
    ),
]

# --- cancellations.csv, absences.csv and sign_ins.csv. ---

DAYS = [
    grown(
        "a later session is called off",
        append("cancellations", "2026-09-18,morning,Flood"),
        "session.called-off patient.bookings-released calendar.booking-released",
    ),
    grown(
        "a session that nobody came to was called off",
        append("cancellations", "2026-09-10,school,Flood"),
        "session.called-off session.attendance-corrected",
        frozenset({"patient.bookings-released", "calendar.booking-released"}),
    ),
    grown(
        "a one-off session is called off",
        append("cancellations", "2026-09-18,one-4,Flood"),
        "session.called-off patient.bookings-released calendar.booking-released",
    ),
    grown(
        "a session is called off, and another takes its room, staff and patient",
        every(
            append("cancellations", "2026-09-18,morning,Flood"),
            own_session("2026-09-18 09:30 10:30", "hall", "s-ash", "J01"),
        ),
        "session.called-off session.scheduled session.patient-rostered patient.sessions-booked "
        "patient.bookings-released calendar.booking-released calendar.time-booked",
        ROOMS,
    ),
    grown(
        "a cancellation's reason",
        change("cancellations", 2, "reason", "No power"),
        "session.called-off",
    ),
    grown(
        "an absence was noted of a visit that was a no-show, and excused",
        append("absences", "2026-09-10,school,J05,Ill,yes,2026-09-10 08:00"),
        "session.absence-announced session.absence-excused session.attendance-corrected",
    ),
    grown(
        "an absence was noted of a visit that was a no-show",
        append("absences", "2026-09-10,school,J05,Ill,no,2026-09-10 08:00"),
        "session.absence-announced session.attendance-corrected",
    ),
    grown(
        "an absence was noted of a visit that was attended",
        append("absences", "2026-09-08,school,J05,Ill,yes,2026-09-08 08:00"),
        "session.absence-announced session.absence-excused",
    ),
    grown(
        "an absence is noted of a later session",
        append("absences", "2026-09-18,morning,J01,Ill,no,2026-09-17 08:00"),
        "session.absence-announced",
    ),
    grown(
        "an absence is excused",
        change("absences", 2, "excused", "yes"),
        "session.absence-excused session.attendance-corrected",
    ),
    grown(
        "an absence is not excused after all",
        change("absences", 3, "excused", "no"),
        "session.excuse-withdrawn session.attendance-corrected",
    ),
    grown(
        "an absence from a later session is not excused after all",
        change("absences", 5, "excused", "no"),
        "session.excuse-withdrawn",
    ),
    grown(
        "an absence's reason", change("absences", 2, "reason", "Tyre"), "session.absence-announced"
    ),
    grown(
        "when an absence was noted",
        change("absences", 3, "notified_at", "2026-09-09 12:00"),
        "session.absence-announced",
    ),
    grown(
        "a forgotten time out",
        change("sign_ins", 7, "time_out", "20:00"),
        "session.late-check-out-entered session.attendance-corrected",
    ),
    grown(
        "a time out was wrong",
        change("sign_ins", 2, "time_out", "10:40"),
        "session.check-out-corrected session.attendance-corrected",
    ),
    grown(
        "a time out was wrong, and it makes no difference",
        change("sign_ins", 11, "time_out", "11:15"),
        "session.check-out-corrected",
    ),
    grown(
        "a time out is not known after all",
        change("sign_ins", 2, "time_out", ""),
        "session.check-out-corrected session.attendance-corrected",
    ),
    grown(
        "a line for a visit that was a no-show",
        sign_in("2026-09-10,school,J05,16:05,18:00,"),
        "session.late-sign-in-entered session.attendance-corrected",
    ),
    grown(
        "a line for a visit that was absent",
        sign_in("2026-09-16,morning,J01,09:00,11:10,"),
        "session.late-sign-in-entered session.attendance-corrected",
    ),
    grown(
        "a line without a time out for a visit that was a no-show",
        sign_in("2026-09-10,school,J05,16:15,,"),
        "session.late-sign-in-entered session.attendance-corrected",
    ),
    grown(
        "an earlier line of a visit that was late",
        sign_in("2026-09-09,morning,J01,08:50,09:05,"),
        "session.late-sign-in-entered session.attendance-corrected",
    ),
    grown(
        "a second line, not known to end",
        sign_in("2026-09-15,school,J06,17:40,,"),
        "session.late-sign-in-entered session.attendance-corrected",
    ),
    grown(
        "a make-up",
        sign_in("2026-09-08,evening,J02,18:00,20:00,2026-09-07 morning"),
        "session.late-sign-in-entered session.make-up-linked session.attendance-recorded",
    ),
    grown(
        "a make-up of a session that is called off only now",
        every(
            append("cancellations", "2026-09-10,school,Flood"),
            own_session("2026-09-16 16:00 17:00", "nook", "s-cedar", "J01"),
            sign_in("2026-09-16,one-5,J05,16:00,17:00,2026-09-10 school"),
        ),
        "session.called-off session.attendance-corrected session.make-up-linked "
        "session.attendance-recorded session.scheduled session.closed",
        ROOMS
        | PLACES
        | topics(
            "session.patient-checked-in session.patient-checked-out session.late-sign-in-entered"
        ),
    ),
    grown(
        "a make-up was incomplete, and its time out is found",
        change("sign_ins", 20, "time_out", "20:00"),
        "session.late-check-out-entered session.attendance-corrected",
        before=sign_in("2026-09-08,evening,J02,18:00,,2026-09-07 morning"),
    ),
    grown(
        "a make-up makes up another missed visit",
        change("sign_ins", 12, "makes_up", "2026-09-07 morning"),
        "session.make-up-linked",
        MAKE_UPS | topics("session.attendance-corrected"),
    ),
    grown(
        "two make-ups exchange what they make up",
        every(
            change("sign_ins", 12, "makes_up", "2026-09-07 morning"),
            change("sign_ins", 20, "makes_up", "2026-09-09 morning"),
        ),
        "session.make-up-linked",
        MAKE_UPS | topics("session.attendance-corrected"),
        before=sign_in("2026-09-10,evening,J02,18:00,20:00,2026-09-07 morning"),
    ),
    grown(
        "a forgotten time out frees the time in which the patient was elsewhere",
        every(
            change("sign_ins", 20, "time_out", "20:00"),
            sign_in("2026-09-16,one-6,J02,20:00,20:30,"),
        ),
        "session.late-check-out-entered session.late-sign-in-entered session.attendance-corrected",
        before=every(
            append(
                "sessions",
                "one-5,adult,2026-09-16,19:00,20:00,skills,Budgeting,nook,s-cedar,J02",
                "one-6,adult,2026-09-16,20:00,20:30,skills,Budgeting,nook,s-cedar,J02",
            ),
            sign_in("2026-09-16,one-5,J02,19:00,,"),
        ),
    ),
]

# --- Rows that are gone. ---


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

GROWTH: list[GrowthCase] = [
    *STILL,
    *SITE,
    *TRACKS,
    *OWN_SESSIONS,
    *PEOPLE,
    *DAYS,
    *GONE,
    *REFUSED,
]

# --- A whole clinic, day by day. ---


def as_known_on(folder: Path, copy: Path, day: date) -> None:
    """Write what a clinic's files said on the evening of a day, as far as that can be told.

    Nobody is admitted, enrolled, discharged, absent or signed in ahead of the day; an enrolment
    or a treatment that ends later is still running. Every copy of a sound folder is sound; after
    importing them for one day after another, the reports are those of the folder.
    """
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("expected"), dirs_exist_ok=True)
    patients = rows_until(copy, "patients", "admitted_on", day)
    for row in patients:
        if row["discharged_on"] > day.isoformat():
            row["discharged_on"] = row["discharge_kind"] = ""
    enrolments = rows_until(copy, "enrolments", "first_day", day)
    admitted = {row["mrn"] for row in patients}
    known = [row for row in enrolments if row["mrn"] in admitted]
    for row in known:
        if row["last_day"] > day.isoformat():
            row["last_day"] = ""
    commitments = rows_until(copy, "commitments", "first_day", day)
    rewrite(copy, "patients", patients)
    rewrite(copy, "enrolments", known)
    rewrite(copy, "commitments", [row for row in commitments if row["mrn"] in admitted])
    for file in ["sessions", "cancellations", "absences", "sign_ins"]:
        rewrite(copy, file, rows_until(copy, file, "date", day))


def rows_until(folder: Path, file: str, column: str, day: date) -> list[dict[str, str]]:
    with (folder / f"{file}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row[column] <= day.isoformat()]


def rewrite(folder: Path, file: str, rows: list[dict[str, str]]) -> None:
    """Write rows under the header that is there."""
    path = folder / f"{file}.csv"
    header = next(csv.reader([path.read_text("utf-8-sig").splitlines()[0]]))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
