"""Who is told of an event, by the consents that stood where it was recorded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from domain.aggregate import Event
from domain.consent_standing import ConsentStanding, Moment
from domain.identity import IdentityForgotten
from domain.patient.consent import Consent
from domain.patient.events import ConsentGiven, ConsentRevoked, PatientMerged
from domain.recipient import Recipient
from tests.support.domain_examples import CAUSE, FACILITY

PAYER = Recipient("acme-health", "Acme Health Plan", "payer")
COURT = Recipient("county-court", "County Drug Court", "court")
KNOWN = {each.recipient_id: each for each in (PAYER, COURT)}

FIRST, SECOND, THIRD = (date(2026, 3, day) for day in (1, 2, 3))
TO_PAYER = Consent(
    *("consent-1", "acme-health", "treatment-payment-operations", ("attendance", "plan"), FIRST)
)
TO_COURT = Consent(
    *("consent-2", "County Drug Court", "criminal-justice", ("attendance",), FIRST, SECOND)
)


def gives(consent: Consent) -> Event:
    return _event(ConsentGiven, consent=consent)


def revokes(consent: Consent, day: date) -> Event:
    return _event(ConsentRevoked, consent_id=consent.consent_id, day=day)


def _event(cls: Callable[..., Event], **facts: object) -> Event:
    return cls(
        originator_id="patient-1",
        originator_version=1,
        timestamp=CAUSE.at,
        facility_id=FACILITY,
        command_id="command-1",
        author="staff-7",
        **facts,
    )


def standing(*events: tuple[int, Event]) -> ConsentStanding:
    found = ConsentStanding()
    for position, event in events:
        found.take(position, event)
    return found


def decided(
    found: ConsentStanding, position: int, day: date, told: Moment | None = None
) -> dict[str, str | None]:
    """What is decided of each recipient about an event of attendance: why not, or None."""
    recorded = Moment(position, day)
    decisions = found.decisions(("attendance",), KNOWN, recorded, told or recorded, found)
    return {each.recipient.recipient_id: each.why_not for each in decisions}


def test_who_is_named_by_id_or_name_is_told_what_is_recorded_after_the_consent() -> None:
    found = standing((10, gives(TO_PAYER)), (20, gives(TO_COURT)))
    assert decided(found, 10, FIRST) == {}
    assert decided(found, 11, FIRST) == {"acme-health": None}
    assert decided(found, 21, FIRST) == {"acme-health": None, "county-court": None}


def test_of_a_scope_that_it_does_not_name_nobody_is_told() -> None:
    found, now = standing((10, gives(TO_PAYER))), Moment(11, FIRST)
    assert list(found.decisions(("drug-tests",), KNOWN, now, now, found)) == []
    assert [
        each.scope for each in found.decisions(("schedule", "plan"), KNOWN, now, now, found)
    ] == ["plan"]


def test_a_consent_for_somebody_who_is_no_recipient_delivers_nothing() -> None:
    found = standing((10, gives(replace(TO_PAYER, recipient="supporter-4c1b"))))
    assert decided(found, 11, FIRST) == {}


def test_a_consent_that_ended_says_so() -> None:
    found = standing((10, gives(TO_COURT)))
    assert decided(found, 11, SECOND) == {"county-court": None}
    assert decided(found, 12, THIRD) == {"county-court": "ended on 2026-03-02"}


def test_what_is_recorded_after_a_revocation_is_not_told_on_the_same_day_either() -> None:
    found = standing((10, gives(TO_PAYER)), (20, revokes(TO_PAYER, SECOND)))
    assert decided(found, 19, SECOND) == {"acme-health": None}
    assert decided(found, 21, SECOND) == {"acme-health": "was revoked on 2026-03-02"}
    # Of several days the earliest holds, from where it is recorded on.
    found.take(30, revokes(TO_PAYER, FIRST))
    assert decided(found, 21, FIRST) == {"acme-health": None}
    assert decided(found, 31, THIRD) == {"acme-health": "was revoked on 2026-03-01"}


@pytest.mark.parametrize(
    ("told", "why_not"),
    [
        (Moment(15, FIRST), None),
        (Moment(20, SECOND), "was revoked on 2026-03-02"),
        (Moment(25, THIRD), "was revoked on 2026-03-02"),
    ],
)
def test_what_is_told_late_has_to_be_allowed_by_then(told: Moment, why_not: str | None) -> None:
    found = standing((10, gives(TO_PAYER)), (20, revokes(TO_PAYER, SECOND)))
    assert decided(found, 11, FIRST, told) == {"acme-health": why_not}


def test_what_is_told_late_has_to_be_allowed_by_the_record_that_goes_on_by_then() -> None:
    found = standing((10, gives(TO_PAYER)), (20, _event(PatientMerged, into="patient-2")))
    into = standing((19, gives(TO_PAYER)), (30, revokes(TO_PAYER, SECOND)))
    recorded, told = Moment(11, FIRST), Moment(31, SECOND)
    [decision] = found.decisions(("attendance",), KNOWN, recorded, told, into)
    assert decision.why_not == "was revoked on 2026-03-02"


def test_of_several_consents_one_in_force_is_relied_on() -> None:
    again = replace(TO_PAYER, consent_id="consent-3")
    found = standing((10, gives(TO_PAYER)), (20, revokes(TO_PAYER, FIRST)), (30, gives(again)))
    now = Moment(31, SECOND)
    [decision] = found.decisions(("attendance",), KNOWN, now, now, found)
    assert (decision.consent, decision.why_not) == (again, None)
    found.take(40, revokes(again, SECOND))
    assert decided(found, 41, THIRD) == {"acme-health": "was revoked on 2026-03-02"}


def test_of_somebody_who_was_forgotten_nothing_more_is_told() -> None:
    forgotten = _event(IdentityForgotten, patient_id="patient-1", because="asked for it")
    found = standing((10, gives(TO_PAYER)), (20, forgotten))
    assert decided(found, 19, FIRST) == {"acme-health": None}
    why = "is relied on no longer: the patient was forgotten"
    assert decided(found, 21, FIRST) == {"acme-health": why}


def test_a_record_is_merged_from_where_that_is_recorded() -> None:
    found = standing((10, _event(PatientMerged, into="patient-2")))
    assert (found.merged_into(9), found.merged_into(10)) == (None, "patient-2")
