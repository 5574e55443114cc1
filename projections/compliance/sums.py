"""What a batch changes of the tables for dashboards: weeks, days and authorizations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from domain.compliance.billing import BillableDay
from domain.compliance.facts import FacilityFacts, PatientFacts
from domain.compliance.judging import AuthorizationLeft, Judgement, Scope, WeekSum
from domain.times import week_of
from projections.view import Change


@dataclass(slots=True)
class _Patient:
    """What is to stand of a patient: weeks from one day on, days from another."""

    facility_id: str
    weeks_since: date
    days_since: date
    weeks: dict[date, WeekSum] = field(default_factory=dict)
    days: dict[date, BillableDay] = field(default_factory=dict)
    authorizations: list[AuthorizationLeft] = field(default_factory=list)


@dataclass(slots=True)
class Sums:
    """The rows that a batch writes anew, by patient."""

    _patients: dict[str, _Patient] = field(default_factory=dict)

    def settle(
        self, facts: PatientFacts, found: Judgement, scope: Scope, site: FacilityFacts
    ) -> None:
        """Let what was judged stand in place of all from the scope's days on."""
        days = scope.days
        weeks = week_of(days, site.week_starts_on) if days > date.min else days
        new = _Patient(facts.facility_id, weeks, days)
        known = self._patients.setdefault(facts.patient_id, new)
        known.weeks_since = min(known.weeks_since, weeks)
        known.days_since = min(known.days_since, days)
        known.weeks = {day: each for day, each in known.weeks.items() if day < weeks}
        known.weeks |= {each.first_day: each for each in found.weeks}
        known.days = {day: each for day, each in known.days.items() if day < days}
        known.days |= {each.day: each for each in found.days}
        known.authorizations = found.authorizations

    def changes(self) -> Iterator[Change]:
        """Write the rows. What was another record's until now is taken away from it first."""
        for patient_id, each in self._patients.items():
            weeks, days = (patient_id, each.weeks_since), (patient_id, each.days_since)
            yield "DELETE FROM weeks WHERE patient_id = %s AND week_of >= %s", weeks
            yield "DELETE FROM days WHERE patient_id = %s AND day >= %s", days
            yield "DELETE FROM authorizations WHERE patient_id = %s", (patient_id,)
        for each in self._patients.values():
            yield from (_week(each.facility_id, week) for week in each.weeks.values())
            yield from (_day(each.facility_id, day) for day in each.days.values())
            yield from (_authorization(each.facility_id, left) for left in each.authorizations)


def _week(facility_id: str, week: WeekSum) -> Change:
    return (
        "INSERT INTO weeks (patient_id, week_of, facility_id, program_id, whole, offered_minutes,"
        " attended_minutes, offered_days, attended_days, incomplete_visits, planned_minutes,"
        " planned_days, policies) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            week.patient_id,
            week.first_day,
            facility_id,
            week.program_id,
            week.whole,
            week.offered_minutes,
            week.attended_minutes,
            week.offered_days,
            week.attended_days,
            week.incomplete_visits,
            week.planned_minutes,
            week.planned_days,
            list(week.policies),
        ),
    )


def _day(facility_id: str, day: BillableDay) -> Change:
    return (
        "INSERT INTO days (patient_id, day, facility_id, payer, policy_id, version, code, minutes,"
        " services, units, tier, exceptional, reasons, evidence) VALUES (%s, %s, %s, %s, %s, %s,"
        " %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            day.patient_id,
            day.day,
            facility_id,
            day.payer,
            day.policy_id,
            day.version,
            day.code,
            day.minutes,
            day.services,
            day.units,
            day.tier,
            day.exceptional,
            list(day.reasons),
            list(day.evidence),
        ),
    )


def _authorization(facility_id: str, left: AuthorizationLeft) -> Change:
    said = left.authorized
    return (
        "INSERT INTO authorizations (authorization_id, patient_id, facility_id, payer, code, units,"
        " used, units_left, first_day, last_day, evidence)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            said.authorization_id,
            left.patient_id,
            facility_id,
            said.payer,
            said.code,
            said.units,
            left.used,
            said.units - left.used,
            said.first_day,
            said.last_day,
            list(left.evidence),
        ),
    )
