"""What stands in a form at first: values that are put right in it, and what people expect."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from domain.levels import Edition
from domain.session import Meeting
from services.web.forms.about import About

Values = dict[str, Any]
"""Values by the pointers of arguments: of a list, its items."""


def _under(pointer: str, shape: Any) -> Values:
    """Return the fields of an object, each by its pointer."""
    return {f"{pointer}/{name}": value for name, value in asdict(shape).items()}


def identity(about: About) -> Values:
    """Return who the patient is."""
    person = about.person
    if person is None:
        return {}
    names = ("given_name", "family_name", "born")
    return {f"/{name}": getattr(person, name) for name in names}


def record_number(about: About) -> Values:
    """Return the patient's record number."""
    return {"/mrn": about.facts["mrn"]}


def admission(about: About) -> Values:
    """Return what was recorded of the admission."""
    patient = about.patient
    return {
        "/program_id": patient.program_id,
        "/admitted_on": patient.admitted_on,
        "/payer": patient.payer,
    }


def discharge(about: About) -> Values:
    """Return how the treatment ended, where it has."""
    ended = about.patient.discharge
    return _under("/discharge", ended) if ended else {}


def plan(about: About) -> Values:
    """Return the plan that there is, or what the program prescribes."""
    patient = about.patient
    if patient.plan:
        return _under("/plan", patient.plan)
    program = about.programs.get(patient.program_id)
    if program is None:
        return {}
    return {
        "/plan/weekly_minutes": program.weekly_minutes,
        "/plan/days_per_week": program.days_per_week,
    }


def authorization(about: About) -> Values:
    """Return the authorization that is put right; of a new one who pays now."""
    patient = about.patient
    known = patient.authorizations.get(about.given.get("authorization_id", ""))
    if known:
        return _under("/authorization", known)
    return {"/authorization/payer": patient.payer}


def supporter(about: About) -> Values:
    """Return what the supporter is to the patient who is named again."""
    relation = about.patient.supporters.get(about.given.get("supporter_id", ""))
    return {"/relation": relation} if relation else {}


def gaps(about: About) -> Values:
    """Return between how many days tests are drawn now."""
    testing = about.drug_testing
    return _under("/gaps", testing.gaps) if testing and testing.gaps else {}


def meeting(about: About) -> Values:
    """Return when and where the session is now."""
    return _meeting(about.session.meeting, about.page.facility.zone)


def _meeting(known: Meeting, zone: ZoneInfo) -> Values:
    found = _under("/meeting", known)
    for name in ("starts_at", "ends_at"):
        found[f"/meeting/{name}"] = found[f"/meeting/{name}"].astimezone(zone)
    found["/meeting/parts"] = [
        {**asdict(part), **{name: getattr(part, name).astimezone(zone) for name in PART_TIMES}}
        for part in known.parts
    ]
    return found


PART_TIMES = ("starts_at", "ends_at")


def facility(about: About) -> Values:
    """Return what the facility is called, and how its week goes."""
    site = about.facility
    return {
        "/name": site.name,
        "/week_starts_on": site.week_starts_on,
        "/late_after_minutes": site.late_after_minutes,
    }


def room(about: About) -> Values:
    """Return the room that is changed."""
    known = about.facility.rooms.get(about.given.get("room_id", ""))
    return _under("/room", known) if known else {}


def staff(about: About) -> Values:
    """Return the staff member who is changed."""
    known = about.facility.staff.get(about.given.get("staff_id", ""))
    return _under("/staff", known) if known else {}


def recipient(about: About) -> Values:
    """Return the recipient that is changed."""
    known = about.facility.recipients.get(about.given.get("recipient_id", ""))
    return _under("/recipient", known) if known else {}


def closing_delay(about: About) -> Values:
    """Return after how many minutes sessions are closed now."""
    return {"/minutes": int(about.facility.closes_after.total_seconds()) // 60}


def program(about: About) -> Values:
    """Return the program that is changed."""
    known = about.programs.get(about.given.get("program_id", ""))
    names = ("name", "population", "focus", "weekly_minutes", "days_per_week")
    return {f"/{name}": getattr(known, name) for name in names} if known else {}


def track(about: About) -> Values:
    """Return the track that is changed, with its first pattern."""
    series = _series(about)
    if series is None:
        return {}
    found = _under("/track", series.track)
    return found | _under("/track/pattern", series.track.pattern)


def pattern(about: About) -> Values:
    """Return how the track meets on the day from which on it changes."""
    series, said = _series(about), about.given.get("from_day", "")
    day = date.fromisoformat(said) if said else about.page.today
    return _under("/pattern", series.pattern_on(day)) if series else {}


def _series(about: About) -> Any:
    track_id = about.given.get("track_id", "")
    return next(
        (each.tracks[track_id] for each in about.programs.values() if track_id in each.tracks), None
    )


KNOWN: Mapping[str, Callable[[About], Values]] = {
    each.__name__: each
    for each in (
        *(identity, record_number, admission, discharge, plan, authorization, supporter, gaps),
        *(meeting, facility, room, staff, recipient, closing_delay, program, track, pattern),
    )
}
"""By the name that a form says."""


def edition(about: About) -> Edition:
    """Return the edition of the criteria that a patient's program asks for."""
    patient = about.patient
    program_id = patient.referral.program_id if patient.referral else patient.program_id
    found = about.programs.get(program_id)
    return "3" if found and found.population == "adolescent" else "4"


DEFAULTS: Mapping[str, Callable[[About], str | date | datetime | time | None]] = {
    "today": lambda about: about.page.today,
    "now": lambda about: about.page.now,
    "own-staff": About.staff_id,
    "edition": edition,
}
"""By the name that an argument says."""
