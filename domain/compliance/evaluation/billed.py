"""Judging a day by the payer: whose policy says what makes it billable. Pure."""

from domain.compliance.applicable_policies import ApplicablePolicies
from domain.compliance.billing import BillableDay, billable
from domain.compliance.period import Period
from domain.policy import Adopted


def billed(day: Period, terms: ApplicablePolicies) -> BillableDay:
    """Return what a day is to the payer: by their own policy, or by what the program is under.

    Of several that say what makes a day, the first by its id decides; whether an authorization is
    needed may be asked by another.
    """
    payer = terms.facts.payer_on(day.first_day)
    known = [
        adopted
        for policies in (terms.of_payer(day.first_day), terms.on(day.first_day))
        for _, adopted in sorted(policies.items(), key=lambda each: each[0])
    ]
    deciding = next((each for each in known if _makes_a_day(each)), None)
    in_stay = [each for each in terms.facts.certified if each.day >= terms.stay.admitted_on]
    treats = terms.program.treats if terms.program else None
    asks = terms.site.supervision_of
    return billable(day, payer, deciding, in_stay, known, treats=treats, supervision_of=asks)


def _makes_a_day(adopted: Adopted) -> bool:
    policy = adopted.policy
    return bool(policy.parameter("day_minutes_min") or policy.parameter("day_services_min"))
