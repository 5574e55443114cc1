"""The words of the forms of drug tests."""

from collections.abc import Mapping

from services.web.forms.wording import Ask, Form

UNTAKEN = Ask("Drug test", "Which test.", choices="untaken_tests", default="only")

DRUG_TESTS: Mapping[str, Form] = {
    "drug-testing.set-draws": Form(
        "Draw tests at random",
        "From today on, on days that nobody can foresee.",
        "Draw from today on",
        "Tests are drawn from today on",
        {
            "/gaps/shortest": Ask("Fewest days between two tests", "1 at least."),
            "/gaps/longest": Ask("Most days between two tests", "366 at most."),
        },
        known="gaps",
    ),
    "drug-testing.end-draws": Form(
        "End the draws", "No more tests are drawn.", "End", "No more tests are drawn"
    ),
    "drug-testing.set-phase": Form(
        "Decide whether the patient is stable",
        "Whoever is stable is tested less often. Until you decide, and when they are stable no"
        " longer, they are tested as at the start.",
        "Decide",
        "Decided whether the patient is stable",
        {
            "/phase": Ask(
                "The patient is",
                "As you judge it.",
                names={"initial": "Not stable, or no longer", "stable": "Stable"},
            ),
            "/from_day": Ask("From", "The first day on which it is so.", default="today"),
            "/gaps": Ask("Random draws", "To change them from now on; they have to fit."),
            "/gaps/shortest": Ask("Fewest days between two tests", "1 at least."),
            "/gaps/longest": Ask("Most days between two tests", "366 at most."),
        },
    ),
    "drug-testing.draw": Form(
        "Look whether a test is drawn today",
        "Orders one for today, if that is where the draw falls.",
        "Look",
        "Looked whether a test is drawn today",
    ),
    "drug-testing.order": Form(
        "Order a drug test",
        "For today, for a reason of its own.",
        "Order",
        "Drug test ordered",
        {
            "/because": Ask(
                "Why",
                "A drawn one is ordered by itself.",
                names={"for-cause": "For cause", "court-order": "Court order"},
            )
        },
    ),
    "drug-testing.notify": Form(
        "Record that they were told",
        "The patient was told of the test.",
        "Record",
        "Recorded that they were told",
        {"/test_id": Ask("Drug test", "Which test.", choices="untold_tests", default="only")},
    ),
    "drug-testing.collect": Form(
        "Record a specimen",
        "The patient gave one.",
        "Record",
        "Specimen recorded",
        {
            "/test_id": UNTAKEN,
            "/specimen": Ask("Specimen", "What was given."),
            "/observed": Ask("It was observed", "Somebody of the staff was there."),
        },
    ),
    "drug-testing.hand-over": Form(
        "Record a hand-over",
        "The specimen changed hands.",
        "Record",
        "Hand-over recorded",
        {
            "/test_id": Ask("Drug test", "Which test.", choices="taken_tests", default="only"),
            "/hand_over/at": Ask("When", "Date and time.", default="now"),
            "/hand_over/giver": Ask("From", "Who of the staff.", "staff", default="own-staff"),
            "/hand_over/taker": Ask(
                "To", "One of the staff, or a laboratory.", "staff", widget="or-text"
            ),
        },
    ),
    "drug-testing.report-result": Form(
        "Report a result",
        "What was found. A result never ends a treatment.",
        "Report",
        "Result reported",
        {"/test_id": Ask("Drug test", "Which test.", choices="taken_tests", default="only")},
    ),
    "drug-testing.correct-result": Form(
        "Put a result right",
        "Changes the last result of a test. What was recorded first stays readable.",
        "Put it right",
        "The result is put right",
        {"/test_id": Ask("Drug test", "Which test.", choices="resulted_tests", default="only")},
    ),
    "drug-testing.miss": Form(
        "Record a missed test",
        "The patient did not come for it, and its day is over.",
        "Record",
        "Missed test recorded",
        {"/test_id": UNTAKEN},
    ),
    "drug-testing.refuse": Form(
        "Record a refusal",
        "The patient did not give a specimen.",
        "Record",
        "Refusal recorded",
        {"/test_id": UNTAKEN},
    ),
    "drug-testing.call-off": Form(
        "Call a test off",
        "It is not taken.",
        "Call it off",
        "The test is called off",
        {
            "/test_id": UNTAKEN,
            "/reason": Ask("Why", "A few words that say nothing about the patient."),
        },
    ),
}
