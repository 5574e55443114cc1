"""What stands beside the day's rosters: what needs a look, what is running, what was recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.plurals import counted
from services.web.page import Page
from services.web.today_acts import Act, Call, Desk, Link, visit_path
from services.web.today_groups import Group, Visit
from services.web.words import clock, day

CALLED_FOR = timedelta(hours=2)
"""How long after the start of a session somebody who is not there is worth a call."""

FEED_LENGTH = 6

FEW = 2
"""How many who are still signed in to a session that is over are named one by one."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that needs a look: `about` is who or what, `said` the rest of the sentence."""

    sign: str
    color: str
    about: str
    said: str
    acts: tuple[Act | Link | Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that happened at the door."""

    at: datetime
    said: str
    undo: Act | None


def needs_a_look(page: Page, desks: Sequence[Desk]) -> list[Item]:
    """Return what somebody should see to, the most urgent first."""
    return [
        *(item for desk in desks for item in _still_here(page, desk)),
        *(item for desk in desks for item in _not_in(page, desk)),
        *(item for desk in desks for item in _free_places(desk)),
        *(item for desk in desks for item in _to_sign(desk)),
    ]


def _still_here(page: Page, desk: Desk) -> Iterator[Item]:
    group = desk.group
    here = group.of("here")
    if not group.is_over or group.is_closed:
        return
    if len(here) > FEW:
        all_out = desk.check_out_all()
        said = f"are still signed in. {group.called} ended at {clock(group.ends_at)}."
        together = (all_out,) if all_out else ()
        yield Item("warning", "brick", f"{len(here)} people", said, together)
        return
    for visit in here:
        said = f"is still signed in. {group.called} ended at {clock(group.ends_at)}."
        out = desk.check_out(visit)
        other = Link("Other time", visit_path(page, visit), f"Other time: {visit.name}", "quiet")
        acts = (replace(out, style=""), other) if out else ()
        yield Item("warning", "brick", visit.name, said, acts)


def _not_in(page: Page, desk: Desk) -> Iterator[Item]:
    group = desk.group
    for visit in group.of("expected"):
        late = visit.call_by
        if late is None or not late <= page.now < group.starts_at + CALLED_FOR:
            continue
        acts: list[Link] = []
        if page.may("patient.attempt-outreach"):
            where = f"{page.base}/record/patient.attempt-outreach?patient_id={visit.patient_id}"
            acts.append(Link("Note a call", where, f"Note a call to {visit.name}"))
        if page.may("session.note-absence"):
            path = visit_path(page, visit)
            acts.append(Link("Excuse", path, f"Excuse {visit.name}", "quiet"))
        said = f"is not in. {group.called} began at {clock(group.starts_at)}."
        yield Item("clock", "amber", visit.name, said, tuple(acts))


def _free_places(desk: Desk) -> Iterator[Item]:
    group = desk.group
    free = group.facts["free"]
    waiting = [(each.waiting_since, each) for each in group.of("waiting") if each.waiting_since]
    if not (free and waiting) or group.has_begun:
        return
    since, first = min(waiting, key=lambda each: each[0])
    places = "A place is" if free == 1 else f"{free} places are"
    said = f"has waited since {day(since)}. {places} free in {group.name}."
    give = desk.give_place(first)
    yield Item("person", "indigo", first.name, said, (give,) if give else ())


def _to_sign(desk: Desk) -> Iterator[Item]:
    is_theirs = desk.group.facts["staff_id"] in desk.page.staff_ids
    acts = tuple(desk.signatures()) if is_theirs else ()
    if acts:
        about = f"{desk.group.called} at {clock(desk.group.starts_at)}"
        yield Item("book", "pine", about, "is over and not signed yet.", acts)


def just_recorded(page: Page, desks: Sequence[Desk]) -> list[Recorded]:
    """Return the last arrivals, departures, absences and refusals at the door of a day."""
    found = [
        recorded
        for desk in desks
        for visit in desk.group.visits
        for recorded in (*_of_the_sheet(desk, visit), *_not_there(visit))
    ]
    todays = [each for each in found if each.at.date() == page.today]
    return sorted(todays, key=lambda each: each.at, reverse=True)[:FEED_LENGTH]


def _of_the_sheet(desk: Desk, visit: Visit) -> Iterator[Recorded]:
    for stay in visit.stays:
        undo = desk.undo(visit) if stay == visit.last_stay else None
        came = f"{visit.name} in{', kiosk' if stay.in_by_kiosk else ''}"
        if stay.left_at is None:
            yield Recorded(stay.arrived_at, came, undo)
        else:
            left = f"{visit.name} out{', kiosk' if stay.out_by_kiosk else ''}"
            yield Recorded(stay.arrived_at, came, None)
            yield Recorded(stay.left_at, left, undo)


def _not_there(visit: Visit) -> Iterator[Recorded]:
    if visit.noted_at:
        what = "excused" if visit.is_excused else "will not come"
        yield Recorded(visit.noted_at, f"{visit.name} {what}", None)
    if visit.turned_away_at:
        yield Recorded(visit.turned_away_at, f"{visit.name} turned away", None)


def how_it_runs(group: Group) -> str:
    """Return in words how many are here, and how long a session still lasts."""
    here = f"{len(group.of('here'))} here"
    if group.is_over:
        return f"{here}, over since {clock(group.ends_at)}"
    minutes = round((group.ends_at - group.now).total_seconds() / 60)
    return (
        f"{here}, ends in {minutes} min"
        if minutes <= 60
        else f"{here}, ends {clock(group.ends_at)}"
    )


def begins(group: Group) -> str:
    """Return in words when a session begins, where that is soon."""
    minutes = round((group.starts_at - group.now).total_seconds() / 60)
    if not 0 < minutes <= 60 or group.state != "scheduled":
        return ""
    return f"begins in {minutes} min"


def seats_said(group: Group) -> str:
    """Return in words how the places of a session are taken."""
    to_come, gone = len(group.of("expected")), len(group.of("excused", "absence_announced"))
    waiting = len(group.of("waiting"))
    parts = [
        f"{to_come} to come" if to_come else "",
        f"{counted(group.facts['free'], 'place')} free" if group.facts["free"] else "",
        f"{gone} not coming" if gone else "",
        f"{waiting} waiting" if waiting else "",
    ]
    return " · ".join(filter(None, parts))
