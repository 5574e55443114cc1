"""The rule about a counselor: how many patients they have. Pure."""

from collections.abc import Callable, Iterator
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
        return len(set(self._patient_days()))

    def _patient_days(self) -> Iterator[tuple[str, date]]:
        for each in self.clients:
            last = min(self.last_day, each.last_day or self.last_day)
            for day in days(max(self.first_day, each.first_day), last):
                yield each.patient_id, day


CounselorRule = Callable[[CounselorWeek, Adopted], Finding | None]
"""From a counselor's week and a policy in force to a finding."""


def caseload(week: CounselorWeek, adopted: Adopted) -> Finding | None:
    """Tell whether a counselor had no more patients than they may, on average over the days.

    New Jersey: 24 by the daily census (N.J.A.C. 10:161B-10.1,
    https://regulations.justia.com/states/new-jersey/title-10/chapter-161b/subchapter-10/section-10-161b-10-1/).
    What is measured is rounded up to whole patients: 24 and a day more are 25.
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
    there = (each for each in week.clients if _in(each, week))
    evidence = [*week.site, *(event_id for each in there for event_id in each.evidence)]
    subject = Subject(None, week.counselor, week.first_day, evidence)
    return found("caseload", parameter, adopted, subject, weighed)


def _in(client: Client, week: CounselorWeek) -> bool:
    ended = client.last_day
    return client.first_day <= week.last_day and (ended is None or ended >= week.first_day)


COUNSELORS: tuple[CounselorRule, ...] = (caseload,)
"""The rules that a counselor's week is judged by, in their order."""
