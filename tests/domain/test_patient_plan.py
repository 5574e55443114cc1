"""The plan of care, its reviews and certifications, and what payers have agreed to."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import (
    EndsBeforeStart,
    NoPlan,
    NoSuchLevel,
    NotAdmitted,
    NotAPhysician,
    NotLess,
    NotPositive,
)
from domain.levels import ABOVE, BELOW
from domain.patient import (
    Authorization,
    AuthorizationRecorded,
    AuthorizationRevised,
    CareCertified,
    CareRecertified,
    Plan,
    PlanAdjusted,
    PlannedService,
    PlanReviewed,
    PlanSet,
    PlanTapered,
    Prompt,
)
from tests.domain.examples import CAUSE, MONDAY, Command
from tests.domain.test_patient import patient
from tests.domain.test_patient_admission import candidate
from tests.spec import fact, given

SUNDAY, TUESDAY = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
PLAN = Plan(540, 3, (PlannedService("group", 90, 3, "week"),), ("work",), TUESDAY)
AGREED = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, MONDAY, 3)


def planned(plan: Plan = PLAN, day: date = MONDAY, prompt: Prompt | None = None) -> Command:
    return lambda p: p.set_plan(CAUSE, plan, day, prompt)


def tapered(plan: Plan, level: Any = "1") -> Command:
    return lambda p: p.taper_plan(CAUSE, plan, MONDAY, level)


def reviewed(day: date = MONDAY, following: date = TUESDAY) -> Command:
    return lambda p: p.review_plan(CAUSE, day, following)


def certified(day: date = MONDAY, due: date | None = None, credential: str = "MD") -> Command:
    return lambda p: p.certify(CAUSE, day, credential=credential, due_by=due)


def authorized(authorization: Authorization) -> Command:
    return lambda p: p.authorize(CAUSE, authorization)


def test_a_plan_is_set_then_adjusted_with_what_prompted_it() -> None:
    spec = given(patient()).when(planned())
    spec.then(fact(PlanSet, plan=PLAN, effective_from=MONDAY))
    spec.when(planned()).then_nothing()
    prompt = Prompt("drug-test", "drug-test-1")
    spec.when(planned(replace(PLAN, days_per_week=4), prompt=prompt))
    spec.then(fact(PlanAdjusted, prompt=prompt))


@pytest.mark.parametrize(
    "changes",
    [
        {"weekly_minutes": 0},
        {"days_per_week": 0},
        {"services": (PlannedService("group", 0, 3, "week"),)},
        {"services": (PlannedService("group", 90, 0, "week"),)},
    ],
)
def test_a_plan_asks_for_more_than_nothing(changes: dict[str, Any]) -> None:
    given(patient()).when(planned(replace(PLAN, **changes))).then_refused(NotPositive)
    given(patient(), planned()).when(tapered(replace(PLAN, **changes))).then_refused(NotPositive)


def test_one_minute_of_one_service_on_one_day_is_a_plan() -> None:
    least = Plan(1, 1, (PlannedService("group", 1, 1, "month"),))
    given(patient()).when(planned(least)).then(fact(PlanSet, plan=least))


@pytest.mark.parametrize(("due", "possible"), [(SUNDAY, False), (MONDAY, True), (TUESDAY, True)])
def test_a_plan_is_not_due_before_it_begins(due: date, possible: bool) -> None:
    spec = given(patient()).when(planned(replace(PLAN, next_review=due)))
    spec.then(fact(PlanSet)) if possible else spec.then_refused(EndsBeforeStart)


def test_a_candidate_has_no_plan() -> None:
    given(candidate()).when(planned()).then_refused(NotAdmitted)


@pytest.mark.parametrize(
    ("minutes", "days", "possible"),
    [
        (540, 3, False),
        (539, 3, True),
        (540, 2, True),
        (541, 2, False),
        (539, 4, False),
        (360, 2, True),
    ],
)
def test_a_taper_asks_for_less(minutes: int, days: int, possible: bool) -> None:
    less = Plan(minutes, days)
    spec = given(patient(), planned()).when(tapered(less))
    if possible:
        spec.then(fact(PlanTapered, plan=less, effective_from=MONDAY, to_level="1"))
        spec.when(tapered(less)).then_nothing()
    else:
        spec.then_refused(NotLess)


@pytest.mark.parametrize("level", [*ABOVE, "2.1"])
def test_a_taper_leads_to_a_lighter_level(level: Any) -> None:
    given(patient(), planned()).when(tapered(Plan(360, 2), level)).then_refused(NoSuchLevel)


@pytest.mark.parametrize("level", BELOW)
def test_a_taper_leads_to_any_lighter_level(level: Any) -> None:
    given(patient(), planned()).when(tapered(Plan(360, 2), level)).then(
        fact(PlanTapered, to_level=level)
    )


@pytest.mark.parametrize("command", [tapered(Plan(360, 2)), reviewed(), certified()])
def test_what_follows_a_plan_needs_one(command: Command) -> None:
    given(patient()).when(command).then_refused(NoPlan)


def test_a_review_says_when_the_next_one_is_due() -> None:
    spec = given(patient(), planned()).when(reviewed(MONDAY, TUESDAY))
    spec.then(fact(PlanReviewed, reviewed_on=MONDAY, next_review=TUESDAY))
    assert spec.aggregate.plan.next_review == TUESDAY
    spec.when(reviewed(MONDAY, TUESDAY)).then_nothing()


@pytest.mark.parametrize(
    ("day", "following", "possible"),
    [
        (SUNDAY, TUESDAY, False),
        (MONDAY, SUNDAY, False),
        (MONDAY, MONDAY, True),
        (TUESDAY, TUESDAY, True),
    ],
)
def test_a_review_is_of_a_plan_that_holds_and_looks_ahead(
    day: date, following: date, possible: bool
) -> None:
    spec = given(patient(), planned()).when(reviewed(day, following))
    spec.then(fact(PlanReviewed)) if possible else spec.then_refused(EndsBeforeStart)


def test_care_is_certified_for_sixty_days_unless_another_day_is_said() -> None:
    spec = given(patient(), planned()).when(certified())
    spec.then(fact(CareCertified, certified_on=MONDAY, due_by=date(2025, 5, 2), credential="MD"))
    spec.when(certified()).then_nothing()
    spec.when(certified(TUESDAY, MONDAY + timedelta(days=18)))
    spec.then(fact(CareRecertified, certified_on=TUESDAY, due_by=date(2025, 3, 21)))


@pytest.mark.parametrize(("due", "possible"), [(SUNDAY, False), (MONDAY, True), (TUESDAY, True)])
def test_a_certification_is_not_due_before_it_is_made(due: date, possible: bool) -> None:
    spec = given(patient(), planned()).when(certified(MONDAY, due))
    spec.then(fact(CareCertified)) if possible else spec.then_refused(EndsBeforeStart)


@pytest.mark.parametrize(
    ("credential", "possible"),
    [
        ("MD", True),
        ("DO", True),
        ("MD, FASAM", True),
        ("LCSW, MD", True),
        ("LCSW", False),
        ("MDX", False),
        ("", False),
    ],
)
def test_a_physician_certifies(credential: str, possible: bool) -> None:
    spec = given(patient(), planned()).when(certified(credential=credential))
    spec.then(fact(CareCertified)) if possible else spec.then_refused(NotAPhysician)


def test_an_authorization_is_recorded_and_revised() -> None:
    spec = given(patient()).when(authorized(AGREED))
    spec.then(fact(AuthorizationRecorded, authorization=AGREED))
    spec.when(authorized(AGREED)).then_nothing()
    more = replace(AGREED, units=15)
    spec.when(authorized(more)).then(fact(AuthorizationRevised, authorization=more))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"units": 0}, NotPositive),
        ({"units": 1}, None),
        ({"units_per_week": 0}, NotPositive),
        ({"units_per_week": 1}, None),
        ({"units_per_week": None}, None),
        ({"minutes_per_unit": 0}, NotPositive),
        ({"minutes_per_unit": 1}, None),
        ({"last_day": SUNDAY}, EndsBeforeStart),
        ({"last_day": MONDAY}, None),
    ],
)
def test_an_authorization_is_of_something(changes: dict[str, Any], refusal: Any) -> None:
    spec = given(patient()).when(authorized(replace(AGREED, **changes)))
    spec.then_refused(refusal) if refusal else spec.then(fact(AuthorizationRecorded))
