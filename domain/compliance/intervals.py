"""The intervals of a stay: from what starts a clock to the time that the thing is done. Pure.

They run from the admission to the first time that something is done, and from each time to the
next; from absences to the review that they ask for; from the discharge to its summary. What makes
them yields them in order, and no two that begin on the same day.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise, takewhile, zip_longest

from domain.compliance.clocks import DAY, Calendar, in_days
from domain.compliance.facts import Done, PatientFacts, Stay, Summarized, Visit
from domain.policy import Adopted

ENDED = "the treatment ended before it was due"

SEEN = frozenset({"attended", "incomplete", "turned_away"})
"""The states of visits to which the patient came."""


@dataclass(frozen=True)
class StayOf:
    """A stay of a patient, the events that say how long it lasts, and what days are to it.

    `through` is the last day that is over: what begins with the end of a day begins no later. What
    began before `since` is not asked for.
    """

    facts: PatientFacts
    stay: Stay
    base: tuple[str, ...]
    calendar: Calendar
    through: date
    since: date = date.min

    @cached_property
    def visits(self) -> Sequence[Visit]:
        """Its visits in the order of their time."""
        return visits_in(self.facts, self.stay)

    @cached_property
    def contacts(self) -> Sequence[tuple[date, tuple[str, ...]]]:
        """Its days with a contact in their order, and the events that say so of each."""
        found = contacts_of(self.facts, self.stay, self.calendar, self.visits, self.since)
        return sorted(found.items())


def visits_in(facts: PatientFacts, stay: Stay) -> tuple[Visit, ...]:
    """Return the visits of a stay in the order of their time."""
    found = [each for each in facts.visits.values() if stay.covers(each.day)]
    return tuple(sorted(found, key=begins))


def begins(visit: Visit) -> tuple[datetime, str]:
    """Return what visits are in the order of."""
    return visit.starts_at, visit.session_id


@dataclass(slots=True)
class Interval:
    """From a day on which something was done, or was asked for, to the next time that it was.

    `began_by` are the events that began it besides those of the stay; none where that is the
    admission. `done_on` is None while it was not done again. Nothing is due after the day
    `binds_through` (None: without an end), for the reason `unbound`.
    """

    of: StayOf
    began: date
    began_by: tuple[str, ...]
    done_on: date | None
    done_by: tuple[str, ...]
    binds_through: date | None
    unbound: str

    @property
    def came(self) -> list[Visit]:
        """The visits since it began to which the patient came, in order.

        Those of the day of the admission are among them; those of a day on which it was done are
        not, since they may have been before that.
        """
        first = self.began + DAY if self.began_by else self.began
        return [each for each in self.of.visits if each.came and each.day >= first]


Intervals = Callable[[StayOf, Adopted], Iterator[Interval]]
"""From a stay and a policy in force to intervals of the stay."""


def _interval(
    of: StayOf,
    began: date,
    began_by: tuple[str, ...],
    done_on: date | None,
    done_by: tuple[str, ...],
) -> Interval:
    """Return an interval in which nothing is due on the day on which the stay ends or later."""
    ended = of.stay.discharged_on
    return Interval(of, began, began_by, done_on, done_by, ended and ended - DAY, ENDED)


def until_done(of: StayOf, began: date, began_by: tuple[str, ...], done: Done | None) -> Interval:
    """Return the interval to the next time; None where it was not done again."""
    done_on, done_by = (done.day, (done.event_id,)) if done else (None, ())
    return _interval(of, began, began_by, done_on, done_by)


# Again and again


def each_time(done_of: Callable[[PatientFacts], Iterable[Done]]) -> Intervals:
    """Return what makes the intervals from the admission, and from each day on which it was done.

    What was done on the day of the admission begins the first: there is nothing before it.
    """

    def intervals(of: StayOf, _: Adopted) -> Iterator[Interval]:
        by_day: dict[date, Done] = {}
        for each in done_of(of.facts):
            if of.stay.covers(each.day):
                by_day.setdefault(each.day, each)
        if max(by_day, default=of.stay.admitted_on) < of.since:
            return
        times = [by_day[day] for day in sorted(by_day)]
        if not times or times[0].day > of.stay.admitted_on:
            yield until_done(of, of.stay.admitted_on, (), times[0] if times else None)
        yield from from_each(of, times)

    return intervals


def from_each(of: StayOf, times: Sequence[Done], *counted_from: str) -> Iterator[Interval]:
    """Yield the intervals from each time on, of times in the order of their days.

    Those are counted since an event that each of them names, where one is given.
    """
    for each, following in zip_longest(times, times[1:]):
        told = tuple(dict.fromkeys((*counted_from, each.event_id)))
        yield until_done(of, each.day, told, following)


def certifications(facts: PatientFacts) -> Iterator[Done]:
    """Yield when a physician certified that the care is needed."""
    return (Done(each.day, each.event_id) for each in facts.certified)


def answers(instrument: str) -> Intervals:
    """Return what makes the intervals between the answers to a questionnaire."""
    return each_time(lambda facts: facts.assessments.get(instrument, ()))


# Absences


def absences(of: StayOf, adopted: Adopted) -> Iterator[Interval]:
    """Yield the intervals from absences that ask for a review to that review.

    Until it is there, what is missed belongs to the same interval; what comes after the day of the
    review counts anew. Who is on leave misses nothing.
    """
    if not any(each.day >= of.since and each.missed for each in of.visits):
        return
    reviews = sorted((each for each in of.facts.reviews if of.stay.covers(each.day)), key=_day_of)
    seen: list[Visit] = []
    after = date.min
    for visit in of.visits:
        counts = visit.status in SEEN or (visit.missed and not of.calendar.leave_on(visit.day))
        if visit.day <= after or not counts:
            continue
        seen.append(visit)
        asking = _asking(seen, adopted) if visit.missed else []
        if asking:
            review = next((each for each in reviews if each.day >= visit.day), None)
            told = tuple(event_id for each in asking for event_id in each.evidence)
            told += of.calendar.told(min(each.day for each in asking), visit.day)
            yield until_done(of, visit.day, told, review)
            after, seen = review.day if review else date.max, []


def _asking(seen: list[Visit], adopted: Adopted) -> list[Visit]:
    """Return the visits that ask for a review together with the last of them, which was missed.

    Those in between are among them: they tell that it was not asked for before.
    """
    in_a_row = adopted.policy.parameter("absences_in_a_row")
    within_days = adopted.policy.parameter("absences_in_30_days")
    run = list(takewhile(lambda each: each.missed, reversed(seen)))
    since = seen[-1].day - timedelta(days=29)
    recent = [each for each in seen if each.missed and each.day >= since]
    if in_a_row and len(run) >= in_a_row.value:
        return run
    if within_days and len(recent) >= within_days.value:
        return seen[seen.index(recent[0]) :]
    return []


def _day_of(done: Done) -> date:
    return done.day


# Contact


def contacts(of: StayOf, adopted: Adopted) -> Iterator[Interval]:
    """Yield the intervals between contacts: the last one, and those that were too long.

    A contact is the admission, a visit to which the patient came, or an attempt to reach them with
    which somebody did.
    """
    parameter = adopted.policy.parameter("no_contact_days")
    if parameter is None:
        return
    known = of.contacts
    for (began, began_by), (ended, ended_by) in pairwise(known):
        if in_days(began, parameter.value, ended, of.calendar).taken > parameter.value:
            yield _interval(of, began, began_by, ended, ended_by)
    for last, last_by in known[-1:]:
        yield _interval(of, last, last_by, None, ())


def contacts_of(
    facts: PatientFacts, stay: Stay, calendar: Calendar, visits: Iterable[Visit], since: date
) -> dict[date, tuple[str, ...]]:
    """Return the days of a stay with a contact from a day on, and the events that say so of each.

    The visits are those of the stay, in the order of their time.
    """
    found: dict[date, tuple[str, ...]] = {}
    if since <= stay.admitted_on:
        found[stay.admitted_on] = ()
    for each in visits:
        if each.day >= since and each.status in SEEN:
            found.setdefault(each.day, each.evidence)
    for tried in facts.attempts:
        day = calendar.day_of(tried.at)
        if tried.reached and day >= since and stay.covers(day):
            found.setdefault(day, (tried.event_id,))
    return found


# The end


def to_summary(of: StayOf, _: Adopted) -> Iterator[Interval]:
    """Yield the interval from the last day of the stay to its summary, once that day is over."""
    ended = of.stay.discharged_on
    if ended is None or not of.since <= ended <= of.through:
        return
    first = min(of.facts.summaries_of(of.stay), key=_signed_on, default=None)
    done_on, done_by = (max(first.day, ended), (first.event_id,)) if first else (None, ())
    yield Interval(of, ended, (), done_on, done_by, None, "")


def _signed_on(summary: Summarized) -> tuple[date, str]:
    return summary.day, summary.event_id
