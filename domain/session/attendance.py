"""What presence counts: from sign-ins to minutes and a status. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.program import Segment, Service
from domain.times import MINUTE, Span, instant

Role = Literal["rostered", "make_up"]
Status = Literal["cancelled", "attended", "incomplete", "excused", "absent", "no_show"]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment of a meeting, on its day: instants in UTC."""

    starts_at: datetime
    ends_at: datetime
    service: Service
    title: str

    @property
    def span(self) -> Span:
        """The part's time."""
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Meeting:
    """When and where a session is, what it is made of and how many patients it has places for."""

    program_id: str
    track_id: str | None
    day: date
    starts_at: datetime
    ends_at: datetime
    parts: tuple[Part, ...]
    room_id: str
    staff_id: str
    places: int

    @property
    def span(self) -> Span:
        """The meeting's time."""
        return Span(self.starts_at, self.ends_at)


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
    """Minutes of one service during which the patient was there."""

    service: Service
    minutes: int


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
class Visit:
    """A patient's place in a session and what is known of it.

    `makes_up` and `made_up_by` name the other session of a make-up; `recorded` is the attendance
    on record, `recorded_makes_up` what it says is made up, and `recorded_in` the version of the
    event that says so.
    """

    role: Role = "rostered"
    makes_up: str | None = None
    made_up_by: str | None = None
    absence: Absence | None = None
    sign_ins: tuple[SignIn, ...] = ()
    recorded: Attendance | None = None
    recorded_makes_up: str | None = None
    recorded_in: int | None = None


def parts_on(day: date, segments: Iterable[Segment], zone: ZoneInfo) -> tuple[Part, ...]:
    """Put segments on a day. No minute is in two parts, also where a change of clocks skips some.

    A part whose wall times lie in a gap of the clocks begins no earlier than the one before it
    ended, and ends no later than the last segment does.
    """
    ordered = sorted(segments, key=lambda each: each.starts)
    parts: list[Part] = []
    for segment in ordered:
        starts_at = instant(day, segment.starts, zone)
        ends_at = min(instant(day, segment.ends, zone), instant(day, ordered[-1].ends, zone))
        if parts:
            starts_at = max(starts_at, parts[-1].ends_at)
        parts.append(Part(starts_at, max(starts_at, ends_at), segment.service, segment.title))
    return tuple(parts)


def scheduled_minutes(meeting: Meeting) -> int:
    """Return the minutes that count: those of every part but the breaks (9 CCR 9854)."""
    return sum(part.span.minutes for part in meeting.parts if part.service != "break")


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
        scheduled_minutes=scheduled_minutes(meeting),
        credits=credits_of(meeting, visit.sign_ins) if attended else (),
    )


def status_of(visit: Visit, *, called_off: bool) -> Status:
    """Return a visit's status once its session is over or called off."""
    if called_off:
        return "cancelled"
    if visit.sign_ins:
        return "attended" if all(line.left_at for line in visit.sign_ins) else "incomplete"
    if visit.absence:
        return "excused" if visit.absence.excused else "absent"
    return "no_show"


def credits_of(meeting: Meeting, sign_ins: Iterable[SignIn]) -> tuple[Credit, ...]:
    """Return the minutes of each service that presence covers; nothing is rounded up."""
    present = [Span(line.arrived_at, line.left_at) for line in sign_ins if line.left_at]
    minutes: dict[Service, int] = {}
    for part in meeting.parts:
        if part.service != "break":
            shared = sum((part.span.shared(span) for span in present), timedelta())
            minutes[part.service] = minutes.get(part.service, 0) + shared // MINUTE
    return tuple(Credit(service, count) for service, count in minutes.items() if count)


def share_time(line: SignIn, other: SignIn) -> bool:
    """Tell whether two lines of one visit share time; an open line lasts to the next one."""
    if line.arrived_at == other.arrived_at:
        return False
    first, second = sorted((line, other), key=lambda each: each.arrived_at)
    return first.left_at is not None and second.arrived_at < first.left_at
