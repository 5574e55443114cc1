"""patients.csv, enrolments.csv and commitments.csv."""

from tests.services.clinic_import.clinic_edits import (
    J07_ADULT,
    J07_YOUNG,
    append,
    change,
    every,
    remove,
)
from tests.services.clinic_import.growth_cases.case import BRUNCH, grown

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
