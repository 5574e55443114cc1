"""Who pays for a treatment, who is its counselor, and why it goes on."""

from dataclasses import replace

import pytest

from domain.aggregate import CommandContext
from domain.errors import NotAdmitted, PayerMissing, RecordMerged
from domain.patient import CounselorAssigned, PayerChanged, StayJustified
from tests.domain.patient.test_admission import (
    LEFT,
    REFERRAL,
    admitted,
    candidate,
    corrected,
    day,
    in_treatment,
    merged,
    recommended,
    referred,
    screened,
    treated_again,
)
from tests.domain.patient.test_patient import ended
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact, given

OTHER = replace(CAUSE, author="staff-9")


def paid_by(payer: str, first: int = 10) -> Command:
    return lambda p: p.change_payer(CAUSE, payer, day(first))


def counseled_by(staff_id: str, first: int = 10) -> Command:
    return lambda p: p.assign_counselor(CAUSE, staff_id, day(first))


def justified(on: int = 10, credential: str = "LCSW", context: CommandContext = CAUSE) -> Command:
    return lambda p: p.justify_stay(context, day(on), credential)


def payers(spec: given, *days: int) -> list[str | None]:
    return [spec.aggregate.payer_on(day(each)) for each in days]


def counselors(spec: given, *days: int) -> list[str | None]:
    return [spec.aggregate.counselor_on(day(each)) for each in days]


# Who pays


def test_who_pays_on_admission_pays_on_each_day_of_the_treatment() -> None:
    assert payers(in_treatment(), -1, 0, 400) == [None, "medicaid", "medicaid"]
    assert payers(in_treatment(ended(LEFT)), 0, 30, 31) == ["medicaid", "medicaid", None]
    assert payers(given(candidate()), 0) == [None]


def test_from_a_day_on_somebody_else_pays() -> None:
    spec = in_treatment().when(paid_by("aetna"))
    spec.then(fact(PayerChanged, payer="aetna", from_day=day(10)))
    assert payers(spec, -1, 0, 9, 10, 11) == [None, "medicaid", "medicaid", "aetna", "aetna"]
    assert spec.aggregate.payer == "medicaid"


@pytest.mark.parametrize(
    ("earlier", "again"),
    [
        ((), paid_by("medicaid")),
        ((paid_by("aetna"),), paid_by("aetna")),
        ((paid_by("aetna"),), paid_by("aetna", 11)),
        ((paid_by("aetna"),), paid_by("medicaid", 9)),
    ],
)
def test_who_pays_already_is_not_recorded_again(
    earlier: tuple[Command, ...], again: Command
) -> None:
    in_treatment(*earlier).when(again).then_nothing()


@pytest.mark.parametrize("first", [0, 9, 11])
def test_a_change_for_an_earlier_day_holds_until_the_next(first: int) -> None:
    spec = in_treatment(paid_by("aetna", 20)).when(paid_by("self-pay", first))
    spec.then(fact(PayerChanged, payer="self-pay", from_day=day(first)))
    expected = ["self-pay", "self-pay", "aetna", "aetna"]
    assert payers(spec, first, 19, 20, 21) == expected


def test_a_change_for_the_same_day_replaces_the_one_before() -> None:
    spec = in_treatment(paid_by("aetna")).when(paid_by("medicaid"))
    spec.then(fact(PayerChanged, payer="medicaid", from_day=day(10)))
    assert payers(spec, 9, 10, 11) == ["medicaid"] * 3


@pytest.mark.parametrize("payer", ["", "  "])
def test_a_payer_has_a_name(payer: str) -> None:
    in_treatment().when(paid_by(payer)).then_refused(PayerMissing)


def test_a_corrected_admission_says_who_pays_until_the_next_change() -> None:
    spec = in_treatment(paid_by("aetna")).when(corrected(day(2), "medicare"))
    assert payers(spec, 1, 2, 9, 10) == [None, "medicare", "medicare", "aetna"]
    # A change from before the first day has no day left.
    spec.when(corrected(day(12), "medicare"))
    assert payers(spec, 11, 12, 13) == [None, "medicare", "medicare"]
    spec.when(corrected(day(2), "medicare"))
    assert payers(spec, 9, 10) == ["medicare", "aetna"]


def test_an_admission_that_says_the_same_records_nothing_after_a_change() -> None:
    in_treatment(paid_by("aetna")).when(corrected()).then_nothing()


# Who is the counselor


def test_from_a_day_on_somebody_is_the_counselor() -> None:
    spec = in_treatment().when(counseled_by("staff-7"))
    spec.then(fact(CounselorAssigned, staff_id="staff-7", from_day=day(10)))
    assert counselors(spec, 9, 10, 11) == [None, "staff-7", "staff-7"]


@pytest.mark.parametrize("first", [10, 11, 400])
def test_who_is_the_counselor_already_is_not_recorded_again(first: int) -> None:
    in_treatment(counseled_by("staff-7")).when(counseled_by("staff-7", first)).then_nothing()


def test_of_several_counselors_each_is_it_until_the_next() -> None:
    spec = in_treatment(counseled_by("staff-7", 20))
    spec.when(counseled_by("staff-3", 0)).then(fact(CounselorAssigned, from_day=day(0)))
    spec.when(counseled_by("staff-9", 20)).then(fact(CounselorAssigned, staff_id="staff-9"))
    assert counselors(spec, -1, 0, 19, 20) == [None, "staff-3", "staff-3", "staff-9"]


def test_the_counselor_stays_where_the_admission_is_put_right() -> None:
    spec = in_treatment(counseled_by("staff-7", 0)).when(corrected(day(2)))
    assert counselors(spec, 1, 2) == [None, "staff-7"]


# Why it goes on


def test_the_author_wrote_down_why_the_treatment_goes_on() -> None:
    in_treatment().when(justified(42)).then(
        fact(StayJustified, justified_on=day(42), credential="LCSW", author=CAUSE.author)
    )


def test_each_author_writes_it_down_once_a_day() -> None:
    spec = in_treatment(justified())
    spec.when(justified()).then_nothing()
    spec.when(justified(credential="LMSW")).then_nothing()
    spec.when(justified(11)).then(fact(StayJustified, justified_on=day(11)))
    spec.when(justified(context=OTHER)).then(fact(StayJustified, author="staff-9"))
    spec.when(justified()).then_nothing()


def test_why_an_earlier_treatment_went_on_may_be_told_late() -> None:
    treated_again().when(justified(20)).then(fact(StayJustified, justified_on=day(20)))


# On which days, and of whom

ONE_OF_EACH = [
    (lambda on: paid_by("aetna", on), PayerChanged),
    (lambda on: counseled_by("staff-7", on), CounselorAssigned),
    (justified, StayJustified),
]


@pytest.mark.parametrize(("command", "event"), ONE_OF_EACH)
def test_it_is_said_of_a_day_of_the_treatment(command: Command, event: type) -> None:
    in_treatment().when(command(-1)).then_refused(NotAdmitted)
    in_treatment().when(command(0)).then(fact(event))
    in_treatment(ended(LEFT)).when(command(30)).then(fact(event))
    in_treatment(ended(LEFT)).when(command(31)).then_refused(NotAdmitted)


@pytest.mark.parametrize(("command", "event"), ONE_OF_EACH)
def test_between_two_treatments_and_before_the_first_it_is_refused(
    command: Command, event: type
) -> None:
    given(candidate(), screened()).when(command(0)).then_refused(NotAdmitted)
    treated_again().when(command(59)).then_refused(NotAdmitted)
    treated_again().when(command(60)).then(fact(event))


@pytest.mark.parametrize(("command", "_"), ONE_OF_EACH)
def test_of_a_merged_record_nothing_is_said(command: Command, _: type) -> None:
    in_treatment(merged).when(command(10)).then_refused(RecordMerged)


@pytest.mark.parametrize("command", [paid_by("aetna"), counseled_by("staff-7")])
def test_payer_and_counselor_of_an_earlier_treatment_stay_as_they_were(command: Command) -> None:
    treated_again().when(command).then_refused(NotAdmitted)


def test_another_treatment_begins_with_its_own_payer_and_no_counselor() -> None:
    spec = in_treatment(
        paid_by("aetna"),
        counseled_by("staff-7"),
        ended(LEFT),
        referred(replace(REFERRAL, day=day(31))),
        recommended("2.1", day(31)),
    )
    assert payers(spec, 20, 31) == ["aetna", None]
    assert counselors(spec, 20, 31) == ["staff-7", None]
    spec.when(admitted(day(60)))
    assert payers(spec, 20, 59, 60) == [None, None, "medicaid"]
    assert counselors(spec, 20, 60) == [None, None]
