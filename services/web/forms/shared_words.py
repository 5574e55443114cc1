"""The words of arguments that several commands take, or that a class has: by class and name."""

from collections.abc import Mapping

from services.web.forms.wording import Ask
from services.web.words import FORMATS

YES_NO: Mapping[str, str] = {"true": "Yes", "false": "No"}

LEVELS = {
    "0.5": "0.5 Early intervention",
    "1": "1 Outpatient",
    "1.5": "1.5 Outpatient therapy",
    "1.7": "1.7 Medically managed outpatient",
    "2.1": "2.1 Intensive outpatient",
    "2.5": "2.5 Partial hospitalization",
    "2.7": "2.7 Medically managed intensive outpatient",
    "3.1": "3.1 Residential, low intensity",
    "3.3": "3.3 Residential, population-specific",
    "3.5": "3.5 Residential, high intensity",
    "3.7": "3.7 Medically monitored inpatient",
    "4": "4 Medically managed inpatient",
    "inpatient": "A hospital",
}

MODALITIES = {"in-person": "In person", "video": "By video", "hybrid": "In person and by video"}

SCOPES = {
    "attendance": "Attendance",
    "schedule": "Schedule",
    "plan": "Plan of care",
    "assessments": "Assessments",
    "drug-tests": "Drug tests",
    "discharge": "Discharge",
    "support": "Support network",
}

NOT_ASKED = Ask("Not asked", "It is looked at elsewhere.", widget="never")

OF_COMMANDS: Mapping[str, Ask] = {
    "patient_id": Ask("Patient", "Find them by name or record number.", widget="patient"),
    "session_id": Ask("Session", "One of that day.", choices="sessions_of_day"),
    "reason": Ask("Why", "A few words. They stay on record."),
    "override": Ask(
        "Why in spite of that", "Only where something speaks against it. It stays on record."
    ),
    "at": Ask("When", "Leave it empty for now."),
    "dry_run": NOT_ASKED,
    "taking_off": NOT_ASKED,
    "program_id": Ask("Program", "Which program.", choices="programs", default="only"),
    "track_id": Ask("Track", "Which weekly group.", choices="tracks"),
    "room_id": Ask("Room", "Which room.", choices="rooms"),
    "staff_id": Ask("Staff member", "Who of the staff.", choices="staff"),
    "supporter_id": Ask("Who", "One of the patient's support network.", choices="supporters"),
    "test_id": Ask("Drug test", "Which test.", choices="open_tests", default="only"),
    "from_day": Ask("From", "The first day on which it holds.", default="today"),
    "first_day": Ask("First day", "The day itself is included.", default="today"),
    "last_day": Ask("Last day", "The day itself is included."),
    "day": Ask("Day", "On which day.", default="today"),
    "payer": Ask("Payer", "Who pays, as in your other records.", "payers", widget="suggest"),
    "arrived_at": Ask("Arrival", "Which arrival it is about.", choices="arrivals", default="only"),
    "focus": Ask(
        "Focus",
        "What the treatment is for.",
        names={
            "substance-use": "Substance use",
            "mental-health": "Mental health",
            "co-occurring": "Both (co-occurring)",
        },
    ),
    "population": Ask("For whom", "Adults, or adolescents."),
    "weekly_minutes": Ask("Minutes a week", "540 minutes are 9 hours."),
    "days_per_week": Ask("Days a week", "From 1 to 7."),
    "effective_from": Ask("Holds from", "The first day on which it holds.", default="today"),
    "policy": Ask("Policy", "One of the rule sets that come with Daybook.", widget="policy"),
    "policy_id": Ask("Policy", "One that is in force.", choices="adopted_policies"),
    "week_starts_on": Ask("Week begins on", "Hours are counted by these weeks."),
    "late_after_minutes": Ask("Late after", "Minutes after the start from which somebody is late."),
    "occurrence": Ask(
        "Meeting", "The day on which the track's rule has it.", choices="occurrences"
    ),
    "weekdays": Ask("Days", "On which days of the week.", choices="track_days"),
    "who": Ask("How they are reached", "Both or none. It is kept encrypted."),
    "to_level": Ask("To which level", "The level of care that follows.", names=LEVELS),
}
"""What a command itself takes, by name."""

OF_CLASSES: Mapping[str, Ask] = {
    "Amendment.reason": Ask("Why it is changed", "The sheet is closed: say why it is put right."),
    "Amendment.credential": Ask("Your credential", "As of today.", widget="own-credential"),
    "Absence.reason": Ask("Reason", "As the patient said it, in a few words."),
    "Absence.notified_at": Ask("When they said so", "Date and time of the call.", default="now"),
    "Absence.excused": Ask("Excused", "Whether your policy excuses it.", names=YES_NO),
    "Candidacy.stable_living": Ask("A stable place to live", "Safe to go home to.", names=YES_NO),
    "Candidacy.motivated": Ask("Ready to take part", "Wants the treatment.", names=YES_NO),
    "Candidacy.support_at_home": Ask(
        "Support at home", "Somebody who stands by them.", names=YES_NO
    ),
    "Candidacy.needs_24_hour_supervision": Ask(
        "Needs supervision around the clock", "Then this level is not enough.", names=YES_NO
    ),
    "Contact.name": Ask("Name", "What they are called."),
    "Contact.reached_at": Ask("Phone or email", "How you reach them."),
    "Meeting.program_id": Ask("Program", "Whose session it is.", "programs", default="only"),
    "Meeting.track_id": Ask("Track", "That of the session.", widget="never"),
    "Meeting.occurrence": Ask("Meeting of the track", "That of the session.", widget="never"),
    "Meeting.day": Ask("Day", "On which day.", default="today"),
    "Meeting.starts_at": Ask("Starts", "By your clocks.", widget="clock", beside="/meeting/day"),
    "Meeting.ends_at": Ask("Ends", "By your clocks.", widget="clock", beside="/meeting/day"),
    "Meeting.parts": Ask("Parts", "What it is made of. Breaks count for nothing."),
    "Meeting.room_id": Ask("Room", "Where it is.", choices="rooms"),
    "Meeting.staff_id": Ask("Led by", "Leave it empty while nobody does.", choices="staff"),
    "Meeting.places": Ask("Places", "How many patients, as the room holds at most."),
    "Meeting.modality": Ask("How", "In the room, by video, or both.", names=MODALITIES),
    "Part.starts_at": Ask(
        "Starts",
        "Empty: as the session.",
        widget="clock",
        beside="/meeting/day",
        otherwise="/meeting/starts_at",
    ),
    "Part.ends_at": Ask(
        "Ends",
        "Empty: as the session.",
        widget="clock",
        beside="/meeting/day",
        otherwise="/meeting/ends_at",
    ),
    "Part.service": Ask("Service", "What is offered."),
    "Part.title": Ask("Title", "What it is called."),
    "Part.topic": Ask("Topic", "Of an education, or the practice of a holistic part."),
    "Part.format": Ask("Form", "What sets it apart, where anything does.", names=FORMATS),
    "Pattern.rule": Ask("Meets on", "Every week on these days.", "weekdays", widget="weekly"),
    "Pattern.starts": Ask("Starts", "By your clocks."),
    "Pattern.ends": Ask("Ends", "By your clocks."),
    "Pattern.room_id": Ask("Room", "Where it meets.", choices="rooms"),
    "Pattern.staff_id": Ask("Led by", "Who leads it.", choices="staff"),
    "Pattern.capacity": Ask("Places", "How many patients, as the room holds at most."),
    "Pattern.segments": Ask("Parts", "What a meeting is made of. Breaks count for nothing."),
    "Pattern.modality": Ask("How", "In the room, by video, or both.", names=MODALITIES),
    "Segment.starts": Ask("Starts", "By your clocks."),
    "Segment.ends": Ask("Ends", "By your clocks."),
    "Segment.service": Ask("Service", "What is offered."),
    "Segment.title": Ask("Title", "What it is called."),
    "Segment.topic": Ask("Topic", "Of an education, or the practice of a holistic part."),
    "Segment.format": Ask("Form", "What sets it apart, where anything does.", names=FORMATS),
    "Plan.weekly_minutes": Ask("Minutes a week", "540 minutes are 9 hours."),
    "Plan.days_per_week": Ask("Days a week", "From 1 to 7."),
    "Plan.services": Ask("Services", "What the plan asks for besides the hours."),
    "Plan.goals": Ask("Goals", "One a line, as Back to work. No clinical text.", widget="long"),
    "Plan.next_review": Ask("Next review", "The day by which the plan is looked at again."),
    "PlannedService.service": Ask("Service", "What is offered."),
    "PlannedService.minutes": Ask("Minutes", "Each time."),
    "PlannedService.times": Ask("Times", "How often."),
    "PlannedService.per": Ask("A week or a month", "In which time."),
    "Result.kind": Ask(
        "Kind of result",
        "A test on the spot is presumptive, a laboratory's definitive.",
        names={"presumptive": "Presumptive", "definitive": "Definitive"},
    ),
    "Result.outcome": Ask(
        "Result",
        "As prescribed: a medication that the patient takes as ordered.",
        names={
            "negative": "Negative",
            "positive": "Positive",
            "expected-positive": "Positive, as prescribed",
            "no-result": "No result",
        },
    ),
    "Result.reported_at": Ask("Reported", "When you were told.", default="now"),
    "Result.substances": Ask(
        "Substances",
        "What was found, one a line.",
        widget="long",
        only_if="/result/outcome=positive|expected-positive",
    ),
    "Result.measured": Ask("Specimen", "What the laboratory measured, all four or none."),
    "Measured.creatinine": Ask("Creatinine", "In mg/dL."),
    "Measured.specific_gravity": Ask("Specific gravity", "As 1.015."),
    "Measured.ph": Ask("pH", "From 0 to 14."),
    "Measured.nitrite": Ask("Nitrite", "In mcg/mL, 0 for none."),
}
"""What a class has, as `Class.field`."""

POLICY = Ask("Policy", "A part of the policy that is chosen.", widget="never")
"""Of the fields of a policy, which comes as a whole."""
