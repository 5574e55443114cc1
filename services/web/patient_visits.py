"""A patient's visits as their page shows them: on the facility's clocks, by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from domain.compliance.facts import Leave
from domain.times import WeekStart, week_of
from projections import attendance, schedule
from projections.compliance.repair_options import ahead_of
from services.reports.at_risk import answered_now
from services.reports.labels import Labels
from services.web.page import Page


@dataclass(frozen=True, slots=True)
class Visit:
    """A place of a patient in a session, and what came of it."""

    session_id: str
    day: date
    week: date
    """The first day of the week in which it lies."""
    starts_at: datetime
    ends_at: datetime
    name: str
    is_make_up: bool
    status: str
    is_partial: bool
    """Whether they came late or left early."""
    scheduled_minutes: int
    credited_minutes: int
    called_off: bool
    arrived_at: datetime | None
    left_at: datetime | None
    made_up: bool
    stays_away: bool = False
    """Whether they said that they will not come, and nothing is recorded of it yet."""

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is recorded of it yet that counts."""
        return self.status == "scheduled" and not self.called_off

    @property
    def is_coming(self) -> bool:
        """Tell whether the week is expected to come to its minutes, as the rules look ahead.

        A session that somebody makes up counts once its sheet is closed, and so does one to which
        they came though they had said that they would not.
        """
        return self.is_open and not (self.stays_away or self.is_make_up)


@dataclass(frozen=True, slots=True)
class Opening:
    """A session with a place free, to which a patient could come besides."""

    session_id: str
    day: date
    starts_at: datetime
    ends_at: datetime
    name: str
    free: int
    minutes: int


def week_begins(page: Page, day: date) -> date:
    """Return the first day of the week in which a day lies, as the facility counts."""
    return week_of(day, cast("WeekStart", page.facility.week_starts_on))


def visits_of(page: Page, patient_id: str, first: date, last: date) -> list[Visit]:
    """Return the visits of a patient on some days, to come and past, in order."""
    asked = {"patient_id": patient_id, "first": first, "last": last}
    rows = page.conn.execute(attendance.VISITS_OF, asked).fetchall()
    names = session_names(page, rows)

    def local(at: datetime | None) -> datetime | None:
        return at and at.astimezone(page.facility.zone)

    return [
        Visit(
            row.session_id,
            row.day,
            week_begins(page, row.day),
            row.starts_at.astimezone(page.facility.zone),
            row.ends_at.astimezone(page.facility.zone),
            names[row.session_id],
            row.role == "make_up",
            row.status,
            row.late or row.left_early,
            row.scheduled_minutes,
            row.credited_minutes,
            row.called_off,
            local(row.arrived_at),
            local(row.left_at),
            row.made_up,
            row.stays_away,
        )
        for row in rows
    ]


def ahead_for(page: Page, patient_id: str, week: date) -> tuple[list[Opening], tuple[Leave, ...]]:
    """Return the sessions of the rest of a week that a patient can be booked for, and all leaves.

    They are those by which findings are mended.
    """
    asking = ahead_of(patient_id, week, week + timedelta(days=6), page.now)
    ahead = answered_now(page.conn, asking)
    ids = [each.session_id for each in ahead.sessions]
    labels = Labels.in_words(page.conn, ids).of_sessions
    zone = page.facility.zone
    openings = [
        Opening(
            each.session_id,
            each.day,
            each.starts_at.astimezone(zone),
            each.ends_at.astimezone(zone),
            labels.get(each.session_id, "a session"),
            each.free,
            sum(each.scheduled.values()),
        )
        for each in ahead.sessions
    ]
    return openings, ahead.leaves


def session_names(page: Page, rows: Sequence[Any]) -> dict[str, str]:
    """Return what sessions are called: by their track, or by what they begin with."""
    tracks = {
        (row.program_id, row.track_id): row.name
        for row in page.conn.execute(schedule.TRACKS)
        if row.facility_id == page.facility_id
    }
    asked = {"sessions": [row.session_id for row in rows if row.track_id is None]}
    titles = dict(page.conn.execute(schedule.TITLES, asked).fetchall())
    return {
        row.session_id: tracks.get((row.program_id, row.track_id))
        or titles.get(row.session_id, row.label)
        for row in rows
    }
