"""A discharge summary is of a treatment that has ended, and is signed by each author once a day."""

from dataclasses import replace
from datetime import date

from domain.aggregate import CommandContext
from domain.errors import EndsBeforeStart, NotOnRecord
from domain.patient import DischargeSummarySigned
from tests.domain.patient.test_admission import LEFT, day, in_treatment, treated_again
from tests.domain.patient.test_patient import ended
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact

OTHER = replace(CAUSE, author="staff-9")


def signed(on: int = 33, of: date | None = None, context: CommandContext = CAUSE) -> Command:
    return lambda p: p.sign_summary(context, day(on), credential="LCSW", discharged_on=of)


def test_the_summary_of_the_last_treatment_that_has_ended_is_signed() -> None:
    in_treatment(ended(LEFT)).when(signed()).then(
        fact(DischargeSummarySigned, signed_on=day(33), discharged_on=LEFT.day, credential="LCSW")
    )


def test_each_author_signs_once_a_day() -> None:
    in_treatment(ended(LEFT), signed()).when(signed()).then_nothing()
    for again in (signed(34), signed(context=OTHER)):
        in_treatment(ended(LEFT), signed()).when(again).then(fact(DischargeSummarySigned))


def test_there_is_nothing_to_sum_up_while_a_treatment_goes_on() -> None:
    in_treatment().when(signed()).then_refused(NotOnRecord)
    in_treatment(ended(LEFT), ended(None)).when(signed()).then_refused(NotOnRecord)


def test_a_treatment_is_not_summed_up_before_its_last_day() -> None:
    in_treatment(ended(LEFT)).when(signed(29)).then_refused(EndsBeforeStart)
    in_treatment(ended(LEFT)).when(signed(30)).then(fact(DischargeSummarySigned))


def test_of_several_treatments_the_last_one_is_meant_or_the_one_that_is_named() -> None:
    later = replace(LEFT, day=day(80))
    twice = treated_again()
    twice.aggregate.end(CAUSE, later)
    twice.history += twice.aggregate.collect_events()
    twice.when(signed(85)).then(fact(DischargeSummarySigned, discharged_on=day(80)))
    twice.when(signed(85, of=LEFT.day)).then(fact(DischargeSummarySigned, discharged_on=day(30)))
    twice.when(signed(85, of=day(31))).then_refused(NotOnRecord)


def test_while_the_next_treatment_goes_on_the_one_before_is_summed_up() -> None:
    treated_again().when(signed(70)).then(fact(DischargeSummarySigned, discharged_on=LEFT.day))
