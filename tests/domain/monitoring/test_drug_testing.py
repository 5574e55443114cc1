"""A patient's drug tests: drawn, ordered, and each step after the one before it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.errors import (
    EndsBeforeStart,
    GapsReversed,
    NotOnRecord,
    NotPositive,
    NotYet,
    ReasonMissing,
    StepOutOfTurn,
    WrongAnswers,
)
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Result
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import (
    DrugTestCalledOff,
    DrugTestDrawn,
    DrugTestingOpened,
    DrugTestMissed,
    DrugTestOrdered,
    DrugTestRefused,
    IntervalEnded,
    IntervalSet,
    PatientNotified,
    ResultCorrected,
    ResultReported,
    SpecimenCollected,
    SpecimenHandedOver,
)
from domain.monitoring.specimen import Measured
from tests.support.domain_examples import FACILITY, MONDAY, Command, at
from tests.support.given_when_then import fact, given

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
NOW = CommandContext("command-1", at("18:00"), "staff-7")
SEED = b"a seed that nobody sees"
NEGATIVE = Result("presumptive", "negative", at("17:30"))
POSITIVE = Result("presumptive", "positive", at("17:30"), ("THC",))
OVER = HandOver(at("17:20"), "staff-7", "County laboratory")


def patients_tests() -> DrugTesting:
    return DrugTesting.start(NOW, facility_id=FACILITY, patient_id="patient-1")


def interval(shortest: int = 1, longest: int = 1, seed: str = "sealed") -> Command:
    return lambda t: t.set_interval(NOW, Gaps(shortest, longest), MONDAY, seed)


def drawn(day: date, *comes_on: date) -> Command:
    return lambda t: t.draw(NOW, SEED, day, comes_on)


def ordered(t: Any) -> None:
    t.order(NOW, "test-1", MONDAY, "for-cause")


def notified(wall: str = "17:00") -> Command:
    return lambda t: t.notify(NOW, "test-1", at(wall))


def collected(wall: str = "17:10", *, observed: bool = False) -> Command:
    return lambda t: t.collect(NOW, "test-1", at(wall), "urine", observed=observed)


def handed_over(over: HandOver = OVER) -> Command:
    return lambda t: t.hand_over(NOW, "test-1", over)


def resulted(result: Result = NEGATIVE) -> Command:
    return lambda t: t.report_result(NOW, "test-1", result)


def corrected(result: Result, reason: str = "the laboratory erred") -> Command:
    return lambda t: t.correct_result(NOW, "test-1", result, reason)


def missed(today: date = TUESDAY) -> Command:
    return lambda t: t.miss(NOW, "test-1", today)


def refused(wall: str = "17:05") -> Command:
    return lambda t: t.refuse(NOW, "test-1", at(wall))


def called_off(reason: str = "the specimen was lost") -> Command:
    return lambda t: t.call_off(NOW, "test-1", reason)


# Which day


def test_tests_are_drawn_once_an_interval_is_set() -> None:
    spec = given().when(lambda _: patients_tests())
    spec.then(fact(DrugTestingOpened, patient_id="patient-1"))
    spec.when(drawn(TUESDAY, TUESDAY)).then_nothing()
    spec.when(interval()).then(fact(IntervalSet, gaps=Gaps(1, 1), sealed_seed="sealed"))
    # The same gaps again keep the seed by which tests are drawn.
    spec.when(interval(seed="another")).then_nothing()
    spec.when(drawn(MONDAY, MONDAY)).then_nothing()
    spec.when(drawn(TUESDAY, TUESDAY))
    spec.then(fact(DrugTestDrawn, number=1, day=TUESDAY, last=MONDAY, comes_on=(TUESDAY,)))
    spec.when(drawn(TUESDAY, TUESDAY)).then_nothing()
    spec.when(drawn(WEDNESDAY)).then(fact(DrugTestDrawn, number=2, last=TUESDAY, comes_on=()))


def test_a_draw_tells_no_day_beyond_its_window() -> None:
    far = MONDAY + timedelta(days=30)
    spec = given(patients_tests(), interval(2, 2)).when(drawn(WEDNESDAY, MONDAY, WEDNESDAY, far))
    spec.then(fact(DrugTestDrawn, comes_on=(WEDNESDAY,)))


@pytest.mark.parametrize(
    ("shortest", "longest", "refusal"),
    [(0, 3, NotPositive), (1, 1, None), (3, 2, GapsReversed), (3, 3, None), (3, 4, None)],
)
def test_gaps_are_days_in_their_order(shortest: int, longest: int, refusal: Any) -> None:
    spec = given(patients_tests()).when(interval(shortest, longest))
    spec.then_refused(refusal) if refusal else spec.then(fact(IntervalSet))


def test_after_the_end_no_test_is_drawn_until_an_interval_is_set_again() -> None:
    spec = given(patients_tests(), interval()).when(lambda t: t.end_interval(NOW, "discharged"))
    spec.then(fact(IntervalEnded, reason="discharged"))
    spec.when(lambda t: t.end_interval(NOW, "discharged")).then_nothing()
    spec.when(drawn(TUESDAY, TUESDAY)).then_nothing()
    spec.when(interval(seed="new")).then(fact(IntervalSet, sealed_seed="new"))


def test_a_test_is_ordered_once() -> None:
    spec = given(patients_tests()).when(ordered)
    spec.then(fact(DrugTestOrdered, test_id="test-1", day=MONDAY, because="for-cause"))
    spec.when(ordered).then_nothing()


# Step by step


def test_a_test_goes_its_way_and_each_step_is_recorded_once() -> None:
    spec = given(patients_tests(), ordered)
    for command, event in (
        (notified(), PatientNotified),
        (collected(), SpecimenCollected),
        (handed_over(), SpecimenHandedOver),
        (resulted(), ResultReported),
    ):
        spec.when(command).then(fact(event, test_id="test-1"))
        spec.when(command).then_nothing()
    assert spec.aggregate.tests["test-1"].state == "resulted"


STEPS: dict[str, Command] = {
    "notified": notified(),
    "collected": collected(),
    "handed over": handed_over(),
    "resulted": resulted(),
    "corrected": corrected(POSITIVE),
    "missed": missed(),
    "refused": refused(),
    "called off": called_off(),
}
WAYS: dict[str, tuple[str, ...]] = {
    "ordered": (),
    "notified": ("notified",),
    "collected": ("notified", "collected"),
    "resulted": ("notified", "collected", "resulted"),
    "missed": ("notified", "missed"),
    "refused": ("notified", "refused"),
    "called off": ("called off",),
}
POSSIBLE = {
    "ordered": {"notified", "called off"},
    "notified": {"collected", "missed", "refused", "called off"},
    "collected": {"handed over", "resulted", "called off"},
    "resulted": {"corrected"},
    "missed": set[str](),
    "refused": set[str](),
    "called off": set[str](),
}


@pytest.mark.parametrize("state", list(WAYS))
@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_is_taken_in_its_turn(state: str, step: str) -> None:
    way = [STEPS[each] for each in WAYS[state]]
    spec = given(patients_tests(), ordered, *way).when(STEPS[step])
    if step in POSSIBLE[state]:
        assert spec.refusal is None
        assert len(spec.decided) == 1
    elif spec.refusal is None:
        # What is so already records nothing.
        assert spec.decided == []
        assert step in WAYS[state]
    else:
        spec.then_refused(StepOutOfTurn, step=step)


@pytest.mark.parametrize("step", list(STEPS))
def test_a_test_that_nobody_ordered_takes_no_step(step: str) -> None:
    given(patients_tests()).when(STEPS[step]).then_refused(NotOnRecord, what="drug test")


@pytest.mark.parametrize(
    ("before", "step", "refusal"),
    [
        ((), notified("18:00"), None),
        ((), notified("18:01"), NotYet),
        ((notified(),), collected("17:00"), None),
        ((notified(),), collected("16:59"), EndsBeforeStart),
        ((notified(),), collected("18:01"), NotYet),
        ((notified(), collected()), handed_over(replace(OVER, at=at("17:10"))), None),
        ((notified(), collected()), handed_over(replace(OVER, at=at("17:09"))), EndsBeforeStart),
        (
            (notified(), collected(), handed_over()),
            handed_over(replace(OVER, at=at("17:19"), taker="a courier")),
            EndsBeforeStart,
        ),
        (
            (notified(), collected(), handed_over()),
            resulted(replace(NEGATIVE, reported_at=at("17:20"))),
            None,
        ),
        (
            (notified(), collected(), handed_over()),
            resulted(replace(NEGATIVE, reported_at=at("17:19"))),
            EndsBeforeStart,
        ),
        ((notified(),), refused("17:00"), None),
        ((notified(),), refused("16:59"), EndsBeforeStart),
    ],
)
def test_a_step_is_no_earlier_than_the_one_before_it(
    before: tuple[Command, ...], step: Command, refusal: Any
) -> None:
    spec = given(patients_tests(), ordered, *before).when(step)
    if refusal:
        spec.then_refused(refusal)
    else:
        assert spec.refusal is None
        assert len(spec.decided) == 1


@pytest.mark.parametrize(("today", "possible"), [(MONDAY, False), (TUESDAY, True)])
def test_a_test_is_missed_once_its_day_is_over(today: date, possible: bool) -> None:
    spec = given(patients_tests(), ordered, notified()).when(missed(today))
    spec.then(fact(DrugTestMissed)) if possible else spec.then_refused(NotYet)


def test_who_refuses_and_what_is_called_off_is_recorded_as_such() -> None:
    given(patients_tests(), ordered, notified()).when(refused()).then(
        fact(DrugTestRefused, at=at("17:05"))
    )
    given(patients_tests(), ordered).when(called_off("")).then_refused(ReasonMissing)
    given(patients_tests(), ordered).when(called_off()).then(
        fact(DrugTestCalledOff, reason="the specimen was lost")
    )


# Results


def test_a_definitive_result_follows_a_presumptive_one_and_nothing_follows_it() -> None:
    confirmed = replace(POSITIVE, kind="definitive")
    spec = given(patients_tests(), ordered, notified(), collected(), resulted(POSITIVE))
    spec.when(resulted(NEGATIVE)).then_refused(StepOutOfTurn)
    spec.when(resulted(confirmed)).then(fact(ResultReported, result=confirmed))
    spec.when(resulted(replace(confirmed, substances=("EtG",)))).then_refused(StepOutOfTurn)
    assert [each.kind for each in spec.aggregate.tests["test-1"].results] == [
        "presumptive",
        "definitive",
    ]


def test_the_last_result_is_put_right_with_a_reason() -> None:
    spec = given(patients_tests(), ordered, notified(), collected(), resulted(POSITIVE))
    spec.when(corrected(POSITIVE)).then_nothing()
    spec.when(corrected(NEGATIVE, "")).then_refused(ReasonMissing)
    spec.when(corrected(NEGATIVE)).then(fact(ResultCorrected, result=NEGATIVE))
    assert spec.aggregate.tests["test-1"].results == (NEGATIVE,)


@pytest.mark.parametrize(
    ("outcome", "substances", "sound"),
    [
        ("negative", (), True),
        ("negative", ("THC",), False),
        ("positive", ("THC",), True),
        ("positive", (), False),
        ("expected-positive", ("buprenorphine",), True),
        ("expected-positive", (), False),
        ("no-result", (), True),
        ("no-result", ("THC",), False),
    ],
)
def test_a_result_does_not_contradict_itself(
    outcome: Any, substances: tuple[str, ...], sound: bool
) -> None:
    result = replace(NEGATIVE, outcome=outcome, substances=substances)
    spec = given(patients_tests(), ordered, notified(), collected()).when(resulted(result))
    spec.then(fact(ResultReported)) if sound else spec.then_refused(WrongAnswers)


def test_a_result_tells_whether_the_specimen_was_sound() -> None:
    measured = Measured(creatinine=10, specific_gravity=1.001, ph=6, nitrite=0)
    assert replace(NEGATIVE, measured=measured).validity == "dilute"
    assert NEGATIVE.validity is None
    impossible = replace(NEGATIVE, measured=replace(measured, ph=-1))
    given(patients_tests(), ordered, notified(), collected()).when(
        resulted(impossible)
    ).then_refused(WrongAnswers)
