"""Somebody or something in two places at once, and more patients than places."""

from tests.services.clinic_import.clinic_edits import (
    J07_ADULT,
    J07_YOUNG,
    J08_YOUNG,
    FaultCase,
    added,
    append,
    at,
    change,
    every,
    late_track,
    own_session,
    remove,
    sign_in,
)

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
