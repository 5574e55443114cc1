"""Each rule as a sentence that is read as a rule, with the number of the policy in it. Pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from domain.plurals import amount
from domain.policy import RuleName
from domain.policy_parameters import Unit

Kind = Literal["at least", "at most", "within"]
"""What the number of a rule is: a least, a most, or the time in which something has to be done."""


class Sentence(NamedTuple):
    """How a rule is said; `{}` stands for its number with *at least*, *at most* or *within*.

    `counts` is what is counted, where the unit of the number does not say it. `at_once` stands for
    a number of 0.
    """

    kind: Kind
    says: str
    counts: str = ""
    at_once: str = ""


SENTENCES: Mapping[RuleName, Sentence] = {
    # Of a week
    "prescribed-hours": Sentence("at least", "{} a week in the plan of care"),
    "offered-hours": Sentence("at least", "{} offered in a week"),
    "average-hours": Sentence("at least", "{} offered a week, on average over the weeks"),
    "attended-hours": Sentence("at least", "{} attended in a week"),
    "too-many-hours": Sentence("at most", "{} attended in a week"),
    "days-a-week": Sentence("at least", "{} attended in a week"),
    "longest-gap": Sentence("at most", "{} in a row without a service", at_once="no days"),
    "taper-weeks": Sentence("at most", "{} of taper before the lighter level of care"),
    "individual-a-week": Sentence("at least", "{} attended in a week", "individual sessions"),
    "psychiatric-a-week": Sentence("at least", "{} in a week", "psychiatric visits"),
    "longest-stay": Sentence("at most", "{} of stay without a written rationale"),
    "authorization-units": Sentence(
        "at least", "{} of the payer's authorizations left at the end of a week"
    ),
    "authorization-days": Sentence(
        "at least", "{} of the payer's authorizations left at the end of a week"
    ),
    # Of a month
    "individual-a-month": Sentence("at least", "{} attended in a month", "individual sessions"),
    "family-a-month": Sentence("at least", "{} attended in a month", "family sessions"),
    # Of a day
    "billable-day": Sentence("at least", "{} attended on a day that is billed"),
    "services-a-day": Sentence("at least", "{} attended on a day that is billed", "services"),
    "primary-service": Sentence("at least", "{} on a day that is billed", "primary services"),
    "in-person": Sentence("at least", "{} not by video on a day that is billed", "services"),
    "group-each-day": Sentence("at least", "{} on a day of treatment", "groups"),
    "partial-hospitalization": Sentence(
        "at least",
        "{} between partial hospitalization and a day of this level",
        at_once="no overlap",
    ),
    # Of a visit
    "note-due": Sentence("within", "the note about a visit signed {}"),
    "crisis-note": Sentence("within", "the note about a crisis signed {}"),
    "cosignature": Sentence("within", "a note that asks for a co-signature co-signed {}"),
    "outreach-due": Sentence("within", "an attempt to reach who did not come, made {}"),
    "make-up-owed": Sentence("within", "a session that the program called off made up {}"),
    # Of a stay
    "total-hours": Sentence("at least", "{} in all over the first weeks of the stay"),
    "counselor-assigned": Sentence(
        "within", "a counselor of the patient's own assigned {} of admission", at_once="on the day"
    ),
    "first-plan": Sentence(
        "within", "the first plan of care made {} of admission", at_once="on the day"
    ),
    "plan-review": Sentence(
        "within", "the plan of care reviewed {} of admission or the last review"
    ),
    "first-certification": Sentence(
        "within", "the care certified for the first time {} of admission", at_once="on the day"
    ),
    "certification": Sentence(
        "within", "the care certified {} of admission or the last certification"
    ),
    "phq-9": Sentence("within", "a PHQ-9 answered {} of admission or the last one"),
    "gad-7": Sentence("within", "a GAD-7 answered {} of admission or the last one"),
    "bam": Sentence("within", "a BAM answered {} of admission or the last one"),
    "drug-test": Sentence(
        "within", "a specimen for a drug test given {} of admission or the last one"
    ),
    "absence-review": Sentence(
        "within", "the plan of care reviewed {} of repeated absence", at_once="on the day"
    ),
    "contact": Sentence("within", "the patient seen or reached {} of admission or the last time"),
    "discharge-summary": Sentence(
        "within", "the discharge summary signed {} of the discharge", at_once="on the day"
    ),
    "court-report": Sentence("within", "a month reported to the court {} of its end"),
    "noncompliance-report": Sentence("within", "noncompliance reported to the court {}"),
    "emergency-report": Sentence("within", "an emergency reported to the court {}"),
    # Of a session
    "group-size": Sentence("at most", "{} in a group"),
    "group-minimum": Sentence("at least", "{} in a group"),
    "education-size": Sentence("at most", "{} in an education group"),
    "sheet-due": Sentence(
        "within", "the sign-in sheet signed {} of the session", at_once="on the day"
    ),
    # Of a counselor
    "caseload": Sentence("at most", "{} of a counselor, on average over a week"),
    # Of a program
    "program-caseload": Sentence("at most", "{} for each counselor of the program, on average"),
}
"""Each rule as its sentence, in the order of the rules."""

AT_ONCE = "on the same day"
BEFORE_NEXT = "before the next session of the same kind"


def in_words(rule: RuleName, required: int, unit: Unit) -> str:
    """Return a rule with its number, as *at least 9 hours attended in a week*."""
    sentence = SENTENCES[rule]
    return sentence.says.format(asked(rule, required, unit))


def asked(rule: RuleName, required: int, unit: Unit) -> str:
    """Return the number of a rule, as *at least 9 hours*, *within 30 days* or *on the same day*."""
    sentence = SENTENCES[rule]
    if required == 0 and (sentence.at_once or sentence.kind == "within"):
        return sentence.at_once or AT_ONCE
    if sentence.kind == "within" and unit == "sessions":
        return BEFORE_NEXT
    number = duration(required) if unit == "minutes" else amount(required, sentence.counts or unit)
    return f"{sentence.kind} {number}"


def duration(minutes: int) -> str:
    """Return minutes as hours, as *9 hours*, *1 hour 30 minutes* or *50 minutes*."""
    hours, rest = divmod(minutes, 60)
    said = [amount(hours, "hours")] if hours else []
    return " ".join([*said, amount(rest, "minutes")] if rest or not hours else said)
