"""A site as reports look at it, and the weeks of its patients."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from domain.program import HORIZON
from domain.times import WeekStart
from projections import attendance
from projections.attendance.plan_weeks import Stay, Week, weeks


@dataclass(frozen=True, slots=True)
class Site:
    """A facility, its weeks, and the last day looked at; `only` are some of its patients."""

    facility_id: str
    timezone: str
    week_starts_on: WeekStart
    through: date
    today: date
    only: list[str] | None = None

    @property
    def selection(self) -> dict[str, Any]:
        """What a question about it asks for."""
        return {
            "facility_id": self.facility_id,
            "timezone": self.timezone,
            "through": self.through,
            "today": self.today,
            "only": self.only,
        }


def zone_of(selection: Mapping[str, object]) -> ZoneInfo:
    """Return the clocks of the site that something is asked of."""
    return ZoneInfo(str(selection["timezone"]))


def weeks_of(conn: psycopg.Connection[Any], site: Site) -> list[Week]:
    """Return the weeks of every stay at a site that were over by its last day.

    Beyond the horizon nothing is scheduled, and there is no week.
    """
    through = min(site.through, site.today + HORIZON)
    plans: dict[str, list[tuple[date, int, int]]] = defaultdict(list)
    for row in conn.execute(attendance.PLANS, site.selection):
        plans[row.patient_id].append(tuple(row[1:]))
    sums: dict[str, list[Any]] = defaultdict(list)
    for row in conn.execute(attendance.WEEKS, site.selection):
        sums[row.patient_id].append(row)
    found = {}
    for each in conn.execute(attendance.TREATMENTS, site.selection):
        since = each.left_before or date.min
        in_stay = tuple(plan for plan in plans[each.patient_id] if plan[0] > since)
        stay = Stay(each.patient_id, each.admitted_on, each.discharged_on, in_stay)
        for week in weeks(stay, sums[each.patient_id], site.week_starts_on, through):
            # Of a week in which one stay ends and the next begins there is one.
            found[week.patient_id, week.week_of] = week
    return list(found.values())
