"""The rules about a day: whether it holds enough to be billed as one. Pure.

Whether it may be billed is another question, see `domain.compliance.billing`.
"""

from collections.abc import Collection, Iterable, Iterator

from domain.care import Service
from domain.compliance.facts import Visit
from domain.compliance.finding import Finding
from domain.compliance.offered import group_each_day
from domain.compliance.period import Period, minutes_of
from domain.compliance.thresholds import Measured, Rule, evaluate
from domain.policy import Adopted


def billable_day(day: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for so many minutes of the services that count.

    A visit without a time out has none. New York: 3 hours, whatever the week comes to
    (https://wchsb.com/wch-news/intensive-outpatient-service-ios); Virginia: 3, of adolescents 2
    (12VAC30-130-5090).
    """
    counts = adopted.policy.counts
    offered = sum(minutes_of([each.scheduled], counts) for each in _open_to(day))
    of = _of_a_day(day, day.attended(counts), "minutes were attended", counts, offered)
    return evaluate("billable-day", "day_minutes_min", of, day, adopted)


def services_a_day(day: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for so many services, as `services_of` counts them.

    Medicare: 3 for the lower of two tiers
    (https://bhbusiness.com/2024/07/10/cms-payment-rule-proposals-will-impact-intensive-outpatient-services-sud-care/).
    """
    counts = adopted.policy.counts
    offered = sum(1 for each in _open_to(day) for one in counts if each.scheduled.get(one, 0))
    attended = services_of(day.visits, counts)
    of = _of_a_day(day, attended, "services were attended", counts, offered)
    return evaluate("services-a-day", "day_services_min", of, day, adopted)


DAILY: tuple[Rule, ...] = (billable_day, services_a_day, group_each_day)
"""The rules that a day is judged by, in their order."""


def services_of(visits: Iterable[Visit], counts: Collection[Service]) -> int:
    """Return how many services were attended, of those that count.

    A service counts once for each session in which the patient was there for a minute of it: two
    sessions of group on one day are two. This reading has no source (unverified).
    """
    return sum(1 for each in visits for service in counts if each.credited.get(service, 0))


def _open_to(day: Period) -> Iterator[Visit]:
    """Yield the visits that the program offered, or allowed, to the patient."""
    return (each for each in day.visits if each.expected or each.came)


def _of_a_day(
    day: Period, value: int, what: str, counts: tuple[Service, ...], offered: int
) -> Measured:
    return Measured(
        value if any(each.came for each in day.visits) else None,
        what,
        missing="the patient was not there",
        unmeasured="not_applicable",
        span="day",
        tapers=False,
        partial=False,
        of_presence=counts,
        offered=offered,
    )
