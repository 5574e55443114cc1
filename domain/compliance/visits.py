"""The rules about what has to follow a visit: a note, a call, a session in its place. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.compliance.clocks import (
    Calendar,
    Reading,
    before_next,
    in_business_days,
    in_days,
    in_hours,
    next_of_its_kind,
)
from domain.compliance.documentation import Supervision
from domain.compliance.facts import Attempt, Leave, OwnNote, Visit, VisitStatus, Waiver
from domain.compliance.finding import ASKED_BY, Finding
from domain.compliance.intervals import ENDED
from domain.compliance.thresholds import Deadline, Subject, weigh_deadline
from domain.policy import Adopted, Parameter, RuleName


@dataclass(slots=True)
class AfterVisit:
    """A visit, and what was done about it.

    `closures` are the days on which the program is closed, by the event that says so. `stay` are
    the events that say how long the treatment lasts, `attempts` those to reach the patient after
    this session, `made_up` is the visit at which the patient came to make it up. `visits` are those
    of the stay in the order of their time, `leaves` its leaves. `supervision_of` tells of a note
    the event by which it asks for a co-signature, None where it asks for none.
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
    visits: Sequence[Visit] = ()
    leaves: tuple[Leave, ...] = ()
    supervision_of: Supervision = lambda _: None

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
    unverified); Washington: before the next session of the same type (WAC 388-877B-0350,
    superseded, http://warules.elaws.us/wac/388-877b-0350). That sessions are of one kind where they
    share a service is a reading of Daybook's (unverified). No leave puts it off.
    """
    known = (adopted.policy.parameter(each) for each in ASKED_BY["note-due"])
    return _first_note("note-due", next(filter(None, known), None), after, adopted)


def crisis_note(after: AfterVisit, adopted: Adopted) -> Finding | None:
    """Tell whether the first note about a visit with a crisis service was signed in time.

    California: within 24 hours of the service (BHIN 22-019 as a county's contract has it,
    https://www.lawinsider.com/clause/progress-notes; the bulletin itself was not read). It is asked
    for beside what is asked of every note. No leave puts it off.
    """
    if not after.visit.is_crisis:
        return None
    parameter = adopted.policy.parameter("crisis_note_hours")
    return _first_note("crisis-note", parameter, after, adopted)


def _first_note(
    rule: RuleName, parameter: Parameter | None, after: AfterVisit, adopted: Adopted
) -> Finding | None:
    """Return whether the first note was signed by the clock of a number."""
    if parameter is None or not after.visit.came:
        return None
    note = min(after.visit.notes, key=lambda each: each.at, default=None)
    clock = _CLOCKS[parameter.key](after, parameter.value, note.at if note else None)
    is_counted = parameter.key == "note_before_next"
    deadline = Deadline(
        due=clock.due,
        late_at=clock.late_at,
        done_on=after.day_of(note.at) if note else None,
        taken=clock.taken,
        done="the first note was signed",
        undone="no note is signed",
        waits_for="the next session of the same kind",
        took=_BEFORE_OR_AFTER[clock.taken > 1] if is_counted else None,
    )
    subject = after.subject(*clock.evidence, *([note.event_id] if note else []))
    return weigh_deadline(rule, parameter, adopted, subject, deadline)


def cosignature(after: AfterVisit, adopted: Adopted) -> Finding | None:
    """Tell whether a note about the patient was co-signed in time, whose author needs that.

    Of several it is the one that waits, or waited, for longest. Which credentials ask for it is the
    site's to say. Texas: a qualified credentialed counselor signs the plan of an intern
    (26 TAC 564.804(e)); Virginia: within a business day (12VAC30-60-181, which nobody has read).
    That a note is meant, as well as a plan or an assessment, is a reading of Daybook's
    (unverified). Nothing where no note asks for it.
    """
    parameter = adopted.policy.parameter("cosign_business_days")
    if parameter is None or not after.visit.came:
        return None
    read: list[tuple[OwnNote, str, Reading]] = []
    calendar = Calendar(after.zone, after.closures)
    for note in after.visit.own_notes:
        if asked_by := after.supervision_of(note):
            done_on = after.day_of(note.cosigned.at) if note.cosigned else None
            clock = in_business_days(after.day_of(note.at), parameter.value, done_on, calendar)
            read.append((note, asked_by, clock))
    if not read:
        return None
    note, asked_by, clock = max(
        read, key=lambda each: (each[0].cosigned is None, each[2].taken, -each[0].at.timestamp())
    )
    deadline = Deadline(
        due=clock.due,
        late_at=clock.late_at,
        done_on=after.day_of(note.cosigned.at) if note.cosigned else None,
        taken=clock.taken,
        done="the note was co-signed",
        undone="the note is not co-signed",
    )
    told = [each.cosigned.event_id for each, _, _ in read if each.cosigned]
    told += [event for each, said, _ in read for event in (each.event_id, said)]
    subject = after.subject(*clock.evidence, *told)
    return weigh_deadline("cosignature", parameter, adopted, subject, deadline)


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
    clock = in_hours(after.visit.ends_at, parameter.value, first.at if first else None, after.zone)
    deadline = Deadline(
        due=clock.due,
        late_at=clock.late_at,
        done_on=after.day_of(first.at) if first else None,
        taken=clock.taken,
        done="somebody tried to reach the patient",
        undone="no attempt to reach the patient is on record",
        excepted="the patient had called off beforehand" if said_so else None,
    )
    subject = after.subject(*([first.event_id] if first else []))
    return weigh_deadline("outreach-due", parameter, adopted, subject, deadline)


def make_up_owed(after: AfterVisit, adopted: Adopted) -> Finding | None:
    """Tell whether a session that the program called off was made up in time.

    That it is owed is a reading of Daybook's, and so is the number (unverified). Days on which the
    patient is on leave are not counted.
    """
    parameter = adopted.policy.parameter("make_up_days")
    visit, made_up = after.visit, after.made_up
    if parameter is None or not visit.rostered or visit.status != "cancelled":
        return None
    done_on, calendar = made_up.day if made_up else None, Calendar(after.zone, leaves=after.leaves)
    clock = in_days(visit.day, parameter.value, done_on, calendar)
    ended = after.discharged_on and clock.due and after.discharged_on <= clock.due
    deadline = Deadline(
        due=clock.due,
        late_at=clock.late_at,
        done_on=done_on,
        taken=clock.taken,
        done="the session was made up",
        undone="the session was not made up",
        excepted=ENDED if ended else None,
    )
    subject = after.subject(*clock.evidence, *(made_up.evidence if made_up else ()))
    return weigh_deadline("make-up-owed", parameter, adopted, subject, deadline)


_BEFORE_OR_AFTER = (
    "before the next session of its kind",
    "after the next session of its kind had begun",
)

VISITS: tuple[VisitRule, ...] = (
    note_due,
    crisis_note,
    cosignature,
    outreach_due,
    make_up_owed,
)
"""The rules that a visit is judged by, in their order."""

BY_STATUS: Mapping[VisitStatus, tuple[VisitRule, ...]] = {
    "attended": (note_due, crisis_note, cosignature),
    "incomplete": (note_due, crisis_note, cosignature),
    "absent": (outreach_due,),
    "no_show": (outreach_due,),
    "cancelled": (make_up_owed,),
}
"""Those of them that have anything to say of a visit, by what it came to."""


# Clocks of notes


def _in_hours(after: AfterVisit, most: int, at: datetime | None) -> Reading:
    return in_hours(after.visit.ends_at, most, at, after.zone)


def _in_days(after: AfterVisit, most: int, at: datetime | None) -> Reading:
    calendar = Calendar(after.zone)
    return in_days(after.visit.day, most, calendar.day_of(at) if at else None, calendar)


def _in_business_days(after: AfterVisit, most: int, at: datetime | None) -> Reading:
    calendar = Calendar(after.zone, after.closures)
    return in_business_days(after.visit.day, most, calendar.day_of(at) if at else None, calendar)


def _before_next(after: AfterVisit, _: int, at: datetime | None) -> Reading:
    return before_next(next_of_its_kind(after.visit, after.visits), at)


_CLOCKS: Mapping[str, Callable[[AfterVisit, int, datetime | None], Reading]] = {
    "note_hours": _in_hours,
    "note_days": _in_days,
    "note_business_days": _in_business_days,
    "note_before_next": _before_next,
    "crisis_note_hours": _in_hours,
}
"""By which clock a note is due; of those of every note a policy has one number at most."""
