"""What there is to choose from at a site: rooms, staff, programs, tracks and rules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import orjson

from domain.times import WEEKDAYS
from projections import care
from services.policy_packs import packs
from services.reports.sessions import sessions as sessions_question
from services.web.forms.about import About
from services.web.words import clock, clock_range, day

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

LOOK_AHEAD = timedelta(weeks=8)
"""How far ahead meetings are offered to be changed."""

US_ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix"),
    *("America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be chosen, and what it is called."""

    value: str
    label: str


Source = Callable[[About], list[Choice] | None]
"""Returns what there is to choose from; None where that cannot be told before something else is."""


def several(label: str, **values: Any) -> Choice:
    """Return a choice that gives the values of several arguments at once."""
    return Choice(orjson.dumps(values).decode(), label)


def rooms(about: About) -> list[Choice]:
    """Return the rooms."""
    return [
        Choice(each["room_id"], f"{each['name']} (holds {each['capacity']})")
        for each in about.site["rooms"]
    ]


def staff(about: About) -> list[Choice]:
    """Return the staff, by name."""
    found = [
        Choice(each["staff_id"], ", ".join(filter(None, (each["name"], each["credential"]))))
        for each in about.site["staff"]
    ]
    return sorted(found, key=lambda each: each.label)


def recipients(about: About) -> list[Choice]:
    """Return who outside the program can be told of patients, by name."""
    found = [Choice(key, each.name) for key, each in about.facility.recipients.items()]
    return sorted(found, key=lambda each: each.label)


def programs(about: About) -> list[Choice]:
    """Return the programs."""
    return [Choice(each["program_id"], each["name"]) for each in about.site["programs"]]


def tracks(about: About) -> list[Choice]:
    """Return the tracks that run: those of a patient's program, where it is about one."""
    program_id = about.patient.program_id if about.patient_id else None
    return [
        Choice(each["track_id"], each["name"])
        for each in _running(about)
        if program_id in {None, each["program_id"]}
    ]


def program_tracks(about: About) -> list[Choice]:
    """Return the tracks that run, each with its program."""
    names = {each["program_id"]: each["name"] for each in about.site["programs"]}
    return [
        several(
            f"{each['name']} ({names[each['program_id']]})",
            track_id=each["track_id"],
            program_id=each["program_id"],
        )
        for each in _running(about)
    ]


def _running(about: About) -> list[dict[str, Any]]:
    today = about.page.today
    return [
        each
        for each in about.site["tracks"]
        if each["last_day"] is None or each["last_day"] >= today
    ]


def weekdays(about: About) -> list[Choice]:  # noqa: ARG001 - a source
    """Return the days of the week."""
    return _named_days(WEEKDAYS)


def track_days(about: About) -> list[Choice]:
    """Return the days on which the track that is given meets; without one, those of the week."""
    days: tuple[str, ...] = WEEKDAYS
    for program in about.programs.values():
        series = program.tracks.get(about.given.get("track_id", ""))
        days = series.weekdays if series else days
    return _named_days(days)


def _named_days(days: Iterable[str]) -> list[Choice]:
    return [Choice(each, DAY_NAMES[WEEKDAYS.index(each)]) for each in days]


def occurrences(about: About) -> list[Choice] | None:
    """Return the days to come on which the track that is given meets by its rule."""
    program = about.programs.get(about.given.get("program_id", ""))
    series = program.tracks.get(about.given.get("track_id", "")) if program else None
    if series is None:
        return None
    today = about.page.today
    found = series.meetings({}, today, today + LOOK_AHEAD)
    return [Choice(str(each.occurrence), day(each.occurrence)) for each in found]


def changed_meetings(about: About) -> list[Choice]:
    """Return the meetings that are otherwise than their series."""
    return [
        several(
            f"{series.track.name}, {day(occurrence)}",
            program_id=program_id,
            track_id=track_id,
            occurrence=str(occurrence),
        )
        for program_id, program in about.programs.items()
        for track_id, series in program.tracks.items()
        for occurrence in sorted(series.deviations)
    ]


def closures(about: About) -> list[Choice]:
    """Return the days to come on which a program is closed."""
    return [
        several(f"{program.name}, {day(closed)}: {reason}", program_id=program_id, day=str(closed))
        for program_id, program in about.programs.items()
        for closed, reason in sorted(program.closures.items())
        if closed >= about.page.today
    ]


def adopted_policies(about: About) -> list[Choice]:
    """Return the policies that programs have adopted and not dropped."""
    return [
        several(f"{policy.name} ({program.name})", program_id=program_id, policy_id=policy_id)
        for program_id, program in about.programs.items()
        for policy_id, versions in program.policies.items()
        if (policy := _last(versions)) is not None
    ]


def supervised(about: About) -> list[Choice]:
    """Return the credentials whose notes are co-signed, today or from a later day on."""
    return [
        Choice(credential, credential)
        for credential, days in about.facility.supervised.items()
        if days[max(days)]
    ]


def payer_policies(about: About) -> list[Choice]:
    """Return the policies that were adopted for payers and not dropped."""
    return [
        several(f"{policy.name} ({payer})", payer=payer, policy_id=policy_id)
        for payer, policies in about.facility.payer_policies.items()
        for policy_id, versions in policies.items()
        if (policy := _last(versions)) is not None
    ]


def _last(versions: Mapping[date, Any]) -> Any:
    return versions[max(versions)]


def policy_packs(about: About) -> list[Choice]:  # noqa: ARG001 - a source
    """Return the policies that come with Daybook, whole."""
    return [
        Choice(orjson.dumps(asdict(each)).decode(), f"{each.name}, version {each.version}")
        for each in packs().values()
    ]


def payers(about: About) -> list[Choice]:
    """Return who pays for somebody, or has a policy here."""
    asked = {"facility_id": about.page.facility_id}
    found = {row.payer for row in about.page.conn.execute(care.PAYERS, asked)}
    return [Choice(each, each) for each in sorted(found | set(about.facility.payer_policies))]


def zones(about: About) -> list[Choice]:  # noqa: ARG001 - a source
    """Return the time zones of the United States."""
    return [Choice(each, each) for each in US_ZONES]


def sessions_of_day(about: About) -> list[Choice]:
    """Return the sessions of the day that the address gives, or of today."""
    said = about.given.get("day", "")
    shown = date.fromisoformat(said) if said else about.page.today
    return [
        Choice(each["session_id"], session_label(each))
        for each in about.page.rows(sessions_question, day=shown)
    ]


def session_label(row: Mapping[str, Any]) -> str:
    """Return what a session is called, and when it is."""
    name = row["track"] or row["label"]
    return f"{name}, {day(row['date'])}, {clock_range(row['starts_at'], row['ends_at'])}"


def free_sessions(about: About) -> list[Choice]:
    """Return the sessions of this week and the next with places, and those that are given."""
    today = about.page.today
    rows = [
        each
        for week in (today, today + timedelta(weeks=1))
        for each in about.page.rows(sessions_question, week=week)
    ]
    found = {
        each["session_id"]: f"{session_label(each)}, {each['free']} free"
        for each in rows
        if each["state"] == "scheduled" and each["free"] and each["starts_at"] > about.page.now
    }
    for session_id in filter(None, about.given.get("session_ids", "").split(",")):
        found.setdefault(session_id, _label_of(about, session_id))
    return [Choice(session_id, label) for session_id, label in found.items()]


def _label_of(about: About, session_id: str) -> str:
    """Return what a session is called, whoever leads it, and how many places it has left."""
    session, zone = about.session_of(session_id), about.page.facility.zone
    starts, ends = (
        at.astimezone(zone) for at in (session.meeting.starts_at, session.meeting.ends_at)
    )
    return (
        f"{session.label}, {day(starts)}, {clock_range(starts, ends)}, {session.free_places} free"
    )


def arrivals(about: About) -> list[Choice] | None:
    """Return when the patient came to the session."""
    if not (about.patient_id and about.session_id):
        return None
    visit = about.session.visits.get(about.patient_id)
    lines = visit.sign_ins if visit else ()
    zone = about.page.facility.zone
    return [
        Choice(each.arrived_at.isoformat(), clock(each.arrived_at.astimezone(zone)))
        for each in lines
    ]
