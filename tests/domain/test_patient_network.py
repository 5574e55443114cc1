"""The patient's network: meetings of others, resources, reaching out; and consents."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import (
    ConsentNotInForce,
    EndMissing,
    EndsBeforeStart,
    NotOnRecord,
    NotPositive,
    NotYet,
)
from domain.patient import (
    Consent,
    ConsentGiven,
    ConsentRevoked,
    Disclosure,
    DisclosureMade,
    Outreach,
    OutreachAttempted,
    ReferredToResource,
    ResourceOutcomeRecorded,
    ResourceReferral,
    SupportMeeting,
    SupportMeetingReported,
    SupportMeetingVerified,
)
from tests.domain.examples import CAUSE, MONDAY, Command, at
from tests.domain.test_patient import patient
from tests.spec import fact, given

SUNDAY, TUESDAY = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
FRIDAY = MONDAY + timedelta(days=4)
MEETING = SupportMeeting("meeting-1", "12-step", MONDAY)
OFFICE = ResourceReferral("referral-1", "housing", "County housing office", MONDAY)
CALL = Outreach("session-1", at("09:00"), "call", "no-answer")
CONSENT = Consent("consent-1", "County court", "legal", ("attendance", "plan"), MONDAY, FRIDAY)
TOLD = Disclosure("disclosure-1", "consent-1", ("attendance",), MONDAY)


def reported(p: Any) -> None:
    p.report_support_meeting(CAUSE, MEETING)


def verified(p: Any) -> None:
    p.verify_support_meeting(CAUSE, "meeting-1")


def told_of_office(p: Any) -> None:
    p.refer_to_resource(CAUSE, OFFICE)


def became(outcome: Any, day: date = MONDAY) -> Command:
    return lambda p: p.record_resource_outcome(CAUSE, "referral-1", outcome, day)


def consented(consent: Consent = CONSENT) -> Command:
    return lambda p: p.give_consent(CAUSE, consent)


def revoked(day: date) -> Command:
    return lambda p: p.revoke_consent(CAUSE, "consent-1", day)


def disclosed(**changes: Any) -> Command:
    return lambda p: p.disclose(CAUSE, replace(TOLD, **changes))


# Meetings of others, resources, reaching out


def test_a_meeting_is_reported_and_then_verified_once() -> None:
    spec = given(patient()).when(reported)
    spec.then(fact(SupportMeetingReported, meeting=MEETING))
    spec.when(reported).then_nothing()
    spec.when(verified).then(fact(SupportMeetingVerified, meeting_id="meeting-1"))
    spec.when(verified).then_nothing()


def test_a_meeting_nobody_reported_is_not_verified() -> None:
    given(patient()).when(verified).then_refused(NotOnRecord, what="meeting")


def test_a_meeting_has_no_minutes_to_count() -> None:
    assert set(SupportMeeting.__slots__) == {"meeting_id", "kind", "day"}


def test_what_became_of_a_referral_to_a_resource() -> None:
    spec = given(patient()).when(told_of_office)
    spec.then(fact(ReferredToResource, referral=OFFICE))
    spec.when(told_of_office).then_nothing()
    spec.when(became("waiting-list")).then(fact(ResourceOutcomeRecorded, outcome="waiting-list"))
    spec.when(became("waiting-list")).then_nothing()
    spec.when(became("connected", TUESDAY)).then(fact(ResourceOutcomeRecorded, day=TUESDAY))
    spec.when(became("connected", SUNDAY)).then_refused(EndsBeforeStart)


def test_nothing_became_of_a_referral_that_was_not() -> None:
    given(patient()).when(became("connected")).then_refused(NotOnRecord)


def test_each_attempt_to_reach_somebody_is_recorded_once() -> None:
    spec = given(patient()).when(lambda p: p.attempt_outreach(CAUSE, CALL))
    spec.then(fact(OutreachAttempted, outreach=CALL))
    spec.when(lambda p: p.attempt_outreach(CAUSE, CALL)).then_nothing()
    text = replace(CALL, way="text", result="reached")
    spec.when(lambda p: p.attempt_outreach(CAUSE, text)).then(fact(OutreachAttempted))
    later = replace(CALL, at=CAUSE.at + timedelta(seconds=1))
    spec.when(lambda p: p.attempt_outreach(CAUSE, later)).then_refused(NotYet)


# Consents


def test_a_consent_is_given_once_and_says_the_same_for_ever() -> None:
    spec = given(patient()).when(consented())
    spec.then(fact(ConsentGiven, consent=CONSENT))
    spec.when(consented()).then_nothing()
    spec.when(consented(replace(CONSENT, scope=("plan",)))).then_refused(ConsentNotInForce)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"scope": ()}, NotPositive),
        ({"last_day": None}, EndMissing),
        ({"last_day": None, "purpose": "family"}, EndMissing),
        ({"last_day": None, "purpose": "treatment-payment-operations"}, None),
        ({"last_day": SUNDAY}, EndsBeforeStart),
        ({"last_day": MONDAY}, None),
    ],
)
def test_a_consent_covers_something_until_a_day(changes: dict[str, Any], refusal: Any) -> None:
    spec = given(patient()).when(consented(replace(CONSENT, **changes)))
    spec.then_refused(refusal) if refusal else spec.then(fact(ConsentGiven))


@pytest.mark.parametrize(
    ("day", "covered"),
    [(SUNDAY, False), (MONDAY, True), (FRIDAY, True), (FRIDAY + timedelta(days=1), False)],
)
def test_a_disclosure_is_within_the_consents_days(day: date, covered: bool) -> None:
    spec = given(patient(), consented()).when(disclosed(day=day))
    spec.then(fact(DisclosureMade)) if covered else spec.then_refused(ConsentNotInForce)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (("attendance",), True),
        (("attendance", "plan"), True),
        (("attendance", "drug-tests"), False),
        ((), False),
    ],
)
def test_a_disclosure_is_within_the_consents_scope(scope: Any, covered: bool) -> None:
    spec = given(patient(), consented()).when(disclosed(scope=scope))
    spec.then(fact(DisclosureMade)) if covered else spec.then_refused(ConsentNotInForce)


def test_a_disclosure_without_end_relies_on_a_consent_without_end() -> None:
    endless = replace(CONSENT, purpose="treatment-payment-operations", last_day=None)
    given(patient(), consented(endless)).when(disclosed(day=date(2040, 1, 1))).then(
        fact(DisclosureMade, disclosure=replace(TOLD, day=date(2040, 1, 1)))
    )


def test_the_same_disclosure_again_records_nothing() -> None:
    given(patient(), consented(), disclosed()).when(disclosed()).then_nothing()


def test_a_revocation_looks_ahead_and_not_back() -> None:
    spec = given(patient(), consented()).when(revoked(TUESDAY))
    spec.then(fact(ConsentRevoked, consent_id="consent-1", day=TUESDAY))
    spec.when(revoked(FRIDAY)).then_nothing()
    spec.when(disclosed(day=TUESDAY)).then_refused(ConsentNotInForce)
    spec.when(disclosed(day=MONDAY)).then(fact(DisclosureMade))


def test_a_consent_is_not_revoked_before_it_was_given() -> None:
    given(patient(), consented()).when(revoked(SUNDAY)).then_refused(EndsBeforeStart)
    given(patient(), consented()).when(revoked(MONDAY)).then(fact(ConsentRevoked))


@pytest.mark.parametrize("command", [revoked(MONDAY), disclosed()])
def test_without_a_consent_there_is_nothing_to_rely_on(command: Command) -> None:
    given(patient()).when(command).then_refused(NotOnRecord, what="consent")
