"""What the page of one patient asks: their own, in its order, the newest first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg.rows import namedtuple_row

from domain.aggregate import CommandContext
from domain.monitoring.assessment import Assessment
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.incidents import Incidents
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    Outreach,
    Patient,
    Plan,
    PlannedService,
    Referral,
    ResourceReferral,
    SupportMeeting,
)
from domain.screening import Candidacy, Finding, Screening
from projections import care, compliance
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY
from tests.support.read_models import ReadModels, facility

DAY = timedelta(days=1)
ALL = {name: getattr(care, name) for name in care.__all__ if name.isupper()}
ALL["AUTHORIZATIONS"] = compliance.AUTHORIZATIONS
OF_A_FACILITY = {"ADMITTED_WITH", "ASSIGNED", "CANDIDATES", "KNOWN", "PAYERS", "TESTED_ON"}
OF_A_PATIENT = sorted(ALL.keys() - OF_A_FACILITY)


def asked(read_models: ReadModels, question: str, patient_id: str = "ann") -> list[Any]:
    """The answers, each with the names of its columns."""
    cursor = read_models._conn.cursor(row_factory=namedtuple_row)
    found: list[Any] = cursor.execute(ALL[question], {"patient_id": patient_id}).fetchall()
    return found


def each(read_models: ReadModels, question: str, column: str) -> list[object]:
    return [getattr(row, column) for row in asked(read_models, question)]


@pytest.mark.parametrize("question", OF_A_PATIENT)
def test_of_somebody_who_is_not_on_record_there_is_no_answer(
    read_models: ReadModels, question: str
) -> None:
    filled(read_models)
    assert asked(read_models, question)
    assert asked(read_models, question, "nobody") == []


@pytest.mark.parametrize("question", sorted(set(OF_A_PATIENT) - {"SERVICES", "FACILITY_OF"}))
def test_each_answer_says_of_whom_it_is(read_models: ReadModels, question: str) -> None:
    filled(read_models, "ann")
    filled(read_models, "ben")
    assert {row.patient_id for row in asked(read_models, question)} == {"ann"}
    assert {row.patient_id for row in asked(read_models, question, "ben")} == {"ben"}


def test_plans_and_their_services_come_newest_first(read_models: ReadModels) -> None:
    filled(read_models)
    assert each(read_models, "PLAN", "effective_from") == [
        MONDAY + 14 * DAY,
        MONDAY + 7 * DAY,
        MONDAY,
    ]
    assert [(row.effective_from, row.service) for row in asked(read_models, "SERVICES")] == [
        (MONDAY + 7 * DAY, "family"),
        (MONDAY + 7 * DAY, "group"),
        (MONDAY, "group"),
    ]


def test_what_has_a_day_comes_newest_first(read_models: ReadModels) -> None:
    filled(read_models)
    taken = each(read_models, "ASSESSMENTS", "taken_at")
    assert taken == [CAUSE.at, CAUSE.at - DAY]
    assert each(read_models, "DRUG_TESTS", "day") == [MONDAY, MONDAY - DAY]
    assert each(read_models, "SUPPORT_MEETINGS", "day") == [MONDAY, MONDAY - DAY]
    assert each(read_models, "RESOURCES", "day") == [MONDAY, MONDAY - DAY]
    assert each(read_models, "OUTREACH", "at") == [CAUSE.at, CAUSE.at - DAY]
    assert each(read_models, "CONSENTS", "given_on") == [MONDAY, MONDAY - DAY]
    assert each(read_models, "DISCLOSURES", "day") == [MONDAY, MONDAY - DAY]
    assert each(read_models, "SCREENING", "screened_on") == [MONDAY, MONDAY - DAY]


def test_the_authorization_that_ends_last_comes_first(read_models: ReadModels) -> None:
    filled(read_models)
    assert each(read_models, "AUTHORIZATIONS", "last_day") == [MONDAY + 30 * DAY, MONDAY + 9 * DAY]


def test_what_is_due_first_comes_first(read_models: ReadModels) -> None:
    filled(read_models)
    assert [(row.what, row.due) for row in asked(read_models, "REVIEWS_DUE")] == [
        ("plan review", MONDAY + 20 * DAY),
        ("recertification", MONDAY + 60 * DAY),
    ]


def test_the_treatment_that_goes_on_comes_before_the_one_that_has_ended(
    read_models: ReadModels,
) -> None:
    ann = filled(read_models)
    again = MONDAY + 30 * DAY
    context = replace(CAUSE, at=CAUSE.at + 30 * DAY)
    read_models.after(
        ann,
        lambda p: p.end(context, Discharge(MONDAY + 20 * DAY, "completed")),
        lambda p: p.refer_again(context, Referral("adult-iop", again, "self", "community")),
        lambda p: p.admit_candidate(
            context, admitted_on=again, payer="self", focus="co-occurring", override="known here"
        ),
    )
    assert each(read_models, "EPISODES", "episode") == [2, 1]
    assert each(read_models, "CANDIDACY", "state") == ["admitted"]
    assert each(read_models, "FACILITY_OF", "facility_id") == [FACILITY]


def filled(read_models: ReadModels, patient_id: str = "ann") -> Patient:
    """A patient of whom each question has something to tell, the newest recorded last but one."""
    yesterday, before = MONDAY - DAY, CommandContext("before", CAUSE.at - DAY, "staff-7")

    def of(what: str) -> str:
        return f"{what}-{patient_id}"

    referral = Referral("adult-iop", MONDAY - DAY, "County hospital", "inpatient")
    ann = Patient.refer(CAUSE, id=patient_id, facility_id=FACILITY, referral=referral)
    ann.admit_candidate(
        CAUSE, admitted_on=MONDAY, payer="medicaid", focus="substance-use", override="known here"
    )
    group, family = (PlannedService(kind, 90, 1, "week") for kind in ("group", "family"))
    plan = Plan(540, 3, (group,), next_review=MONDAY + 20 * DAY)
    ann.set_plan(CAUSE, plan, MONDAY)
    ann.set_plan(CAUSE, replace(plan, services=(group, family)), MONDAY + 7 * DAY)
    ann.taper_plan(CAUSE, replace(plan, days_per_week=2, services=()), MONDAY + 14 * DAY, "1")
    ann.certify(CAUSE, MONDAY, credential="MD")
    for number, last_day in ((1, MONDAY + 9 * DAY), (2, MONDAY + 30 * DAY)):
        agreed = Authorization(of(f"a-{number}"), "medicaid", "H0015", 12, MONDAY, last_day)
        ann.authorize(CAUSE, agreed)
    for number, day in ((1, MONDAY), (2, yesterday)):
        consent = Consent(of(f"c-{number}"), "Court", "legal", ("attendance",), day, MONDAY)
        told = Disclosure(of(f"d-{number}"), consent.consent_id, ("attendance",), day)
        ann.give_consent(CAUSE, consent)
        ann.disclose(CAUSE, told)
        ann.report_support_meeting(CAUSE, SupportMeeting(of(f"m-{number}"), "12-step", day))
        resource = ResourceReferral(of(f"r-{number}"), "housing", "County", day)
        ann.refer_to_resource(CAUSE, resource)
        ann.name_supporter(CAUSE, of(f"supporter-{number}"), "sponsor")
    ann.end(CAUSE, Discharge(MONDAY, "completed"))
    ann.sign_summary(CAUSE, MONDAY, credential="LCSW")
    ann.end(CAUSE, None)
    who = {"facility_id": FACILITY, "patient_id": patient_id}
    incidents = Incidents.start(CAUSE, **who)
    incidents.learn(CAUSE, "arrest", MONDAY)
    tests = DrugTesting.start(CAUSE, **who)
    tests.set_phase(CAUSE, "stable", MONDAY, MONDAY)
    read_models.take(*([] if read_models.rows("SELECT FROM care.facilities") else [facility()]))
    sound = Candidacy(
        stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
    )
    finding = Finding("3", {str(n): 1 for n in range(1, 7)}, sound, "2.1", ("dimension-5",))
    for context, day in ((CAUSE, MONDAY), (before, yesterday)):
        ann.attempt_outreach(CAUSE, Outreach("s-1", context.at, "call", "no-answer"))
        tests.order(CAUSE, of(f"test-{day}"), day, "for-cause")
        answers = {str(number): 1 for number in range(1, 10)}
        read_models.take(
            Assessment.take(
                context, **who, instrument="phq-9", taken_at=context.at, answers=answers
            ),
            Screening.start(CAUSE, **who, screened_on=day, finding=finding, population="adult"),
        )
    read_models.take(ann, tests, incidents)
    return ann
