"""What a day contradicts, and many faults in one pass."""

from tests.services.clinic_import.clinic_edits import (
    COLUMNS,
    FaultCase,
    added,
    append,
    at,
    change,
    every,
    facility,
    fields_of,
    in_facility,
    on_bytes,
    own_session,
    replace,
    sign_in,
)

DAY_FAULTS = [
    *(
        FaultCase(name, sign_in(row), added("sign_ins"))
        for name, row in [
            ("a sign-in to a session that was called off", "2026-09-14,evening,J03,18:00,20:00,"),
            ("a make-up in a session that was called off", "2026-09-14,evening,J02,18:00,20:00,"
             "2026-09-07 morning"),
            ("a sign-in by somebody not on the roster", "2026-09-09,morning,J03,09:00,11:10,"),
            ("a sign-in by somebody not on the roster of a one-off session",
             "2026-09-09,one-1,J03,13:00,14:00,"),
            ("a sign-in on a weekday on which the patient is not enrolled",
             "2026-09-15,school,J01,16:00,18:00,"),
            ("a line of a make-up that does not say so", "2026-09-15,evening,J02,20:02,20:05,"),
            ("a make-up of a visit that was attended", "2026-09-15,evening,J01,18:00,20:00,"
             "2026-09-07 morning"),
            ("a make-up of a visit for which the patient was never on the roster",
             "2026-09-15,evening,J01,18:00,20:00,2026-09-08 evening"),
            ("a make-up of what was already made up", "2026-09-10,evening,J02,18:00,20:00,"
             "2026-09-09 morning"),
            ("a make-up of a visit on a later day", "2026-09-08,evening,J01,18:00,20:00,"
             "2026-09-16 morning"),
        ]
    ),
    FaultCase(
        "a sign-in before the admission, though enrolled",
        change("patients", 7, "admitted_on", "2026-09-16"),
        at("sign_ins", 17),
    ),
    FaultCase(
        "a sign-in after the discharge, though enrolled",
        change("patients", 5, "discharged_on", "2026-09-14"),
        at("sign_ins", 14),
    ),
    FaultCase(
        "a patient of mrns before the admission",
        own_session("2026-09-08 10:00 10:50", "nook", "s-cedar", "J04"),
        added("sessions"),
    ),
    FaultCase(
        "a patient of mrns after the discharge",
        own_session("2026-09-17 10:00 10:50", "nook", "s-cedar", "J01 J04"),
        added("sessions"),
    ),
    FaultCase(
        "an absence of somebody enrolled in another track",
        append("absences", "2026-09-09,morning,J03,Ill,yes,2026-09-09 08:00"),
        added("absences"),
    ),
    FaultCase(
        "an absence on a weekday on which the patient is not enrolled",
        append("absences", "2026-09-18,morning,J02,Ill,yes,2026-09-16 08:00"),
        added("absences"),
    ),
    FaultCase(
        "an absence after the discharge",
        append("absences", "2026-09-17,evening,J04,Ill,yes,2026-09-16 08:00"),
        added("absences"),
    ),
    FaultCase(
        "an absence of somebody who is not among mrns",
        append("absences", "2026-09-09,one-1,J02,Ill,yes,2026-09-09 08:00"),
        added("absences"),
    ),
    FaultCase(
        "a make-up of an incomplete visit",
        every(
            change("tracks", 2, "capacity", "4"),
            sign_in("2026-09-16,morning,J04,09:00,11:10,2026-09-10 evening"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up of a make-up",
        every(
            change("sign_ins", 12, "time_out", ""),
            own_session("2026-09-16 15:00 16:00", "nook", "s-cedar", "J01"),
            sign_in("2026-09-16,one-5,J02,15:00,16:00,2026-09-15 evening"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up of a visit that starts with it",
        every(
            own_session("2026-09-16 09:00 10:00", "nook", "s-cedar", "J04"),
            sign_in("2026-09-16,one-5,J01,09:00,10:00,2026-09-16 morning"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up of a visit later on the day",
        every(
            own_session("2026-09-16 07:30 08:30", "nook", "s-cedar", "J04"),
            sign_in("2026-09-16,one-5,J01,07:30,08:30,2026-09-16 morning"),
        ),
        added("sign_ins"),
    ),
    FaultCase(
        "a make-up by a patient who is on the roster anyway",
        change("sign_ins", 13, "makes_up", "2026-09-10 evening"),
        at("sign_ins", 13),
    ),
    FaultCase(
        "a make-up by a patient who is discharged",
        every(
            own_session("2026-09-17 09:00 10:00", "nook", "s-cedar", "J01"),
            sign_in("2026-09-17,one-5,J04,09:00,10:00,2026-09-14 evening"),
        ),
        added("sign_ins"),
    ),
]  # fmt: skip

ONE_PASS_FAULTS = [
    FaultCase(
        "a fault after a field of two lines is where an editor shows it",
        every(
            replace("absences.csv", "Car trouble", '"Car trouble,\nagain"'),
            replace("absences.csv", "Dentist,yes", "Dentist,maybe"),
        ),
        at("absences", 6),
    ),
    FaultCase(
        "a fault in a file with a byte-order mark, other line ends and other columns' order",
        every(
            fields_of(None, "sign_ins", lambda fields: fields.reverse()),
            on_bytes(
                "sign_ins.csv",
                lambda content: (
                    b"\xef\xbb\xbf" + content.replace(b"17:58", b"17:60").replace(b"\n", b"\r\n")
                ),
            ),
        ),
        at("sign_ins", 3),
    ),
    FaultCase(
        "two faults in one row are of one place",
        every(change("programs", 3, "weekly_hours", "0"), change("programs", 3, "focus", "sleep")),
        at("programs", 3),
    ),
    FaultCase(
        "a fault in every file is found in one pass",
        every(
            facility("capacity = 2", "capacity = 0"),
            append("programs", "third,Third,adult,sleep,9,3"),
            append(
                "tracks",
                "third,adult,Third,SA,07:00,08:00,2026-09-07,2026-09-20,hall,s-ash,many",
            ),
            append("segments", "school,17:30,17:40,break,Break"),
            append(
                "sessions",
                "one-5,adult,2026-09-08,17:00,17:50,individual,Session,den,s-cedar,J01",
            ),
            append("patients", "J07,Gus,Vega,1986-10-10,adult,2026-09-14,,completed,,,medicaid"),
            append("enrolments", "J05,morning,2026-09-08,,MO"),
            append("commitments", "J03,work,Shift,MO,09:00,09:00,2026-09-08,"),
            append("cancellations", "2026-09-11,morning,Flood"),
            append("absences", "2026-09-09,morning,J03,Ill,yes,2026-09-09 08:00"),
            append("sign_ins", "2026-09-14,evening,J03,18:00,20:00,"),
        ),
        in_facility(20) | set().union(*(added(file) for file in COLUMNS)),
    ),
]
