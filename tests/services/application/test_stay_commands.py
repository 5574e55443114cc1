"""The commands by which a stay is summed up, incidents are noted and stability is decided."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import GapTooLong, NoCredential, NotAdmitted, NotOnRecord, NotYet
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from services.application.discharge import sign_discharge_summary
from services.application.episode import change_payer, record_incident, withdraw_incident
from services.application.monitoring import draw_drug_test, draw_drug_tests, set_testing_phase
from services.application.policies import adopt_payer_policy, adopt_policy
from tests.support.care_path import LEFT, discharged, refused
from tests.support.evaluated_clinic import house_rules
from tests.support.small_clinic import (
    ANN,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    WEDNESDAY,
    SmallClinic,
)

ASAM = house_rules(drug_test_days=7, drug_test_stable_days=30)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def given(clinic: SmallClinic, command: Any, *arguments: Any, author: str = "staff-1") -> list[str]:
    """Give a command of a patient; return the topics of what it recorded."""
    since = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(author), command, ANN, *arguments)
    return clinic.topics(since)


# The summary


def test_the_summary_of_a_treatment_is_signed_once_by_somebody_of_the_staff(
    clinic: SmallClinic,
) -> None:
    handle = clinic.daybook.handle
    refused(clinic, NotOnRecord, handle, clinic.context(), sign_discharge_summary, ANN, MONDAY)
    discharged(clinic, ANN)
    visitor = clinic.context("a visitor")
    refused(clinic, NoCredential, handle, visitor, sign_discharge_summary, ANN, MONDAY)
    refused(clinic, NotYet, handle, clinic.context(), sign_discharge_summary, ANN, WEDNESDAY)
    signed = ["patient.discharge-summary-signed"]
    assert given(clinic, sign_discharge_summary, MONDAY) == signed
    assert given(clinic, sign_discharge_summary, MONDAY) == []
    clinic.at("10:00", WEDNESDAY)
    assert given(clinic, sign_discharge_summary, WEDNESDAY, MONDAY) == signed
    last = clinic.journal.all_events()[-1]
    assert (last.signed_on, last.discharged_on, last.credential) == (WEDNESDAY, MONDAY, "LCSW")


# Incidents


def test_an_incident_is_recorded_and_taken_back(clinic: SmallClinic) -> None:
    handle = clinic.daybook.handle
    for day, refusal in ((WEDNESDAY, NotYet), (MONDAY - timedelta(days=1), NotAdmitted)):
        refused(clinic, refusal, handle, clinic.context(), record_incident, ANN, "use", day)
    assert given(clinic, record_incident, "use", MONDAY) == [
        "incidents.opened",
        "incidents.incident-recorded",
    ]
    assert given(clinic, record_incident, "use", MONDAY) == []
    withdrawn = given(clinic, withdraw_incident, "use", MONDAY, "of another patient")
    assert withdrawn == ["incidents.incident-withdrawn"]


# Whether a patient is stable


def test_who_is_stable_is_decided_once(clinic: SmallClinic) -> None:
    clinic.at("10:00", WEDNESDAY)
    decided = given(clinic, set_testing_phase, "stable", WEDNESDAY)
    assert decided == ["drug-testing.opened", "drug-testing.phase-set"]
    assert given(clinic, set_testing_phase, "stable", WEDNESDAY) == []
    handle, context = clinic.daybook.handle, clinic.context()
    refused(clinic, NotYet, handle, context, set_testing_phase, ANN, "initial", FRIDAY)
    gaps = Gaps(2, 7)
    refused(
        clinic, NotOnRecord, handle, context, set_testing_phase, ANN, "initial", WEDNESDAY, gaps
    )
    discharged(clinic, ANN, replace(LEFT, day=WEDNESDAY))
    refused(clinic, NotAdmitted, handle, context, set_testing_phase, ANN, "stable", WEDNESDAY)


def test_draws_fit_the_days_that_the_phase_asks_for(clinic: SmallClinic) -> None:
    handle = clinic.daybook.handle
    handle(clinic.context(), adopt_policy, FACILITY, PROGRAM, ASAM, MONDAY)
    given(clinic, draw_drug_tests, Gaps(2, 7))
    with pytest.raises(GapTooLong, match="is 31 days, and cannot be more than 30"):
        given(clinic, set_testing_phase, "stable", MONDAY, Gaps(7, 31))
    fitting = given(clinic, set_testing_phase, "stable", MONDAY, Gaps(7, 30))
    assert fitting == ["drug-testing.phase-set", "drug-testing.interval-set"]
    # Who is stable no longer is tested weekly again: the draws of thirty days do not fit that.
    clinic.at("10:00", date(2025, 3, 12))
    today = clinic.now.date()
    with pytest.raises(GapTooLong, match="is 30 days, and cannot be more than 7"):
        given(clinic, set_testing_phase, "initial", today)
    assert given(clinic, set_testing_phase, "initial", today, Gaps(2, 7)) == [
        "drug-testing.phase-set",
        "drug-testing.interval-set",
    ]


def test_draws_after_a_decision_count_from_the_last_one(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    given(clinic, draw_drug_tests, Gaps(2, 2))
    clinic.at("10:00", WEDNESDAY)
    assert given(clinic, draw_drug_test) == ["drug-testing.drug-test-drawn"]
    clinic.at("10:00", FRIDAY)
    given(clinic, set_testing_phase, "stable", FRIDAY, Gaps(7, 7))
    # Seven days after Wednesday, the 5th, and not after Friday.
    assert clinic.journal.load(DrugTesting.id_of(ANN)).last == WEDNESDAY
    clinic.at("10:00", date(2025, 3, 12))
    assert given(clinic, draw_drug_test) == ["drug-testing.drug-test-drawn"]


def test_a_payers_number_counts_for_whom_it_pays_for(clinic: SmallClinic) -> None:
    handle = clinic.daybook.handle
    handle(clinic.context(), adopt_policy, FACILITY, PROGRAM, ASAM, MONDAY)
    stricter = house_rules(policy_id="payer", drug_test_days=14)
    handle(clinic.context(), adopt_payer_policy, FACILITY, "aetna", stricter, MONDAY)
    given(clinic, draw_drug_tests, Gaps(2, 20))
    assert given(clinic, set_testing_phase, "stable", MONDAY) == ["drug-testing.phase-set"]
    handle(clinic.context(), change_payer, ANN, "aetna", MONDAY)
    clinic.at("10:00", WEDNESDAY)
    # It has no number for who is stable: its fourteen days hold all along.
    with pytest.raises(GapTooLong, match="is 20 days, and cannot be more than 14"):
        given(clinic, set_testing_phase, "stable", WEDNESDAY)
