"""The rules about what has to be done again and again in the course of a stay. Pure.

A stay has intervals: from the admission to the first time that something is done, and from each
time to the next. Each rule comes with the function that makes its intervals; STAYS lists them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile, zip_longest
from zoneinfo import ZoneInfo

from domain.compliance.facts import Done, PatientFacts, Since, Stay, Visit, Waiver, latest
from domain.compliance.finding import Finding, RuleName
from domain.compliance.policy import Adopted
from domain.compliance.weighing import Deadline, Subject, weigh_deadline
from domain.times import day_after


@dataclass(frozen=True, slots=True)
class Interval:
    """From a day on which something was done, or was asked for, to the next time that it was.

    `began_by` are the events that began it besides those of the stay; none where that is the
    admission. `done` is None while it was not done again within the stay, which ended on
    `discharged_on`. `stay` are the events that say how long it lasts; days are those of `zone`.
    """

    patient_id: str
    began: date
    began_by: tuple[str, ...]
    done: Done | None
    discharged_on: date | None
    stay: tuple[str, ...]
    zone: ZoneInfo
    waivers: tuple[Waiver, ...] = ()


IntervalRule = Callable[[Interval, Adopted], Finding | None]
"""From an interval and the policy in force on the day on which it began to a finding."""


@dataclass(frozen=True, slots=True)
class StayOf:
    """A stay of a patient, the events that say how long it lasts, and the site's clocks."""

    facts: PatientFacts
    stay: Stay
    base: tuple[str, ...]
    zone: ZoneInfo

    def interval(self, began: date, began_by: tuple[str, ...], done: Done | None) -> Interval:
        """Return one of its intervals."""
        return Interval(
            patient_id=self.facts.patient_id,
            began=began,
            began_by=began_by,
            done=done,
            discharged_on=self.stay.discharged_on,
            stay=self.base,
            zone=self.zone,
            waivers=tuple(self.facts.waivers),
        )


Intervals = Callable[[StayOf, Adopted], Iterator[Interval]]
"""From a stay and a policy in force to the intervals of the stay, in order.

No two begin on the same day.
"""


# Rules


def counselor_assigned(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient had a counselor of their own in time.

    New Jersey: at admission (N.J.A.C. 10:161B-10.1,
    https://regulations.justia.com/states/new-jersey/title-10/chapter-161b/subchapter-10/section-10-161b-10-1/).
    """
    what = ("a counselor was assigned", "no counselor was assigned")
    return _weigh("counselor-assigned", "counselor_days", what, interval, adopted)


def plan_review(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the plan of care was reviewed in time.

    Virginia: 30 days, California: 90 (both unverified); elsewhere usual practice, unverified.
    """
    what = ("the plan was reviewed", "the plan was not reviewed")
    return _weigh("plan-review", "plan_review_days", what, interval, adopted)


def certification(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a physician certified in time that the care is needed.

    Medicare: 60 days (42 CFR 424.24(d)(3), unverified); the statute says every other month
    (https://coronishealth.blogspot.com/2023/11/2024-opps-final-rule-what-hospitals.html).
    """
    what = ("the care was certified", "the care was not certified")
    return _weigh("certification", "certification_days", what, interval, adopted)


def phq_9(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient answered a PHQ-9 in time (usual practice, unverified)."""
    what = ("a PHQ-9 was answered", "no PHQ-9 was answered")
    return _weigh("phq-9", "phq_9_days", what, interval, adopted)


def gad_7(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient answered a GAD-7 in time (usual practice, unverified)."""
    what = ("a GAD-7 was answered", "no GAD-7 was answered")
    return _weigh("gad-7", "gad_7_days", what, interval, adopted)


def bam(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient answered a BAM in time.

    BAM-IOP: every 7 days (https://www.kipu.health/brief-addiction-monitor/).
    """
    what = ("a BAM was answered", "no BAM was answered")
    return _weigh("bam", "bam_days", what, interval, adopted)


def drug_test(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient gave a specimen in time.

    ASAM 2017: at least weekly at the start
    (http://addictionmedicineupdates.org/2017/consensus-document-for-the-appropriate-use-of-drug-testing/).
    """
    what = ("a specimen was collected", "no specimen was collected")
    return _weigh("drug-test", "drug_test_days", what, interval, adopted)


def absence_review(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether somebody reviewed the plan in time after repeated absence.

    Usual practice, unverified. A review is all that it asks for: nobody is discharged by a rule.
    """
    what = ("the plan was reviewed", "the plan was not reviewed after the absences")
    return _weigh("absence-review", "absence_review_days", what, interval, adopted)


def _weigh(
    rule: RuleName, key: str, what: tuple[str, str], interval: Interval, adopted: Adopted
) -> Finding | None:
    parameter = adopted.policy.parameter(key)
    if parameter is None:
        return None
    began, done, ended = interval.began, interval.done, interval.discharged_on
    due = began + timedelta(days=parameter.value)
    deadline = Deadline(
        due=due,
        late_at=day_after(due, interval.zone),
        done_on=done.day if done else None,
        taken=(done.day - began).days if done else 0,
        done=what[0],
        undone=what[1],
        excepted="the treatment ended before it was due" if ended and ended <= due else None,
    )
    told = (*interval.stay, *interval.began_by, *([done.event_id] if done else []))
    subject = Subject(interval.patient_id, None, began, told, interval.waivers)
    return weigh_deadline(rule, parameter, adopted, subject, deadline)


# Intervals


def _each_time(done_of: Callable[[PatientFacts], Iterable[Done]]) -> Intervals:
    """Return what makes the intervals from the admission, and from each day on which it was done.

    What was done on the day of the admission begins the first: there is nothing before it.
    """

    def intervals(of: StayOf, _: Adopted) -> Iterator[Interval]:
        by_day: dict[date, Done] = {}
        for each in done_of(of.facts):
            if of.stay.covers(each.day):
                by_day.setdefault(each.day, each)
        times = [by_day[day] for day in sorted(by_day)]
        if not times or times[0].day > of.stay.admitted_on:
            yield of.interval(of.stay.admitted_on, (), times[0] if times else None)
        for each, following in zip_longest(times, times[1:]):
            yield of.interval(each.day, (each.event_id,), following)

    return intervals


def _certifications(facts: PatientFacts) -> Iterator[Done]:
    return (Done(each.day, each.event_id) for each in facts.certified)


def _answers(instrument: str) -> Intervals:
    return _each_time(lambda facts: facts.assessments.get(instrument, ()))


def _counselor(of: StayOf, _: Adopted) -> Iterator[Interval]:
    """Yield the interval from the admission on to the first counselor of the stay."""
    stay = of.stay
    known = of.facts.counselors_in(stay)
    first = latest(known, stay.admitted_on) or min(known, key=_from_day, default=None)
    done = Done(max(first.from_day, stay.admitted_on), first.event_id) if first else None
    yield of.interval(stay.admitted_on, (), done)


_ENDS_A_RUN = {"attended", "incomplete", "turned_away"}
"""The visits to which the patient came; an excuse, for one, says nothing either way."""


def _absences(of: StayOf, adopted: Adopted) -> Iterator[Interval]:
    """Yield the intervals from absences that ask for a review to that review.

    Until it is there, what is missed belongs to the same interval; what comes after the day of the
    review counts anew.
    """
    facts, stay = of.facts, of.stay
    visits = sorted(
        (each for each in facts.visits.values() if stay.covers(each.day)),
        key=lambda each: (each.starts_at, each.session_id),
    )
    reviews = sorted((each for each in facts.reviews if stay.covers(each.day)), key=_day_of)
    seen: list[Visit] = []
    after = date.min
    for visit in visits:
        if visit.day <= after or not (visit.missed or visit.status in _ENDS_A_RUN):
            continue
        seen.append(visit)
        asking = _asking(seen, adopted) if visit.missed else []
        if asking:
            review = next((each for each in reviews if each.day >= visit.day), None)
            told = tuple(event_id for each in asking for event_id in each.evidence)
            yield of.interval(visit.day, told, review)
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


def _from_day(assigned: Since) -> date:
    return assigned.from_day


STAYS: tuple[tuple[IntervalRule, Intervals], ...] = (
    (counselor_assigned, _counselor),
    (plan_review, _each_time(lambda facts: facts.reviews)),
    (certification, _each_time(_certifications)),
    (phq_9, _answers("phq-9")),
    (gad_7, _answers("gad-7")),
    (bam, _answers("bam")),
    (drug_test, _each_time(lambda facts: facts.tests)),
    (absence_review, _absences),
)
"""The rules that a stay is judged by, in their order, each with what makes its intervals."""
