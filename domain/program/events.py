"""What can happen to a program, its tracks and their waiting lists."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from domain.aggregate import Event, Opening
from domain.calendar import ResourceKind
from domain.care import Population
from domain.policy import Policy, upcast_policy
from domain.program.pattern import Pattern, weekly
from domain.program.series import Deviation, Track

Focus = Literal["substance-use", "mental-health", "co-occurring"]


class ProgramOpened(Opening):
    """A program began. What it prescribes is in minutes and days a week."""

    TOPIC = "program.opened"

    program_id: str
    name: str
    population: Population
    focus: Focus
    weekly_minutes: int
    days_per_week: int


class ProgramRevised(Event):
    """A program's name, people or prescription changed."""

    TOPIC = "program.revised"

    name: str
    population: Population
    focus: Focus
    weekly_minutes: int
    days_per_week: int


# Tracks


class TrackOpened(Event):
    """A weekly group was set up, with the segments of its meetings."""

    TOPIC = "program.track-opened"
    class_version = 3

    track: Track

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Turn the days of the week into a rule."""
        state["track"] = _upcast_track(state["track"])

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Say that version 2 knew no formats of parts."""
        _without_formats(state["track"]["pattern"]["segments"])


class TrackRevised(Event):
    """A weekly group's name, days or first pattern changed; what was changed singly stays."""

    TOPIC = "program.track-revised"
    class_version = 3

    track: Track

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Turn the days of the week into a rule."""
        state["track"] = _upcast_track(state["track"])

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Say that version 2 knew no formats of parts."""
        _without_formats(state["track"]["pattern"]["segments"])


class SeriesChanged(Event):
    """From `from_day` on the track meets by another pattern; what was changed singly stays."""

    TOPIC = "program.series-changed"
    class_version = 2

    track_id: str
    from_day: date
    pattern: Pattern
    reason: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 knew no formats of parts."""
        _without_formats(state["pattern"]["segments"])


class MeetingExcepted(Event):
    """One meeting, known by the day on which the rule has it, is otherwise than its series."""

    TOPIC = "program.meeting-excepted"
    class_version = 2

    track_id: str
    occurrence: date
    deviation: Deviation

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 knew no formats of parts."""
        _without_formats(state["deviation"]["segments"] or ())


class ExceptionLifted(Event):
    """A meeting that was otherwise follows its series again."""

    TOPIC = "program.exception-lifted"

    track_id: str
    occurrence: date


class MeetingBlocked(Event):
    """A meeting of a running track could not be scheduled: its room or facilitator is taken."""

    TOPIC = "program.meeting-blocked"

    track_id: str
    occurrence: date
    kind: ResourceKind
    resource_id: str


class MeetingUnblocked(Event):
    """The meeting that could not be scheduled is on the schedule, or wanted no longer."""

    TOPIC = "program.meeting-unblocked"

    track_id: str
    occurrence: date


# Waiting for a place


class TrackWaitlisted(Event):
    """A patient waits for a place in the track on these days, behind those who wait already."""

    TOPIC = "program.track-waitlisted"

    track_id: str
    patient_id: str
    weekdays: tuple[str, ...]


class TrackWaitlistLeft(Event):
    """A patient waits for the track no longer, without having got a place."""

    TOPIC = "program.track-waitlist-left"

    track_id: str
    patient_id: str
    reason: str


class TrackPassedOver(Event):
    """A place came free that this patient, whose turn it was, could not take: `because`."""

    TOPIC = "program.track-passed-over"

    track_id: str
    patient_id: str
    because: str


class TrackPlaceGiven(Event):
    """A patient who waited for the track has got a place."""

    TOPIC = "program.track-place-given"

    track_id: str
    patient_id: str


# Closures


class ClosureDeclared(Event):
    """The program's tracks do not meet on this day."""

    TOPIC = "program.closure-declared"

    day: date
    reason: str


class ClosureRevised(Event):
    """The reason of a closure is another."""

    TOPIC = "program.closure-revised"

    day: date
    reason: str


class ClosureLifted(Event):
    """The program is open on this day after all."""

    TOPIC = "program.closure-lifted"

    day: date


# Policies


class PolicyAdopted(Event):
    """From `from_day` on the program is judged by this policy, in place of an earlier version."""

    TOPIC = "program.policy-adopted"
    class_version = 2

    policy: Policy
    from_day: date

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 told of no number when it was read or in force."""
        upcast_policy(state["policy"])


class PolicyDropped(Event):
    """From `from_day` on the program is judged by no version of this policy."""

    TOPIC = "program.policy-dropped"

    policy_id: str
    from_day: date


# Earlier versions


def _upcast_track(track: dict[str, Any]) -> dict[str, Any]:
    own = ("track_id", "name", "first_day", "last_day")
    pattern = {key: value for key, value in track.items() if key not in own}
    pattern["rule"] = weekly(pattern.pop("weekdays"))
    pattern["modality"] = "in-person"
    pattern["segments"] = [{**each, "topic": None} for each in pattern["segments"]]
    return {**{key: track[key] for key in own}, "pattern": pattern}


def _without_formats(segments: Iterable[dict[str, Any]]) -> None:
    for each in segments:
        each["format"] = None
