"""Patients' events as version 1 wrote them, brought up to what is asked of events today."""

import json
from collections.abc import Sequence
from copy import deepcopy
from functools import reduce
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from pydantic import ValidationError

from domain.errors import AlreadyAdmitted, NotAdmitted
from domain.patient import (
    AdmissionCorrected,
    CandidateAdmitted,
    Discharge,
    DischargeCorrected,
    Patient,
    PatientAdmitted,
    PatientDischarged,
    PatientReferredAgain,
    Plan,
    PlanAdjusted,
    PlanReviewed,
    PlanSet,
    Stay,
)
from services.journal.codec import TypedMapper
from tests.domain.patient.test_admission import REFERRAL, admitted, corrected, day, referred
from tests.domain.patient.test_patient import ended, planned
from tests.domain.patient.test_plan import reviewed
from tests.support.domain_examples import FACILITY, MONDAY, at
from tests.support.given_when_then import fact, given, stored

ADMITTED = (
    "patient.admitted",
    {
        "originator_topic": "patient",
        "program_id": "adult-iop",
        "admitted_on": "2025-03-03",
        "payer": "medicaid",
    },
)
PLAN_SET = (
    "patient.plan-set",
    {"plan": {"weekly_minutes": 540, "days_per_week": 3}, "effective_from": "2025-03-03"},
)
PLAN_ADJUSTED = (
    "patient.plan-adjusted",
    {"plan": {"weekly_minutes": 360, "days_per_week": 2}, "effective_from": "2025-03-10"},
)
DISCHARGED = (
    "patient.discharged",
    {"discharge": {"day": "2025-04-02", "kind": "completed"}},
)
TRANSFERRED = (
    "patient.discharge-corrected",
    {"discharge": {"day": "2025-04-03", "kind": "transferred"}},
)
TAKEN_BACK = ("patient.discharge-corrected", {"discharge": None})
CONSENT_GIVEN = (
    "patient.consent-given",
    {
        "consent": {
            "consent_id": "consent-1",
            "recipient": "County court",
            "purpose": "legal",
            "scope": ["attendance"],
            "given_on": "2025-03-03",
            "last_day": "2025-06-30",
        }
    },
)

OLD = [ADMITTED, PLAN_SET, PLAN_ADJUSTED, DISCHARGED, TRANSFERRED, TAKEN_BACK, CONSENT_GIVEN]

Old = tuple[str, dict[str, Any]]


def loaded(old: Old, version: int = 1, **marked: Any) -> Any:
    """Read an event that was stored without a word of its version, as those of version 1 may be."""
    topic, facts = old
    state = {
        "timestamp": "2025-03-03T09:00:00+00:00",
        "facility_id": FACILITY,
        "command_id": "command-1",
        "author": "import",
        **facts,
        **marked,
    }
    body = json.dumps(state).encode()
    return TypedMapper().to_domain_event(StoredEvent("patient-1", version, topic, body))


def history(*old: Old) -> given:
    """Return what version 1 had written of a patient who was admitted."""
    events = [loaded(each, number) for number, each in enumerate((ADMITTED, *old), start=1)]
    spec = given()
    spec.history = events
    spec.aggregate = reduce(lambda state, each: each.mutate(state), events, None)
    return spec


# Each event


@pytest.mark.parametrize("marked", [{}, {"class_version": 1}])
def test_an_old_admission_was_an_import_and_says_not_what_for(marked: dict[str, Any]) -> None:
    event = loaded(ADMITTED, **marked)
    assert type(event) is PatientAdmitted
    assert (event.program_id, event.admitted_on, event.payer) == ("adult-iop", MONDAY, "medicaid")
    assert (event.focus, event.override) == (None, "recorded by import")
    assert (event.timestamp, event.facility_id) == (at("09:00"), FACILITY)


@pytest.mark.parametrize("marked", [{}, {"class_version": 1}])
def test_an_old_plan_had_neither_services_nor_goals_nor_a_review(marked: dict[str, Any]) -> None:
    event = loaded(PLAN_SET, **marked)
    assert type(event) is PlanSet
    assert (event.plan, event.effective_from) == (Plan(540, 3, (), (), None), MONDAY)


@pytest.mark.parametrize("marked", [{}, {"class_version": 1}])
def test_an_old_adjustment_did_not_tell_what_prompted_it(marked: dict[str, Any]) -> None:
    event = loaded(PLAN_ADJUSTED, **marked)
    assert type(event) is PlanAdjusted
    assert (event.plan, event.effective_from) == (Plan(360, 2, (), (), None), day(7))
    assert event.prompt is None


@pytest.mark.parametrize("marked", [{}, {"class_version": 1}])
@pytest.mark.parametrize(
    ("old", "kind", "discharge"),
    [
        (DISCHARGED, PatientDischarged, Discharge(day(30), "completed", (), None)),
        (TRANSFERRED, DischargeCorrected, Discharge(day(31), "transferred", (), None)),
        (TAKEN_BACK, DischargeCorrected, None),
    ],
)
def test_an_old_discharge_told_no_reasons(
    old: Old, kind: type, discharge: Discharge | None, marked: dict[str, Any]
) -> None:
    event: Any = loaded(old, **marked)
    assert type(event) is kind
    assert vars(event)["discharge"] == discharge


@pytest.mark.parametrize("marked", [{}, {"class_version": 1}])
def test_an_old_consent_said_neither_who_discloses_nor_who_signed(marked: dict[str, Any]) -> None:
    consent = loaded(CONSENT_GIVEN, **marked).consent
    assert (consent.purpose, consent.scope) == ("legal", ("attendance",))
    assert (consent.discloser, consent.redisclosure_told) == (None, None)
    assert (consent.signed_by, consent.interpreter) == (None, None)


@pytest.mark.parametrize("old", OLD, ids=lambda each: each[0])
def test_what_was_loaded_is_written_in_its_present_version_and_loads_the_same(old: Old) -> None:
    event = loaded(old)
    written = TypedMapper().to_stored_event(event)
    assert json.loads(written.state)["class_version"] == type(event).class_version
    assert stored(event) == event


@pytest.mark.parametrize(("old", "missed"), [(ADMITTED, "override"), (PLAN_ADJUSTED, "prompt")])
def test_what_only_version_1_may_leave_out_is_refused_of_version_2(old: Old, missed: str) -> None:
    with pytest.raises(ValidationError, match=missed):
        loaded(old, class_version=2)


@pytest.mark.parametrize(
    ("event", "old", "added"),
    [
        (PlanSet, PLAN_SET, {"services": [], "goals": [], "next_review": None}),
        (PlanAdjusted, PLAN_ADJUSTED, {"services": [], "goals": [], "next_review": None}),
        (PatientDischarged, DISCHARGED, {"reasons": [], "to_level": None}),
        (DischargeCorrected, TRANSFERRED, {"reasons": [], "to_level": None}),
    ],
)
def test_what_was_unknown_then_is_spelled_out(event: Any, old: Old, added: dict[str, Any]) -> None:
    state = deepcopy(old[1])
    event.upcast_v1_v2(state)
    name = "plan" if "plan" in state else "discharge"
    assert state[name] == old[1][name] | added


def test_a_discharge_that_was_taken_back_then_stays_so() -> None:
    state = deepcopy(TAKEN_BACK[1])
    DischargeCorrected.upcast_v1_v2(state)
    assert state == {"discharge": None}


@pytest.mark.parametrize("old", OLD, ids=lambda each: each[0])
def test_what_version_1_always_said_is_missed(old: Old) -> None:
    topic, facts = old
    for name in set(facts) - {"originator_topic", "plan", "discharge", "consent"}:
        with pytest.raises(ValidationError, match=name):
            loaded((topic, {key: value for key, value in facts.items() if key != name}))


# What they add up to


@pytest.mark.parametrize(
    ("old", "discharge", "plan"),
    [
        ([], None, None),
        ([PLAN_SET], None, Plan(540, 3)),
        ([PLAN_SET, PLAN_ADJUSTED], None, Plan(360, 2)),
        ([PLAN_SET, DISCHARGED], Discharge(day(30), "completed"), Plan(540, 3)),
        ([DISCHARGED, TRANSFERRED], Discharge(day(31), "transferred"), None),
        ([DISCHARGED, TAKEN_BACK], None, None),
    ],
)
def test_an_old_history_adds_up_to_a_treatment(
    old: Sequence[Old], discharge: Discharge | None, plan: Plan | None
) -> None:
    found = history(*old).aggregate
    assert (found.discharge, found.plan) == (discharge, plan)
    assert (found.admitted_on, found.payer, found.episode) == (MONDAY, "medicaid", 1)
    assert (found.focus, found.override) == (None, "recorded by import")
    assert (found.referral, found.screened, found.earlier) == (None, None, ())
    assert found.by_hand == frozenset()


def test_an_old_plan_goes_on_under_todays_rules() -> None:
    spec = history(PLAN_SET)
    spec.when(planned(Plan(540, 3))).then_nothing()
    spec.when(reviewed(1, 30)).then(fact(PlanReviewed))
    spec.when(planned(Plan(360, 2))).then(fact(PlanAdjusted, plan=Plan(360, 2), prompt=None))


def test_an_old_discharge_goes_on_under_todays_rules() -> None:
    spec = history(DISCHARGED)
    spec.when(ended(Discharge(day(30), "completed"))).then_nothing()
    told = Discharge(day(30), "completed", ("goals-met",))
    spec.when(ended(told)).then(fact(DischargeCorrected, discharge=told))


def test_an_old_discharge_that_was_taken_back_may_come_after_all() -> None:
    spec = history(DISCHARGED, TAKEN_BACK)
    spec.when(ended(None)).then_nothing()
    spec.when(ended(Discharge(day(60), "completed"))).then(fact(PatientDischarged))


def test_an_old_admission_may_be_put_right() -> None:
    spec = history()
    spec.when(corrected()).then_nothing()
    spec.when(corrected(payer="self-pay")).then(fact(AdmissionCorrected, payer="self-pay"))


def test_an_old_treatment_may_be_followed_by_another() -> None:
    again = referred(REFERRAL)
    history().when(again).then_refused(AlreadyAdmitted)
    spec = history(PLAN_SET, DISCHARGED)
    spec.when(again).then(fact(PatientReferredAgain))
    spec.when(admitted(day(31), "known here")).then(fact(CandidateAdmitted, episode=2))
    found: Patient = spec.aggregate
    assert found.earlier == (
        Stay("adult-iop", MONDAY, "medicaid", Discharge(day(30), "completed")),
    )
    with pytest.raises(NotAdmitted):
        found.check_admitted(day(-1))
