"""sessions.csv."""

from tests.services.clinic_import.clinic_edits import (
    change,
    every,
    own_session,
    sign_in,
)
from tests.services.clinic_import.growth_cases.case import PLACES, ROOMS, grown, topics

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
