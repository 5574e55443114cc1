"""cancellations.csv, absences.csv and sign_ins.csv."""

from tests.services.clinic_import.clinic_edits import (
    append,
    change,
    every,
    own_session,
    sign_in,
)
from tests.services.clinic_import.growth_cases.case import MAKE_UPS, PLACES, ROOMS, grown, topics

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
