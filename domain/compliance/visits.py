"""The rules about what has to follow a visit: a note, a call, a session in its place. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from domain.compliance.facts import Attempt, Visit, Waiver
from domain.compliance.finding import Finding
from domain.compliance.policy import Adopted
from domain.compliance.weighing import Deadline, Subject, weigh_deadline
from domain.times import day_after

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AfterVisit:
    """A visit, and what was done about it.

    `closures` are the days on which the program is closed, by the event that says so. `stay` are
    the events that say how long the treatment lasts, `attempts` those to reach the patient after
    this session, `made_up` is the visit at which the patient came to make it up.
    """

    patient_id: str
    visit: Visit
    zone: ZoneInfo
    closures: Mapping[date, str]
    stay: tuple[str, ...]
    waivers: tuple[Waiver, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    made_up: Visit | None = None
    discharged_on: date | None = None

    def day_of(self, at: datetime) -> date:
        """Return the day of an instant on the facility's clocks."""
        return at.astimezone(self.zone).date()

    def subject(self, *events: str) -> Subject:
        """Return what a finding is about; `events` are those looked at besides the visit's own."""
        visit = self.visit
        evidence = (*self.stay, *visit.evidence, *events)
        return Subject(self.patient_id, visit.session_id, visit.day, evidence, self.waivers)


VisitRule = Callable[[AfterVisit, Adopted], Finding | None]
"""From a visit and what followed it, and a policy in force, to a finding."""


def note_due(after: AfterVisit, adopted: Adopted) -> Finding | None:
    """Tell whether the first note about a visit was signed in time; a day is over at midnight.

    Texas: 72 hours (26 TAC 564.8xx, unverified); California: 3 business days (CalAIM BHIN 23-068,
    unverified).
    """
    key = next((each for each in _CLOCKS if adopted.policy.parameter(each)), None)
    parameter = adopted.policy.parameter(key) if key else None
    if key is None or parameter is None or not after.visit.came:
        return None
    note = min(after.visit.notes, key=lambda each: each.at, default=None)
    clock = _CLOCKS[key](after, parameter.value, note.at if note else None)
    deadline = Deadline(
        due=clock.due,
        late_at=clock.late_at,
        done_on=after.day_of(note.at) if note else None,
        taken=clock.taken,
        done="the first note was signed",
        undone="no note is signed",
    )
    subject = after.subject(*clock.evidence, *([note.event_id] if note else []))
    return weigh_deadline("note-due", parameter, adopted, subject, deadline)


def outreach_due(after: AfterVisit, adopted: Adopted) -> Finding | None:
    """Tell whether somebody tried in time to reach a patient who did not come.

    A Texas contract: within 24 hours after a no-show
    (https://www.hhs.texas.gov/laws-regulations/handbooks/smccsp/chapter-3-rates/3-3-3-no-shows).
    """
    parameter = adopted.policy.parameter("outreach_hours")
    said_so = after.visit.status == "absent"
    if parameter is None or not (said_so or after.visit.status == "no_show"):
        return None
    attempts = () if said_so else after.attempts
    first = min(attempts, key=lambda each: each.at, default=None)
    clock = _in_hours(after, parameter.value, first.at if first else None)
    deadline = Deadline(
        due=clock.due,
        late_at=clock.late_at,
        done_on=after.day_of(first.at) if first else None,
        taken=clock.taken,
        done="somebody tried to reach the patient",
        undone="nobody tried to reach the patient",
        excepted="the patient had said so" if said_so else None,
    )
    subject = after.subject(*([first.event_id] if first else []))
    return weigh_deadline("outreach-due", parameter, adopted, subject, deadline)


def make_up_owed(after: AfterVisit, adopted: Adopted) -> Finding | None:
    """Tell whether a session that the program called off was made up in time.

    That it is owed is a reading of Daybook's, and so is the number (unverified).
    """
    parameter = adopted.policy.parameter("make_up_days")
    visit, made_up = after.visit, after.made_up
    if parameter is None or not visit.rostered or visit.status != "cancelled":
        return None
    due = visit.day + parameter.value * DAY
    ended = after.discharged_on is not None and after.discharged_on <= due
    deadline = Deadline(
        due=due,
        late_at=day_after(due, after.zone),
        done_on=made_up.day if made_up else None,
        taken=max((made_up.day - visit.day).days, 0) if made_up else 0,
        done="the session was made up",
        undone="the session was not made up",
        excepted="the treatment ended before it was due" if ended else None,
    )
    subject = after.subject(*(made_up.evidence if made_up else ()))
    return weigh_deadline("make-up-owed", parameter, adopted, subject, deadline)


VISITS: tuple[VisitRule, ...] = (note_due, outreach_due, make_up_owed)
"""The rules that a visit is judged by, in their order."""


# Clocks


@dataclass(frozen=True, slots=True)
class _Clock:
    """When something is due, how long it took (rounded up, 0 where it was not done), by what.

    It is late from `late_at` on.
    """

    due: date
    late_at: datetime
    taken: int
    evidence: tuple[str, ...] = ()


def _in_hours(after: AfterVisit, most: int, at: datetime | None) -> _Clock:
    """Count hours from the end of the session."""
    ended = after.visit.ends_at
    taken = max(-((ended - at) // HOUR), 0) if at else 0
    late_at = ended + most * HOUR
    return _Clock(after.day_of(late_at), late_at, taken)


def _in_days(after: AfterVisit, most: int, at: datetime | None) -> _Clock:
    """Count the days after that of the session."""
    day = after.visit.day
    taken = max((after.day_of(at) - day).days, 0) if at else 0
    due = day + most * DAY
    return _Clock(due, day_after(due, after.zone), taken)


def _in_business_days(after: AfterVisit, most: int, at: datetime | None) -> _Clock:
    """Count the days from Monday to Friday, after that of the session, without closures.

    What was done on another day took as long as if it had been done on the next that counts.
    """
    day = after.visit.day
    done = after.day_of(at) if at else day
    due = next(islice(_business_days(day, after.closures), most - 1, None))
    before = takewhile(lambda each: each < done, _business_days(day, after.closures))
    taken = sum(1 for _ in before) + 1 if done > day else 0
    passed = (each for each in after.closures if day < each < max(due, done))
    closed = (each for each in passed if each.weekday() < 5)
    evidence = tuple(after.closures[each] for each in closed)
    return _Clock(due, day_after(due, after.zone), taken, evidence)


def _business_days(after: date, closures: Mapping[date, str]) -> Iterator[date]:
    day = after
    while True:
        day += DAY
        if day.weekday() < 5 and day not in closures:
            yield day


_CLOCKS: Mapping[str, Callable[[AfterVisit, int, datetime | None], _Clock]] = {
    "note_hours": _in_hours,
    "note_days": _in_days,
    "note_business_days": _in_business_days,
}
"""By which clock a note is due: a policy has one of these numbers at most."""
