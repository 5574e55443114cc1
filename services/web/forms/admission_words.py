"""The words of the forms of the way in, the stay and the way out."""

from collections.abc import Mapping

from services.reports.patient_page_text import INCIDENTS as LEARNED
from services.web.forms.shared_words import LEVELS
from services.web.forms.wording import Ask, Form

ORIGINS = {
    "inpatient": "A hospital",
    "residential": "A residential program",
    "partial-hospitalization": "Partial hospitalization",
    "community": "The community",
}

GROUNDS = {f"dimension-{number}": f"Dimension {number}" for number in range(1, 7)} | {
    "living": "Where they live",
    "motivation": "Motivation",
    "support": "Support at home",
    "supervision": "Supervision around the clock",
}

INCIDENTS = {kind: said[0].upper() + said[1:] for kind, said in LEARNED.items()}

REFERRALS: Mapping[str, Form] = {
    "patient.refer": Form(
        "Refer somebody",
        "Begins the way in. Whoever has the record number already is the same patient.",
        "Refer",
        "Referred",
        {
            "/person/mrn": Ask("Record number", "As on the chart, in one word."),
            "/person/given_name": Ask("Given name", "As they want to be called."),
            "/person/family_name": Ask("Family name", "As in their papers."),
            "/person/born": Ask("Born", "Their birth date."),
            "/referral/program_id": Ask(
                "Program", "To which program.", choices="programs", default="only"
            ),
            "/referral/day": Ask("Referred on", "The day of the call.", default="today"),
            "/referral/by": Ask(
                "Referred by", "An organization or office, or self. Never a private person."
            ),
            "/referral/origin": Ask("Comes from", "Where they are now.", names=ORIGINS),
        },
    ),
    "patient.close-referral": Form(
        "Close the referral",
        "Ends it without a treatment.",
        "Close the referral",
        "The referral is closed",
    ),
    "patient.refer-up": Form(
        "Refer to more care",
        "Sends a candidate who needs more care than this level gives to one that gives it.",
        "Refer",
        "Referred to more care",
        {
            "/level": Ask("To which level", "One above this program's.", names=LEVELS),
            "/reasons": Ask(
                "Why",
                "What this level is not enough for.",
                names={
                    "too-severe": "Too severe for this level",
                    "no-safe-home": "No safe home",
                    "needs-24-hour-supervision": "Needs supervision around the clock",
                },
            ),
        },
    ),
    "screening.screen": Form(
        "Screen",
        "Records the six dimensions and the level of care that they recommend.",
        "Record the screening",
        "Screening recorded",
        {
            "/screened_on": Ask("Screened on", "The day of the interview.", default="today"),
            "/finding/edition": Ask(
                "Edition of the criteria",
                "The fourth edition is about adults alone.",
                names={"3": "Third (2013)", "4": "Fourth (2023)"},
                default="edition",
            ),
            "/finding/ratings": Ask("Risk", "0 is none, 4 the highest.", widget="ratings"),
            "/finding/level": Ask("Recommended level", "What the ratings come to.", names=LEVELS),
            "/finding/grounds": Ask("What decided it", "One at least.", names=GROUNDS),
            "/reason": Ask("Why it is put right", "Only where that day has a screening already."),
        },
    ),
    "patient.admit": Form(
        "Admit",
        "Begins the treatment.",
        "Admit",
        "Admitted",
        {
            "/admitted_on": Ask("Admitted on", "The first day of the treatment.", default="today"),
            "/override": Ask(
                "Why without a recommendation",
                "Only where no screening recommends this level. It stays on record.",
            ),
        },
    ),
    "patient.correct-admission": Form(
        "Put the admission right",
        "Changes what was recorded of it. What was recorded first stays readable.",
        "Put it right",
        "The admission is put right",
        {"/admitted_on": Ask("Admitted on", "The first day of the treatment.")},
        known="admission",
    ),
}

IDENTITIES: Mapping[str, Form] = {
    "patient.correct-identity": Form(
        "Put the name right",
        "Changes name and birth date. What was recorded first stays, encrypted.",
        "Put it right",
        "The name is put right",
        {
            "/given_name": Ask("Given name", "As they want to be called."),
            "/family_name": Ask("Family name", "As in their papers."),
            "/born": Ask("Born", "Their birth date."),
        },
        known="identity",
    ),
    "patient.correct-record-number": Form(
        "Put the record number right",
        "The number that was mistyped can be another patient's then.",
        "Put it right",
        "The record number is put right",
        {"/mrn": Ask("Record number", "As on the chart, in one word.")},
        known="record_number",
    ),
    "patient.merge": Form(
        "Merge two records",
        "This record is a second one of somebody. What is to come moves to the other record.",
        "Merge",
        "The records are merged",
        {
            "/duplicate_id": Ask("Second record", "It is closed.", widget="patient"),
            "/into": Ask(
                "Record that goes on", "Find it by name or record number.", widget="patient"
            ),
        },
        subject="duplicate_id",
    ),
    "identity.forget": Form(
        "Forget who this is",
        "Destroys, for good, the key under which name, birth date and number are kept, under all"
        " records of this person. What was recorded of the care stays. Backups, and what was"
        " printed or delivered, are not reached.",
        "Forget for good",
        "Forgotten",
        {"/because": Ask("Why", "It stays on record: without the name or number.")},
    ),
}

STAYS: Mapping[str, Form] = {
    "patient.change-payer": Form(
        "Change the payer", "From a day on.", "Change the payer", "The payer is changed"
    ),
    "patient.assign-counselor": Form(
        "Assign a counselor",
        "Who answers for the treatment from a day on.",
        "Assign",
        "Counselor assigned",
        {"/staff_id": Ask("Counselor", "Who of the staff.", choices="staff")},
    ),
    "patient.justify-stay": Form(
        "Record why the stay goes on",
        "You wrote down why the treatment goes on at this level.",
        "Record",
        "Recorded why the stay goes on",
        {"/justified_on": Ask("Written on", "The day of your note.", default="today")},
    ),
    "patient.grant-leave": Form(
        "Grant a leave",
        "Days away with your agreement: what is due stands still. What is booked stays booked.",
        "Grant",
        "Leave granted",
    ),
    "patient.revise-leave": Form(
        "Change a leave",
        "Gives it another last day, or strikes it.",
        "Change",
        "The leave is changed",
        {
            "/first_day": Ask("Leave", "Which one.", choices="leaves", default="only"),
            "/last_day": Ask("Last day", "Leave it empty to strike the leave."),
        },
    ),
    "patient.record-partial-hospitalization": Form(
        "Record partial hospitalization",
        "Here or elsewhere. Medicare pays for no day of this program beside it, or soon after it.",
        "Record",
        "Recorded",
        {
            "/first_day": Ask("First day", "Of one that is on record: to change its last day."),
            "/last_day": Ask("Last day", "Leave it empty while it goes on."),
        },
    ),
    "patient.withdraw-partial-hospitalization": Form(
        "Strike partial hospitalization",
        "It never was.",
        "Strike",
        "Struck",
        {
            "/first_day": Ask(
                "Partial hospitalization", "Which one.", "hospitalizations", default="only"
            ),
        },
    ),
    "patient.discharge": Form(
        "Discharge",
        "Ends the treatment. What is booked after the last day is given back at once.",
        "Discharge",
        "Discharged",
        {
            "/discharge/day": Ask("Last day", "The last day of the treatment.", default="today"),
            "/discharge/kind": Ask(
                "How it ends",
                "In one word.",
                names={
                    "dropped-out": "Dropped out",
                    "step-up": "To more care",
                    "step-down": "To less care",
                    "against-advice": "Against advice",
                },
            ),
            "/discharge/reasons": Ask("Why", "One at least. A test's result is none of them."),
            "/discharge/to_level": Ask(
                "To which level", "Where the patient goes, if you know.", names=LEVELS
            ),
        },
        known="discharge",
    ),
    "patient.sign-discharge-summary": Form(
        "Sign the discharge summary",
        "You wrote the summary of a treatment that has ended.",
        "Sign",
        "Discharge summary signed",
        {
            "/signed_on": Ask("Signed on", "The day of your signature.", default="today"),
            "/discharged_on": Ask(
                "Last day of the treatment", "Leave it empty for the last one that has ended."
            ),
        },
    ),
    "patient.record-incident": Form(
        "Record an incident",
        "Something that the program learned and may have to report to a court.",
        "Record",
        "Incident recorded",
        {
            "/kind": Ask("What", "What you learned.", names=INCIDENTS),
            "/learned_on": Ask("Learned on", "The day on which you did.", default="today"),
        },
    ),
    "patient.withdraw-incident": Form(
        "Take an incident back",
        "It was recorded wrongly. What was recorded first stays readable.",
        "Take it back",
        "The incident is taken back",
        {
            "/kind": Ask("What", "What was recorded.", names=INCIDENTS),
            "/learned_on": Ask("Learned on", "Of which day.", choices="incidents", default="only"),
        },
    ),
    "patient.take-discharge-back": Form(
        "Take the discharge back",
        "The treatment has not ended. What was given back has to be booked anew.",
        "Take it back",
        "The discharge is taken back",
    ),
}
