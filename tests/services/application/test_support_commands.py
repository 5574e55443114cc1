"""The commands about supporters, resources, outreach and disclosures."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.errors import (
    ConsentNotInForce,
    NotMissed,
    NotYet,
)
from domain.patient import (
    Consent,
    Disclosure,
    EmergencyDisclosure,
    ResourceReferral,
    SupportMeeting,
    UnconsentedDisclosure,
)
from services.application.check_in import check_in
from services.application.disclosures import (
    disclose,
    disclose_in_emergency,
    disclose_without_consent,
    give_consent,
    revoke_consent,
)
from services.application.sessions import call_off_session, close_session
from services.application.support_network import (
    attempt_outreach,
    name_supporter,
    record_resource_outcome,
    refer_to_resource,
    report_support_meeting,
    verify_support_meeting,
)
from services.vault import Contact
from tests.support.care_path import referred, refused
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FRIDAY,
    MONDAY,
    WEDNESDAY,
    SmallClinic,
)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def test_who_a_sponsor_is_is_kept_with_the_identity(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    sam = Contact("Sam Sponsor", "555-0100")
    since = len(clinic.journal.order)
    for who in (sam, sam, replace(sam, reached_at="555-0101")):
        clinic.daybook.handle(
            clinic.context(), name_supporter, patient_id, "supporter-1", "sponsor", who
        )
    assert clinic.topics(since) == [
        "patient.supporter-named",
        "identity.contact-recorded",
        "identity.contact-recorded",
    ]
    assert b"Sam" not in b"".join(each.state for each in clinic.journal.order)


def test_meetings_of_others_are_no_hours_of_treatment(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    meeting = SupportMeeting("meeting-1", "12-step", MONDAY)
    clinic.daybook.handle(clinic.context(), report_support_meeting, ANN, meeting)
    clinic.daybook.handle(clinic.context(), verify_support_meeting, ANN, "meeting-1")
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    record = clinic.evening().records[ANN].attendance
    assert record
    assert record.credited_minutes == 0
    tomorrow = replace(meeting, meeting_id="meeting-2", day=MONDAY + timedelta(days=1))
    refused(
        clinic,
        NotYet,
        clinic.daybook.handle,
        clinic.context(),
        report_support_meeting,
        ANN,
        tomorrow,
    )


def test_a_resource_and_what_became_of_it(clinic: SmallClinic) -> None:
    to = ResourceReferral("referral-1", "housing", "County housing office", MONDAY)
    clinic.daybook.handle(clinic.context(), refer_to_resource, ANN, to)
    context, of = clinic.context(), (ANN, "referral-1")
    clinic.daybook.handle(context, record_resource_outcome, *of, "waiting-list", MONDAY)
    since = len(clinic.journal.order)
    clinic.daybook.handle(context, record_resource_outcome, *of, "waiting-list", MONDAY)
    assert clinic.topics(since) == []
    refused(
        clinic,
        NotYet,
        clinic.daybook.handle,
        context,
        record_resource_outcome,
        *of,
        "connected",
        FRIDAY,
    )


def test_outreach_follows_a_missed_session_alone(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    clinic.at("17:00")
    session_id = clinic.evening().id
    clinic.daybook.handle(clinic.context(), check_in, session_id, BEN)
    clinic.at("21:00")

    def call(patient_id: str, at: datetime | None = None) -> None:
        clinic.daybook.handle(
            clinic.context(),
            attempt_outreach,
            patient_id,
            session_id,
            way="call",
            result="no-answer",
            at=at,
        )

    refused(clinic, NotMissed, call, BEN)
    refused(clinic, NotMissed, call, CAL)
    refused(clinic, NotMissed, call, ANN, clinic.evening().meeting.starts_at - timedelta(minutes=1))
    refused(clinic, NotYet, call, ANN, clinic.now + timedelta(minutes=1))
    since = len(clinic.journal.order)
    call(ANN)
    call(ANN)
    assert clinic.topics(since) == ["patient.outreach-attempted"]


def test_what_the_program_called_off_nobody_missed(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    session_id = clinic.evening().id
    clinic.daybook.handle(clinic.context(), call_off_session, session_id, "burst pipe")
    clinic.at("21:00")
    with pytest.raises(NotMissed):
        clinic.daybook.handle(
            clinic.context(), attempt_outreach, ANN, session_id, way="call", result="no-answer"
        )


def test_a_disclosure_relies_on_a_consent(clinic: SmallClinic) -> None:
    consent = Consent("consent-1", "County court", "legal", ("attendance",), MONDAY, FRIDAY)
    clinic.daybook.handle(clinic.context(), give_consent, ANN, consent)
    told = Disclosure("disclosure-1", "consent-1", ("attendance",), MONDAY)
    since = len(clinic.journal.order)
    for _ in range(2):
        clinic.daybook.handle(clinic.context(), disclose, ANN, told)
    assert clinic.topics(since) == ["patient.disclosure-made"]
    clinic.at("09:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), revoke_consent, ANN, "consent-1", WEDNESDAY)
    again = replace(told, disclosure_id="disclosure-2", day=WEDNESDAY)
    refused(
        clinic, ConsentNotInForce, clinic.daybook.handle, clinic.context(), disclose, ANN, again
    )
    before = replace(again, day=WEDNESDAY - timedelta(days=1))
    clinic.daybook.handle(clinic.context(), disclose, ANN, before)


def test_what_is_told_without_a_consent_is_told_before_it_is_on_record(
    clinic: SmallClinic,
) -> None:
    urgent = EmergencyDisclosure(
        *("disclosure-1", clinic.now, "Pat Medic", None, "Ana Diaz", "fainted"), ("attendance",)
    )
    audited = UnconsentedDisclosure(
        *("disclosure-2", "audit-or-evaluation", "County auditor", "an audit of claims"),
        *(("attendance",), MONDAY),
    )
    since = len(clinic.journal.order)
    for _ in range(2):
        clinic.daybook.handle(clinic.context(), disclose_in_emergency, ANN, urgent)
        clinic.daybook.handle(clinic.context(), disclose_without_consent, ANN, audited)
    assert clinic.topics(since) == [
        "patient.disclosed-in-emergency",
        "patient.disclosed-without-consent",
    ]
    soon = replace(urgent, disclosure_id="disclosure-3", told_at=clinic.now + timedelta(minutes=1))
    tomorrow = replace(audited, disclosure_id="disclosure-4", day=MONDAY + timedelta(days=1))
    handle, context = clinic.daybook.handle, clinic.context()
    refused(clinic, NotYet, handle, context, disclose_in_emergency, ANN, soon)
    refused(clinic, NotYet, handle, context, disclose_without_consent, ANN, tomorrow)
