from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest

from domain.errors import EndsBeforeStart, NotNamed, NotOnRecord, NotYet, RecordMerged
from domain.patient import (
    Outreach,
    OutreachAttempted,
    ReferredToResource,
    ResourceOutcomeRecorded,
    ResourceReferral,
    SupporterNamed,
    SupporterRemoved,
    SupportMeeting,
    SupportMeetingReported,
    SupportMeetingVerified,
)
from domain.patient.support import (
    OutreachResult,
    ResourceKind,
    ResourceOutcome,
    SupportMeetingKind,
    Way,
)
from tests.domain.patient.test_admission import (
    LEFT,
    candidate,
    candidate_again,
    day,
    in_treatment,
    merged,
)
from tests.domain.patient.test_merge import named, removed
from tests.domain.patient.test_patient import ended
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact, given

MEETING = SupportMeeting("meeting-1", "12-step", day(2))
RESOURCE = ResourceReferral("referral-1", "housing", "Harbor House", day(5))
KNOWN_ON = day(6)
CALL = Outreach("session-1", CAUSE.at, "call", "message-left")

WHENEVER = [
    lambda: given(candidate()),
    in_treatment,
    lambda: in_treatment(ended(LEFT)),
    candidate_again,
]
"""A network is there before, during and after a treatment."""


def reported(meeting: SupportMeeting = MEETING) -> Command:
    return lambda p: p.report_support_meeting(CAUSE, meeting)


def verified(meeting_id: str = "meeting-1") -> Command:
    return lambda p: p.verify_support_meeting(CAUSE, meeting_id)


def told_of(referral: ResourceReferral = RESOURCE) -> Command:
    return lambda p: p.refer_to_resource(CAUSE, referral)


def came_to(
    outcome: ResourceOutcome = "connected", on: date = KNOWN_ON, referral_id: str = "referral-1"
) -> Command:
    return lambda p: p.record_resource_outcome(CAUSE, referral_id, outcome, on)


def tried(outreach: Outreach = CALL) -> Command:
    return lambda p: p.attempt_outreach(CAUSE, outreach)


# Who is close


@pytest.mark.parametrize("spec", WHENEVER)
def test_somebody_close_is_named_whenever(spec: Any) -> None:
    found = spec().when(named("s-1", "sponsor"))
    found.then(fact(SupporterNamed, supporter_id="s-1", relation="sponsor"))
    assert found.aggregate.relation_of("s-1") == "sponsor"


def test_somebody_may_be_named_again_and_only_under_their_own_id() -> None:
    spec = in_treatment(named("s-1"), named("s-2", "peer"))
    spec.when(named("s-2", "sponsor")).then(fact(SupporterNamed, supporter_id="s-2"))
    assert spec.aggregate.supporters == {"s-1": "mother", "s-2": "sponsor"}
    spec.when(removed("s-2")).then(fact(SupporterRemoved, supporter_id="s-2"))
    spec.when(lambda p: p.relation_of("s-2")).then_refused(NotNamed)


# Meetings of others


@pytest.mark.parametrize("spec", WHENEVER)
@pytest.mark.parametrize("kind", get_args(SupportMeetingKind))
def test_a_meeting_of_others_is_reported_once(spec: Any, kind: SupportMeetingKind) -> None:
    meeting, found = replace(MEETING, kind=kind), spec()
    found.when(reported(meeting)).then(fact(SupportMeetingReported, meeting=meeting))
    found.when(reported(meeting)).then_nothing()


def test_a_meeting_of_others_has_no_minutes_to_count() -> None:
    assert set(SupportMeeting.__slots__) == {"meeting_id", "kind", "day"}


def test_a_report_may_be_put_right_and_others_added() -> None:
    other, right = replace(MEETING, meeting_id="meeting-2"), replace(MEETING, day=day(3))
    spec = in_treatment(reported())
    spec.when(reported(right)).then(fact(SupportMeetingReported, meeting=right))
    spec.when(reported(other)).then(fact(SupportMeetingReported, meeting=other))
    assert spec.aggregate.support_meetings == {"meeting-1": right, "meeting-2": other}


def test_a_meeting_is_proven_once() -> None:
    spec = in_treatment(reported())
    spec.when(verified()).then(fact(SupportMeetingVerified, meeting_id="meeting-1"))
    spec.when(verified()).then_nothing()
    assert spec.aggregate.verified_meetings == ("meeting-1",)


@pytest.mark.parametrize("earlier", [[], [reported(replace(MEETING, meeting_id="meeting-2"))]])
def test_only_a_meeting_that_was_reported_is_proven(earlier: list[Command]) -> None:
    spec = in_treatment(*earlier).when(verified())
    spec.then_refused(NotOnRecord, what="support meeting")
    assert str(spec.refusal) == "there is no such support meeting on record"


def test_the_proof_of_a_meeting_is_none_of_one_on_another_day() -> None:
    spec = in_treatment(reported(), verified(), reported(replace(MEETING, day=day(9))))
    spec.when(verified()).then(fact(SupportMeetingVerified, meeting_id="meeting-1"))


# Resources


@pytest.mark.parametrize("spec", WHENEVER)
@pytest.mark.parametrize("kind", get_args(ResourceKind))
def test_a_patient_is_told_of_a_resource_once(spec: Any, kind: ResourceKind) -> None:
    referral, found = replace(RESOURCE, kind=kind), spec()
    found.when(told_of(referral)).then(fact(ReferredToResource, referral=referral))
    found.when(told_of(referral)).then_nothing()


def test_what_a_patient_was_told_may_be_put_right_and_others_added() -> None:
    other, right = replace(RESOURCE, referral_id="referral-2"), replace(RESOURCE, day=day(4))
    spec = in_treatment(told_of())
    spec.when(told_of(right)).then(fact(ReferredToResource, referral=right))
    spec.when(told_of(other)).then(fact(ReferredToResource, referral=other))
    assert spec.aggregate.resources == {"referral-1": right, "referral-2": other}


@pytest.mark.parametrize("outcome", get_args(ResourceOutcome))
def test_what_became_of_a_resource_is_recorded_once(outcome: ResourceOutcome) -> None:
    spec = in_treatment(told_of())
    spec.when(came_to(outcome)).then(
        fact(ResourceOutcomeRecorded, referral_id="referral-1", outcome=outcome, day=day(6))
    )
    spec.when(came_to(outcome)).then_nothing()


def test_what_became_of_a_resource_may_change() -> None:
    spec = in_treatment(told_of(), came_to("waiting-list"))
    spec.when(came_to("connected", day(20))).then(
        fact(ResourceOutcomeRecorded, outcome="connected", day=day(20))
    )
    spec.when(came_to("connected", day(21))).then(fact(ResourceOutcomeRecorded, day=day(21)))
    assert spec.aggregate.resource_outcomes == {"referral-1": ("connected", day(21))}


@pytest.mark.parametrize(("number", "fits"), [(4, False), (5, True), (6, True)])
def test_nothing_became_of_a_resource_before_the_patient_was_told(number: int, fits: bool) -> None:
    spec = in_treatment(told_of()).when(came_to(on=day(number)))
    if fits:
        spec.then(fact(ResourceOutcomeRecorded, day=day(number)))
    else:
        spec.then_refused(EndsBeforeStart, start="the referral", end="its outcome")


@pytest.mark.parametrize("earlier", [[], [told_of(replace(RESOURCE, referral_id="referral-2"))]])
def test_nothing_became_of_a_resource_that_nobody_told(earlier: list[Command]) -> None:
    spec = in_treatment(*earlier).when(came_to())
    spec.then_refused(NotOnRecord, what="referral to a resource")


def test_a_patient_was_not_told_after_what_became_of_it() -> None:
    spec = in_treatment(told_of(), came_to(on=day(6)))
    spec.when(told_of(replace(RESOURCE, day=day(7)))).then_refused(EndsBeforeStart)


# Reaching out


@pytest.mark.parametrize("spec", WHENEVER)
@pytest.mark.parametrize("way", get_args(Way))
def test_reaching_out_is_recorded_once(spec: Any, way: Way) -> None:
    attempt, found = replace(CALL, way=way), spec()
    found.when(tried(attempt)).then(fact(OutreachAttempted, outreach=attempt))
    found.when(tried(attempt)).then_nothing()


@pytest.mark.parametrize("result", get_args(OutreachResult))
def test_reaching_out_ends_in_some_way(result: OutreachResult) -> None:
    attempt = replace(CALL, result=result)
    in_treatment().when(tried(attempt)).then(fact(OutreachAttempted, outreach=attempt))


@pytest.mark.parametrize(("seconds", "fits"), [(-1, True), (0, True), (1, False)])
def test_reaching_out_is_told_afterwards(seconds: int, fits: bool) -> None:
    attempt = replace(CALL, at=CAUSE.at + timedelta(seconds=seconds))
    spec = in_treatment().when(tried(attempt))
    if fits:
        spec.then(fact(OutreachAttempted, outreach=attempt))
    else:
        spec.then_refused(NotYet)


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, session_id="session-2"),
        replace(CALL, at=CAUSE.at - timedelta(minutes=1)),
        replace(CALL, way="text"),
        replace(CALL, result="reached"),
    ],
)
def test_another_attempt_is_another_one(other: Outreach) -> None:
    spec = in_treatment(tried()).when(tried(other))
    spec.then(fact(OutreachAttempted, outreach=other))
    assert spec.aggregate.outreach == (CALL, other)


# A record that is part of another


def everything(*later: Command) -> given:
    return in_treatment(
        named("s-1"), reported(), verified(), told_of(), came_to(), tried(), merged, *later
    )


@pytest.mark.parametrize(
    "command",
    [
        named("s-2"),
        removed("s-1"),
        reported(replace(MEETING, meeting_id="meeting-2")),
        told_of(replace(RESOURCE, day=day(4))),
        came_to("declined"),
        tried(replace(CALL, way="visit")),
    ],
)
def test_no_network_changes_on_a_record_that_is_part_of_another(command: Command) -> None:
    everything().when(command).then_refused(RecordMerged)


def test_no_meeting_is_proven_on_a_record_that_is_part_of_another() -> None:
    in_treatment(reported(), merged).when(verified()).then_refused(RecordMerged)


@pytest.mark.parametrize(
    "command", [named("s-1"), removed("s-9"), reported(), verified(), told_of(), came_to(), tried()]
)
def test_what_a_merged_record_says_of_the_network_may_be_said_again(command: Command) -> None:
    everything().when(command).then_nothing()
