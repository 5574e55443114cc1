"""Rows that refer to what is not there, end before they start, or stand there twice."""

from tests.services.clinic_import.clinic_edits import FaultCase, added, append, at, change, sign_in

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
