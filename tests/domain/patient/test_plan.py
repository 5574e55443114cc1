from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest

from domain.aggregate import CommandContext
from domain.errors import (
    EndsBeforeStart,
    NoPlan,
    NoSuchLevel,
    NotAdmitted,
    NotAPhysician,
    NotLess,
    NotPositive,
    RecordMerged,
    Refusal,
)
from domain.levels import ABOVE, BELOW, Level
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
from domain.patient.plan import PromptKind
from domain.patient.state import IMPORT
from tests.domain.patient.test_admission import (
    LEFT,
    candidate,
    closed,
    day,
    in_treatment,
    merged,
    treated_again,
)
from tests.domain.patient.test_patient import PLAN, ended, patient
from tests.support.domain_examples import CAUSE, MONDAY, Command
from tests.support.given_when_then import fact, given

GROUP = PlannedService("group", 90, 3, "week")
FAMILY = PlannedService("family", 60, 1, "month")
WHOLE = Plan(540, 3, (GROUP, FAMILY), ("back to work", "a home of one's own"), day(30))
TAPERED_FROM = day(20)
BY_IMPORT = replace(CAUSE, author=IMPORT)

AUTHORIZATION = Authorization("authorization-1", "medicaid", "H0015", 24, day(0), day(60))


def planned(
    plan: Plan = WHOLE,
    on: date = MONDAY,
    prompt: Prompt | None = None,
    context: CommandContext = CAUSE,
) -> Command:
    return lambda p: p.set_plan(context, plan, on, prompt)


def tapered(plan: Plan, to_level: Any = "1", on: date = TAPERED_FROM) -> Command:
    return lambda p: p.taper_plan(CAUSE, plan, on, to_level)


def reviewed(on: int, following: int) -> Command:
    return lambda p: p.review_plan(CAUSE, day(on), day(following))


def certified(on: int = 1, credential: str = "MD", due_by: date | None = None) -> Command:
    return lambda p: p.certify(CAUSE, day(on), credential=credential, due_by=due_by)


def authorized(authorization: Authorization = AUTHORIZATION) -> Command:
    return lambda p: p.authorize(CAUSE, authorization)


def with_plan(*earlier: Command) -> given:
    return in_treatment(planned(), *earlier)


# The plan


def test_a_plan_with_its_services_goals_and_review_is_set_once() -> None:
    spec = in_treatment()
    spec.when(planned()).then(fact(PlanSet, plan=WHOLE, effective_from=day(0)))
    spec.when(planned()).then_nothing()
    assert (spec.aggregate.plan, spec.aggregate.plan_from) == (WHOLE, day(0))


def test_the_first_plan_needs_nothing_that_prompted_it() -> None:
    spec = in_treatment().when(planned(prompt=Prompt("request")))
    spec.then(fact(PlanSet, plan=WHOLE))
    assert not hasattr(spec.decided[0], "prompt")


@pytest.mark.parametrize(
    "changes",
    [
        {"weekly_minutes": 541},
        {"days_per_week": 4},
        {"services": (GROUP,)},
        {"services": (FAMILY, GROUP)},
        {"goals": ("back to work",)},
        {"goals": ()},
        {"next_review": day(31)},
        {"next_review": None},
    ],
)
def test_a_plan_that_asks_for_something_else_is_an_adjustment(changes: dict[str, Any]) -> None:
    other = replace(WHOLE, **changes)
    spec = with_plan()
    spec.when(planned(other)).then(fact(PlanAdjusted, plan=other, prompt=None))
    spec.when(planned(other)).then_nothing()


@pytest.mark.parametrize("kind", get_args(PromptKind))
@pytest.mark.parametrize("reference", [None, "assessment-1"])
def test_an_adjustment_says_what_prompted_it(kind: PromptKind, reference: str | None) -> None:
    prompt = Prompt(kind, reference)
    with_plan().when(planned(PLAN, day(10), prompt)).then(
        fact(PlanAdjusted, plan=PLAN, effective_from=day(10), prompt=prompt)
    )


def test_another_prompt_for_what_is_planned_already_adjusts_nothing() -> None:
    with_plan().when(planned(prompt=Prompt("review"))).then_nothing()


@pytest.mark.parametrize("earlier", [[], [closed()]])
def test_a_candidate_has_no_plan(earlier: list[Command]) -> None:
    given(candidate(), *earlier).when(planned()).then_refused(NotAdmitted)


@pytest.mark.parametrize(("minutes", "fits"), [(-1, False), (0, False), (1, True)])
def test_a_plan_asks_for_a_minute_at_least(minutes: int, fits: bool) -> None:
    spec = in_treatment().when(planned(replace(WHOLE, weekly_minutes=minutes)))
    if fits:
        spec.then(fact(PlanSet))
    else:
        spec.then_refused(NotPositive, what="weekly hours")


@pytest.mark.parametrize(("number", "fits"), [(-1, False), (0, False), (1, True)])
def test_a_plan_asks_for_a_day_at_least(number: int, fits: bool) -> None:
    spec = in_treatment().when(planned(replace(WHOLE, days_per_week=number)))
    if fits:
        spec.then(fact(PlanSet))
    else:
        spec.then_refused(NotPositive, what="days per week")


@pytest.mark.parametrize(
    ("minutes", "times", "fits"),
    [(1, 1, True), (0, 1, False), (1, 0, False), (-1, 1, False), (1, -1, False)],
)
@pytest.mark.parametrize("per", ["week", "month"])
def test_each_planned_service_takes_place_and_takes_time(
    minutes: int, times: int, per: Any, fits: bool
) -> None:
    service = PlannedService("individual", minutes, times, per)
    spec = in_treatment().when(planned(replace(WHOLE, services=(GROUP, service))))
    if fits:
        spec.then(fact(PlanSet))
    else:
        spec.then_refused(NotPositive, what="minutes and times of individual")


@pytest.mark.parametrize(("number", "fits"), [(9, False), (10, True), (11, True)])
def test_a_plan_is_not_due_for_review_before_it_begins(number: int, fits: bool) -> None:
    spec = in_treatment().when(planned(replace(WHOLE, next_review=day(number)), day(10)))
    if fits:
        spec.then(fact(PlanSet))
    else:
        spec.then_refused(EndsBeforeStart, start="the plan", end="its next review")


@pytest.mark.parametrize("change", [planned, tapered])
@pytest.mark.parametrize("wrong", [Plan(0, 1), Plan(1, 0), replace(PLAN, next_review=day(-1))])
def test_a_change_of_plan_is_held_to_the_same(change: Any, wrong: Plan) -> None:
    spec = with_plan().when(change(wrong))
    assert isinstance(spec.refusal, NotPositive | EndsBeforeStart)
    assert spec.aggregate.plan == WHOLE


def test_who_comes_back_gets_a_plan_of_their_own() -> None:
    spec = treated_again(60)
    spec.when(reviewed(61, 70)).then_refused(NoPlan)
    spec.when(planned()).then(fact(PlanSet, plan=WHOLE))


def test_a_plan_that_somebody_changed_is_no_longer_the_imports() -> None:
    spec = given(patient(), planned(PLAN, context=BY_IMPORT))
    assert "plan" not in spec.aggregate.by_hand
    spec.when(reviewed(1, 30)).then(fact(PlanReviewed))
    assert "plan" in spec.aggregate.by_hand
    spec.when(planned(PLAN, day(2), context=BY_IMPORT)).then(fact(PlanAdjusted))
    assert "plan" not in spec.aggregate.by_hand


# Tapering


@pytest.mark.parametrize(
    ("minutes", "number", "less"),
    [
        (539, 3, True),
        (540, 2, True),
        (539, 2, True),
        (1, 1, True),
        (540, 3, False),
        (541, 3, False),
        (541, 2, False),
        (540, 4, False),
        (539, 4, False),
    ],
)
def test_a_taper_asks_for_less_and_for_no_more(minutes: int, number: int, less: bool) -> None:
    lighter = Plan(minutes, number)
    spec = with_plan().when(tapered(lighter))
    if less:
        spec.then(fact(PlanTapered, plan=lighter, effective_from=day(20), to_level="1"))
        assert (spec.aggregate.plan, spec.aggregate.plan_from) == (lighter, day(20))
    else:
        spec.then_refused(NotLess)


def test_the_same_amount_for_other_goals_is_no_taper() -> None:
    with_plan().when(tapered(replace(WHOLE, goals=(), services=()))).then_refused(NotLess)


def test_a_plan_is_tapered_once_and_then_further() -> None:
    spec = with_plan()
    spec.when(tapered(Plan(360, 2))).then(fact(PlanTapered))
    spec.when(tapered(Plan(360, 2))).then_nothing()
    spec.when(tapered(Plan(360, 2), on=day(27))).then_refused(NotLess)
    spec.when(tapered(Plan(180, 1), on=day(27))).then(fact(PlanTapered, effective_from=day(27)))


def test_a_plan_that_was_tapered_may_ask_for_more_again() -> None:
    spec = with_plan(tapered(Plan(360, 2)))
    spec.when(planned(on=day(27), prompt=Prompt("assessment"))).then(fact(PlanAdjusted))


@pytest.mark.parametrize("level", BELOW)
def test_a_taper_leads_to_a_level_below(level: Level) -> None:
    with_plan().when(tapered(Plan(360, 2), level)).then(fact(PlanTapered, to_level=level))


@pytest.mark.parametrize("level", ["2.1", *ABOVE, "0"])
def test_a_taper_leads_nowhere_else(level: str) -> None:
    with_plan().when(tapered(Plan(360, 2), level)).then_refused(
        NoSuchLevel, level=level, levels=", ".join(BELOW)
    )


def test_a_taper_to_another_level_is_told() -> None:
    spec = with_plan(tapered(Plan(360, 2), "1"))
    spec.when(tapered(Plan(360, 2), "1.5")).then(fact(PlanTapered, to_level="1.5"))


def test_the_plan_that_is_there_is_no_taper_of_itself() -> None:
    with_plan().when(tapered(WHOLE, on=day(0))).then_refused(NotLess)


# Reviews


@pytest.mark.parametrize(("number", "fits"), [(-1, False), (0, True), (1, True)])
def test_a_plan_is_reviewed_on_its_first_day_at_the_earliest(number: int, fits: bool) -> None:
    spec = with_plan().when(reviewed(number, 40))
    if fits:
        spec.then(fact(PlanReviewed, reviewed_on=day(number), next_review=day(40)))
        found = spec.aggregate
        assert found.reviewed_on == day(number)
        assert found.plan == replace(WHOLE, next_review=day(40))
    else:
        spec.then_refused(EndsBeforeStart, start="the plan", end="its review")


@pytest.mark.parametrize(("number", "fits"), [(9, False), (10, True), (11, True)])
def test_the_next_review_is_not_before_this_one(number: int, fits: bool) -> None:
    spec = with_plan().when(reviewed(10, number))
    if fits:
        spec.then(fact(PlanReviewed, next_review=day(number)))
    else:
        spec.then_refused(EndsBeforeStart, start="this review", end="the next review")


def test_a_review_is_recorded_once() -> None:
    spec = with_plan(reviewed(10, 40))
    spec.when(reviewed(10, 40)).then_nothing()
    spec.when(reviewed(10, 41)).then(fact(PlanReviewed, next_review=day(41)))
    spec.when(reviewed(11, 41)).then(fact(PlanReviewed, reviewed_on=day(11)))


def test_a_review_on_the_day_that_was_due_is_one_all_the_same() -> None:
    with_plan().when(reviewed(30, 30)).then(fact(PlanReviewed, next_review=day(30)))


def test_a_review_leaves_what_the_plan_asks_for_as_it_was() -> None:
    spec = in_treatment(planned(PLAN), reviewed(1, 30))
    assert spec.aggregate.plan == replace(PLAN, next_review=day(30))
    assert spec.aggregate.plan_from == day(0)


# Certification


@pytest.mark.parametrize(
    "credential",
    ["MD", "DO", "MD, FASAM", "FASAM, MD", "MD/PhD", "DO, MPH", "PhD, MD", "MD PhD"],
)
def test_a_physician_certifies_once(credential: str) -> None:
    spec = with_plan()
    spec.when(certified(1, credential)).then(
        fact(CareCertified, certified_on=day(1), due_by=day(61), credential=credential)
    )
    spec.when(certified(1, credential)).then_nothing()
    assert (spec.aggregate.certified_on, spec.aggregate.recertify_by) == (day(1), day(61))


@pytest.mark.parametrize(
    "credential",
    ["LCSW", "MDX", "XMD", "DOM", "MDiv", "ADO", "MD2", "MD_", "md", "do", "RN", "PsyD", "", " "],
)
def test_nobody_else_certifies(credential: str) -> None:
    with_plan().when(certified(1, credential)).then_refused(NotAPhysician, credential=credential)


@pytest.mark.parametrize("credential", ["M.D.", "D.O.", "M.D., FASAM"])
def test_a_physician_is_one_with_points_too(credential: str) -> None:
    with_plan().when(certified(1, credential)).then(fact(CareCertified))


@pytest.mark.parametrize("credential", ["LCSW-C (MD)", "LCPC-MD"])
def test_the_state_of_maryland_is_no_physician(credential: str) -> None:
    with_plan().when(certified(1, credential)).then_refused(NotAPhysician)


def test_the_next_certification_is_due_within_sixty_days() -> None:
    spec = with_plan(certified(1)).when(certified(59, "DO"))
    spec.then(
        fact(CareRecertified, certified_on=day(59), due_by=day(59 + 60), credential="DO"),
    )


@pytest.mark.parametrize(("number", "fits"), [(0, False), (1, True), (2, True), (90, True)])
def test_the_next_certification_may_be_due_on_another_day_but_not_before(
    number: int, fits: bool
) -> None:
    spec = with_plan().when(certified(1, due_by=day(number)))
    if fits:
        spec.then(fact(CareCertified, due_by=day(number)))
    else:
        spec.then_refused(EndsBeforeStart, start="this certification", end="the next one")


def test_a_certification_may_turn_out_to_be_due_on_another_day() -> None:
    spec = with_plan(certified(1))
    spec.when(certified(1, due_by=day(61))).then_nothing()
    spec.when(certified(1, due_by=day(31))).then(fact(CareRecertified, due_by=day(31)))
    spec.when(certified(1, due_by=day(31))).then_nothing()


def test_who_comes_back_is_certified_anew() -> None:
    spec = treated_again(60)
    planned()(spec.aggregate)
    spec.history += spec.aggregate.collect_events()
    spec.when(certified(61)).then(fact(CareCertified, due_by=day(121)))


def test_an_older_certification_is_not_the_last_one() -> None:
    spec = with_plan(certified(1), certified(50)).when(certified(1))
    assert (spec.aggregate.certified_on, spec.aggregate.recertify_by) == (day(50), day(110))


def test_an_older_review_is_not_the_last_one() -> None:
    spec = with_plan(reviewed(10, 40), reviewed(40, 70)).when(reviewed(10, 40))
    assert (spec.aggregate.reviewed_on, spec.aggregate.plan.next_review) == (day(40), day(70))


# What follows a plan


@pytest.mark.parametrize("follows", [tapered(Plan(1, 1)), reviewed(1, 30), certified(1)])
@pytest.mark.parametrize(
    "spec", [lambda: given(candidate()), in_treatment, lambda: in_treatment(ended(LEFT))]
)
def test_what_follows_a_plan_needs_one(spec: Any, follows: Command) -> None:
    spec().when(follows).then_refused(NoPlan)


# What a payer agrees to


def test_an_authorization_is_recorded_once_and_may_be_otherwise() -> None:
    longer = replace(AUTHORIZATION, last_day=day(90), units=36)
    spec = in_treatment()
    spec.when(authorized()).then(fact(AuthorizationRecorded, authorization=AUTHORIZATION))
    spec.when(authorized()).then_nothing()
    spec.when(authorized(longer)).then(fact(AuthorizationRevised, authorization=longer))
    assert spec.aggregate.authorizations == {"authorization-1": longer}


def test_several_authorizations_stand_beside_each_other() -> None:
    other = replace(AUTHORIZATION, authorization_id="authorization-2", code="S9480")
    spec = in_treatment(authorized()).when(authorized(other))
    spec.then(fact(AuthorizationRecorded, authorization=other))
    assert list(spec.aggregate.authorizations) == ["authorization-1", "authorization-2"]


@pytest.mark.parametrize("spec", [lambda: given(candidate()), lambda: in_treatment(ended(LEFT))])
def test_a_payer_may_agree_before_and_after_a_treatment(spec: Any) -> None:
    spec().when(authorized()).then(fact(AuthorizationRecorded))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("units", "units"),
        ("units_per_week", "units a week"),
        ("minutes_per_unit", "minutes of a unit"),
    ],
)
@pytest.mark.parametrize(("amount", "fits"), [(-1, False), (0, False), (1, True)])
def test_a_payer_agrees_to_something(name: str, what: str, amount: int, fits: bool) -> None:
    changes: dict[str, Any] = {name: amount}
    spec = in_treatment().when(authorized(replace(AUTHORIZATION, **changes)))
    if fits:
        spec.then(fact(AuthorizationRecorded))
    else:
        spec.then_refused(NotPositive, what=what)


@pytest.mark.parametrize(("number", "fits"), [(-1, False), (0, True), (1, True)])
def test_an_authorization_lasts_a_day_at_least(number: int, fits: bool) -> None:
    spec = in_treatment().when(authorized(replace(AUTHORIZATION, last_day=day(number))))
    if fits:
        spec.then(fact(AuthorizationRecorded))
    else:
        spec.then_refused(EndsBeforeStart, start="first_day", end="last_day")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (replace(AUTHORIZATION, units=0), NotPositive),
        (replace(AUTHORIZATION, last_day=day(-1)), EndsBeforeStart),
    ],
)
def test_an_authorization_is_not_put_wrong(wrong: Authorization, refusal: type[Refusal]) -> None:
    spec = in_treatment(authorized()).when(authorized(wrong))
    spec.then_refused(refusal)
    assert spec.aggregate.authorizations["authorization-1"] == AUTHORIZATION


def test_a_unit_is_a_day_of_three_hours_unless_it_is_said_otherwise() -> None:
    assert AUTHORIZATION.minutes_per_unit == timedelta(hours=3) // timedelta(minutes=1)
    assert AUTHORIZATION.units_per_week is None


# A record that is part of another


@pytest.mark.parametrize(
    "command",
    [
        planned(PLAN),
        tapered(Plan(360, 2)),
        reviewed(2, 41),
        certified(2),
        authorized(replace(AUTHORIZATION, units=12)),
    ],
)
def test_no_plan_changes_on_a_record_that_is_part_of_another(command: Command) -> None:
    spec = with_plan(reviewed(1, 40), certified(1), authorized(), merged)
    spec.when(command).then_refused(RecordMerged)


@pytest.mark.parametrize("command", [reviewed(1, 40), certified(1), authorized()])
def test_what_a_merged_record_says_of_its_plan_may_be_said_again(command: Command) -> None:
    with_plan(reviewed(1, 40), certified(1), authorized(), merged).when(command).then_nothing()
