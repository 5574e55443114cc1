"""What can be recorded of a patient, as links to the forms: what the role may and the state has."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.reports.patients import Standing
from services.web.page import Page

ANY: frozenset[Standing] = frozenset(
    {"candidate", "admitted", "in_treatment", "discharged", "referred_up", "referral_closed"}
)
REFERRED: frozenset[Standing] = frozenset({"candidate"})
TREATED: frozenset[Standing] = frozenset({"admitted", "in_treatment"})
LEFT: frozenset[Standing] = frozenset({"discharged"})
GONE: frozenset[Standing] = ANY - TREATED - REFERRED


@dataclass(frozen=True, slots=True)
class Record:
    """A command that puts something on record, and in which states of a patient it does."""

    command: str
    title: str
    states: frozenset[Standing] = TREATED


GROUPS: tuple[tuple[str, tuple[Record, ...]], ...] = (
    (
        "Referral and admission",
        (
            Record("patient.refer", "New referral", GONE),
            Record("screening.screen", "Screening", REFERRED | TREATED),
            Record("patient.admit", "Admit", REFERRED),
            Record("patient.refer-up", "Refer to more care", REFERRED),
            Record("patient.close-referral", "Close the referral", REFERRED),
            Record("patient.correct-identity", "Correct the name or birthday", ANY),
            Record("patient.correct-record-number", "Correct the record number", ANY),
            Record("patient.correct-admission", "Correct the admission", TREATED | LEFT),
            Record("patient.merge", "Merge two records of one person", ANY),
        ),
    ),
    (
        "Plan",
        (
            Record("patient.set-plan", "Plan of care"),
            Record("patient.review-plan", "Review of the plan"),
            Record("patient.taper-plan", "Taper"),
            Record("patient.certify-care", "Certification"),
            Record("patient.justify-stay", "Rationale for a long stay"),
            Record("patient.waive-rule", "Exception from a rule", TREATED | LEFT),
            Record("patient.withdraw-waiver", "Withdraw an exception", TREATED | LEFT),
        ),
    ),
    (
        "Groups",
        (
            Record("patient.enrol", "Put on a track"),
            Record("patient.end-enrolment", "Take off a track", TREATED | LEFT),
            Record("patient.correct-enrolment", "Correct an enrollment", TREATED | LEFT),
            Record("patient.wait-for-track", "Waiting list of a track"),
            Record("patient.stop-waiting-for-track", "Take off a waiting list", ANY),
            Record("patient.assign-counselor", "Counselor"),
            Record("patient.note-commitment", "Work, school or family hours"),
            Record("patient.accept-collisions", "Sessions beside those hours"),
            Record("patient.grant-leave", "Leave"),
            Record("patient.revise-leave", "Change a leave"),
        ),
    ),
    ("Assessments", (Record("assessment.take", "Assessment", REFERRED | TREATED),)),
    (
        "Drug tests",
        (
            Record("drug-testing.order", "Order a test"),
            Record("drug-testing.collect", "Specimen collected"),
            Record("drug-testing.report-result", "Result", TREATED | LEFT),
            Record("drug-testing.correct-result", "Correct a result", TREATED | LEFT),
            Record("drug-testing.refuse", "Test refused"),
            Record("drug-testing.miss", "Test missed"),
            Record("drug-testing.call-off", "Call off a test"),
            Record("drug-testing.notify", "Patient was told"),
            Record("drug-testing.hand-over", "Specimen handed over", TREATED | LEFT),
            Record("drug-testing.set-draws", "Random tests"),
            Record("drug-testing.end-draws", "End random tests", TREATED | LEFT),
        ),
    ),
    (
        "Support",
        (
            Record("patient.name-supporter", "Somebody close", REFERRED | TREATED),
            Record("patient.remove-supporter", "Remove somebody close", REFERRED | TREATED),
            Record("patient.report-support-meeting", "Meeting of others"),
            Record("patient.verify-support-meeting", "Proof of a meeting"),
            Record("patient.refer-to-resource", "Referral to a resource", REFERRED | TREATED),
            Record("patient.record-resource-outcome", "What became of it", ANY),
        ),
    ),
    ("Outreach", (Record("patient.attempt-outreach", "Call or other attempt", TREATED | LEFT),)),
    (
        "Money",
        (
            Record("patient.authorize", "Authorization", TREATED | LEFT),
            Record("patient.change-payer", "Another payer", TREATED | LEFT),
        ),
    ),
    (
        "Consents",
        (
            Record("patient.give-consent", "Consent", ANY),
            Record("patient.revoke-consent", "Revoke a consent", ANY),
            Record("patient.disclose", "Disclosure", ANY),
        ),
    ),
    (
        "Discharge",
        (
            Record("patient.discharge", "Discharge"),
            Record("patient.take-discharge-back", "Take the discharge back", LEFT),
        ),
    ),
)
"""All that can be recorded, by what belongs together."""


def records_for(page: Page, state: Standing) -> list[tuple[str, list[Record]]]:
    """Return what who asks can record of a patient who stands so."""
    return list(_offered(page, state))


def _offered(page: Page, state: Standing) -> Iterator[tuple[str, list[Record]]]:
    for title, records in GROUPS:
        offered = [each for each in records if state in each.states and page.may(each.command)]
        if offered:
            yield title, offered
