"""The rules about a day: whether it holds enough to be billed as one. Pure.

Whether it may be billed is another question, see `domain.compliance.billing`.
"""

from collections.abc import Iterator
from dataclasses import replace

from domain.care import Service
from domain.compliance.day_services import covered, in_person_of, primary_of, services_of
from domain.compliance.facts import Hospitalized, Visit
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
    offered = minutes_of((each.scheduled for each in day.visits if each.offered), counts)
    of = _of_a_day(day, day.attended(counts), "minutes were attended", counts, offered)
    return evaluate("billable-day", "day_minutes_min", of, day, adopted)


def services_a_day(day: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for so many services, as `services_of` counts them.

    Medicare: 3 for the lower of two tiers
    (https://bhbusiness.com/2024/07/10/cms-payment-rule-proposals-will-impact-intensive-outpatient-services-sud-care/).
    One by video is none where services in person are asked for.
    """
    counts = adopted.policy.counts
    attended = services_of(covered(day.visits, adopted.policy), counts)
    offered = services_of(covered(_offered(day), adopted.policy), counts)
    of = _of_a_day(day, attended, _attended(day, adopted, "services"), counts, offered)
    return evaluate("services-a-day", "day_services_min", of, day, adopted)


def primary_service(day: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there for so many primary services.

    Medicare asks for one on each day: therapy of one, of a group or of a family (unverified; the
    list was not read). One by video is none where services in person are asked for.
    """
    counts = adopted.policy.counts
    attended = primary_of(covered(day.visits, adopted.policy), counts)
    offered = primary_of(covered(_offered(day), adopted.policy), counts)
    of = _of_a_day(day, attended, _attended(day, adopted, "primary services"), counts, offered)
    return evaluate("primary-service", "primary_services_min", of, day, adopted)


def in_person(day: Period, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was there in person for so many services.

    Medicare does not cover a virtual program
    (https://compliancecosmos.org/iops-are-new-avenue-patients-compare-rule-manual-compliance-sake);
    that one service in person is enough for a day is a reading of Daybook's (unverified). Where it
    depends on a hybrid session it is not known.
    """
    counts = adopted.policy.counts
    held, hybrid = in_person_of(day.visits, counts)
    offered, _ = in_person_of(_offered(day), counts)
    of = _of_a_day(day, held, "services in person were attended", counts, offered)
    parameter = adopted.policy.parameter("in_person_services_min")
    if parameter and of.value is not None and held < parameter.value <= held + hybrid:
        of.value, of.unmeasured = None, "unknown"
        of.missing = "who was in the room at a hybrid session is not on record"
    return evaluate("in-person", "in_person_services_min", of, day, adopted)


def partial_hospitalization(day: Period, adopted: Adopted) -> Finding | None:
    """Tell whether so many days lie between partial hospitalization and a day.

    Medicare returns a claim that overlaps with partial hospitalization, or has a day within seven
    days after it (https://nahri.org/articles/cms-releases-billing-requirements-new-condition-code-92);
    that both are by the day of service is a reading of Daybook's (unverified).
    """
    last = hospitalized_before(day)
    of = _of_a_day(day, None, "days are between partial hospitalization and the day", ())
    if last and any(each.came for each in day.visits):
        of.value, of.evidence = _days_since(last, day), (last.event_id,)
    elif last is None:
        of.missing = "no partial hospitalization is on record before the day"
    found = evaluate("partial-hospitalization", "php_days_after", of, day, adopted)
    if found and found.state == "met" and last and last.covers(day.first_day):
        return found.restate("breached", "the day lies in partial hospitalization", found.until)
    return found


DAILY: tuple[Rule, ...] = (
    billable_day,
    services_a_day,
    primary_service,
    in_person,
    group_each_day,
    partial_hospitalization,
)
"""The rules that a day is judged by, in their order."""


def hospitalized_before(day: Period) -> Hospitalized | None:
    """Return the partial hospitalization that a day lies in, or the last to end before it."""
    begun = [each for each in day.hospitalized if each.first_day <= day.first_day]
    return max(begun, key=_ends, default=None)


def too_soon_after_hospitalization(day: Period, days_after: int) -> bool:
    """Tell whether a day lies in partial hospitalization, or fewer days than these after it."""
    last = hospitalized_before(day)
    if last is None:
        return False
    return last.covers(day.first_day) or _days_since(last, day) < days_after


def _ends(each: Hospitalized) -> tuple[bool, int, str]:
    ends = each.last_day.toordinal() if each.last_day else 0
    return each.last_day is None, ends, each.event_id


def _days_since(last: Hospitalized, day: Period) -> int:
    """Return how many days lie between the last one of partial hospitalization and a day."""
    if last.last_day is None:
        return 0
    return max((day.first_day - last.last_day).days - 1, 0)


def _offered(day: Period) -> Iterator[Visit]:
    """Yield what was offered as if the patient had been there for all that was scheduled."""
    return (replace(each, credited=each.scheduled) for each in day.visits if each.offered)


def _attended(day: Period, adopted: Adopted, services: str) -> str:
    """Return what was counted of a day, and that it was not by video where that was left out."""
    is_part = len(covered(day.visits, adopted.policy)) < len(day.visits)
    return f"{services}{' not by video' if is_part else ''} were attended"


def _of_a_day(
    day: Period,
    value: int | None,
    what: str,
    counts: tuple[Service, ...],
    offered: int | None = None,
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
