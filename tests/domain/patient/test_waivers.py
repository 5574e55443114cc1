from datetime import date

import pytest

from domain.errors import EndsBeforeStart, NotOnRecord, ReasonMissing, RecordMerged
from domain.patient import RuleWaived, WaiverWithdrawn
from tests.domain.patient.test_admission import day, in_treatment, merged
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact, given


def waived(first: int = 10, last: int = 20, why: str = "a new job") -> Command:
    days = {"first_day": day(first), "last_day": day(last)}
    return lambda p: p.waive_rule(CAUSE, "days-a-week", **days, reason=why)


def withdrawn(first: int = 10, why: str = "it began later") -> Command:
    return lambda p: p.withdraw_waiver(CAUSE, "days-a-week", day(first), why)


def waivers(spec: given) -> dict[date, tuple[date, str]]:
    found = spec.aggregate.waivers.get("days-a-week", {})
    assert isinstance(found, dict)
    return found


def test_a_rule_is_waived_with_author_reason_and_end() -> None:
    spec = in_treatment().when(waived())
    spec.then(
        fact(
            RuleWaived,
            rule="days-a-week",
            first_day=day(10),
            last_day=day(20),
            reason="a new job",
            author=CAUSE.author,
        )
    )
    assert waivers(spec) == {day(10): (day(20), "a new job")}


def test_the_same_waiver_records_nothing() -> None:
    in_treatment(waived()).when(waived()).then_nothing()


@pytest.mark.parametrize("again", [waived(last=25), waived(last=12), waived(why="a longer shift")])
def test_a_waiver_gets_another_end_or_reason(again: Command) -> None:
    spec = in_treatment(waived()).when(again)
    spec.then(fact(RuleWaived, first_day=day(10)))
    assert len(waivers(spec)) == 1


def test_a_rule_is_waived_for_one_day_at_least() -> None:
    in_treatment().when(waived(10, 10)).then(fact(RuleWaived))
    in_treatment().when(waived(10, 9)).then_refused(
        EndsBeforeStart, start="first_day", end="last_day"
    )


@pytest.mark.parametrize("why", ["", "  "])
def test_a_waiver_and_its_end_need_a_reason(why: str) -> None:
    in_treatment().when(waived(why=why)).then_refused(ReasonMissing)
    in_treatment(waived()).when(withdrawn(why=why)).then_refused(ReasonMissing)


def test_a_waiver_is_withdrawn_alone() -> None:
    spec = in_treatment(waived(), waived(30, 40)).when(withdrawn())
    spec.then(fact(WaiverWithdrawn, rule="days-a-week", first_day=day(10)))
    assert list(waivers(spec)) == [day(30)]


@pytest.mark.parametrize("earlier", [(), (waived(11),), (waived(), withdrawn())])
def test_what_is_not_waived_is_not_withdrawn(earlier: tuple[Command, ...]) -> None:
    in_treatment(*earlier).when(withdrawn()).then_refused(NotOnRecord, what="waiver")


def test_of_a_merged_record_nothing_is_waived() -> None:
    in_treatment(merged).when(waived()).then_refused(RecordMerged)
