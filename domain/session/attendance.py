"""What presence counts: from sign-ins to minutes and a status. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.errors import SignedInTwice
from domain.program import Service
from domain.session.meeting import Meeting
from domain.times import MINUTE, Span

Role = Literal["rostered", "make_up"]
Status = Literal[
    "cancelled", "attended", "incomplete", "turned_away", "excused", "absent", "no_show"
]


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of a sign-in sheet; `left_at` is None while nobody has said when."""

    arrived_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody said that they would not come; whether that is excused is the staff's decision."""

    reason: str
    notified_at: datetime
    excused: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """Minutes of one service, and of one topic of it, during which the patient was there."""

    service: Service
    minutes: int
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """What a visit came to; minutes are whole."""

    role: Role
    status: Status
    late: bool
    left_early: bool
    scheduled_minutes: int
    credits: tuple[Credit, ...]

    @property
    def credited_minutes(self) -> int:
        """The minutes of all services."""
        return sum(credit.minutes for credit in self.credits)


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A patient came and was not let in."""

    came_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a change to a closed record carries besides its time and author.

    `credential` is the author's at that time; None where it is not known, as in an import.
    """

    reason: str
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A patient's place in a session and what is known of it.

    `makes_up` and `made_up_by` name the other session of a make-up. `departures` are those that
    reached the record before the arrivals that they belong to.
    """

    role: Role = "rostered"
    makes_up: str | None = None
    made_up_by: str | None = None
    absence: Absence | None = None
    turned_away: tuple[TurnedAway, ...] = ()
    sign_ins: tuple[SignIn, ...] = ()
    departures: tuple[datetime, ...] = ()

    @property
    def missed(self) -> bool:
        """Tell whether a patient who was expected did not take part."""
        return self.role == "rostered" and not self.sign_ins


@dataclass(frozen=True, slots=True)
class Record:
    """The attendance of one patient as it stands on record; `version` is that of its event.

    `attendance` is None where it was withdrawn; `outdated` says that the session takes place again.
    """

    version: int
    attendance: Attendance | None
    makes_up: str | None
    outdated: bool = False


def attendance_of(
    meeting: Meeting, visit: Visit, *, called_off: bool, late_after: timedelta
) -> Attendance:
    """Return what a visit comes to when its session is over."""
    attended = status_of(visit, called_off=called_off) == "attended"
    arrivals = [line.arrived_at for line in visit.sign_ins]
    departures = [line.left_at for line in visit.sign_ins if line.left_at]
    return Attendance(
        role=visit.role,
        status=status_of(visit, called_off=called_off),
        late=bool(arrivals) and min(arrivals) - meeting.starts_at > late_after,
        left_early=attended and meeting.ends_at - max(departures) > late_after,
        scheduled_minutes=meeting.scheduled_minutes,
        credits=credits_of(meeting, visit.sign_ins) if attended else (),
    )


def status_of(visit: Visit, *, called_off: bool) -> Status:
    """Return a visit's status once its session is over or called off."""
    if called_off:
        return "cancelled"
    if visit.sign_ins:
        return "attended" if all(line.left_at for line in visit.sign_ins) else "incomplete"
    if visit.turned_away:
        return "turned_away"
    if visit.absence:
        return "excused" if visit.absence.excused else "absent"
    return "no_show"


def credits_of(meeting: Meeting, sign_ins: Iterable[SignIn]) -> tuple[Credit, ...]:
    """Return the minutes of each service and topic that presence covers; nothing is rounded up."""
    present = _without_overlaps(sign_ins)
    minutes: dict[tuple[Service, str | None], int] = {}
    for part in meeting.parts:
        if part.service != "break":
            key = (part.service, part.topic)
            shared = sum((part.span.shared(span) for span in present), timedelta())
            minutes[key] = minutes.get(key, 0) + shared // MINUTE
    return tuple(
        Credit(service, count, topic) for (service, topic), count in minutes.items() if count
    )


def _without_overlaps(sign_ins: Iterable[SignIn]) -> list[Span]:
    """Return when somebody was there; no minute twice, also by lines that share time."""
    found: list[Span] = []
    for line in sorted(sign_ins, key=lambda each: each.arrived_at):
        begin = max(line.arrived_at, found[-1].ends_at) if found else line.arrived_at
        if line.left_at and line.left_at > begin:
            found.append(Span(begin, line.left_at))
    return found


def open_line(sign_ins: Iterable[SignIn]) -> SignIn | None:
    """Return the first line without a departure; None where everybody has left."""
    return next((line for line in sign_ins if line.left_at is None), None)


def share_time(line: SignIn, other: SignIn) -> bool:
    """Tell whether two lines of one visit share time; an open line lasts to the next one."""
    if line.arrived_at == other.arrived_at:
        return False
    first, second = sorted((line, other), key=lambda each: each.arrived_at)
    return first.left_at is not None and second.arrived_at < first.left_at


def merged(
    arrivals: Iterable[datetime], departures: Iterable[datetime]
) -> tuple[tuple[SignIn, ...], tuple[datetime, ...]]:
    """Return the lines that arrivals and departures make, whatever order they were told in.

    An arrival ends with the first departure before the next arrival; a departure that follows no
    open arrival is returned apart: its arrival may still be told.
    """
    lines: list[SignIn] = []
    held: list[datetime] = []
    # Who leaves as another stay begins leaves first.
    told = [(at, 0) for at in departures] + [(at, 1) for at in arrivals]
    for at, arrives in sorted(told):
        if arrives and held and held[-1] == at:
            lines.append(SignIn(at, held.pop()))
        elif arrives:
            lines.append(SignIn(at))
        elif lines and lines[-1].left_at is None:
            lines[-1] = SignIn(lines[-1].arrived_at, at)
        else:
            held.append(at)
    return tuple(lines), tuple(held)


def put_right(
    visit: Visit, *, arrivals: Iterable[datetime] = (), departures: Iterable[datetime] = ()
) -> tuple[set[datetime], set[datetime]]:
    """Return a visit's arrivals and departures once somebody puts these right, with a reason.

    An earlier arrival moves that of the line that follows it, a later departure that of the line
    before it, unless another stay lies between. Raises SignedInTwice for an arrival during a stay
    that has an end.
    """
    came = {line.arrived_at for line in visit.sign_ins}
    ended = {line.left_at for line in visit.sign_ins if line.left_at}
    left = ended | {*visit.departures}
    for at in {*arrivals} - came:
        if any(line.arrived_at < at < line.left_at for line in visit.sign_ins if line.left_at):
            raise SignedInTwice
        later = min((each for each in came if each > at), default=None)
        # Who leaves as another stay begins leaves first.
        if later and not any(at <= each <= later for each in left - ({at} & ended)):
            came.discard(later)
        came.add(at)
    for at in {*departures} - ended:
        begun = max((each for each in came if each <= at), default=None)
        if begun:
            left = {each for each in left if not begun < each < at}
        left.add(at)
    return came, left
