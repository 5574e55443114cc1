"""The packet for a payer's review: what is on record of a stay, and what is left to a clinician."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from domain.patient import Authorization, Consent, DisclosureMade
from domain.patient.consent import Scope
from domain.recipient import Recipient
from services.application.disclosures import disclose, give_consent, revoke_consent
from services.application.facilities import name_recipient
from services.application.monitoring import take_assessment
from services.application.plans import authorize, review_plan
from services.application.support_network import attempt_outreach
from services.documents.kind import Refused
from services.documents.making import Made
from services.embedded import Engines
from services.reports.queries import NobodyThere, Unanswerable
from services.reports.visits import weeks
from tests.support.backend import fresh_database
from tests.support.documented_clinic import Documented
from tests.support.read_back import blank_margins, read_back
from tests.support.small_clinic import FACILITY, FRIDAY, MONDAY, WEDNESDAY

DAY = timedelta(days=1)
SUNDAY, TUESDAY = MONDAY + 6 * DAY, MONDAY + 8 * DAY
SPAN = {"first": MONDAY, "last": SUNDAY}
PHQ, GAD = (dict.fromkeys(map(str, range(1, number + 1)), 0) for number in (9, 7))


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        found = Documented(backend)
        for each in (found.ann, found.ben):
            agrees(found, each)
        reviewed(found)
        yield found


def reviewed(clinic: Documented) -> None:
    """Let Ben be authorized ten days, be called twice, and answer two questionnaires."""
    ben = clinic.ben
    agreed = Authorization("auth-1", "self", "H0015", 10, MONDAY, FRIDAY + 21 * DAY)
    clinic.does(authorize, ben, agreed)
    missed = clinic.evening(FRIDAY).id
    for way, result in (("call", "no-answer"), ("letter", "reached")):
        clinic.does(attempt_outreach, ben, missed, way=way, result=result)
        clinic.now += timedelta(hours=1)
    for answers, day in ((PHQ | {"1": 3, "2": 3, "3": 3, "4": 3}, MONDAY), (PHQ, FRIDAY)):
        at = datetime.combine(day, time(16), UTC)
        clinic.does(take_assessment, ben, "phq-9", answers, taken_at=at)
    at = datetime.combine(WEDNESDAY, time(16), UTC)
    clinic.does(take_assessment, ben, "gad-7", GAD | {"1": 3, "2": 3}, taken_at=at)
    clinic.does(review_plan, ben, TUESDAY, TUESDAY + 30 * DAY)


ALL: tuple[Scope, ...] = ("attendance", "plan", "assessments", "drug-tests")


def agrees(clinic: Documented, patient_id: str, **otherwise: Any) -> Consent:
    """Let somebody agree that the payer is told everything, or otherwise."""
    facts: dict[str, Any] = {
        "consent_id": f"payer-{patient_id}",
        "recipient": "Self",
        "purpose": "treatment-payment-operations",
        "scope": ALL,
        "given_on": MONDAY,
        **otherwise,
    }
    consent = Consent(**facts)
    clinic.does(give_consent, patient_id, consent)
    return consent


def packet(clinic: Documented, **asked: Any) -> Made:
    return clinic.makes("review-packet", **{"patient_id": clinic.ben, **SPAN, **asked})


def test_the_days_of_an_authorization_are_used_and_left(clinic: Documented) -> None:
    [found] = packet(clinic).facts["authorizations"]
    # A unit is a day of three hours, and Ben's two days have 130 and 120 minutes.
    assert (found["units"], found["used"], found["left"], found["last_used"]) == (10, 0, 10, None)
    assert (found["code"], found["revenue_code"]) == ("H0015", "0906")
    long = Authorization(
        *("auth-2", "self", "S9480", 5, MONDAY, FRIDAY + 21 * DAY), minutes_per_unit=180
    )
    clinic.does(authorize, clinic.ann, long)
    ann = packet(clinic, patient_id=clinic.ann).facts
    # Ann's are two of 180 minutes, on Monday and on Friday.
    [found] = ann["authorizations"]
    assert (found["used"], found["left"], found["last_used"]) == (2, 3, str(FRIDAY))
    assert found["revenue_code"] == "0905"
    assert ann["continued"]
    assert packet(clinic).facts["authorizations"][0]["left"] == 10


def test_weeks_are_those_of_the_report(clinic: Documented) -> None:
    facts = packet(clinic).facts
    [known] = weeks(clinic.reports(), through=SUNDAY, patient_id=clinic.ben).objects()
    [found] = facts["weeks"]
    assert (found["offered_minutes"], found["attended_minutes"], found["planned_minutes"]) == (
        *(known["scheduled_minutes"], known["credited_minutes"], known["required_minutes"]),
    )
    # Three evenings of 180 minutes were offered; 130 and 120 were attended, of nine hours.
    assert (found["offered_minutes"], found["attended_minutes"]) == (540, 250)
    assert (found["attended_days"], found["planned_days"], found["is_part"]) == (2, 3, False)
    assert (facts["plan"]["weekly_minutes"], facts["plan"]["days_per_week"]) == (540, 3)


def test_who_was_missed_was_called(clinic: Documented) -> None:
    facts = packet(clinic).facts
    [missed] = facts["missed"]
    assert (missed["day"], missed["session"], missed["status"]) == (
        *(str(FRIDAY), "Evening", "No-show"),
    )
    assert [(each["way"], each["result"]) for each in missed["outreach"]] == [
        ("call", "no answer"),
        ("letter", "reached"),
    ]
    assert (facts["outreach_tried"], facts["outreach_reached"]) == (2, 1)
    [excused] = packet(clinic, patient_id=clinic.ann).facts["missed"]
    assert (excused["status"], excused["reason"]) == ("Excused", "The car broke down")


def test_assessments_are_drawn_with_their_bands_and_said_in_numbers(clinic: Documented) -> None:
    facts = packet(clinic).facts
    phq, gad = facts["scales"]
    # Four items of 3 are 12, of nine items up to 27; two of 3 are 6, of seven up to 21.
    assert [(each["score"], each["band"]) for each in phq["readings"]] == [
        (12, "moderate"),
        (0, "minimal"),
    ]
    assert (phq["name"], phq["highest"], gad["name"], gad["highest"]) == ("PHQ-9", 27, "GAD-7", 21)
    assert [each["score"] for each in gad["readings"]] == [6]
    found = read_back(packet(clinic).pdf())
    assert found.tags.count("Figure") == 2
    assert "Date PHQ-9, 0 to 27 GAD-7, 0 to 21" in found.text
    assert "Mon, Mar 3, 2025 12 moderate" in found.text
    later = packet(clinic, first=FRIDAY).facts["scales"]
    assert [(each["name"], len(each["readings"])) for each in later] == [("PHQ-9", 1)]


def test_a_packet_prints_its_blanks_and_no_diagnosis(clinic: Documented) -> None:
    made = packet(clinic)
    found = read_back(made.pdf())
    for said in (
        "Patient Ben Baker",
        "Born Mar 4, 1990",
        "Request First request",
        "The consent for this disclosure",
        "Recipient self Purpose treatment, payment and operations",
        "May be disclosed attendance, plan, assessments, drug tests",
        "Notice to the recipient (42 CFR 2.32(a)(1))",
        "Mon, Mar 3, 2025 9 h 4 h 10 min 9 h 3 2 3",
        "2 attempts to reach the patient, of which 1 reached them.",
        "plan review Thu, Apr 10, 2025",
        "Member id Facility tax id and NPI Contact: name, telephone, fax",
        "Authorization number Days asked for From, through Planned discharge",
        "Diagnosis Symptoms and impairment that call for this level of care",
        "Nothing of this is taken from the record.",
    ):
        assert said in found.text
    assert (found.is_ua, found.outside) == (True, ())
    assert all(map(blank_margins, made.pages(ppi=36)))
    assert made.pdf() == packet(clinic).pdf()


def test_the_table_has_each_week_reading_and_due_day(clinic: Documented) -> None:
    lines = packet(clinic).csv().splitlines()
    assert lines[0] == "part,date,what,value,asked_for,remark"
    assert f"week,{MONDAY},minutes attended,250,540,offered 540" in lines
    assert f"assessment,{MONDAY},PHQ-9,12,,moderate" in lines
    assert f"due,{TUESDAY + 30 * DAY},plan review,,," in lines


def test_who_was_not_in_treatment_yet_has_no_packet(clinic: Documented) -> None:
    with pytest.raises(NobodyThere, match="in treatment by"):
        packet(clinic, first=None, last=MONDAY - DAY)
    with pytest.raises(Unanswerable, match="after its last day"):
        packet(clinic, first=TUESDAY + 400 * DAY, last=None)


def test_a_patient_of_whom_little_is_known_has_a_packet_that_says_so(clinic: Documented) -> None:
    never = clinic.admitted("Never", "Came")
    agrees(clinic, never)
    made = packet(clinic, patient_id=never)
    text = read_back(made.pdf()).text
    for said in (
        "No authorization on record.",
        "No plan of care is on record.",
        "No session was missed.",
        "No assessment is on record.",
        "No drug test is on record.",
        "Nothing is due.",
    ):
        assert said in text


# The consent


@pytest.fixture
def own(shared_engines: Engines) -> Iterator[Documented]:
    """A clinic that a test goes on with."""
    with fresh_database(shared_engines) as backend:
        yield Documented(backend)


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        (None, "no consent to self for payment is on record"),
        ({"recipient": "Another plan"}, "no consent to self for payment is on record"),
        (
            {"purpose": "family", "last_day": TUESDAY},
            "no consent to self for payment is on record",
        ),
        ({"last_day": TUESDAY - DAY}, f"the consent to Self ended on {TUESDAY - DAY}"),
        ({"scope": ("plan",)}, "the consent covers plan, not attendance"),
    ],
)
def test_without_a_consent_that_covers_payment_there_is_no_packet(
    own: Documented, otherwise: dict[str, Any] | None, said: str
) -> None:
    if otherwise is not None:
        agrees(own, own.ben, **otherwise)
    with pytest.raises(Refused, match=said):
        packet(own)


def test_a_consent_that_was_taken_back_since_covers_nothing(own: Documented) -> None:
    consent = agrees(own, own.ben)
    own.does(revoke_consent, own.ben, consent.consent_id, TUESDAY)
    with pytest.raises(Refused, match=f"was revoked on {TUESDAY}"):
        packet(own)


def test_a_part_that_the_consent_does_not_cover_is_not_told(own: Documented) -> None:
    reviewed(own)
    agrees(own, own.ben, scope=("attendance", "plan"))
    made = packet(own)
    facts = made.facts
    assert facts["not_covered"] == ["assessments", "drug tests"]
    assert (facts["scales"], facts["drug_tests"]) == ([], [])
    assert facts["plan"]["weekly_minutes"] == 540
    text = read_back(made.pdf()).text
    assert text.count("The consent does not cover this.") == 2
    narrow = packet(own, scope=("attendance",)).facts
    assert narrow["plan"] is None
    assert narrow["due"] == []
    assert {each["planned_minutes"] for each in narrow["weeks"]} == {0}
    with pytest.raises(Refused, match="not drug tests"):
        packet(own, scope=("attendance", "drug-tests"))


def test_each_packet_is_a_disclosure_and_the_same_one_again_is_none(own: Documented) -> None:
    consent = agrees(own, own.ben, scope=("attendance",))
    made = packet(own)
    [(name, arguments)] = made.document.orders
    told = arguments["disclosure"]
    assert (name, arguments["patient_id"]) == ("patient.disclose", own.ben)
    assert (told.disclosure_id, told.consent_id) == (f"document-{made.number}", consent.consent_id)
    assert (told.scope, told.day, told.recipient) == (("attendance",), TUESDAY, None)
    own.does(disclose, **arguments)
    again = packet(own)
    assert (again.number, again.document.orders) == (made.number, ())
    events = own.backend.journal.events.get(own.ben)
    assert sum(isinstance(each, DisclosureMade) for each in events) == 1


def test_a_payer_is_named_as_a_recipient_of_the_site_or_by_a_consent_that_one_says(
    own: Documented,
) -> None:
    own.does(name_recipient, FACILITY, Recipient("self-pay", "Self", "payer", "9 Claim Street"))
    agrees(own, own.ben, recipient="self-pay")
    made = packet(own)
    assert made.facts["consent"]["recipient"] == "self"
    assert made.document.orders[0][1]["disclosure"].recipient is None
    of_a_class = agrees(own, own.ann, recipient="my health plans and third-party payers")
    with pytest.raises(Refused, match="no consent to self"):
        packet(own, patient_id=own.ann)
    named = packet(own, patient_id=own.ann, consent_id=of_a_class.consent_id)
    assert named.facts["consent"]["recipient"] == of_a_class.recipient
    assert named.document.orders[0][1]["disclosure"].recipient == "self"
    with pytest.raises(NobodyThere, match="no consent 'consent-9' is on record"):
        packet(own, consent_id="consent-9")


def test_of_several_consents_the_latest_that_holds_is_relied_on(own: Documented) -> None:
    for number, day in enumerate((MONDAY, WEDNESDAY, FRIDAY)):
        agrees(own, own.ben, consent_id=f"consent-{number}", given_on=day)
    own.does(revoke_consent, own.ben, "consent-2", TUESDAY)
    assert packet(own).facts["consent"]["consent_id"] == "consent-1"
