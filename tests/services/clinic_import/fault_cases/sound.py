"""What looks suspicious and is sound."""

from tests.services.clinic_import.clinic_edits import (
    COLUMNS,
    SoundCase,
    append,
    change,
    every,
    facility,
    fields_of,
    in_quotes,
    on_bytes,
    on_lines,
    own_session,
    remove,
    replace,
    sign_in,
)

SOUND: list[SoundCase] = [
    SoundCase("the base clinic as it is", every()),
    SoundCase(
        "a room, a staff member and a patient go from one session straight to the next",
        append(
            "sessions",
            "one-5,young,2026-09-08,18:00,18:50,family,Session,den,s-birch,J05",
        ),
    ),
    SoundCase(
        "a track begins where another one in the same room ends",
        every(
            append(
                "tracks",
                "late,adult,Late group,TU,20:00,21:00,2026-09-07,2026-09-20,hall,s-ash,3",
            ),
            append("segments", "late,20:00,21:00,group,Late group"),
            append("enrolments", "J03,late,2026-09-08,,TU"),
        ),
    ),
    SoundCase(
        "a track in another's room and time, after its last day",
        every(
            append(
                "tracks",
                "later,adult,Later group,MO,09:00,10:00,2026-09-21,,hall,s-ash,3",
            ),
            append("segments", "later,09:00,10:00,group,Later group"),
        ),
    ),
    SoundCase(
        "a session takes the room, staff and patient of one that was called off",
        own_session("2026-09-14 18:30 19:30", "hall", "s-ash", "J03"),
    ),
    SoundCase(
        "a session takes the room, staff and patient of a track on a closure",
        own_session("2026-09-11 09:00 10:00", "hall", "s-ash", "J01"),
    ),
    SoundCase(
        "two one-off sessions meet in one room, and one of them was called off",
        every(
            own_session("2026-09-18 13:00 13:50", "nook", "s-birch", "J03"),
            append("cancellations", "2026-09-18,one-4,Moved"),
        ),
    ),
    SoundCase(
        "a track is exactly full, and one of them excused",
        every(
            append("enrolments", "J03,morning,2026-09-09,2026-09-09,WE"),
            append("absences", "2026-09-09,morning,J03,Ill,yes,2026-09-09 08:00"),
        ),
    ),
    SoundCase(
        "a room is exactly full with a make-up",
        every(
            change("tracks", 2, "capacity", "9"),
            sign_in("2026-09-16,morning,J04,09:00,11:10,2026-09-14 evening"),
        ),
    ),
    SoundCase(
        "a track has more places than its room, and nobody needs them",
        change("tracks", 4, "capacity", "9"),
    ),
    SoundCase(
        "a track is full of patients whose days do not meet",
        append(
            "enrolments",
            "J03,morning,2026-09-09,2026-09-09,WE",
            "J04,morning,2026-09-10,2026-09-18,FR",
        ),
    ),
    SoundCase(
        "a track is full, and an enrolment goes past it only on days outside the admission",
        append(
            "enrolments",
            "J03,morning,2026-09-07,2026-09-07,MO",
            "J04,morning,2026-09-07,2026-09-07,MO",
        ),
    ),
    SoundCase(
        "an enrolment reaches outside the admission on both sides",
        every(
            change("enrolments", 5, "first_day", "2026-09-01"),
            change("enrolments", 5, "last_day", "2026-12-31"),
        ),
    ),
    SoundCase(
        "an enrolment lies wholly outside the admission",
        append("enrolments", "J04,morning,2026-09-17,2026-09-30,FR"),
    ),
    SoundCase(
        "two enrolments in sessions at one time, one of them outside the admission",
        every(
            append(
                "tracks",
                "brunch,adult,Brunch,MO,10:30,11:30,2026-09-07,,den,s-cedar,3",
            ),
            append("segments", "brunch,10:30,11:30,group,Brunch"),
            append("enrolments", "J02,brunch,2026-09-19,,MO"),
        ),
    ),
    SoundCase(
        "a patient of two tracks that meet at one time comes on other weekdays",
        every(
            append(
                "tracks",
                "brunch,adult,Brunch,MO FR,10:30,11:30,2026-09-07,2026-09-20,den,s-cedar,3",
            ),
            append("segments", "brunch,10:30,11:30,group,Brunch"),
            append("enrolments", "J02,brunch,2026-09-07,,FR"),
        ),
    ),
    SoundCase(
        "two enrolments of one patient in one track, one after the other",
        every(
            change("enrolments", 2, "last_day", "2026-09-13"),
            append("enrolments", "J01,morning,2026-09-14,,MO WE"),
        ),
    ),
    SoundCase(
        "two enrolments of one patient in one track, on other weekdays",
        append("enrolments", "J02,morning,2026-09-08,2026-09-18,FR"),
    ),
    SoundCase(
        "an enrolment begins before its track and ends after it",
        every(
            change("enrolments", 6, "first_day", "2026-09-01"),
            change("enrolments", 6, "last_day", "2026-12-31"),
        ),
    ),
    SoundCase(
        "a patient is admitted and discharged on one day, and comes",
        every(
            append(
                "patients",
                "J07,Gus,Vega,1986-10-10,adult,2026-09-15,2026-09-15,administrative,,,medicaid",
            ),
            append("enrolments", "J07,evening,2026-09-15,2026-09-15,TU"),
            sign_in("2026-09-15,evening,J07,18:00,20:00,"),
        ),
    ),
    SoundCase(
        "a track meets on one day only",
        every(
            append(
                "tracks",
                "once,adult,Once,SA,09:00,10:00,2026-09-12,2026-09-12,hall,s-ash,3",
            ),
            append("segments", "once,09:00,10:00,group,Once"),
            append("enrolments", "J01,once,2026-09-12,2026-09-12,SA"),
            sign_in("2026-09-12,once,J01,09:00,10:00,"),
        ),
    ),
    SoundCase(
        "two patients of one name and birth date",
        append("patients", "J07,Ana,Reyes,1988-02-03,adult,2026-09-14,,,,,commercial"),
    ),
    SoundCase(
        "commitments collide with sessions and with each other",
        append(
            "commitments",
            "J01,school,Class,MO TU WE TH FR SA SU,00:00,23:59,2026-09-01,",
            "J01,family,Care,MO WE,09:30,10:30,2026-09-07,2026-09-07",
            "J04,work,Shift,TU,19:00,21:00,2026-09-01,2026-12-31",
        ),
    ),
    SoundCase(
        "a staff member has no session and a room is never used",
        facility(
            "[[closure]]",
            '[[room]]\nid = "loft"\nname = "Loft"\ncapacity = 1\n\n[[staff]]\nid = "s-yew"\n'
            'name = "S. Yew"\ncredential = "LPC"\n\n[[closure]]',
        ),
    ),
    SoundCase("late after no minutes", facility("minutes = 10", "minutes = 0")),
    SoundCase("no closures at all", facility(
        '[[closure]]\ndate = 2026-09-11\nreason = "Staff training"\n', ""
    )),
    SoundCase(
        "a closure on a day without sessions",
        facility("[[closure]]", '[[closure]]\ndate = 2026-09-12\nreason = "Paint"\n\n[[closure]]'),
    ),
    SoundCase("hours of a fraction", every(
        change("programs", 2, "weekly_hours", "3.75"), change("patients", 3, "weekly_hours", "0.5")
    )),
    SoundCase("a plan of hours without days", change("patients", 2, "weekly_hours", "5")),
    SoundCase("a track with a time that no segment fills", remove("segments", 3)),
    SoundCase("segments in no order of time", on_lines(
        "segments", lambda lines: lines.append(lines.pop(1))
    )),
    SoundCase("an absence was noted, and the patient came", append(
        "absences", "2026-09-08,evening,J03,Ill,yes,2026-09-08 08:00"
    )),
    SoundCase("an absence from a session that was called off", append(
        "absences", "2026-09-14,evening,J03,Ill,no,2026-09-14 08:00"
    )),
    SoundCase("a session without patients was called off", append(
        "cancellations", "2026-09-07,evening,Nobody there"
    )),
    SoundCase("a later session is called off, and an absence noted for it", append(
        "cancellations", "2026-09-17,school,Flood"
    )),
    SoundCase("a line ends where a line of another session begins", change(
        "sign_ins", 5, "time_out", "13:00"
    )),
    SoundCase("a line without a time out, and another session's at its session's end", every(
        change("sign_ins", 5, "time_out", ""), change("sign_ins", 6, "time_in", "11:10")
    )),
    SoundCase("a line without a time out before another line of the visit", change(
        "sign_ins", 9, "time_out", ""
    )),
    SoundCase("a second line without a time out", change("sign_ins", 10, "time_out", "")),
    SoundCase("a line begins where the one before it ends", change(
        "sign_ins", 10, "time_in", "09:40"
    )),
    SoundCase("a visit's lines stand in no order of time", on_lines(
        "sign_ins", lambda lines: lines.insert(8, lines.pop(9))
    )),
    SoundCase("a patient is present in nothing that counts", every(
        change("sign_ins", 2, "time_in", "10:00"), change("sign_ins", 2, "time_out", "10:10")
    )),
    SoundCase("a patient signs in and out within one minute", change(
        "sign_ins", 2, "time_out", "08:55"
    )),
    SoundCase("a patient is there an hour before and after", every(
        change("sign_ins", 2, "time_in", "07:55"), change("sign_ins", 2, "time_out", "12:40")
    )),
    SoundCase("an excused visit is made up", sign_in(
        "2026-09-14,morning,J03,09:00,11:10,2026-09-10 evening"
    )),
    SoundCase("an absent one is made up, in two lines", sign_in(
        "2026-09-08,evening,J02,18:00,18:30,2026-09-07 morning",
        "2026-09-08,evening,J02,18:40,20:00,2026-09-07 morning",
    )),
    SoundCase("a make-up is incomplete", sign_in(
        "2026-09-14,morning,J03,09:00,,2026-09-10 evening"
    )),
    SoundCase("a missed visit is made up later on the day, in a one-off session", every(
        own_session("2026-09-16 11:10 12:00", "nook", "s-cedar", "J02"),
        sign_in("2026-09-16,one-5,J01,11:10,12:00,2026-09-16 morning"),
    )),
    SoundCase("a missed session of its own is made up in a track", every(
        remove("sign_ins", 6), sign_in("2026-09-15,evening,J01,18:00,20:00,2026-09-09 one-1")
    )),
    SoundCase("files with byte-order marks and lines that end as elsewhere", every(*(
        on_bytes(f"{file}.csv", lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
        for file in sorted(COLUMNS)
    ))),
    SoundCase("files whose columns stand the other way round", every(*(
        fields_of(None, file, lambda fields: fields.reverse()) for file in sorted(COLUMNS)
    ))),
    SoundCase("files whose last line has no end", every(*(
        on_bytes(f"{file}.csv", lambda content: content.rstrip(b"\n")) for file in sorted(COLUMNS)
    ))),
    SoundCase("every field in quotes", every(*(
        on_lines(file, in_quotes) for file in sorted(COLUMNS)
    ))),
    SoundCase("rows in no order at all", every(*(
        on_lines(file, lambda lines: lines.extend([lines.pop(1) for _ in lines[2:]][::-1]))
        for file in ["absences", "sign_ins", "sessions", "patients"]
    ))),
    SoundCase("a field with commas, quotes and a line end", replace(
        "absences.csv", "Car trouble", '"Car trouble, ""again"",\nand rain"'
    )),
    SoundCase("files with nothing but a header", every(*(
        on_lines(file, lambda lines: lines.__delitem__(slice(1, None)))
        for file in ["sign_ins", "absences", "commitments", "cancellations"]
    ))),
]  # fmt: skip
