"""tracks.csv and segments.csv."""

from tests.services.clinic_import.clinic_edits import (
    append,
    change,
    every,
    remove,
    sign_in,
)
from tests.services.clinic_import.growth_cases.case import (
    BRUNCH,
    ONCE,
    PLACES,
    ROOMS,
    grown,
    topics,
)

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
