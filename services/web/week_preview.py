"""What a change of the week would do, in the words of the page."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.plurals import counted
from domain.times import WEEKDAYS, week_of
from services.api.previews import Preview
from services.application.effects import CannotCome, ChangedSession, Planned
from services.application.week_effects import Mend, ShortWeek
from services.command_endpoint.problems import Problem
from services.reports.roster import roster
from services.web.page import Page
from services.web.week_form import Change
from services.web.week_lines import Choice, Item, Line, MendLink
from services.web.words import clock, clock_range, hours
from services.web.words import day as day_in_words

MOST = 6
"""Sessions and conflicts that are named, at most; of more it is said how many."""

MOST_PEOPLE = 15
"""People who are named, at most."""

TAKING_OFF = frozenset({"program.change-meeting", "program.change-following", "session.reschedule"})
"""The commands that take those off a roster who cannot come then."""

DUTY = re.compile(
    rf"((?:{'|'.join(WEEKDAYS)})(?: (?:{'|'.join(WEEKDAYS)}))*) (\d\d):(\d\d)-(\d\d):(\d\d)"
)
DAYS = dict(zip(WEEKDAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
DAY = re.compile(r"\d{4}-\d\d-\d\d")

BECAUSE = {
    "the patient is booked for another session at that time": "is expected at another session",
    "the patient is not admitted on that day": "is not in treatment on that day",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What rooms, people and tracks are called."""

    rooms: dict[str, str]
    staff: dict[str, str]
    tracks: dict[str, str]

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Site":
        """Return the names of a facility."""
        return cls(
            {each["room_id"]: each["name"] for each in row["rooms"]},
            {each["staff_id"]: each["name"] for each in row["staff"]},
            {each["track_id"]: each["name"] for each in row["tracks"]},
        )

    def called(self, label: str) -> str:
        """Return what a session of a label is called."""
        return self.tracks.get(label, label)


def lines(page: Page, site: Site, change: Change, preview: Preview) -> Iterator[Line]:
    """Yield what a change would do, what cannot be first."""
    found = _Words(page, site, change, preview)
    yield from found.resources()
    yield from found.kept_away()
    yield from found.not_expected()
    yield from found.short_weeks()
    yield from found.sessions()
    yield from (Line("calendar", "amber", each) for each in change.notes)


def undo_of(change: Change, preview: Preview) -> dict[str, Any] | None:
    """Return what undoes a change, and expects again whom it takes off a roster."""
    back = [
        {"command": "session.book-patient", "payload": asdict(each)}
        for each in preview.effects.not_expected
    ]
    return {**change.undo, "next": back} if change.undo and back else change.undo


def refusal(preview: Preview | None, problem: Problem) -> str:
    """Return why a change would be refused, where no line says that."""
    if preview and (preview.effects.cannot_come or preview.effects.taken):
        return "It cannot be saved until this is solved."
    detail = problem.detail.removeprefix("nothing was changed: ")
    conflicts = [_with_day(each) for each in detail.split("; ")]
    rest = f", and {counted(len(conflicts) - MOST, 'more')}" if len(conflicts) > MOST else ""
    return "; ".join(conflicts[:MOST]) + rest


def ghosts(preview: Preview, first: date) -> list[ChangedSession]:
    """Return the sessions that would stand elsewhere in a week."""
    last = first + timedelta(days=6)
    return [
        each
        for each in preview.effects.sessions
        if each.after
        and (each.before is None or each.before.starts_at != each.after.starts_at)
        and first <= each.after.day <= last
    ]


class _Words:
    def __init__(self, page: Page, site: Site, change: Change, preview: Preview) -> None:
        self._page = page
        self._taking_off = change.taking_off
        self._can_take_off = change.command in TAKING_OFF
        self._site = site
        self._effects = preview.effects
        self._after = {each.session_id: each.after for each in preview.effects.sessions}
        self._is_refused = preview.problem is not None
        new = [each for each in preview.effects.sessions if each.before is None]
        others = [each for each in preview.effects.sessions if each.before is not None]
        # A change of a series also brings its sessions up to how far ahead they are scheduled.
        self._about, self._new_besides = (others, new) if others else (new, [])
        self._names = page.names(roster, preview.effects.patient_ids)

    def resources(self) -> Iterator[Line]:
        """Yield which rooms and people are taken, or that they are free."""
        when = self._after
        several = len({each.session_id for each in self._effects.taken}) > 1
        found: dict[str, list[str]] = {}
        for each in self._effects.taken:
            named = self._site.rooms if each.kind == "room" else self._site.staff
            name = named.get(each.resource_id, each.resource_id)
            by, after = self._site.called(each.by_label), when.get(each.session_id)
            days = found.setdefault(f"{name} is taken by {by} at that time", [])
            days += [day_in_words(after.day)] if several and after else []
        for text, days in found.items():
            items = tuple(map(Item, days[:MOST]))
            yield Line("warning", "brick", text, items, len(days) - len(items))
        wanted = [each.after for each in self._about if each.after and _needs(each)]
        if len(wanted) > 1 and not self._effects.taken:
            yield Line("check", "pine", "All rooms and people are free")
        elif wanted and not self._effects.taken:
            [after] = wanted
            room = self._site.rooms.get(after.room_id, after.room_id)
            leader = after.staff_id and self._site.staff.get(after.staff_id, after.staff_id)
            who = f"{room} and {leader} are free" if leader else f"{room} is free"
            yield Line("check", "pine", who)

    def kept_away(self) -> Iterator[Line]:
        """Yield who cannot come, each with all that keeps them."""
        found: dict[str, list[CannotCome]] = {}
        for each in self._effects.cannot_come:
            found.setdefault(each.patient_id, []).append(each)
        if not found:
            return
        sessions = {each.session_id for each in self._effects.cannot_come}
        after = self._after.get(next(iter(sessions)))
        expected = after.taken if after and len(sessions) == 1 else 0
        of = f"{len(found)} of {expected}" if expected else f"{len(found)}"
        items = []
        for patient_id, theirs in list(found.items())[:MOST_PEOPLE]:
            text = "; ".join(self._away(each, dated=len(sessions) > 1) for each in theirs[:MOST])
            rest = f"; and {len(theirs) - MOST} more" if len(theirs) > MOST else ""
            one = theirs[0].session_id if len(theirs) == 1 else None
            choice: Choice = "open" if self._can_take_off else "none"
            name = self._name(patient_id)
            items.append(Item(f" {text}{rest}", name, patient_id, one, choice=choice))
        yield Line("warning", "amber", f"{of} cannot come", tuple(items), len(found) - len(items))

    def _away(self, each: CannotCome, *, dated: bool) -> str:
        after = self._after.get(each.session_id)
        on = f" on {day_in_words(after.day)}" if dated and after else ""
        return f"{self._because(each.because)}{on}"

    def not_expected(self) -> Iterator[Line]:
        """Yield who would be taken off which rosters."""
        found: dict[str, list[ChangedSession]] = {}
        changed = {each.session_id: each for each in self._effects.sessions}
        for each in self._effects.not_expected:
            if each.session_id in changed:
                found.setdefault(each.patient_id, []).append(changed[each.session_id])
        items = []
        for patient_id, theirs in list(found.items())[:MOST_PEOPLE]:
            stood = theirs[0].after or theirs[0].before
            one = len(theirs) == 1 and stood is not None
            when = day_in_words(stood.day) if one and stood else counted(len(theirs), "meeting")
            gone = any(each.after is None for each in theirs)
            why = ": not enrolled on the new day" if gone else ""
            choice: Choice = "taken" if patient_id in self._taking_off else "none"
            items.append(Item(f", {when}{why}", self._name(patient_id), patient_id, choice=choice))
        if not items:
            return
        text = f"{counted(len(found), 'patient')} would be taken off the roster"
        yield Line("warning", "amber", text, tuple(items), len(found) - len(items))

    def short_weeks(self) -> Iterator[Line]:
        """Yield whose week would be short of their plan, by week."""
        this = week_of(self._page.today, self._week_starts_on)
        weeks = sorted({each.week_of for each in self._effects.short_weeks})
        for week in weeks[:MOST]:
            found = [each for each in self._effects.short_weeks if each.week_of == week]
            when = "this week" if week == this else f"in the week of {week:%b} {week.day}"
            text = f"{counted(len(found), 'patient')} would have less than the plan {when}"
            items = tuple(self._short(each) for each in found[:MOST_PEOPLE])
            yield Line("warning", "brick", text, items, len(found) - len(items))

    def sessions(self) -> Iterator[Line]:
        """Yield which sessions would change, where they are several; or that nothing would."""
        found = self._about
        if not found:
            if not self._is_refused:
                yield Line("check", "pine", "No session changes")
        elif len(found) > 1:
            items = tuple(Item(self._changed(each)) for each in found[:MOST])
            text = f"{len(found)} sessions change"
            yield Line("calendar", "pine", text, items, len(found) - len(items))
        elif found[0].after is None or found[0].after.called_off_because:
            before = found[0].before
            if before and before.taken:
                text = f"{counted(before.taken, 'patient')} would not be expected any longer"
                yield Line("calendar", "pine", text)
        elif found[0].before and found[0].before.called_off_because:
            text = f"{counted(found[0].after.taken, 'patient')} would be expected again"
            yield Line("calendar", "pine", text)
        if self._new_besides:
            later = counted(len(self._new_besides), "later meeting")
            yield Line("calendar", "pine", f"{later} would be put on the schedule, too")

    @property
    def _week_starts_on(self) -> Any:
        return self._page.facility.week_starts_on

    def _name(self, patient_id: str) -> str:
        return self._names.get(patient_id, "A patient")

    def _because(self, because: str) -> str:
        for label, name in self._site.tracks.items():
            because = because.replace(f"is expected at {label} at", f"is expected at {name} at")
        return BECAUSE.get(because, duty_in_words(because))

    def _short(self, each: ShortWeek) -> Item:
        text = f", {hours(each.minutes_after)} of {hours(each.plan_minutes)}"
        mends = tuple(self._mend(mend) for mend in each.mends)
        return Item(text, self._name(each.patient_id), each.patient_id, mends=mends)

    def _mend(self, mend: Mend) -> MendLink:
        starts = mend.starts_at.astimezone(self._page.facility.zone)
        text = f"{self._site.called(mend.label)}, {mend.day:%a} {clock(starts)}"
        return MendLink(mend.session_id, text, f"{counted(mend.free, 'place')} free")

    def _changed(self, each: ChangedSession) -> str:
        name = self._site.called(each.label)
        before, after = each.before, each.after
        if before is None or (before.called_off_because and after and not after.called_off_because):
            return f"{name}, {self._when(after or before)}: on the schedule"
        if after is None:
            return f"{name}, {self._when(before)}: off the schedule"
        if after.called_off_because:
            return f"{name}, {self._when(before)}: called off"
        said = []
        if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
            said.append(f"moves to {self._when(after)}")
        if before.room_id != after.room_id:
            said.append(f"in {self._site.rooms.get(after.room_id, after.room_id)}")
        if before.staff_id != after.staff_id:
            said.append(f"led by {self._site.staff.get(after.staff_id or '', 'nobody yet')}")
        if before.places != after.places:
            said.append(counted(after.places, "place"))
        return f"{name}, {self._when(before)}: {', '.join(said) or 'its roster changes'}"

    def _when(self, planned: Planned | None) -> str:
        if planned is None:
            return ""
        zone = self._page.facility.zone
        starts, ends = (each.astimezone(zone) for each in (planned.starts_at, planned.ends_at))
        return f"{day_in_words(planned.day)}, {clock_range(starts, ends)}"


def _needs(each: ChangedSession) -> bool:
    """Tell whether a session would take a room or a person that it does not take now."""
    before, after = each.before, each.after
    if after is None or after.called_off_because:
        return False
    return before is None or _takes(before) != _takes(after)


def _takes(planned: Planned) -> tuple[object, ...]:
    return (
        *(planned.starts_at, planned.ends_at, planned.room_id, planned.staff_id),
        planned.called_off_because,
    )


def duty_in_words(text: str) -> str:
    """Return a text whose weekly times are written as clinics do."""

    def written(found: re.Match[str]) -> str:
        days = ", ".join(DAYS[each] for each in found[1].split())
        starts, ends = (
            datetime.combine(date.min, time(int(found[at]), int(found[at + 1]))) for at in (2, 4)
        )
        return f"{days} {clock_range(starts, ends)}"

    return DUTY.sub(written, text)


def _with_day(conflict: str) -> str:
    """Return a conflict whose days are written as pages write them."""
    return DAY.sub(lambda at: day_in_words(date.fromisoformat(at[0])), duty_in_words(conflict))
