"""The rules about what has to be done again and again in the course of a stay. Pure.

Each rule comes with the function that makes its intervals (see `domain.compliance.intervals`);
STAYS lists them. The clock is that of the number by which a policy asks for the rule.
"""

from collections.abc import Callable, Mapping

from domain.compliance.clocks import Reading, in_business_days, in_days, in_months, in_visits
from domain.compliance.finding import ASKED_BY, Finding
from domain.compliance.intervals import (
    Interval,
    Intervals,
    absences,
    answers,
    certifications,
    contacts,
    each_time,
    reports,
    to_counselor,
)
from domain.compliance.thresholds import Deadline, Subject, weigh_deadline
from domain.policy import Adopted, RuleName

IntervalRule = Callable[[Interval, Adopted], Finding | None]
"""From an interval and the policy in force on the day on which it began to a finding."""


# Rules


def counselor_assigned(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient had a counselor of their own in time.

    New Jersey: at admission (N.J.A.C. 10:161B-10.1,
    https://regulations.justia.com/states/new-jersey/title-10/chapter-161b/subchapter-10/section-10-161b-10-1/).
    """
    what = ("a counselor was assigned", "no counselor was assigned")
    return _weigh("counselor-assigned", what, interval, adopted)


def plan_review(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the plan of care was reviewed in time.

    Virginia: 30 days, California: 90 (both unverified); elsewhere usual practice, unverified. Some
    payers count visits (every 6 to 10, unverified).
    """
    what = ("the plan was reviewed", "the plan was not reviewed")
    return _weigh("plan-review", what, interval, adopted)


def certification(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a physician certified in time that the care is needed.

    Medicare: 60 days (42 CFR 424.24(d)(3), unverified); the statute says every other month, that is
    two months
    (https://coronishealth.blogspot.com/2023/11/2024-opps-final-rule-what-hospitals.html).
    """
    what = ("the care was certified", "the care was not certified")
    return _weigh("certification", what, interval, adopted)


def phq_9(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient answered a PHQ-9 in time (usual practice, unverified)."""
    what = ("a PHQ-9 was answered", "no PHQ-9 was answered")
    return _weigh("phq-9", what, interval, adopted)


def gad_7(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient answered a GAD-7 in time (usual practice, unverified)."""
    what = ("a GAD-7 was answered", "no GAD-7 was answered")
    return _weigh("gad-7", what, interval, adopted)


def bam(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient answered a BAM in time.

    BAM-IOP: every 7 days (https://www.kipu.health/brief-addiction-monitor/).
    """
    what = ("a BAM was answered", "no BAM was answered")
    return _weigh("bam", what, interval, adopted)


def drug_test(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient gave a specimen in time.

    ASAM 2017: at least weekly at the start
    (http://addictionmedicineupdates.org/2017/consensus-document-for-the-appropriate-use-of-drug-testing/).
    """
    what = ("a specimen was collected", "no specimen was collected")
    return _weigh("drug-test", what, interval, adopted)


def absence_review(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether somebody reviewed the plan in time after repeated absence.

    Usual practice, unverified. A review is all that it asks for: nobody is discharged by a rule.
    """
    what = ("the plan was reviewed", "the plan was not reviewed after the absences")
    return _weigh("absence-review", what, interval, adopted)


def contact(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the patient was seen or spoken to within so many days.

    Usual practice: 30 days (unverified); California, of narcotic treatment programs: 2 weeks
    (9 CCR 10300,
    https://regulations.justia.com/states/california/title-9/division-4/chapter-4/subchapter-5/article-2/section-10300).
    A breach asks somebody to decide how it goes on: nobody is discharged by a rule.
    """
    what = ("the patient was seen or reached", "the patient was not seen or reached")
    return _weigh("contact", what, interval, adopted)


def court_report(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a month of the stay was reported in time to whom the patient agreed for court.

    Washington: within 10 working days of the end of each reporting period (WAC 246-341-0800,
    https://app.leg.wa.gov/WAC/default.aspx?cite=246-341-0800). Daybook has no orders of courts:
    that a consent for a legal purpose stands for one, and that the period is a calendar month or
    the part of one that lies in the stay, is its reading (unverified).
    """
    what = ("the month was reported", "the month was not reported")
    return _weigh("court-report", what, interval, adopted)


def _weigh(
    rule: RuleName, what: tuple[str, str], interval: Interval, adopted: Adopted
) -> Finding | None:
    key = next((each for each in ASKED_BY[rule] if adopted.policy.parameter(each)), None)
    parameter = adopted.policy.parameter(key) if key else None
    if key is None or parameter is None:
        return None
    of, through = interval.of, interval.binds_through
    came = len(interval.came)
    reading = _CLOCKS.get(key, _in_days)(interval, parameter.value)
    over = through is not None and (reading.due is None or reading.due > through)
    deadline = Deadline(
        due=reading.due or of.stay.discharged_on,
        late_at=reading.late_at,
        done_on=interval.done_on,
        taken=reading.taken,
        done=what[0],
        undone=what[1],
        excepted=interval.unbound if over else None,
        waits_for=f"visit {parameter.value}, and there {'was' if came == 1 else 'were'} {came}"
        if reading.due is None
        else "",
    )
    told = (*of.base, *interval.began_by, *interval.done_by, *reading.evidence)
    waivers = tuple(of.facts.waivers)
    subject = Subject(of.facts.patient_id, None, interval.began, told, waivers)
    return weigh_deadline(rule, parameter, adopted, subject, deadline)


# Clocks


def _in_days(interval: Interval, most: int) -> Reading:
    return in_days(interval.began, most, interval.done_on, interval.of.calendar)


def _in_business_days(interval: Interval, most: int) -> Reading:
    return in_business_days(interval.began, most, interval.done_on, interval.of.calendar)


def _in_months(interval: Interval, most: int) -> Reading:
    return in_months(interval.began, most, interval.done_on, interval.of.calendar)


def _in_visits(interval: Interval, most: int) -> Reading:
    return in_visits(interval.came, most, interval.done_on, interval.of.calendar)


_CLOCKS: Mapping[str, Callable[[Interval, int], Reading]] = {
    "plan_review_visits": _in_visits,
    "certification_months": _in_months,
    "court_report_business_days": _in_business_days,
}
"""The numbers that are not in calendar days, and their clocks."""


STAYS: tuple[tuple[IntervalRule, Intervals], ...] = (
    (counselor_assigned, to_counselor),
    (plan_review, each_time(lambda facts: facts.reviews)),
    (certification, each_time(certifications)),
    (phq_9, answers("phq-9")),
    (gad_7, answers("gad-7")),
    (bam, answers("bam")),
    (drug_test, each_time(lambda facts: facts.tests)),
    (absence_review, absences),
    (contact, contacts),
    (court_report, reports),
)
"""The rules that a stay is judged by, in their order, each with what makes its intervals."""
