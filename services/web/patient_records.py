"""What can be recorded of a patient, as links to the forms: what the role may and the state has."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.reports.patients import Standing
from services.web.forms.catalog import FORMS
from services.web.page import Page

ANY: frozenset[Standing] = frozenset(
    {"candidate", "admitted", "in_treatment", "discharged", "referred_up", "referral_closed"}
)
REFERRED: frozenset[Standing] = frozenset({"candidate"})
TREATED: frozenset[Standing] = frozenset({"admitted", "in_treatment"})
LEFT: frozenset[Standing] = frozenset({"discharged"})


@dataclass(frozen=True, slots=True)
class Record:
    """A form in the menu."""

    command: str
    title: str


GROUPS: tuple[tuple[str, tuple[tuple[str, frozenset[Standing]], ...]], ...] = (
    (
        "Referral and admission",
        (
            ("screening.screen", REFERRED | TREATED),
            ("patient.admit", REFERRED),
            ("patient.refer-up", REFERRED),
            ("patient.close-referral", REFERRED),
            ("patient.correct-identity", ANY),
            ("patient.correct-record-number", ANY),
            ("patient.correct-admission", TREATED | LEFT),
            ("patient.merge", ANY),
        ),
    ),
    (
        "Plan",
        (
            ("patient.set-plan", TREATED),
            ("patient.review-plan", TREATED),
            ("patient.taper-plan", TREATED),
            ("patient.certify-care", TREATED),
            ("patient.justify-stay", TREATED),
            ("patient.waive-rule", TREATED | LEFT),
            ("patient.withdraw-waiver", TREATED | LEFT),
        ),
    ),
    (
        "Groups",
        (
            ("patient.enrol", TREATED),
            ("patient.end-enrolment", TREATED | LEFT),
            ("patient.correct-enrolment", TREATED | LEFT),
            ("patient.wait-for-track", TREATED),
            ("patient.stop-waiting-for-track", ANY),
            ("patient.assign-counselor", TREATED),
            ("patient.note-commitment", TREATED),
            ("patient.accept-collisions", TREATED),
            ("patient.grant-leave", TREATED),
            ("patient.revise-leave", TREATED),
        ),
    ),
    ("Assessments", (("assessment.take", REFERRED | TREATED),)),
    (
        "Drug tests",
        (
            ("drug-testing.order", TREATED),
            ("drug-testing.collect", TREATED),
            ("drug-testing.report-result", TREATED | LEFT),
            ("drug-testing.correct-result", TREATED | LEFT),
            ("drug-testing.refuse", TREATED),
            ("drug-testing.miss", TREATED),
            ("drug-testing.call-off", TREATED),
            ("drug-testing.notify", TREATED),
            ("drug-testing.hand-over", TREATED | LEFT),
            ("drug-testing.set-draws", TREATED),
            ("drug-testing.end-draws", TREATED | LEFT),
            ("drug-testing.set-phase", TREATED),
        ),
    ),
    (
        "Support",
        (
            ("patient.name-supporter", REFERRED | TREATED),
            ("patient.remove-supporter", REFERRED | TREATED),
            ("patient.report-support-meeting", TREATED),
            ("patient.verify-support-meeting", TREATED),
            ("patient.refer-to-resource", REFERRED | TREATED),
            ("patient.record-resource-outcome", ANY),
        ),
    ),
    ("Outreach", (("patient.attempt-outreach", TREATED | LEFT),)),
    (
        "Incidents",
        (
            ("patient.record-incident", TREATED),
            ("patient.withdraw-incident", TREATED | LEFT),
        ),
    ),
    (
        "Care elsewhere",
        (
            ("patient.record-partial-hospitalization", REFERRED | TREATED),
            ("patient.withdraw-partial-hospitalization", REFERRED | TREATED),
        ),
    ),
    (
        "Money",
        (
            ("patient.authorize", TREATED | LEFT),
            ("patient.change-payer", TREATED | LEFT),
        ),
    ),
    (
        "Consents",
        (
            ("patient.give-consent", ANY),
            ("patient.revoke-consent", ANY),
            ("patient.disclose", ANY),
            ("patient.disclose-in-emergency", ANY),
            ("patient.disclose-without-consent", ANY),
        ),
    ),
    (
        "Discharge",
        (
            ("patient.discharge", TREATED),
            ("patient.sign-discharge-summary", TREATED | LEFT),
            ("patient.take-discharge-back", LEFT),
        ),
    ),
    ("Forgetting", (("identity.forget", ANY),)),
)
"""All that can be recorded, by what belongs together: each command with the states that have it."""


def records_for(page: Page, state: Standing) -> list[tuple[str, list[Record]]]:
    """Return what who asks can record of a patient who stands so."""
    return list(_offered(page, state))


def _offered(page: Page, state: Standing) -> Iterator[tuple[str, list[Record]]]:
    for title, commands in GROUPS:
        offered = [
            Record(command, FORMS[command].title)
            for command, states in commands
            if state in states and page.may(command)
        ]
        if offered:
            yield title, offered
