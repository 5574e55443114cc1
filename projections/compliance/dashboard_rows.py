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
    weeks_since: date = date.max
    days_since: date = date.max
    weeks: dict[date, WeekSum] = field(default_factory=dict)
    days: dict[date, BillableDay] = field(default_factory=dict)
    authorizations: list[AuthorizationLeft] | None = None


@dataclass(slots=True)
class DashboardRows:
    """The rows that a batch writes anew, by patient."""

    _patients: dict[str, _Patient] = field(default_factory=dict)

    def replace(
        self,
        facts: PatientFacts,
        found: Judgement,
        authorizations: list[AuthorizationLeft] | None,
        scope: Scope,
        site: FacilityFacts,
    ) -> None:
        """Replace all rows from the scope's days on by what was judged.

        Of authorizations None says that they are as they were.
        """
        days, weeks = scope.days, scope.since_of("weeks")
        if weeks < date.max:
            weeks = week_of(weeks, site.week_starts_on)
        known = self._patients.get(facts.patient_id)
        if known is None:
            known = self._patients[facts.patient_id] = _Patient(facts.facility_id)
        if weeks < date.max:
            known.weeks_since = min(known.weeks_since, weeks)
            for day in [each for each in known.weeks if each >= weeks]:
                del known.weeks[day]
            known.weeks |= {each.first_day: each for each in found.weeks}
        if days < date.max:
            known.days_since = min(known.days_since, days)
            for day in [each for each in known.days if each >= days]:
                del known.days[day]
            known.days |= {each.day: each for each in found.days}
        if authorizations is not None:
            known.authorizations = authorizations

    def changes(self) -> Iterator[Change]:
        """Write the rows in place of those that were there."""
        if not self._patients:
            return
        known = self._patients.items()
        agreed = [patient for patient, each in known if each.authorizations is not None]
        weeks = [(patient, each.weeks_since) for patient, each in known]
        days = [(patient, each.days_since) for patient, each in known]
        weeks = [each for each in weeks if each[1] < date.max]
        days = [each for each in days if each[1] < date.max]
        yield "DELETE FROM authorizations WHERE patient_id = ANY(%s)", (agreed,)
        yield (
            "DELETE FROM weeks USING unnest(%s::text[], %s::date[]) AS w (patient, since)"
            " WHERE patient_id = w.patient AND week_of >= w.since AND patient_id = ANY(%s)",
            _columns(weeks),
        )
        yield (
            "DELETE FROM days USING unnest(%s::text[], %s::date[]) AS w (patient, since)"
            " WHERE patient_id = w.patient AND day >= w.since AND patient_id = ANY(%s)",
            _columns(days),
        )
        yield (
            "INSERT INTO changed_days SELECT unnest(%s::text[])"
            " ON CONFLICT (patient_id) DO UPDATE SET change = DEFAULT",
            ([patient for patient, _ in days],),
        )
        yield from written(
            "INSERT INTO weeks SELECT * FROM json_populate_recordset(NULL::weeks, %s)",
            (_week(each.facility_id, week) for _, each in known for week in each.weeks.values()),
        )
        yield from written(
            "INSERT INTO days SELECT * FROM json_populate_recordset(NULL::days, %s)",
            (_day(each.facility_id, day) for _, each in known for day in each.days.values()),
        )
        yield from written(
            "INSERT INTO authorizations"
            " SELECT * FROM json_populate_recordset(NULL::authorizations, %s)",
            (
                _authorization(each.facility_id, left)
                for _, each in known
                for left in each.authorizations or ()
            ),
        )


def _columns(since: list[tuple[str, date]]) -> tuple[list[str], list[date], list[str]]:
    patients = [patient for patient, _ in since]
    return patients, [day for _, day in since], patients


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
        "lines": day.lines,
        "fallback": day.fallback,
        "left_out": day.left_out,
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
        "last_used": left.last_used,
        "evidence": left.evidence,
    }
