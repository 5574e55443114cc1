"""What can be done about a visit, or a whole session: the commands behind the buttons."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.web.page import Page
from services.web.today_groups import Group, Visit
from services.web.words import clock

Step = dict[str, Any]
"""A command with its payload."""

UNDONE = {"reason": "undone at the front desk"}
"""Why an arrival is struck that was recorded by mistake."""


@dataclass(frozen=True, slots=True)
class Act:
    """A button: the commands that it sends one after the other, and what has happened then.

    `undo` takes it back: commands, or the button on the page after it that does so.
    """

    label: str
    steps: tuple[Step, ...]
    said: str
    name: str = ""
    undo: Step | None = None
    style: str = ""

    @property
    def first(self) -> Step:
        """The command that is sent first."""
        return self.steps[0]

    @property
    def rest(self) -> tuple[Step, ...]:
        """Those that follow."""
        return self.steps[1:]


@dataclass(frozen=True, slots=True)
class Link:
    """A way to a page where more has to be said."""

    label: str
    path: str
    name: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A button that asks the API for something that is no command; `said` is what happened then."""

    label: str
    route: str
    said: str
    name: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What who asks can do at the front desk."""

    page: Page
    group: Group
    _may: dict[str, bool] = field(default_factory=dict)

    def may(self, command: str) -> bool:
        """Tell whether who asks may send a command."""
        if command not in self._may:
            self._may[command] = self.page.may(command)
        return self._may[command]

    # One visit

    def main(self, visit: Visit) -> Act | Link | None:
        """Return what is most likely to be done about a visit now."""
        match visit.state:
            case "expected" if self.group.is_open:
                return self.check_in(visit, "Check in", "tint" if self.group.is_soon else "")
            case "here":
                return self.check_out(visit)
            case "left" if self.group.is_open:
                return self.check_in(visit, "Back in", "quiet")
            case "excused" | "absence_announced" | "turned_away" if self.group.is_open:
                return self.check_in(visit, "Here after all", "quiet")
            case "waiting" if self.group.facts["free"] and not self.group.has_begun:
                return self.give_place(visit)
            case "expected" if self.group.has_begun and self.may("session.check-in"):
                return self._more(visit, "Enter times")
        if self.group.is_closed and self.may("session.undo-check-in") and visit.state != "waiting":
            return self._more(visit, "Correct")
        return None

    def _more(self, visit: Visit, label: str) -> Link:
        return Link(label, visit_path(self.page, visit), f"{label}: {visit.name}", "quiet")

    def check_in(self, visit: Visit, label: str, style: str) -> Act | None:
        """Return what signs somebody in now."""
        if not self.may("session.check-in"):
            return None
        return Act(
            label,
            (_step("session.check-in", _again(visit, None)),),
            f"{visit.name} is in",
            f"{label}: {visit.name}",
            {"like": f"#undo-{visit.key}"},
            style,
        )

    def check_out(self, visit: Visit, *, at: datetime | None = None) -> Act | None:
        """Return what signs somebody out: now, or when the session ended."""
        if not self.may("session.check-out"):
            return None
        at = at or (self.group.ends_at if self.group.is_over else None)
        label = f"Out at {clock(at)}" if at else "Check out"
        return Act(
            label,
            (_step("session.check-out", _of(visit, at=at)),),
            f"{visit.name} is out",
            f"{label}: {visit.name}",
            {"like": f"#undo-{visit.key}"},
            "quiet",
        )

    def undo(self, visit: Visit) -> Act | None:
        """Return what takes the last arrival back; or the departure, where they have left."""
        stay = visit.last_stay
        if stay is None or self.group.is_closed or not self.may("session.undo-check-in"):
            return None
        strike = _step("session.undo-check-in", _struck(visit, stay.arrived_at))
        if stay.left_at is None:
            said = f"{visit.name} is not in"
            return Act("Undo", (strike,), said, f"Undo: {visit.name} in", style="small quiet")
        return Act(
            "Undo",
            (strike, _step("session.check-in", _again(visit, stay.arrived_at))),
            f"{visit.name} is still here",
            f"Undo: {visit.name} out",
            style="small quiet",
        )

    def from_elsewhere(self, visit: Visit) -> Act | None:
        """Return what signs somebody out where they still are, and in here."""
        there = visit.elsewhere
        if there is None or not (self.may("session.check-in") and self.may("session.check-out")):
            return None
        over = there.ends_at <= self.group.now
        out = _of(visit, at=there.ends_at if over else None) | {"session_id": there.session_id}
        when = f" at {clock(there.ends_at)}" if over else ""
        return Act(
            f"Sign out of {there.name}{when} and in here",
            (_step("session.check-out", out), _step("session.check-in", _again(visit, None))),
            f"{visit.name} is in",
            undo={"like": f"#undo-{visit.key}"},
            style="small",
        )

    def give_place(self, visit: Visit) -> Act | None:
        """Return what gives a free place to who waits for it."""
        if not self.may("session.book-patient"):
            return None
        release = {**_of(visit), "reason": UNDONE["reason"]}
        return Act(
            "Give the place",
            (_step("session.book-patient", _of(visit)),),
            f"{visit.name} has the place",
            f"Give the place to {visit.name}",
            _step("session.release-patient", release),
            "tint",
        )

    # The session

    def check_out_all(self) -> Act | None:
        """Return what signs out everybody who is here: when it ended, or now."""
        here = self.group.of("here")
        if not (here and self.may("session.check-out")):
            return None
        at = self.group.ends_at if self.group.is_over else None
        steps = tuple(_step("session.check-out", _of(each, at=at)) for each in here)
        label = "Check out all" if len(here) > 1 else "Check out"
        label = f"{label} at {clock(at)}" if at else label
        back = [step for each in here for step in _still_here(each)]
        undo = {**back[0], "next": back[1:], "said": "Everybody is still here"}
        said = f"All {len(here)} are out" if len(here) > 1 else f"{here[0].name} is out"
        may_undo = self.may("session.undo-check-in")
        name = f"{label}: {self.group.name}"
        return Act(label, steps, said, name, undo if may_undo else None, "small")

    def session_acts(self) -> Iterable[Act]:
        """Yield what begins a session, or ends its record."""
        group, its = self.group, {"session_id": self.group.session_id}
        if group.state == "scheduled" and group.facts["staff_id"] and self.may("session.start"):
            minutes = (group.starts_at - group.now).total_seconds() / 60
            if minutes <= 60 and not group.is_over:
                step = _step("session.start", its)
                yield Act("Start", (step,), f"{group.name} has begun", style="small")
        over = group.is_over and group.state in {"scheduled", "started"}
        if over and not group.of("here") and self.may("session.close"):
            said = f"{group.name} is closed: its attendance is recorded"
            yield Act("Close", (_step("session.close", its),), said, style="small")

    def signatures(self) -> Iterable[Act]:
        """Yield what signs for a session that is over."""
        group, its = self.group, {"session_id": self.group.session_id}
        if not group.is_over or group.state == "called_off" or not self.page.staff_ids:
            return
        for kind, command, what in (
            ("sheet", "session.sign-sheet", "sign-in sheet"),
            ("group_note", "session.sign-group-note", "group note"),
        ):
            is_one = kind == "group_note" and not group.facts["track_id"]
            if not is_one and kind not in group.signed_kinds and self.may(command):
                said = f"The {what} is signed"
                yield Act(f"Sign the {what}", (_step(command, its),), said, style="small")


def visit_path(page: Page, visit: Visit) -> str:
    """Return where everything stands that can be done about a visit."""
    return f"{page.base}/sessions/{visit.session_id}/patients/{visit.patient_id}"


def _step(command: str, payload: dict[str, Any]) -> Step:
    return {"command": command, "payload": payload}


def _of(visit: Visit, *, at: datetime | None = None) -> dict[str, Any]:
    its: dict[str, Any] = {"session_id": visit.session_id, "patient_id": visit.patient_id}
    return its | ({"at": at} if at else {})


def _struck(visit: Visit, arrived_at: datetime) -> dict[str, Any]:
    return {**_of(visit), "arrived_at": arrived_at, "amendment": UNDONE}


def _again(visit: Visit, arrived_at: datetime | None) -> dict[str, Any]:
    makes_up = {"makes_up": visit.makes_up} if visit.makes_up else {}
    return {**_of(visit, at=arrived_at), **makes_up}


def _still_here(visit: Visit) -> tuple[Step, ...]:
    """Return what takes a departure back."""
    stay = visit.last_stay
    if stay is None:
        return ()
    return (
        _step("session.undo-check-in", _struck(visit, stay.arrived_at)),
        _step("session.check-in", _again(visit, stay.arrived_at)),
    )
