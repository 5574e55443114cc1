"""The report to a court: what it counts, and that nothing is told without a consent to it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import Refusal
from domain.monitoring.drug_test import Result
from domain.patient import Consent, Discharge, SupportMeeting
from domain.patient.events import DisclosureMade
from domain.recipient import Recipient
from services.application.command import COMMANDS
from services.application.discharge import discharge_patient
from services.application.disclosures import give_consent, revoke_consent
from services.application.facilities import name_recipient
from services.application.monitoring import (
    collect_specimen,
    notify_of_test,
    order_drug_test,
    refuse_test,
    report_result,
)
from services.application.sessions import call_off_session
from services.application.signatures import merge_patients
from services.application.support_network import report_support_meeting, verify_support_meeting
from services.documents.kind import Asked, Refused
from services.documents.kinds import KINDS
from services.documents.making import Made, make
from services.documents.redisclosure import NOTICE
from services.embedded import Engines
from services.reports.queries import NobodyThere, Unanswerable
from services.reports.visits import visits
from tests.support.backend import fresh_database
from tests.support.documented_clinic import Documented
from tests.support.read_back import blank_margins, read_back
from tests.support.small_clinic import FACILITY, FRIDAY, MONDAY, WEDNESDAY

TUESDAY = MONDAY + timedelta(days=8)
"""Today, of the second week."""
DAY = timedelta(days=1)
READS = KINDS["court-report"].reads
SPAN = {"first": MONDAY, "last": TUESDAY}
COURT = Consent(
    *("consent-1", "County court", "legal", ("attendance", "drug-tests", "support"), MONDAY),
    TUESDAY,
    discloser="the counselors of the program",
    redisclosure_told=True,
    signed_by="patient-and-guardian",
    interpreter=False,
)


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    """A clinic of which Ben's consent is on record, with tests and meetings of others."""
    with fresh_database(shared_engines) as backend:
        found = Documented(backend, *READS)
        found.does(give_consent, found.ben, COURT)
        monitored(found)
        yield found


@pytest.fixture
def own(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend, *READS)


def monitored(clinic: Documented) -> None:
    """Let a test of Ben be positive, let him refuse one, and report two meetings of others."""
    found = clinic.does(order_drug_test, clinic.ben, "for-cause")
    clinic.does(notify_of_test, clinic.ben, found)
    clinic.does(collect_specimen, clinic.ben, found, "urine")
    result = Result("presumptive", "positive", clinic.now, ("thc",), None)
    clinic.does(report_result, clinic.ben, found, result)
    other = clinic.does(order_drug_test, clinic.ben, "court-order")
    clinic.does(notify_of_test, clinic.ben, other)
    clinic.does(refuse_test, clinic.ben, other)
    for number, day in enumerate((MONDAY, WEDNESDAY)):
        meeting = SupportMeeting(f"meeting-{number}", "12-step", day)
        clinic.does(report_support_meeting, clinic.ben, meeting)
    clinic.does(verify_support_meeting, clinic.ben, "meeting-0")


def report(clinic: Documented, **asked: Any) -> Made:
    return clinic.makes("court-report", patient_id=clinic.ben, **{**SPAN, **asked})


def agreed(clinic: Documented, **otherwise: Any) -> None:
    clinic.does(give_consent, clinic.ben, replace(COURT, **otherwise))


# What it counts


def test_sessions_are_counted_by_what_came_of_them(clinic: Documented) -> None:
    found = report(clinic).facts["attendance"]
    known = visits(clinic.reports(), through=FRIDAY, patient_id=clinic.ben).objects()
    assert found["scheduled"] == len(known) == 3
    # Monday late and early, Wednesday early, Friday not at all.
    assert (found["attended"], found["excused"], found["unexcused"]) == (2, 0, 1)
    assert found["late"] == sum(each["late"] for each in known) == 1
    assert found["left_early"] == sum(each["left_early"] for each in known) == 2
    assert [(each["day"], each["what"]) for each in found["irregular"]] == [
        (str(MONDAY), "Came late, left early"),
        (str(WEDNESDAY), "Left early"),
        (str(FRIDAY), "No-show"),
    ]
    # The Monday of the second week is not closed.
    assert found["not_closed"] == 1


def test_hours_are_by_kind_of_service(clinic: Documented) -> None:
    found = {each["service"]: each for each in report(clinic).facts["attendance"]["services"]}
    # An evening is 90 minutes of group, then 90 of education; three were held.
    assert {each["scheduled_minutes"] for each in found.values()} == {270}
    # Monday 17:20 to 19:30: 70 and 60. Wednesday 17:00 to 19:00: 90 and 30.
    assert found["group"]["attended_minutes"] == 70 + 90
    assert found["education"]["attended_minutes"] == 60 + 30
    assert {(each["scheduled"], each["attended"]) for each in found.values()} == {(3, 2)}


def test_what_the_program_called_off_is_not_held_against_the_client(own: Documented) -> None:
    agreed(own, last_day=FRIDAY + 7 * DAY)
    own.does(call_off_session, own.evening(WEDNESDAY + 7 * DAY).id, "flooded")
    found = report(own, last=WEDNESDAY + 7 * DAY).facts["attendance"]
    assert (found["called_off_by_program"], found["scheduled"], found["unexcused"]) == (1, 3, 1)
    text = read_back(report(own, last=WEDNESDAY + 7 * DAY).pdf()).text
    assert "The program itself called off 1 session, not counted above" in text


def test_tests_are_counted_by_what_came_of_them(clinic: Documented) -> None:
    found = report(clinic).facts["drug_tests"]
    assert (found["ordered"], found["collected"], found["refused"], found["missed"]) == (2, 1, 1, 0)
    assert (found["positive"], found["negative"], found["pending"]) == (1, 0, 0)
    text = read_back(report(clinic).pdf()).text
    assert "positive: thc (presumptive)" in text
    assert "A presumptive result has not been confirmed by a definitive test." in text
    before = report(clinic, last=FRIDAY).facts["drug_tests"]
    assert (before["ordered"], before["tests"]) == (0, [])


def test_meetings_of_others_are_reported_or_verified(clinic: Documented) -> None:
    found = report(clinic).facts["self_help"]
    assert (found["reported"], found["verified"]) == (2, 1)
    assert [each["verified"] for each in found["meetings"]] == [True, False]


# What it tells, and to whom


def test_it_prints_the_consent_the_notice_and_what_is_left_to_the_clinician(
    clinic: Documented,
) -> None:
    made = report(clinic)
    found = read_back(made.pdf())
    for said in (
        "Client Ben Baker",
        "Kind of report For the period",
        "Court Case number Officer",
        "Progress Recommendation",
        "Author, credential Signature Date",
        "Recipient County court Purpose a legal matter",
        "May be disclosed attendance, drug tests, support",
        "Signed by patient and guardian",
        "Who may disclose the counselors of the program",
        "Notice to the recipient (42 CFR 2.32(a)(1))",
        *NOTICE.paragraphs,
    ):
        assert said in found.text
    assert (found.is_ua, found.outside) == (True, ())
    assert all(map(blank_margins, made.pages(ppi=36)))
    assert made.pdf() == report(clinic).pdf()


def test_a_part_that_is_not_asked_for_is_not_told(clinic: Documented) -> None:
    made = report(clinic, scope=("attendance",))
    assert (made.facts["drug_tests"], made.facts["self_help"]) == (None, None)
    text = read_back(made.pdf()).text
    assert "thc" not in text
    assert "Self-help" not in text
    assert "thc" not in made.csv()
    [(_, order)] = made.document.orders
    assert order["disclosure"].scope == ("attendance",)


def test_why_a_client_was_absent_is_not_told(own: Documented) -> None:
    own.does(give_consent, own.ann, COURT)
    made = own.makes("court-report", patient_id=own.ann, **SPAN)
    assert made.facts["attendance"]["excused"] == 1
    assert "broke down" not in read_back(made.pdf()).text


@pytest.mark.parametrize(("last", "ended"), [(FRIDAY, False), (TUESDAY, True)])
def test_an_emergency_is_told_with_the_discharge(own: Documented, last: Any, ended: bool) -> None:
    agreed(own, scope=("attendance", "drug-tests", "discharge"), purpose="criminal-justice")
    left = Discharge(TUESDAY, "against-advice", ("own-wish",))
    own.does(discharge_patient, own.ben, left)
    made = report(own, emergency=True, last=last)
    text = read_back(made.pdf()).text
    assert "Kind of report Emergency" in text
    assert "Left against advice" in text
    assert bool(made.facts["discharge"]) is ended
    assert ("Discharged on Mar 11, 2025: against advice." in text) is ended
    assert made.facts["self_help"] is None


@pytest.mark.parametrize(
    "asked", [{}, {"recipient": "county-court"}, {"recipient": "County court"}]
)
def test_a_consent_may_name_a_recipient_of_the_site_by_its_id(
    own: Documented, asked: dict[str, Any]
) -> None:
    court = Recipient("county-court", "County court", "court")
    own.does(name_recipient, FACILITY, court)
    agreed(own, recipient="county-court")
    made = report(own, **asked)
    assert made.facts["consent"]["recipient"] == "County court"


# Without a consent


@pytest.mark.parametrize(
    ("otherwise", "asked", "says"),
    [
        ({"last_day": TUESDAY - DAY}, {}, "the consent to County court ended on 2025-03-10"),
        ({"scope": ("attendance", "support")}, {}, "covers attendance, support, not drug tests"),
        (
            {"scope": ("attendance", "drug-tests", "support")},
            {"scope": ("attendance", "discharge")},
            "covers attendance, drug tests, support, not discharge",
        ),
        ({"purpose": "employment"}, {}, "no consent for a legal matter or for criminal justice"),
        (
            {"purpose": "employment"},
            {"recipient": "County court"},
            "is for employment, not for a court",
        ),
        ({}, {"recipient": "Probation"}, "no consent to Probation for a legal matter"),
        (
            {"purpose": "treatment-payment-operations", "last_day": None},
            {"consent_id": "consent-1"},
            "is for treatment, payment and operations, not for a court",
        ),
    ],
)
def test_what_a_consent_does_not_cover_is_refused_with_what_is_missing(
    own: Documented, otherwise: dict[str, Any], asked: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refused, match=r"nothing may be told: no consent for a legal matter"):
        report(own)
    agreed(own, **otherwise)
    with pytest.raises(Refused, match=says):
        report(own, **asked)


@pytest.mark.parametrize(("revoked_on", "covers"), [(TUESDAY, False), (None, True)])
def test_a_consent_holds_on_its_last_day_and_not_on_that_of_its_revocation(
    own: Documented, revoked_on: Any, covers: bool
) -> None:
    agreed(own)
    if revoked_on:
        own.does(revoke_consent, own.ben, "consent-1", revoked_on)
    if covers:
        assert report(own).facts["consent"]["consent_id"] == "consent-1"
    else:
        with pytest.raises(Refused, match="was revoked on 2025-03-11"):
            report(own)


def test_a_consent_of_a_record_that_was_merged_is_one_of_the_record_that_stays(
    own: Documented,
) -> None:
    again = own.admitted("Benjamin", "Baker", "OS-again")
    own.does(give_consent, again, COURT)
    own.does(merge_patients, again, own.ben)
    made = report(own)
    recorded(own, made)
    assert [(each.originator_id, each.disclosure.consent_id) for each in told(own)] == [
        (own.ben, "consent-1")
    ]
    own.does(revoke_consent, own.ben, "consent-1", TUESDAY)
    with pytest.raises(Refused, match="was revoked on 2025-03-11"):
        report(own)


def test_of_several_consents_one_is_to_be_said(own: Documented) -> None:
    agreed(own)
    agreed(own, consent_id="consent-2", recipient="Probation", purpose="criminal-justice")
    agreed(own, consent_id="consent-3", recipient="Kin", purpose="family")
    with pytest.raises(Unanswerable, match=r"consent-1 \(County court\)|consent-2 \(Probation\)"):
        report(own)
    assert report(own, recipient="PROBATION").facts["consent"]["recipient"] == "Probation"
    assert report(own, consent_id="consent-1").facts["consent"]["recipient"] == "County court"
    with pytest.raises(NobodyThere, match="no consent 'consent-9' is on record"):
        report(own, consent_id="consent-9")
    own.does(revoke_consent, own.ben, "consent-2", TUESDAY)
    assert report(own).facts["consent"]["consent_id"] == "consent-1"


def test_what_was_known_earlier_is_told_only_under_a_consent_that_holds_today(
    own: Documented,
) -> None:
    agreed(own)
    earlier, standing = own.reports(), own.standing()
    asked = Asked(patient_id=own.ben, first=MONDAY, last=FRIDAY)
    assert make("court-report", earlier, asked, standing).facts["attendance"]["scheduled"] == 3
    later = replace(asked, asked_at=own.now + DAY)
    with pytest.raises(Refused, match="ended on 2025-03-11"):
        make("court-report", earlier, later, standing)
    # The read models are those of before; the record is not.
    own.does(revoke_consent, own.ben, "consent-1", FRIDAY)
    with pytest.raises(Refused, match="was revoked on 2025-03-07"):
        make("court-report", earlier, asked, standing)


def test_a_consent_that_came_later_is_none_of_what_was_known(own: Documented) -> None:
    earlier, standing = own.reports(), own.standing()
    agreed(own)
    asked = Asked(patient_id=own.ben, first=MONDAY, last=TUESDAY)
    with pytest.raises(Refused, match="no consent for a legal matter"):
        make("court-report", earlier, asked, standing)


# What is put on record


def told(clinic: Documented) -> list[DisclosureMade]:
    events = (clinic.journal.mapper.to_domain_event(each) for each in clinic.journal.after(0, 9999))
    return [each for each in events if isinstance(each, DisclosureMade)]


def recorded(clinic: Documented, made: Made) -> None:
    for name, arguments in made.document.orders:
        clinic.does(COMMANDS[name], **arguments)


def test_each_report_is_a_disclosure_and_the_same_one_again_is_none(own: Documented) -> None:
    agreed(own)
    made = report(own)
    recorded(own, made)
    [event] = told(own)
    assert event.disclosure.disclosure_id == f"document-{made.number}"
    assert event.disclosure.consent_id == "consent-1"
    assert (event.disclosure.scope, event.disclosure.day) == (COURT.scope, TUESDAY)
    again = report(own)
    assert again.number == made.number
    assert again.document.orders == ()
    other = report(own, last=FRIDAY)
    assert other.number != made.number
    recorded(own, other)
    assert len(told(own)) == 2


def test_a_consent_that_is_taken_back_meanwhile_refuses_the_disclosure(own: Documented) -> None:
    agreed(own)
    made = report(own)
    own.does(revoke_consent, own.ben, "consent-1", TUESDAY)
    with pytest.raises(Refusal):
        recorded(own, made)
    assert told(own) == []
