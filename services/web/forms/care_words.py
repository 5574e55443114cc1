"""The words of the forms of plans, payers, assessments and support."""

from collections.abc import Mapping

from services.reports.rule_names import RULE_NAMES
from services.web.forms.phrases import INSTRUMENTS
from services.web.forms.wording import Ask, Form

NAMES_OF_RULES: Mapping[str, str] = {str(rule): said for rule, said in RULE_NAMES.items()}

PLANS: Mapping[str, Form] = {
    "patient.set-plan": Form(
        "Set the plan of care",
        "What a week has to hold, and to what end.",
        "Set the plan",
        "The plan is set",
        {
            "/prompt/kind": Ask(
                "What made you change it",
                "Leave it empty for the first plan.",
                names={"attendance": "Attendance", "request": "The patient asked for it"},
            ),
            "/prompt/reference": Ask("Which one", "Named by its kind.", widget="never"),
        },
        known="plan",
    ),
    "patient.taper-plan": Form(
        "Taper the plan",
        "Fewer hours, to lead over to a lighter level of care.",
        "Taper",
        "The plan is tapered",
        known="plan",
    ),
    "patient.review-plan": Form(
        "Review the plan",
        "The plan was looked at, and when it is to be again.",
        "Record the review",
        "Review recorded",
        {
            "/reviewed_on": Ask("Reviewed on", "The day of the review.", default="today"),
            "/next_review": Ask("Next review", "The day by which it is looked at again."),
        },
    ),
    "patient.certify-care": Form(
        "Certify the care",
        "You are the physician and certify that the patient needs this care.",
        "Certify",
        "Certified",
        {
            "/certified_on": Ask("Certified on", "The day of your signature.", default="today"),
            "/due_by": Ask("Next by", "Leave it empty for 60 days."),
        },
    ),
    "patient.authorize": Form(
        "Record an authorization",
        "What a payer has agreed to pay for, or what was wrong about it.",
        "Record",
        "Authorization recorded",
        {
            "/authorization/authorization_id": Ask(
                "Authorization", "A new one, or the one that is put right.", widget="new"
            ),
            "/authorization/payer": Ask("Payer", "Who agreed.", "payers", widget="suggest"),
            "/authorization/code": Ask("Code", "As H0015."),
            "/authorization/units": Ask("Units", "How many in all."),
            "/authorization/first_day": Ask("First day", "The day itself is included."),
            "/authorization/last_day": Ask("Last day", "The day itself is included."),
            "/authorization/units_per_week": Ask(
                "Units a week", "At most, where there is a limit."
            ),
            "/authorization/minutes_per_unit": Ask(
                "Minutes a unit",
                "A day with fewer takes none. 180, unless the payer says otherwise.",
            ),
        },
        known="authorization",
    ),
    "patient.waive-rule": Form(
        "Except from a rule",
        "The rule does not bind this patient for a while. You answer for it.",
        "Except",
        "Excepted",
        {"/rule": Ask("Rule", "Which rule.", names=NAMES_OF_RULES)},
    ),
    "patient.withdraw-waiver": Form(
        "Withdraw an exception",
        "The rule binds again, on each of its days.",
        "Withdraw",
        "The exception is withdrawn",
        {
            "/rule": Ask(
                "Exception", "Which one.", "waivers", default="only", along=("first_day",)
            ),
        },
    ),
}

SUPPORT: Mapping[str, Form] = {
    "patient.name-supporter": Form(
        "Name a supporter",
        "Somebody close to the patient: family, a sponsor, a peer.",
        "Name them",
        "Supporter named",
        {
            "/supporter_id": Ask("Supporter", "A new one.", widget="new"),
            "/relation": Ask("Relation", "What they are to the patient, as mother or sponsor."),
        },
        known="supporter",
    ),
    "patient.remove-supporter": Form(
        "Remove a supporter",
        "They are none of the patient's support network any longer.",
        "Remove",
        "Supporter removed",
    ),
    "patient.report-support-meeting": Form(
        "Record a meeting of others",
        "The patient says that they went to one. It is never an hour of treatment.",
        "Record",
        "Meeting recorded",
        {
            "/meeting/meeting_id": Ask("Meeting", "A new one.", widget="new"),
            "/meeting/kind": Ask(
                "Kind",
                "What kind of meeting.",
                names={"12-step": "12-step", "mutual-aid": "Mutual aid"},
            ),
            "/meeting/day": Ask("Day", "On which day.", default="today"),
        },
    ),
    "patient.verify-support-meeting": Form(
        "Verify a meeting of others",
        "There is a proof of it, as a signed slip.",
        "Verify",
        "Meeting verified",
        {"/meeting_id": Ask("Meeting", "Which one.", choices="unverified_meetings")},
    ),
    "patient.refer-to-resource": Form(
        "Refer to a resource",
        "The patient was told of help outside: an organization, no person.",
        "Record",
        "Referral to a resource recorded",
        {
            "/referral/referral_id": Ask("Referral", "A new one.", widget="new"),
            "/referral/kind": Ask("Kind of help", "What for."),
            "/referral/resource": Ask("Organization", "What it is called."),
            "/referral/day": Ask("Told on", "On which day.", default="today"),
        },
    ),
    "patient.record-resource-outcome": Form(
        "Record what became of it",
        "What came of a referral to a resource.",
        "Record",
        "Recorded",
        {
            "/referral_id": Ask("Referral", "Which one.", choices="resources", default="only"),
            "/outcome": Ask("What became of it", "As far as you know."),
        },
    ),
    "patient.attempt-outreach": Form(
        "Record an attempt to reach them",
        "After a missed session. What you leave as a message never names the program.",
        "Record",
        "Outreach recorded",
        {
            "/session_id": Ask("Missed session", "Which one.", "missed_sessions", default="last"),
            "/way": Ask("How", "In which way."),
            "/result": Ask(
                "Result",
                "What came of it.",
                names={"message-left": "Message left", "not-reachable": "Cannot be reached"},
            ),
        },
    ),
}

ASSESSMENTS: Mapping[str, Form] = {
    "assessment.take": Form(
        "Record an assessment",
        "The patient's answers. The scores are worked out.",
        "Record the answers",
        "Answers recorded",
        {
            "/instrument": Ask(
                "Questionnaire",
                "Which one the patient filled in.",
                names=INSTRUMENTS,
            ),
            "/answers": Ask("Answers", "As they are on the sheet.", widget="answers"),
            "/taken_at": Ask("Taken", "Leave it empty for now."),
            "/reason": Ask("Why it is put right", "Only for answers that are recorded already."),
        },
    ),
    "assessment.acknowledge-concern": Form(
        "Acknowledge a safety concern",
        "You saw it, and say what was done.",
        "Acknowledge",
        "The concern is acknowledged",
        {
            "/assessment_id": Ask("Concern", "Which one.", choices="concerns", default="only"),
            "/response": Ask("What was done", "The first thing that was done."),
        },
    ),
}
