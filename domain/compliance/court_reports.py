"""Reports to a court: from what asks for one to the disclosure that is it. Pure.

Daybook has no orders of courts. That a consent for a legal purpose or for criminal justice stands
for one, and that the first disclosure under it after that is the report, are its readings
(unverified). A report is owed where such a consent holds on the day on which it is asked for, and
not after the last day of the last of them.
"""

from collections.abc import Iterator
from datetime import date

from domain.compliance.clocks import DAY, months_after
from domain.compliance.facts import Stay
from domain.compliance.intervals import Interval, StayOf
from domain.monitoring.incident import IncidentKind
from domain.policy import Adopted

NO_CONSENT = "no consent to it holds any longer on the day on which it is due"

EMERGENCIES: frozenset[IncidentKind] = frozenset({"use", "arrest"})
"""The incidents that are reported at once; the others are with the period in which they fall."""


def monthly(of: StayOf, _: Adopted) -> Iterator[Interval]:
    """Yield the intervals from the end of each month of the stay to its report."""
    for month in _months(of):
        yield from _reported(of, month[1], ())


def of_noncompliance(of: StayOf, _: Adopted) -> Iterator[Interval]:
    """Yield the intervals from the end of each month in which the patient did not comply.

    They missed a session without an excuse while they were on no leave, or it is on record that
    they make no progress or missed a self-help group. What the program called off is none of it.
    """
    for begins, ends in _months(of):
        missed = (
            each
            for each in of.visits
            if begins <= each.day <= ends and each.missed and not of.calendar.leave_on(each.day)
        )
        told = [event_id for each in missed for event_id in each.evidence]
        told += [
            each.event_id
            for each in of.facts.incidents
            if begins <= each.day <= ends and each.kind not in EMERGENCIES
        ]
        if told:
            yield from _reported(of, ends, tuple(told), on_the_day=ends == of.stay.discharged_on)


def of_emergencies(of: StayOf, _: Adopted) -> Iterator[Interval]:
    """Yield the intervals from each day on which the program learned of an emergency.

    It is use or an arrest on record, a drug test that was confirmed as positive, or a discharge
    against advice or for conduct.
    """
    by_day: dict[date, list[str]] = {}
    for each in of.facts.incidents:
        if each.kind in EMERGENCIES and of.stay.covers(each.day):
            by_day.setdefault(each.day, []).append(each.event_id)
    for positive in of.facts.positives.values():
        if of.stay.covers(positive.day):
            told = by_day.setdefault(positive.day, [])
            told += [positive.event_id, *of.facts.testing]
    ended = of.stay.discharged_on
    if ended and ended <= of.through and _ended_in_an_emergency(of.stay):
        by_day.setdefault(ended, [])
    for day in sorted(by_day):
        yield from _reported(of, day, tuple(by_day[day]), on_the_day=True)


def _ended_in_an_emergency(stay: Stay) -> bool:
    """Tell whether the patient left against advice, or was discharged for breaking rules."""
    for_conduct = stay.kind == "administrative" and "conduct" in stay.reasons
    return stay.kind == "against-advice" or for_conduct


def _months(of: StayOf) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day of each month, or part of one, of the stay that is over."""
    begins, stay = of.stay.admitted_on, of.stay
    while True:
        ends = months_after(begins.replace(day=1), 1) - DAY
        ends = min(ends, stay.discharged_on or ends)
        if ends > of.through or begins > ends:
            return
        yield begins, ends
        begins = ends + DAY


def _reported(
    of: StayOf, asked_on: date, told: tuple[str, ...], *, on_the_day: bool = False
) -> Iterator[Interval]:
    """Yield the interval from a day to its report, if somebody is owed one.

    With `on_the_day` a disclosure of that day is a report, too.
    """
    agreed = {key: each for key, each in of.facts.consents.items() if each.holds_on(asked_on)}
    if not agreed:
        return
    first_day = asked_on if on_the_day else asked_on + DAY
    made = [each for each in of.facts.disclosed if each.consent in agreed and each.day >= first_day]
    first = min(made, key=lambda each: (each.day, each.event_id), default=None)
    lasts = [each.through for each in agreed.values()]
    through = None if None in lasts else max(filter(None, lasts))
    done_on, done_by = (first.day, (first.event_id,)) if first else (None, ())
    told += tuple(event_id for each in agreed.values() for event_id in each.evidence)
    yield Interval(of, asked_on, told, done_on, done_by, through, NO_CONSENT)
