"""How a day's sessions and their rosters are read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from domain.facility import Facility
from domain.times import MINUTE, WeekStart, week_of
from projections import attendance, care, schedule
from services.access.rights import columns
from services.reports.roster import roster
from services.reports.sessions import sessions
from services.web.page import Page
from services.web.today_groups import Elsewhere, Group, Stay, Visit, WeekSoFar, name_of
from services.web.track_colors import OF_NONE, track_colors
from services.web.words import hours

Visited = tuple[str, str]
"""A session's id and a patient's."""


def groups_of(
    page: Page, *, day: date | None = None, session_id: str | None = None
) -> tuple[Group, ...]:
    """Return the sessions of a day, or one, with their rosters: of those whom the asker may see."""
    asked = {"session_id": session_id} if session_id else {"day": day}
    found = page.rows(sessions, **asked)
    rows = page.rows(roster, **asked) if found else []
    # A counselor's own patients are on rosters of others, too.
    shown = {each["session_id"] for each in found}
    rows = [row for row in rows if row["session_id"] in shown]
    known = _Known(page, found, rows)
    by_session: dict[str, list[Visit]] = defaultdict(list)
    for row in rows:
        by_session[row["session_id"]].append(known.visit(row))
    return tuple(
        Group(
            each,
            tuple(by_session[each["session_id"]]),
            known.colors.get((each["program_id"], each["track_id"]), OF_NONE),
            page.now,
            tuple(known.signed[each["session_id"]]),
        )
        for each in found
    )


class _Known:
    """What is known of the visits of some sessions besides their rosters."""

    def __init__(
        self, page: Page, found: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]]
    ) -> None:
        self._page = page
        self._sessions = {each["session_id"]: each for each in found}
        wanted = {"sessions": [*self._sessions], "only": None}
        conn, zone = page.conn, page.facility.zone
        self._stays: dict[Visited, list[Stay]] = defaultdict(list)
        for line in conn.execute(attendance.SHEETS, wanted):
            left_at = line.left_at and line.left_at.astimezone(zone)
            stay = Stay(
                *(line.arrived_at.astimezone(zone), left_at), line.in_by_kiosk, line.out_by_kiosk
            )
            self._stays[line.session_id, line.patient_id].append(stay)
        self._absences = _by_visit(conn.execute(attendance.ABSENCES, wanted))
        self._turned_away = _by_visit(conn.execute(attendance.TURNED_AWAY, wanted))
        self._waiting = _by_visit(conn.execute(schedule.WAITING, wanted))
        made_up = [row["makes_up"] for row in rows if row["makes_up"]]
        facts = {"sessions": [*self._sessions, *made_up]}
        self._facts = {
            each.session_id: each for each in conn.execute(attendance.SESSION_FACTS, facts)
        }
        self._weeks = self._weeks_of({row["patient_id"] for row in rows})
        self._tested = self._tested_today()
        self._late_after = late_after(page)
        self._here: dict[str, list[Elsewhere]] = defaultdict(list)
        for (session_id, patient_id), stays in self._stays.items():
            session = self._sessions[session_id]
            if stays[-1].left_at is None and session["state"] != "closed":
                here = Elsewhere(
                    session_id, name_of(session), stays[-1].arrived_at, session["ends_at"]
                )
                self._here[patient_id].append(here)
        self.colors = track_colors(page)
        self.signed: dict[str, list[Any]] = defaultdict(list)
        for each in conn.execute(schedule.SIGNATURES, wanted):
            self.signed[each.session_id].append(each)

    def visit(self, row: dict[str, Any]) -> Visit:
        """Return a row of a roster with what is known besides."""
        session, patient_id = self._sessions[row["session_id"]], row["patient_id"]
        key = (row["session_id"], patient_id)
        late = session["starts_at"] + self._late_after
        awaited = row["state"] == "expected" and session["state"] in {"scheduled", "started"}
        missed = self._facts.get(row["makes_up"]) if row["makes_up"] else None
        others = [each for each in self._here[patient_id] if each.session_id != key[0]]
        return Visit(
            session_id=key[0],
            patient_id=patient_id,
            name=row["name"],
            mrn=row["mrn"],
            role=row["role"],
            state=row["state"],
            came_at=row["signed_in_at"],
            left_at=row["signed_out_at"],
            minutes=row["minutes"],
            makes_up=row["makes_up"],
            makes_up_day=missed.day if missed else None,
            lateness=self._lateness(row, session),
            note=self._note(row, key),
            noted_at=self._at(self._absences, key, "notified_at"),
            is_excused=key in self._absences and self._absences[key].excused,
            turned_away_at=self._at(self._turned_away, key, "came_at"),
            waiting_since=self._at(self._waiting, key, "since"),
            stays=tuple(self._stays[key]),
            supporters=row["supporters"],
            supporters_here=row["supporters_here"],
            week=self._week(row, key),
            call_by=late if awaited and self._page.now < session["ends_at"] else None,
            is_tested=patient_id in self._tested,
            elsewhere=others[0] if others else None,
        )

    def _at(self, told: dict[Visited, Any], key: Visited, when: str) -> datetime | None:
        """Return when something was told of a visit, on the facility's clocks, if it was."""
        if key not in told:
            return None
        at: datetime = getattr(told[key], when)
        return at.astimezone(self._page.facility.zone)

    def _lateness(self, row: dict[str, Any], session: dict[str, Any]) -> str:
        """Return in words by how much somebody came later, or left earlier, than the limit."""
        came, left = row["signed_in_at"], row["signed_out_at"]
        late = came - session["starts_at"] if came else timedelta()
        early = session["ends_at"] - left if left else timedelta()
        said = [
            f"{hours(late // MINUTE)} late" if late > self._late_after else "",
            f"left {hours(early // MINUTE)} early" if early > self._late_after else "",
        ]
        return ", ".join(filter(None, said))

    def _note(self, row: dict[str, Any], key: Visited) -> str:
        if row["state"] == "turned_away" and key in self._turned_away:
            return str(self._turned_away[key].reason)
        if row["state"] == "waiting" and key in self._waiting:
            because = self._waiting[key].because
            return f"not placed so far: {because}" if because else ""
        return str(self._absences[key].reason) if key in self._absences else ""

    def _week(self, row: dict[str, Any], key: Visited) -> WeekSoFar | None:
        week = self._weeks.get(key[1])
        if week is None or not week.weekly_minutes:
            return None
        comes = row["state"] in {"expected", "here", "left"} and key[0] in self._facts
        tonight = self._facts[key[0]].scheduled_minutes if comes else 0
        return WeekSoFar(week.credited, tonight, week.weekly_minutes, week.ahead)

    def _weeks_of(self, patients: Iterable[str]) -> dict[str, Any]:
        if not (self._page.may("weeks") and self._sessions):
            return {}
        starts = cast("WeekStart", self._page.facility.week_starts_on)
        day = next(iter(self._sessions.values()))["date"]
        first = week_of(day, starts)
        wanted = {"patients": sorted(patients), "first": first, "last": first + timedelta(days=6)}
        rows = self._page.conn.execute(attendance.WEEK_SO_FAR, wanted)
        return {each.patient_id: each for each in rows}

    def _tested_today(self) -> set[str]:
        """Return who is tested today, where the role of who asks shows drug tests."""
        page = self._page
        hidden = columns(page.asker.principal, "patient", page.facility_id)
        if not page.may("patient") or "drug_tests" in (hidden or ()):
            return set()
        wanted = {"facility_id": page.facility_id, "day": page.today}
        return {each.patient_id for each in page.conn.execute(care.TESTED_ON, wanted)}


def late_after(page: Page) -> timedelta:
    """Return after how long a facility calls somebody late."""
    facility: Facility = page.context.journal.load(Facility.id_of(page.facility_id))
    return timedelta(minutes=facility.late_after_minutes)


def _by_visit(rows: Iterable[Any]) -> dict[Visited, Any]:
    return {(each.session_id, each.patient_id): each for each in rows}
