"""The events of facilities and programs in words: rooms, staff, tracks, closures, policies."""

from typing import Any

from domain.calendar import BookingReleased, CalendarOpened, TimeBooked
from domain.facility import (
    ClosingDelaySet,
    CredentialRecorded,
    FacilityOpened,
    FacilityRevised,
    RoomOpened,
    RoomRevised,
    StaffJoined,
    StaffRevised,
)
from domain.payer_policy import PayerPolicyAdopted, PayerPolicyDropped
from domain.plurals import counted
from domain.program import events as on
from domain.program.pattern import Pattern
from domain.program.series import Deviation
from domain.recipient import RecipientNamed
from domain.skipped_event import (
    SkippedEventDeclared,
    SkippedEventDeclaredAgain,
    SkippedEventWithdrawn,
)
from domain.supervision import CredentialSupervised, CredentialUnsupervised
from services.reports.history_wording import (
    Names,
    Wording,
    Words,
    clock,
    day,
    hours,
    span,
    weekdays,
    words,
)


def _site(event: Any) -> str:
    late = counted(event.late_after_minutes, "minute")
    return f"{event.name}, weeks begin on {event.week_starts_on}, late after {late}"


def _room(event: Any) -> str:
    return f"{event.name}, for {counted(event.capacity, 'patient')}"


def _prescribed(event: Any) -> str:
    asked = f"{hours(event.weekly_minutes)} on {counted(event.days_per_week, 'day')} a week"
    return f"{event.name}, {words(event.population)}, {words(event.focus)}, {asked}"


def _pattern(of: Pattern, names: Names) -> str:
    led = f"led by {names.person(of.staff_id)}"
    when = f"{clock(of.starts)} to {clock(of.ends)}"
    return f"{when}, {names.room(of.room_id)}, {led}, {counted(of.capacity, 'place')}"


def _track(event: Any, names: Names) -> str:
    track = event.track
    days = span(track.first_day, track.last_day)
    return f"{track.name}, {days}, {_pattern(track.pattern, names)}"


def _deviation(of: Deviation, names: Names) -> str:
    if of.off:
        return "does not meet"
    said = []
    if of.day:
        said.append(f"meets on {day(of.day)}")
    if of.starts and of.ends:
        said.append(f"from {clock(of.starts)} to {clock(of.ends)}")
    if of.room_id:
        said.append(f"in {names.room(of.room_id)}")
    if of.staff_id:
        said.append(f"led by {names.person(of.staff_id)}")
    if of.modality:
        said.append(words(of.modality))
    if of.segments:
        said.append("with other parts")
    return ", ".join(said) or "is otherwise"


def _policy(event: Any) -> str:
    return f"{event.policy.name}, version {event.policy.version}, from {day(event.from_day)}"


def _resource(event: Any, names: Names) -> str:
    if event.kind == "room":
        return f"{names.room(event.resource_id)} is taken"
    return f"{names.person(event.resource_id)} is busy"


FACILITY_WORDS: Words = {
    FacilityOpened: Wording("site", lambda e, _: f"Facility opened: {_site(e)}"),
    FacilityRevised: Wording("site", lambda e, _: f"Facility changed: {_site(e)}"),
    RoomOpened: Wording("site", lambda e, _: f"Room opened: {_room(e)}"),
    RoomRevised: Wording("site", lambda e, _: f"Room changed: {_room(e)}"),
    StaffJoined: Wording("site", lambda e, _: f"{e.name}, {e.credential}, joined the staff"),
    StaffRevised: Wording("site", lambda e, _: f"Staff changed: {e.name}, {e.credential}"),
    CredentialRecorded: Wording(
        "site",
        lambda e, n: (
            f"Credential of {n.person(e.staff_id)}: {e.credential.name},"
            f" {span(e.credential.first_day, e.credential.last_day)}"
        ),
    ),
    RecipientNamed: Wording(
        "site",
        lambda e, _: f"Recipient outside the program: {e.recipient.name} ({e.recipient.kind})",
    ),
    CredentialSupervised: Wording(
        "site",
        lambda e, _: f"Notes signed as {e.credential} are co-signed from {day(e.from_day)} on",
    ),
    CredentialUnsupervised: Wording(
        "site",
        lambda e, _: f"Notes signed as {e.credential} are not co-signed from {day(e.from_day)} on",
    ),
    ClosingDelaySet: Wording(
        "site",
        lambda e, _: f"Sessions are closed {counted(e.minutes, 'minute')} after their end",
    ),
    PayerPolicyAdopted: Wording("policies", lambda e, _: f"Policy of {e.payer}: {_policy(e)}"),
    PayerPolicyDropped: Wording(
        "policies",
        lambda e, _: (
            f"Policy {e.policy_id} no longer asked for by {e.payer} from {day(e.from_day)}"
        ),
    ),
}

PROGRAM_WORDS: Words = {
    on.ProgramOpened: Wording("site", lambda e, _: f"Program opened: {_prescribed(e)}"),
    on.ProgramRevised: Wording("site", lambda e, _: f"Program changed: {_prescribed(e)}"),
    on.TrackOpened: Wording("schedule", lambda e, n: f"Track opened: {_track(e, n)}"),
    on.TrackRevised: Wording("schedule", lambda e, n: f"Track changed: {_track(e, n)}"),
    on.SeriesChanged: Wording(
        "schedule",
        lambda e, n: f"{n.track(e.track_id)} from {day(e.from_day)}: {_pattern(e.pattern, n)}",
    ),
    on.MeetingExcepted: Wording(
        "schedule",
        lambda e, n: f"{n.track(e.track_id)} of {day(e.occurrence)} {_deviation(e.deviation, n)}",
    ),
    on.ExceptionLifted: Wording(
        "schedule",
        lambda e, n: f"{n.track(e.track_id)} of {day(e.occurrence)} follows its series again",
    ),
    on.MeetingBlocked: Wording(
        "schedule",
        lambda e, n: (
            f"{n.track(e.track_id)} of {day(e.occurrence)} could not be scheduled:"
            f" {_resource(e, n)}"
        ),
    ),
    on.MeetingUnblocked: Wording(
        "schedule",
        lambda e, n: f"{n.track(e.track_id)} of {day(e.occurrence)} is no longer held up",
    ),
    on.TrackWaitlisted: Wording(
        "roster", lambda e, n: f"Waits for {n.track(e.track_id)}, {weekdays(e.weekdays)}"
    ),
    on.TrackWaitlistLeft: Wording(
        "roster", lambda e, n: f"No longer waits for {n.track(e.track_id)}"
    ),
    on.TrackPassedOver: Wording(
        "roster",
        lambda e, n: f"A place in {n.track(e.track_id)} came free and could not be taken",
    ),
    on.TrackPlaceGiven: Wording("roster", lambda e, n: f"Got a place in {n.track(e.track_id)}"),
    on.ClosureDeclared: Wording("schedule", lambda e, _: f"Closed on {day(e.day)}"),
    on.ClosureRevised: Wording(
        "schedule", lambda e, _: f"Closed on {day(e.day)} for another reason"
    ),
    on.ClosureLifted: Wording("schedule", lambda e, _: f"Open on {day(e.day)} after all"),
    on.PolicyAdopted: Wording("policies", lambda e, _: f"Policy adopted: {_policy(e)}"),
    on.PolicyDropped: Wording(
        "policies",
        lambda e, _: f"Policy {e.policy_id} no longer asked for from {day(e.from_day)}",
    ),
}

UPKEEP_WORDS: Words = {
    CalendarOpened: Wording("upkeep", lambda e, _: f"Calendar of the week of {day(e.week)} begun"),
    TimeBooked: Wording(
        "upkeep",
        lambda e, n: (
            f"Time taken: {n.session(e.session_id)}, {n.clock(e.starts_at)} to {n.clock(e.ends_at)}"
        ),
    ),
    BookingReleased: Wording("upkeep", lambda e, n: f"Time free again: {n.session(e.session_id)}"),
    SkippedEventDeclared: Wording(
        "upkeep", lambda e, _: f"Event {e.skipped_event_id} is passed over by {e.view}"
    ),
    SkippedEventWithdrawn: Wording("upkeep", lambda _, __: "An event is passed over no longer"),
    SkippedEventDeclaredAgain: Wording("upkeep", lambda _, __: "An event is passed over again"),
}

SITE_WORDS: Words = {**FACILITY_WORDS, **PROGRAM_WORDS, **UPKEEP_WORDS}
