"""When and where a session is, and what it is made of. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.calendar import ResourceKind
from domain.care import SegmentFormat
from domain.program import Deviation, Modality, Occurrence, Segment, Service
from domain.times import Span, instant, span


@dataclass(frozen=True, slots=True)
class Part:
    """A segment of a meeting, on its day: instants in UTC.

    `topic` is what an education is about, or which practice a holistic part is; None where nobody
    said. `format` is None for what is as its service is.
    """

    starts_at: datetime
    ends_at: datetime
    service: Service
    title: str
    topic: str | None = None
    format: SegmentFormat | None = None

    @property
    def span(self) -> Span:
        """The part's time."""
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Meeting:
    """When and where a session is, what it is made of and how many patients it has places for.

    `occurrence` is the day on which its track's rule has it, wherever it was moved; None for a
    one-off session. `staff_id` is None while nobody leads it.
    """

    program_id: str
    track_id: str | None
    day: date
    starts_at: datetime
    ends_at: datetime
    parts: tuple[Part, ...]
    room_id: str
    staff_id: str | None
    places: int
    occurrence: date | None = None
    modality: Modality = "in-person"

    @property
    def span(self) -> Span:
        """The meeting's time."""
        return Span(self.starts_at, self.ends_at)

    @property
    def resources(self) -> tuple[tuple[ResourceKind, str], ...]:
        """The room that the meeting takes and, where it has one, the person who leads it."""
        room: tuple[tuple[ResourceKind, str], ...] = (("room", self.room_id),)
        return room if self.staff_id is None else (*room, ("staff", self.staff_id))

    @property
    def scheduled_minutes(self) -> int:
        """The minutes that count: those of every part but the breaks (9 CCR 9854)."""
        return sum(part.span.minutes for part in self.parts if part.service != "break")

    def led_as(self, before: "Meeting") -> "Meeting":
        """Return the meeting without a facilitator, if that is how it was before.

        Somebody took theirs away; a series does not know of it, and gives it none back.
        """
        return replace(self, staff_id=None) if before.staff_id is None else self


def meeting_of(
    occurrence: Occurrence, *, program_id: str, track_id: str, zone: ZoneInfo, room_holds: int
) -> Meeting:
    """Return the meeting that a track's series asks for, in a room that holds so many patients."""
    when = span(occurrence.day, occurrence.starts, occurrence.ends, zone)
    return Meeting(
        program_id=program_id,
        track_id=track_id,
        day=occurrence.day,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        parts=parts_on(occurrence.day, occurrence.segments, zone, when),
        room_id=occurrence.room_id,
        staff_id=occurrence.staff_id,
        places=min(occurrence.capacity, room_holds),
        occurrence=occurrence.occurrence,
        modality=occurrence.modality,
    )


def deviation_of(meeting: Meeting, zone: ZoneInfo, reason: str) -> Deviation:
    """Return what a series has to say of a meeting for it to be as it is.

    Of one that nobody leads it says nothing about who does.
    """
    parts = (
        Segment(
            part.starts_at.astimezone(zone).time(),
            part.ends_at.astimezone(zone).time(),
            part.service,
            part.title,
            part.topic,
            part.format,
        )
        for part in meeting.parts
    )
    return Deviation(
        reason,
        day=meeting.day,
        starts=meeting.starts_at.astimezone(zone).time(),
        ends=meeting.ends_at.astimezone(zone).time(),
        segments=tuple(parts),
        room_id=meeting.room_id,
        staff_id=meeting.staff_id,
        modality=meeting.modality,
    )


def parts_on(
    day: date, segments: Iterable[Segment], zone: ZoneInfo, within: Span
) -> tuple[Part, ...]:
    """Put segments on a day. No minute is in two parts, and none outside the meeting.

    A part whose wall times lie in a gap of the clocks begins no earlier than the one before it
    ended; one for which that leaves no time is empty.
    """
    parts: list[Part] = []
    begin = within.starts_at
    for segment in sorted(segments, key=lambda each: each.starts):
        starts_at = min(max(instant(day, segment.starts, zone), begin), within.ends_at)
        ends_at = max(min(instant(day, segment.ends, zone), within.ends_at), starts_at)
        said = (segment.service, segment.title, segment.topic, segment.format)
        parts.append(Part(starts_at, ends_at, *said))
        begin = ends_at
    return tuple(parts)
