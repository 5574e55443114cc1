"""The rules about caseloads: how many patients a counselor has, and those of a program. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from domain.compliance.facts import Client
from domain.compliance.finding import Finding
from domain.compliance.thresholds import Outcome, Subject, compared, found
from domain.policy import Adopted
from domain.times import days


@dataclass(frozen=True, slots=True)
class CounselorWeek:
    """A week of a counselor's, both days included, and who their patients were in it.

    `counselor` is their site and their id there, which says who it is nowhere else.
    `site` are the events that say when a week begins.
    """

    counselor: str
    first_day: date
    last_day: date
    clients: tuple[Client, ...]
    site: tuple[str, ...]

    @property
    def census(self) -> int:
        """The sum over its days of the patients on each: a patient counts once a day."""
        known = ((each.patient_id, each) for each in self.clients)
        return _person_days(known, self.first_day, self.last_day)


@dataclass(frozen=True, slots=True)
class ProgramWeek:
    """A week of a program's, both days included, and who its patients were in it, and whose.

    `program` is its site and its id there. `site` are the events that say when a week begins.
    """

    program: str
    first_day: date
    last_day: date
    clients: tuple[Client, ...]
    site: tuple[str, ...]


def _person_days(known: Iterable[tuple[str, Client]], first_day: date, last_day: date) -> int:
    """Return the sum over some days of the people on each, who count once a day."""
    found: set[tuple[str, date]] = set()
    for who, each in known:
        last = min(last_day, each.last_day or last_day)
        found.update((who, day) for day in days(max(first_day, each.first_day), last))
    return len(found)


CounselorRule = Callable[[CounselorWeek, Adopted], Finding | None]
"""From a counselor's week and a policy in force to a finding."""

ProgramRule = Callable[[ProgramWeek, Adopted], Finding | None]
"""From a program's week and a policy in force to a finding."""


def caseload(week: CounselorWeek, adopted: Adopted) -> Finding | None:
    """Tell whether a counselor had no more patients than they may, on average over the days.

    Arizona, of S9480: no more than 16 active members (a payer's memo of 2024-04-01,
    https://azcompletehealth.com/newsroom/PU24047.html). That it is an average of the week is a
    reading of Daybook's (unverified). What is measured is rounded up to whole patients: 16 and a
    day more are 17.
    """
    parameter = adopted.policy.parameter("caseload_max")
    if parameter is None:
        return None
    number = (week.last_day - week.first_day).days + 1
    census = week.census
    if census:
        average = -(-census // number)
        what = f"patients on average ({census} patient days in {number} days)"
        state, because = compared(average, what, "at most", parameter.value)
        weighed = Outcome(week.last_day, state, average, because)
    else:
        weighed = Outcome(week.last_day, "not_applicable", None, "the counselor had no patient")
    there = (each for each in week.clients if each.is_there(week.first_day, week.last_day))
    evidence = [*week.site, *(event_id for each in there for event_id in each.evidence)]
    subject = Subject(None, week.counselor, week.first_day, evidence)
    return found("caseload", parameter, adopted, subject, weighed)


def program_caseload(week: ProgramWeek, adopted: Adopted) -> Finding | None:
    """Tell whether a program had counselors enough, on average over the days.

    New Jersey: programs keep an average ratio of counselors to clients on the basis of each
    program's daily census, in intensive outpatient 1 to 24 (N.J.A.C. 10:161B-10.1(b),
    https://regulations.justia.com/states/new-jersey/title-10/chapter-161b/subchapter-10/section-10-161b-10-1/).
    The days' patients are divided by the days' counselors, and rounded up to whole patients. That
    its counselors are those who have a patient in it on that day is a reading of Daybook's
    (unverified): how much of their time is the program's nobody records.
    """
    parameter = adopted.policy.parameter("program_caseload_max")
    if parameter is None:
        return None
    first, last = week.first_day, week.last_day
    there = [each for each in week.clients if each.is_there(first, last)]
    patients = _person_days(((each.patient_id, each) for each in there), first, last)
    whose = ((each.counselor, each) for each in there if each.counselor is not None)
    counselors = _person_days(whose, first, last)
    if not patients:
        weighed = Outcome(last, "not_applicable", None, "the program had no patient")
    elif not counselors:
        weighed = Outcome(last, "unknown", None, "none of its patients had a counselor")
    else:
        average = -(-patients // counselors)
        what = (
            f"patients were there for each counselor, on average ({patients} patient days and"
            f" {counselors} counselor days)"
        )
        state, because = compared(average, what, "at most", parameter.value)
        weighed = Outcome(last, state, average, because)
    evidence = [*week.site, *(event_id for each in there for event_id in each.evidence)]
    subject = Subject(None, week.program, first, evidence)
    return found("program-caseload", parameter, adopted, subject, weighed)


COUNSELORS: tuple[CounselorRule, ...] = (caseload,)
"""The rules that a counselor's week is judged by, in their order."""

PROGRAMS: tuple[ProgramRule, ...] = (program_caseload,)
"""The rules that a program's week is judged by, in their order."""
