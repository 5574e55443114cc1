"""Judging a day by the payer: whose policy says what makes it billable. Pure."""

from domain.compliance.applicable_policies import ApplicablePolicies
from domain.compliance.billing import BillableDay, billable
from domain.compliance.period import Period
from domain.policy import Adopted


def billed(day: Period, terms: ApplicablePolicies) -> BillableDay:
    """Return what a day is to the payer: by their own policy, or by what the program is under.

    Of several that say what makes a day, the first by its id decides.
    """
    payer = terms.facts.payer_on(day.first_day)
    theirs = [*terms.of_payer(day.first_day).items()]
    programs = [*terms.on(day.first_day).items()]
    deciding = [
        adopted
        for known in (theirs, programs)
        for _, adopted in sorted(known, key=lambda each: each[0])
        if _makes_a_day(adopted)
    ]
    adopted = deciding[0] if deciding else None
    in_stay = [each for each in terms.facts.certified if each.day >= terms.stay.admitted_on]
    return billable(day, payer, adopted, in_stay)


def _makes_a_day(adopted: Adopted) -> bool:
    policy = adopted.policy
    return bool(policy.parameter("day_minutes_min") or policy.parameter("day_services_min"))
