"""What a batch changes of the tables for dashboards: weeks, days and authorizations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from domain.compliance.billing import BillableDay
from domain.compliance.evaluation import AuthorizationLeft, Judgement, Scope, WeekSum
from domain.compliance.facts import FacilityFacts, PatientFacts
from domain.times import week_of
from projections.compliance.bulk_write import Row, written
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
class DashboardRows:
    """The rows that a batch writes anew, by patient."""

    _patients: dict[str, _Patient] = field(default_factory=dict)

    def replace(
        self, facts: PatientFacts, found: Judgement, scope: Scope, site: FacilityFacts
    ) -> None:
        """Replace all rows from the scope's days on by what was judged."""
        days = scope.days
        weeks = week_of(days, site.week_starts_on)
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
        """Write the rows in place of those that were there."""
        if not self._patients:
            return
        patients = list(self._patients)
        yield "DELETE FROM authorizations WHERE patient_id = ANY(%s)", (patients,)
        yield (
            "DELETE FROM weeks USING unnest(%s::text[], %s::date[]) AS w (patient, since)"
            " WHERE patient_id = w.patient AND week_of >= w.since AND patient_id = ANY(%s)",
            (patients, [each.weeks_since for each in self._patients.values()], patients),
        )
        yield (
            "DELETE FROM days USING unnest(%s::text[], %s::date[]) AS w (patient, since)"
            " WHERE patient_id = w.patient AND day >= w.since AND patient_id = ANY(%s)",
            (patients, [each.days_since for each in self._patients.values()], patients),
        )
        yield (
            "INSERT INTO changed_days SELECT unnest(%s::text[])"
            " ON CONFLICT (patient_id) DO UPDATE SET change = DEFAULT",
            (patients,),
        )
        known = self._patients.values()
        yield from written(
            "INSERT INTO weeks SELECT * FROM json_populate_recordset(NULL::weeks, %s)",
            (_week(each.facility_id, week) for each in known for week in each.weeks.values()),
        )
        yield from written(
            "INSERT INTO days SELECT * FROM json_populate_recordset(NULL::days, %s)",
            (_day(each.facility_id, day) for each in known for day in each.days.values()),
        )
        yield from written(
            "INSERT INTO authorizations"
            " SELECT * FROM json_populate_recordset(NULL::authorizations, %s)",
            (
                _authorization(each.facility_id, left)
                for each in known
                for left in each.authorizations
            ),
        )


def _week(facility_id: str, week: WeekSum) -> Row:
    return {
        "patient_id": week.patient_id,
        "week_of": week.first_day,
        "facility_id": facility_id,
        "program_id": week.program_id,
        "whole": week.whole,
        "offered_minutes": week.offered_minutes,
        "attended_minutes": week.attended_minutes,
        "offered_days": week.offered_days,
        "attended_days": week.attended_days,
        "incomplete_visits": week.incomplete_visits,
        "planned_minutes": week.planned_minutes,
        "planned_days": week.planned_days,
        "policies": week.policies,
    }


def _day(facility_id: str, day: BillableDay) -> Row:
    return {
        "patient_id": day.patient_id,
        "day": day.day,
        "facility_id": facility_id,
        "payer": day.payer,
        "policy_id": day.policy_id,
        "version": day.version,
        "code": day.code,
        "minutes": day.minutes,
        "services": day.services,
        "units": day.units,
        "tier": day.tier,
        "exceptional": day.exceptional,
        "reasons": day.reasons,
        "evidence": day.evidence,
    }


def _authorization(facility_id: str, left: AuthorizationLeft) -> Row:
    said = left.authorized
    return {
        "authorization_id": said.authorization_id,
        "patient_id": left.patient_id,
        "facility_id": facility_id,
        "payer": said.payer,
        "code": said.code,
        "units": said.units,
        "used": left.used,
        "units_left": said.units - left.used,
        "first_day": said.first_day,
        "last_day": said.last_day,
        "evidence": left.evidence,
    }
