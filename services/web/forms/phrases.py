"""What values are called where their own words do not do, and the items of sheets."""

from collections.abc import Mapping

INSTRUMENTS = {"phq-9": "PHQ-9", "gad-7": "GAD-7", "bam": "BAM", "c-ssrs": "C-SSRS"}

WHY_TESTED = {
    "drawn": "drawn",
    "intake": "at intake",
    "for-cause": "for cause",
    "return": "on return",
    "court-order": "by court order",
}

NAMES: Mapping[str, str] = {"treatment-payment-operations": "Treatment, payment and operations"}


def phrase(value: str) -> str:
    """Return what a value is called, as Message left."""
    return NAMES.get(value) or value.replace("-", " ").capitalize()


# Items of questionnaires. Whoever fills one in has the sheet in front of them: these only say
# which line it is.

FREQUENCY = "0 not at all, 1 several days, 2 more than half the days, 3 nearly every day."

SCALES = {"phq-9": FREQUENCY, "gad-7": FREQUENCY, "bam": "The number of each answer, from 0 to 4."}

PHQ_9 = (
    "Little interest or pleasure",
    "Feeling down or hopeless",
    "Sleep",
    "Tired, little energy",
    "Appetite",
    "Feeling bad about oneself",
    "Trouble concentrating",
    "Slow, or restless",
    "Thoughts of being better off dead",
)

GAD_7 = (
    "Nervous or on edge",
    "Cannot stop worrying",
    "Worrying too much",
    "Trouble relaxing",
    "Restless",
    "Easily annoyed",
    "Afraid of something awful",
)

BAM = {
    "1": "Physical health",
    "2": "Trouble sleeping",
    "3": "Depressed, anxious or upset",
    "4": "Any alcohol",
    "5": "Heavy drinking",
    "6": "Any drugs",
    "7a": "Marijuana",
    "7b": "Sedatives",
    "7c": "Cocaine",
    "7d": "Other stimulants",
    "7e": "Opiates",
    "7f": "Inhalants",
    "7g": "Other drugs",
    "8": "Cravings",
    "9": "Confidence",
    "10": "Self-help meetings",
    "11": "Risky situations",
    "12": "Religion or spirituality",
    "13": "Work, school or volunteering",
    "14": "Income",
    "15": "Trouble with others",
    "16": "Supportive people",
    "17": "Progress",
}

C_SSRS = {
    "1": "Wish to be dead",
    "2": "Thoughts of killing oneself",
    "3": "Thoughts of how",
    "4": "Some intent",
    "5": "A plan, and intent",
    "6-lifetime": "Behavior, ever",
    "6-past-3-months": "Behavior within three months",
}
