"""The rules about a calendar month of a stay: sessions that come rarely. Pure.

A month in which the patient was in treatment for a part only is left out; one of a taper is not.
"""

from domain.compliance.finding import Finding
from domain.compliance.hours import individual_sessions, shortest_individual
from domain.compliance.period import Period
from domain.compliance.thresholds import Measured, Rule, evaluate
from domain.policy import Adopted


def individual_a_month(month: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was at so many individual sessions.

    Washington: at least monthly (WAC 388-877B-0350, superseded,
    http://warules.elaws.us/wac/388-877b-0350).
    """
    shortest = shortest_individual(adopted.policy)
    of = Measured(
        month.times("individual", shortest),
        individual_sessions(shortest),
        span="month",
        tapers=False,
        of_presence=("individual",),
        offered=month.times_offered("individual", shortest),
    )
    return evaluate("individual-a-month", "individual_per_month_min", of, month, adopted)


def family_a_month(month: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was at so many family sessions.

    New Jersey: one a month unless contraindicated or refused, which is what a waiver is for
    (N.J.A.C. 10:161B-10.1,
    https://regulations.justia.com/states/new-jersey/title-10/chapter-161b/subchapter-10/section-10-161b-10-1/).
    """
    of = Measured(
        month.times("family"),
        "family sessions were attended",
        span="month",
        tapers=False,
        of_presence=("family",),
        offered=month.times_offered("family"),
    )
    return evaluate("family-a-month", "family_per_month_min", of, month, adopted)


MONTHLY: tuple[Rule, ...] = (individual_a_month, family_a_month)
"""The rules that a month is judged by, in their order."""
