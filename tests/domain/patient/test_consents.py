from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest

from domain.errors import (
    ConsentNotInForce,
    EndMissing,
    EndsBeforeStart,
    NotOnRecord,
    NotPositive,
    NotYet,
    OrderNotNamed,
    RecordMerged,
    SaidOtherwise,
)
from domain.patient import (
    Consent,
    ConsentGiven,
    ConsentRevoked,
    DisclosedInEmergency,
    DisclosedWithoutConsent,
    Disclosure,
    DisclosureMade,
    EmergencyDisclosure,
    UnconsentedDisclosure,
)
from domain.patient.consent import NEEDS_NO_END, Purpose, Scope
from tests.domain.patient.test_admission import (
    LEFT,
    candidate,
    candidate_again,
    day,
    in_treatment,
    merged,
)
from tests.domain.patient.test_patient import ended
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact, given

COURT = Consent("consent-1", "County Court", "legal", ("attendance", "discharge"), day(10), day(20))
PAYER = replace(COURT, consent_id="consent-2", purpose=NEEDS_NO_END, last_day=None)
LETTER = Disclosure("disclosure-1", "consent-1", ("attendance",), day(15))


def agreed(consent: Consent = COURT) -> Command:
    return lambda p: p.give_consent(CAUSE, consent)


def revoked(on: date = LETTER.day, consent_id: str = "consent-1") -> Command:
    return lambda p: p.revoke_consent(CAUSE, consent_id, on)


def disclosed(disclosure: Disclosure = LETTER) -> Command:
    return lambda p: p.disclose(CAUSE, disclosure)


def on(number: int, consent_id: str = "consent-1") -> Command:
    return disclosed(replace(LETTER, day=day(number), consent_id=consent_id))


def with_consent(*later: Command) -> given:
    return in_treatment(agreed(), *later)


# Consents


@pytest.mark.parametrize(
    "spec",
    [
        lambda: given(candidate()),
        in_treatment,
        lambda: in_treatment(ended(LEFT)),
        candidate_again,
    ],
)
@pytest.mark.parametrize("consent", [COURT, PAYER])
def test_a_patient_agrees_once_whenever(spec: Any, consent: Consent) -> None:
    found = spec()
    found.when(agreed(consent)).then(fact(ConsentGiven, consent=consent))
    found.when(agreed(consent)).then_nothing()
    assert found.aggregate.consents == {consent.consent_id: consent}


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "Probation Office"},
        {"purpose": "family"},
        {"scope": ("attendance",)},
        {"scope": ("discharge", "attendance")},
        {"scope": ()},
        {"given_on": day(9)},
        {"last_day": day(21)},
        {"last_day": None},
        {"discloser": "the program's counselors"},
        {"redisclosure_told": True},
        {"signed_by": "guardian"},
        {"interpreter": False},
    ],
)
@pytest.mark.parametrize("later", [[], [revoked()]])
def test_what_was_signed_says_the_same_for_ever(
    changes: dict[str, Any], later: list[Command]
) -> None:
    spec = with_consent(*later).when(agreed(replace(COURT, **changes)))
    spec.then_refused(SaidOtherwise, what="consent")


def test_the_same_is_agreed_to_under_another_id() -> None:
    again = replace(COURT, consent_id="consent-9")
    with_consent(revoked()).when(agreed(again)).then(fact(ConsentGiven, consent=again))


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_only_a_consent_for_treatment_and_payment_goes_on_without_an_end(purpose: Purpose) -> None:
    endless = replace(COURT, purpose=purpose, last_day=None)
    spec = in_treatment().when(agreed(endless))
    if purpose == "treatment-payment-operations":
        spec.then(fact(ConsentGiven, consent=endless))
    else:
        spec.then_refused(EndMissing, purpose=purpose)


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_a_consent_for_anything_may_have_an_end(purpose: Purpose) -> None:
    wanted = replace(COURT, purpose=purpose)
    in_treatment().when(agreed(wanted)).then(fact(ConsentGiven, consent=wanted))


@pytest.mark.parametrize(("number", "fits"), [(9, False), (10, True), (11, True)])
@pytest.mark.parametrize("consent", [COURT, PAYER])
def test_a_consent_lasts_a_day_at_least(number: int, fits: bool, consent: Consent) -> None:
    spec = in_treatment().when(agreed(replace(consent, last_day=day(number))))
    if fits:
        spec.then(fact(ConsentGiven))
    else:
        spec.then_refused(EndsBeforeStart, start="given_on", end="last_day")


@pytest.mark.parametrize("scope", [(each,) for each in get_args(Scope)])
def test_a_consent_covers_one_thing_at_least(scope: tuple[Scope, ...]) -> None:
    wanted = replace(COURT, scope=scope)
    in_treatment().when(agreed(wanted)).then(fact(ConsentGiven, consent=wanted))


def test_a_consent_to_nothing_is_none() -> None:
    in_treatment().when(agreed(replace(COURT, scope=()))).then_refused(NotPositive)


# Revocations


@pytest.mark.parametrize(
    ("number", "fits"), [(9, False), (10, True), (11, True), (20, True), (21, True)]
)
def test_a_consent_is_taken_back_on_its_first_day_at_the_earliest(number: int, fits: bool) -> None:
    spec = with_consent().when(revoked(day(number)))
    if fits:
        spec.then(fact(ConsentRevoked, consent_id="consent-1", day=day(number)))
        assert spec.aggregate.revoked == {"consent-1": day(number)}
    else:
        spec.then_refused(EndsBeforeStart, start="given_on", end="the revocation")


def test_a_consent_is_taken_back_once() -> None:
    spec = with_consent(revoked(day(15)))
    spec.when(revoked(day(15))).then_nothing()
    spec.when(revoked(day(16))).then_nothing()
    assert spec.aggregate.revoked == {"consent-1": day(15)}


@pytest.mark.parametrize("later", [[], [revoked()]])
def test_a_consent_that_was_revoked_was_given_all_the_same(later: list[Command]) -> None:
    with_consent(*later).when(agreed()).then_nothing()


def test_a_consent_that_nobody_gave_is_not_taken_back() -> None:
    with_consent().when(revoked(consent_id="consent-9")).then_refused(NotOnRecord, what="consent")


def test_a_consent_that_was_taken_back_earlier_covers_nothing_from_then_on() -> None:
    spec = with_consent(revoked(day(17)), revoked(day(14)))
    spec.when(on(15)).then_refused(ConsentNotInForce)


# Disclosures


def test_what_a_consent_covers_is_disclosed_once() -> None:
    spec = with_consent()
    spec.when(disclosed()).then(fact(DisclosureMade, disclosure=LETTER))
    spec.when(disclosed()).then_nothing()
    assert list(spec.aggregate.disclosures) == ["disclosure-1"]


def test_another_disclosure_relies_on_the_same_consent() -> None:
    other = replace(LETTER, disclosure_id="disclosure-2")
    spec = with_consent(disclosed()).when(disclosed(other))
    spec.then(fact(DisclosureMade, disclosure=other))
    assert list(spec.aggregate.disclosures) == ["disclosure-1", "disclosure-2"]


@pytest.mark.parametrize(
    ("number", "because"),
    [
        (9, "was given on 2025-03-13"),
        (10, None),
        (11, None),
        (19, None),
        (20, None),
        (21, "ended on 2025-03-23"),
    ],
)
def test_a_consent_is_good_from_its_first_day_to_its_last(number: int, because: str | None) -> None:
    spec = with_consent().when(on(number))
    if because is None:
        spec.then(fact(DisclosureMade))
    else:
        spec.then_refused(ConsentNotInForce, because=because)


@pytest.mark.parametrize(("number", "fits"), [(9, False), (10, True), (9999, True)])
def test_a_consent_without_an_end_goes_on(number: int, fits: bool) -> None:
    spec = in_treatment(agreed(PAYER)).when(on(number, "consent-2"))
    if fits:
        spec.then(fact(DisclosureMade))
    else:
        spec.then_refused(ConsentNotInForce)


@pytest.mark.parametrize(
    ("number", "because"),
    [
        (10, None),
        (14, None),
        (15, "was revoked on 2025-03-18"),
        (16, "was revoked on 2025-03-18"),
        (21, "was revoked on 2025-03-18"),
        (9, "was given on 2025-03-13"),
    ],
)
def test_nothing_is_disclosed_from_the_day_of_the_revocation_on(
    number: int, because: str | None
) -> None:
    spec = with_consent(revoked(day(15))).when(on(number))
    if because is None:
        spec.then(fact(DisclosureMade))
    else:
        spec.then_refused(ConsentNotInForce, because=because)


def test_a_consent_that_was_revoked_on_its_first_day_never_covered_anything() -> None:
    spec = with_consent(revoked(day(10)))
    spec.when(on(10)).then_refused(ConsentNotInForce, because="was revoked on 2025-03-13")


def test_what_was_disclosed_before_the_revocation_stays_so() -> None:
    spec = with_consent(disclosed(), revoked(day(15)))
    spec.when(disclosed()).then_nothing()
    assert list(spec.aggregate.disclosures) == ["disclosure-1"]


@pytest.mark.parametrize(
    "scope",
    [("attendance",), ("discharge",), ("attendance", "discharge"), ("discharge", "attendance")],
)
def test_a_disclosure_may_tell_less_than_the_consent_covers(scope: tuple[Scope, ...]) -> None:
    wanted = replace(LETTER, scope=scope)
    with_consent().when(disclosed(wanted)).then(fact(DisclosureMade, disclosure=wanted))


@pytest.mark.parametrize(
    ("scope", "beyond"),
    [
        (("drug-tests",), "drug-tests"),
        (("attendance", "drug-tests"), "drug-tests"),
        (("plan", "attendance", "schedule"), "plan, schedule"),
    ],
)
def test_a_disclosure_tells_nothing_beyond_the_consent(
    scope: tuple[Scope, ...], beyond: str
) -> None:
    spec = with_consent().when(disclosed(replace(LETTER, scope=scope)))
    spec.then_refused(ConsentNotInForce, because=f"covers attendance, discharge, not {beyond}")


def test_a_disclosure_of_nothing_is_none() -> None:
    with_consent().when(disclosed(replace(LETTER, scope=()))).then_refused(NotPositive)


@pytest.mark.parametrize("earlier", [[], [agreed(PAYER)]])
def test_nothing_is_disclosed_without_a_consent(earlier: list[Command]) -> None:
    in_treatment(*earlier).when(disclosed()).then_refused(NotOnRecord, what="consent")


def test_one_consent_does_not_cover_what_another_does() -> None:
    wide = replace(PAYER, scope=("drug-tests",))
    spec = with_consent(agreed(wide), revoked(consent_id="consent-2"))
    spec.when(disclosed()).then(fact(DisclosureMade, disclosure=LETTER))
    spec.when(disclosed(replace(LETTER, disclosure_id="d-2", scope=("drug-tests",)))).then_refused(
        ConsentNotInForce
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(LETTER, scope=("drug-tests",)),
        replace(LETTER, day=day(21)),
        replace(LETTER, consent_id="consent-9"),
    ],
)
def test_what_no_consent_covers_is_refused_under_a_known_id_too(other: Disclosure) -> None:
    spec = with_consent(disclosed()).when(disclosed(other))
    spec.then_refused(SaidOtherwise, what="disclosure")


# A record that is part of another


@pytest.mark.parametrize(
    "command", [agreed(PAYER), revoked(), disclosed(replace(LETTER, disclosure_id="disclosure-2"))]
)
def test_no_consent_changes_on_a_record_that_is_part_of_another(command: Command) -> None:
    with_consent(disclosed(), merged).when(command).then_refused(RecordMerged)


@pytest.mark.parametrize("command", [agreed(), revoked(), disclosed()])
def test_what_a_merged_record_says_of_consents_may_be_said_again(command: Command) -> None:
    with_consent(disclosed(), revoked(), merged).when(command).then_nothing()


# Without a consent

PARAMEDICS = EmergencyDisclosure(
    "disclosure-2",
    CAUSE.at,
    personnel="Pat Medic",
    affiliation="County ambulance",
    discloser="Ana Diaz",
    nature="fainted",
    scope=("attendance",),
)
ORDERED = UnconsentedDisclosure(
    "disclosure-3",
    "court-order",
    "County Court",
    "a case about custody",
    ("attendance",),
    day(15),
    "order 25-117",
)


def in_emergency(told: EmergencyDisclosure = PARAMEDICS) -> Command:
    return lambda p: p.disclose_in_emergency(CAUSE, told)


def by_rule(told: UnconsentedDisclosure = ORDERED) -> Command:
    return lambda p: p.disclose_without_consent(CAUSE, told)


@pytest.mark.parametrize(
    ("command", "event", "told"),
    [
        (in_emergency(), DisclosedInEmergency, PARAMEDICS),
        (by_rule(), DisclosedWithoutConsent, ORDERED),
    ],
)
def test_what_is_told_without_a_consent_is_on_record_once(
    command: Command, event: Any, told: Any
) -> None:
    spec = in_treatment()
    spec.when(command).then(fact(event, disclosure=told))
    spec.when(command).then_nothing()
    assert spec.aggregate.disclosures == {told.disclosure_id: told}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (in_emergency(), in_emergency(replace(PARAMEDICS, nature="a seizure"))),
        (by_rule(), by_rule(replace(ORDERED, recipient="Family Court"))),
        (in_emergency(), by_rule(replace(ORDERED, disclosure_id=PARAMEDICS.disclosure_id))),
        (by_rule(replace(ORDERED, disclosure_id=LETTER.disclosure_id)), disclosed()),
    ],
)
def test_a_disclosure_of_any_kind_says_the_same_for_ever(first: Command, then: Command) -> None:
    in_treatment(agreed(), first).when(then).then_refused(SaidOtherwise, what="disclosure")


def test_an_emergency_is_over_before_it_is_on_record() -> None:
    to_come = replace(PARAMEDICS, told_at=CAUSE.at + timedelta(minutes=1))
    in_treatment().when(in_emergency(to_come)).then_refused(NotYet)


@pytest.mark.parametrize("reference", [None, ""])
def test_a_courts_order_is_named(reference: str | None) -> None:
    unnamed = replace(ORDERED, reference=reference)
    in_treatment().when(by_rule(unnamed)).then_refused(OrderNotNamed)
    audited = replace(unnamed, basis="audit-or-evaluation", recipient="County auditor")
    in_treatment().when(by_rule(audited)).then(fact(DisclosedWithoutConsent, disclosure=audited))


@pytest.mark.parametrize(
    "command",
    [in_emergency(replace(PARAMEDICS, scope=())), by_rule(replace(ORDERED, scope=()))],
)
def test_something_is_told_at_least(command: Command) -> None:
    in_treatment().when(command).then_refused(NotPositive, what="the number of things disclosed")
