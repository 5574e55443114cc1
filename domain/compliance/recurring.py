"""The rules about what has to be done again and again in the course of a stay. Pure.

Each rule comes with the function that makes its intervals (see `domain.compliance.intervals`);
STAYS lists them. The clock is that of the number by which a policy asks for the rule (see
`domain.compliance.interval_clocks`).
"""

from collections.abc import Callable, Sequence
from datetime import date

from domain.compliance.clocks import Reading
from domain.compliance.court_reports import monthly, of_emergencies, of_noncompliance
from domain.compliance.finding import ASKED_BY, Finding
from domain.compliance.first_times import (
    first_certification_of,
    first_counselor_of,
    first_plan_of,
    renewals,
    to_the_first,
)
from domain.compliance.interval_clocks import read
from domain.compliance.intervals import (
    Interval,
    Intervals,
    absences,
    answers,
    certifications,
    contacts,
    to_summary,
)
from domain.compliance.testing_phases import between_tests, number_of_phase
from domain.compliance.thresholds import Deadline, Subject, weigh_deadline
from domain.compliance.totals import first_weeks, total_hours
from domain.policy import Adopted, Parameter, RuleName

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


def first_plan(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the first plan of care was made in time.

    Minnesota: by the end of the tenth day with a treatment session after the day on which service
    began, and within 30 days of it (Minn. Stat. 245G.06, subd. 1,
    https://www.revisor.mn.gov/statutes/cite/245G.06): of two numbers the one that is due first
    binds. There the plan is made when the counselor and the patient have signed it; that it is made
    on the day from which on it holds is a reading of Daybook's.

    Montana: within five contacts or 21 days of the first one, whichever is later (ARM 37.106.1916,
    of mental health centers, as an obsolete version has it,
    https://rules.mt.gov/gateway/ShowRuleVersionFile.asp?RVID=7392; likewise 37.106.1440(4)(d) of
    outpatient facilities for substance use, https://rules.mt.gov/gateWay/Print_RV.Asp?RV=54341).
    That a contact is a session to which the patient came, and that the days begin with the
    admission, are readings of Daybook's (unverified).
    """
    what = ("the first plan was made", "no plan was made")
    later = adopted.policy.parameter("first_plan_contacts") is not None
    return _weigh("first-plan", what, interval, adopted, later=later)


def plan_review(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether the plan of care was reviewed in time.

    Virginia: 30 days, California: 90 (both unverified); elsewhere usual practice, unverified. Some
    payers count visits (every 6 to 10, unverified). Where the policy asks for a first plan by a
    number of its own, reviews are counted from that plan on.
    """
    what = ("the plan was reviewed", "the plan was not reviewed")
    return _weigh("plan-review", what, interval, adopted)


def first_certification(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a physician certified in time for the first time that the care is needed.

    Medicare pays where a physician certifies it and recertifies it every other month; when the
    first one is due was not read (42 CFR 424.24(d), unverified).
    """
    what = ("the care was certified", "the care was never certified")
    return _weigh("first-certification", what, interval, adopted)


def certification(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a physician certified in time that the care is needed.

    Medicare: 60 days (42 CFR 424.24(d)(3), unverified); the statute says every other month, that is
    two months
    (https://coronishealth.blogspot.com/2023/11/2024-opps-final-rule-what-hospitals.html). Where the
    policy asks for the first one by a number of its own, the others are counted from it on.
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

    ASAM 2017: at least weekly at the start of treatment, at least monthly in stable recovery
    (http://addictionmedicineupdates.org/2017/consensus-document-for-the-appropriate-use-of-drug-testing/).
    When a patient is stable somebody decides, and it is on record.
    """
    what = ("a specimen was collected", "no specimen was collected")
    asked, told = number_of_phase(interval, adopted)
    if asked is None:
        return None
    if told or interval.began_by or interval.done_by:
        told += tuple(interval.of.facts.testing)
    return _weigh_by([asked], what, interval, adopted, rule="drug-test", decided_by=told)


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


def discharge_summary(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a discharge summary was signed in time.

    South Dakota: within 5 working days, whatever the reason for the discharge (ARSD 67:61:07:10,
    https://sdlegislature.gov/Rules?Rule=67:61:07:10); Oklahoma: 15 days (read of gambling
    treatment, OAC 450:65-3-7, http://okrules.elaws.us/oac/450:65-3-7); Montana: one month (of
    mental health centers, https://rules.mt.gov/gateWay/Print_RV.Asp?RV=7395).
    """
    what = ("the discharge summary was signed", "no discharge summary is signed")
    return _weigh("discharge-summary", what, interval, adopted)


def court_report(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a month of the stay was reported in time to whom the patient agreed for court.

    A program's or a court's own rule (unverified): Washington's is about noncompliance alone. That
    the period is a calendar month, or the part of one that lies in the stay, is a reading of
    Daybook's; see `domain.compliance.court_reports`.
    """
    what = ("the month was reported", "the month was not reported")
    return _weigh("court-report", what, interval, adopted)


def noncompliance_report(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether a month in which the patient did not comply was reported in time.

    Washington: unexcused absences, mandatory self-help groups that were missed, and no acceptable
    progress by the plan, within 10 working days of the end of the reporting period (WAC
    246-341-0800, https://app.leg.wa.gov/WAC/default.aspx?cite=246-341-0800, in the text in force
    until 2023-05-01). No leave of the patient puts it off. See `domain.compliance.court_reports`.
    """
    what = ("the month was reported", "the month was not reported")
    return _weigh("noncompliance-report", what, interval, adopted)


def emergency_report(interval: Interval, adopted: Adopted) -> Finding | None:
    """Tell whether an emergency was reported in time.

    Washington: use by the patient's word, somebody else's or a test, an arrest over alcohol or
    drugs, leaving against advice, and a discharge for breaking rules, within 3 working days of
    learning of it (WAC 246-341-0800, https://app.leg.wa.gov/WAC/default.aspx?cite=246-341-0800, in
    the text in force until 2023-05-01). That of tests a confirmed one counts is a reading of
    Daybook's. What it was is not said here: a finding goes where results don't.
    """
    what = ("the emergency was reported", "the emergency was not reported")
    return _weigh("emergency-report", what, interval, adopted)


def _weigh(
    rule: RuleName,
    what: tuple[str, str],
    interval: Interval,
    adopted: Adopted,
    *,
    later: bool = False,
) -> Finding | None:
    known = [adopted.policy.parameter(key) for key in ASKED_BY[rule]]
    asked = [each for each in known if each]
    return _weigh_by(asked, what, interval, adopted, rule=rule, later=later) if asked else None


def _weigh_by(
    asked: Sequence[Parameter],
    what: tuple[str, str],
    interval: Interval,
    adopted: Adopted,
    *,
    rule: RuleName,
    decided_by: tuple[str, ...] = (),
    later: bool = False,
) -> Finding:
    """Return whether it was done in time.

    Of several numbers it is the one that was missed, or that will be, first; where none was, the
    first of them. Where the `later` one binds it is one that was kept, or else the last to be
    missed.
    """
    readings = [(read(interval, each), each) for each in asked]
    missed = [
        (each, number)
        for each, number in readings
        if interval.done_on is None or each.taken > number.value
    ]
    if later and len(missed) < len(readings):
        reading, parameter = next(each for each in readings if each not in missed)
    else:
        of_several = max if later else min
        reading, parameter = of_several(missed or readings[:1], key=_due)
    of, through = interval.of, interval.binds_through
    over = through is not None and (reading.due is None or reading.due > through)
    deadline = Deadline(
        due=reading.due or of.stay.discharged_on,
        late_at=reading.late_at,
        done_on=interval.done_on,
        taken=reading.taken,
        done=what[0],
        undone=what[1],
        excepted=interval.unbound if over else None,
        waits_for=_waits_for(parameter.value, reading.so_far) if reading.due is None else "",
    )
    told = (*of.base, *interval.began_by, *interval.done_by, *decided_by)
    told += tuple(event_id for each, _ in readings for event_id in each.evidence)
    waivers = tuple(of.facts.waivers)
    subject = Subject(of.facts.patient_id, None, interval.began, told, waivers)
    return weigh_deadline(rule, parameter, adopted, subject, deadline)


def _due(known: tuple[Reading, Parameter]) -> date:
    return known[0].due or date.max


def _waits_for(most: int, so_far: int) -> str:
    return f"visit {most}, and there {'was' if so_far == 1 else 'were'} {so_far}"


STAYS: tuple[tuple[IntervalRule, Intervals], ...] = (
    (total_hours, first_weeks),
    (counselor_assigned, to_the_first(first_counselor_of)),
    (first_plan, to_the_first(first_plan_of)),
    (plan_review, renewals(lambda facts: facts.reviews, first_plan_of, ASKED_BY["first-plan"])),
    (first_certification, to_the_first(first_certification_of)),
    (
        certification,
        renewals(certifications, first_certification_of, ASKED_BY["first-certification"]),
    ),
    (phq_9, answers("phq-9")),
    (gad_7, answers("gad-7")),
    (bam, answers("bam")),
    (drug_test, between_tests),
    (absence_review, absences),
    (contact, contacts),
    (discharge_summary, to_summary),
    (court_report, monthly),
    (noncompliance_report, of_noncompliance),
    (emergency_report, of_emergencies),
)
"""The rules that a stay is judged by, in their order, each with what makes its intervals."""

MONTHLY_REPORTS: tuple[IntervalRule, ...] = (court_report, noncompliance_report)
"""Those of them for which something begins with the end of a month."""
